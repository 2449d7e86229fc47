"""People: their names found whole, their state and role from the text, leaders by name and date."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detente.analysis.actors import find_actors
from detente.analysis.actors.hints import hint
from detente.analysis.actors.marks import Draft
from detente.analysis.parses import parse_articles
from detente.contracts import ActorKind, Article


def people(nlp, text, *, title=None, published_at=None):
    article = Article(id="x", title=title, text=text, text_sha256="0" * 64, published_at=published_at)
    cast = find_actors(next(parse_articles([article], nlp)))
    return {actor.name: actor for actor in cast.actors if actor.kind is ActorKind.PERSON}


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
    found = people(nlp, "Angela Merkel of Germany met reporters.", title="Merkel Meets Reporters")
    person = found["Angela Merkel"]
    assert len(found) == 1
    assert [span.field for span in person.mentions] == ["title", "text"]


def test_a_person_whose_name_has_no_letters_leads_no_state() -> None:
    person = Draft(kind=ActorKind.PERSON, name="1848")
    hint(person, (), None)
    assert person.country is None


def test_whom_somebody_met_is_not_that_somebody(nlp):
    person = people(nlp, "Kenya knew little of the Syrian refugees Anna Weber will admit.")["Anna Weber"]
    assert (person.country, person.role) == (None, None)


def test_a_pronoun_behind_a_quotation_is_nobody_named_in_it(nlp):
    found = people(nlp, "Tomas Novak lost on Monday. “Karel Hora will not win this race,” he said, and left.")
    assert [mention.text for mention in found["Tomas Novak"].mentions] == ["Tomas Novak", "he"]


def test_a_surname_that_means_one_leader_has_a_gender(nlp):
    found = people(nlp, "Paul Holm spoke in Lyon. “Look what Merkel has done,” he said of the leader's plan.")
    assert [mention.text for mention in found["Paul Holm"].mentions] == ["Paul Holm", "he"]


def test_who_is_named_in_full_is_not_taken_for_a_leader_of_that_surname(nlp):
    found = people(nlp, "Hillary Clinton spoke in Lyon. Clinton said that she would stay.")
    assert list(found) == ["Hillary Clinton"]
    assert [mention.text for mention in found["Hillary Clinton"].mentions] == ["Hillary Clinton", "Clinton", "she"]


def test_an_office_is_told_rather_than_that_somebody_leads(nlp):
    text = "Kenyan leader Amos Otieno flew home. Kenyan President Amos Otieno had met miners."
    assert people(nlp, text)["Amos Otieno"].role == "president"
