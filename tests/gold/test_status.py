"""Whether an act happened, was planned, cancelled, denied or only thought of: forty sentences."""

from __future__ import annotations

from collections import Counter

from spacy.language import Language

from detente.analysis.readings import read_articles
from detente.contracts import ReadArticle, Reading
from tests.gold.scores import load_status, score_status

#: The least share of sentences with pair, type and status right. `make eval` holds the figure reached.
LEAST = 0.9


def test_most_acts_get_their_pair_type_and_status_right(nlp: Language) -> None:
    rows = load_status()
    outcomes = read_articles([ReadArticle(id=row["id"], text=row["text"]) for row in rows], nlp)
    scores = [score_status(row, out) for row, out in zip(rows, outcomes, strict=True) if isinstance(out, Reading)]
    total = sum(scores, Counter())
    assert total["expected"] == len(rows) == 40
    assert total["status"] >= LEAST * total["expected"]


def test_a_reading_without_findings_scores_nothing() -> None:
    score = score_status(load_status()[0], None)
    assert (score["expected"], score["found"], score["status"]) == (1, 0, 0)
