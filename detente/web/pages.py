"""`/v1/pages`: which pages were fetched, and which could not be."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from detente.contracts import FailureKind, FetchedPage
from detente.web.backends import Here
from detente.web.callers import Reader
from detente.web.parameters import Asked
from detente.web.problems import COMMON, problems

router = APIRouter(prefix="/v1/pages", tags=["pages"])


class PagesAsked(Asked):
    """Which pages."""

    failed: Literal["true", "false"] | None = Field(default=None, description="only those whose last attempt failed")
    failure: FailureKind | None = Field(default=None, description="only those that failed so")
    host: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    feed: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class PagesPage(BaseModel):
    """Some pages, those that were tried last first, and where to go on."""

    rows: list[FetchedPage]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


@router.get("", summary="List fetched pages", response_model=PagesPage, responses=problems(*COMMON, 404))
def list_pages(caller: Reader, here: Here, asked: Annotated[PagesAsked, Query()]) -> PagesPage:
    """What came of each, and why those that failed did."""
    found = here.store.find_pages(
        failure=asked.failure, failed=asked.failed == "true", host=asked.host, feed=asked.feed, limit=asked.limit,
        after=asked.after,
    )  # fmt: skip
    return PagesPage(rows=list(found.rows), next=found.after)
