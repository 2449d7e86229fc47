"""From a reading to rows: the article's, the reading's, and one for each finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Table

from detente.contracts import Actor, Event, JobRecord, Reading, Span, Speaker, Statement, Tie
from detente.errors import ArticleRejected
from detente.storage import tables
from detente.storage.columns import storable, utc_day

Row = dict[str, Any]

#: Between the parts of a statement, or the spans of an event, in the one text that a person reads.
ELLIPSIS = " … "


@dataclass(frozen=True)
class KeptReading:
    """A reading, and the job that made it. With `record`, the job's row is kept in the same transaction."""

    reading: Reading
    reading_id: str
    job_id: str
    record: JobRecord | None = None


def storable_reading(reading: Reading) -> Reading:
    """The reading without characters that PostgreSQL cannot store. Raises ArticleRejected where the text itself has one.

    Titles, labels and names get U+FFFD instead, one for one, so that offsets stay. The text has a hash that would no longer fit.
    """
    if (place := reading.article.text.find("\0")) >= 0:
        raise ArticleRejected(f"the text of article {reading.article.id!r} has a NUL character at {place}")
    return Reading.model_validate(storable(plain(reading))) if "\\u0000" in reading.model_dump_json() else reading


def plain(model: BaseModel) -> Any:
    """The JSON of a contract, as plain values."""
    return model.model_dump(mode="json", by_alias=True)


def article_row(kept: KeptReading, *, kept_at: datetime) -> Row:
    """The article as its newest reading has it, and which reading that is."""
    article = kept.reading.article
    columns = ("id", "title", "text", "text_sha256", "outlet", "published_at", "url", "language")
    lists = {"authors": list(article.authors), "removed": list(article.removed)}
    return {name: getattr(article, name) for name in columns} | lists | {"reading_id": kept.reading_id, "kept_at": kept_at}


def reading_row(kept: KeptReading, *, kept_at: datetime) -> Row:
    """The reading whole, as JSON."""
    reading = kept.reading
    return {
        "id": kept.reading_id, "article_id": reading.article.id, "job_id": kept.job_id, "reader_name": reading.reader.name,
        "reader_version": reading.reader.version, "kept_at": kept_at, "document": plain(reading),
    }  # fmt: skip


def finding_rows(kept: Sequence[KeptReading], *, kept_at: dict[str, datetime]) -> Iterator[tuple[Table, list[Row]]]:
    """The findings of several readings, by their table. `kept_at` has the time of each reading's first delivery."""
    shelves = [Shelf(one, first_kept_at=kept_at[one.reading_id]) for one in kept]
    yield tables.actors, [row for shelf in shelves for row in shelf.actor_rows()]
    yield tables.statements, [row for shelf in shelves for row in shelf.statement_rows()]
    yield tables.statement_states, [row for shelf in shelves for row in shelf.statement_state_rows()]
    yield tables.events, [row for shelf in shelves for row in shelf.event_rows()]
    yield tables.ties, [row for shelf in shelves for row in shelf.tie_rows()]


