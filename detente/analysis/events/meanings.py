"""What sort of act it is: the frame's PLOVER type, or what refusing, announcing or preparing makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from detente.analysis.events.tenses import Standing
from detente.analysis.events.trees import Tree
from detente.analysis.events.triggers import Act
from detente.analysis.lexicon.frames import Controls
from detente.contracts import EventStatus, Plover

FRIENDLY = frozenset({
    Plover.AGREE, Plover.CONSULT, Plover.SUPPORT, Plover.CONCEDE, Plover.COOPERATE, Plover.AID, Plover.RETREAT,
})  # fmt: skip
FORCEFUL = frozenset({Plover.PROTEST, Plover.SANCTION, Plover.MOBILIZE, Plover.COERCE, Plover.ASSAULT})


@dataclass(frozen=True)
class Meaning:
    """What sort of act it is, and whether it happened."""

    plover: Plover
    status: EventStatus
    cameo: str | None


def meaning_of(tree: Tree, controls: Controls, act: Act, standing: Standing) -> Meaning:
    """The type that frame and standing make together.

    As the PLOVER codebook has it, refusing something friendly is REJECT, and force that its own actor announces is
    THREATEN; both have then happened. An attack that is only prepared is MOBILIZE. Help that stops is SANCTION, force that stops
    RETREAT.
    """
    kind, status = act.frame.plover, standing.status
    if standing.stopped and kind in FRIENDLY | FORCEFUL:
        return Meaning(Plover.SANCTION, status, "160") if kind in FRIENDLY else Meaning(Plover.RETREAT, status, "087")
    if kind in FRIENDLY:
        return _of_friendly(tree, controls, act, standing)
    if kind is Plover.ASSAULT and status is EventStatus.PLANNED and _is_prepared(tree, standing):
        return Meaning(Plover.MOBILIZE, EventStatus.HAPPENED, "150")
    if kind in FORCEFUL and standing.announced and status in (EventStatus.PLANNED, EventStatus.HYPOTHETICAL):
        return Meaning(Plover.THREATEN, EventStatus.HAPPENED, "130")
    return Meaning(kind, status, act.frame.cameo)


def _of_friendly(tree: Tree, controls: Controls, act: Act, standing: Standing) -> Meaning:
    kind, status = act.frame.plover, standing.status
    if standing.failed and kind is Plover.AGREE:
        return Meaning(Plover.REJECT, EventStatus.HAPPENED, "125")
    if standing.refused:
        return Meaning(Plover.REJECT, EventStatus.HAPPENED, "120")
    if kind is Plover.AID and status is EventStatus.HAPPENED and tree.lemmas[act.verb] in controls["commits"]:
        return Meaning(kind, EventStatus.PLANNED, act.frame.cameo)
    if standing.conditional and status is EventStatus.HYPOTHETICAL and _would(tree, act.verb):
        return Meaning(Plover.AGREE, status, "030")
    return Meaning(kind, status, act.frame.cameo)


def _is_prepared(tree: Tree, standing: Standing) -> bool:
    return any(tree.lemmas[verb] in ("prepare", "gear", "ready") for verb in standing.governed)


def _would(tree: Tree, verb: int) -> bool:
    return tree.has_kid_word(verb, ("aux",), frozenset({"would", "'d", "’d"}))
