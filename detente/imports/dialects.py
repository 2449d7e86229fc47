"""Rows of JSON as others write them: the fields of `ReadArticle` from those of schema.org's articles and IPTC's ninjs.

Only what means the same is taken over. Neither `@id` nor `uri` becomes the article's id: several versions of one report have it,
and of two that are read at the same time the older one might be kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from detente.imports.rows import NoArticle, Reason

Fields = Mapping[str, Any]

#: What a row of detente's own may have; what else it has is its owner's business.
OWN = ("id", "text", "html", "title", "url", "outlet", "authors", "published_at", "language")
_ARTICLE = re.compile(r"(?:https?://schema\.org/|schema:)?(?:\w*Article|BlogPosting|Report)$")
#: ninjs names bodies and headlines after their roles, in 1.x within the key, from 2.0 on in a list.
_NINJS = frozenset({"body_text", "body_html", "body_xhtml", "bodies"})
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_][\w-]*)?$")


def article_fields(row: Any) -> dict[str, Any]:
    """The fields of the article that a row is. Raises NoArticle."""
    if not isinstance(row, dict):
        raise NoArticle(Reason.NOT_AN_ARTICLE, f"a row is an object, not {type(row).__name__}")
    graph = row.get("@graph")
    nodes = graph if isinstance(graph, list) else [row]
    for node in nodes:
        if isinstance(node, dict) and (reader := _reader_of(node)):
            return {name: value for name, value in reader(node).items() if value not in (None, "", ())}
    raise NoArticle(Reason.NOT_AN_ARTICLE, "it has neither text nor html, nor is it an article of schema.org or ninjs")


def _reader_of(row: Fields) -> Callable[[Fields], dict[str, Any]] | None:
    if row.get("text") is not None or row.get("html") is not None:
        return _own
    if "articleBody" in row or any(_ARTICLE.match(kind) for kind in _texts(row.get("@type"))):
        return _schema_org
    return _ninjs if row.keys() & _NINJS or row.get("pubstatus") else None


def _own(row: Fields) -> dict[str, Any]:
    given = {name: row.get(name) for name in OWN}
    return {**given, "id": None if given["id"] is None else str(given["id"])}


def _schema_org(row: Fields) -> dict[str, Any]:
    page = row.get("mainEntityOfPage")
    return {
        "text": row.get("articleBody"),
        "title": _first(row.get("headline")) or _first(row.get("name")),
        "url": _url(row.get("url"), page.get("@id") if isinstance(page, dict) else page),
        "outlet": _first(_names(row.get("publisher"))),
        "authors": tuple(_names(row.get("author"))),
        "published_at": _moment(row.get("datePublished")),
        "language": _language(row.get("inLanguage")),
    }


def _ninjs(row: Fields) -> dict[str, Any]:
    if (status := row.get("pubstatus") or "usable") != "usable":
        raise NoArticle(Reason.WITHDRAWN, f"its publisher says that it is {str(status)[:40]}")
    if (kind := row.get("type") or "text") != "text":
        raise NoArticle(Reason.NOT_TEXT, f"it is of the type {str(kind)[:40]}, not text")
    text, html = _ninjs_body(row)
    source = row.get("infosources") or row.get("infosource")
    return {
        "text": text,
        "html": None if text else html and f"<html><body><article>{html}</article></body></html>",
        "title": _first(row.get("headline")) or _role(row.get("headlines"), "main")[0],
        "url": _url(row.get("uri")),
        "outlet": _first(_names(source)) or _first(row.get("source")),
        "authors": tuple(_texts(row.get("byline"))),
        "published_at": _moment(row.get("versioncreated")) or _moment(row.get("firstcreated")),
        "language": _language(row.get("language")),
    }


def _ninjs_body(row: Fields) -> tuple[str | None, str | None]:
    text, html = row.get("body_text"), row.get("body_html") or row.get("body_xhtml")
    value, kind = _role(row.get("bodies"), "main")
    if value and "html" in kind:
        html = html or value
    else:
        text = text or value
    return text, html


def _role(values: Any, role: str) -> tuple[str | None, str]:
    """The value with a role, or else the first, and its type."""
    found = [one for one in values if isinstance(one, dict) and one.get("value")] if isinstance(values, list) else []
    found.sort(key=lambda one: one.get("role") != role)
    return (found[0]["value"], str(found[0].get("contenttype") or found[0].get("contentType") or "")) if found else (None, "")


def _texts(value: Any) -> list[str]:
    """Texts, from one or a list of them."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one]


def _names(value: Any) -> list[str]:
    """Names, from texts or objects, one or several."""
    several = value if isinstance(value, list) else [value]
    return _texts([one.get("name") if isinstance(one, dict) else one for one in several])


def _first(value: Any) -> str | None:
    return next(iter(_texts(value)), None)


def _url(*values: Any) -> str | None:
    found: Iterable[str] = (text for value in values for text in _texts(value))
    return next((text for text in found if text.startswith(("http://", "https://"))), None)


def _language(value: Any) -> str | None:
    found = _LANGUAGE.match(_first(value) or "")
    return found[1].lower() if found else None


def _moment(value: Any) -> Any:
    """The moment; without a zone in UTC, a day from its beginning. What is none stays, and is refused."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return at if at.tzinfo else at.replace(tzinfo=UTC)
