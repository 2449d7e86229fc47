"""Submit jobs and follow them, in Redis or over HTTP. Needs pydantic and redis alone: `pip install detente[client]`."""

from detente.client.clients import Client, Receipt
from detente.client.ids import new_id
from detente.ledgers import RECORD_TTL_S

__all__ = ["RECORD_TTL_S", "Client", "Receipt", "new_id"]
