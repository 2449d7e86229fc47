"""The way over the HTTP API, for services that cannot reach Redis."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from http.client import HTTPException, HTTPResponse
from itertools import groupby
from typing import Any
from urllib.parse import quote
from uuid import UUID

from detente.client.ids import new_id
from detente.client.messages import job_payload
from detente.client.wires import BATCH_ANSWER_S, Wire
from detente.contracts import DEFAULT_TENANT, Job, JobEvent, JobRecord, JobState, Queue, QueueStatus, Terms
from detente.errors import NotOverHttp, ResultTimeout, SubmissionRefused, UnknownJob

#: Rows and bytes of one batch: what is sent again after a broken connection, and what is held in memory for that.
BATCH_ROWS, BATCH_BYTES = 10_000, 64 * 2**20
#: Rows of a batch that are asked for at a time; the API gives no more.
PAGE_ROWS = 1000
#: The API sends something every five seconds. Three silences, and the line is dead though nobody has closed it.
SILENCE_S = 15.0
#: An event's line; the longest hold an error message of 2,000 characters.
MAX_LINE_BYTES = 2**20
_PLAIN = re.compile(r"[!#-\[\]-~]{1,250}\Z")


class HttpConnection:
    """Submits and follows jobs over the HTTP API."""

    def __init__(self, url: str, *, key: str | None, patience_s: float) -> None:
        self._wire = Wire(url, key=key, patience_s=patience_s)

    def submit(self, requests: Iterable[tuple[Job[Any], str | None, Terms]]) -> Iterator[tuple[Job[Any], str]]:
        """Submit jobs one by one, each under an idempotency key."""
        accepted: list[str] = []
        for job, id, terms in requests:
            _check(id, terms)
            fields = _fields(terms, key=terms.idempotency_key or new_id(), type="application/json")
            try:
                answer = self._wire.ask("POST", f"/v1/jobs/{job.kind}", body=job_payload(job).encode(), fields=fields)
            except SubmissionRefused as refused:
                refused.accepted = tuple(accepted)
                raise
            accepted.append(answer["id"])
            yield job, answer["id"]

    def submit_list(self, requests: Iterable[tuple[Job[Any], str | None]], terms: Terms) -> Iterator[tuple[Job[Any], str]]:
        """Submit jobs as batches, each under an idempotency key; what the system does for itself goes into none."""
        key, first = terms.idempotency_key or new_id(), 0
        for jobs in _batches(_checked(requests, terms)):
            if jobs[0][0].queue == Queue.UPKEEP:
                yield from self.submit((job, None, _of_row(terms, f"{key}/{first + row}")) for row, (job, _) in enumerate(jobs))
            else:
                yield from self._send_batch(jobs, _fields(terms, key=f"{key}/{first}", type="application/x-ndjson"))
            first += len(jobs)

    def queues(self) -> list[QueueStatus]:
        return [QueueStatus.model_validate(row) for row in self._wire.ask("GET", "/v1/queues")["rows"]]

    def statuses(self, ids: Iterable[str]) -> list[JobRecord]:
        return [JobRecord.model_validate(self._job(id)) for id in ids]

    def jobs(self, limit: int) -> list[JobRecord]:
        return [JobRecord.model_validate(row) for row in self._wire.ask("GET", f"/v1/jobs?limit={limit:d}")["rows"]]

    def outcome(self, id: str) -> tuple[JobRecord, Any]:
        """A job's record, and its result where it is done."""
        shown = self._job(id)
        return JobRecord.model_validate(shown), shown["result"]

    def history(self, id: str) -> list[JobEvent]:
        return [JobEvent.model_validate(step) for step in self._job(id)["history"]]

    def cancel(self, id: str) -> JobState:
        return JobState(self._wire.ask("DELETE", _path(id))["state"])

    def ping(self) -> None:
        self._wire.ask("GET", "/readyz")

    def close(self) -> None:
        self._wire.close()

    def events(self, id: str, *, after: str, timeout_s: float | None) -> Iterator[JobEvent]:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = SILENCE_S if deadline is None else deadline - time.monotonic()
            if left_s <= 0:
                raise ResultTimeout(f"job {id} has not ended within {timeout_s:g} s; it goes on, ask again with its id")
            for event in self._stream(id, after=after, silence_s=min(left_s, SILENCE_S), deadline=deadline):
                yield event
                after = event.id
                if event.is_last:
                    return
            if JobState(self._job(id)["state"]).is_final and not self._steps_after(id, after):
                return

    def _stream(self, id: str, *, after: str, silence_s: float, deadline: float | None) -> Iterator[JobEvent]:
        """The steps that one connection brings. It may break at any time; the next goes on after the last step."""
        fields = {"Accept": "text/event-stream", **({} if after in ("", "0") else {"Last-Event-ID": after})}
        connection, response = self._wire.open(f"{_path(id)}/events", fields=fields, timeout_s=silence_s)
        try:
            for said in _messages(response):
                if said:
                    yield JobEvent.model_validate_json(said)
                elif deadline is not None and time.monotonic() > deadline:
                    return
        except (OSError, HTTPException):
            return
        finally:
            connection.close()

    def _steps_after(self, id: str, after: str) -> bool:
        return any(_order(step.id) > _order(after or "0") for step in self.history(id))

    def _job(self, id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self._wire.ask("GET", _path(id))
        return shown

    def _send_batch(self, jobs: list[tuple[Job[Any], bytes]], fields: Mapping[str, str]) -> Iterator[tuple[Job[Any], str]]:
        body = b"".join(row for _, row in jobs)
        batch = self._wire.ask("POST", f"/v1/batches?kind={jobs[0][0].kind}", body=body, fields=fields, timeout_s=BATCH_ANSWER_S)
        ids = dict(self._members(batch["id"]))
        if missing := [row for row in range(len(jobs)) if row not in ids]:
            why = {error["row"]: error["detail"] for error in batch["errors"]}.get(missing[0], "the API does not say why")
            told = f"{len(missing)} of {len(jobs)} rows were refused, the first of them row {missing[0]}: {why}"
            raise SubmissionRefused(told, accepted=tuple(ids.values()))
        yield from ((job, ids[row]) for row, (job, _) in enumerate(jobs))

    def _members(self, id: str) -> Iterator[tuple[int, str]]:
        after: int | None = -1
        while after is not None:
            page = self._wire.ask("GET", f"/v1/batches/{quote(id)}/jobs?limit={PAGE_ROWS}&after={after:d}")
            yield from ((row["row"], row["job"]["id"]) for row in page["rows"])
            after = page["next"]


def _messages(response: HTTPResponse) -> Iterator[bytes]:
    """The data of server-sent events as they come, and nothing for each comment."""
    data = b""
    while line := response.readline(MAX_LINE_BYTES):
        name, _, value = line.rstrip(b"\r\n").partition(b":")
        if name == b"data":
            data += value.removeprefix(b" ")
        elif not name:
            # An empty line ends an event; a line that begins with a colon is a comment.
            yield data
            data = b""


def _batches(jobs: Iterable[Job[Any]]) -> Iterator[list[tuple[Job[Any], bytes]]]:
    """Jobs with their rows, as they go into one batch: of one kind, and not too many."""
    for _, same in groupby(jobs, key=lambda job: job.kind):
        batch: list[tuple[Job[Any], bytes]] = []
        size = 0
        for job in same:
            row = job_payload(job).encode() + b"\n"
            if batch and (len(batch) == BATCH_ROWS or size + len(row) > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append((job, row))
            size += len(row)
        if batch:
            yield batch


def _checked(requests: Iterable[tuple[Job[Any], str | None]], terms: Terms) -> Iterator[Job[Any]]:
    for job, id in requests:
        _check(id, terms)
        yield job


def _check(id: str | None, terms: Terms) -> None:
    """Raises NotOverHttp for what the API does not take."""
    if id is not None:
        raise NotOverHttp("over HTTP the API gives a job its id: name the job by an idempotency key")
    if terms.tenant != DEFAULT_TENANT:
        raise NotOverHttp("over HTTP the API key says whose jobs these are: leave the tenant out")
    if terms.member:
        raise NotOverHttp("over HTTP the API makes the batches")


def _of_row(terms: Terms, key: str) -> Terms:
    return terms.model_copy(update={"idempotency_key": key})


def _fields(terms: Terms, *, key: str, type: str) -> dict[str, str]:
    times = {"Deadline": terms.deadline_at, "Not-Before": terms.not_before_at}
    given = {name: at.astimezone(UTC).isoformat() for name, at in times.items() if at}
    given |= {name: value for name, value in (("traceparent", terms.traceparent), ("Webhook", terms.webhook)) if value}
    # The header takes neither blanks nor other letters than those of ASCII.
    named = key if _PLAIN.match(key) else hashlib.sha256(key.encode()).hexdigest()
    return {"Content-Type": type, "Idempotency-Key": f'"{named}"', **given}


def _path(id: str) -> str:
    """Where a job is. Raises UnknownJob for what is no id: the API has no such path, and says no more than that."""
    try:
        return f"/v1/jobs/{UUID(id)}"
    except ValueError:
        raise UnknownJob(f"no job {id!r} is known") from None


def _order(step: str) -> tuple[int, ...]:
    return tuple(map(int, step.split("-")))
