"""Who is in an article, who later mentions are, and what holds of any cast."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.analysis.actors import find_actors
from detente.analysis.parses import parse_articles
from detente.contracts import ActorKind, Article

SEED = Path(__file__).parents[1] / "gold" / "seed"


def read(nlp, text, *, title=None):
    article = Article(id="x", title=title, text=text, text_sha256="0" * 64)
    parse = next(parse_articles([article], nlp))
    return parse, find_actors(parse)


def speaker(nlp, text, word, nth=0):
    parse, cast = read(nlp, text)
    actor = cast.speaker_of([token for token in parse.doc if token.text == word][nth])
    return actor and actor.name


@pytest.fixture(scope="module")
def seed(nlp):
    title, _, text = (SEED / "article.txt").read_text(encoding="utf-8").partition("\n\n")
    return read(nlp, text, title=title)


# --- the seed article -----------------------------------------------------------------------------------------------


def test_every_person_of_the_seed_article_has_the_expected_country_and_role(seed):
    _, cast = seed
    found = {actor.name: (actor.country, actor.role) for actor in cast.actors if actor.kind is ActorKind.PERSON}
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))["people"]
    assert found == {person["name"]: (person["country"], person["role"]) for person in expected}


def test_every_capital_of_the_seed_article_gives_its_country(seed):
    _, cast = seed
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))["states_by_metonym"]
    countries = {mention.span.text: cast.actor(mention.actors[0]).country for mention in cast.mentions}
    for metonym in expected:
        assert countries[metonym["text"].removeprefix("the ")] == metonym["country"]


def test_the_two_countries_of_the_seed_article_are_russia_and_pakistan(seed):
    _, cast = seed
    pair = next(mention for mention in cast.mentions if mention.span.text == "the two countries")
    assert {cast.actor(id).country for id in pair.actors} == {"RUS", "PAK"}


# --- later mentions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "name"),
    [
        ("Petr Pavel arrived. He was tired.", "He", "Petr Pavel"),
        ("Petr Pavel said he was tired.", "he", "Petr Pavel"),
        ("Petr Pavel arrived. Pavel was tired.", "Pavel", "Petr Pavel"),
        ("Czech President Petr Pavel arrived. The president was tired.", "president", "Petr Pavel"),
        ("Anna Weber met Karl Braun. She was tired.", "She", "Anna Weber"),
        ("Anna Weber met Karl Braun. He was tired.", "He", "Karl Braun"),
        ("Czech President Petr Pavel arrived. The Czech leader was tired.", "leader", "Petr Pavel"),
        ("Czech President Petr Pavel met Anna Weber. The Czech president was tired.", "president", "Petr Pavel"),
        ("The coach, Anna Weber, rested. The coach said she was tired.", "she", "Anna Weber"),
        ("Her campaign manager, Karl Braun, spoke.", "manager", "Karl Braun"),
        ("Angela Merkel called. The German leader was tired.", "leader", "Angela Merkel"),
        ("Karl Braun hinted that Petr Pavel won, but he waits.", "he", "Karl Braun"),
        ("Mr. Okafor met Ms. Adeyemi. She was tired.", "She", "Adeyemi"),
    ],
)
def test_a_later_mention_joins_the_first(nlp, text, word, name):
    assert speaker(nlp, text, word, -1) == name


def test_the_minister_of_another_state_is_not_the_minister_named_before(nlp):
    text = "Czech minister Petr Novak arrived. The Polish minister was tired."
    assert speaker(nlp, text, "minister", -1) is None


def test_the_president_is_nobody_where_two_presidents_met(nlp):
    text = "Czech President Petr Pavel met Polish President Andrzej Duda. The president was tired."
    assert speaker(nlp, text, "president", -1) is None


def test_two_people_of_one_role_are_not_the_first_of_them(nlp):
    text = "Candidates Anna Weber and Karl Braun arrived. They were tired."
    assert speaker(nlp, text, "Candidates") is None
    assert speaker(nlp, text, "They") is None


def test_first_and_second_persons_are_nobody_here(nlp):
    assert speaker(nlp, "Petr Pavel arrived. I was tired.", "I") is None


# --- the cast -------------------------------------------------------------------------------------------------------


def test_ids_follow_the_first_mention_and_mentions_the_text(nlp):
    _, cast = read(nlp, "France met Germany. Germany met France.", title="Germany Waits")
    assert [(actor.id, actor.country) for actor in cast.actors] == [("a1", "DEU"), ("a2", "FRA")]
    assert [mention.span.field for mention in cast.mentions] == ["title"] + ["text"] * 4
    starts = [mention.span.start for mention in cast.mentions[1:]]
    assert starts == sorted(starts)


def test_an_organization_with_a_state_has_its_country_and_one_without_has_none(nlp):
    _, cast = read(nlp, "Hamas wrote to the IAEA.")
    assert {actor.name: actor.country for actor in cast.actors} == {"Hamas": "PSE", "International Atomic Energy Agency": None}


def test_mentions_within_a_stretch_lie_inside_it(nlp):
    parse, cast = read(nlp, "France met Germany in Rome.")
    assert [mention.span.text for mention in cast.within(parse.doc[0:3])] == ["France", "Germany"]


def test_an_unknown_actor_is_refused(nlp):
    _, cast = read(nlp, "France waited.")
    with pytest.raises(KeyError):
        cast.actor("a2")


MARKS = st.sampled_from(list(" .,-–'’“”\n()ABabPT"))
ODD = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), MARKS), max_size=80)
PIECES = "Putin the President of Russia 's - U.S. and he said two countries al Mr. in it which Ministry , ( R-Ky."
WORDS = st.lists(st.sampled_from(PIECES.split()), max_size=30).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(ODD, WORDS), title=st.one_of(st.none(), ODD, WORDS))
def test_every_mention_points_at_its_words_in_any_text(nlp, text, title):
    article = Article(id="x", title=title, text=text, text_sha256="0" * 64)
    parse = next(parse_articles([article], nlp))
    cast = find_actors(parse)
    for mention in cast.mentions:
        whole = text if mention.span.field == "text" else title
        assert whole[mention.span.start : mention.span.end] == mention.span.text
        assert all(cast.actor(id).mentions for id in mention.actors)
    for token in parse.doc:
        cast.states_of(token)
        cast.speaker_of(token)


@pytest.mark.parametrize("word", ["President ", "Putin ", "Russia, ", "he ", "U.S.-", "the two countries ", "“ ", "Russian and "])
def test_a_very_long_sentence_is_read_in_linear_time(nlp, word):
    text = word * (40_000 // len(word))
    article = Article(id="x", title=None, text=text, text_sha256="0" * 64)
    parse = next(parse_articles([article], nlp))
    started = process_time()
    cast = find_actors(parse)
    for token in parse.doc:
        cast.states_of(token)
    assert process_time() - started < 2
