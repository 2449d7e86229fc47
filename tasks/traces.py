"""A span for each attempt at a job, as a child of whoever submitted it (W3C Trace Context).

OpenTelemetry's API alone does nothing; `worker/traces.py` gives it somewhere to send spans, where the settings say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from celery.exceptions import Ignore, Reject, Retry
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, StatusCode


@contextmanager
def job_span(kind: str, *, job_id: str, queue: str, attempt: int, traceparent: str | None) -> Iterator[None]:
    """Names and attributes are those of OpenTelemetry's conventions for messaging."""
    attributes: dict[str, str | int] = {
        "messaging.system": "redis", "messaging.operation.type": "process", "messaging.destination.name": queue,
        "messaging.message.id": job_id, "detente.kind": kind, "detente.attempt": attempt,
    }  # fmt: skip
    with trace.get_tracer("detente").start_as_current_span(
        f"process {kind}", context=extract({"traceparent": traceparent} if traceparent else {}), kind=SpanKind.CONSUMER,
        attributes=attributes, record_exception=False, set_status_on_exception=False,
    ) as span:  # fmt: skip
        try:
            yield
        except (Ignore, Reject, Retry) as verdict:
            # No failures: the job was dropped, goes back, or runs again later.
            span.add_event(type(verdict).__name__.lower())
            raise
        except Exception as error:
            # Its class alone: a message may hold words of an article.
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
