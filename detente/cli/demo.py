"""`detente demo`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import typer

from detente.cli import options

#: What one would do after the demo.
NEXT = (
    ("up", "a system that stays, with Flower on http://127.0.0.1:5555"),
    ("read ARTICLE.txt", "read an article of your own on it (or alone, with --embedded)"),
    ("read ROWS.jsonl -o OUT", "read many"),
)


def demo(as_json: options.Json = False) -> None:
    """Read the packaged sample article, from submission to reading, on servers that come and go with the call.

    \b
    Examples:
      detente demo
    """
    from importlib.resources import files

    from rich.console import Console

    from detente.cli.systems import reach
    from detente.cli.views import event_line, print_rich, reading_view
    from detente.contracts import ReadArticle

    sample = files("detente.cli").joinpath("sample.txt").read_text(encoding="utf-8")
    # The sample's month is known, its day is not; any day of that week gives the same “last week”.
    job = ReadArticle.model_validate({"id": "sample", "text": sample, "published_at": "2012-10-08T00:00:00Z"})
    progress = Console(stderr=True)
    with (
        progress.status("starting Redis and a worker …"),
        reach(broker=None, store=None, data=options.DATA, embedded=True) as system,
    ):
        receipt = system.client.submit(job)
        for step in receipt.events():
            progress.print(event_line(step))
        reading = system.store.reading(receipt.result().reading_id)
    if as_json:
        typer.echo(reading.model_dump_json(by_alias=True))
        return
    print_rich(reading_view(reading))
    typer.echo("\nRedis and the worker are gone again. Next:")
    command = _command()
    for words, what in NEXT:
        typer.echo(f"  {command} {words:24} {what}")


def _command() -> str:
    """How to call this program here: by its name where the shell knows it, else by its path."""
    return "detente" if shutil.which("detente") else os.path.relpath(Path(sys.executable).with_name("detente"))
