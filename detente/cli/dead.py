"""`detente dead`: what failed for good, and what to do with it."""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any

import typer

from detente.cli import options

app = typer.Typer(
    name="dead", no_args_is_help=True, help="Dead letters: jobs that failed for good, kept with what they asked for."
)


@app.command("list")
def list_letters(
    kind: Annotated[str | None, typer.Option(help="Only jobs of this kind")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first")] = 20,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List dead letters, newest first.

    \b
    Examples:
      detente dead list
      detente dead list --kind detente.article.read --json
    """
    from detente.cli.systems import open_store
    from detente.cli.views import letters_table, print_rich
    from detente.contracts import JobState

    found = open_store(store=store, data=data).find_jobs(kind=kind, state=JobState.DEAD, limit=limit).rows
    if as_json:
        for record in found:
            typer.echo(record.model_dump_json())
    elif found:
        print_rich(letters_table(found))
    else:
        typer.echo("no dead letters")


@app.command()
def show(id: options.JobId, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Show a dead letter as JSON: its record, history, payload and traceback.

    \b
    Examples:
      detente dead show ID | jq -r .traceback
    """
    from detente.cli.systems import open_store

    kept = open_store(store=store, data=data).kept_job(id)
    history = [step.model_dump(mode="json") for step in kept.history]
    facts = {**kept.record.model_dump(mode="json"), "history": history, "payload": kept.payload, "traceback": kept.traceback}
    typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))


@app.command()
def replay(
    id: options.JobId,
    payload: Annotated[str | None, typer.Option(help="The job's fields as JSON, in place of those it had")] = None,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Submit a dead letter's job again, and print the new job's id. Replaying it twice submits it once.

    \b
    Examples:
      detente dead replay ID
      detente dead replay ID --payload '{"text": "Oslo recalled its ambassador."}'
    """
    from detente.cli.submit import parse_job
    from detente.cli.systems import open_store, reach_broker

    kept = open_store(store=store, data=data).kept_job(id)
    job = parse_job(kept.record.kind, payload or json.dumps(kept.payload))
    with reach_broker(broker=broker, data=data) as client:
        typer.echo(client.submit(job, id=_replay_id(id, job)).id)


@app.command()
def discard(id: options.JobId, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Delete a dead letter for good.

    \b
    Examples:
      detente dead discard ID
    """
    from detente.cli.systems import open_store
    from detente.contracts import JobState
    from detente.errors import UnknownJob

    letters = open_store(store=store, data=data)
    if letters.job(id).state is not JobState.DEAD:
        raise UnknownJob(f"job {id} is no dead letter: it is {letters.job(id).state}")
    letters.discard_job(id)
    typer.echo(f"{id} is gone")


def _replay_id(id: str, job: Any) -> str:
    """The same for the same letter and payload, so that a replay that is repeated finds the job of the first."""
    return str(uuid.uuid5(uuid.UUID(id), job.model_dump_json()))
