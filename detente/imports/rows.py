"""What a source holds, row by row: an article to be read, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from detente.batches import ReadArticleInBulk
from detente.contracts import reasons

#: Bytes of one page or text: 2,000,000 characters, the most that are read of one, have four bytes each at most.
MAX_BODY_BYTES = 8_000_000


class Reason(StrEnum):
    """Why a row is no article. The first ones are no fault of the source: it holds other things too."""

    REVISIT = "revisit"
    NOT_A_PAGE = "not_a_page"
    NOT_FOUND = "not_found"
    NOT_TEXT = "not_text"
    LINK = "link"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"

    BAD_JSON = "bad_json"
    NOT_AN_ARTICLE = "not_an_article"
    INVALID = "invalid"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BAD_CHARSET = "bad_charset"
    TRUNCATED = "truncated"
    BROKEN = "broken"
    UNREADABLE = "unreadable"
    UNKNOWN_FORMAT = "unknown_format"

    @property
    def is_fault(self) -> bool:
        """Whether somebody should look at it; the others are passed over."""
        return self not in _PASSED_OVER


_PASSED_OVER = frozenset(list(Reason)[:7])


class NoArticle(Exception):
    """This is no article that can be read."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place in the source, and the job that it asks for, or why it asks for none."""

    place: str
    job: ReadArticleInBulk | None = None
    reason: Reason | None = None
    detail: str = ""


@dataclass
class Meter:
    """How many bytes of the sources have been read."""

    bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What is said of all articles that do not say it themselves."""

    outlet: str | None = None
    language: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Maker:
    """Makes rows of what readers of formats find."""

    defaults: Defaults = field(default_factory=Defaults)

    def article(self, place: str, fields: Mapping[str, Any]) -> Row:
        """A row with the article of these fields, or with what is wrong with them."""
        body = fields.get("text") or fields.get("html") or ""
        if isinstance(body, str) and not body.strip():
            return Row(place, reason=Reason.EMPTY, detail="there are no words in it")
        try:
            return Row(place, job=ReadArticleInBulk.model_validate({**self.defaults.fields, **fields}))
        except ValidationError as error:
            return Row(place, reason=Reason.INVALID, detail=reasons(error))


def no_row(place: str, why: NoArticle) -> Row:
    return Row(place, reason=why.reason, detail=why.detail)
