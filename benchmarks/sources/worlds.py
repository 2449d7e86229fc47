"""What a made web holds: feeds, articles, and what is wrong with each. The same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from benchmarks.sources.formats import FORMATS
from detente.contracts import FailureKind

STATES = ("Norway", "Belarus", "France", "Japan", "Chile", "Ghana", "Poland", "Egypt", "India", "Peru", "Kenya", "Spain")
SYLLABLES = ("ba", "ko", "ri", "mel", "tan", "vos", "gu", "lim", "der", "pa", "sor", "ni", "fel", "tu", "zan", "mo")
#: Before its first poll a feed has entries of one day.
BACKLOG = timedelta(days=1)
#: After the last articles there is time for every feed to be polled once more.
TAIL = timedelta(days=1)
#: When things go wrong, and for how long, in shares of the days.
WRONG_FROM, WRONG_UNTIL = 0.25, 0.45


class Fate(StrEnum):
    """What is special about an article. Names of failures are those that fetching must give."""

    PLAIN = "plain"
    REDIRECTED = "redirected"
    SLOW = "slow"
    BUSY_AT_FIRST = "busy_at_first"
    UTF16 = "utf16"
    SHARED = "shared"
    COPY = "copy"
    NOT_FOUND = "not_found"
    GONE = "gone"
    BOMB = "too_large"
    BAD_CHARSET = "bad_charset"
    NOT_AN_ARTICLE = "not_an_article"
    PAYWALL = "paywall"
    BLOCKED = "blocked_by_robots"
    PRIVATE = "private_address"
    TO_PRIVATE = "to_private_address"
    NO_LINK = "no_link"

    @property
    def failure(self) -> FailureKind | None:
        """Why its page cannot be had, where it cannot."""
        name = "private_address" if self is Fate.TO_PRIVATE else self.value
        return FailureKind(name) if name in set(FailureKind) else None

    @property
    def is_read(self) -> bool:
        return self.failure is None and self is not Fate.NO_LINK


#: Of a hundred articles so many have each fate; the others are plain.
SHARES = {
    Fate.REDIRECTED: 5, Fate.SLOW: 3, Fate.BUSY_AT_FIRST: 2, Fate.UTF16: 3, Fate.SHARED: 5, Fate.COPY: 5, Fate.NOT_FOUND: 3,
    Fate.GONE: 2, Fate.BOMB: 2, Fate.BAD_CHARSET: 2, Fate.NOT_AN_ARTICLE: 2, Fate.PAYWALL: 2, Fate.BLOCKED: 2, Fate.PRIVATE: 2,
    Fate.TO_PRIVATE: 2, Fate.NO_LINK: 2,
}  # fmt: skip


class Course(StrEnum):
    """What happens to a feed in the course of the days."""

    STEADY = "steady"
    CONDITIONAL = "answers conditional questions"
    ASKS = "asks to be polled rarely"
    SLOW = "slow"
    ONE_GUID = "gives all entries one guid"
    BROKEN_XML = "is not well-formed"
    MOVES = "moves for good"
    MERGES = "moves to another feed"
    FAILS = "answers 500 for a while"
    ENTITY_BOMB = "is an entity bomb for a while"
    GZIP_BOMB = "is a gzip bomb for a while"
    PAGE = "is a page for a while"
    LOST = "is not found any more"
    GONE = "is gone"
    SILENT = "falls silent"


#: What a feed in this course must have been in trouble for, if anything.
TROUBLES = {
    Course.MERGES: "merged", Course.FAILS: "not_now", Course.ENTITY_BOMB: "not_a_feed", Course.GZIP_BOMB: "too_large",
    Course.PAGE: "not_a_feed", Course.LOST: "not_found", Course.GONE: "gone", Course.SILENT: "silent",
}  # fmt: skip
#: Those that are still in trouble in the end.
FOR_GOOD = (Course.MERGES, Course.LOST, Course.GONE, Course.SILENT)


@dataclass(frozen=True, kw_only=True)
class MadeArticle:
    """An article, who publishes it and when, and what is special about it."""

    number: int
    at: datetime
    title: str
    words: str
    fate: Fate
    copy_of: int | None = None

    @property
    def path(self) -> str:
        return f"/blocked/{self.number}" if self.fate is Fate.BLOCKED else f"/article/{self.number}"


@dataclass(kw_only=True)
class MadeFeed:
    """A feed with a host of its own. `also` are articles of others that it lists too."""

    number: int
    form: str
    course: Course
    articles: list[MadeArticle] = field(default_factory=list)
    also: list[MadeArticle] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class World:
    """Feeds over some days, which are over."""

    start: datetime
    end: datetime
    feeds: list[MadeFeed]

    @property
    def wrong(self) -> tuple[datetime, datetime]:
        """From when until when those that go wrong for a while do."""
        span = self.end - self.start
        return self.start + span * WRONG_FROM, self.start + span * WRONG_UNTIL


def make_world(*, feeds: int, articles: int, days: float, seed: int) -> World:
    """Articles spread over feeds and days, with every fate and course."""
    rng = random.Random(seed)
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    world = World(start=end - timedelta(days=days), end=end, feeds=_feeds(feeds, rng))
    fates = _fates(articles, rng)
    for number, fate in enumerate(fates):
        feed = world.feeds[number % feeds]
        place, most = number // feeds, -(-articles // feeds)
        feed.articles.append(_article(number, fate, _time(world, feed, place, most, rng), world, rng))
    _share(world, rng)
    return world


def _feeds(count: int, rng: random.Random) -> list[MadeFeed]:
    courses = [*Course, *(Course.STEADY, Course.CONDITIONAL) * count][:count]
    return [
        MadeFeed(number=number, form=FORMATS[rng.randrange(len(FORMATS))] if number >= 5 else FORMATS[number], course=course)
        for number, course in enumerate(courses)
    ]


def _fates(count: int, rng: random.Random) -> list[Fate]:
    found = [fate for fate, share in SHARES.items() for _ in range(max(1, round(count * share / 100)))]
    found += [Fate.PLAIN] * (count - len(found))
    rng.shuffle(found)
    return found[:count]


def _time(world: World, feed: MadeFeed, place: int, most: int, rng: random.Random) -> datetime:
    """When the article at a place among those of its feed appears: regularly, more or less, while the feed can be read."""
    last = {
        Course.SILENT: world.start + timedelta(hours=12), Course.LOST: world.wrong[0] - timedelta(hours=12),
        Course.GONE: world.wrong[0] - timedelta(hours=12), Course.MERGES: world.wrong[0] - timedelta(hours=12),
    }.get(feed.course, world.end - TAIL)  # fmt: skip
    first = world.start - BACKLOG
    return (first + (last - first) * ((place + rng.uniform(0.2, 0.8)) / most)).replace(microsecond=0)


def _article(number: int, fate: Fate, at: datetime, world: World, rng: random.Random) -> MadeArticle:
    if fate is Fate.COPY:
        plain = [one for feed in world.feeds for one in feed.articles if one.fate is Fate.PLAIN]
        if plain:
            first = rng.choice(plain)
            words = f"{first.words}\nThis report was first printed elsewhere."
            title = f"As told: {first.title}"
            return MadeArticle(number=number, at=at, title=title, words=words, fate=fate, copy_of=first.number)
        fate = Fate.PLAIN
    one, other = rng.sample(STATES, 2)
    return MadeArticle(number=number, at=at, title=f"{one} and {other}, {number}", words=_words(one, other, rng), fate=fate)


def _words(one: str, other: str, rng: random.Random) -> str:
    made = ["".join(rng.choices(SYLLABLES, k=3)) for _ in range(60)]
    lines = [" ".join(made[start : start + 12]) for start in range(0, 60, 12)]
    first = f"{one} recalled its ambassador from {other} on Monday, a spokesman said."
    return "\n".join([first, *(f"On {line}." for line in lines)])


def _share(world: World, rng: random.Random) -> None:
    """Let a second feed, one that is always read, list articles that are shared."""
    readers = [feed for feed in world.feeds if feed.course in (Course.STEADY, Course.CONDITIONAL, Course.ASKS)]
    for feed in world.feeds:
        for article in feed.articles:
            if article.fate is Fate.SHARED:
                rng.choice([other for other in readers if other is not feed]).also.append(article)
