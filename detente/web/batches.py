"""`/v1/batches`: many jobs in one request, read and submitted as they arrive."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

import anyio
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from detente.batches import Batches, BatchState
from detente.client.batches import begin_batch
from detente.contracts import Terms
from detente.errors import DetenteError, IdempotencyConflict, QueueFull, UnknownBatch, UnknownJob
from detente.web.backends import Backends, Here
from detente.web.bodies import JSON, media_type
from detente.web.callers import Caller, Reader, Submitter
from detente.web.facts import BatchUnderWay, TypeUnsupported
from detente.web.headers import Deadline, NeededKey, NotBefore, Traceparent, Webhook, accepted, trace, unquoted
from detente.web.intakes import Intake
from detente.web.problems import COMMON, problems
from detente.web.rows import Elements, Lines, Splitter, rows_of
from detente.web.schemas import HEADERS_202
from detente.web.searches import SubmitKind
from detente.web.views import BatchShown, MemberShown, MembersPage, RowRefused, listed

router = APIRouter(prefix="/v1/batches", tags=["batches"])

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_EXAMPLE = '{"id": "a-1", "text": "Oslo recalled its ambassador from Minsk."}\n{"id": "a-2", "text": "Riga thanked Oslo."}\n'
_OUTCOMES = "NDJSON: `place`, `row`, `job`, `state`, and `result` or `error`"
#: Results in memory at a time: each may be a reading of some 100 kB.
CHUNK_RESULTS = 20
BatchId = Annotated[UUID, Path(description="the batch's id")]


class BatchAsked(BaseModel):
    """What the rows are."""

    model_config = ConfigDict(extra="forbid")

    kind: SubmitKind = Field(default=SubmitKind("detente.article.read"), description="what each row is a job of")


class OutcomesAsked(BaseModel):
    """Which ends."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000
    after: Annotated[int, Field(ge=0, le=10**9)] = 0


class MembersAsked(BaseModel):
    """Which rows of a batch."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    after: Annotated[int, Field(ge=-1, le=10**9)] = -1


@router.post(
    "", summary="Submit many jobs", status_code=202, response_model=BatchShown,
    responses={202: {"headers": HEADERS_202}, **problems(*COMMON, 408, 409, 413, 415)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"type": "array"}, "example": [{"id": "a-1", "text": "Oslo recalled its ambassador."}]},
                NDJSON[0]: {"schema": {}, "example": _EXAMPLE},
            },
        }
    },
)  # fmt: skip
async def send_batch(
    request: Request, caller: Submitter, here: Here, asked: Annotated[BatchAsked, Query()], key: NeededKey,
    traceparent: Traceparent = None, webhook: Webhook = None, deadline: Deadline = None, not_before: NotBefore = None,
) -> JSONResponse:  # fmt: skip
    """A JSON array, or NDJSON: a row a job, up to 100,000. A row that is no job is refused and told; the others go on.

    Sent again with the same `Idempotency-Key`, say after a broken connection, no row is submitted twice.
    """
    splitter = _splitter(request)
    batches = Batches(here.client.redis)
    given = {"tenant": caller.tenant, "key": unquoted(key), "kind": asked.kind}
    id, verdict = await run_in_threadpool(lambda: begin_batch(batches, **given, webhook=webhook))
    if verdict == "busy":
        raise BatchUnderWay(retry_after_s=10)
    body = _Digested(request.stream())
    if verdict == "begun":
        record = await run_in_threadpool(batches.record, id)
        times = {"deadline_at": deadline, "not_before_at": not_before}
        terms = Terms(tenant=caller.tenant, traceparent=trace(traceparent), **times)
        intake = Intake(here.client, batches, id=id, kind=record.kind, terms=terms)
        await _take_in(intake, body, splitter)
    elif await body.digest() != await run_in_threadpool(batches.digest, id):
        raise IdempotencyConflict("the idempotency key was used for a batch with another body; use a new one")
    shown = await run_in_threadpool(_shown, here, id)
    return accepted(shown.model_dump(mode="json"), location=f"/v1/batches/{id}")


@router.get("/{id:uuid}", summary="Look at a batch", response_model=BatchShown, responses=problems(*COMMON, 404))
def show_batch(id: BatchId, caller: Reader, here: Here) -> BatchShown:
    """How many rows have come in, how many were refused, and why the first of those were."""
    return _seen_by(caller, here, id)


@router.delete("/{id:uuid}", summary="Cancel a batch", response_model=BatchShown, responses=problems(*COMMON, 404))
def cancel_batch(id: BatchId, caller: Submitter, here: Here) -> BatchShown:
    """None of its jobs starts any more; those that run stop at their next step. One that has ended stays as it is."""
    _seen_by(caller, here, id)
    Batches(here.client.redis).cancel(str(id))
    return _shown(here, str(id))


@router.get(
    "/{id:uuid}/results", summary="Read what came out of a batch", response_class=Response,
    responses={200: {"description": _OUTCOMES, "content": {NDJSON[0]: {"schema": {}}}}, **problems(*COMMON, 404)},
)  # fmt: skip
def read_results(id: BatchId, caller: Reader, here: Here, asked: Annotated[OutcomesAsked, Query()]) -> StreamingResponse:
    """What has ended until now, in the order of the ends: a line of JSON for each job, done or not, with its `place`.

    Ask again with the last place as `after` for what ended since, until the batch is `done` or `cancelled`.
    """
    _seen_by(caller, here, id)
    return StreamingResponse(_lines(Batches(here.client.redis), str(id), asked), media_type=NDJSON[0])


def _lines(batches: Batches, id: str, asked: OutcomesAsked) -> Iterator[str]:
    """A few at a time: a result may hold a whole reading."""
    after, last = asked.after, asked.after + asked.limit
    while after < last and (found := batches.outcomes(id, after=after, limit=min(CHUNK_RESULTS, last - after))):
        for outcome in found:
            yield outcome.model_dump_json(exclude_none=True) + "\n"
        after = found[-1].place


@router.get("/{id:uuid}/jobs", summary="List the jobs of a batch", response_model=MembersPage, responses=problems(*COMMON, 404))
def list_members(id: BatchId, caller: Reader, here: Here, asked: Annotated[MembersAsked, Query()]) -> MembersPage:
    """By their rows, each with where it stands."""
    _seen_by(caller, here, id)
    members = Batches(here.client.redis).members(str(id), after=asked.after, limit=asked.limit)
    rows = []
    for row, job in members:
        with suppress(UnknownJob):
            rows.append(MemberShown(row=row, job=listed(here.client.status(job))))
    return MembersPage(rows=rows, next=members[-1][0] if len(members) == asked.limit else None)


class _Digested:
    """A body, with the digest of what has been read of it."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces, self._sha256 = pieces, hashlib.sha256()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            self._sha256.update(piece)
            yield piece

    async def digest(self) -> str:
        """The digest of all of it."""
        async for _ in self:
            pass
        return self._sha256.hexdigest()


