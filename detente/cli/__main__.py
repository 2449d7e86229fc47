"""`detente`: submit articles, follow jobs, bring a system up."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from detente.cli import (
    alerts,
    batch,
    cancel,
    changes,
    dead,
    demo,
    doctor,
    dossier,
    feeds,
    fetch,
    happenings,
    imports,
    job,
    jobs,
    keys,
    metrics,
    queues,
    read,
    schedules,
    stories,
    submit,
    up,
    webhooks,
)
from detente.errors import DetenteError

app = typer.Typer(
    name="detente", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Reads the news on relations between states: who said what, which state did what to whom, how ties move.",
    epilog="Start with `detente demo`; then `detente up` in one terminal and `detente read article.txt` in another.",
)  # fmt: skip
for command in (
    demo.demo, up.up, read.read, fetch.fetch, fetch.pages, submit.submit, job.job, jobs.jobs, batch.batch, batch.batches,
    cancel.cancel, metrics.metrics, doctor.doctor, dossier.dossier, changes.changes, stories.stories, stories.story,
    happenings.happenings, happenings.happening,
    imports.import_,
):  # fmt: skip
    app.command()(command)
for group in (dead, queues, schedules, feeds, keys, webhooks, alerts):
    app.add_typer(group.app)


def main() -> None:
    """Run a command. An error that detente foresees is one line that says what to do, and exit code 1."""
    try:
        app()
    except DetenteError as error:
        _fail(str(error))
    except OSError as error:
        if error.filename is None:
            raise
        _fail(f"{error.filename}: {error.strerror}")


def _fail(message: str) -> NoReturn:
    typer.secho(f"detente: {message}", fg="red", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
