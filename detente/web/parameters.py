"""Parameters of queries, read as strictly as they are described: a misspelt filter would find everything and say nothing."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from detente.storage import MAX_PAGE_ROWS
from detente.web.facts import RequestInvalid

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})\Z", re.ASCII)
_MOMENTS: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def _day(value: Any) -> Any:
    # pydantic takes seconds since 1970 for a day as well.
    if isinstance(value, str) and not _DAY.match(value):
        raise ValueError("a day is written as 2024-06-15")
    return value


def _moment(value: Any) -> Any:
    if isinstance(value, str) and not (_MOMENT.match(value) and _is_moment(value)):
        raise ValueError("a time is written as 2024-06-15T08:00:00Z, with a time zone")
    return value


def _is_moment(text: str) -> bool:
    """Whether the calendar has it: the 30th of February looks like a time too."""
    try:
        _MOMENTS.validate_python(text)
    except ValidationError:
        return False
    return True


Moment = Annotated[str, BeforeValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2024-06-15"])]
State = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["RUS"])]
Pair = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-[A-Z]{3}$"), Field(examples=["PAK-RUS"])]
#: Of the store's own limit on names.
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Cursor = Annotated[str, StringConstraints(max_length=500)]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE_ROWS)]


class Asked(BaseModel):
    """What a list is asked for. Anything that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = Field(default=50, description="rows on a page")
    after: Cursor | None = Field(default=None, description="the `next` of the page before")


async def known_parameters_alone(request: Request) -> None:
    """Refuse parameters that the path does not have, and those that come twice. Raises RequestInvalid."""
    known = _parameters(request.scope.get("route"))
    sent = [name for name, _ in request.query_params.multi_items()]
    if unknown := sorted(set(sent) - known):
        raise RequestInvalid(errors=[{"detail": "there is no such parameter here", "parameter": name} for name in unknown])
    if twice := sorted({name for name in sent if sent.count(name) > 1}):
        raise RequestInvalid(errors=[{"detail": "give it once", "parameter": name} for name in twice])


def _parameters(route: Any) -> set[str]:
    if not isinstance(route, APIRoute):
        return set()
    fields = route.dependant.query_params
    models = [field.field_info.annotation for field in fields]
    nested = {name for model in models if isinstance(model, type) and issubclass(model, BaseModel) for name in model.model_fields}
    return nested or {field.alias for field in fields}
