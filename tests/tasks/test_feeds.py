"""From a feed that is due to the jobs that fetch what is new in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from detente.contracts import ExpireEntries, FailureKind, FetchArticle, PollFeed, PollFeeds
from detente.contracts.feeds import FeedState, PollOutcome
from detente.errors import NotReady
from detente.feeds.intervals import LEAST_S, MOST_S
from detente.queues import Queues
from tasks.feeds import expire_entries, poll_feed, poll_feeds, poll_id
from tasks.fetching import fetch_article
from tasks.services import Services
from tests.feeding import NOON, XML, add, poll, rss, submitted
from tests.webs import Answer, Web, article_page

WORDS = "Norway recalled its ambassador from Minsk on Monday, the foreign ministry in Oslo said in a short statement."


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


def test_a_host_that_says_how_long_nothing_changes_is_believed(services: Services, web: Web) -> None:
    web.paths["/feed"] = replace(rss(1), headers={"Cache-Control": "max-age=18000"})
    feed = add(services, web)
    poll(services, feed)
    assert services.store.feed(feed.id).interval_s == 18_000


def test_what_is_due_is_put_in_line_once_for_each_time(services: Services, web: Web) -> None:
    feeds = [add(services, web, f"/{number}", tenant="desk") for number in range(3)]
    services.store.keep_state(feeds[2].id, FeedState.PAUSED, at=NOON)
    assert poll_feeds(PollFeeds(at=NOON - timedelta(minutes=1)), services).due == 0
    for _ in range(2):
        assert poll_feeds(PollFeeds(at=NOON), services).due == 2
    waiting = services.ledger.redis.lrange("detente:fetch:desk", 0, -1) or services.ledger.latest(10)
    assert len(waiting) == 2
    assert services.ledger.record(poll_id(feeds[0])).tenant == "desk"


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
    assert expire_entries(ExpireEntries(at=NOON + timedelta(days=60)), services).deleted == 0
    web.paths["/feed"] = rss(1, 2)
    assert poll(services, feed, NOON + timedelta(days=61)).new == 0
    web.paths["/feed"] = rss(2)
    poll(services, feed, NOON + timedelta(days=62))
    assert expire_entries(ExpireEntries(at=long_after), services).deleted == 0
    assert expire_entries(ExpireEntries(at=long_after + timedelta(days=61)), services).deleted == 1
    assert [entry.title for entry in services.store.find_entries(feed.id).rows] == ["Report 2"]


def test_robots_txt_holds_for_feeds_too(services: Services, web: Web) -> None:
    web.paths |= {"/robots.txt": Answer("User-agent: *\nDisallow: /feed\n", kind="text/plain"), "/feed": rss(1)}
    feed = add(services, web)
    assert poll(services, feed).failure is FailureKind.BLOCKED_BY_ROBOTS
    assert web.times("/feed") == 0
