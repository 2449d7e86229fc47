"""Where spans go: to a collector that speaks OTLP over HTTP, if the settings name one."""

from __future__ import annotations

from detente.errors import SettingsInvalid


def start_tracing(collector: str | None, *, service: str) -> None:
    """Send this process's spans there, in the background. To be called after the fork: threads do not survive it.

    Raises SettingsInvalid where the extra `otel` is not installed.
    """
    if collector is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise SettingsInvalid(f"DETENTE_OTLP needs the extra `otel` ({missing.name} is not installed)") from None
    from opentelemetry.trace import set_tracer_provider

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{collector.rstrip('/')}/v1/traces")))
    set_tracer_provider(provider)
