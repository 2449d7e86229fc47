"""The process: where Celery, queues, clock and models are wired. `celery -A worker worker|beat|flower`."""

from __future__ import annotations

from typing import Any

__all__ = ["app"]


def __getattr__(name: str) -> Any:
    # Only who asks for the application loads Celery: the supervisor of `python -m worker dev` runs for weeks without it.
    if name == "app":
        from worker.main import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
