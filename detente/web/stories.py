"""`/v1/stories`: copies of one text, whoever printed them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from detente.contracts.stories import Story
from detente.web.backends import Here
from detente.web.callers import Reader
from detente.web.headers import IfNoneMatch, tagged
from detente.web.parameters import Asked, Day
from detente.web.problems import COMMON, UNCHANGED, problems

router = APIRouter(prefix="/v1/stories", tags=["stories"])

StoryId = Annotated[str, Path(max_length=300, examples=["st-0123456789abcdef0123"])]


class StoriesAsked(Asked):
    """Which stories."""

    since: Day | None = Field(default=None, description="only those that grew on this day (UTC) or later")
    sources: Annotated[int, Field(ge=1, le=1_000_000)] = Field(default=2, description="only those with so many articles or more")


class StoriesPage(BaseModel):
    """Some stories, the one that grew last first, and where to go on."""

    rows: list[Story]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


@router.get("", summary="List stories", response_model=StoriesPage, responses={**UNCHANGED, **problems(*COMMON, 404)})
def list_stories(
    request: Request, caller: Reader, here: Here, asked: Annotated[StoriesAsked, Query()], have: IfNoneMatch = None
) -> Response:
    """Texts that several outlets printed, shortened or edited."""
    page = here.store.find_stories(since=asked.since, sources=asked.sources, limit=asked.limit, after=asked.after)
    return tagged(request, StoriesPage(rows=list(page.rows), next=page.after).model_dump(mode="json"))


@router.get("/{id}", summary="Look at a story", response_model=Story, responses={**UNCHANGED, **problems(*COMMON, 404)})
def show_story(id: StoryId, request: Request, caller: Reader, here: Here, have: IfNoneMatch = None) -> Response:
    """With all of its articles. The id of a story that was merged into another finds that one."""
    return tagged(request, here.store.story(id).model_dump(mode="json"))
