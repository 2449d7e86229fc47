"""The description of the API: OpenAPI 3.1, with examples, complete down to the errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from detente.contracts import JOBS, Job, JobEvent
from detente.web.examples import SHOWN
from detente.web.problems import Problem

_ARTICLE = {
    "id": "a-1", "title": "Oslo recalls its ambassador", "text": "Oslo recalled its ambassador from Minsk on Monday.",
    "outlet": "The Daily Test", "published_at": "2024-06-15T08:00:00Z",
}  # fmt: skip
#: A body of each kind of job, as callers would send it.
EXAMPLES: dict[str, dict[str, Any]] = {
    "detente.article.read": {"an article": {"value": _ARTICLE}},
    "detente.articles.read": {"two articles": {"value": {"articles": [_ARTICLE, {"text": "Riga thanked Oslo."}]}}},
    "detente.article.fetch": {"a page": {"value": {"url": "https://news.example/oslo-recalls-its-ambassador"}}},
    "detente.feed.poll": {
        "a feed": {"value": {"feed": "01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e", "url": "https://news.example/feed.xml"}}
    },
    "detente.sitemap.read": {
        "what is new": {"value": {"url": "https://news.example/sitemap.xml", "since": "2024-06-01T00:00:00Z"}},
    },
    "detente.jobs.expire": {"a month": {"value": {"after_days": 30}}},
}
HEADERS_202: dict[str, Any] = {
    "Location": {"description": "where the job can be looked at", "required": True, "schema": {"type": "string"}},
    "Retry-After": {"description": "seconds until it is worth a look", "required": True, "schema": {"type": "integer"}},
}
_RATE_HEADERS: dict[str, Any] = {
    "RateLimit-Policy": {"description": "how many requests in how many seconds", "schema": {"type": "string"}},
    "RateLimit": {"description": "how many of them are left, and for how many seconds", "schema": {"type": "string"}},
}
_DESCRIPTION = """Submit articles as jobs, follow them, and ask for what was found: who said what, which state did what to whom,
how ties move. Errors are problem details (RFC 9457). Lists are pages: pass `next` on as `after`."""


def examples_of(job: type[Job[Any]]) -> dict[str, Any]:
    """Examples of a kind of job; of one that needs nothing, that."""
    needs = any(field.is_required() for field in job.model_fields.values())
    return EXAMPLES.get(job.kind) or ({} if needs else {"as it is": {"value": {}}})


def describe(app: FastAPI, *, version: str, bodies: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    document = get_openapi(title="detente", version=version, openapi_version="3.1.0", description=_DESCRIPTION, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in _schemas([*JOBS.values(), *bodies, Problem, JobEvent]).items():
        schemas.setdefault(name, schema)
    _form_fields(schemas)
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                _without_null(parameter["schema"])
            for answer in operation["responses"].values():
                _shown(answer.get("content", {}).get("application/json", {}))
                if operation.get("security"):
                    answer.setdefault("headers", {}).update(_RATE_HEADERS)
    return document


def _shown(content: dict[str, Any]) -> None:
    """Show what an answer looks like."""
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if name in SHOWN:
        content["example"] = SHOWN[name]


def _form_fields(schemas: dict[str, Any]) -> None:
    for field in schemas["ArticleUpload"]["properties"].values():
        _without_null(field)


def _without_null(schema: dict[str, Any]) -> None:
    """What may be left out of a query, a header or a form is not what may be null: none of them can say null."""
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        del schema["anyOf"]
        schema |= options[0]


def _schemas(models: list[type[BaseModel]]) -> dict[str, Any]:
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = schema.get("$defs", {})
    return found
