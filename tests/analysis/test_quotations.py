"""Words in quotation marks: how marks pair, and to whom the words between them belong."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from detente.analysis.actors import Cast
from detente.analysis.lexicon.cues import load_cues
from detente.analysis.statements import find_statements
from detente.contracts import StatementKind
from tests.spoken import only, parse, reader, told


@pytest.fixture(scope="module")
def read(nlp: Language):
    return reader(nlp)


# --- quotation marks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opens", "closes"),
    [('"', '"'), ("“", "”"), ("“", '"'), ('"', "”"), ("''", "''"), ("``", "''"), ("«", "»"), ("„", "“"), ("‘", "’"), ("'", "'")],
)
def test_every_style_of_marks_is_a_quotation_without_its_marks(read, opens: str, closes: str) -> None:
    statement = only(read(f"{opens}The border stays open for trade,{closes} the minister said on Monday."))
    assert told(statement) == ("the minister", ["The border stays open for trade,"])
    assert statement.kind is StatementKind.DIRECT


def test_apostrophes_are_no_marks(read) -> None:
    statement = only(read("‘The workers’ council won’t meet before the ’90s files are opened,’ Mr Okafor said."))
    assert told(statement)[1] == ["The workers’ council won’t meet before the ’90s files are opened,"]


def test_a_quotation_inside_a_quotation_belongs_to_the_outer_one(read) -> None:
    statement = only(read("“Our neighbours told us ‘wait until spring’ and we waited,” said Marta Silva."))
    assert told(statement) == ("Marta Silva", ["Our neighbours told us ‘wait until spring’ and we waited,"])


def test_a_quotation_over_two_paragraphs_is_one_statement(read) -> None:
    text = "Ms Okoye said: “The dam is full. We have told our neighbours so.\n\n“They will have their share of the water in May.”"
    statement = only(read(text))
    assert told(statement)[0] == "Ms Okoye"
    assert statement.parts[0].text.startswith("The dam is full.")
    assert statement.parts[-1].text.endswith("of the water in May.")


def test_one_odd_mark_loses_no_other_quotation(read) -> None:
    text = (
        'The 5" pipe “leaks, an engineer of the plant wrote in his report.\n\n'
        "“We shall repair it this week,” said Anna Berg.\n\n“Nobody was hurt,” said Jan Novak."
    )
    assert [told(statement) for statement in read(text)][-2:] == [
        ("Anna Berg", ["We shall repair it this week,"]),
        ("Jan Novak", ["Nobody was hurt,"]),
    ]


def test_sentences_inside_one_pair_of_marks_stay_together(read) -> None:
    statement = only(read("Mr Haddad said: “The road is closed. It will open in June. Drivers must wait.”"))
    assert told(statement) == ("Mr Haddad", ["The road is closed. It will open in June. Drivers must wait."])


# --- direct statements ----------------------------------------------------------------------------------------------


def test_an_interrupted_quotation_has_one_speaker(read) -> None:
    statements = read("“The talks were long,” Elena Petrova said, “but they were worth the time.”")
    assert {told(statement)[0] for statement in statements} == {"Elena Petrova"}
    assert [part for statement in statements for part in told(statement)[1]] == [
        "The talks were long,",
        "but they were worth the time.",
    ]


def test_a_quotation_without_a_cue_goes_on_with_the_last_speaker(read) -> None:
    first, second = read("“We signed nothing,” said Omar Haddad. “The paper that you saw is an old draft.”")
    assert told(second) == ("Omar Haddad", ["The paper that you saw is an old draft."])
    assert first.speaker is not None
    assert second.speaker is not None
    assert second.speaker.name == first.speaker.name


def test_a_question_keeps_its_asker(read) -> None:
    assert told(only(read("“When will the rice arrive?” Aisha Bello asked."))) == ("Aisha Bello", ["When will the rice arrive?"])


def test_a_colon_introduces_a_quotation_in_the_next_paragraph(read) -> None:
    statement = only(read('Bello agrees:\n\n"The harbour must stay neutral, whoever pays for the cranes."'))
    assert told(statement) == ("Bello", ["The harbour must stay neutral, whoever pays for the cranes."])


def test_a_verb_that_the_lexicon_lacks_can_stand_beside_a_quotation(read) -> None:
    assert "surmise" not in load_cues().verbs
    assert told(only(read("“The fleet will not sail before the thaw,” she surmised.")))[0] == "she"


def test_a_block_without_marks_ends_where_the_article_speaks_again(read) -> None:
    text = (
        "The treaty is dead in all but name, writes Helga Brandt in an essay for Le Monde:\n\n"
        "Both capitals stopped the inspections years ago, and neither has asked for them since then. What is left is a paper.\n\n"
        "A paper can still be useful, since it keeps alive what both sides once held possible.\n\n"
        "Brandt adds that new talks could start in Vienna."
    )
    block = next(statement for statement in read(text) if statement.rule == "block")
    assert told(block)[0] == "Helga Brandt"
    assert [part.text.split()[0] for part in block.parts] == ["Both", "A"]
    assert block.outlet == "Le Monde"


def test_a_transcript_is_the_words_of_those_who_take_turns(read) -> None:
    text = "BERG: Who will pay for the bridge?\n\nOKAFOR: Both towns will. I think that it is fair.\n\nBERG: And when?"
    statements = read(text)
    assert [told(statement) for statement in statements] == [
        ("BERG", ["Who will pay for the bridge?"]),
        ("OKAFOR", ["Both towns will. I think that it is fair."]),
        ("BERG", ["And when?"]),
    ]


def test_one_heading_in_capitals_is_no_transcript(read) -> None:
    assert read("UPDATE: The bridge is open.\n\nIt was closed for a week.") == ()


def test_a_name_and_a_colon_introduce_a_quotation(read) -> None:
    assert told(only(read("President Berg: “We shall build no wall.”"))) == ("President Berg", ["We shall build no wall."])


def test_the_speaker_of_the_sentence_before_goes_on(read) -> None:
    statements = read("“It rains,” said Jan Novak.\n\nLaila Nasser said that the fields were dry. “We need every drop of it.”")
    assert told(statements[-1]) == ("Laila Nasser", ["We need every drop of it."])


# --- hostile input --------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    ["said ", "he ", "“", "”", '"', "'", "’", "«", "»", "''", ", ", ". ", ": ", "\n\n", "\n", "according to ", "Ito ", "that "]
)


@settings(max_examples=60, deadline=None)
@given(text=st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=60).map("".join)))
def test_every_span_points_at_its_own_words(nlp: Language, text: str) -> None:
    for statement in find_statements(parse(text, nlp), Cast((), ())):
        speaker = statement.speaker.span if statement.speaker else None
        for span in (*statement.parts, statement.cue, speaker):
            assert span is None or text[span.start : span.end] == span.text
        assert all(part.text.strip() for part in statement.parts)


@pytest.mark.parametrize(
    "text",
    ['"' * 10_000, "“" * 1_500, "' " * 1_500, '"a" ' * 1_000, "he said, " * 1_500, "the minister told the king that " * 1_000],
    ids=["straight", "curly", "apostrophes", "pairs", "asides", "one sentence"],
)
def test_time_grows_with_the_length_of_the_text_alone(nlp: Language, text: str) -> None:
    parsed = parse(text, nlp)
    started = process_time()
    find_statements(parsed, Cast((), ()))
    # A quadratic rule takes tens of seconds here; a linear one a few tenths of one.
    assert process_time() - started < 3
