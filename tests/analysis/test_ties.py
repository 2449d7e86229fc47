"""Ties: which way a relation is said to move, between whom, and who says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from spacy.language import Language

from detente.analysis.actors import find_actors
from detente.analysis.parses import Parse
from detente.analysis.ties import find_ties
from detente.contracts import Article, Span, Speaker, Statement, StatementKind, Tie

Find = Callable[..., tuple[Tie, ...]]


@pytest.fixture(scope="module")
def find(nlp: Language) -> Find:
    def find(text: str, *, title: str | None = None, statements: tuple[Statement, ...] = ()) -> tuple[Tie, ...]:
        parse = Parse(Article(id="a", title=title, text=text, text_sha256="0" * 64), nlp(text), nlp(title or ""))
        return find_ties(parse, find_actors(parse), statements)

    return find


ASSESSMENTS = [
    ("Relations between Chile and Peru have improved.", "CHL", "PER", "warming"),
    ("Relations between Chile and Peru soured after the raid.", "CHL", "PER", "cooling"),
    ("Kenya and Uganda have close ties.", "KEN", "UGA", "steady"),
    ("Norway enjoys friendly relations with Iceland.", "ISL", "NOR", "steady"),
    ("Turkey's deteriorating relations with Greece worry the alliance.", "GRC", "TUR", "cooling"),
    ("Vietnam is strengthening its ties with Japan.", "JPN", "VNM", "warming"),
    ("The quarrel has strained relations between Egypt and Sudan.", "EGY", "SDN", "cooling"),
    ("The Greek-Turkish rapprochement continued.", "GRC", "TUR", "warming"),
    ("The rift between Qatar and Bahrain deepened.", "BHR", "QAT", "cooling"),
    ("Belarus has moved closer to China.", "BLR", "CHN", "warming"),
    ("Hungary drifted away from Poland.", "HUN", "POL", "cooling"),
    ("Canada and India have drifted apart.", "CAN", "IND", "cooling"),
    ("Japan and the Philippines are growing closer.", "JPN", "PHL", "warming"),
    ("Ties between Mali and Niger are at their lowest point in years.", "MLI", "NER", "cooling"),
    ("Relations between Oman and Iran remain strong.", "IRN", "OMN", "steady"),
    ("Relations between Oman and Iran are destined to get worse.", "IRN", "OMN", "cooling"),
    ("A thaw between Armenia and Turkey is under way.", "ARM", "TUR", "warming"),
    ("Kenyan-Somali relations are frosty.", "KEN", "SOM", "cooling"),
    ("She wrote of “growing Kenya–Uganda ties”.", "KEN", "UGA", "warming"),
    ("US-Chinese tensions rose.", "CHN", "USA", "cooling"),
    ("The summit brought an improvement in relations between Mali and Algeria.", "DZA", "MLI", "warming"),
    ("Bilateral relations between Laos and China are at an all-time high.", "CHN", "LAO", "warming"),
    ("The two countries have strong ties, said the minister of Malta during a visit to Italy.", "ITA", "MLT", "steady"),
    ("Ethiopia’s relations with Egypt have been strained by the dam.", "EGY", "ETH", "cooling"),
    ("Ghana wants better relations with Togo.", "GHA", "TGO", "warming"),
    ("Frosty ties between Seoul and Tokyo thawed.", "JPN", "KOR", "warming"),
    ("Serbian-Croatian relations appear to be warming.", "HRV", "SRB", "warming"),
]


@pytest.mark.parametrize(("text", "one", "other", "direction"), ASSESSMENTS, ids=[row[0] for row in ASSESSMENTS])
def test_a_sentence_assesses_a_relation(find: Find, text: str, one: str, other: str, direction: str) -> None:
    assert [(tie.pair, tie.direction.value, tie.holder) for tie in find(text)] == [((one, other), direction, "author")]


@pytest.mark.parametrize(
    "text",
    [
        "Relations between Chile and Peru have not improved.",
        "If relations between Chile and Peru soured, trade would suffer.",
        "Chile and Peru held talks.",
        "He tied strong ropes between two poles.",
        "Closer to home, France voted.",
    ],
)
def test_what_is_denied_supposed_or_unsaid_is_no_tie(find: Find, text: str) -> None:
    assert find(text) == ()


def test_a_headline_counts_by_itself(find: Find) -> None:
    (tie,) = find("Nothing more was said.", title="Fearing Storms, Iceland Draws Closer To Norway")
    assert (tie.pair, tie.direction.value, tie.spans[0].field) == (("ISL", "NOR"), "warming", "title")


def test_one_assessment_told_twice_has_two_spans(find: Find) -> None:
    (tie,) = find("Relations between Chile and Peru improved. Last year ties between Peru and Chile improved further.")
    assert len(tie.spans) == 2


def test_a_speaker_holds_what_is_in_the_statement(find: Find) -> None:
    text = "“Relations between Chile and Peru have improved,” she said."
    part = Span(start=1, end=text.index(",”"), text=text[1 : text.index(",”")])
    speaker = Speaker(name="she", named=False)
    statement = Statement(id="s9", kind=StatementKind.DIRECT, parts=(part,), speaker=speaker, rule="test")
    assert [tie.holder for tie in find(text, statements=(statement,))] == ["s9"]


@pytest.mark.parametrize("text", ["", "ties " * 3_000, "Chad and Mali closer to " * 1_000, "“" * 2_000])
def test_no_text_is_too_odd_to_assess(nlp: Language, text: str) -> None:
    with nlp.select_pipes(disable=["ner"]):
        parse = Parse(Article(id="a", text=text, text_sha256="0" * 64), nlp(text), nlp(""))
    for tie in find_ties(parse, find_actors(parse), ()):
        assert all(text[span.start : span.end] == span.text for span in tie.spans)
