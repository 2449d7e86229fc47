"""`/v1/happenings`: reports on one thing, in whatever words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from detente.contracts.happenings import Happening
from detente.web.backends import Here
from detente.web.callers import Reader
from detente.web.headers import IfNoneMatch, tagged
from detente.web.parameters import Asked, Day, Pair
from detente.web.problems import COMMON, UNCHANGED, problems

router = APIRouter(prefix="/v1/happenings", tags=["stories"])

HappeningId = Annotated[str, Path(max_length=300, examples=["hp-0123456789abcdef0123"])]


class HappeningsAsked(Asked):
    """Which happenings."""

    pair: Pair | None = Field(default=None, description="two states, in either order")
    since: Day | None = Field(default=None, description="only those with a report of this day or later")
    reports: Annotated[int, Field(ge=1, le=1_000_000)] = Field(default=2, description="only those with so many articles or more")


class HappeningsPage(BaseModel):
    """Some happenings, the one with the latest report first, and where to go on."""

    rows: list[Happening]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


@router.get("", summary="List happenings", response_model=HappeningsPage, responses={**UNCHANGED, **problems(*COMMON, 404)})
def list_happenings(
    request: Request, caller: Reader, here: Here, asked: Annotated[HappeningsAsked, Query()], have: IfNoneMatch = None
) -> Response:
    """What several articles report, each in words of its own."""
    pair = (asked.pair[:3], asked.pair[4:]) if asked.pair else None
    page = here.store.find_happenings(
        pair=pair, since=asked.since, reports=asked.reports, limit=asked.limit, after=asked.after
    )  # fmt: skip
    return tagged(request, HappeningsPage(rows=list(page.rows), next=page.after).model_dump(mode="json"))


@router.get("/{id}", summary="Look at a happening", response_model=Happening, responses={**UNCHANGED, **problems(*COMMON, 404)})
def show_happening(id: HappeningId, request: Request, caller: Reader, here: Here, have: IfNoneMatch = None) -> Response:
    """With its stories and their articles. The id of one that was merged into another finds that one."""
    return tagged(request, here.store.happening(id).model_dump(mode="json"))
