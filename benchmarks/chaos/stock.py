"""A plain Celery app with default settings, which does the same work. `celery -A benchmarks.chaos.stock worker`.

The default settings are those of somebody who read the first page of the manual: a broker, two tasks. Each task opens a
connection of its own to PostgreSQL, so that a restart of it costs only the jobs that are writing just then.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import psycopg
from celery import Celery, signals

from benchmarks.chaos.notes import note
from detente.analysis.readings import read_article
from detente.contracts import ReadArticle
from worker.models import load_nlp

if TYPE_CHECKING:
    from spacy.language import Language

app = Celery("stock", broker=os.environ.get("CHAOS_BROKER"))
_nlp = cache(load_nlp)


@app.task
def keep_short(name: str, takes_s: float) -> None:
    note("start", name)
    time.sleep(takes_s)
    _insert(name, None)


@app.task
def read(name: str, text: str) -> None:
    note("start", name)
    _insert(name, read_article(ReadArticle(id=name, text=text), _model()).model_dump_json())


def _model() -> Language:
    return _nlp()


def _insert(name: str, document: str | None) -> None:
    with psycopg.connect(os.environ["CHAOS_STORE"]) as connection:
        connection.execute("INSERT INTO chaos_effects (name, document) VALUES (%s, %s)", (name, document))


@signals.worker_init.connect
def _load(**_: Any) -> None:
    """Before the fork, as detente's worker does."""
    _model()


@signals.task_failure.connect
def _failed(args: Any, **_: Any) -> None:
    note("failed", args[0])
