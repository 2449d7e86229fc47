"""What an import comes to: counted as it goes, shown on a terminal, and told at the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from detente.contracts import JobError, JobState
from detente.imports.rows import Meter, Row

if TYPE_CHECKING:
    from detente.batches import ReadArticleInBulk

#: Refusals that are shown to people one by one; `--errors` writes all.
SHOWN = 5


@dataclass
class Tally:
    """Counts rows. `errors` gets a line for each that was refused, or could not be read."""

    errors: IO[str] | None = None
    rows: int = 0
    articles: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    first: list[Row] = field(default_factory=list)
    key: str | None = None
    batches: list[str] = field(default_factory=list)
    submitted: int = 0
    known: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    sitemaps: list[str] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many rows were refused or could not be read."""
        return self.refused.total() + sum(number for state, number in self.ends.items() if state != JobState.DONE)

    def articles_of(self, rows: Iterable[Row]) -> Iterator[ReadArticleInBulk]:
        """The articles among rows; the others are noted."""
        for row in rows:
            self.rows += 1
            if row.job is not None:
                self.articles += 1
                yield row.job
            elif row.reason is not None and row.reason.is_fault:
                self.refused[row.reason] += 1
                self._refuse(row)
            else:
                self.passed_over[row.reason or ""] += 1

    def note_sent(self, key: str, batches: list[str], *, submitted: int, known: int) -> None:
        self.key, self.batches, self.submitted, self.known = key, batches, submitted, known

    def note_read(self, place: str, state: JobState, error: JobError | None) -> None:
        """How a job ended."""
        self.ends[state] += 1
        if error is not None:
            self._write(place, error.kind, error.message)

    def _refuse(self, row: Row) -> None:
        if len(self.first) < SHOWN:
            self.first.append(row)
        self._write(row.place, row.reason or "", row.detail)

    def _write(self, place: str, reason: str, detail: str) -> None:
        if self.errors is not None:
            self.errors.write(json.dumps({"place": place, "reason": reason, "detail": detail}, ensure_ascii=True) + "\n")
            self.errors.flush()

    def print(self, *, as_json: bool) -> None:
        """To standard output: one object, or lines for people."""
        facts = {name: value for name, value in vars(self).items() if name not in ("errors", "first")}
        if as_json:
            typer.echo(json.dumps(facts))
            return
        for line in self._lines():
            # Names of files are anybody's; a terminal must not obey them.
            typer.echo("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line))

    def _lines(self) -> Iterator[str]:
        if self.rows or not self.sitemaps:
            yield f"{self.rows:,} rows: {self.articles:,} articles{_several(self.passed_over, 'passed over')}"
        if self.refused:
            yield f"refused {self.refused.total():,}{_several(self.refused)}"
            yield from (f"  {row.place}: {row.reason}: {row.detail}" for row in self.first)
            if (more := self.refused.total() - len(self.first)) > 0:
                yield f"  and {more:,} more; --errors FILE writes all of them"
        if self.key is not None:
            yield f"submitted {self.submitted:,}, known before {self.known:,}{_listed('batches', self.batches)}"
        if self.sitemaps:
            yield f"sitemaps{_listed('jobs', self.sitemaps)}{_several(self.pages)}"
        if self.ends:
            others = Counter({state: number for state, number in self.ends.items() if state != JobState.DONE})
            yield f"read {self.ends[JobState.DONE]:,}{_several(others)}"


def _several(counts: Counter[str], what: str = "") -> str:
    named = ", ".join(f"{number:,} {name}" for name, number in counts.most_common())
    return f"; {what} {named}".replace(";  ", "; ") if named else ""


def _listed(what: str, ids: list[str]) -> str:
    return f"; {what} {' '.join(ids)}" if ids else ""


class Bar(Progress):
    """Shows how far a meter is whenever it is drawn: whoever reads need not tell it of every row."""

    def __init__(self, what: str, meter: Meter, tally: Tally, *, total: int) -> None:
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TextColumn("{task.fields[rows]}"), TimeRemainingColumn())
        console = Console(stderr=True)
        super().__init__(TextColumn("{task.description}"), *columns, console=console, disable=not console.is_terminal)
        self._what, self._meter, self._tally = what, meter, tally
        self._task, self._stopped_at = self.add_task(what, total=total, rows=""), -1

    def get_renderables(self) -> Iterable[RenderableType]:
        # It is drawn once before it has anything to show.
        for task in self.tasks:
            rows, seconds = self._tally.rows, task.elapsed or 0
            rate = f"  {rows / seconds:,.0f}/s" if seconds else ""
            goes_on: dict[str, Any] = {"description": self._what} if self._meter.bytes != self._stopped_at else {}
            self.update(task.id, completed=self._meter.bytes, rows=f"{rows:,} rows{rate}" if rows else "", **goes_on)
        yield from super().get_renderables()

    def waiting(self, why: str, seconds: float) -> None:
        """Show why nothing goes on, until it does."""
        self._stopped_at = self._meter.bytes
        self.update(self._task, description=f"{why}: {seconds:.0f} s")


@contextmanager
def counting(what: str, *, total: int | None) -> Iterator[Callable[[], None]]:
    """A bar of things on a terminal; gives what counts one."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
