"""`/v1/kinds`: the catalogue of jobs, with their schemas."""

from __future__ import annotations

from functools import cache
from inspect import getdoc
from typing import Any

from fastapi import APIRouter, Request, Response

from detente.contracts import JOBS
from detente.web.callers import Reader
from detente.web.headers import IfNoneMatch, tagged
from detente.web.problems import COMMON, UNCHANGED, problems
from detente.web.views import KINDS, KindShown, KindsShown, scope_of

router = APIRouter(prefix="/v1/kinds", tags=["kinds"])


@router.get("", summary="List the kinds of jobs", response_model=KindsShown, responses={**UNCHANGED, **problems(*COMMON)})
def list_kinds(request: Request, caller: Reader, have: IfNoneMatch = None) -> Response:
    """Each with its queue, and JSON Schema of the job and of its result."""
    return tagged(request, _catalogue())


@cache
def _catalogue() -> Any:
    shown = KindsShown(rows=[_kind(kind) for kind in KINDS])
    return shown.model_dump(mode="json")


def _kind(kind: str) -> KindShown:
    job = JOBS[kind]
    schemas = {"job": job.model_json_schema(), "result": job.result.model_json_schema(mode="serialization")}
    summary = (getdoc(job) or "").partition("\n")[0]
    return KindShown(kind=kind, summary=summary, queue=job.queue, scope=scope_of(kind), **schemas)
