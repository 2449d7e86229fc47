"""The seed article is read as a person read it."""

from __future__ import annotations

import pytest
from spacy.language import Language

from detente.analysis.readings import read_article
from detente.contracts import ReadArticle, Reading
from tests.gold.scores import check_seed, load_seed


@pytest.fixture(scope="module")
def reading(nlp: Language) -> Reading:
    return read_article(ReadArticle(text=load_seed()[0]), nlp)


def test_the_seed_article_is_read_as_a_person_read_it(reading: Reading) -> None:
    assert [check.name for check in check_seed(reading, load_seed()[1]) if check.must and not check.ok] == []


def test_the_checks_fail_on_a_reading_without_findings(reading: Reading) -> None:
    empty = reading.model_copy(update={"actors": (), "statements": (), "events": (), "ties": ()})
    checks = check_seed(empty, load_seed()[1])
    assert [check.name for check in checks if check.ok][5:] == ["every span points at its own words"]
    assert len(checks) > 60
