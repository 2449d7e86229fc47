"""What answers look like: one example for each shape of OpenAPI's description, by its name."""

from __future__ import annotations

from typing import Any

_ID, _BATCH, _HOOK = (
    "01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e", "01965a20-11aa-7c55-8d21-0a1b2c3d4e5f", "01965a21-33bb-7d66-9e32-1b2c3d4e5f60"
)  # fmt: skip
_AT, _LATER = "2024-06-15T08:00:00Z", "2024-06-15T08:00:01Z"
_LINKS = {"self": f"/v1/jobs/{_ID}", "events": f"/v1/jobs/{_ID}/events"}
_JOB = {
    "id": _ID, "kind": "detente.article.read", "queue": "interactive", "state": "done", "tenant": "default",
    "label": {"article": "a-1", "size": 50}, "submitted_at": _AT, "started_at": _AT, "finished_at": _LATER, "attempts": 1,
    "links": {**_LINKS, "reading": f"/v1/readings/{_ID}"},
}  # fmt: skip
_READER = {"name": "detente", "version": "1"}
_COUNTS = {"actors": 2, "statements": 0, "events": 1, "ties": 0}
_RESULT = {"reading_id": _ID, "article_id": "a-1", "text_sha256": "0" * 64, "reader": _READER, **_COUNTS}
_DEAD = {**_JOB, "state": "dead", "error": {"kind": "ArticleRejected", "message": "the article has no text"}}
_LETTER = {**_DEAD, "links": {**_LINKS, "letter": f"/v1/dead/{_ID}"}}
_STEPS = [{"id": f"17184384{n}0000-0", "at": _AT, "event": event} for n, event in enumerate(("submitted", "started", "done"))]
_SPAN = {"start": 5, "end": 28, "text": "recalled its ambassador", "field": "text"}
_EVENT = {
    "id": "e1", "source": "NOR", "target": "BLR", "plover": "REJECT", "status": "happened", "intensity": -4.0, "spans": [_SPAN],
    "rule": "verb:recall",
}  # fmt: skip
_STATEMENT = {
    "id": "s1", "kind": "direct", "parts": [{"start": 0, "end": 23, "text": "We will answer in kind.", "field": "text"}],
    "speaker": {"actor": "a1", "name": "Ada Holm", "named": True}, "rule": "quotation",
}  # fmt: skip
_TIE = {
    "id": "t1", "pair": ["BLR", "NOR"], "direction": "cooling", "holder": "author", "rule": "phrase:relations-cool",
    "spans": [{"start": 0, "end": 21, "text": "relations have cooled", "field": "text"}],
}  # fmt: skip
_ARTICLE = {
    "id": "a-1", "title": "Oslo recalls its ambassador", "outlet": "The Daily Test", "url": None, "published_at": _AT,
    "language": "en",
}  # fmt: skip
_TEXT = "Oslo recalled its ambassador from Minsk on Monday."
_FOUND = {"reading_id": _ID, "article": _ARTICLE, "day": "2024-06-15", "reviews": []}
_REVIEW = {
    "id": _BATCH, "finding_id": f"{_ID}:e1", "verdict": "reject", "note": "a film title", "reviewed_by": "newsroom",
    "reviewed_at": _LATER,
}  # fmt: skip
_QUEUE = {"name": "interactive", "depth": 3, "oldest_age_s": 0.8}
_SHOWN_BATCH = {
    "id": _BATCH, "state": "done", "kind": "detente.article.read", "tenant": "default", "rows": 3, "accepted": 2, "refused": 1,
    "counts": {"done": 2}, "errors": [{"row": 1, "detail": "text: Input should be a valid string"}], "created_at": _AT,
    "closed_at": _AT, "finished_at": _LATER,
    "links": {name: f"/v1/batches/{_BATCH}{end}" for name, end in (("self", ""), ("jobs", "/jobs"), ("results", "/results"))},
}  # fmt: skip
_WEBHOOK = {
    "id": _HOOK, "tenant": "default", "url": "https://example.org/hooks", "events": ["job.done", "job.dead"],
    "secret": "whsec_…3kQ=", "created_at": _AT,
}  # fmt: skip
_DELIVERY = {
    "id": "3d0f5c9e-6b1a-5e2f-8a4b-7c9d0e1f2a3b", "webhook": _HOOK, "tenant": "default", "event": "job.done", "subject": _ID,
    "url": "https://example.org/hooks", "state": "delivered", "attempts": [{"at": _LATER, "status": 204, "ms": 83}],
    "created_at": _AT, "ended_at": _LATER,
}  # fmt: skip
_SCHEDULE = {
    "name": "front page", "origin": "added", "next_slot_at": "2024-06-15T08:30:00Z",
    "schedule": {
        "name": "front page", "kind": "detente.article.fetch", "cron": "*/30 6-22 * * *", "timezone": "Europe/London",
        "job": {"url": "https://news.example/"},
    },
}  # fmt: skip
_FIRING = {"kind": "slot", "slot_at": _AT, "fired_at": _AT, "job": _ID}
_PAGE = {"id": _HOOK, "url": "https://news.example/1", "host": "news.example", "tried_at": _AT, "job": _ID}
_KIND = {
    "kind": "detente.heartbeat.beat", "summary": "Answer with the time.", "queue": "upkeep", "scope": "operate",
    "job": {"type": "object", "properties": {}}, "result": {"type": "object"},
}  # fmt: skip

