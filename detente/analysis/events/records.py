"""From drafts to events: dates, evidence, attribution, destinations left unsaid; one event for each act of an article."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from detente.analysis.actors import Cast
from detente.analysis.dates import TimeMention, find_times, resolve_date
from detente.analysis.events.attributions import Attributions
from detente.analysis.events.codings import Draft
from detente.analysis.events.parties import Party, Stage
from detente.analysis.events.trees import Tree
from detente.analysis.lexicon.frames import INTENSITIES
from detente.analysis.parses import Parse
from detente.contracts import ActorKind, Event, EventDate, EventStatus, Plover, Span, Statement

#: Evidence is a clause, not a page; a longer one is cut down to the words around the verb.
MAX_SPAN_TOKENS = 40
#: A verb further away than this from its noun would drag half a sentence into the evidence.
MAX_VERB_TOKENS = 12
#: “Lavrov went instead” points back to a destination in this sentence or the few before it.
MAX_TOKENS_BACK = 80
#: What is told to lie ahead is over where it is told to be off.
_OPEN = frozenset((EventStatus.HYPOTHETICAL, EventStatus.PLANNED))


@dataclass
class Record:
    """An event that grows by further mentions."""

    draft: Draft
    source_actor: str | None
    target_actor: str | None
    date: EventDate | None
    attributed_to: str | None
    spans: list[Span]
    #: The number of line breaks before the first span.
    paragraph: int = 0


class Recorder:
    """Collects the events of one article."""

    def __init__(self, parse: Parse, cast: Cast, statements: tuple[Statement, ...]) -> None:
        self.parse = parse
        self.cast = cast
        self.records: dict[tuple[object, ...], Record] = {}
        self.times = list(find_times(parse.article.text))
        self._starts = [time.start for time in self.times]
        self._breaks = [at for at, char in enumerate(parse.article.text) if char == "\n"]
        self.attributions = Attributions(statements)
        self._states = {actor.country: actor.id for actor in cast.actors if actor.kind is ActorKind.STATE}

    def events(self) -> tuple[Event, ...]:
        records = sorted(_settled(list(self.records.values())), key=lambda record: (record.spans[0].field, record.spans[0].start))
        return tuple(_event(f"e{number}", record) for number, record in enumerate(records, 1))

    def add(self, stage: Stage, drafts: list[Draft]) -> None:
        """Record drafts in order of the text; what was told before grows a span."""
        last: Draft | None = None
        for each in drafts:
            draft = _resumed(each, last) if each.frame == "travel-anaphoric" else each
            if draft.meaning.plover is Plover.CONSULT and draft.target is not None:
                last = draft
            self._keep(stage, draft)

    def _keep(self, stage: Stage, draft: Draft) -> None:
        span = self._span(stage, draft)
        in_title = span.field == "title"
        date = None if in_title else self._date(stage, draft)
        key = _key(draft, span)
        if (known := self.records.get(key)) and _may_be_one(known.date, date):
            known.spans.append(span)
            known.date = known.date or date
            return
        if known:
            key = (*key, span.start)
        attributed_to = None if in_title else self.attributions.at(stage.tree.doc[draft.act.verb].idx)
        at_target = draft.act.object if draft.act.object != draft.act.at else None
        actors = (self._actor(stage, draft.source, draft.doer), self._actor(stage, draft.target, at_target))
        paragraph = 0 if in_title else bisect_right(self._breaks, span.start)
        self.records[key] = Record(draft, *actors, date, attributed_to, [span], paragraph)

    def _actor(self, stage: Stage, party: Party | None, instead: int | None) -> str | None:
        """Whoever is mentioned where the party stands, else its state; where there is none, whoever stands at `instead`."""
        at = party.at if party else instead
        mention = stage.mention_at(at) if at is not None else None
        if mention and len(mention.actors) == 1:
            known = self.cast.actor(mention.actors[0])
            if party is None or known.country == party.state:
                return known.id
        return self._states.get(party.state) if party else None

    def _span(self, stage: Stage, draft: Draft) -> Span:
        """The words from the first party to the last, around the act."""
        doc, act = stage.tree.doc, draft.act
        core = [act.at, act.verb]
        marks = core + [party.at for party in (draft.source, draft.target) if party]
        marks += [mark for mark in (act.object, draft.doer, *_above(draft)) if mark is not None]
        sentence = stage.tree.sentence_of(act.at)
        marks = [mark for mark in marks if mark in sentence]
        first, last = min(marks), max(marks)
        if last - first > MAX_SPAN_TOKENS:
            first, last = max(min(core), last - MAX_SPAN_TOKENS) if last in core else min(core), max(core)
            last = min(last, first + MAX_SPAN_TOKENS)
        span = self.parse.span(doc[first : last + 1])
        mention = stage.mention_at(first)
        if mention and mention.span.field == span.field and mention.span.start < span.start:
            return self.parse.cut(mention.span.start, span.end, span.field)
        return span

    # --- when ------------------------------------------------------------------------------------------------------------

    def _date(self, stage: Stage, draft: Draft) -> EventDate | None:
        """The time that hangs on the act: on its verb, its noun, its object, or on a verb that governs it."""
        tree, doc, act = stage.tree, stage.tree.doc, draft.act
        sentence = tree.sentence_of(act.at)
        own = {act.at, act.verb, act.object, *draft.governed}
        found: list[tuple[int, TimeMention]] = []
        low = bisect_right(self._starts, doc[sentence.start].idx - 1)
        high = bisect_right(self._starts, doc[sentence.stop - 1].idx)
        for time in self.times[low:high][:20]:
            at = doc.char_span(time.start, time.end, alignment_mode="expand")
            if at is not None and _hangs_on(tree, at.root.i, own):
                found.append((abs(at.root.i - act.at), time))
        if not found:
            return None
        time = min(found, key=lambda row: row[0])[1]
        published = self.parse.article.published_at
        if published is None:
            return EventDate(text=time.text)
        first, last = resolve_date(time.text, published.date(), ahead=draft.meaning.status is EventStatus.PLANNED)
        return EventDate(**{"from": first, "to": last, "text": time.text})


def _above(draft: Draft) -> tuple[int, ...]:
    """Of a noun that its verb has undone or put off, that verb: “canceled his visit”."""
    if not draft.act.bare or draft.meaning.status is EventStatus.HAPPENED:
        return ()
    return tuple(verb for verb in draft.governed[:1] if abs(verb - draft.act.at) <= MAX_VERB_TOKENS)


def _hangs_on(tree: Tree, at: int, own: set[int | None]) -> bool:
    """Whether the nearest verb or event noun above a time is one of the act's own words."""
    for head in tree.above(at):
        if head in own:
            return True
        if tree.pos[head] in ("VERB", "AUX"):
            return False
    return False


