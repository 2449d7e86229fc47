"""Log lines as facts, with the job that they belong to on each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_job: ContextVar[dict[str, Any]] = ContextVar("job", default={})  # noqa: B039 - never mutated, only replaced


@contextmanager
def bound(**facts: Any) -> Iterator[None]:
    """Put these facts on every log line inside."""
    token = _job.set({**_job.get(), **facts})
    try:
        yield
    finally:
        _job.reset(token)


def bound_facts() -> dict[str, Any]:
    """What is bound to the lines that are written here and now."""
    return _job.get()


def fact(event: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """Log one fact. Never article text, never secrets."""
    logging.getLogger("detente").log(level, event, extra={"facts": {**_job.get(), **facts}})
