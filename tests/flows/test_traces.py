"""A job's span is a child of its submitter's, and reaches a collector."""

from __future__ import annotations

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from detente.contracts import Beat, Terms
from tests.app import Break
from tests.collectors import collecting
from tests.systems import System
from tests.waiting import wait_for

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_jobs_span_is_a_child_of_its_submitters(idle: System, monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("DETENTE_OTLP", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        with idle.worker(app="tests.app", concurrency=1):
            receipt = idle.client.submit(Beat(), terms=Terms(traceparent=f"00-{TRACE}-{PARENT}-01"))
            receipt.result(timeout_s=60)
            idle.client.submit(Break())
            span = wait_for(lambda: collector.named(f"process {Beat.kind}"))
            broken = wait_for(lambda: collector.named(f"process {Break.kind}"))
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    attributes = {pair.key: pair.value for pair in span.attributes}
    assert attributes["messaging.message.id"].string_value == receipt.id
    assert attributes["messaging.destination.name"].string_value == "upkeep"
    assert span.kind == Span.SPAN_KIND_CONSUMER
    assert (broken.status.code, broken.status.message) == (Status.STATUS_CODE_ERROR, "ZeroDivisionError")
    assert f"traceparent=00-{TRACE}" in idle.log()
