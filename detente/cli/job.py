"""`detente job`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.contracts import JobEvent, JobRecord


def job(
    id: options.JobId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print steps as they come, until the job has ended")] = False,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show where a job stands, with its history. What Redis has forgotten comes from the store.

    Exit code 0, or 1 where the job is dead or cancelled.

    \b
    Examples:
      detente job ID
      detente job ID --follow
      detente job ID --json
    """
    from detente.cli.views import event_line, print_rich, record_panel
    from detente.contracts import JobState

    with _found(id, follow=follow, broker=broker, store=store, data=data) as found:
        if as_json:
            history = [step.model_dump(mode="json") for step in found.steps()]
            typer.echo(json.dumps({**found.record().model_dump(mode="json"), "history": history, "kept_in": found.kept_in}))
        else:
            print_rich(record_panel(found.record(), kept_in=found.kept_in))
            for step in found.steps():
                print_rich(event_line(step))
        raise typer.Exit(1 if found.record().state in (JobState.DEAD, JobState.CANCELLED) else 0)


@dataclass(frozen=True)
class _Found:
    """A job, wherever it is kept: its record and its steps as they are when asked."""

    kept_in: str
    record: Callable[[], JobRecord]
    steps: Callable[[], Iterable[JobEvent]]


@contextmanager
def _found(id: str, *, follow: bool, broker: str | None, store: str | None, data: Path) -> Iterator[_Found]:
    from detente.cli.systems import SystemDown, open_store, reach_broker
    from detente.errors import BrokerUnreachable, StoreUnreachable, UnknownJob

    with ExitStack() as stack:
        try:
            client = stack.enter_context(reach_broker(broker=broker, data=data))
            client.status(id)
        except (UnknownJob, SystemDown, BrokerUnreachable) as error:
            try:
                kept = open_store(store=store, data=data).kept_job(id)
            except (UnknownJob, StoreUnreachable) as unknown:
                # What was wrong with Redis is what to mend: without it nothing that is young can be found.
                raise error from unknown
            yield _Found("store", lambda: kept.record, lambda: kept.history)
        else:
            yield _Found("redis", lambda: client.status(id), lambda: client.events(id) if follow else client.history(id))
