"""Log lines for people (`time level event key=value …`) or for machines (JSON), from the same facts."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from tasks.logs import bound_facts


class FactFormatter(logging.Formatter):
    """One line a fact."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts: dict[str, Any] = getattr(record, "facts", None) or _foreign(record)
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage(), **facts}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if self._as_json:
            return json.dumps(line, ensure_ascii=False, default=str)
        named = [f"{key}={_plain(value)}" for key, value in list(line.items())[3:]]
        return " ".join([at, f"{line['level']:7}", line["event"], *named])


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    """The facts of a line that some library wrote: those of the job that runs, or of the one that Celery tells of."""
    told = getattr(record, "data", None)
    named = {"job_id": told["id"]} if isinstance(told, dict) and "id" in told else {}
    return {**named, **bound_facts(), "logger": record.name}


def set_up_logs(*, level: int, as_json: bool) -> None:
    """Send every log line of this process to standard error, in one format."""
    handler = logging.StreamHandler()
    handler.setFormatter(FactFormatter(as_json=as_json))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _plain(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(mark in text for mark in ' "=\n') else text
