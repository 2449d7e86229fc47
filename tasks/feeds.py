"""Look at feeds when they are due, and have fetched what is new in them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from detente.contracts import EventType, ExpireEntries, FailureKind, FetchArticle, JobState, PollFeed, PollFeeds, Terms
from detente.contracts.feeds import EntriesExpired, Feed, FeedEntry, FeedPolled, FeedsPolled, FeedState, Poll, PollOutcome
from detente.errors import IdempotencyConflict, NotReady, QueueFull, UnknownFeed, UnknownJob
from detente.feeds.intervals import failed_interval_s, interval_s, is_silent, next_poll_at, usual_gap_s
from detente.feeds.parsing import ACCEPT, ParsedEntry, ParsedFeed, parse_feed
from detente.fetching.failures import FetchFailed
from detente.fetching.pages import Page
from detente.storage.entries import GAP_ENTRIES
from tasks.base import Limits, handles
from tasks.logs import fact
from tasks.services import Services
from tasks.visits import visit
from tasks.webhooks import notify

#: Names polls and entries, so that no other job has their ids.
_NAMESPACE = UUID("7d3c1e52-5f0b-5c39-9a55-0c8f4a1d6b27")
#: A poll that is so late is looked for: its job may have died before it could note anything.
LATE = timedelta(minutes=15)
#: Failures in a row of which somebody is told: one or two pass by themselves within the hour.
TOLD_FAILURES = 3
#: URLs that a feed had, of which it is told.
MAX_MOVED_FROM = 10
#: Entries are noted as submitted so many at a time; whoever dies in between submits these again, which changes nothing.
CHUNK = 100


@dataclass(frozen=True)
class Look:
    """What a look at a feed has changed. `listed` is None where the feed was not read."""

    feed: Feed
    outcome: PollOutcome
    new: tuple[FeedEntry, ...] = ()
    listed: tuple[str, ...] | None = None
    message: str | None = None


@handles(PollFeeds)
def poll_feeds(job: PollFeeds, services: Services) -> FeedsPolled:
    """Submit a poll of each feed that is due. Its id is made of feed and time, so two of these submit the same jobs."""
    now, died = _now(job.at), []
    due = services.store.due_feeds(at=now)
    for feed in due:
        poll = PollFeed(feed=feed.id, url=feed.url, due_at=feed.next_poll_at, at=job.at)
        try:
            services.submit(poll, id=poll_id(feed), terms=Terms(tenant=feed.tenant))
        except QueueFull as full:
            raise NotReady("the queue of polls is full", retry_after_s=full.retry_after_s) from full
        except IdempotencyConflict:
            # Put in line before, as if it were another time.
            fact("in_line_already", feed=feed.id)
        if now - feed.next_poll_at > LATE and _is_over(poll_id(feed), services):
            _note_died(feed, now, services)
            died.append(feed.id)
    return FeedsPolled(due=len(due), died=tuple(died))


# A job may have to come back for its host's turn, as one that fetches an article.
@handles(PollFeed, limits=Limits(soft_s=100, hard_s=110, max_retries=500))
def poll_feed(job: PollFeed, services: Services) -> FeedPolled:
    """Look at a feed, keep what it has, and submit a job for each entry that is new.

    Entries are rows before they are jobs, and the ids of the jobs are those of the rows: whoever dies between the two is
    followed by somebody who submits the same ones.
    """
    try:
        feed = services.store.feed(job.feed)
    except UnknownFeed:
        return FeedPolled(feed=job.feed, outcome=PollOutcome.SKIPPED, message="the feed was removed")
    now, poll = _now(job.at), Poll(at=_now(job.at), outcome=PollOutcome.SKIPPED)
    if job.due_at is None or (feed.state is FeedState.ACTIVE and feed.next_poll_at == job.due_at):
        feed, poll = _polled(feed, now, services)
    submitted = _submit_pending(feed, services)
    return FeedPolled(
        feed=feed.id, outcome=poll.outcome, listed=poll.listed, new=poll.new, submitted=submitted, failure=poll.failure,
        message=poll.message, next_poll_at=feed.next_poll_at,
    )  # fmt: skip


@handles(ExpireEntries)
def expire_entries(job: ExpireEntries, services: Services) -> EntriesExpired:
    """Forget entries that left their feeds long ago."""
    return EntriesExpired(deleted=services.store.expire_entries(before=_now(job.at) - timedelta(days=job.after_days)))


def poll_id(feed: Feed) -> str:
    """The id of the job that polls a feed the next time."""
    return str(uuid5(_NAMESPACE, f"{feed.id}@{feed.next_poll_at.astimezone(UTC).isoformat()}"))


def entry_id(feed: str, key: str) -> str:
    """The id of an entry, and of the job that fetches its page."""
    return str(uuid5(_NAMESPACE, f"{feed}\n{key}"))


def _now(at: datetime | None) -> datetime:
    """A time to come would put off all polls until then."""
    now = datetime.now(UTC)
    return min(at, now) if at else now


def _polled(feed: Feed, now: datetime, services: Services) -> tuple[Feed, Poll]:
    """Look once, and keep what came of it. Raises NotReady before the host's turn."""
    began = time.monotonic()
    try:
        look = _looked(feed, now, services)
    except FetchFailed as failed:
        look = _failed(feed, failed, now)
    after = look.feed.model_copy(update={"polled_at": now, "polls_made": feed.polls_made + 1})
    poll = Poll(
        at=now, outcome=look.outcome, listed=len(look.listed or ()), new=len(look.new), message=look.message,
        ms=round((time.monotonic() - began) * 1000), failure=after.failure,
    )  # fmt: skip
    services.store.keep_poll(feed, after, poll, new=look.new, listed=look.listed)
    _tell(feed, after, poll, services)
    return after, poll


