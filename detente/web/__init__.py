"""The HTTP API: submit and follow jobs, ask for findings, from any language. `docs/http.md` tells it to callers."""

from detente.web.applications import WebOptions, create_app
from detente.web.servers import serve

__all__ = ["WebOptions", "create_app", "serve"]
