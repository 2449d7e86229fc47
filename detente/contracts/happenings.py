"""Happenings: reports on one thing that happened, in whatever words; and what is compared in order to find them."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from detente.contracts.spans import Frozen
from detente.contracts.stories import StorySource


class Act(Frozen):
    """An act between two states, on one day or several."""

    pair: str = Field(description="two alpha-3 codes, sorted: PAK-RUS")
    plover: str
    first: date
    last: date


class Gist(Frozen):
    """What an article is about, in short: the pairs of states, the acts between them, and the words that say most."""

    day: date = Field(description="when it was published, or kept where that is not known")
    pairs: tuple[str, ...]
    acts: tuple[Act, ...] = ()
    words: dict[str, float] = Field(description="the beginning of each word, and how much it weighs")


class HappeningStory(Frozen):
    """One text on a happening, with all articles that are copies of it."""

    story: str
    sources: tuple[StorySource, ...] = Field(description="the oldest publication first")


class Happening(Frozen):
    """Reports on one thing that happened: several stories, each with its copies. Its id stays, as a story's does."""

    id: str
    first_day: date
    last_day: date
    pairs: tuple[str, ...] = Field(description="the pairs of states that its reports are about, the most frequent first")
    articles: int
    stories: tuple[HappeningStory, ...] = Field(description="the oldest first")
