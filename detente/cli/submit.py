"""`detente submit`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.contracts import Terms


def submit(
    kind: Annotated[str, typer.Argument(help="A job's kind, such as detente.article.read")],
    payload: Annotated[str, typer.Argument(help="The job's fields as JSON; - reads them from standard input")] = "{}",
    id: Annotated[str | None, typer.Option(help="A UUID of your own: submitting it again changes nothing")] = None,
    tenant: options.Submitter = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key: a second submission with it is the first one")] = None,
    deadline: Annotated[
        str | None, typer.Option(help="Not to be started after: 2026-01-31T18:00Z, or 10m for ten minutes from now")
    ] = None,
    not_before: Annotated[str | None, typer.Option(help="Not to be started before: a time, or a duration from now")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the result, and print it")] = False,
    timeout_s: Annotated[float, typer.Option(help="How long to wait, in seconds")] = 300.0,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Submit a job of any kind, and print its id.

    \b
    Examples:
      detente submit detente.heartbeat.beat --wait
      detente submit detente.article.read '{"text": "Oslo recalled its ambassador."}' --tenant desk --key a-17
      detente submit detente.heartbeat.beat --not-before 10m --deadline 2h
    """
    from detente.cli.systems import reach_broker

    terms = _terms(tenant=tenant, idempotency_key=key, deadline_at=deadline, not_before_at=not_before)
    job = parse_job(kind, sys.stdin.read() if payload == "-" else payload)
    with reach_broker(broker=broker, data=data) as client:
        receipt = client.submit(job, id=id, terms=terms)
        if wait:
            typer.echo(receipt.result(timeout_s=timeout_s).model_dump_json(indent=None if as_json else 2))
        else:
            typer.echo(json.dumps({"id": receipt.id, "kind": receipt.kind}) if as_json else receipt.id)


def _terms(**given: str | None) -> Terms:
    from pydantic import ValidationError

    from detente.cli.moments import read_moment
    from detente.contracts import Terms, reasons
    from detente.errors import QueryInvalid

    named = {name: value for name, value in given.items() if value is not None}
    moments = {name: read_moment(named.pop(name), way="ahead") for name in ("deadline_at", "not_before_at") if name in named}
    try:
        return Terms.model_validate({**named, **moments})
    except ValidationError as error:
        raise QueryInvalid(f"it cannot be submitted so: {reasons(error)}") from None


def parse_job(kind: str, payload: str) -> Any:
    """The job of a kind that a JSON text asks for. Raises JobRejected, saying why not."""
    from pydantic import ValidationError

    from detente.contracts import JOBS, reasons
    from detente.errors import JobRejected

    if kind not in JOBS:
        raise JobRejected(f"there is no job of kind {kind!r}; there are {', '.join(sorted(JOBS))}")
    try:
        return JOBS[kind].model_validate_json(payload)
    except ValidationError as error:
        raise JobRejected(f"not a valid {kind}: {reasons(error)}") from None
