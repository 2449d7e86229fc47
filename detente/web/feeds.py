"""`/v1/feeds`: lists of articles that are looked at again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from detente.contracts import PollFeed, Terms
from detente.contracts.feeds import AddVerdict, Feed, FeedAdded, FeedEntry, FeedGiven, FeedState, Poll
from detente.feeds.opml import MEDIA_TYPE, read_opml, write_opml
from detente.feeds.subscriptions import new_feed, subscribe
from detente.storage import Store
from detente.web.backends import Here
from detente.web.bodies import JsonBytes, media_type, parsed, request_body
from detente.web.callers import Operator, Reader
from detente.web.facts import TypeUnsupported
from detente.web.headers import accepted
from detente.web.parameters import Asked
from detente.web.problems import COMMON, problems
from detente.web.schemas import HEADERS_202
from detente.web.views import Accepted, accepted_view, location

router = APIRouter(prefix="/v1/feeds", tags=["feeds"])

#: What lists of feeds are sent as.
OPML_TYPES = (MEDIA_TYPE, "text/x-opml+xml", "application/xml", "text/xml")
_EXAMPLES = {"a newspaper": {"value": {"url": "https://news.example/feed.xml", "outlet": "The Daily Test"}}}
_OPML = '<opml version="2.0"><body><outline type="rss" text="News" xmlUrl="https://news.example/feed.xml"/></body></opml>'
_OPML_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}, "examples": {"one feed": {"value": _OPML}}} for kind in OPML_TYPES},
    }
}
_OPML_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "All feeds", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


class FeedsAsked(Asked):
    """Which feeds."""

    state: FeedState | None = None
    troubled: Literal["true", "false"] | None = Field(
        default=None, description="only those that fail, are gone, moved within a week or fell silent"
    )


class FeedsPage(BaseModel):
    """Some feeds, the oldest first, and where to go on."""

    rows: list[Feed]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


class FeedShown(Feed):
    """A feed with its last polls, the newest first."""

    last_polls: list[Poll]


class EntriesPage(BaseModel):
    """Some entries of a feed, those that were seen last first, and where to go on."""

    rows: list[FeedEntry]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


class FeedsImported(BaseModel):
    """What became of each feed of a list, in its order."""

    rows: list[FeedAdded]
    counts: dict[AddVerdict, int]


@router.get("", summary="List feeds", response_model=FeedsPage, responses=problems(*COMMON, 404))
def list_feeds(caller: Reader, here: Here, asked: Annotated[FeedsAsked, Query()]) -> FeedsPage:
    """How each stands, and what is wrong with it."""
    found = here.store.find_feeds(
        state=asked.state, troubled=asked.troubled == "true", now=datetime.now(UTC), limit=asked.limit, after=asked.after
    )  # fmt: skip
    return FeedsPage(rows=list(found.rows), next=found.after)


@router.post(
    "", summary="Add a feed", status_code=201, response_model=Feed,
    responses={200: {"model": Feed, "description": "There was a feed at this URL already"}, **problems(*COMMON, 408, 413, 415)},
    openapi_extra=request_body(FeedGiven, examples=_EXAMPLES),
)  # fmt: skip
def add_feed(caller: Operator, body: JsonBytes, here: Here) -> JSONResponse:
    """It is polled within a minute, for the key's tenant. Of a URL that is known, the feed is shown as it is."""
    made = new_feed(parsed(FeedGiven, body), tenant=caller.tenant)
    kept = here.store.add_feeds([made])[made.url]
    place = {"Location": f"/v1/feeds/{kept.id}"}
    return JSONResponse(kept.model_dump(mode="json"), 201 if kept.id == made.id else 200, headers=place)


@router.get("/opml", summary="Export feeds", response_class=Response, responses={**_OPML_ANSWER, **problems(*COMMON)})
def export_feeds(caller: Reader, here: Here) -> StreamingResponse:
    """All of them, as OPML for other readers."""
    # Asked before the answer begins: a store that is down is an error and not an empty list.
    first = here.store.find_feeds(now=datetime.now(UTC), limit=1000)
    return StreamingResponse(write_opml(_from(here.store, list(first.rows), first.after)), media_type=MEDIA_TYPE)


