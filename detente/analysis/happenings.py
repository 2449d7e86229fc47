"""Which reports, in words of their own, are about one happening: the gist of an article, and how alike two gists are.

A report on one meeting and a report on the next, of the same two states a week later, share their words on the states and
on what states do. What tells them apart are names, places and things: words that few other reports of those days have. So
words weigh by how rare they are (Spärck Jones 1972), and only reports that are near in time and on the same pair are compared.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import combinations

from detente.contracts import ActorKind, Reading
from detente.contracts.happenings import Act, Gist

#: Words that are looked at. News tells first what is new; what follows is the background that all reports on a pair share.
MAX_WORDS = 250
#: Of those, the headline and about two paragraphs; they weigh more.
LEAD_WORDS = 60
LEAD_WEIGHT = 1.5
#: Words that are kept of an article: those that weigh most, so that a long one takes no more room than a short one.
KEPT_WORDS = 40
#: A word stands for all that begin alike: "recall" and "recalled" are one. Cruder than a stemmer, and it takes any name.
STEM_CHARS = 6
#: Names weigh more than other words, and words that any report on states may have much less.
NAME_WEIGHT = 1.5
ORDINARY_WEIGHT = 0.3
#: States that are named most, whose pairs an article is about even if no act between them was found.
MOST_NAMED = 3
#: Act and report may be a day apart by the clocks of their places.
ACT_SLACK = timedelta(days=1)
#: What reports on one happening are alike by at least, and what that is where they share an act as well. Both were set on
#: the open half of the reports of `benchmarks/stories`.
ALIKE = 0.16
ALIKE_WITH_ACT = 0.12
#: Reports that are thought of besides those which the store has: among few reports, a word in three of them is no common one.
ASSUMED_REPORTS = 20
#: Reports that are further apart are on other things, or look back.
MAX_DAYS_APART = 5

_WORD = re.compile(r"\w[\w’'-]*")
_YEAR = re.compile(r"(19|20)\d\d")


def find_gist(reading: Reading, *, day: date) -> Gist | None:
    """What a reading is about; `day` is when its article was published. None where it is about no pair of states."""
    acts = tuple(dict.fromkeys(_acts(reading, day)))
    if not (pairs := _pairs(reading, acts)):
        return None
    return Gist(day=day, pairs=pairs, acts=acts, words=_words(reading, pairs))


def likeness(one: Gist, other: Gist, rarity: Mapping[str, float]) -> float:
    """How much of what two gists weigh is shared, from 0 to 1. `rarity` is 1 for a word that no other report has, and 0 for
    one that all have."""
    shared = one.words.keys() & other.words.keys()
    # In one order, whichever of the two is first: a sum must not differ in its last digit.
    weight = math.fsum(one.words[word] * other.words[word] * rarity.get(word, 1.0) for word in sorted(shared))
    return weight / math.sqrt(_weight(one) * _weight(other)) if weight else 0.0


def is_same_happening(one: Gist, other: Gist, rarity: Mapping[str, float]) -> bool:
    """Whether two reports are about one happening."""
    if abs((one.day - other.day).days) > MAX_DAYS_APART or not set(one.pairs) & set(other.pairs):
        return False
    return likeness(one, other, rarity) >= (ALIKE_WITH_ACT if shares_act(one, other) else ALIKE)


def rarities(having: Mapping[str, int], *, reports: int) -> dict[str, float]:
    """How rare each word is among the reports of some days, from the number of those that have it: inverse document frequency,
    as a share of the greatest there can be."""
    assumed = reports + ASSUMED_REPORTS
    return {word: math.log(assumed / number) / math.log(assumed) if number else 1.0 for word, number in having.items()}


def shares_act(one: Gist, other: Gist) -> bool:
    """Whether both tell of an act of one type between the same states on about the same days."""
    return any(
        act.pair == same.pair and act.plover == same.plover
        and act.first <= same.last + ACT_SLACK and same.first <= act.last + ACT_SLACK
        for act in one.acts for same in other.acts
    )  # fmt: skip


def _weight(gist: Gist) -> float:
    return math.fsum(weight * weight for weight in gist.words.values())


def _acts(reading: Reading, day: date) -> Iterator[Act]:
    for event in reading.events:
        if event.source and event.target and event.source != event.target:
            pair = "-".join(sorted((event.source, event.target)))
            on = event.date
            first = (on and on.from_) or day
            yield Act(pair=pair, plover=event.plover, first=first, last=max(first, (on and on.to) or first))


def _pairs(reading: Reading, acts: tuple[Act, ...]) -> tuple[str, ...]:
    """The pairs of states whose acts or ties are told, and those of the three states which are named most."""
    found = {act.pair for act in acts} | {"-".join(sorted(tie.pair)) for tie in reading.ties}
    named = Counter[str]()
    for actor in reading.actors:
        if actor.country:
            named[actor.country] += len(actor.mentions)
    most = sorted(named, key=lambda state: (-named[state], state))[:MOST_NAMED]
    return tuple(sorted(found | {"-".join(pair) for pair in combinations(sorted(most), 2)}))


def _words(reading: Reading, pairs: tuple[str, ...]) -> dict[str, float]:
    states, names = _names(reading, set("-".join(pairs).split("-")))
    article = reading.article
    found: dict[str, float] = {}
    text = f"{article.title or ''}\n{article.text}"
    stop_words = _stop_words()
    for place, (match, _) in enumerate(zip(_WORD.finditer(text), range(MAX_WORDS), strict=False)):
        word = _plain(match[0])
        stem = word[:STEM_CHARS]
        if len(word) < 3 or word in stop_words or stem in states or _YEAR.fullmatch(word):
            continue
        kind = NAME_WEIGHT if stem in names else ORDINARY_WEIGHT if stem in _ordinary() else 1.0
        found[stem] = max(found.get(stem, 0.0), kind * (LEAD_WEIGHT if place < LEAD_WORDS else 1.0))
    kept = sorted(found, key=lambda stem: (-found[stem], stem))[:KEPT_WORDS]
    return {stem: round(found[stem], 2) for stem in kept}


def _names(reading: Reading, own: set[str]) -> tuple[set[str], set[str]]:
    """The words that name the states of the pairs, and those that name anybody else."""
    states: set[str] = set()
    names: set[str] = set()
    for actor in reading.actors:
        is_own = actor.kind is ActorKind.STATE and actor.country in own
        words = {_plain(match[0])[:STEM_CHARS] for span in actor.mentions for match in _WORD.finditer(span.text)}
        if is_own:
            states |= words
        elif actor.kind is not ActorKind.GROUP:
            names |= {_plain(match[0])[:STEM_CHARS] for match in _WORD.finditer(actor.name) if match[0][:1].isupper()}
    return states, names - states


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'").removesuffix("'s").strip("'-")


@cache
def _stop_words() -> frozenset[str]:
    # Here, since processes that only watch must not load the model's library.
    from spacy.lang.en.stop_words import STOP_WORDS

    return frozenset(STOP_WORDS)


@cache
def _ordinary() -> frozenset[str]:
    lines = (files("detente.analysis.lexicon") / "ordinary_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word[:STEM_CHARS] for line in lines if not line.startswith("#") for word in line.split())
