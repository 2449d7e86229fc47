"""What the system does for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.contracts import (
    Beat,
    BuryLetters,
    ExpireJobs,
    ExpirePages,
    ExpireSignatures,
    HeartbeatSeen,
    JobEvent,
    JobRecord,
    JobsExpired,
    LettersBuried,
    PagesExpired,
    SignaturesExpired,
)
from detente.webhooks.deliveries import announce, end_of_job
from tasks.base import handles
from tasks.services import Services


@handles(ExpireJobs)
def expire_jobs(job: ExpireJobs, services: Services) -> JobsExpired:
    """Delete old records of jobs and batches from the store. Those in Redis expire by themselves."""
    before, store = datetime.now(UTC) - timedelta(days=job.after_days), services.store
    return JobsExpired(deleted=store.expire_jobs(before=before), batches=store.expire_batches(before=before))


@handles(ExpirePages)
def expire_pages(job: ExpirePages, services: Services) -> PagesExpired:
    """Delete old pages from the store. What was read of them stays."""
    return PagesExpired(deleted=services.store.expire_pages(before=datetime.now(UTC) - timedelta(days=job.after_days)))


@handles(ExpireSignatures)
def expire_signatures(job: ExpireSignatures, services: Services) -> SignaturesExpired:
    """Delete the hashes of old articles from the store: no new copy of them is found any more. Their stories stay."""
    before = datetime.now(UTC) - timedelta(days=job.after_days)
    return SignaturesExpired(deleted=services.store.expire_signatures(before=before))


@handles(BuryLetters)
def bury_letters(job: BuryLetters, services: Services) -> LettersBuried:
    """Bury what was left while the store was away, and tell of it. Letters leave Redis when both are done; twice does no harm."""
    ledger, buried = services.ledger, 0
    while left := ledger.unburied():
        for text, letter in left.items():
            record, history = JobRecord(**letter["record"]), [JobEvent(**step) for step in letter["history"]]
            services.store.keep_job(record, payload=letter["payload"], traceback=letter["traceback"], history=history)
            if event := end_of_job(record):
                announce(event, store=services.store, submit=services.submit)
            ledger.buried(text)
            buried += 1
    return LettersBuried(buried=buried)


@handles(Beat)
def beat(job: Beat, services: Services) -> HeartbeatSeen:
    """Touch the store, and tell the time."""
    services.store.check()
    return HeartbeatSeen(at=datetime.now(UTC))
