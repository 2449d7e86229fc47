"""`/v1/readings`: what was found in one article, whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from detente.contracts import Reading
from detente.exports.annotations import MEDIA_TYPE as ANNOTATIONS
from detente.exports.annotations import annotation_page
from detente.web.backends import Here
from detente.web.bodies import JSON
from detente.web.callers import Reader
from detente.web.headers import IfNoneMatch, tagged
from detente.web.negotiations import chosen
from detente.web.problems import COMMON, UNCHANGED, problems

router = APIRouter(prefix="/v1/readings", tags=["readings"])

LD = "application/ld+json"
TEXT = "text/plain"
ReadingId = Annotated[str, Path(max_length=300, description="a job's id; in a batch with the article's place behind it: `….2`")]


@router.get(
    "/{id}", summary="Look at a reading", response_model=Reading,
    responses={
        200: {
            "description": "The reading; its annotations (W3C Web Annotation); or the clean text that all offsets point into",
            "content": {LD: {"schema": {"type": "object"}}, TEXT: {"schema": {"type": "string"}}},
        },
        **UNCHANGED,
        **problems(*COMMON, 404, 406),
    },
)  # fmt: skip
def show_reading(id: ReadingId, request: Request, caller: Reader, here: Here, have: IfNoneMatch = None) -> Response:
    """`Accept: application/ld+json` gives a page of W3C annotations, `Accept: text/plain` the article's clean text."""
    kind = chosen(request.headers.get("accept"), (JSON, LD, TEXT))
    reading = here.store.reading(id)
    if kind == TEXT:
        return tagged(request, reading.article.text.encode(), media_type=f"{TEXT}; charset=utf-8")
    if kind == LD:
        place = f"{str(request.base_url).rstrip('/')}/v1/readings/{id}"
        return tagged(request, annotation_page(reading, place=place), media_type=ANNOTATIONS)
    return tagged(request, reading.model_dump(mode="json", by_alias=True))
