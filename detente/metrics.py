"""What Prometheus is told: counters that the scripts keep in Redis, and how queues and workers stand now.

The counters lie in Redis, so that every process on every machine adds to the same ones, and none forgets any when it stops.
Whoever is asked gives the same page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from math import isfinite
from typing import Any, cast

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis

from detente.contracts import QueueStatus
from detente.ledgers import BUCKETS_S, Ledger
from detente.queues import Queues
from detente.scripts import PREFIX

#: The content type of what `render` gives.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Tenants of a queue that get a line of their own, the longest first; Prometheus keeps every line that it has ever seen.
MAX_TENANTS = 20
#: What stands for all other tenants; no tenant can be named so.
OTHERS = "(others)"

#: The counters, by the first part of their field: the metric, what it counts, and what the further parts are.
_COUNTERS = {
    "jobs": ("detente_jobs", "Steps in the lives of jobs", ("event", "kind", "queue")),
    "dead": ("detente_dead_letters", "Jobs that ended as dead letters, by the class of their error", ("kind", "error")),
    "recovered": ("detente_jobs_recovered", "Messages taken back from dead workers", ("queue",)),
    "workers_lost": ("detente_workers_lost", "Workers whose lease ended while they were not stopping", ()),
    "uncounted": ("detente_uncounted", "What was not counted, since there were too many names", ()),
}
_HISTOGRAMS = {
    "waited": ("detente_job_wait_seconds", "From submission to the first start"),
    "ran": ("detente_job_duration_seconds", "The attempt that ended with a result"),
}


def render(redis: Redis) -> bytes:
    """The page, in Prometheus's text format. `redis` is that of a Client. Errors of the connection are redis-py's own."""
    registry = CollectorRegistry()
    # Asked first: a page is whole, or it is an error.
    registry.register(_Found([*_counted(redis), *_standing(redis)]))
    return generate_latest(registry)


class _Found(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> Iterable[Metric]:
        return self.families


@dataclass
class _Times:
    """One histogram, as Redis has it: each bucket counts what is in it alone."""

    buckets: dict[str, float] = field(default_factory=dict)
    sum: float = 0.0


def _counted(redis: Redis) -> Iterator[Metric]:
    counters = {name: CounterMetricFamily(*given[:2], labels=given[2]) for name, given in _COUNTERS.items()}
    times: dict[tuple[str, str], _Times] = {}
    for name, value in sorted(_fields(redis)):
        first, *labels = name.split("|")
        if first in _COUNTERS and len(labels) == len(_COUNTERS[first][2]):
            counters[first].add_metric(labels, value)
        else:
            _add_time(times, first, labels, value)
    yield from counters.values()
    for name, given in _HISTOGRAMS.items():
        family = HistogramMetricFamily(*given, labels=("kind",))
        for kind in (kind for which, kind in times if which == name):
            found = times[name, kind]
            family.add_metric([kind], _cumulated(found.buckets), found.sum)
        yield family


def _fields(redis: Redis) -> Iterator[tuple[str, float]]:
    """The counters in Redis. What is no number, since somebody else wrote it there, is left out."""
    for name, value in cast(dict[str, str], redis.hgetall(PREFIX + "metrics")).items():
        try:
            number = float(value)
        except ValueError:
            continue
        if isfinite(number):
            yield name, number


def _add_time(times: dict[tuple[str, str], _Times], first: str, labels: list[str], value: float) -> None:
    which, _, part = first.partition("_")
    if which not in _HISTOGRAMS or not labels:
        return
    found = times.setdefault((which, labels[0]), _Times())
    if part == "bucket" and len(labels) == 2:
        found.buckets[labels[1]] = value
    elif part == "sum":
        found.sum = value


def _cumulated(buckets: dict[str, float]) -> list[tuple[str, float]]:
    bounds = [*map(str, BUCKETS_S), "+Inf"]
    return list(zip(bounds, accumulate(buckets.get(bound, 0.0) for bound in bounds), strict=True))


def _standing(redis: Redis) -> Iterator[Metric]:
    queues = Queues(redis).status()
    yield from _queue_gauges(queues)
    tenants = GaugeMetricFamily("detente_queue_tenant_depth", "Jobs in line, by tenant", labels=("queue", "tenant"))
    for queue in queues:
        for tenant, depth in _longest(queue.tenants).items():
            tenants.add_metric([queue.name, tenant], depth)
    yield tenants
    waiting, limit = Queues(redis).waiting_bytes()
    yield GaugeMetricFamily("detente_workers", "Workers that are alive", len(Ledger(redis).workers()))
    yield GaugeMetricFamily("detente_letters_unburied", "Records that wait for the store", Ledger(redis).unburied_count())
    yield GaugeMetricFamily("detente_waiting_bytes", "The size of all that waits in queues", waiting)
    if limit is not None:
        yield GaugeMetricFamily("detente_waiting_max_bytes", "The size past which submissions are refused", limit)


def _queue_gauges(queues: list[QueueStatus]) -> Iterator[Metric]:
    facts: dict[str, tuple[str, Any]] = {
        "depth": ("Jobs in line", lambda queue: queue.depth),
        "max_depth": ("Jobs in line past which submissions are refused", lambda queue: queue.max_depth),
        "oldest_age_seconds": ("How long the first in line has waited; 0 where none is", lambda queue: queue.oldest_age_s or 0),
        "in_flight": ("Jobs that workers have", lambda queue: queue.in_flight),
        "delayed": ("Jobs that wait for their time", lambda queue: queue.delayed),
        "held": ("Jobs that wait for others with their key", lambda queue: queue.held),
        "paused": ("1 where nothing is taken from it", lambda queue: queue.is_paused),
        "closed": ("1 where nothing is submitted to it", lambda queue: queue.is_closed),
    }
    for name, (told, ask) in facts.items():
        family = GaugeMetricFamily(f"detente_queue_{name}", told, labels=("queue",))
        for queue in queues:
            if (value := ask(queue)) is not None:
                family.add_metric([queue.name], value)
        yield family


def _longest(tenants: dict[str, int]) -> dict[str, int]:
    ordered = sorted(tenants.items(), key=lambda item: item[1], reverse=True)
    rest = sum(depth for _, depth in ordered[MAX_TENANTS:])
    return dict(ordered[:MAX_TENANTS]) | ({OTHERS: rest} if rest else {})
