"""Find what else reports the happening of an article that has been kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detente.analysis.happenings import MAX_DAYS_APART, find_gist, is_same_happening, likeness, rarities
from detente.contracts import Reading
from tasks.logs import fact
from tasks.services import Services


def place_in_happenings(readings: Sequence[Reading], services: Services, *, copies: Mapping[str, Sequence[str]]) -> None:
    """Put articles into the happenings that they report, with their copies. Done again, it changes nothing.

    As with stories, every article's gist is visible to all before anybody looks for others.
    """
    store = services.store
    latest = {reading.article.id: reading for reading in readings}
    days = store.article_days(latest)
    found = {id: find_gist(reading, day=days[id]) for id, reading in latest.items() if id in days}
    gists = {id: gist for id, gist in found.items() if gist}
    store.keep_gists(gists)
    for id, gist in gists.items():
        near = store.near(id, days=MAX_DAYS_APART)
        rarity = rarities(near.having, reports=near.reports)
        same = [other for other, theirs in near.gists.items() if is_same_happening(gist, theirs, rarity)]
        same.sort(key=lambda other: (-likeness(gist, near.gists[other], rarity), other))
        if same and (happening := store.join_happenings(id, same)):
            fact("happening_joined", article_id=id, happening_id=happening, reports=len(same))
    for id in latest:
        if copies.get(id):
            store.join_happenings(id, copies[id], longest=None)
