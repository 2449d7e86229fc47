"""Rows on their way from a request into the queue."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from detente.batches import MAX_ROWS, Batches, BatchState, ReadArticleInBulk, row_id
from detente.client import Client
from detente.contracts import JOBS, Job, Member, Terms, reasons
from detente.errors import IdempotencyConflict
from detente.web.facts import BodyTooLarge
from detente.web.rows import MAX_ROW_BYTES

#: Rows that are submitted together: one pipeline of the client.
CHUNK_ROWS = 200
#: …or fewer, where they are long: what is in hand is memory.
CHUNK_BYTES = 4 * 2**20
#: How long a batch waits for room in its queue before its sender is told to come back.
PATIENCE_S = 120.0

#: Rows go in line with those that nobody waits for.
IN_BULK: dict[str, type[Job[Any]]] = {ReadArticleInBulk.kind: ReadArticleInBulk}


class Intake:
    """Submits the rows of one batch, a chunk at a time."""

    def __init__(
        self, client: Client, batches: Batches, *, id: str, kind: str, terms: Terms, patience_s: float = PATIENCE_S
    ) -> None:
        self._client, self._batches, self._id, self._terms = client, batches, id, terms
        self._job = IN_BULK.get(kind, JOBS[kind])
        self._rows = self._refused = self._size = 0
        self._jobs: dict[int, Job[Any]] = {}
        self._errors: dict[int, str] = {}
        self.patience_s = patience_s

    def is_due(self, row: bytes) -> bool:
        """Whether what is in hand should be submitted before this row."""
        return len(self._jobs) + len(self._errors) >= CHUNK_ROWS or self._size + len(row) > CHUNK_BYTES

    def put(self, row: bytes) -> None:
        """Take one row in hand. Raises BodyTooLarge where there are too many."""
        if self._rows == MAX_ROWS:
            raise BodyTooLarge(f"at most {MAX_ROWS:,} rows go into one batch; those before have been submitted")
        if len(row) > MAX_ROW_BYTES:
            self._refuse(self._rows, f"the row is larger than {MAX_ROW_BYTES:,} bytes, the most that one may have")
        else:
            self._take(row)
        self._rows += 1

    def submit(self) -> None:
        """Submit what is in hand. Raises QueueFull; called again, it goes on, and submits nothing twice."""
        try:
            self._submitted(list(self._jobs))
        except IdempotencyConflict:
            self._one_by_one()
        finally:
            self._batches.add(self._id, errors={}, rows=self._rows, refused=self._refused)
        self._batches.add(self._id, errors=self._errors, rows=self._rows, refused=self._refused)
        self._jobs.clear()
        self._errors.clear()
        self._size = 0

    def end(self, state: BatchState, digest: str = "") -> None:
        self._batches.end(self._id, state, digest=digest)

    def _take(self, row: bytes) -> None:
        try:
            self._jobs[self._rows] = self._job.model_validate_json(row, strict=True)
            self._size += len(row)
        except ValidationError as error:
            self._refuse(self._rows, reasons(error))

    def _submitted(self, rows: list[int]) -> None:
        jobs, ids = [self._jobs[row] for row in rows], [row_id(self._id, row) for row in rows]
        members = [self._terms.model_copy(update={"member": Member(batch=self._id, row=row)}) for row in rows]
        self._client.submit_many(jobs, ids=ids, terms=members)

    def _one_by_one(self) -> None:
        """Submit the rows that are what they were when the batch was first sent; the others are refused."""
        for row in list(self._jobs):
            try:
                self._submitted([row])
            except IdempotencyConflict:
                del self._jobs[row]
                self._refuse(row, "this row was another job when the batch was first sent")

    def _refuse(self, row: int, why: str) -> None:
        self._errors[row] = why
        self._refused += 1
