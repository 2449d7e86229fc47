"""Submit jobs and follow them. Needs pydantic and redis alone: `pip install detente[client]`."""

from detente.client.clients import Client, Receipt, new_id
from detente.ledgers import RECORD_TTL_S

__all__ = ["RECORD_TTL_S", "Client", "Receipt", "new_id"]
