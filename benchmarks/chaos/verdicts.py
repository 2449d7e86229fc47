"""What became of the jobs: counted from what they wrote themselves, not from what a system says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.chaos.faults import Fault
from benchmarks.chaos.notes import Note
from benchmarks.chaos.systems import Effect

#: What is demanded.
MOST_RECOVERY_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """How long after a fault all jobs were stored that workers had when it happened, and one of those that they had not.

    `never` names those that were not stored at all.
    """

    kind: str
    target: str
    jobs: int
    seconds: float
    never: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The row of one system."""

    title: str
    submitted: int
    stored: int
    lost: tuple[str, ...]
    stored_twice: tuple[str, ...]
    executed_again: int
    dead: Mapping[str, str]
    failed: int
    recoveries: tuple[Recovery, ...]
    longest_wait_s: float
    ended_by_themselves: tuple[str, ...]
    took_s: float
    faults: int = field(default=0)

    @property
    def worst_recovery_s(self) -> float:
        return max((recovery.seconds for recovery in self.recoveries), default=0.0)

    @property
    def never(self) -> set[str]:
        return {name for recovery in self.recoveries for name in recovery.never}

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing stored twice, and no recovery that took too long."""
        return not (self.lost or self.stored_twice or self.never) and self.worst_recovery_s <= MOST_RECOVERY_S


def judge(
    *, title: str, due: Mapping[str, float], effects: Sequence[Effect], notes: Sequence[Note], dead: Mapping[str, str],
    faults: Sequence[Fault], ended: Sequence[str], took_s: float,
) -> Verdict:  # fmt: skip
    """Compare what was submitted (with the moment from which it was due) with what is there."""
    stored = {effect.name: effect.first_at for effect in effects}
    starts = Counter(note.name for note in notes if note.what == "start")
    return Verdict(
        title=title, submitted=len(due), stored=len(stored.keys() & due.keys()),
        lost=tuple(sorted(due.keys() - stored.keys() - dead.keys())),
        stored_twice=tuple(sorted(effect.name for effect in effects if effect.rows > 1)),
        executed_again=sum(number > 1 for number in starts.values()), dead=dead,
        failed=sum(note.what == "failed" for note in notes),
        recoveries=tuple(_recovery(fault, faults, stored, notes, due, dead) for fault in faults),
        longest_wait_s=max((stored[name] - at for name, at in due.items() if name in stored), default=0.0),
        ended_by_themselves=tuple(ended), took_s=took_s, faults=len(faults),
    )  # fmt: skip


def _recovery(
    fault: Fault, faults: Sequence[Fault], stored: Mapping[str, float], notes: Sequence[Note], due: Mapping[str, float],
    dead: Mapping[str, str],
) -> Recovery:  # fmt: skip
    hit = _in_flight(fault, stored, notes) - dead.keys()
    took = [stored[name] - _clock_start(fault, faults, stored[name]) for name in hit if name in stored]
    # The first that was stored after it, unless none was in line until then.
    after = min(((at, name) for name, at in stored.items() if at > fault.ended), default=None)
    if after and due.get(after[1], fault.ended) <= fault.ended:
        took.append(after[0] - _clock_start(fault, faults, after[0]))
    never = tuple(sorted(hit - stored.keys()))
    return Recovery(kind=fault.kind, target=fault.target, jobs=len(hit), seconds=max([0.0, *took]), never=never)


def _in_flight(fault: Fault, stored: Mapping[str, float], notes: Sequence[Note]) -> set[str]:
    """Jobs that workers had when it happened: those taken, and those started, that were not stored yet."""
    started = {note.name for note in notes if note.what == "start" and note.at <= fault.began}
    return {name for name in started | fault.held if stored.get(name, float("inf")) > fault.began}


def _clock_start(fault: Fault, faults: Sequence[Fault], stored_at: float) -> float:
    """When the clock of a recovery starts: with the fault, or, if a server was away after that, when it was back."""
    backs = [each.ended for each in faults if each.is_outage and fault.began <= each.ended <= stored_at]
    return max([fault.began, *backs])
