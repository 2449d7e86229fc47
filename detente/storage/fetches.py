"""Pages as they were fetched, and those that could not be."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, Row, Table, Text, and_, delete, or_, select, update

from detente.contracts import FailureKind, FetchedPage
from detente.storage.columns import UtcDateTime, storable_text
from detente.storage.connections import Connections
from detente.storage.pages import Page, check_limit, page_of, read_cursor
from detente.storage.tables import metadata
from detente.storage.writes import upsert

#: A compressed body never unpacks to more: what is kept was within the limits of fetching.
MAX_BODY_BYTES = 50_000_000
#: Ids in one question to the database.
CHUNK = 500

pages = Table(
    "pages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("host", Text, nullable=False, index=True),
    Column("final_url", Text),
    Column("status", Integer),
    Column("content_type", Text),
    Column("charset", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("sha256", Text),
    Column("size", Integer),
    Column("fetched_at", UtcDateTime),
    Column("tried_at", UtcDateTime, nullable=False, index=True),
    Column("job", Text, nullable=False),
    Column("read", Text),
    Column("feed", Text, index=True),
    Column("failure", Text, index=True),
    Column("message", Text),
    Column("failures", Integer, nullable=False),
    Column("body", LargeBinary),
)
_SHOWN = tuple(FetchedPage.model_fields)


@dataclass(frozen=True)
class KeptPage:
    """A page and its body, which is None until it has been fetched."""

    page: FetchedPage
    body: bytes | None = field(default=None, repr=False)


class Fetches(Connections):
    """Keeps pages by their URL, bodies compressed."""

    def page(self, url: str) -> KeptPage | None:
        """What is kept of a URL, if anything is."""
        with self.reads() as connection:
            row = connection.execute(select(pages).where(pages.c.id == page_id(url))).one_or_none()
        return KeptPage(_page(row), _unpacked(row.body)) if row else None

    def pages_fetched(self, urls: Iterable[str]) -> dict[str, datetime]:
        """When each of these URLs was fetched last, of those that were and whose last attempt did not fail."""
        ids = {page_id(url): url for url in urls}
        names, found = list(ids), dict[str, datetime]()
        query = select(pages.c.id, pages.c.fetched_at).where(pages.c.fetched_at.is_not(None), pages.c.failure.is_(None))
        with self.reads() as connection:
            for start in range(0, len(names), CHUNK):
                rows = connection.execute(query.where(pages.c.id.in_(names[start : start + CHUNK]))).all()
                found |= {ids[row.id]: row.fetched_at for row in rows}
        return found

    def keep_page(self, page: FetchedPage, body: bytes) -> None:
        """Write a page that was fetched, in place of what was kept of its URL."""
        with self.writes() as connection:
            upsert(connection, pages, [{**_row(page), "body": zlib.compress(body)}])

    def keep_page_failure(self, page: FetchedPage) -> None:
        """Write that a page could not be had. The body that was kept of it stays."""
        with self.writes() as connection:
            upsert(connection, pages, [_row(page)], keep=["body"])

    def note_page_read(self, page_id: str, *, job: str) -> None:
        """Which job reads the page."""
        with self.writes() as connection:
            connection.execute(update(pages).where(pages.c.id == page_id).values(read=job))

    def find_pages(
        self, *, failure: FailureKind | None = None, failed: bool = False, host: str | None = None, feed: str | None = None,
        limit: int = 50, after: str | None = None,
    ) -> Page[FetchedPage]:  # fmt: skip
        """Pages, those that were tried last first: all, or those whose last attempt failed."""
        found = select(*(pages.c[name] for name in _SHOWN)).order_by(pages.c.tried_at.desc(), pages.c.id.desc())
        found = found.limit(check_limit(limit) + 1)
        if failed or failure:
            found = found.where(pages.c.failure == failure.value if failure else pages.c.failure.is_not(None))
        for name, value in (("host", host), ("feed", feed)):
            if value is not None:
                found = found.where(pages.c[name] == storable_text(value))
        if after is not None:
            at, id = read_cursor(after, datetime, str)
            found = found.where(or_(pages.c.tried_at < at, and_(pages.c.tried_at == at, pages.c.id < id)))
        with self.reads() as connection:
            rows: Sequence[Any] = connection.execute(found).all()
        return page_of(rows, limit=limit, make=_page, place=lambda row: (row.tried_at, row.id))

    def expire_pages(self, *, before: datetime) -> int:
        """Forget pages that were last tried before a time. Returns how many."""
        with self.writes() as connection:
            return connection.execute(delete(pages).where(pages.c.tried_at < before)).rowcount


def page_id(url: str) -> str:
    """The id of a URL's page: URLs themselves are too long for an index."""
    return sha256(url.encode("utf-8", "replace")).hexdigest()[:32]


def _row(page: FetchedPage) -> dict[str, Any]:
    texts = {name: storable_text(value) if isinstance(value, str) else value for name, value in page.model_dump().items()}
    return {**texts, "failure": page.failure.value if page.failure else None}


def _page(row: Row[Any]) -> FetchedPage:
    return FetchedPage(**{name: getattr(row, name) for name in _SHOWN})


def _unpacked(body: bytes | None) -> bytes | None:
    return None if body is None else zlib.decompressobj().decompress(body, MAX_BODY_BYTES)
