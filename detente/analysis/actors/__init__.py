"""Who is in the article: states under every name, people with country and role, organizations; and who each mention is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.actors.casts import Cast, Mention, MentionKind
from detente.analysis.actors.marks import Page
from detente.analysis.actors.offices import give_counterparts_their_role, place_the_unplaced
from detente.analysis.actors.pairs import mark_pairs
from detente.analysis.actors.people import mark_people
from detente.analysis.actors.pronouns import mark_pronouns
from detente.analysis.actors.states import Company, mark_states
from detente.contracts import Actor

if TYPE_CHECKING:
    from detente.analysis.actors.marks import Draft, Mark
    from detente.analysis.parses import Parse

__all__ = ["Cast", "Mention", "MentionKind", "find_actors"]


def find_actors(parse: Parse) -> Cast:
    """All actors of an article with their mentions, in order of their first mention, the title's before the text's."""
    body, title = Page.of(parse.doc), Page.of(parse.title)
    company = Company(frozenset(token.text for page in (body, title) for token in page.doc))
    for page in (body, title):
        mark_states(page, company)
    published_at = parse.article.published_at
    mark_people((body, title), published_at.date() if published_at is not None else None)
    for page in (title, body):
        mark_pronouns(page)
        place_the_unplaced(page)
        give_counterparts_their_role(page)
        mark_pairs(page, company)
    return _assemble(parse, (title, body))


def _assemble(parse: Parse, pages: tuple[Page, ...]) -> Cast:
    ids: dict[Draft, str] = {}
    mentions: dict[Mark, Mention] = {}
    spans: dict[Draft, list[Mention]] = {}
    for page in pages:
        for mark in page.all():
            who = tuple(ids.setdefault(draft, f"a{len(ids) + 1}") for draft in mark.who)
            mention = Mention(parse.span(page.doc[mark.start : mark.end]), who, mark.kind)
            mentions[mark] = mention
            for draft in mark.who:
                spans.setdefault(draft, []).append(mention)
    actors = tuple(_actor(draft, id, spans[draft]) for draft, id in ids.items())
    return Cast(actors, tuple(mentions.values()), pages, ids, mentions)


def _actor(draft: Draft, id: str, mentions: list[Mention]) -> Actor:
    spans = tuple(mention.span for mention in mentions)
    return Actor(id=id, name=draft.name, kind=draft.kind, country=draft.country, role=draft.role, mentions=spans)
