"""The state of a leader whom the text names without saying of what, from the list of leaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.lexicon.leaders import fold, leaders

if TYPE_CHECKING:
    from datetime import date

    from detente.analysis.actors.marks import Draft
    from detente.analysis.lexicon.leaders import Spell

#: Roles that whoever leads a state has, in full: a “majority leader” and the “leader of a coalition” lead none.
_HEADS = frozenset(
    ("president", "prime minister", "premier", "chancellor", "king", "queen", "emperor", "emir", "sultan", "leader", "ayatollah")
)


def hint(person: Draft, words: tuple[str, ...], day: date | None) -> None:
    """Set the country of a person who leads a state or did, where the name tells which. `day` is the article's."""
    role = (person.role or "").removeprefix("former ")
    # What the model takes for a person may have no letters at all.
    found = _surely(words, is_head=role in _HEADS, day=day) if words else None
    if found is not None:
        person.country, person.hinted = found, True


def _surely(words: tuple[str, ...], *, is_head: bool, day: date | None) -> str | None:
    """The one country whose leader bears the name.

    A given name that the list has makes a name sure. A surname alone is sure where it is of those that point to one country at
    any time; with an office of a leader before it, where no other country had a leader of that name; and on a known day, where
    one leader of that name was in office.
    """
    folded = [fold(word) for word in words]
    spells = leaders().get(folded[-1], ())
    if len(folded) > 1:
        known = [spell for spell in (*spells, *leaders().get(folded[0], ())) if spell.given and spell.given.split()[0] in folded]
        if known:
            return _only(known, day)
        spells = tuple(spell for spell in spells if not spell.given or spell.alone)
    if is_head or (spells and all(spell.alone for spell in spells)):
        return _only(spells, day)
    on_day = [spell for spell in spells if day is not None and spell.covers(day)]
    return _only(on_day, day) if len(folded) == 1 else None


def _only(spells: tuple[Spell, ...] | list[Spell], day: date | None) -> str | None:
    """The country of the spells: of those on the day if there are such, else of all."""
    on_day = [spell for spell in spells if day is not None and spell.covers(day)]
    countries = {spell.country for spell in on_day or spells}
    return countries.pop() if len(countries) == 1 else None
