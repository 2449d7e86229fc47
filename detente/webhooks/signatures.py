"""Signatures of webhooks: HMAC-SHA256 over `id.timestamp.payload`, version `v1`. Standard library alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from detente.errors import SignatureInvalid

#: What tells secrets from other strings.
SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret
#: The standard asks for 24 to 64 random bytes.
SECRET_BYTES, LEAST_BYTES, MOST_BYTES = 32, 24, 64
#: Signatures in one header that are looked at: a key and those before it; a header of thousands would only cost time.
MAX_SIGNATURES = 20


def new_secret() -> str:
    """A secret for one endpoint."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def masked_secret(secret: str) -> str:
    """What may be shown of a secret: enough to tell one from another."""
    return f"{SECRET_PREFIX}…{secret[-4:]}"


def sign(payload: bytes, *, id: str, timestamp: int, keys: Iterable[str]) -> dict[str, str]:
    """The headers of a request: one signature for each secret, so that receivers may change theirs at leisure."""
    content = _content(payload, id, str(timestamp))
    signatures = [f"v1,{base64.b64encode(_mac(secret, content)).decode()}" for secret in keys]
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signatures)}


def verify(payload: bytes | str, headers: Mapping[str, str], secret: str | Iterable[str], tolerance_s: float = 300) -> Any:
    """The payload as JSON values, if it was signed with the secret (or one of them) and not long ago.

    `payload` is the body as it came, not parsed and written again. `headers` may have any case. Raises SignatureInvalid.
    A receiver keeps the `webhook-id` of what it has done and passes over those it knows: a request may come twice.
    """
    body = payload.encode() if isinstance(payload, str) else payload
    id, timestamp, given = _fields(headers)
    _check_age(timestamp, tolerance_s)
    known = [secret] if isinstance(secret, str) else list(secret)
    if not _is_signed(_content(body, id, timestamp), given, known):
        raise SignatureInvalid("no signature of the webhook is of this secret")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise SignatureInvalid("the webhook's body is not JSON") from None


def _fields(headers: Mapping[str, str]) -> tuple[str, str, str]:
    named = {str(name).lower(): value for name, value in headers.items()}
    try:
        return named["webhook-id"], named["webhook-timestamp"], named["webhook-signature"]
    except KeyError as missing:
        raise SignatureInvalid(f"the webhook has no header {missing}") from None


def _check_age(timestamp: str, tolerance_s: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16):
        raise SignatureInvalid("the webhook's timestamp is no number of seconds")
    if abs(time.time() - int(timestamp)) > tolerance_s:
        raise SignatureInvalid(f"the webhook was signed more than {tolerance_s:g} s ago, or the clocks differ")


def _is_signed(content: bytes, given: str, known: Iterable[str]) -> bool:
    versions = [part.partition(",") for part in given.split(" ")[:MAX_SIGNATURES]]
    found = [signature.encode() for version, _, signature in versions if version == "v1"]
    wanted = [base64.b64encode(_mac(secret, content)) for secret in known]
    return any(hmac.compare_digest(one, other) for one in wanted for other in found)


def _content(payload: bytes, id: str, timestamp: str) -> bytes:
    return f"{id}.{timestamp}.".encode() + payload


def _mac(secret: str, content: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureInvalid("a webhook's secret is `whsec_` and base64") from None
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise SignatureInvalid(f"a webhook's secret has {LEAST_BYTES} to {MOST_BYTES} bytes, not {len(key)}")
    return hmac.new(key, content, hashlib.sha256).digest()
