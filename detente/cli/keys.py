"""`detente keys`: who may call the HTTP API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.keys import Scope

app = typer.Typer(name="keys", no_args_is_help=True, help="API keys: who may call the HTTP API, for which tenant, what for.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is: shown in lists, and beside reviews made with it")],
    scopes: Annotated[str, typer.Option(help="What it is for, by comma: submit, read, operate")] = "submit,read",
    tenant: Annotated[str, typer.Option(help="Whose jobs it submits and sees")] = "default",
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Make a key, and print it. It is shown this once: only its hash is kept.

    \b
    Examples:
      detente keys create newsroom
      detente keys create on-call --scopes read,operate
    """
    from detente.cli.systems import reach_broker
    from detente.keys import Keys

    wanted = _scopes(scopes)
    with reach_broker(broker=broker, data=data) as client:
        key, text = Keys(client.redis).create(_name(name), scopes=wanted, tenant=_tenant(tenant))
    typer.echo(json.dumps({**key.model_dump(mode="json"), "key": text}, ensure_ascii=False) if as_json else text)


@app.command("list")
def list_keys(broker: options.Broker = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """List the keys that open the API, without their secrets.

    \b
    Examples:
      detente keys list
      detente keys list --json
    """
    from detente.cli.systems import reach_broker
    from detente.keys import Keys

    with reach_broker(broker=broker, data=data) as client:
        found = Keys(client.redis).all()
    if not found and not as_json:
        typer.echo("no keys yet; make one with `detente keys create NAME`")
    for key in found:
        facts = (key.id, key.name, key.tenant, ",".join(key.scopes), f"{key.created_at:%Y-%m-%d}")
        typer.echo(key.model_dump_json() if as_json else "  ".join(facts))


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `detente keys list` shows it")],
    broker: options.Broker = None,
    data: options.Data = options.DATA,
) -> None:
    """Revoke a key: from now on it opens nothing.

    \b
    Examples:
      detente keys revoke 3f9a0c12d4e5
    """
    from detente.cli.systems import reach_broker
    from detente.keys import Keys

    with reach_broker(broker=broker, data=data) as client:
        Keys(client.redis).revoke(id)
    typer.echo(f"{id} is revoked")


def _scopes(words: str) -> list[Scope]:
    from detente.errors import SettingsInvalid
    from detente.keys import Scope

    try:
        return [Scope(word.strip()) for word in words.split(",")]
    except ValueError as error:
        raise SettingsInvalid(f"{error}; there are {', '.join(Scope)}") from None


def _name(name: str) -> str:
    from detente.errors import SettingsInvalid

    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise SettingsInvalid("a key's name has 1 to 100 printable characters")
    return name


def _tenant(tenant: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from detente.contracts import Tenant
    from detente.errors import SettingsInvalid

    try:
        return TypeAdapter(Tenant).validate_python(tenant)
    except ValidationError:
        raise SettingsInvalid("a tenant's name has up to 63 letters, digits, dots, dashes and underscores") from None
