"""Submit jobs and follow them. Needs pydantic and redis alone: `pip install detente[client]`."""

from detente.client.clients import Client, Receipt, new_id

__all__ = ["Client", "Receipt", "new_id"]
