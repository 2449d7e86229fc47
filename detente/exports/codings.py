"""What PLOVER, CAMEO and GDELT call the same event."""

from __future__ import annotations

from detente.contracts import Event, EventStatus, Plover

#: PLOVER's four quadrants (codebook of 2021): verbal and material cooperation, verbal and material conflict.
QUADS: dict[Plover, int] = {
    **dict.fromkeys((Plover.AGREE, Plover.CONSULT, Plover.SUPPORT, Plover.CONCEDE), 1),
    **dict.fromkeys((Plover.COOPERATE, Plover.AID, Plover.RETREAT), 2),
    **dict.fromkeys((Plover.REQUEST, Plover.ACCUSE, Plover.REJECT, Plover.THREATEN), 3),
    **dict.fromkeys((Plover.PROTEST, Plover.SANCTION, Plover.MOBILIZE, Plover.COERCE, Plover.ASSAULT), 4),
}
#: CAMEO's root for each type, where the event has no code of its own (PLOVER manual, "CAMEO to PLOVER translation").
ROOTS: dict[Plover, str] = {
    Plover.AGREE: "03", Plover.CONSULT: "04", Plover.SUPPORT: "05", Plover.COOPERATE: "06", Plover.AID: "07",
    Plover.CONCEDE: "08", Plover.RETREAT: "08", Plover.REQUEST: "10", Plover.ACCUSE: "11", Plover.REJECT: "12",
    Plover.THREATEN: "13", Plover.PROTEST: "14", Plover.MOBILIZE: "15", Plover.SANCTION: "16", Plover.COERCE: "17",
    Plover.ASSAULT: "18",
}  # fmt: skip
#: What took place. Formats that cannot say "cancelled" get these alone, for a cancelled visit is never a visit.
TOOK_PLACE = (EventStatus.HAPPENED, EventStatus.ONGOING)


def cameo(event: Event) -> str:
    """The event's CAMEO code; where it is not sure, its root's "not specified below": 040."""
    return event.cameo or f"{ROOTS[event.plover]}0"
