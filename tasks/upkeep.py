"""What the system does for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.contracts import Beat, ExpireJobs, HeartbeatSeen, JobsExpired
from tasks.base import handles
from tasks.services import Services


@handles(ExpireJobs)
def expire_jobs(job: ExpireJobs, services: Services) -> JobsExpired:
    """Delete old job records from the store. Those in Redis expire by themselves."""
    return JobsExpired(deleted=services.store.expire_jobs(before=datetime.now(UTC) - timedelta(days=job.after_days)))


@handles(Beat)
def beat(job: Beat, services: Services) -> HeartbeatSeen:
    """Touch the store, and tell the time."""
    services.store.check()
    return HeartbeatSeen(at=datetime.now(UTC))