async def _opml_bytes(request: Request) -> bytes:
    if (kind := media_type(request)) not in OPML_TYPES:
        raise TypeUnsupported(f"send {MEDIA_TYPE}, not {kind or 'a body without a Content-Type'}")
    return await request.body()


@router.post(
    "/opml", summary="Import feeds", response_model=FeedsImported, responses=problems(*COMMON, 408, 413, 415),
    openapi_extra=_OPML_BODY,
)  # fmt: skip
def import_feeds(caller: Operator, body: Annotated[bytes, Depends(_opml_bytes)], here: Here) -> FeedsImported:
    """Adds the feeds of a list in OPML, up to 10,000. One that is wrong stops no other."""
    rows = subscribe(here.store, read_opml(body), tenant=caller.tenant)
    return FeedsImported(rows=rows, counts={verdict: sum(row.verdict is verdict for row in rows) for verdict in AddVerdict})


@router.get("/{id:uuid}", summary="Look at a feed", response_model=FeedShown, responses=problems(*COMMON, 404))
def show_feed(id: UUID, caller: Reader, here: Here) -> FeedShown:
    """With its last polls."""
    return FeedShown(**here.store.feed(str(id)).model_dump(), last_polls=here.store.feed_polls(str(id)))


@router.delete("/{id:uuid}", summary="Remove a feed", status_code=204, responses=problems(*COMMON, 404))
def remove_feed(id: UUID, caller: Operator, here: Here) -> Response:
    """With the list of its entries. What was read of them stays."""
    here.store.remove_feed(str(id))
    return Response(status_code=204)


@router.get("/{id:uuid}/entries", summary="List entries of a feed", response_model=EntriesPage, responses=problems(*COMMON, 404))
def list_entries(id: UUID, caller: Reader, here: Here, asked: Annotated[Asked, Query()]) -> EntriesPage:
    """What became of each: the job that reads it, why its page was not fetched, or the reason why there is none."""
    found = here.store.find_entries(str(id), limit=asked.limit, after=asked.after)
    return EntriesPage(rows=list(found.rows), next=found.after)


@router.post("/{id:uuid}/pause", summary="Pause a feed", response_model=Feed, responses=problems(*COMMON, 404))
def pause_feed(id: UUID, caller: Operator, here: Here) -> Feed:
    """It is not polled until it is resumed."""
    return _kept(here.store, id, FeedState.PAUSED)


@router.post("/{id:uuid}/resume", summary="Resume a feed", response_model=Feed, responses=problems(*COMMON, 404))
def resume_feed(id: UUID, caller: Operator, here: Here) -> Feed:
    """It is due at once: a paused one, or one that was gone or has moved to another."""
    return _kept(here.store, id, FeedState.ACTIVE)


@router.post(
    "/{id:uuid}/poll", summary="Poll a feed now", status_code=202, response_model=Accepted,
    responses={202: {"headers": HEADERS_202}, **problems(*COMMON, 404)},
)  # fmt: skip
def poll_feed(id: UUID, caller: Operator, here: Here) -> JSONResponse:
    """Whatever its state is."""
    feed = here.store.feed(str(id))
    receipt = here.client.submit(PollFeed(feed=feed.id, url=feed.url), terms=Terms(tenant=feed.tenant))
    return accepted(accepted_view(receipt.id, receipt.kind), location=location(receipt.id))


def _kept(store: Store, id: UUID, state: FeedState) -> Feed:
    return store.keep_state(str(id), state, at=datetime.now(UTC).replace(microsecond=0))


def _from(store: Store, rows: list[Feed], after: str | None) -> Iterator[Feed]:
    yield from rows
    while after is not None:
        page = store.find_feeds(now=datetime.now(UTC), limit=1000, after=after)
        yield from page.rows
        after = page.after
