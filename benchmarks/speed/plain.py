"""Plain Celery as its documentation has it, on Redis, for the comparison: `celery -A benchmarks.speed.plain worker`."""

from __future__ import annotations

import os

from celery import Celery

app = Celery(broker=os.environ["PLAIN_BROKER"], backend=os.environ["PLAIN_BROKER"])
app.conf.broker_connection_retry_on_startup = True


@app.task(name="benchmarks.plain.noop")
def noop(job: dict[str, str]) -> int:
    return 1
