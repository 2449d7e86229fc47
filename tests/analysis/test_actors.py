"""Who is in an article: people with their country and role, organizations, and who later mentions are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.analysis.actors import find_actors
from detente.analysis.parses import parse_articles
from detente.contracts import ActorKind, Article

SEED = Path(__file__).parents[1] / "gold" / "seed"


def read(nlp, text, *, title=None, published_at=None):
    article = Article(id="x", title=title, text=text, text_sha256="0" * 64, published_at=published_at)
    parse = next(parse_articles([article], nlp))
    return parse, find_actors(parse)


def people(nlp, text, **facts):
    return {actor.name: actor for actor in read(nlp, text, **facts)[1].actors if actor.kind is ActorKind.PERSON}


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


# --- people ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "country", "role"),
    [
        ("Czech President Petr Pavel spoke.", "Petr Pavel", "CZE", "president"),
        ("The Czech president, Petr Pavel, spoke.", "Petr Pavel", "CZE", "president"),
        ("Petr Pavel, the Czech president, spoke.", "Petr Pavel", "CZE", "president"),
        ("Petr Pavel, president of the Czech Republic, spoke.", "Petr Pavel", "CZE", "president"),
        ("The Czech Republic's president, Petr Pavel, spoke.", "Petr Pavel", "CZE", "president"),
        ("Kenya's deputy defence minister, Amos Otieno, resigned.", "Amos Otieno", "KEN", "deputy defence minister"),
        ("Gen. Li Wei, China's chief of army staff, arrived.", "Li Wei", "CHN", "chief of army staff"),
        ("King Hassan of Morocco waited.", "Hassan", "MAR", "king"),
        ("British Foreign Secretary Jane Hartley flew home.", "Jane Hartley", "GBR", "foreign secretary"),
        ("U.S. Secretary of State Mary Cole called.", "Mary Cole", "USA", "secretary of state"),
        ("London Mayor Arthur Dunn objected.", "Arthur Dunn", "GBR", "mayor"),
        ("Germany's Anna Weber won.", "Anna Weber", "DEU", None),
        ("NATO Secretary General Lars Holm warned Russia.", "Lars Holm", None, "secretary general"),
        ("Afghan Ambassador to the United States Karim Noori spoke.", "Karim Noori", "AFG", "ambassador"),
        ("The Afghan ambassador to Japan, Karim Noori, spoke.", "Karim Noori", "AFG", "ambassador"),
        ("Ghana's coach Kofi Mensah spoke.", "Kofi Mensah", "GHA", "coach"),
        ("Sen. Mark Ruiz (R-Ariz.) agreed.", "Mark Ruiz", "USA", "sen."),
    ],
)
def test_a_person_gets_country_and_role_from_the_words_beside_the_name(nlp, text, name, country, role):
    person = people(nlp, text)[name]
    assert (person.country, person.role) == (country, role)


def test_a_director_of_an_institute_keeps_its_name_in_the_role(nlp):
    person = people(nlp, "Ivan Petrenko, director of the Institute for Strategic Studies, agreed.")["Ivan Petrenko"]
    assert person.role == "director of the Institute for Strategic Studies"


def test_an_expert_on_a_state_is_not_of_that_state(nlp):
    person = people(nlp, "Paula Green, an expert on Russia at Harvard, disagreed.")["Paula Green"]
    assert person.country is None


def test_an_ambassador_is_of_the_state_that_sent_him(nlp):
    person = people(nlp, "Brazil's ambassador to Japan, Paulo Reis, was expelled.")["Paulo Reis"]
    assert person.country == "BRA"


def test_a_counterpart_has_the_role_of_the_other(nlp):
    found = people(nlp, "Czech defence minister Petr Novak met his Iranian counterpart, Ali Karimi.")["Ali Karimi"]
    assert (found.country, found.role) == ("IRN", "defence minister")


def test_a_minister_without_a_state_is_of_the_one_that_acts_before(nlp):
    person = people(nlp, "France is ready to send troops, Defence Minister Luc Moreau said.")["Luc Moreau"]
    assert person.country == "FRA"


def test_a_minister_who_is_met_by_another_state_is_not_of_it(nlp):
    person = people(nlp, "France welcomed Defence Minister Luc Moreau.")["Luc Moreau"]
    assert person.country is None


# --- leaders --------------------------------------------------------------------------------------------------------


def test_a_leader_whose_name_is_borne_by_no_other_needs_no_date(nlp):
    assert people(nlp, "Putin called Lukashenko.")["Putin"].country == "RUS"


def test_an_ambiguous_surname_decides_nothing_without_a_date(nlp):
    assert people(nlp, "Sharif called the envoy and said he was sorry.")["Sharif"].country is None


def test_on_a_known_day_the_leader_of_that_name_is_meant(nlp):
    day = datetime(2014, 5, 1, tzinfo=UTC)
    assert people(nlp, "Mr. Sharif called the envoy.", published_at=day)["Sharif"].country == "PAK"


def test_the_text_overrides_the_list_of_leaders(nlp):
    text = "Merkel called. Austrian biologist Greta Merkel answered."
    assert people(nlp, text)["Greta Merkel"].country == "AUT"


def test_another_person_of_a_leaders_surname_is_not_the_leader(nlp):
    day = datetime(2020, 5, 1, tzinfo=UTC)
    assert people(nlp, "Wendy Johnson wrote a novel.", published_at=day)["Wendy Johnson"].country is None


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Defence Minister AK Antony spoke.", "AK Antony"),
        ("President F.W. de Klerk resigned.", "F.W. de Klerk"),
        ("Syrian President Bashar al-Assad spoke.", "Bashar al-Assad"),
        ("U.N. Secretary-General Ban Ki-moon spoke.", "Ban Ki-moon"),
        ("Mr Juan Manuel Santos's party won.", "Juan Manuel Santos"),
        ("Peace is far, writes Sadhana Chauhary in an analysis.", "Sadhana Chauhary"),
        ("The chief of staff, Ashraf Parvez Qureshi, went home.", "Ashraf Parvez Qureshi"),
        ("Ursula von der Leyen spoke.", "Ursula von der Leyen"),
    ],
)
def test_a_name_is_found_whole(nlp, text, name):
    assert name in people(nlp, text)


@pytest.mark.parametrize("text", ["The Clinton Foundation paid.", "Brexit hurts.", "The Obama Administration waited."])
def test_what_is_named_after_somebody_is_nobody(nlp, text):
    assert people(nlp, text) == {}


def test_a_sentence_full_of_names_is_no_headline(nlp):
    text = "Kamala Harris will meet Council President Charles Michel and Commission President Ursula von der Leyen in Brussels."
    assert {"Charles Michel", "Ursula von der Leyen"} <= people(nlp, text).keys()


def test_verbs_of_a_headline_are_no_part_of_a_name(nlp):
    found = people(nlp, "Angela Merkel waited.", title="Merkel Urges Reporters: Angela Merkel Leaves Early")
    assert found.keys() == {"Angela Merkel"}
    assert len(found["Angela Merkel"].mentions) == 3


def test_two_people_of_one_surname_stay_two(nlp):
    found = people(nlp, "Bill Clinton met Hillary Clinton. Mrs. Clinton laughed.")
    assert len(found) == 2
    assert len(found["Hillary Clinton"].mentions) == 2


def test_a_surname_in_the_title_joins_the_name_of_the_text(nlp):
    _, cast = read(nlp, "Angela Merkel of Germany met reporters.", title="Merkel Meets Reporters")
    person = next(actor for actor in cast.actors if actor.kind is ActorKind.PERSON)
    assert person.name == "Angela Merkel"
    assert [span.field for span in person.mentions] == ["title", "text"]


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
