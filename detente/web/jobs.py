"""`/v1/jobs`: submit a job of any kind, follow it, cancel it, find it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from detente.contracts import JOBS, Job, JobRecord, JobState, Terms
from detente.errors import JobFailed, ResultTimeout, UnknownJob
from detente.keys import Scope
from detente.web import streams
from detente.web.backends import Backends, Here
from detente.web.bodies import JsonBytes, parsed, request_body
from detente.web.callers import Caller, Reader, Submitter
from detente.web.facts import StreamsFull
from detente.web.headers import Given, IfNoneMatch, Prefer, accepted, tagged, wait_s
from detente.web.problems import COMMON, UNCHANGED, problems
from detente.web.schemas import HEADERS_202, examples_of
from detente.web.searches import Search, search
from detente.web.views import KINDS, Accepted, JobShown, JobsPage, accepted_view, job_links, listed, location, scope_of

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

SUBMISSION: dict[int | str, dict[str, Any]] = {
    200: {"model": JobShown, "description": "With `Prefer: wait`: the job has ended"},
    202: {"model": Accepted, "description": "The job is submitted", "headers": HEADERS_202},
    **problems(*COMMON, 408, 413, 415),
}


def submitted(here: Backends, job: Job[Any], *, terms: Terms, prefer: str | None) -> Response:
    """Submit a job, and answer: at once, or, where the caller would wait, with its end if that comes in time."""
    receipt = here.client.submit(job, terms=terms)
    if (seconds := wait_s(prefer)) and (shown := _awaited(here, receipt.id, seconds)):
        return JSONResponse(shown.model_dump(mode="json"), headers={"Preference-Applied": f"wait={seconds}"})
    return accepted(accepted_view(receipt.id, job.kind), location=location(receipt.id))


def submit_route(kind: type[Job[Any]]) -> Callable[..., Response]:
    """The handler of one kind of job. Each has a path of its own, so that its description is exact."""

    def submit(caller: Submitter, body: JsonBytes, here: Here, given: Given, prefer: Prefer = None) -> Response:
        caller.needs(scope_of(kind.kind))
        return submitted(here, parsed(kind, body), terms=given, prefer=prefer)

    return submit


for _kind in KINDS:
    router.add_api_route(
        f"/{_kind}", submit_route(JOBS[_kind]), methods=["POST"], name=f"submit {_kind}", status_code=202,
        summary=(JOBS[_kind].__doc__ or "").partition("\n")[0], responses=SUBMISSION,
        operation_id=f"submit_{_kind.replace('.', '_')}",
        openapi_extra=request_body(JOBS[_kind], examples=examples_of(JOBS[_kind])),
    )  # fmt: skip


@router.get("", summary="Find jobs", response_model=JobsPage, responses=problems(*COMMON, 404))
def find_jobs(caller: Reader, here: Here, asked: Annotated[Search, Query()]) -> JobsPage:
    """The newest first, those that have expired from Redis after the others. A key without `operate` finds its tenant's alone."""
    tenant = asked.tenant if caller.operates else caller.tenant
    if not caller.sees(asked.tenant or caller.tenant):
        caller.needs(Scope.OPERATE)
    records, after = search(here, asked, tenant=tenant)
    return JobsPage(rows=[listed(record) for record in records], next=after)


@router.get("/{id:uuid}", summary="Look at a job", response_model=JobShown, responses={**UNCHANGED, **problems(*COMMON, 404)})
def show_job(id: UUID, request: Request, caller: Reader, here: Here, have: IfNoneMatch = None) -> Response:
    """Its state, progress, attempts and history, and its result once it is done."""
    return tagged(request, _shown(here, seen_by(caller, here, str(id))).model_dump(mode="json"))


@router.delete("/{id:uuid}", summary="Cancel a job", response_model=JobShown, responses=problems(*COMMON, 404))
def cancel_job(id: UUID, caller: Submitter, here: Here) -> JobShown:
    """It does not start, or stops at its next step. A job that has ended stays as it is."""
    record = seen_by(caller, here, str(id))
    if not record.state.is_final:
        here.client.cancel(record.id)
        record = here.client.status(record.id)
    return _shown(here, record)


@router.get(
    "/{id:uuid}/events", summary="Follow a job", response_class=streams.EventStream,
    responses={200: streams.DESCRIPTION, **problems(*COMMON, 404)},
)  # fmt: skip
def follow_job(id: UUID, caller: Reader, here: Here, last: streams.LastEventId = None) -> StreamingResponse:
    """Its steps as server-sent events, from the first or after `Last-Event-ID`, until it has ended."""
    record = seen_by(caller, here, str(id))
    release = here.take_place()
    return streams.EventStream(streams.steps(here, record.id, after=last or "0"), release=release)


def seen_by(caller: Caller, here: Backends, id: str) -> JobRecord:
    """The record of a job that the caller may know of. Raises UnknownJob, for another tenant's job too."""
    try:
        record = here.client.status(id)
    except UnknownJob:
        record = here.store.job(id)
    if not caller.sees(record.tenant):
        raise UnknownJob(f"no job {id!r} is known")
    return record


def _shown(here: Backends, record: JobRecord) -> JobShown:
    facts = {name: getattr(record, name) for name in JobRecord.model_fields}
    history = tuple(here.client.ledger.events(record.id))
    if not history:
        with suppress(UnknownJob):
            history = here.store.kept_job(record.id).history
    result = here.client.ledger.result(record.id) if record.state is JobState.DONE else None
    return JobShown(**facts, links=job_links(record), history=history, result=result)


def _awaited(here: Backends, id: str, seconds: int) -> JobShown | None:
    """The job, if it ends within so many seconds. None at once where too many wait already: waiting is a favour."""
    try:
        release = here.take_place()
    except StreamsFull:
        return None
    try:
        with suppress(JobFailed):
            here.client.wait(id, timeout_s=seconds)
        return _shown(here, here.client.status(id))
    except ResultTimeout:
        return None
    finally:
        release()
