"""Which job a log line belongs to, whoever wrote it."""

from __future__ import annotations

import json
import logging
from typing import Any

from tasks.logs import bound
from worker.logs import FactFormatter


def _line(*, name: str = "urllib3", extra: dict[str, Any] | None = None) -> dict[str, Any]:
    record = logging.getLogger(name).makeRecord(name, logging.INFO, __file__, 1, "a retry", (), None, extra=extra)
    found: dict[str, Any] = json.loads(FactFormatter(as_json=True).format(record))
    return found


def test_what_a_library_says_during_a_job_has_the_jobs_id() -> None:
    with bound(kind="detente.article.read", job_id="j", attempt=1):
        line = _line()
    assert (line["job_id"], line["kind"], line["logger"]) == ("j", "detente.article.read", "urllib3")
    assert "job_id" not in _line()


def test_what_celery_says_of_a_job_has_its_id() -> None:
    assert _line(name="celery.app.trace", extra={"data": {"id": "j", "name": "detente.article.read"}})["job_id"] == "j"
