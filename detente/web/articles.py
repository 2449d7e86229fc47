"""`/v1/articles`: one article to be read, as JSON, as raw text or HTML, or as an uploaded file."""

from __future__ import annotations

import codecs
from email.message import Message
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile

from detente.contracts import ReadArticle
from detente.web.backends import Here
from detente.web.bodies import JSON, media_type, parsed
from detente.web.facts import BodyMalformed, RequestInvalid, TypeUnsupported
from detente.web.headers import Given, Prefer
from detente.web.jobs import SUBMISSION, submitted
from detente.web.limits import MAX_BODY_BYTES
from detente.web.parameters import Moment
from detente.web.problems import faults_of
from detente.web.schemas import EXAMPLES

router = APIRouter(prefix="/v1/articles", tags=["articles"])

#: Types of a raw body, and of an uploaded file, with the field of the job that each becomes.
RAW = {"text/plain": "text", "text/html": "html", "application/xhtml+xml": "html"}
FORM = "multipart/form-data"
#: Codecs of Python that are no character sets. Two of them take the square of a text's length, and nobody is answered meanwhile.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_FILE_NAMES = {".html": "html", ".htm": "html", ".xhtml": "html"}


class ArticleFacts(BaseModel):
    """What is known of an article whose body is not JSON."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, min_length=1, max_length=200)
    title: str | None = Field(default=None, max_length=1000)
    url: str | None = Field(default=None, max_length=2000)
    outlet: str | None = Field(default=None, max_length=2000)
    published_at: Moment | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    inline: Literal["true", "false"] | None = Field(default=None, description="put the reading into the result too")


async def _job(request: Request) -> ReadArticle:
    """The job that a request asks for, whatever the type of its body."""
    kind = media_type(request)
    if kind == JSON:
        job = parsed(ReadArticle, await request.body())
        return _article({**request.query_params, **job.model_dump(exclude_unset=True)})
    if kind in RAW:
        facts = dict(request.query_params)
        return _article({**facts, RAW[kind]: _decoded(await request.body(), request.headers["content-type"])})
    if kind == FORM:
        return await _uploaded(request)
    raise TypeUnsupported(f"send {JSON}, {', '.join(RAW)} or {FORM}, not {kind or 'a body without a Content-Type'}")


@router.post(
    "", summary="Have an article read", status_code=202, responses=SUBMISSION,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"$ref": "#/components/schemas/ReadArticle"}, "examples": EXAMPLES["detente.article.read"]},
                "text/plain": {"schema": {}, "example": "Oslo recalled its ambassador from Minsk."},
                "text/html": {"schema": {}, "example": "<p>Oslo recalled its ambassador from Minsk.</p>"},
                FORM: {"schema": {"$ref": "#/components/schemas/ArticleUpload"}},
            },
        }
    },
)  # fmt: skip
def read_article(
    here: Here, given: Given, job: Annotated[ReadArticle, Depends(_job)], facts: Annotated[ArticleFacts, Query()],
    prefer: Prefer = None,
) -> Response:  # fmt: skip
    """The same job as `POST /v1/jobs/detente.article.read`. What is known of the article may stand in the query."""
    return submitted(here, job, terms=given, prefer=prefer)


class ArticleUpload(ArticleFacts):
    """A form with a file, and what is known of the article."""

    file: str = Field(json_schema_extra={"contentMediaType": "text/plain"}, description="text or HTML, by its own type or name")


async def _uploaded(request: Request) -> ReadArticle:
    # As Starlette looks for it, which would decode names and fields by it. RFC 7578 has none.
    if parse_options_header(request.headers["content-type"])[1].get(b"charset", b"utf-8").lower() != b"utf-8":
        raise BodyMalformed("a form is in UTF-8; the type of its file may name another character set")
    async with request.form(max_files=1, max_fields=20, max_part_size=MAX_BODY_BYTES) as form:
        fields, text = _form_facts(form), await _file(form.get("file"))
        return _article({**fields, **text}, inside="body")


def _form_facts(form: FormData) -> dict[str, str]:
    fields = {name: value for name, value in form.multi_items() if name != "file" and isinstance(value, str)}
    try:
        ArticleFacts.model_validate(fields)
    except ValidationError as error:
        raise RequestInvalid(errors=faults_of(error)) from None
    return fields


async def _file(file: UploadFile | str | None) -> dict[str, str]:
    """The text of an uploaded file, under the field of the job that it is for."""
    if file is None:
        raise RequestInvalid(errors=[{"detail": "a form needs a part `file`", "pointer": "#/file"}])
    if isinstance(file, str):
        return {"text": file}
    by_type = RAW.get((file.content_type or "").partition(";")[0].strip().lower())
    by_name = next((field for suffix, field in _FILE_NAMES.items() if (file.filename or "").lower().endswith(suffix)), "text")
    return {by_type or by_name: _decoded(await file.read(), file.content_type or "")}


def _article(facts: dict[str, Any], *, inside: str = "query") -> ReadArticle:
    try:
        return ReadArticle.model_validate(facts)
    except ValidationError as error:
        raise RequestInvalid(errors=faults_of(error, inside=inside)) from None


def _decoded(body: bytes, content_type: str) -> str:
    """The text of a body in the character set that it names, else in UTF-8. Raises BodyMalformed."""
    message = Message()
    message["Content-Type"] = content_type
    charset = str(message.get_param("charset") or "utf-8")
    try:
        return _text(body, codecs.lookup(charset))
    except (LookupError, ValueError):
        raise BodyMalformed(f"the body is not text in {charset[:40]!r}") from None


def _text(body: bytes, codec: codecs.CodecInfo) -> str:
    # Some of Python's codecs are not of text: one of them unpacks a bomb.
    if not codec._is_text_encoding or codec.name in _NO_CHARSETS:
        raise LookupError(codec.name)
    text, _ = codec.decode(body)
    return text.removeprefix("\ufeff")
