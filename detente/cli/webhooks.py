"""`detente webhooks`: who is told when jobs and batches end, and how each delivery went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from detente.storage import KeptWebhook, Store

app = typer.Typer(name="webhooks", no_args_is_help=True, help="Webhooks: who is told when jobs and batches end.")

#: How long requests are signed with the old secret too: time for a deployment, and a night's sleep before it.
ROTATION_HOURS = 24.0

Id = Annotated[str, typer.Argument(metavar="ID", help="A webhook's id")]
Tenant = Annotated[str, typer.Option(help="Whose jobs it is told of")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where requests go: https://example.org/hooks")],
    event: Annotated[list[str] | None, typer.Option(help="Only this event; may be given several times")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only jobs of this kind; may be given several times")] = None,
    only_when_named: Annotated[bool, typer.Option(help="Only for jobs and batches that name it, or a URL under its own")] = False,
    tenant: Tenant = "default",
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Add a webhook, and print its secret. It is shown this once: receivers verify signatures with it.

    \b
    Examples:
      detente webhooks add https://example.org/hooks
      detente webhooks add https://example.org/hooks --event batch.done
      detente webhooks add https://example.org/hooks --only-when-named
    """
    from detente.webhooks.endpoints import new_webhook

    events = [] if only_when_named else event or None
    made = new_webhook(url, tenant=tenant, events=events, kinds=kind or [])
    log = _open(store, data)
    log.upgrade()
    log.keep_webhook(made)
    _print_secret(made, as_json=as_json)


@app.command("list")
def list_webhooks(
    tenant: Annotated[str | None, typer.Option(help="Only those of this tenant")] = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List webhooks. Secrets are masked.

    \b
    Examples:
      detente webhooks list
      detente webhooks list --json
    """
    from rich.table import Column, Table

    from detente.cli.views import print_rich

    found = [kept.webhook for kept in _open(store, data).webhooks(tenant=tenant)]
    table = Table(Column("webhook", no_wrap=True), "tenant", "URL", "events", "state", box=None, header_style="bold")
    for webhook in found:
        if as_json:
            typer.echo(webhook.model_dump_json())
        state = "enabled" if webhook.enabled else f"disabled: {webhook.disabled_because or 'by hand'}"
        table.add_row(webhook.id, webhook.tenant, webhook.url, ", ".join(webhook.events) or "when named", state)
    if not as_json:
        print_rich(table) if found else typer.echo("no webhooks; `detente webhooks add URL` makes one")


@app.command()
def show(id: Id, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Show a webhook as JSON. Its secret is masked.

    \b
    Examples:
      detente webhooks show ID
    """
    typer.echo(_open(store, data).webhook(id).webhook.model_dump_json(indent=2))


@app.command()
def remove(id: Id, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Remove a webhook. The log of its deliveries stays for a month.

    \b
    Examples:
      detente webhooks remove ID
    """
    _open(store, data).remove_webhook(id)
    typer.echo(f"{id} is gone")


@app.command()
def enable(
    id: Id,
    off: Annotated[bool, typer.Option("--off", help="Disable it instead")] = False,
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Enable a webhook again after it answered 410, or disable it. What was dropped for it can be replayed.

    \b
    Examples:
      detente webhooks enable ID
      detente webhooks enable ID --off
    """
    _open(store, data).enable_webhook(id, enabled=not off)
    typer.echo(f"{id} is {'disabled' if off else 'enabled'}")


@app.command()
def rotate(
    id: Id,
    hours: Annotated[float, typer.Option(min=0, max=720, help="How long the old secret signs too")] = ROTATION_HOURS,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Give a webhook a new secret, and print it. For a day, requests bear signatures of both.

    \b
    Examples:
      detente webhooks rotate ID
      detente webhooks rotate ID --hours 0
    """
    from detente.webhooks.endpoints import rotated

    log = _open(store, data)
    made = rotated(log.webhook(id), hours=hours)
    log.keep_webhook(made)
    _print_secret(made, as_json=as_json)


@app.command("test")
def send_test(id: Id, broker: options.Broker = None, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Send a webhook the event `webhook.test`, and print the delivery's id.

    \b
    Examples:
      detente webhooks test ID
    """
    from detente.cli.systems import reach_broker
    from detente.client import new_id
    from detente.webhooks.deliveries import announce_to, test_event, through

    kept = _open(store, data).webhook(id)
    with reach_broker(broker=broker, data=data) as client:
        event = test_event(kept, id=new_id())
        typer.echo(announce_to(kept, event, store=_open(store, data), submit=through(client)))


@app.command()
def deliveries(
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only those of this webhook")] = None,
    state: Annotated[str | None, typer.Option(help="Only waiting, delivered, failed or dropped")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first")] = 20,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List deliveries with their attempts, newest first.

    \b
    Examples:
      detente webhooks deliveries
      detente webhooks deliveries ID --state failed --json
    """
    from rich.table import Column, Table

    from detente.cli.views import print_rich

    found = _open(store, data).find_deliveries(webhook=id, state=state, limit=limit).rows
    table = Table(
        Column("delivery", no_wrap=True), "event", "about", "state", "attempts", "last answer", box=None, header_style="bold"
    )
    for one in found:
        if as_json:
            typer.echo(one.model_dump_json())
        last = one.attempts[-1] if one.attempts else None
        answer = (last.error or f"{last.status} in {last.ms} ms") if last else ""
        table.add_row(one.id, one.event, one.subject, one.state, str(len(one.attempts)), answer)
    if not as_json:
        print_rich(table) if found else typer.echo("no deliveries")


@app.command()
def replay(
    id: Annotated[str, typer.Argument(metavar="DELIVERY", help="A delivery's id")],
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Deliver again, from the beginning of the schedule, and print the job's id. The `webhook-id` stays the same.

    \b
    Examples:
      detente webhooks replay DELIVERY
    """
    from detente.cli.systems import reach_broker
    from detente.client import new_id
    from detente.webhooks.deliveries import deliver_again, through

    log = _open(store, data)
    with reach_broker(broker=broker, data=data) as client:
        job_id = new_id()
        deliver_again(log.delivery(id), store=log, submit=through(client), job_id=job_id)
        typer.echo(job_id)


def _open(store: str | None, data: Path) -> Store:
    from detente.cli.systems import open_store

    return open_store(store=store, data=data)


def _print_secret(made: KeptWebhook, *, as_json: bool) -> None:
    shown = made.webhook.model_copy(update={"secret": made.secret})
    if as_json:
        typer.echo(shown.model_dump_json())
    else:
        typer.echo(f"{shown.id}\n{made.secret}")
        typer.secho("The secret is not shown again. Receivers: detente.client.webhooks.verify", dim=True, err=True)
