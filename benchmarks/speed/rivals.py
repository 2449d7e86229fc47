"""How others submit the same small job to the same Redis. Each function submits `number` jobs and returns nothing.

They are in the dependency group `bench`, which nothing else needs: `uv pip install --group bench`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from redis import Redis

from detente.urls import celery_url

PAYLOAD = {"id": "a-1", "title": "Oslo protests", "text": "Oslo protested to Minsk on Monday."}
NAME = "benchmarks.noop"


def noop(job: dict[str, str]) -> None:
    """What the job would do."""


def celery_apply_async(url: str, number: int) -> None:
    from celery import Celery

    app = Celery(broker=celery_url(url))
    task = app.task(noop, name=NAME)
    for _ in range(number):
        task.apply_async(kwargs={"job": PAYLOAD})


def rq_enqueue(url: str, number: int) -> None:
    from rq import Queue

    queue = Queue(connection=Redis.from_url(url))
    for _ in range(number):
        queue.enqueue(noop, PAYLOAD)


def rq_enqueue_many(url: str, number: int) -> None:
    from rq import Queue

    queue = Queue(connection=Redis.from_url(url))
    queue.enqueue_many([Queue.prepare_data(noop, (PAYLOAD,)) for _ in range(number)])


def dramatiq_send(url: str, number: int) -> None:
    import dramatiq
    from dramatiq.brokers.redis import RedisBroker

    broker = RedisBroker(url=url)
    actor = dramatiq.actor(noop, actor_name=NAME, broker=broker)
    for _ in range(number):
        actor.send(PAYLOAD)


def huey_call(url: str, number: int) -> None:
    from huey import RedisHuey

    task = RedisHuey(url=url).task(name=NAME)(noop)
    for _ in range(number):
        task(PAYLOAD)


def taskiq_kiq(url: str, number: int) -> None:
    from taskiq_redis import ListQueueBroker

    async def submit() -> None:
        broker = ListQueueBroker(url=url)
        task = broker.task(task_name=NAME)(noop)
        await broker.startup()
        for _ in range(number):
            await task.kiq(PAYLOAD)
        await broker.shutdown()

    asyncio.run(submit())


#: By what they are called in the table. Plain Celery is the measure of all.
RIVALS: dict[str, Callable[[str, int], None]] = {
    "Celery apply_async": celery_apply_async,
    "RQ enqueue": rq_enqueue,
    "RQ enqueue_many": rq_enqueue_many,
    "Dramatiq send": dramatiq_send,
    "Huey": huey_call,
    "taskiq kiq": taskiq_kiq,
}
