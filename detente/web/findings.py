"""`/v1/statements`, `/v1/events`, `/v1/ties`: what was found, by who and when, in several formats; and reviews of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from detente.client import new_id
from detente.contracts import Event, EventStatus, Plover, Statement, StatementKind, Tie, TieDirection
from detente.exports.gdelts import gdelt_lines
from detente.exports.plovers import plover_lines
from detente.exports.tables import csv_lines
from detente.storage import EventRow, Page, Review, StatementRow, TieRow, Verdict
from detente.web.backends import Backends, Here
from detente.web.bodies import JSON, JsonBytes, parsed, request_body
from detente.web.callers import Reader, Submitter
from detente.web.facts import UnknownFinding
from detente.web.headers import IfNoneMatch, tagged
from detente.web.negotiations import chosen
from detente.web.parameters import Asked, Day, Name, Pair, State
from detente.web.problems import COMMON, UNCHANGED, problems

router = APIRouter(prefix="/v1", tags=["findings"])

NDJSON, CSV, TSV, PLOVER = "application/x-ndjson", "text/csv", "text/tab-separated-values", "application/vnd.plover+x-ndjson"
_TYPES = {"json": JSON, "ndjson": NDJSON, "csv": CSV, "gdelt": TSV, "plover": PLOVER}
Format = StrEnum("Format", {name: name for name in ("json", "ndjson", "csv")})  # type: ignore[misc]
EventFormat = StrEnum("EventFormat", {name: name for name in _TYPES})  # type: ignore[misc]


class ArticleShown(BaseModel):
    """Which article a finding is from."""

    id: str
    title: str | None
    outlet: str | None
    url: str | None
    published_at: AwareDatetime | None
    language: str


class ReviewShown(BaseModel):
    """What a person says of a finding. `finding_id` may be that of the same finding in an earlier reading of the article."""

    id: str
    finding_id: str
    verdict: Verdict
    note: str | None
    reviewed_by: str
    reviewed_at: AwareDatetime


class _Found(BaseModel):
    id: str
    reading_id: str
    article: ArticleShown
    day: str = Field(json_schema_extra={"format": "date"})
    text: str = Field(description="the words of its spans, with ` … ` between them")
    reviews: list[ReviewShown]


class StatementFound(_Found):
    """A statement, its article, and its speaker's country and role."""

    statement: Statement
    speaker_country: str | None
    speaker_role: str | None


class EventFound(_Found):
    """An event, its article, the names of its actors, and who alone claims it."""

    event: Event
    source_name: str | None
    target_name: str | None
    attributed_name: str | None


class TieFound(_Found):
    """An assessment, its article, and who holds it: null for the article's author."""

    tie: Tie
    holder_name: str | None
    holder_country: str | None


class StatementsPage(BaseModel):
    rows: list[StatementFound]
    next: str | None


class EventsPage(BaseModel):
    rows: list[EventFound]
    next: str | None


class TiesPage(BaseModel):
    rows: list[TieFound]
    next: str | None


class _Filters(Asked):
    article: Name | None = Field(default=None, description="an article's id")
    reading: Name | None = Field(default=None, description="a reading's id; without one, each article's current reading counts")
    since: Day | None = Field(default=None, description="the first day, in UTC")
    until: Day | None = Field(default=None, description="the last day, in UTC")


class StatementFilters(_Filters):
    speaker: Name | None = Field(default=None, description="alpha-3 code of a state, or part of a name")
    about: State | None = Field(default=None, description="a state that the words name")
    kind: StatementKind | None = None
    outlet: Name | None = Field(default=None, description="where the words were first published")
    format: Format | None = Field(default=None, description="in place of `Accept`")


class EventFilters(_Filters):
    pair: Pair | None = Field(default=None, description="two states, in either order")
    source: State | None = None
    target: State | None = None
    actor: Name | None = Field(default=None, description="alpha-3 code of a state, or part of a name, on either side")
    type: Plover | None = None
    status: EventStatus | None = None
    format: EventFormat | None = Field(default=None, description="in place of `Accept`")


class TieFilters(_Filters):
    pair: Pair | None = Field(default=None, description="two states, in either order")
    direction: TieDirection | None = None
    holder: Name | None = Field(default=None, description="`author`, alpha-3 code of a state, or part of a name")
    format: Format | None = Field(default=None, description="in place of `Accept`")


class ReviewGiven(BaseModel):
    """What a person says of a finding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Verdict
    note: Annotated[str, StringConstraints(max_length=10_000)] | None = None


def _responses(*others: str) -> dict[int | str, dict[str, Any]]:
    content = {kind: {"schema": {"type": "string"}} for kind in (NDJSON, CSV, *others)}
    link = {"description": "the next page, as `rel=next`", "schema": {"type": "string"}}
    return {200: {"content": content, "headers": {"Link": link}}, **UNCHANGED, **problems(*COMMON, 404, 406)}


@router.get("/statements", summary="Who said what", response_model=StatementsPage, responses=_responses())
def find_statements(
    request: Request, caller: Reader, here: Here, asked: Annotated[StatementFilters, Query()], have: IfNoneMatch = None
) -> Response:
    """The newest day first. A short name of a speaker finds every longer one that has it in it."""
    page = here.store.find_statements(
        speaker=asked.speaker, about=asked.about, kind=asked.kind, outlet=asked.outlet, **_filters(asked)
    )
    return _answer(request, here, page, asked.format, show=_statement, noun=StatementRow)


@router.get("/events", summary="Which state did what to whom", response_model=EventsPage, responses=_responses(PLOVER, TSV))
def find_events(
    request: Request, caller: Reader, here: Here, asked: Annotated[EventFilters, Query()], have: IfNoneMatch = None
) -> Response:
    """The newest day first. GDELT's format has only what took place: it cannot say that a visit was cancelled."""
    pair = (asked.pair[:3], asked.pair[4:]) if asked.pair else None
    page = here.store.find_events(
        pair=pair, source=asked.source, target=asked.target, actor=asked.actor, plover=asked.type, status=asked.status,
        **_filters(asked),
    )  # fmt: skip
    return _answer(request, here, page, asked.format, show=_event, noun=EventRow)


