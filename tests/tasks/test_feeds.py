"""From a feed that is due to the jobs that fetch what is new in it, and what becomes of feeds that cannot be read."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from detente.client import Client
from detente.contracts import FailureKind, FetchArticle, ForgetEntries, JobError, PollFeed, PollFeeds
from detente.contracts.feeds import Feed, FeedGiven, FeedPolled, FeedState, PollOutcome
from detente.embedded import EmbeddedServer
from detente.errors import NotReady
from detente.feeds.intervals import LEAST_S, MOST_S
from detente.feeds.subscriptions import new_feed
from detente.queues import Queues
from detente.storage import Store
from detente.webhooks.deliveries import through
from tasks.feeds import forget_entries, poll_feed, poll_feeds, poll_id
from tasks.fetching import fetch_article
from tasks.services import Services
from tests.webs import HERE, Answer, Web, article_page, serving

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
XML = "application/xml"
WORDS = "Norway recalled its ambassador from Minsk on Monday, the foreign ministry in Oslo said in a short statement."


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def services(url: str, tmp_path: Path) -> Iterator[Services]:
    store = Store(f"sqlite:///{tmp_path / 'test.db'}")
    store.upgrade()
    with Client(url) as client:
        client.redis.flushdb()
        yield Services(
            job_id="job-1", store=store, nlp=cast(Any, None), progress=lambda made: None, submit=through(client),
            ledger=client.ledger, fetching=HERE,
        )  # fmt: skip
    store.close()


def rss(*numbers: int, head: str = "", link: str = "/a/{}") -> Answer:
    items = "".join(
        f"<item><guid isPermaLink='false'>g{number}</guid><title>Report {number}</title><link>{link.format(number)}</link></item>"
        for number in numbers
    )
    return Answer(f"<rss version='2.0'><channel><title>The Daily Test</title>{head}{items}</channel></rss>", kind=XML)


def add(services: Services, web: Web, path: str = "/feed", *, tenant: str = "default", **facts: str) -> Feed:
    feed = new_feed(FeedGiven(url=web.url + path, **facts), tenant=tenant, now=NOON)
    return services.store.add_feeds([feed])[feed.url]


def poll(services: Services, feed: Feed, at: datetime = NOON, **given: Any) -> FeedPolled:
    """A poll for the time at which the feed is due."""
    kept = services.store.feed(feed.id)
    return poll_feed(PollFeed(feed=feed.id, url=feed.url, at=at, **{"due_at": kept.next_poll_at, **given}), services)


def submitted(services: Services) -> list[dict[str, Any]]:
    """The jobs that fetch pages, the oldest first."""
    messages = [json.loads(message) for message in services.ledger.redis.lrange("detente:fetch", 0, -1)]
    jobs = [json.loads(b64decode(message["body"]))[1]["job"] for message in messages if "article" in message["headers"]["task"]]
    return jobs[::-1]


def test_what_is_new_in_a_feed_becomes_jobs_once(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1, 2)
    feed = add(services, web)
    first = poll(services, feed)
    assert (first.outcome, first.listed, first.new, first.submitted) == (PollOutcome.NEW, 2, 2, 2)
    web.paths["/feed"] = rss(3, 2)
    second = poll(services, feed, NOON + timedelta(hours=1))
    assert (second.outcome, second.new, second.submitted) == (PollOutcome.NEW, 1, 1)
    jobs = submitted(services)
    assert sorted(job["url"] for job in jobs) == [f"{web.url}/a/{number}" for number in (1, 2, 3)]
    assert {(job["feed"], job["outlet"], job["title"]) for job in jobs} >= {(feed.id, "The Daily Test", "Report 3")}
    kept = services.store.feed(feed.id)
    assert (kept.title, kept.entries, kept.polls_made, kept.trouble) == ("The Daily Test", 3, 2, None)
    assert kept.changed_at == NOON + timedelta(hours=1)


def test_a_second_delivery_polls_nothing_and_submits_what_the_first_did_not(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1, 2, 3)
    feed = add(services, web)
    job = PollFeed(feed=feed.id, url=feed.url, due_at=feed.next_poll_at, at=NOON)
    taken: list[str] = []

    def dies(given: Any, **others: Any) -> str:
        if taken:
            raise KeyboardInterrupt
        taken.append(given.url)
        return services.submit(given, **others)

    with pytest.raises(KeyboardInterrupt):
        poll_feed(job, replace(services, submit=dies))
    assert len(submitted(services)) == 1
    again = poll_feed(job, services)
    assert (again.outcome, web.times("/feed"), len(submitted(services))) == (PollOutcome.SKIPPED, 1, 3)
    assert all(entry.submitted_at for entry in services.store.find_entries(feed.id).rows)


def test_a_full_queue_puts_entries_off_and_loses_none(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1, 2)
    feed, queues = add(services, web), Queues(services.ledger.redis)
    queues.close("fetch")
    job = PollFeed(feed=feed.id, url=feed.url, due_at=feed.next_poll_at, at=NOON)
    with pytest.raises(NotReady, match="full"):
        poll_feed(job, services)
    queues.resume("fetch")
    assert poll_feed(job, services).submitted == 2
    assert web.times("/feed") == 1


def test_a_feed_is_asked_whether_it_has_changed(services: Services, web: Web) -> None:
    def answer(headers: dict[str, str]) -> Answer:
        found = rss(1)
        return Answer(status=304) if headers.get("if-none-match") == '"1"' else replace(found, headers={"ETag": '"1"'})

    web.paths["/feed"] = answer
    feed = add(services, web)
    assert poll(services, feed).outcome is PollOutcome.NEW
    assert poll(services, feed, NOON + timedelta(hours=1)).outcome is PollOutcome.NOT_MODIFIED
    assert [one.outcome for one in services.store.feed_polls(feed.id)] == ["not_modified", "new"]
    assert "application/atom+xml" in web.asked[-1][1]["accept"]


def test_entries_without_a_usable_link_are_rows_with_their_reason(services: Services, web: Web) -> None:
    links = ("<title>Nothing</title>", "<link>javascript:alert(1)</link>", "<link>http://u:p@x.example/</link>")
    items = "".join(f"<item>{link}</item>" for link in links)
    web.paths["/feed"] = Answer(f"<rss version='2.0'><channel>{items}</channel></rss>", kind=XML)
    feed = add(services, web)
    assert (poll(services, feed).new, submitted(services)) == (3, [])
    reasons = sorted(entry.reason or "" for entry in services.store.find_entries(feed.id).rows)
    assert ["cannot be fetched" in reason or "no link" in reason for reason in reasons] == [True] * 3


def test_one_article_that_two_feeds_name_is_fetched_and_read_once(services: Services, web: Web) -> None:
    web.paths |= {"/feed": rss(1, link="/a/{}?utm_source=rss&amp;utm_medium=feed#top"), "/other": rss(1)}
    web.paths["/a/1"] = Answer(article_page(WORDS))
    for path in ("/feed", "/other"):
        poll(services, add(services, web, path))
    jobs = [FetchArticle.model_validate(job) for job in submitted(services)]
    assert {job.url for job in jobs} == {f"{web.url}/a/1"}
    assert len({fetch_article(job, services).read for job in jobs}) == 1
    assert (len(jobs), web.times("/a/1"), services.ledger.redis.llen("detente:bulk")) == (2, 1, 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=404), FailureKind.NOT_FOUND),
        (Answer(status=500), FailureKind.NOT_NOW),
        (Answer("<!doctype html><html><body><p>Welcome</p></body></html>"), FailureKind.NOT_A_FEED),
        (Answer("{}", kind="application/json"), FailureKind.NOT_A_FEED),
        (Answer(""), FailureKind.EMPTY),
        (Answer("x" * 300_001), FailureKind.TOO_LARGE),
        (Answer(status=302, headers={"Location": "http://10.0.0.1/feed"}), FailureKind.PRIVATE_ADDRESS),
        (Answer(status=304), FailureKind.BAD_ANSWER),
    ],
)
def test_a_feed_that_fails_says_so_and_is_asked_less_and_less_often(
    services: Services, web: Web, answer: Answer, kind: FailureKind
) -> None:
    web.paths["/feed"] = answer
    feed, at, waits = add(services, web), NOON, []
    for _ in range(3):
        assert poll(services, feed, at).outcome is PollOutcome.FAILED
        kept = services.store.feed(feed.id)
        waits.append((kept.next_poll_at - at).total_seconds())
        at = kept.next_poll_at
    assert (kept.failure, kept.failures, kept.failing_since, kept.trouble) == (kind, 3, NOON, kind)
    assert kept.message
    assert waits == [pytest.approx(LEAST_S * 2**power, rel=0.11) for power in range(3)]
    assert [found.id for found in services.store.find_feeds(troubled=True, now=NOON).rows] == [feed.id]
    web.paths["/feed"] = rss(1)
    poll(services, feed, at)
    kept = services.store.feed(feed.id)
    assert (kept.failure, kept.failures, kept.failing_since, kept.trouble) == (None, 0, None, None)


def test_a_host_that_says_when_is_asked_then(services: Services, web: Web) -> None:
    web.paths["/feed"] = Answer(status=503, headers={"Retry-After": "7200"})
    feed = add(services, web)
    poll(services, feed)
    assert services.store.feed(feed.id).next_poll_at >= NOON + timedelta(seconds=0.9 * 7200)


def test_a_feed_that_is_gone_is_polled_no_more_until_somebody_says_so(services: Services, web: Web) -> None:
    web.paths["/feed"] = Answer(status=410)
    feed = add(services, web)
    assert poll(services, feed).outcome is PollOutcome.GONE
    kept = services.store.feed(feed.id)
    assert (kept.state, kept.trouble, kept.failure) == (FeedState.GONE, "gone", FailureKind.GONE)
    assert services.store.due_feeds(at=NOON + timedelta(days=9)) == []
    assert poll(services, feed, NOON + timedelta(days=9)).outcome is PollOutcome.SKIPPED
    services.store.keep_state(feed.id, FeedState.ACTIVE, at=NOON + timedelta(days=9))
    web.paths["/feed"] = rss(1)
    assert poll(services, feed, NOON + timedelta(days=9)).outcome is PollOutcome.NEW


def test_a_feed_that_moves_for_good_has_its_new_url_and_reads_nothing_twice(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1, 2)
    feed = add(services, web)
    poll(services, feed)
    web.paths |= {"/feed": Answer(status=301, headers={"Location": "/new"}), "/new": rss(1, 2, 3)}
    assert poll(services, feed, NOON + timedelta(hours=1)).new == 1
    kept = services.store.feed(feed.id)
    assert (kept.url, kept.moved_from, kept.moved_at) == (f"{web.url}/new", (feed.url,), NOON + timedelta(hours=1))
    assert kept in services.store.find_feeds(troubled=True, now=NOON + timedelta(days=1)).rows
    assert kept not in services.store.find_feeds(troubled=True, now=NOON + timedelta(days=9)).rows


@pytest.mark.parametrize("status", [302, 307])
def test_a_feed_that_is_elsewhere_for_now_keeps_its_url(services: Services, web: Web, status: int) -> None:
    web.paths |= {"/feed": Answer(status=status, headers={"Location": "/new"}), "/new": rss(1)}
    feed = add(services, web)
    assert poll(services, feed).new == 1
    assert services.store.feed(feed.id).url == feed.url


def test_a_feed_whose_url_leads_to_no_feed_any_more_keeps_its_url(services: Services, web: Web) -> None:
    web.paths |= {"/feed": Answer(status=301, headers={"Location": "/parked"}), "/parked": Answer("<html><p>For sale</p></html>")}
    feed = add(services, web)
    assert poll(services, feed).failure is FailureKind.NOT_A_FEED
    assert services.store.feed(feed.id).url == feed.url


def test_a_feed_that_moves_to_another_one_is_merged_with_it(services: Services, web: Web) -> None:
    web.paths |= {"/feed": Answer(status=301, headers={"Location": "/new"}), "/new": rss(1)}
    feed, other = add(services, web), add(services, web, "/new")
    poll(services, other)
    assert poll(services, feed).outcome is PollOutcome.MERGED
    kept = services.store.feed(feed.id)
    assert (kept.state, kept.moved_to, kept.trouble) == (FeedState.MERGED, other.id, "merged")
    assert len(submitted(services)) == 1


def test_a_feed_that_falls_silent_is_told_of_and_speaks_again(services: Services, web: Web) -> None:
    feed, at = add(services, web), NOON
    for number in range(6):
        web.paths["/feed"] = rss(*range(number + 1))
        at = NOON + timedelta(hours=6 * number)
        poll(services, feed, at)
    assert services.store.feed(feed.id).gap_s == pytest.approx(6 * 3600)
    poll(services, feed, at + timedelta(days=1))
    assert services.store.feed(feed.id).silent_since is None
    poll(services, feed, at + timedelta(days=3))
    kept = services.store.feed(feed.id)
    assert (kept.silent_since, kept.trouble) == (at, "silent")
    assert kept in services.store.find_feeds(troubled=True, now=NOON).rows
    web.paths["/feed"] = rss(*range(9))
    poll(services, feed, at + timedelta(days=4))
    assert services.store.feed(feed.id).trouble is None


def test_a_feed_is_polled_as_often_as_it_changes_and_no_more_often_than_it_asks(services: Services, web: Web) -> None:
    busy, quiet, asks = (add(services, web, path) for path in ("/busy", "/quiet", "/asks"))
    for number in range(8):
        web.paths |= {"/busy": rss(*range(5 * number + 5)), "/quiet": rss(*range(number // 3 + 1))}
        web.paths["/asks"] = rss(*range(5 * number + 5), head="<ttl>300</ttl>")
        for feed in (busy, quiet, asks):
            poll(services, feed, NOON + timedelta(hours=2 * number))
    waits = [services.store.feed(feed.id).interval_s for feed in (busy, quiet, asks)]
    assert LEAST_S <= waits[0] < 3600 < waits[1] < MOST_S
    assert waits[2] == 300 * 60


def test_what_is_due_is_put_in_line_once_for_each_time(services: Services, web: Web) -> None:
    feeds = [add(services, web, f"/{number}", tenant="desk") for number in range(3)]
    services.store.keep_state(feeds[2].id, FeedState.PAUSED, at=NOON)
    assert poll_feeds(PollFeeds(at=NOON - timedelta(minutes=1)), services).due == 0
    for _ in range(2):
        assert poll_feeds(PollFeeds(at=NOON), services).due == 2
    waiting = services.ledger.redis.lrange("detente:fetch:desk", 0, -1) or services.ledger.latest(10)
    assert len(waiting) == 2
    assert services.ledger.record(poll_id(feeds[0])).tenant == "desk"


def test_a_poll_that_died_is_a_failure_and_the_next_one_comes(services: Services, web: Web) -> None:
    feed = add(services, web)
    poll_feeds(PollFeeds(at=NOON), services)
    services.ledger.dead(poll_id(feed), JobError(kind="TimeLimitExceeded", message="killed"))
    assert poll_feeds(PollFeeds(at=NOON + timedelta(minutes=5)), services).died == ()
    assert poll_feeds(PollFeeds(at=NOON + timedelta(minutes=20)), services).died == (feed.id,)
    kept = services.store.feed(feed.id)
    assert (kept.failure, kept.failures) == (FailureKind.POLL_DIED, 1)
    assert kept.next_poll_at > NOON + timedelta(minutes=20)


def test_a_poll_of_a_removed_or_paused_feed_does_nothing(services: Services, web: Web) -> None:
    feed, gone = add(services, web), add(services, web, "/gone")
    services.store.keep_state(feed.id, FeedState.PAUSED, at=NOON)
    assert poll(services, feed).outcome is PollOutcome.SKIPPED
    job = PollFeed(feed=gone.id, url=gone.url, due_at=NOON)
    services.store.remove_feed(gone.id)
    assert poll_feed(job, services).outcome is PollOutcome.SKIPPED
    assert web.asked == []


def test_a_poll_by_hand_is_made_whatever_the_plan(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1)
    feed = add(services, web)
    services.store.keep_state(feed.id, FeedState.PAUSED, at=NOON)
    assert poll(services, feed, due_at=None).outcome is PollOutcome.NEW
    assert services.store.feed(feed.id).state is FeedState.PAUSED


def test_a_time_to_come_puts_no_poll_off(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1)
    feed = add(services, web)
    poll(services, feed, datetime(9999, 12, 31, tzinfo=UTC))
    assert services.store.feed(feed.id).next_poll_at < datetime.now(UTC) + timedelta(days=2)


def test_entries_are_forgotten_long_after_they_left_and_not_while_they_are_there(services: Services, web: Web) -> None:
    web.paths["/feed"] = rss(1, 2)
    feed = add(services, web)
    poll(services, feed)
    web.paths["/feed"] = rss(2)
    poll(services, feed, NOON + timedelta(days=1))
    long_after = NOON + timedelta(days=92)
    assert forget_entries(ForgetEntries(at=NOON + timedelta(days=60)), services).deleted == 0
    web.paths["/feed"] = rss(1, 2)
    assert poll(services, feed, NOON + timedelta(days=61)).new == 0
    web.paths["/feed"] = rss(2)
    poll(services, feed, NOON + timedelta(days=62))
    assert forget_entries(ForgetEntries(at=long_after), services).deleted == 0
    assert forget_entries(ForgetEntries(at=long_after + timedelta(days=61)), services).deleted == 1
    assert [entry.title for entry in services.store.find_entries(feed.id).rows] == ["Report 2"]


def test_robots_txt_holds_for_feeds_too(services: Services, web: Web) -> None:
    web.paths |= {"/robots.txt": Answer("User-agent: *\nDisallow: /feed\n", kind="text/plain"), "/feed": rss(1)}
    feed = add(services, web)
    assert poll(services, feed).failure is FailureKind.BLOCKED_BY_ROBOTS
    assert web.times("/feed") == 0
