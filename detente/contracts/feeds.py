"""Feeds: lists of articles that are looked at again and again, what came of each look, and what became of each entry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from detente.contracts.articles import MAX_TITLE_CHARS
from detente.contracts.fetching import FailureKind, Url, host_of
from detente.contracts.jobs import DEFAULT_TENANT, Concurrency, Job, Queue
from detente.contracts.readings import Label
from detente.contracts.spans import Frozen

FeedId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Title = Annotated[str, StringConstraints(max_length=MAX_TITLE_CHARS)]


class FeedState(StrEnum):
    """Whether a feed is polled. One that is gone, or has moved to where another feed is, is polled no more."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"
    MERGED = "merged"


class FeedGiven(Frozen):
    """A feed to be added."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url = Field(examples=["https://news.example/feed.xml"])
    title: Annotated[Title, StringConstraints(min_length=1)] | None = Field(default=None, description="its own, if none")
    outlet: Label | None = Field(default=None, description="whose articles they are; the feed's title, if none")
    language: Language | None = Field(default=None, description="ISO 639 code; what the feed says, if none")


class AddVerdict(StrEnum):
    """What became of a feed that was to be added."""

    ADDED = "added"
    KNOWN = "known"
    WRONG = "wrong"


class FeedAdded(Frozen):
    """A row of what was to be added: the feed that it is now, or why there is none."""

    url: str
    verdict: AddVerdict
    feed: str | None = Field(default=None, description="the feed's id")
    reason: str | None = None


class PollOutcome(StrEnum):
    """What came of one look at a feed."""

    NEW = "new"
    NOTHING_NEW = "nothing_new"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"
    GONE = "gone"
    MERGED = "merged"
    #: Somebody else has polled it for this time, or paused or removed it.
    SKIPPED = "skipped"


class Poll(Frozen):
    """One look at a feed."""

    at: AwareDatetime
    outcome: PollOutcome
    listed: int = Field(default=0, description="entries that the feed had")
    new: int = Field(default=0, description="those of them that were new")
    ms: int = 0
    failure: FailureKind | None = None
    message: str | None = Field(default=None, description="why it failed, or what was odd")


class Feed(Frozen):
    """A feed and how it stands. With `failure`, the last polls failed, since `failing_since`."""

    id: str
    url: str
    title: str | None = None
    outlet: str | None = None
    site: str | None = Field(default=None, description="the page that it belongs to")
    language: str | None = None
    tenant: str = DEFAULT_TENANT
    state: FeedState = FeedState.ACTIVE
    etag: str | None = None
    last_modified: str | None = None
    added_at: AwareDatetime
    polled_at: AwareDatetime | None = None
    succeeded_at: AwareDatetime | None = None
    changed_at: AwareDatetime | None = Field(default=None, description="when it had something new")
    next_poll_at: AwareDatetime
    interval_s: float = Field(default=0.0, description="from the last poll to the next, before jitter")
    gap_s: float | None = Field(default=None, description="the usual time between two entries")
    asked_s: float | None = Field(default=None, description="how rarely the feed or its host asks to be polled")
    skip_hours: tuple[int, ...] = Field(default=(), description="hours, in UTC, in which the feed asks not to be polled")
    skip_days: tuple[int, ...] = Field(default=(), description="days in which it asks so; 0 is Monday")
    failure: FailureKind | None = None
    message: str | None = None
    failures: int = Field(default=0, description="how many polls have failed since the last that did not")
    failing_since: AwareDatetime | None = None
    silent_since: AwareDatetime | None = Field(
        default=None, description="the last entry, where none came for much longer than usual"
    )
    moved_at: AwareDatetime | None = Field(default=None, description="when its host last said that it has another URL")
    moved_from: tuple[str, ...] = Field(default=(), description="the URLs that it had, the last ten")
    moved_to: str | None = Field(default=None, description="the feed that was there already, where it has moved to one")
    polls_made: int = 0
    entries: int = Field(default=0, description="how many different ones it has had")

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, in a word."""
        if self.state in (FeedState.GONE, FeedState.MERGED):
            return self.state.value
        if self.failure:
            return self.failure.value
        return "silent" if self.silent_since else None


class FeedEntry(Frozen):
    """An entry that a feed has had, and what became of it: the job that fetches it, or the reason why there is none."""

    id: str = Field(description="also of the job that fetches its page; made of feed and entry, so it is submitted once")
    feed: str
    url: str | None = None
    title: str | None = None
    published_at: AwareDatetime | None = Field(default=None, description="as the feed says; null for a time that cannot be")
    language: str | None = None
    seen_at: AwareDatetime = Field(description="when a poll saw it first")
    appeared_at: AwareDatetime = Field(description="the same, but for the first poll of a feed what the feed says")
    left_at: AwareDatetime | None = Field(default=None, description="when a poll no longer saw it")
    submitted_at: AwareDatetime | None = None
    reason: str | None = Field(default=None, description="why it is not fetched")
    read: str | None = Field(default=None, description="the job that reads its page")
    failure: FailureKind | None = Field(default=None, description="why its page was not fetched")


class FeedPolled(Frozen):
    """What came of a poll, and how many jobs it submitted."""

    feed: str
    outcome: PollOutcome
    listed: int = 0
    new: int = 0
    submitted: int = 0
    failure: FailureKind | None = None
    message: str | None = None
    next_poll_at: AwareDatetime | None = None


class PollFeed(Job[FeedPolled]):
    """Look at a feed, and submit a job for each entry that is new."""

    kind: ClassVar[str] = "detente.feed.poll"
    queue: ClassVar[Queue] = Queue.FETCH

    feed: FeedId
    url: Url = Field(description="where the feed is; a host is asked one thing at a time")
    due_at: AwareDatetime | None = Field(
        default=None, description="the time for which it is polled; without one, it is polled at once"
    )
    at: AwareDatetime | None = Field(default=None, description="as if it were then, a time that has passed")

    def label(self) -> dict[str, str | int]:
        return {"url": self.url[:120], "feed": self.feed}

    def concurrency(self) -> Concurrency:
        """One at a time for each host, its articles included."""
        return Concurrency(key=f"host:{host_of(self.url)[:190]}")


class FeedsPolled(Frozen):
    """How many feeds were due, and which of them had a poll that died and was noted as failed."""

    due: int
    died: tuple[str, ...] = ()


class PollFeeds(Job[FeedsPolled]):
    """Submit a poll of each feed that is due. Two of these at once poll no feed twice for one time."""

    kind: ClassVar[str] = "detente.feeds.poll"
    queue: ClassVar[Queue] = Queue.UPKEEP

    at: AwareDatetime | None = Field(default=None, description="as if it were then, a time that has passed")


class EntriesExpired(Frozen):
    """How many entries were forgotten."""

    deleted: int


class ExpireEntries(Job[EntriesExpired]):
    """Forget entries that left their feeds more than `after_days` days ago. What was read of them stays."""

    kind: ClassVar[str] = "detente.feeds.expire"
    queue: ClassVar[Queue] = Queue.UPKEEP

    after_days: Annotated[float, Field(gt=0, le=3650)] = 90.0
    at: AwareDatetime | None = Field(default=None, description="as if it were then, a time that has passed")
