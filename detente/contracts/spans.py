"""Evidence: where in an article something stands."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, NonNegativeInt, model_validator


class Frozen(BaseModel):
    """What every contract shares: immutable, and lenient towards fields that a newer producer added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(Frozen):
    """A half-open range of Unicode code points of the article's clean text, or of its title, with the words there.

    `article.text[start:end] == text` always holds where `field` is "text", and the same of `article.title` where it is
    "title".
    """

    start: NonNegativeInt
    end: NonNegativeInt
    text: str
    field: Literal["text", "title"] = "text"

    @model_validator(mode="after")
    def _is_as_long_as_its_text(self) -> Self:
        if self.end - self.start != len(self.text):
            raise ValueError(f"span {self.start}–{self.end} is not as long as its text ({len(self.text)} characters)")
        return self
