"""What is asked of the readers, and what a reading holds."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from detente.contracts.actors import Actor
from detente.contracts.articles import MAX_HTML_CHARS, MAX_LABEL_CHARS, MAX_TEXT_CHARS, MAX_TITLE_CHARS, Article
from detente.contracts.events import Event
from detente.contracts.jobs import Job, JobError, Queue
from detente.contracts.spans import Frozen
from detente.contracts.statements import Statement
from detente.contracts.ties import Tie

#: 64 articles of 5,000 characters are read in about ten seconds, and fill the model's batches. The work in a batch is bounded
#: by its characters, which the model reads at some 30,000 a second: two minutes at the most, below every time limit.
MAX_BATCH_ARTICLES = 64
MAX_BATCH_CHARS = 2_000_000

Label = Annotated[str, StringConstraints(max_length=MAX_LABEL_CHARS)]


class Reader(Frozen):
    """Which program made a reading. A higher version may find other things in the same article."""

    name: str
    version: str


class Reading(Frozen):
    """What detente found in one article."""

    article: Article
    actors: tuple[Actor, ...] = ()
    statements: tuple[Statement, ...] = ()
    events: tuple[Event, ...] = ()
    ties: tuple[Tie, ...] = ()
    reader: Reader


class ReadingStored(Frozen):
    """The reading is in the store under `reading_id`.

    `reading` holds it too where the job asked for that (`inline`): for callers that cannot reach the store.
    """

    reading_id: str
    article_id: str
    title: str | None = None
    text_sha256: str
    actors: int
    statements: int
    events: int
    ties: int
    reader: Reader
    reading: Reading | None = None


class ArticleFailed(Frozen):
    """One article of a batch that could not be read. `index` is its place in the batch."""

    index: int
    article_id: str | None = None
    error: JobError


class ReadingsStored(Frozen):
    """The outcome of a batch: one entry for each article, in the order of the batch."""

    readings: tuple[ReadingStored | ArticleFailed, ...]


#: In JSON Schema's words, that exactly one of both is given.
_ONE_BODY: list[JsonValue] = [
    {"required": ["text"], "properties": {"text": {"type": "string"}, "html": {"type": "null"}}},
    {"required": ["html"], "properties": {"html": {"type": "string"}, "text": {"type": "null"}}},
]


class ReadArticle(Job[ReadingStored]):
    """Read one article: plain text, or HTML of a whole page."""

    kind: ClassVar[str] = "detente.article.read"
    queue: ClassVar[Queue] = Queue.INTERACTIVE

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_BODY})

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="your own name for the article; without one, its text names it"
    )
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)] | None = None
    html: Annotated[str, StringConstraints(max_length=MAX_HTML_CHARS)] | None = None
    title: Annotated[str, StringConstraints(max_length=MAX_TITLE_CHARS)] | None = None
    url: Label | None = None
    outlet: Label | None = None
    authors: Annotated[tuple[Label, ...], Field(max_length=100)] = ()
    published_at: AwareDatetime | None = Field(default=None, description="dates such as “last week” are resolved against it")
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = Field(default=None, description="ISO 639 code")
    inline: bool = Field(default=False, description="put the reading into the result too")

    @model_validator(mode="after")
    def _has_exactly_one_body(self) -> Self:
        if (self.text is None) == (self.html is None):
            raise ValueError("give either text or html")
        return self

    @property
    def size(self) -> int:
        """Characters of the body as submitted."""
        return len(self.text or self.html or "")

    def label(self) -> dict[str, str | int]:
        facts = {"article": self.id, "title": (self.title or "")[:60], "size": self.size}
        return {key: value for key, value in facts.items() if value}


class ReadArticles(Job[ReadingsStored]):
    """Read a batch of articles together, so that the model works on full batches. One bad article spoils only itself."""

    kind: ClassVar[str] = "detente.articles.read"
    queue: ClassVar[Queue] = Queue.BULK

    articles: Annotated[tuple[ReadArticle, ...], Field(min_length=1, max_length=MAX_BATCH_ARTICLES)]

    @model_validator(mode="after")
    def _is_not_too_long(self) -> Self:
        if (size := sum(article.size for article in self.articles)) > MAX_BATCH_CHARS:
            raise ValueError(f"the batch has {size:,} characters; at most {MAX_BATCH_CHARS:,} go into one batch")
        return self

    def label(self) -> dict[str, str | int]:
        return {"articles": len(self.articles), "size": sum(article.size for article in self.articles)}