class Shelf:
    """The rows of one reading's findings. Within a reading, findings refer to each other by ids of their own."""

    def __init__(self, kept: KeptReading, *, first_kept_at: datetime) -> None:
        self._id = kept.reading_id
        self._reading = kept.reading
        self._published_at = kept.reading.article.published_at
        self._day = utc_day(self._published_at or first_kept_at)
        self._actors = {actor.id: actor for actor in kept.reading.actors}
        self._speakers = {statement.id: statement.speaker for statement in kept.reading.statements}

    def actor_rows(self) -> Iterator[Row]:
        return self._rows(self._reading.actors, self._of_actor)

    def statement_rows(self) -> Iterator[Row]:
        return self._rows(self._reading.statements, self._of_statement)

    def statement_state_rows(self) -> Iterator[Row]:
        for statement in self._reading.statements:
            for state in sorted(set(statement.about)):
                yield {"statement_id": self._global(statement.id), "state": state, "day": self._day}

    def event_rows(self) -> Iterator[Row]:
        return self._rows(self._reading.events, self._of_event)

    def tie_rows(self) -> Iterator[Row]:
        return self._rows(self._reading.ties, self._of_tie)

    def _rows(self, findings: Iterable[Any], columns: Callable[[Any], Row]) -> Iterator[Row]:
        for place, finding in enumerate(findings):
            named = {"id": self._global(finding.id), "local_id": finding.id, "place": place, "finding": plain(finding)}
            yield named | {"reading_id": self._id, "article_id": self._reading.article.id} | columns(finding)

    def _of_actor(self, actor: Actor) -> Row:
        return {
            "name": actor.name, "name_key": name_key(actor.name), "kind": actor.kind.value, "country": actor.country,
            "role": actor.role,
        }  # fmt: skip

    def _of_statement(self, statement: Statement) -> Row:
        speaker = statement.speaker
        actor = self._actor_of(speaker)
        return self._dated(statement) | {
            "kind": statement.kind.value, "text": words(statement.parts), "cue": statement.cue and statement.cue.text,
            "speaker_actor": self._global(actor.id if actor else None), "speaker_name": speaker and speaker.name,
            "speaker_key": speaker and self._key_of(speaker), "speaker_named": speaker and speaker.named,
            "speaker_country": actor and actor.country, "speaker_role": actor and actor.role, "outlet": statement.outlet,
        }  # fmt: skip

    def _of_event(self, event: Event) -> Row:
        when = event.date
        date_from, date_to = (when.from_, when.to) if when else (None, None)
        claimed_by = self._speakers.get(event.attributed_to or "")
        return self._dated(event, day=date_from or date_to) | {
            "source": event.source, "target": event.target, "pair": pair_key(event.source, event.target),
            "source_actor": self._global(event.source_actor), "source_name": self._name(event.source_actor),
            "target_actor": self._global(event.target_actor), "target_name": self._name(event.target_actor),
            "plover": event.plover.value, "cameo": event.cameo, "status": event.status.value, "intensity": event.intensity,
            "date_from": date_from, "date_to": date_to, "date_text": when and when.text,
            "attributed_to": self._global(event.attributed_to), "attributed_name": claimed_by and claimed_by.name,
            "text": words(event.spans),
        }  # fmt: skip

    def _of_tie(self, tie: Tie) -> Row:
        speaker = self._speakers.get(tie.holder)
        actor = self._actor_of(speaker)
        return self._dated(tie) | {
            "pair": pair_key(*tie.pair), "direction": tie.direction.value,
            "holder": tie.holder if tie.holder == "author" else self._global(tie.holder),
            "holder_name": speaker and speaker.name, "holder_key": speaker and self._key_of(speaker),
            "holder_country": actor and actor.country, "text": words(tie.spans),
        }  # fmt: skip

    def _dated(self, finding: Statement | Event | Tie, *, day: date | None = None) -> Row:
        return {"day": day or self._day, "published_at": self._published_at, "rule": finding.rule}

    def _global(self, local_id: str | None) -> str | None:
        return finding_id(self._id, local_id) if local_id else None

    def _actor_of(self, speaker: Speaker | None) -> Actor | None:
        return self._actors.get(speaker.actor or "") if speaker else None

    def _key_of(self, speaker: Speaker) -> str:
        """What a speaker is searched by: the name in the statement, and the actor's full name behind it."""
        actor = self._actor_of(speaker)
        return name_key(f"{speaker.name}\n{actor.name}" if actor else speaker.name)

    def _name(self, actor_id: str | None) -> str | None:
        actor = self._actors.get(actor_id or "")
        return actor.name if actor else None


def finding_id(reading_id: str, local_id: str) -> str:
    """The name of a finding among all findings."""
    return f"{reading_id}:{local_id}"


def pair_key(one: str | None, other: str | None) -> str | None:
    """Two states in one word, whatever their order: `PAK-RUS`. None where one of them is not known."""
    return "-".join(sorted((one, other))) if one and other else None


def name_key(name: str) -> str:
    """A name as it is searched by: without case."""
    return name.casefold()


def words(spans: Iterable[Span]) -> str:
    return ELLIPSIS.join(span.text for span in spans)
