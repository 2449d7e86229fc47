"""`/v1/dead`: jobs that failed for good: look, submit again, discard."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from detente.client.ids import replay_id
from detente.contracts import JOBS, JobState, Terms
from detente.errors import JobRejected, UnknownJob
from detente.storage import KeptJob
from detente.web.backends import Backends, Here
from detente.web.bodies import OptionalJsonBytes, parsed, request_body
from detente.web.callers import Caller, Reader, Submitter
from detente.web.headers import Traceparent, accepted, trace
from detente.web.jobs import SUBMISSION
from detente.web.parameters import Asked
from detente.web.problems import COMMON, problems
from detente.web.searches import Kind
from detente.web.views import JobsPage, LetterShown, Replay, accepted_view, letter_view, listed, location, scope_of

router = APIRouter(prefix="/v1/dead", tags=["dead letters"])


class Letters(Asked):
    """Which dead letters."""

    kind: Kind | None = None


@router.get("", summary="List dead letters", response_model=JobsPage, responses=problems(*COMMON, 404))
def list_letters(caller: Reader, here: Here, asked: Annotated[Letters, Query()]) -> JobsPage:
    """Those that died last first. Without the scope `operate`, those of the key's own tenant."""
    tenant = None if caller.operates else caller.tenant
    page = here.store.find_jobs(kind=asked.kind, state=JobState.DEAD, tenant=tenant, limit=asked.limit, after=asked.after)
    return JobsPage(rows=[listed(record) for record in page.rows], next=page.after)


@router.get("/{id:uuid}", summary="Look at a dead letter", response_model=LetterShown, responses=problems(*COMMON, 404))
def show_letter(id: UUID, caller: Reader, here: Here) -> LetterShown:
    """The job with what it asked for and why it failed; to operators, where in the code."""
    return letter_view(_letter(caller, here, id), with_traceback=caller.operates)


@router.post(
    "/{id:uuid}/replay", summary="Submit a dead letter again", status_code=202,
    responses={202: SUBMISSION[202], **problems(*COMMON, 404, 408, 413, 415)},
    openapi_extra=request_body(Replay, required=False, examples={"as it was": {"value": {}}}),
)  # fmt: skip
def replay_letter(
    id: UUID, caller: Submitter, here: Here, body: OptionalJsonBytes, traceparent: Traceparent = None
) -> JSONResponse:
    """As a new job, as it was or with another payload. Doing it twice submits it once."""
    letter = _letter(caller, here, id)
    kind = letter.record.kind
    if kind not in JOBS:
        raise JobRejected(f"there is no job of kind {kind!r} any more")
    caller.needs(scope_of(kind))
    asked = parsed(Replay, body) if body else Replay()
    job = parsed(JOBS[kind], json.dumps(letter.payload if asked.payload is None else asked.payload))
    again = Terms(tenant=letter.record.tenant, traceparent=trace(traceparent))
    receipt = here.client.submit(job, id=replay_id(str(id), job), terms=again)
    return accepted(accepted_view(receipt.id, kind), location=location(receipt.id))


@router.delete("/{id:uuid}", summary="Discard a dead letter", status_code=204, responses=problems(*COMMON, 404))
def discard_letter(id: UUID, caller: Submitter, here: Here) -> Response:
    """It is gone for good."""
    here.store.discard_job(_letter(caller, here, id).record.id)
    return Response(status_code=204)


def _letter(caller: Caller, here: Backends, id: UUID) -> KeptJob:
    kept = here.store.kept_job(str(id))
    if kept.record.state is not JobState.DEAD or not caller.sees(kept.record.tenant):
        raise UnknownJob(f"there is no dead letter {str(id)!r}")
    return kept
