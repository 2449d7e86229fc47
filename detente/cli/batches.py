"""Many articles through the queue: batches in, one line out for each row, in the order of the rows."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from detente.cli.files import Row
from detente.cli.systems import System
from detente.client import Receipt
from detente.contracts import ArticleFailed, JobError, ReadArticle, ReadArticles, ReadingsStored, Terms
from detente.errors import JobFailed, ResultTimeout

#: Enough to fill the model's batches; few enough that two workers end at about the same time.
BATCH_ARTICLES = 32
BATCH_CHARS = 150_000
#: Batches that wait in Redis at a time: they keep every worker busy, and Redis does not fill up with a long file.
WINDOW = 32
POLL_S = 0.2
#: A batch takes seconds; one that has made no step for this long has lost its worker for good.
BATCH_TIMEOUT_S = 1800.0


@dataclass
class Batch:
    """Rows that travel together. Rows that are wrong already travel in no job."""

    rows: list[Row] = field(default_factory=list)
    receipt: Receipt[ReadingsStored] | None = None

    @property
    def jobs(self) -> list[ReadArticle]:
        return [row.job for row in self.rows if isinstance(row.job, ReadArticle)]

    def has_room_for(self, row: Row) -> bool:
        size = row.job.size if isinstance(row.job, ReadArticle) else 0
        return len(self.rows) < BATCH_ARTICLES and sum(job.size for job in self.jobs) + size <= BATCH_CHARS


def read_rows(system: System, rows: Iterable[Row], *, out: Path | None, key: str | None = None) -> int:
    """Read all rows and write one line for each. Returns how many failed. A `key` names the rows: nothing is read twice."""
    rows = list(rows)
    failed = 0
    with out.open("w", encoding="utf-8") if out else nullcontext(sys.stdout) as lines, _bar() as bar:
        task = bar.add_task("reading", total=len(rows))
        for batch in _in_order(system, rows, bar, task, key):
            failed += _write(system, batch, lines)
    return failed


def _in_order(system: System, rows: list[Row], bar: Progress, task: TaskID, key: str | None) -> Iterator[Batch]:
    """Batches that have ended, in order; a window of them is under way all the time."""
    waiting, ended = deque[Batch](), 0
    for number, batch in enumerate(_batches(rows)):
        if batch.jobs:
            # The same rows make the same batches, and each has a key of its own.
            terms = Terms(idempotency_key=key and f"{key}/{number}")
            batch.receipt = system.client.submit(ReadArticles(articles=tuple(batch.jobs)), terms=terms)
        waiting.append(batch)
        if len(waiting) >= WINDOW:
            ended += _wait(system, waiting, ended, bar, task)
            yield waiting.popleft()
    while waiting:
        ended += _wait(system, waiting, ended, bar, task)
        yield waiting.popleft()


def _wait(system: System, waiting: deque[Batch], ended: int, bar: Progress, task: TaskID) -> int:
    """Wait for the first batch, showing how far all have come. Returns its number of rows."""
    first, deadline = waiting[0], time.monotonic() + BATCH_TIMEOUT_S
    while first.receipt is not None:
        ids = [batch.receipt.id for batch in waiting if batch.receipt is not None]
        records = system.client.statuses(ids)
        under_way = sum(record.progress.done for record in records if record.progress)
        bar.update(task, completed=ended + under_way)
        if records[0].state.is_final:
            break
        if time.monotonic() > deadline:
            raise ResultTimeout(f"job {first.receipt.id} has not ended after {BATCH_TIMEOUT_S:g} s; see `detente job`")
        time.sleep(POLL_S)
    bar.update(task, completed=ended + len(first.rows))
    return len(first.rows)


def _batches(rows: Iterable[Row]) -> Iterator[Batch]:
    batch = Batch()
    for row in rows:
        if batch.rows and not batch.has_room_for(row):
            yield batch
            batch = Batch()
        batch.rows.append(row)
    if batch.rows:
        yield batch


def _write(system: System, batch: Batch, lines: IO[str]) -> int:
    failed, outcomes = 0, _outcomes(system, batch)
    for row in batch.rows:
        outcome = row.job if isinstance(row.job, JobError) else next(outcomes)
        if isinstance(outcome, JobError):
            failed += 1
            outcome = json.dumps({"id": row.id, "error": outcome.model_dump()}, ensure_ascii=False)
        lines.write(outcome + "\n")
    lines.flush()
    return failed


def _outcomes(system: System, batch: Batch) -> Iterator[str | JobError]:
    """For each job of the batch its reading as JSON, or its error."""
    if batch.receipt is None:
        return
    try:
        stored = batch.receipt.result(timeout_s=POLL_S)
    except JobFailed as error:
        yield from [JobError(kind=error.kind, message=str(error))] * len(batch.jobs)
        return
    readings = system.store.readings([one.reading_id for one in stored.readings if not isinstance(one, ArticleFailed)])
    for one in stored.readings:
        yield one.error if isinstance(one, ArticleFailed) else next(readings).model_dump_json(by_alias=True)


class _Rate(ProgressColumn):
    """Articles a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="dim")


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)
