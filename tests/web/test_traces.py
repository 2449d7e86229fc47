"""Requests have spans, as children of those of whoever asks."""

from __future__ import annotations

from tests.collectors import collecting
from tests.waiting import wait_for
from tests.web.conftest import Api, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_requests_span_is_a_child_of_the_callers(idle_api: Api) -> None:
    with collecting() as collector, serving(idle_api.system, DETENTE_OTLP=collector.url, OTEL_BSP_SCHEDULE_DELAY="200") as api:
        api.get("/v1/queues", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        assert wait_for(lambda: [span for span in collector.spans if span.trace_id.hex() == TRACE])