async def _take_in(intake: Intake, body: _Digested, splitter: Splitter) -> None:
    """Submit the rows as they come, and say in the batch's record how that ended."""
    try:
        async for row in rows_of(body.__aiter__(), splitter):
            if intake.is_due(row):
                await _submit(intake)
            intake.put(row)
        await _submit(intake)
        await run_in_threadpool(intake.end, BatchState.RECEIVED, await body.digest())
    except BaseException as error:
        # Whatever cut it off, the same batch may be sent again at once.
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(intake.end, BatchState.INTERRUPTED)
        if isinstance(error, ClientDisconnect):
            raise DetenteError("the sender went away") from error
        raise


async def _submit(intake: Intake) -> None:
    """Submit the rows in hand. While the queue is full, nothing more is read, so that the sender waits."""
    waited_s = 0.0
    while True:
        try:
            await run_in_threadpool(intake.submit)
            return
        except QueueFull as full:
            if waited_s + full.retry_after_s > intake.patience_s:
                raise
            waited_s += full.retry_after_s
            await anyio.sleep(full.retry_after_s)


def _splitter(request: Request) -> Splitter:
    kind = media_type(request)
    if kind == JSON:
        return Elements()
    if kind in NDJSON:
        return Lines()
    raise TypeUnsupported(f"send {JSON} with an array, or {NDJSON[0]}, not {kind or 'a body without a Content-Type'}")


def _seen_by(caller: Caller, here: Backends, id: UUID) -> BatchShown:
    shown = _shown(here, str(id))
    if not caller.sees(shown.tenant):
        raise UnknownBatch(f"no batch {str(id)!r} is known")
    return shown


def _shown(here: Backends, id: str) -> BatchShown:
    batches = Batches(here.client.redis)
    facts: dict[str, Any] = vars(batches.record(id))
    errors = [RowRefused(row=row, detail=why) for row, why in batches.errors(id)]
    place = f"/v1/batches/{id}"
    return BatchShown(**facts, errors=errors, links={"self": place, "jobs": f"{place}/jobs", "results": f"{place}/results"})
