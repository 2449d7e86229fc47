"""Feeds, their polls and their entries, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detente.client import new_id
from detente.contracts import FailureKind, FetchedPage
from detente.contracts.feeds import Feed, FeedEntry, FeedState, Poll, PollOutcome
from detente.errors import QueryInvalid, UnknownFeed
from detente.storage import Store
from detente.storage.entries import GAP_ENTRIES
from detente.storage.feeds import KEPT_POLLS
from detente.storage.fetches import page_id

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_feed(number: int = 1, **facts) -> Feed:
    plain = {"id": new_id(), "url": f"https://{number}.example/feed", "added_at": NOON + number * HOUR, "next_poll_at": NOON}
    return Feed.model_validate({**plain, **facts})


def make_entry(feed: Feed, number: int = 1, **facts) -> FeedEntry:
    plain = {
        "id": f"{feed.id}-{number}",
        "feed": feed.id,
        "url": f"https://a.example/{number}",
        "seen_at": NOON,
        "appeared_at": NOON,
    }
    return FeedEntry.model_validate({**plain, **facts})


def keep(store: Store, *feeds: Feed) -> list[Feed]:
    kept = store.add_feeds(feeds)
    return [kept[feed.url] for feed in feeds]


def looked(store: Store, feed: Feed, *new: FeedEntry, listed: list[str] | None = None, at: datetime = NOON, **facts) -> Feed:
    """A poll that found these entries, and nothing else that is not listed."""
    after = feed.model_copy(update=facts)
    poll = Poll(at=at, outcome=PollOutcome.NEW, new=len(new))
    store.keep_poll(feed, after, poll, new=new, listed=[entry.id for entry in new] if listed is None else listed)
    return after


def test_a_feed_comes_back_as_it_was(store: Store):
    feed = make_feed(
        title="The Daily Test\0", outlet="x", language="en", tenant="desk", etag='"1"', gap_s=3.5, skip_hours=(1, 2),
        skip_days=(6,), failure=FailureKind.NOT_A_FEED, message="m", failures=3, failing_since=NOON,
        moved_from=("https://old.example/",), entries=4,
    )  # fmt: skip
    keep(store, feed)
    assert store.feed(feed.id) == store.feed_at(feed.url) == feed.model_copy(update={"title": "The Daily Test\ufffd"})
    with pytest.raises(UnknownFeed):
        store.feed("no\0ne")
    assert store.feed_at("https://other.example/") is None


def test_a_url_is_one_feed_whoever_adds_it(store: Store):
    [first] = keep(store, make_feed())
    again, other = keep(store, make_feed(), make_feed(2))
    assert (again, other.url) == (first, "https://2.example/feed")
    assert len(store.find_feeds(now=NOON).rows) == 2


def test_a_poll_writes_what_it_changed_and_nothing_that_others_did_meanwhile(store: Store):
    [feed] = keep(store, make_feed())
    store.keep_state(feed.id, FeedState.PAUSED, at=NOON)
    looked(store, feed, make_entry(feed), title="T", next_poll_at=NOON + HOUR)
    kept = store.feed(feed.id)
    assert (kept.title, kept.next_poll_at, kept.state) == ("T", NOON + HOUR, FeedState.PAUSED)


def test_a_poll_that_is_written_twice_leaves_each_entry_once(store: Store):
    [feed] = keep(store, make_feed())
    entry = make_entry(feed)
    looked(store, feed, entry)
    store.note_submitted([entry.id], at=NOON)
    looked(store, feed, entry.model_copy(update={"title": "another"}))
    assert store.find_entries(feed.id).rows == (entry.model_copy(update={"submitted_at": NOON}),)
    assert store.known_entries([entry.id, "other"]) == {entry.id}


def test_a_poll_of_a_feed_that_was_removed_meanwhile_leaves_nothing(store: Store):
    [feed] = keep(store, make_feed())
    looked(store, feed, make_entry(feed))
    store.remove_feed(feed.id)
    looked(store, feed, make_entry(feed))
    assert store.known_entries([make_entry(feed).id]) == set()
    for gone in (store.remove_feed, store.find_entries, store.feed_polls):
        with pytest.raises(UnknownFeed):
            gone(feed.id)


def test_the_last_polls_are_kept_the_newest_first(store: Store):
    [feed] = keep(store, make_feed())
    for number in range(KEPT_POLLS + 5):
        looked(store, feed, at=NOON + number * HOUR)
    polls = store.feed_polls(feed.id)
    assert (len(polls), polls[0].at) == (KEPT_POLLS, NOON + (KEPT_POLLS + 4) * HOUR)


def test_entries_wait_until_they_are_submitted(store: Store):
    [feed] = keep(store, make_feed())
    later, first, unlinked = (
        make_entry(feed, 1, appeared_at=NOON + HOUR),
        make_entry(feed, 2),
        make_entry(feed, 3, url=None, reason="r"),
    )
    looked(store, feed, later, first, unlinked)
    assert store.pending_entries(feed.id) == [first, later]
    store.note_submitted([first.id], at=NOON)
    assert store.pending_entries(feed.id) == [later]


def test_what_became_of_an_entry_is_what_became_of_its_page(store: Store):
    [feed] = keep(store, make_feed())
    entries = [make_entry(feed, number) for number in range(3)]
    looked(store, feed, *entries)
    for number, facts in ((0, {"read": "r"}), (1, {"failure": FailureKind.PAYWALL})):
        url = entries[number].url or ""
        store.keep_page(FetchedPage(id=page_id(url), url=url, host="a.example", tried_at=NOON, job="j", **facts), b"")
    found = {entry.id: (entry.read, entry.failure) for entry in store.find_entries(feed.id).rows}
    assert [found[entry.id] for entry in entries] == [("r", None), (None, FailureKind.PAYWALL), (None, None)]


def test_entries_are_forgotten_when_they_left_long_ago_and_are_not_back(store: Store):
    [feed] = keep(store, make_feed())
    one, two, three = entries = [make_entry(feed, number) for number in range(3)]
    looked(store, feed, *entries)
    looked(store, feed, listed=[three.id], at=NOON + HOUR)
    looked(store, feed, listed=[three.id, two.id], at=NOON + 2 * HOUR)
    assert store.expire_entries(before=NOON + HOUR) == 0
    assert store.expire_entries(before=NOON + 9 * HOUR) == 1
    assert store.known_entries([entry.id for entry in entries]) == {two.id, three.id}
    assert one.id not in store.known_entries([one.id])


def test_a_feed_without_any_entry_left_is_no_error(store: Store):
    [feed] = keep(store, make_feed())
    looked(store, feed, make_entry(feed))
    looked(store, feed, listed=[], at=NOON + HOUR)
    assert store.find_entries(feed.id).rows[0].left_at == NOON + HOUR


def test_the_newest_entries_give_the_usual_gap(store: Store):
    [feed] = keep(store, make_feed())
    looked(store, feed, *(make_entry(feed, number, appeared_at=NOON + number * HOUR) for number in range(GAP_ENTRIES + 10)))
    times = store.entry_times(feed.id)
    assert (len(times), times[0]) == (GAP_ENTRIES, NOON + (GAP_ENTRIES + 9) * HOUR)


def test_feeds_are_due_by_their_time_and_only_while_they_are_active(store: Store):
    feeds = keep(store, *(make_feed(number, next_poll_at=NOON - number * HOUR) for number in range(3)))
    paused, active = feeds[1], (feeds[2], feeds[0])
    store.keep_state(paused.id, FeedState.PAUSED, at=NOON)
    assert [feed.id for feed in store.due_feeds(at=NOON)] == [feed.id for feed in active]
    assert store.due_feeds(at=NOON - 9 * HOUR) == []
    store.keep_state(paused.id, FeedState.ACTIVE, at=NOON + 9 * HOUR)
    assert store.feed(paused.id).next_poll_at == NOON + 9 * HOUR


def test_feeds_are_found_by_state_and_trouble(store: Store):
    wrong = (
        {"failure": FailureKind.GONE},
        {"silent_since": NOON},
        {"state": "merged"},
        {"state": "gone"},
        {"moved_at": NOON},
        {},
    )
    feeds = keep(store, *(make_feed(number, **facts) for number, facts in enumerate(wrong)))

    def found(**asked) -> list[str]:
        return [feed.id for feed in store.find_feeds(**{"now": NOON + HOUR, **asked}).rows]

    ids = [feed.id for feed in feeds]
    assert found() == ids
    assert found(troubled=True) == ids[:5]
    assert found(troubled=True, now=NOON + timedelta(days=9)) == ids[:4]
    assert found(state=FeedState.MERGED) == [ids[2]]
    assert [feed.trouble for feed in feeds] == ["gone", "silent", "merged", "gone", None, None]


def test_answers_in_parts_hold_everything_once(store: Store):
    feeds = keep(store, *(make_feed(number, added_at=NOON + number // 3 * HOUR) for number in range(7)))
    looked(store, feeds[0], *(make_entry(feeds[0], number, seen_at=NOON + number // 3 * HOUR) for number in range(7)))
    for ask in (lambda **page: store.find_feeds(now=NOON, **page), lambda **page: store.find_entries(feeds[0].id, **page)):
        ids, after = [], None
        while True:
            part = ask(limit=2, after=after)
            ids += [row.id for row in part.rows]
            if not (after := part.after):
                break
        assert len(ids) == len(set(ids)) == 7
        with pytest.raises(QueryInvalid):
            ask(after="nonsense")


def test_many_feeds_and_entries_are_written_at_once(store: Store):
    feeds = keep(store, *(make_feed(number) for number in range(1200)))
    entries = [make_entry(feeds[0], number) for number in range(1200)]
    looked(store, feeds[0], *entries)
    assert len(store.known_entries([entry.id for entry in entries])) == 1200
    store.note_submitted([entry.id for entry in entries], at=NOON)
    assert store.pending_entries(feeds[0].id) == []
