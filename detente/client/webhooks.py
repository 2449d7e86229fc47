"""For those who receive webhooks: `verify(payload, headers, secret)`."""

from detente.errors import SignatureInvalid
from detente.webhooks.signatures import verify

__all__ = ["SignatureInvalid", "verify"]
