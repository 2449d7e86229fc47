"""What a run has shown: counted from the store and from what the hosts were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from sqlalchemy import func, select

from benchmarks.sources.runs import Run
from benchmarks.sources.worlds import FOR_GOOD, TROUBLES, Course, Fate, MadeArticle
from detente.contracts.feeds import FeedEntry, FeedState
from detente.feeds.entries import without_tracking
from detente.storage.tables import articles, readings, story_articles

#: How much more memory a process may have in the last quarter of a run than in the second, in which it has seen all kinds of
#: work. In the full size, a leak of 100 KB a job would be twice that.
MAX_GROWTH_MB = 60.0


@dataclass
class Verdict:
    """What was asked of a run, and what came of it. `faults` are what went wrong: none in a run that is as it should be."""

    feeds: int
    published: int
    entries: int = 0
    read: int = 0
    refused: int = 0
    unlinked: int = 0
    polls: int = 0
    not_modified: int = 0
    days: float = 0.0
    took_s: float = 0.0
    memory_mb: tuple[float, float, float] = (0.0, 0.0, 0.0)
    faults: list[str] = field(default_factory=list)


def judge(run: Run) -> Verdict:
    """Look at everything once the run is over."""
    every = [article for feed in run.world.feeds for article in feed.articles]
    verdict = Verdict(
        feeds=len(run.world.feeds), published=len(every), days=(run.world.end - run.world.start).total_seconds() / 86_400,
        took_s=run.took_s,
    )  # fmt: skip
    verdict.faults += [f"never polled again: {url}" for url in run.stuck]
    entries = {id: list(_entries(run, id)) for id in run.ids}
    verdict.entries = sum(map(len, entries.values()))
    for check in (_articles, _copies, _feeds, _privacy, _letters):
        verdict.faults += check(run, verdict, entries)
    verdict.faults += _memory(run, verdict)
    return verdict


def _entries(run: Run, feed: str) -> Iterator[FeedEntry]:
    after = None
    while True:
        page = run.system.store.find_entries(feed, limit=1000, after=after)
        yield from page.rows
        if (after := page.after) is None:
            return


def _articles(run: Run, verdict: Verdict, entries: dict[str, list[FeedEntry]]) -> Iterator[str]:
    """Each entry has its row; each page that can be had was read once, and each other has its fault."""
    counts = _readings(run)
    for feed, id in zip(run.world.feeds, run.ids, strict=True):
        rows = {entry.url or entry.title: entry for entry in entries[id]}
        for article in (*feed.articles, *feed.also):
            link = run.web.link(article, by=feed)
            key = without_tracking(urljoin(run.web.feed_url(feed), link)) if link else article.title
            if (entry := rows.get(key)) is None:
                yield f"lost: {article.fate} article {article.number} of the {feed.form} feed that {feed.course}"
            else:
                yield from _entry(article, entry)
        for article in feed.articles:
            yield from _article(run, article, counts.pop(run.web.url(article), 0), verdict)
    yield from (f"read, though nobody published it: {url}" for url in counts)


def _entry(article: MadeArticle, entry: FeedEntry) -> Iterator[str]:
    if article.fate is Fate.NO_LINK:
        if not entry.reason:
            yield f"article {article.number} has no link, and its row no reason"
    elif entry.failure != article.fate.failure:
        yield f"the row of {article.fate} article {article.number} says {entry.failure}"
    elif entry.submitted_at is None:
        yield f"no job was submitted for article {article.number}"


def _article(run: Run, article: MadeArticle, times: int, verdict: Verdict) -> Iterator[str]:
    if times != article.fate.is_read:
        yield f"read {times} times: {article.fate} article {article.number}"
    verdict.read += times
    verdict.refused += article.fate.failure is not None
    verdict.unlinked += article.fate is Fate.NO_LINK
    asked = run.web.hosts[article.number % len(run.web.hosts)].times(article.path)
    most = {Fate.BUSY_AT_FIRST: 2, Fate.BLOCKED: 0, Fate.PRIVATE: 0, Fate.NO_LINK: 0}.get(article.fate, 1)
    if asked > most:
        yield f"its host was asked {asked} times: {article.fate} article {article.number}"


def _readings(run: Run) -> Counter[str]:
    query = select(articles.c.url, func.count()).join(readings, readings.c.article_id == articles.c.id).group_by(articles.c.url)
    with run.system.store.reads() as connection:
        return Counter(dict(connection.execute(query).all()))


def _copies(run: Run, verdict: Verdict, entries: dict[str, list[FeedEntry]]) -> Iterator[str]:
    """A copy and its original are one story."""
    query = select(articles.c.url, story_articles.c.story_id).join(articles, articles.c.id == story_articles.c.article_id)
    with run.system.store.reads() as connection:
        stories = dict(connection.execute(query).all())
    every = {article.number: article for feed in run.world.feeds for article in feed.articles}
    for article in every.values():
        if article.copy_of is not None:
            original = every[article.copy_of]
            if len({stories.get(run.web.url(one)) for one in (article, original)}) != 1:
                yield f"a copy is another story: article {article.number} of article {original.number}"


def _feeds(run: Run, verdict: Verdict, entries: dict[str, list[FeedEntry]]) -> Iterator[str]:
    """Each feed in trouble was seen in it, and no other."""
    for feed, id in zip(run.world.feeds, run.ids, strict=True):
        kept = run.system.store.feed(id)
        verdict.polls += kept.polls_made
        wanted = {TROUBLES[feed.course]} if feed.course in TROUBLES else {"moved"} if feed.course is Course.MOVES else set()
        seen = run.troubles[id] - ({"moved"} if feed.course is Course.MERGES else set())
        if seen != wanted:
            yield f"a feed that {feed.course} was seen as {sorted(seen) or 'well'}"
        if (kept.trouble is not None) != (feed.course in FOR_GOOD):
            yield f"a feed that {feed.course} is in the end {kept.trouble or 'well'}: {kept.message}"
        if feed.course is Course.MOVES and not kept.url.endswith("/moved"):
            yield "a feed that moved has its old URL"
        if (kept.state is not FeedState.ACTIVE) != (feed.course in (Course.GONE, Course.MERGES)):
            yield f"a feed that {feed.course} is {kept.state}"
        verdict.not_modified += sum(poll.outcome == "not_modified" for poll in run.system.store.feed_polls(id))


def _privacy(run: Run, verdict: Verdict, entries: dict[str, list[FeedEntry]]) -> Iterator[str]:
    for path, _ in run.web.forbidden.asked:
        yield f"a host that nobody may reach was asked for {path}"


def _letters(run: Run, verdict: Verdict, entries: dict[str, list[FeedEntry]]) -> Iterator[str]:
    """What died did so for a fault that its page has."""
    dead = run.system.store.find_jobs(state="dead", limit=1000).rows
    for record in dead:
        if record.kind != "detente.article.fetch" or (record.error and record.error.kind) != "PageRejected":
            yield f"died: {record.kind} {record.error}"
    failed = {entry.id for rows in entries.values() for entry in rows if entry.failure}
    if lacking := failed - {record.id for record in dead}:
        yield f"{len(lacking)} pages failed without a dead letter"


def _memory(run: Run, verdict: Verdict) -> Iterator[str]:
    """The largest process: in the second quarter of the run, in the last, and at any time."""
    largest = [max(sample) for sample in run.memory_mb]
    quarter = max(1, len(largest) // 4)
    early, late = max(largest[quarter : 2 * quarter] or largest), max(largest[-quarter:])
    verdict.memory_mb = (early, late, max(largest))
    if late - early > MAX_GROWTH_MB:
        yield f"a worker grew from {early:.0f} to {late:.0f} MB"
