"""Writes the generated pages: `python -m docs.generate`. A test holds them against what it would write now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from detente.contracts import JOBS, Reading
from worker.settings import Settings

HERE = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Every generated page with its content."""
    return {
        HERE / "contracts.schema.json": json.dumps(_schemas(), indent=1, ensure_ascii=False) + "\n",
        HERE / "contracts.md": "\n".join(_contracts()) + "\n",
        HERE / "settings.md": "\n".join(_settings()) + "\n",
    }


def _schemas() -> dict[str, Any]:
    """One JSON Schema with every job, every result and the reading under `$defs`."""
    models = [*JOBS.values(), *(job.result for job in JOBS.values()), Reading]
    _, schema = models_json_schema([(model, "serialization") for model in models], title="detente contracts")
    return schema


def _contracts() -> Iterator[str]:
    yield "# Jobs and results\n"
    yield "Generated from `detente/contracts`. The same as JSON Schema is in [contracts.schema.json](contracts.schema.json).\n"
    for kind, job in sorted(JOBS.items()):
        yield f"## `{kind}`\n\n{getdoc(job)}\n\nQueue: `{job.queue}`. Result: `{job.result.__name__}`.\n"
        yield "| field | type | needed | meaning |\n| --- | --- | --- | --- |"
        yield from _fields(job.model_json_schema())
        yield f"\nResult `{job.result.__name__}`: {getdoc(job.result)}\n"
        yield "| field | type | always there | meaning |\n| --- | --- | --- | --- |"
        yield from _fields(job.result.model_json_schema(mode="serialization"))
        yield ""


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        needed = "yes" if name in schema.get("required", []) else ""
        yield f"| `{name}` | {_type(field)} | {needed} | {field.get('description', '')} |"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return f"`{field['$ref'].rpartition('/')[2]}`"
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    if field.get("type") == "array":
        return f"array of {_type(field.get('items', {}))}"
    limits = [f"{words} {field[key]:,}" for key, words in (("maxLength", "at most"), ("maximum", "at most")) if key in field]
    return " ".join([field.get("format") or field.get("type", "anything"), *limits])


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "Generated from `worker/settings.py`. Each is an environment variable; a wrong one stops a process at start, by name.\n"
    yield "| variable | default | meaning |\n| --- | --- | --- |"
    for name, field in Settings.model_fields.items():
        yield f"| `DETENTE_{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.default_factory not in (None, dict):
        return "in the data folder"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    return f"`{json.dumps(value, default=str) if isinstance(value, tuple | dict | bool) else value}`"


if __name__ == "__main__":
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")
