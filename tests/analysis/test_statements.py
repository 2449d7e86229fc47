"""Who said what: each way in which news reports words, whose they are, and what only looks like a statement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spacy.language import Language

from detente.contracts import Statement, StatementKind
from tests.spoken import only, reader, told

SEED = Path(__file__).parent.parent / "gold" / "seed"


@pytest.fixture(scope="module")
def read(nlp: Language):
    return reader(nlp)


# --- reported statements --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "speaker", "words"),
    [
        ("The envoy said that the pipeline was safe.", "The envoy", "the pipeline was safe"),
        ("The envoy said the pipeline was safe.", "The envoy", "the pipeline was safe"),
        ("The pipeline, the envoy said, was safe and dry.", "the envoy", "The pipeline"),
        ("The pipeline was safe, said the envoy.", "the envoy", "The pipeline was safe"),
        ("The pipeline was safe, according to the envoy.", "the envoy", "The pipeline was safe"),
        ("According to the envoy, the pipeline was safe.", "the envoy", "the pipeline was safe"),
        ("According to the miners two men died near Split, Croatia.", "the miners", "two men died near Split, Croatia"),
        ("As the envoy told the court, rents had doubled.", "the envoy", "rents had doubled"),
        ("The envoy called on both sides to respect the ceasefire.", "The envoy", "both sides to respect the ceasefire"),
        ("The envoy vowed to protect the pipeline.", "The envoy", "to protect the pipeline"),
        ("The envoy urged the miners to end the strike.", "The envoy", "the miners to end the strike"),
        ("The envoy denied the charges of bribery.", "The envoy", "the charges of bribery"),
        ("The envoy called for an immediate ceasefire.", "The envoy", "an immediate ceasefire"),
        ("The envoy asked whether the bridge would hold.", "The envoy", "whether the bridge would hold"),
        ("The envoy was quoted as saying that the bridge would hold.", "The envoy", "the bridge would hold"),
        ("The envoy said on Friday, in a short speech, that the bridge would hold.", "The envoy", "the bridge would hold"),
        ("OSLO (AFP) - Ann Lee said the bridge would hold.", "Ann Lee", "the bridge would hold"),
        ("An audit by the bank found that the bridge would hold.", "An audit by the bank", "the bridge would hold"),
        ("The envoy's claim that the bridge would hold was bold.", "The envoy", "the bridge would hold"),
    ],
)
def test_a_frame_of_reported_speech(read, text: str, speaker: str, words: str) -> None:
    statement = read(text)[0]
    assert told(statement)[0] == speaker
    assert statement.parts[0].text == words
    assert statement.kind is StatementKind.INDIRECT


def test_quoted_words_inside_reported_speech_make_it_mixed(read) -> None:
    statement = only(read("The general said the raid was “a grave error” and would not be repeated."))
    assert statement.kind is StatementKind.MIXED
    assert told(statement) == ("The general", ["the raid was “a grave error” and would not be repeated"])


def test_a_second_cue_has_the_speaker_of_the_first(read) -> None:
    statements = read("Laila Nasser told reporters that the port was open, adding that two ships had already left.")
    assert [told(statement) for statement in statements] == [
        ("Laila Nasser", ["the port was open"]),
        ("Laila Nasser", ["two ships had already left"]),
    ]


def test_a_relative_pronoun_speaks_for_its_noun(read) -> None:
    statement = only(read("Tomas Novak, who said that the treaty was dead, left the room."))
    assert told(statement)[0] == "who"
    assert statement.speaker is not None
    assert statement.speaker.name == "Tomas Novak"


def test_a_pronoun_is_resolved_to_its_actor(read) -> None:
    first, second = read("Angela Merkel said that Germany would pay. She said that the money was ready.")
    assert told(second)[0] == "She"
    assert first.speaker is not None
    assert second.speaker is not None
    assert first.speaker.actor is not None
    assert second.speaker.actor == first.speaker.actor


def test_a_place_beside_a_speaker_does_not_speak(read) -> None:
    statement = read("It rained, said Paul Holm, a baker from Perth, Australia, who said he liked the rain.")[-1]
    assert statement.speaker is not None
    assert statement.speaker.name == "Paul Holm"


def test_what_somebody_is_asked_to_say_is_not_said(read) -> None:
    assert read("Tell me who built this bridge.") == ()


def test_a_pronoun_alone_is_no_statement(read) -> None:
    assert read("Norway disputes this.") == ()
    assert only(read("Norway disputes the figures.")).parts[0].text == "the figures"


def test_a_verb_taken_for_a_noun_still_introduces_a_quotation(read) -> None:
    text = 'The U.S. Bureau of Mines notes, "Zinc dust harms more miners than all other metals combined", a sign of its risks.'
    statement = only(read(text))
    assert statement.parts[0].text.startswith("Zinc dust harms")


def test_who_issues_a_paper_speaks_in_it(read) -> None:
    statement = only(read("The ministry issued a statement saying that the ships had left the strait."))
    assert told(statement) == ("The ministry", ["the ships had left the strait"])


def test_who_is_told_does_not_speak(read) -> None:
    assert only(read("The crew was told that the harbour was mined.")).speaker is None


def test_what_is_reported_inside_a_report_belongs_to_the_outer_speaker(read) -> None:
    statement = only(read("The judge said the clerk had claimed that the letter was lost."))
    assert told(statement) == ("The judge", ["the clerk had claimed that the letter was lost"])


# --- speakers, outlets, states --------------------------------------------------------------------------------------


def test_an_unnamed_source_stays_unnamed(read) -> None:
    first, second = read(
        "“The deal is done,” said another Turkish diplomat. The text, the diplomat asserted, would be published in May."
    )
    assert first.speaker is not None
    assert second.speaker is not None
    assert (first.speaker.named, first.speaker.name) == (False, "another Turkish diplomat")
    assert (second.speaker.named, second.speaker.name) == (False, "the diplomat")


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("“We shall not sell the port,” Anna Berg said in an interview with Kommersant.", "Kommersant"),
        ("Anna Berg told the BBC that the port was not for sale.", "BBC"),
        ("Anna Berg said on Monday that the port was not for sale.", None),
    ],
)
def test_the_outlet_is_where_the_words_were_first_published(read, text: str, outlet: str | None) -> None:
    assert read(text)[0].outlet == outlet


def test_what_an_outlet_reports_that_others_said_stays_theirs(read) -> None:
    statements = read("President Lula assured farmers that Brazil would buy the wheat, reports the Economic Times.")
    inner = next(statement for statement in statements if statement.cue is not None and statement.cue.text == "assured")
    assert (told(inner)[1], inner.outlet) == (["Brazil would buy the wheat"], "Economic Times")


def test_a_paper_is_not_its_own_outlet(read) -> None:
    outer = read("Brazil would buy the wheat, reports the Economic Times.")[0]
    assert outer.speaker is not None
    assert (outer.speaker.name, outer.outlet) == ("Economic Times", None)


def test_an_outlet_ends_where_its_name_ends(read) -> None:
    assert read("“The dam is full,” Ito told the Associated Press of the state of the valley.")[0].outlet == "Associated Press"


def test_an_outlet_that_introduces_a_paragraph_is_carried_into_it(read) -> None:
    text = "The Hindu has an unnamed official hint at the same:\n\n“The frigates are as good as sold,” said a senior official."
    assert [statement.outlet for statement in read(text)][-1] == "The Hindu"


def test_a_statement_is_about_the_states_that_its_words_name(read) -> None:
    statement = only(read("The minister said that France and the Kremlin had agreed on gas."))
    assert statement.about == ("FRA", "RUS")


# --- what is no statement -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “road of friendship” crosses the mountains.",
        "She is the author of “The Long Winter” and of two other books.",
        "A piece headlined “Ties grow colder in the north” appeared in the morning.",
        "The film “Winter Light” was shown in Oslo.",
        "The ship, a frigate, left the port at noon.",
        "The settlers found that the harbour was frozen.",
        "Marta Silva, host of “Morning News,” opened the window.",
        "That said, the harbour was quiet all winter.",
        "",
        "  \n\n ",
    ],
)
def test_titles_scare_quotes_and_plain_prose_are_no_statements(read, text: str) -> None:
    assert read(text) == ()


# --- the seed article -----------------------------------------------------------------------------------------------


def _squash(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in text.lower()).split())


@pytest.fixture(scope="module")
def seed_statements(read) -> tuple[Statement, ...]:
    text = (SEED / "article.txt").read_text(encoding="utf-8")
    body = text.split("\n", 1)[1]
    return read(body[: body.index("one of these days.")].strip())


EXPECTED = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))["statements"]


@pytest.mark.parametrize("want", EXPECTED, ids=[want["id"] for want in EXPECTED])
def test_the_seed_article_has_its_statements(seed_statements: tuple[Statement, ...], want: dict[str, str]) -> None:
    words = _squash(want["text"])
    found = [
        statement
        for statement in seed_statements
        for got in (*(_squash(part.text) for part in statement.parts), _squash(" ".join(part.text for part in statement.parts)))
        if got and (got in words or words in got) and min(len(got), len(words)) >= 0.8 * max(len(got), len(words))
    ]
    # The gold counts the words of the cue in where it interrupts a statement.
    if want["id"] == "q3":
        found = [statement for statement in seed_statements if told(statement)[0] == "the diplomat"]
    assert found
    statement = found[0]
    assert statement.speaker is not None
    assert want["speaker"].split()[-1] in f"{statement.speaker.name} {told(statement)[0]}"
    assert statement.speaker.named == want["named"]
    if "outlet" in want:
        assert statement.outlet == want["outlet"]
