"""What follows the end of a batch."""

from __future__ import annotations

from detente.batches import Batches
from detente.contracts import BatchFinished, FinishBatch
from detente.errors import JobRejected
from detente.webhooks.deliveries import announce, end_of_batch
from tasks.base import handles
from tasks.logs import fact
from tasks.services import Services

#: Failed rows that are kept in the summary; a batch in which more failed has one reason, not thousands.
MAX_FAILURES = 1000


@handles(FinishBatch)
def finish(job: FinishBatch, services: Services) -> BatchFinished:
    """Keep the summary of a batch that has ended, then tell of it."""
    batches = Batches(services.ledger.redis)
    if not batches.is_finisher(job.batch, services.job_id):
        raise JobRejected("a batch tells of its end itself; this job was submitted by somebody else")
    record, failures = batches.record(job.batch), batches.failures(job.batch, limit=MAX_FAILURES)
    services.store.keep_batch(record, failures=failures, refusals=batches.refusals(job.batch))
    announce(end_of_batch(record), store=services.store, submit=services.submit)
    fact("batch_finished", batch=job.batch, rows=record.rows, failed=len(failures), refused=record.refused)
    return BatchFinished(batch=job.batch, state=record.state)