def _looked(feed: Feed, now: datetime, services: Services) -> Look:
    """What the feed has now. Raises FetchFailed."""
    options = replace(services.fetching, accept=ACCEPT)
    page = visit(feed.url, services, etag=feed.etag, last_modified=feed.last_modified, options=options)
    if page.body is None and not (feed.etag or feed.last_modified):
        raise FetchFailed(FailureKind.BAD_ANSWER, "answered 304 to a question without conditions", status=page.status)
    found = None if page.body is None else parse_feed(page, now=now)
    if page.moved and page.url != feed.url:
        other = services.store.feed_at(page.url)
        if other and other.id != feed.id:
            merged = {"state": FeedState.MERGED, "moved_to": other.id, "moved_at": now, **_well(now)}
            return Look(feed.model_copy(update=merged), PollOutcome.MERGED, message=f"it has moved to {page.url}, a feed already")
        feed = _moved(feed, page.url, now)
    return _read(feed, page, found, now, services)


def _moved(feed: Feed, url: str, now: datetime) -> Feed:
    before = (*feed.moved_from, feed.url)[-MAX_MOVED_FROM:]
    return feed.model_copy(update={"url": url, "moved_from": before, "moved_at": now})


def _read(feed: Feed, page: Page, found: ParsedFeed | None, now: datetime, services: Services) -> Look:
    """The feed after a look that did not fail, with the entries that are new."""
    entries = list(_entries(feed, found.entries, now)) if found else []
    known = services.store.known_entries([entry.id for entry in entries])
    new = tuple(entry for entry in entries if entry.id not in known)
    facts: dict[str, Any] = {**_well(now), "entries": feed.entries + len(new)}
    facts |= {"changed_at": now} if new else {}
    facts |= {"etag": page.etag, "last_modified": page.last_modified} if found else {}
    facts |= _said(feed, found) if found else {}
    facts |= {"asked_s": max((s for s in (found.asked_s, page.max_age_s) if s), default=None)} if found else {}
    read = feed.model_copy(update=facts)
    read = read.model_copy(update=_planned(read, [entry.appeared_at for entry in new], now, services))
    if found is None:
        return Look(read, PollOutcome.NOT_MODIFIED)
    outcome = PollOutcome.NEW if new else PollOutcome.NOTHING_NEW
    return Look(read, outcome, new=new, listed=tuple(entry.id for entry in entries), message=_odd(found))


def _well(now: datetime) -> dict[str, Any]:
    return {"succeeded_at": now, "failure": None, "message": None, "failures": 0, "failing_since": None}


def _said(feed: Feed, found: ParsedFeed) -> dict[str, Any]:
    """What a feed says of itself. What a person has said of it stays."""
    said = {"title": feed.title or found.title, "site": found.site or feed.site, "language": feed.language or found.language}
    return {**said, "skip_hours": found.skip_hours, "skip_days": found.skip_days}


def _odd(found: ParsedFeed) -> str | None:
    cut = f"only the first {len(found.entries):,} entries were taken, and {found.left_out:,} left" if found.left_out else None
    return "; ".join(words for words in (found.flaw, cut) if words) or None


def _entries(feed: Feed, entries: tuple[ParsedEntry, ...], now: datetime) -> Iterator[FeedEntry]:
    is_first = feed.entries == 0
    for entry in entries:
        appeared_at = (entry.published_at or now) if is_first else now
        yield FeedEntry(
            id=entry_id(feed.id, entry.key), feed=feed.id, url=entry.url, title=entry.title, published_at=entry.published_at,
            language=entry.language, seen_at=now, appeared_at=appeared_at, reason=entry.reason,
        )  # fmt: skip