@router.get("/ties", summary="How ties are said to move", response_model=TiesPage, responses=_responses())
def find_ties(
    request: Request, caller: Reader, here: Here, asked: Annotated[TieFilters, Query()], have: IfNoneMatch = None
) -> Response:
    """Assessments of a pair of states, by the articles' authors or by those they quote, the newest day first."""
    pair = (asked.pair[:3], asked.pair[4:]) if asked.pair else None
    page = here.store.find_ties(pair=pair, direction=asked.direction, holder=asked.holder, **_filters(asked))
    return _answer(request, here, page, asked.format, show=_tie, noun=TieRow)


@router.post(
    "/findings/{id}/review", summary="Accept or reject a finding", status_code=201, response_model=ReviewShown,
    responses=problems(*COMMON, 404, 408, 413, 415),
    openapi_extra=request_body(ReviewGiven, examples={"a rejection": {"value": {"verdict": "reject", "note": "a film title"}}}),
)  # fmt: skip
def review_finding(id: Annotated[str, Path(max_length=300)], caller: Submitter, body: JsonBytes, here: Here) -> JSONResponse:
    """Kept beside the finding, with the key's name and the time, and shown with it, in later readings of the article too."""
    given = parsed(ReviewGiven, body)
    review = Review(
        id=new_id(), finding_id=id, verdict=given.verdict, note=given.note, reviewed_by=caller.name, reviewed_at=datetime.now(UTC)
    )
    if not here.store.keep_review(review):
        raise UnknownFinding(f"there is no finding {id!r}")
    return JSONResponse(ReviewShown(**vars(review)).model_dump(mode="json"), 201)


def _filters(asked: _Filters) -> dict[str, Any]:
    return {
        "article_id": asked.article, "reading_id": asked.reading, "since": asked.since, "until": asked.until,
        "limit": asked.limit, "after": asked.after,
    }  # fmt: skip


def _answer(
    request: Request, here: Backends, page: Page[Any], wanted: str | None, *, show: Callable[[Any], dict[str, Any]], noun: type
) -> Response:
    """The page in the format that the caller wants, with the address of the next one."""
    offers = (JSON, NDJSON, CSV, PLOVER, TSV) if noun is EventRow else (JSON, NDJSON, CSV)
    kind = _TYPES[wanted] if wanted else chosen(request.headers.get("accept"), offers)
    following = {"Link": f'<{request.url.include_query_params(after=page.after)}>; rel="next"'} if page.after else {}
    if kind in (JSON, NDJSON):
        rows = _shown(here, page.rows, show)
        body = {"rows": rows, "next": page.after} if kind == JSON else _lines(rows)
        return tagged(request, body, media_type=kind, **following)
    text = {CSV: lambda: csv_lines(page.rows, noun), PLOVER: lambda: plover_lines(page.rows), TSV: lambda: gdelt_lines(page.rows)}
    return tagged(request, text[kind]().encode(), media_type=kind if kind == PLOVER else f"{kind}; charset=utf-8", **following)


def _shown(here: Backends, rows: Sequence[Any], show: Callable[[Any], dict[str, Any]]) -> list[Any]:
    said = here.store.reviews_of(row.id for row in rows)
    return [{**_shared(row), **show(row), "reviews": [_review(one) for one in said.get(row.id, [])]} for row in rows]


def _shared(row: Any) -> dict[str, Any]:
    article = ArticleShown(**vars(row.article)).model_dump(mode="json")
    return {"id": row.id, "reading_id": row.reading_id, "article": article, "day": row.day.isoformat(), "text": row.text}


def _statement(row: StatementRow) -> dict[str, Any]:
    return {"statement": _plain(row.statement), "speaker_country": row.speaker_country, "speaker_role": row.speaker_role}


def _event(row: EventRow) -> dict[str, Any]:
    names = {name: getattr(row, name) for name in ("source_name", "target_name", "attributed_name")}
    return {"event": _plain(row.event), **names}


def _tie(row: TieRow) -> dict[str, Any]:
    return {"tie": _plain(row.tie), "holder_name": row.holder_name, "holder_country": row.holder_country}


def _plain(finding: BaseModel) -> Any:
    return finding.model_dump(mode="json", by_alias=True)


def _review(review: Review) -> Any:
    return ReviewShown(**vars(review)).model_dump(mode="json")


def _lines(rows: list[Any]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
