"""Articles from files: text, HTML, or rows of JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from detente.contracts import JobError, ReadArticle, reasons
from detente.errors import ArticleRejected

#: Fields of a row that say something of its article; what else a row has is its owner's business.
FIELDS = ("text", "html", "title", "url", "outlet", "authors", "published_at", "language")
_MARKUP = re.compile(r"\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One row of a file: the job that it asks for, or why it asks for none."""

    id: str | None
    job: ReadArticle | JobError


def article_from(path: str, *, encoding: str, facts: dict[str, Any]) -> ReadArticle:
    """The article in a file, or in standard input for `-`. Raises ArticleRejected, saying what to do."""
    text = _decoded(sys.stdin.buffer.read() if path == "-" else _bytes(Path(path)), path, encoding)
    is_html = path.lower().endswith((".html", ".htm", ".xhtml")) or _MARKUP.match(text) is not None
    try:
        return ReadArticle.model_validate({"html" if is_html else "text": text, **facts})
    except ValidationError as error:
        raise ArticleRejected(f"{path}: {reasons(error)}") from None


def rows_from(path: Path, *, defaults: dict[str, Any]) -> Iterator[Row]:
    """The rows of a JSON Lines file. A row that is wrong is one with an error; it does not stop the file."""
    with path.open("rb") if path.exists() else _missing(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _row(line, number, defaults)


def _row(line: bytes, number: int, defaults: dict[str, Any]) -> Row:
    id: str | None = None
    try:
        fields = json.loads(line)
        if not isinstance(fields, dict):
            raise TypeError(f"a row is an object, not {type(fields).__name__}")
        id = None if fields.get("id") is None else str(fields["id"])
        given = {key: fields[key] for key in FIELDS if fields.get(key) is not None}
        return Row(id, ReadArticle.model_validate({**defaults, **given, "id": id}))
    except ValidationError as error:
        return Row(id, JobError(kind="ArticleRejected", message=f"row {number}: {reasons(error)}"))
    except (ValueError, TypeError, RecursionError) as error:
        return Row(id, JobError(kind="ArticleRejected", message=f"row {number}: {error}"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArticleRejected(f"{path}: {error.strerror}") from None


def _missing(path: Path) -> Any:
    raise ArticleRejected(f"{path}: there is no such file")


def _decoded(content: bytes, path: str, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise ArticleRejected(f"{encoding!r} is no encoding that Python knows; try utf-8, cp1252 or latin-1") from None
    except UnicodeDecodeError as error:
        raise ArticleRejected(
            f"{path}: byte {error.start:,} is not {encoding}; name the file's encoding, for example --encoding cp1252"
        ) from None
