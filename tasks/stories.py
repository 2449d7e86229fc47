"""Find the story of an article that has been kept."""

from __future__ import annotations

from collections.abc import Sequence

from detente.analysis.stories import find_shingles, is_copy, sign
from detente.contracts import Article
from tasks.logs import fact
from tasks.services import Services


def place_in_stories(articles: Sequence[Article], services: Services) -> dict[str, list[str]]:
    """Put articles into the stories of their copies, and return these. Done again, it changes nothing.

    Every article's hashes are visible to all before anybody looks for copies. So of two workers that read two copies at the
    same moment at least one sees the other's, and joins the two.
    """
    store = services.store
    latest = {article.id: article for article in articles}
    store.sign_articles({id: sign(article.text).bands for id, article in latest.items()})
    joined: dict[str, list[str]] = {}
    for id, article in latest.items():
        shingles = find_shingles(article.text)
        found = store.texts(store.story_candidates(id))
        copies = [other for other, text in found.items() if is_copy(shingles, find_shingles(text))]
        if copies:
            joined[id] = copies
            story = store.join_stories([id, *copies])
            fact("story_joined", article_id=id, story_id=story, copies=len(copies))
    return joined
