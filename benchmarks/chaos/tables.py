"""The table that a run ends with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.chaos.verdicts import Verdict


def table(verdicts: Sequence[Verdict]) -> str:
    """One row for each question, one column for each system."""
    rows = [["", *(verdict.title for verdict in verdicts)], *(list(row) for row in _rows(verdicts))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_cell(cell, widths[place], place) for place, cell in enumerate(row)) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cell(text: str, width: int, place: int) -> str:
    return text.rjust(width) if place else text.ljust(width)


def _rows(verdicts: Sequence[Verdict]) -> Iterator[list[str]]:
    yield ["submitted", *(str(each.submitted) for each in verdicts)]
    yield ["stored", *(str(each.stored) for each in verdicts)]
    yield ["lost", *(str(len(each.lost)) for each in verdicts)]
    yield ["stored twice", *(str(len(each.stored_twice)) for each in verdicts)]
    yield ["executed more than once", *(str(each.executed_again) for each in verdicts)]
    yield ["dead letters", *(str(len(each.dead)) for each in verdicts)]
    yield ["failed, known from a log only", *(str(each.failed) for each in verdicts)]
    yield ["worst recovery", *(f"{each.worst_recovery_s:.1f} s" for each in verdicts)]
    yield ["jobs that a fault met and that never came back", *(str(len(each.never)) for each in verdicts)]
    yield ["longest from due to stored", *(f"{each.longest_wait_s:.1f} s" for each in verdicts)]
    yield ["faults", *(str(each.faults) for each in verdicts)]
    yield ["workers that ended by themselves", *(str(len(each.ended_by_themselves)) for each in verdicts)]


def recoveries(verdict: Verdict) -> str:
    """The worst recovery from each kind of fault."""
    kinds = sorted({recovery.kind for recovery in verdict.recoveries})
    lines = [f"{verdict.title}: recovery by kind of fault (number, worst, jobs that never came back)"]
    for kind in kinds:
        of = [recovery for recovery in verdict.recoveries if recovery.kind == kind]
        worst, never = max(each.seconds for each in of), len({name for each in of for name in each.never})
        lines.append(f"  {kind:20} {len(of):3}  {worst:6.1f} s  {never}")
    lines += [f"  {end}" for end in verdict.ended_by_themselves]
    lines += [f"  dead letter {name}: {reason}" for name, reason in verdict.dead.items()]
    lines += [f"  lost: {', '.join(verdict.lost[:20])}"] if verdict.lost else []
    return "\n".join(lines)


def plain(verdict: Verdict) -> dict[str, Any]:
    """For `--json`."""
    derived = {"worst_recovery_s": verdict.worst_recovery_s, "never": sorted(verdict.never), "is_good": verdict.is_good}
    return {**asdict(verdict), **derived}
