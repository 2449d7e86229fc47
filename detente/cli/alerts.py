"""`detente alerts`: be told of what happens between two states."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from detente.cli import options

app = typer.Typer(name="alerts", no_args_is_help=True, help="Rules that tell webhooks of acts and changes, once for each story.")


@app.command("list")
def list_rules(store: options.Store = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """List the rules.

    \b
    Examples:
      detente alerts list --json
    """
    from detente.cli.systems import open_store

    found = open_store(store=store, data=data).alert_rules()
    for rule, _ in found:
        what = f"a change of {rule.weekly_change:g} a week" if rule.weekly_change else " ".join(rule.types) or "all types"
        typer.echo(rule.model_dump_json() if as_json else f"{rule.id}  {'-'.join(rule.pair)}  {what}  {rule.name}")
    if not found and not as_json:
        typer.echo("no rules")


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you call it")],
    one: Annotated[str, typer.Argument(metavar="STATE", help="Alpha-3 code of a state, such as RUS")],
    other: Annotated[str, typer.Argument(metavar="STATE", help="…and of the other")],
    types: Annotated[list[str] | None, typer.Option("--type", help="Only acts of this type (PLOVER); may be repeated")] = None,
    statuses: Annotated[list[str] | None, typer.Option("--status", help="Of this status; happened and ongoing, if none")] = None,
    least: Annotated[float, typer.Option(help="Least intensity on Goldstein's scale, either way: 0 to 10")] = 0.0,
    change: Annotated[
        float | None, typer.Option(help="Tell of weeks that differ by so much from the mean of the eight before, and of no acts")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on; from today, if none")] = None,
    tenant: Annotated[str, typer.Option(help="Whose webhooks are told")] = "default",
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Add a rule, and print its id. Webhooks that listen to alert.raised are told: see `detente webhooks add`.

    \b
    Examples:
      detente alerts add "force" RUS PAK --type ASSAULT --type COERCE --type MOBILIZE
      detente alerts add "turn" RUS PAK --change 6
    """
    from pydantic import ValidationError

    from detente.cli.systems import open_store
    from detente.client import new_id
    from detente.contracts import reasons
    from detente.contracts.alerts import AlertRule

    now = datetime.now(UTC)
    asked = {"types": types, "statuses": statuses, "weekly_change": change}
    try:
        rule = AlertRule.model_validate(
            {
                "id": new_id(), "name": name, "tenant": tenant, "pair": sorted((one.upper(), other.upper())), "created_at": now,
                "least_intensity": least, "since": (since or now).date(), **{key: value for key, value in asked.items() if value},
            }
        )  # fmt: skip
    except ValidationError as error:
        raise typer.BadParameter(reasons(error)) from None
    open_store(store=store, data=data).keep_alert_rule(rule)
    typer.echo(rule.id)


@app.command()
def remove(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `detente alerts list` shows it")],
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Remove a rule.

    \b
    Examples:
      detente alerts remove ID
    """
    from detente.cli.systems import open_store

    open_store(store=store, data=data).remove_alert_rule(id)
    typer.echo(f"{id} is gone")
