"""The process: where Celery, queues, clock and models are wired. `celery -A worker worker|beat|flower`."""

from worker.main import app

__all__ = ["app"]
