"""Stories: articles that are copies of one text, and events that count once for each story."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class StorySource(BaseModel):
    """One article of a story."""

    model_config = ConfigDict(frozen=True)

    article_id: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    published_at: datetime | None = None


class Story(BaseModel):
    """A text and its copies. Its id stays, also where it has been merged into another: that one is found by it."""

    model_config = ConfigDict(frozen=True)

    id: str
    founded_at: datetime
    happening: str | None = Field(default=None, description="the happening that its articles report, if any")
    sources: tuple[StorySource, ...] = Field(description="the oldest publication first")


class StoryEvent(BaseModel):
    """An event that a story reports, once, with all articles of the story that report it."""

    model_config = ConfigDict(frozen=True)

    story: str = Field(description="the story's id, or the article's where it belongs to none")
    source: str | None
    target: str | None
    plover: str
    status: str
    sources: tuple[StorySource, ...]