_FEED = {
    "id": _HOOK, "url": "https://news.example/feed.xml", "title": "The Daily Test", "state": "active", "added_at": _AT,
    "next_poll_at": "2024-06-15T09:00:00Z", "interval_s": 3600.0, "polls_made": 1, "entries": 1,
}  # fmt: skip
_ENTRY = {
    "id": _ID, "feed": _HOOK, "url": "https://news.example/oslo-recalls-its-ambassador", "seen_at": _AT, "appeared_at": _AT,
    "submitted_at": _LATER,
}  # fmt: skip
_SOURCE = {
    "article_id": "a-1", "title": "Oslo recalls its ambassador", "outlet": "The Daily Test", "url": "https://news.example/1",
    "published_at": _AT,
}  # fmt: skip
_STORY = {
    "id": "st-0123456789abcdef0123", "founded_at": _AT, "happening": "hp-0123456789abcdef0123", "sources": [_SOURCE],
}  # fmt: skip
_HAPPENING = {
    "id": "hp-0123456789abcdef0123", "pairs": ["BLR-NOR"], "first_day": "2024-06-15", "last_day": "2024-06-15", "articles": 1,
    "stories": [{"story": "st-0123456789abcdef0123", "sources": [_SOURCE]}],
}  # fmt: skip
_ADDED = {"url": "https://news.example/feed.xml", "verdict": "added", "feed": _HOOK}


def _page(*rows: Any, **others: Any) -> dict[str, Any]:
    return {"rows": list(rows), **others}


SHOWN: dict[str, Any] = {
    "Accepted": {"id": _ID, "kind": "detente.article.read", "links": _LINKS},
    "JobShown": {**_JOB, "history": _STEPS, "result": _RESULT},
    "JobsPage": _page(_JOB, next=None),
    "LetterShown": {**_LETTER, "payload": {"text": ""}},
    "BatchShown": _SHOWN_BATCH,
    "MembersPage": _page({"row": 0, "job": _JOB}, next=None),
    "Reading": {"article": {"id": "a-1", "text": _TEXT, "text_sha256": "0" * 64}, "events": [_EVENT], "reader": _READER},
    "StatementsPage": _page(
        {**_FOUND, "id": f"{_ID}:s1", "text": "We will answer in kind.", "statement": _STATEMENT, "speaker_country": "NOR",
         "speaker_role": "foreign minister"}, next=None,
    ),
    "EventsPage": _page(
        {**_FOUND, "id": f"{_ID}:e1", "text": _SPAN["text"], "event": _EVENT, "source_name": "Norway", "target_name": "Belarus",
         "attributed_name": None}, next=None,
    ),
    "TiesPage": _page(
        {**_FOUND, "id": f"{_ID}:t1", "text": "relations have cooled", "tie": _TIE, "holder_name": None, "holder_country": None},
        next=None,
    ),
    "Dossier": {
        "pair": ["BLR", "NOR"], "since": "2023-06-16", "until": "2024-06-15", "refreshed_at": _LATER, "articles": 1, "stories": 1,
        "statuses": {"happened": 1}, "types": {"REJECT": 1}, "turning_points": [], "weeks": [],
    },
    "Story": _STORY,
    "StoriesPage": _page(_STORY, next=None),
    "Happening": _HAPPENING,
    "HappeningsPage": _page(_HAPPENING, next=None),
    "ReviewShown": _REVIEW,
    "QueueStatus": _QUEUE,
    "QueuesShown": _page(_QUEUE),
    "KindsShown": _page(_KIND),
    "PagesPage": _page(_PAGE, next=None),
    "Webhook": _WEBHOOK,
    "WebhooksShown": _page(_WEBHOOK),
    "Delivery": _DELIVERY,
    "DeliveriesPage": _page(_DELIVERY, next=None),
    "ScheduleStatus": _SCHEDULE,
    "SchedulesShown": _page(_SCHEDULE),
    "SlotsShown": _page("2024-06-15T08:30:00Z", "2024-06-15T09:00:00Z"),
    "Firing": _FIRING,
    "FiringsShown": _page(_FIRING),
    "Feed": _FEED,
    "FeedsPage": _page(_FEED, next=None),
    "FeedShown": {**_FEED, "last_polls": [{"at": _AT, "outcome": "new", "listed": 1, "new": 1, "ms": 120}]},
    "EntriesPage": _page(_ENTRY, next=None),
    "FeedsImported": _page(_ADDED, counts={"added": 1, "known": 0, "wrong": 0}),
    "Health": {"status": "alive"},
}  # fmt: skip
