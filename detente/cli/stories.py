"""`detente stories` and `detente story`: copies of one text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.contracts.stories import Story, StorySource


def stories(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those that grew from this day on")] = None,
    sources: Annotated[int, typer.Option(min=1, help="Only those with at least so many articles")] = 2,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many")] = 50,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List stories: texts that several outlets printed, shortened or edited, with the one that grew last first.

    \b
    Examples:
      detente stories --since 2024-03-01
      detente stories --sources 10 --json
    """
    from detente.cli.systems import open_store

    day = since.replace(tzinfo=UTC).date() if since else None
    rows = open_store(store=store, data=data).find_stories(since=day, sources=sources, limit=limit).rows
    for found in rows:
        if as_json:
            typer.echo(found.model_dump_json())
        else:
            first = found.sources[0] if found.sources else None
            typer.echo(f"{found.id}  {len(found.sources):>4} articles  {(first and (first.title or first.article_id)) or ''}")
    if not rows and not as_json:
        typer.echo(f"no stories of {sources} articles")


def story(
    id: Annotated[str, typer.Argument(metavar="ID", help="A story's id, as `detente stories` prints it")],
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show one story with all of its articles.

    \b
    Examples:
      detente story st-0123456789abcdef0123
      detente story st-0123456789abcdef0123 --json | jq .sources
    """
    from detente.cli.systems import open_store

    found = open_store(store=store, data=data).story(id)
    typer.echo(found.model_dump_json() if as_json else _lines(found))


def _lines(story: Story) -> str:
    lines = [f"{story.id}  {len(story.sources)} articles", *map(source_line, story.sources)]
    if story.happening:
        lines.append(f"what else reports it: detente happening {story.happening}")
    return "\n".join(lines)


def source_line(source: StorySource) -> str:
    """An article in one line."""
    day = source.published_at.date().isoformat() if source.published_at else "no date   "
    facts = (day, source.outlet, source.title, source.url, f"[{source.article_id}]")
    line = "  " + "  ".join(fact for fact in facts if fact)
    # An outlet's name comes as it was submitted; a terminal must not obey it.
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)
