"""Bodies: read within their limits, checked against the job that they are to be."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from detente.web.facts import BodyMalformed, RequestInvalid, TypeUnsupported
from detente.web.problems import faults_of

M = TypeVar("M", bound=BaseModel)

JSON = "application/json"


def media_type(request: Request) -> str:
    """The body's type, without parameters, in lower case; nothing where the caller does not say it."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _json_bytes(request: Request) -> bytes:
    kind = media_type(request)
    if kind != JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        raise TypeUnsupported(f"send {JSON}, not {kind or 'a body without a Content-Type'}")
    return await request.body()


async def _optional_json_bytes(request: Request) -> bytes:
    """Nothing where no body came."""
    return await _json_bytes(request) if request.headers.get("content-type") or await request.body() else b""


#: The bytes of a JSON body. Comes after the caller in a handler's parameters: nobody's body is read before their key.
JsonBytes = Annotated[bytes, Depends(_json_bytes)]
OptionalJsonBytes = Annotated[bytes, Depends(_optional_json_bytes)]


def parsed(model: type[M], body: bytes | str) -> M:
    """The message that a JSON text is, read as its schema says: "5" is no number. Raises BodyMalformed or RequestInvalid."""
    try:
        return _read(model, body)
    except ValidationError as error:
        if any(found["type"] == "json_invalid" for found in error.errors(include_url=False)):
            raise BodyMalformed(f"the body is not JSON: {error.errors()[0]['ctx']['error']}") from None
        raise RequestInvalid(errors=faults_of(error)) from None


def _read(model: type[M], body: bytes | str) -> M:
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        if all(found["type"] != "int_type" for found in error.errors(include_url=False)):
            raise
    # JSON has one kind of numbers: its schema takes 51.0 for an integer.
    return model.model_validate_json(json.dumps(json.loads(body, parse_float=_number)), strict=True)


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def request_body(*models: type[BaseModel], required: bool = True, **others: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI's words for a body of one of these messages."""
    references = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    schema = references[0] if len(references) == 1 else {"oneOf": references}
    return {"requestBody": {"required": required, "content": {JSON: {"schema": schema, **others}}}}
