"""The jobs of a run: short ones, articles to read, and some that wait for their time. The same for both systems."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "tests/gold/seed/article.txt"
#: One job in fifteen reads an article: some 330 of 5,000, which is half of all the work.
READINGS = 1 / 15
#: One article in fifty is the long sample, so that faults meet jobs of half a second too.
SAMPLES = 1 / 50
#: One job in fifty is submitted ahead of its time, by so many seconds.
DELAYED, DELAY_S = 1 / 50, 5.0
#: How long short jobs take, and how often: most are over before a fault can meet them, some are not.
TAKES_S = ((0.005, 80), (0.05, 15), (0.4, 4), (1.5, 1))
TENANTS = ("north", "south")

_STATES = ("Norway", "Belarus", "Chile", "Kenya", "Vietnam", "Portugal", "Jordan", "Peru", "Estonia", "Ghana", "Nepal", "Turkey")
_ACTS = (
    "{a} protested to {b} on {day} after a border incident.",
    "{a} cancelled a visit to {b} that had been planned for {day}.",
    "{a} and {b} signed an agreement on fisheries on {day}.",
    "{a} recalled its ambassador to {b} on {day}.",
    "{a} may impose sanctions on {b}, officials said on {day}.",
    "{a} sent doctors and medicine to {b} on {day}.",
)
_WORDS = (
    "“We will not accept this,” a spokesman for {a} said.",
    "“Our ties with {b} are better than ever,” the foreign minister of {a} told reporters.",
    "The president of {b} said that talks with {a} would go on.",
    "“Nothing has been decided,” a diplomat from {b} said.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A job to be submitted. Its `name` is the submitter's own: whatever ids a system gives it, one name is one job."""

    name: str
    tenant: str
    at_s: float
    text: str | None = None
    takes_s: float = 0.0
    delay_s: float = 0.0


def plan(jobs: int, *, seconds: float, seed: int) -> list[Planned]:
    """So many jobs from two tenants, spread evenly over so many seconds."""
    chance, number = random.Random(seed), count()
    sample = SAMPLE.read_text(encoding="utf-8")
    return [_planned(chance, next(number), at_s=seconds * place / jobs, sample=sample) for place in range(jobs)]


def _planned(chance: random.Random, number: int, *, at_s: float, sample: str) -> Planned:
    is_reading = chance.random() < READINGS
    name = f"{'read' if is_reading else 'note'}-{number:05}"
    takes, weights = zip(*TAKES_S, strict=True)
    return Planned(
        name=name, tenant=chance.choice(TENANTS), at_s=at_s,
        text=_article(chance, name, sample) if is_reading else None, takes_s=chance.choices(takes, weights)[0],
        delay_s=DELAY_S if chance.random() < DELAYED else 0.0,
    )  # fmt: skip


def _article(chance: random.Random, name: str, sample: str) -> str:
    if chance.random() < SAMPLES:
        return f"{sample}\n\nThis is copy {name}."
    a, b = chance.sample(_STATES, 2)
    sentences = [*chance.sample(_ACTS, 2), *chance.sample(_WORDS, 2)]
    return " ".join(sentence.format(a=a, b=b, day=chance.choice(_DAYS)) for sentence in sentences) + f" ({name})"


def share(planned: Iterable[Planned]) -> str:
    """What a plan is made of, in words."""
    listed = list(planned)
    readings = sum(job.text is not None for job in listed)
    delayed = sum(job.delay_s > 0 for job in listed)
    return f"{len(listed)} jobs: {readings} readings, {len(listed) - readings} short jobs; {delayed} of them delayed"