def _resumed(draft: Draft, last: Draft | None) -> Draft:
    """“Lavrov went instead”: where the one before him was to go."""
    if last is None or last.target is None or draft.source is None or draft.act.at - last.act.at > MAX_TOKENS_BACK:
        return draft
    if last.target.state == draft.source.state:
        return draft
    return replace(draft, target=last.target)


def _key(draft: Draft, span: Span) -> tuple[object, ...]:
    """Acts with the same key are one act: same sides, type, standing and frame. A partial one is only itself."""
    if draft.source is None or draft.target is None:
        return (span.field, span.start, draft.frame)
    sides: tuple[str, ...] = (draft.source.state, draft.target.state)
    if draft.mutual:
        sides = tuple(sorted(sides))
    return (sides, draft.meaning.plover, draft.meaning.status)


def _settled(records: list[Record]) -> list[Record]:
    """Without what was to happen where the same paragraph tells that it is off: “was to be in Oslo; he canceled the visit”."""
    off = {_standing_place(record): record for record in records if record.draft.meaning.status is EventStatus.CANCELLED}
    kept = []
    for record in records:
        settled = off.get(_standing_place(record))
        if settled is not None and record.draft.meaning.status in _OPEN and _may_be_one(record.date, settled.date):
            settled.spans = sorted({*settled.spans, *record.spans}, key=lambda span: (span.field, span.start))
            settled.date = settled.date or record.date
        else:
            kept.append(record)
    return kept


def _standing_place(record: Record) -> tuple[object, ...]:
    """Who does what to whom in which paragraph."""
    return (*record.draft.sides, record.draft.meaning.plover, record.source_actor, record.spans[0].field, record.paragraph)


def _may_be_one(one: EventDate | None, other: EventDate | None) -> bool:
    if one is None or other is None or one.text.lower() == other.text.lower():
        return True
    return one.from_ is not None and one.from_ == other.from_


def _event(id: str, record: Record) -> Event:
    draft = record.draft
    return Event(
        id=id,
        source=draft.source.state if draft.source else None,
        target=draft.target.state if draft.target else None,
        source_actor=record.source_actor,
        target_actor=record.target_actor,
        plover=draft.meaning.plover,
        cameo=draft.meaning.cameo,
        status=draft.meaning.status,
        intensity=INTENSITIES[draft.meaning.plover],
        date=record.date,
        attributed_to=record.attributed_to,
        spans=tuple(record.spans),
        rule=f"frame:{draft.frame}",
    )
