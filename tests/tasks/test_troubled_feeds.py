"""Feeds that fail, move, are gone or fall silent say so, and go on when they are well."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from detente.contracts import FailureKind, JobError, JobRecord, JobState, PollFeeds, WebhookAsked
from detente.contracts.feeds import FeedState, PollOutcome
from detente.feeds.intervals import LEAST_S
from detente.webhooks.deliveries import end_of_job
from detente.webhooks.endpoints import made_of
from tasks.feeds import TOLD_FAILURES, poll_feeds, poll_id
from tasks.services import Services
from tests.feeding import NOON, add, poll, rss, submitted
from tests.webs import Answer, Web


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


def test_a_poll_that_died_is_a_failure_and_the_next_one_comes(services: Services, web: Web) -> None:
    feed = add(services, web)
    poll_feeds(PollFeeds(at=NOON), services)
    services.ledger.dead(poll_id(feed), JobError(kind="TimeLimitExceeded", message="killed"))
    assert poll_feeds(PollFeeds(at=NOON + timedelta(minutes=5)), services).died == ()
    assert poll_feeds(PollFeeds(at=NOON + timedelta(minutes=20)), services).died == (feed.id,)
    kept = services.store.feed(feed.id)
    assert (kept.failure, kept.failures) == (FailureKind.POLL_DIED, 1)
    assert kept.next_poll_at > NOON + timedelta(minutes=20)


def test_webhooks_are_told_of_trouble_when_it_begins(services: Services, web: Web) -> None:
    services.store.keep_webhook(made_of(WebhookAsked(url="https://example.org/h", events=("feed.troubled",)), tenant="desk"))
    web.paths["/feed"] = Answer(status=404)
    feed, at = add(services, web, tenant="desk"), NOON
    for failures in range(1, 6):
        poll(services, feed, at)
        told = services.store.find_deliveries().rows
        assert len(told) == (failures >= TOLD_FAILURES)
        at += timedelta(days=2)
    web.paths["/feed"] = Answer(status=410)
    poll(services, feed, at)
    last, first = (json.loads(services.store.delivery(one.id).payload)["data"] for one in services.store.find_deliveries().rows)
    assert (first["trouble"], first["id"], first["since"]) == ("not_found", feed.id, NOON.isoformat())
    assert last["trouble"] == "gone"


def test_nobody_is_told_of_the_good_end_of_each_poll() -> None:
    facts = {"id": "1", "kind": "detente.feed.poll", "queue": "fetch"}
    assert end_of_job(JobRecord(**facts, state=JobState.DONE)) is None
    assert end_of_job(JobRecord(**facts, state=JobState.DONE, webhook="w")) is not None
    assert end_of_job(JobRecord(**facts, state=JobState.DEAD)) is not None