def _planned(feed: Feed, new: list[datetime], now: datetime, services: Services) -> dict[str, Any]:
    """When to look again, and whether its silence is odd."""
    appeared = [*new, *services.store.entry_times(feed.id)]
    gap_s = usual_gap_s(sorted(appeared)[-GAP_ENTRIES:])
    last = max(appeared, default=feed.added_at)
    idle_s = max((now - last).total_seconds(), 0.0)
    wait_s = interval_s(gap_s, idle_s=idle_s, asked_s=feed.asked_s)
    return {
        "gap_s": gap_s, "interval_s": wait_s, "silent_since": last if is_silent(gap_s, idle_s=idle_s) else None,
        "next_poll_at": _next(feed, now, wait_s),
    }  # fmt: skip


def _next(feed: Feed, now: datetime, wait_s: float) -> datetime:
    shake = random.random()  # noqa: S311 - not a secret
    return next_poll_at(now, wait_s, shake=shake, skip_hours=feed.skip_hours, skip_days=feed.skip_days)


def _failed(feed: Feed, failed: FetchFailed, now: datetime) -> Look:
    failures, gone = feed.failures + 1, failed.kind is FailureKind.GONE
    wait_s = failed_interval_s(failures, asked_s=failed.retry_after_s)
    message = str(failed)[:500]
    facts: dict[str, Any] = {
        "failure": failed.kind, "message": message, "failures": failures, "failing_since": feed.failing_since or now,
        "interval_s": wait_s, "next_poll_at": _next(feed, now, wait_s), "state": FeedState.GONE if gone else feed.state,
    }  # fmt: skip
    return Look(feed.model_copy(update=facts), PollOutcome.GONE if gone else PollOutcome.FAILED, message=message)


def _tell(before: Feed, after: Feed, poll: Poll, services: Services) -> None:
    facts: dict[str, Any] = {"feed": after.id, "outcome": poll.outcome, "new": poll.new, "wait_s": round(after.interval_s)}
    fact("feed_polled", **facts, failure=after.failure, failures=after.failures)
    if trouble := _new_trouble(before, after):
        fact("feed_troubled", feed=after.id, trouble=trouble)
        since = after.failing_since or after.silent_since or poll.at
        data = {"id": after.id, "url": after.url, "title": after.title, "message": poll.message or after.message}
        data |= {"trouble": trouble, "since": since.isoformat()}
        about = f"{after.id}:{trouble}:{poll.at.isoformat()}"
        notify(services, EventType.FEED_TROUBLED, data, subject=about, tenant=after.tenant)


def _new_trouble(before: Feed, after: Feed) -> str | None:
    """What somebody should be told of a feed after a poll, if anything."""
    if after.state is not before.state:
        return after.state.value
    if after.url != before.url:
        return "moved"
    if after.failure and after.failures == TOLD_FAILURES:
        return after.failure.value
    return "silent" if after.silent_since and not before.silent_since else None


def _submit_pending(feed: Feed, services: Services) -> int:
    """Have the pages of new entries fetched. Raises NotReady where the queue is full."""
    pending = services.store.pending_entries(feed.id)
    for start in range(0, len(pending), CHUNK):
        done: list[str] = []
        try:
            for entry in pending[start : start + CHUNK]:
                _submit(entry, feed, services)
                done.append(entry.id)
        except QueueFull as full:
            raise NotReady("the queue of pages is full", retry_after_s=full.retry_after_s) from full
        finally:
            services.store.note_submitted(done, at=datetime.now(UTC))
    return len(pending)


def _submit(entry: FeedEntry, feed: Feed, services: Services) -> None:
    job = FetchArticle(
        url=str(entry.url), title=entry.title, outlet=feed.outlet or feed.title, published_at=entry.published_at,
        language=entry.language or feed.language, feed=feed.id,
    )  # fmt: skip
    try:
        services.submit(job, id=entry.id, terms=Terms(tenant=feed.tenant))
    except IdempotencyConflict:
        # Somebody has given the feed another title or outlet since it was submitted.
        fact("submitted_before", entry=entry.id)


def _is_over(job_id: str, services: Services) -> bool:
    """Whether a job has ended without having noted anything, or is lost."""
    try:
        state: JobState = services.ledger.record(job_id).state
    except UnknownJob:
        return True
    return state.is_final


def _note_died(feed: Feed, now: datetime, services: Services) -> None:
    """Say that a poll has died, and go on with the next one: nobody else would."""
    if services.store.feed(feed.id).next_poll_at != feed.next_poll_at:
        return
    look = _failed(feed, FetchFailed(FailureKind.POLL_DIED, f"its job {poll_id(feed)} ended without an outcome"), now)
    poll = Poll(at=now, outcome=look.outcome, failure=look.feed.failure, message=look.message)
    services.store.keep_poll(feed, look.feed, poll)
    _tell(feed, look.feed, poll, services)
