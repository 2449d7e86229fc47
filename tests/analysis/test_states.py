"""Which states are named, by whatever name, and for which state a noun phrase acts."""

from __future__ import annotations

import re

import pytest

from detente.analysis.actors import find_actors
from detente.analysis.lexicon.actings import acting_nouns, situations
from detente.analysis.lexicon.countries import countries
from detente.analysis.lexicon.files import read_rows, split_names
from detente.analysis.lexicon.leaders import leaders
from detente.analysis.parses import parse_articles
from detente.contracts import Article

#: What has a code and no government of its own that the news would name by a capital or a people.
UNINHABITED = {"ATA", "ATF", "BVT", "HMD", "SGS", "UMI"}


def read(nlp, text, title=None):
    article = Article(id="x", title=title, text=text, text_sha256="0" * 64)
    parse = next(parse_articles([article], nlp))
    return parse, find_actors(parse)


def states(nlp, text):
    return {actor.country for actor in read(nlp, text)[1].actors if actor.country}


def states_at(nlp, text, word, nth=0):
    parse, cast = read(nlp, text)
    return cast.states_of([token for token in parse.doc if token.text == word][nth])


def kind_at(nlp, text, word):
    parse, cast = read(nlp, text)
    mention = cast.at(next(token for token in parse.doc if token.text == word))
    return mention and mention.kind


# --- the lexicon ----------------------------------------------------------------------------------------------------


def test_every_country_has_a_code_of_three_letters_and_a_name():
    assert len(countries()) >= 249
    assert all(re.fullmatch(r"[A-Z]{3}", code) and country.name for code, country in countries().items())
    assert {"XKX", "PSE", "TWN", "GRL", "HKG"} <= countries().keys()


def test_every_state_has_a_demonym_but_those_whose_people_share_one_or_have_none():
    shared = {"BES", "BLM", "COG", "DMA", "GGY", "JEY", "MAF", "SJM", "SPM", "SXM", "TCA", "WLF", "VAT"}
    assert {code for code, country in countries().items() if not country.demonyms} <= UNINHABITED | shared


def test_sovereign_states_have_a_capital_that_is_no_common_word():
    without = {code for code, country in countries().items() if not country.capitals}
    assert not without & {"RUS", "USA", "CHN", "GBR", "FRA", "DEU", "IND", "PAK", "IRN", "ISR", "UKR", "TUR", "KOR", "PRK", "XKX"}
    capitals = {name for country in countries().values() for name in country.capitals}
    assert not capitals & {"Male", "Nice", "Victoria", "Hamilton"}


@pytest.mark.parametrize("name", ["seats.csv", "organizations.csv", "places.csv"])
def test_every_named_place_and_body_is_of_a_known_country(name):
    rows = read_rows(name)
    assert {row["country"] for row in rows} - {""} <= countries().keys()
    assert all(split_names(row["names"]) for row in rows)


def test_every_leader_is_of_a_known_country_and_came_before_leaving():
    spells = [spell for of_name in leaders().values() for spell in of_name]
    assert {spell.country for spell in spells} <= countries().keys()
    assert all(not spell.ended or spell.began <= spell.ended + "-99" for spell in spells)


def test_no_noun_both_acts_and_is_a_situation():
    assert not (acting_nouns() & situations())


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Washington and the U.S. agreed; the US, America and the United States of America did too.", {"USA"}),
        ("The Kremlin answered. Moscow and the Russian Federation were silent. Russians waited.", {"RUS"}),
        ("A Briton, two Danes and some Finns met a Spaniard.", {"GBR", "DNK", "FIN", "ESP"}),
        ("The Élysée declined to comment on the Elysee's plans.", {"FRA"}),
        ("Downing Street and Whitehall disagreed.", {"GBR"}),
        ("The DPRK launched a missile.", {"PRK"}),
        ("North Korea and South Korea opened a hotline.", {"PRK", "KOR"}),
        ("The Democratic Republic of Congo accused Rwanda.", {"COD", "RWA"}),
        ("The Republic of Congo thanked Gabon.", {"COG", "GAB"}),
        ("Papua New Guinea and Guinea-Bissau joined.", {"PNG", "GNB"}),
        ("Niger accused a Nigerian company.", {"NER", "NGA"}),
        ("Hamas fired rockets and Hezbollah followed.", {"PSE", "LBN"}),
        ("The Soviet Union collapsed.", {"RUS"}),
        ("Kosovo and Taiwan are not members.", {"XKX", "TWN"}),
        ("Greenland held elections and Hong Kong did not.", {"GRL", "HKG"}),
        ("The Knesset debated for hours.", {"ISR"}),
        ("The Pentagon denied it.", {"USA"}),
        ("Sino-Indian trade grew.", {"CHN", "IND"}),
        ("U.S.-Soviet talks resumed.", {"USA", "RUS"}),
        ("The tunisian police met russian troops.", {"TUN", "RUS"}),
        ("RUSSIA AND CHINA SIGN PACT", {"RUS", "CHN"}),
    ],
)
def test_a_state_is_known_by_any_of_its_names(nlp, text, codes):
    assert states(nlp, text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "Tell us what you want from us.",
        "Ships crossed the Indian Ocean and the South China Sea.",
        "Oil was found in the Gulf of Mexico and the Persian Gulf.",
        "They ate Turkish delight in a Chinese restaurant.",
        "Chad Smith met Michael Jordan and Jordan Peterson.",
        "The man spoke in Russian and then answered in English.",
        "The United Nations and NATO met the European Union.",
        "The Washington Post and the Times of India reported it.",
        "Pro-Russian separatists met anti-American protesters.",
        "Iranian-backed militias fought Turkish-speaking villagers.",
        "African Americans and Latin Americans marched.",
        "It cost US $50 million.",
        "She will polish the silver and turkey will be served.",
    ],
)
def test_what_only_sounds_like_a_state_is_none(nlp, text):
    assert states(nlp, text) == set()


def test_georgia_among_american_states_is_no_country(nlp):
    assert states(nlp, "Republicans in Georgia and Alabama won; voters in Atlanta cheered.") == {"USA"}
    assert states(nlp, "Georgia asked NATO for help after Russian troops crossed into South Ossetia.") == {"GEO", "RUS"}


# --- places and metonyms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("The minister arrived in Moscow on Tuesday.", "Moscow", "place"),
        ("The king visited Islamabad.", "Islamabad", "place"),
        ("He flew to Ankara.", "Ankara", "place"),
        ("The envoy's trip to Tehran was short.", "Tehran", "place"),
        ("Moscow rejected the offer.", "Moscow", "metonym"),
        ("The attempts by Delhi failed.", "Delhi", "metonym"),
        ("Talks between Paris and Berlin stalled.", "Paris", "metonym"),
        ("Beijing's ties with Hanoi improved.", "Hanoi", "metonym"),
        ("He explained the plan to Cairo.", "Cairo", "metonym"),
        ("Floods struck Mumbai.", "Mumbai", "place"),
        ("Russian troops left.", "Russian", "demonym"),
        ("France agreed.", "France", "name"),
        ("They met in the Saudi capital, Riyadh.", "Riyadh", "place"),
        ("Bombs fell on the heart of Damascus.", "Damascus", "place"),
        ("It won the support of Damascus.", "Damascus", "metonym"),
        ("The Paris attacks shocked many.", "Paris", "place"),
    ],
)
def test_a_capital_is_a_place_where_people_go_and_a_government_where_it_acts(nlp, text, word, kind):
    assert kind_at(nlp, text, word) == kind


# --- phrases --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "codes"),
    [
        ("Russian troops crossed the border.", "troops", ("RUS",)),
        ("Pakistan's army chief resigned.", "chief", ("PAK",)),
        ("The government of Japan protested.", "government", ("JPN",)),
        ("Officials in Doha denied it.", "Officials", ("QAT",)),
        ("Security forces in Guinea opened fire.", "forces", ("GIN",)),
        ("A US-led coalition bombed the town.", "coalition", ("USA",)),
        ("A Greek-flagged tanker was seized.", "tanker", ("GRC",)),
        ("The Dutch-registered ship sank.", "ship", ("NLD",)),
        ("The U.S.-led force withdrew.", "force", ("USA",)),
        ("The Turkish and Greek foreign ministers met.", "ministers", ("TUR", "GRC")),
        ("The Turkish foreign minister spoke.", "minister", ("TUR",)),
        ("A group of Moroccan diplomats left.", "group", ("MAR",)),
        ("Hundreds of Syrians fled.", "Hundreds", ("SYR",)),
        ("Soldiers from Mali arrived.", "Soldiers", ("MLI",)),
        ("A spokesman for the Israeli prime minister confirmed it.", "spokesman", ("ISR",)),
        ("Bosnian Serbs rejected the map.", "Serbs", ("BIH",)),
        ("The Iraqi Kurds sought help.", "Kurds", ("IRQ",)),
        ("US officials complained.", "officials", ("USA",)),
        ("The Japan government protested.", "government", ("JPN",)),
        ("A group based in Trinidad claimed it.", "group", ("TTO",)),
        ("An Egyptian court freed a Lebanese banker's son.", "son", ("LBN",)),
        ("The Peruvian Congress voted.", "Congress", ("PER",)),
        ("Russian-Pakistani relations improved.", "relations", ("RUS", "PAK")),
        ("The White House warned Seoul.", "House", ("USA",)),
        ("The president of France resigned.", "president", ("FRA",)),
        ("Israeli tanks shelled the West Bank city.", "city", ("PSE",)),
        ("Its enemy, Pakistan, waited.", "enemy", ("PAK",)),
        ("Kenyan, Ugandan and South African troops arrived.", "troops", ("KEN", "UGA", "ZAF")),
        ("The Dane met his Iranian counterpart.", "counterpart", ("IRN",)),
        ("Israel's Syrian campaign failed.", "campaign", ("ISR",)),
        ("The ex-Ecuadorian minister fled.", "minister", ("ECU",)),
        ("The Jerusalem court ruled.", "court", ("ISR",)),
    ],
)
def test_a_phrase_acts_for_the_state_of_its_modifiers(nlp, text, word, codes):
    assert states_at(nlp, text, word) == codes


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Iranian-backed militias attacked.", "militias"),
        ("Pro-Russian separatists fired.", "separatists"),
        ("Troops in Afghanistan waited.", "Troops"),
        ("The talks on Syria failed.", "talks"),
        ("The Syrian war goes on.", "war"),
        ("The invasion of Ukraine continued.", "invasion"),
        ("The U.N. envoy to Yemen resigned.", "envoy"),
        ("The Syria envoy left.", "envoy"),
        ("The ethnic Albanian rebels withdrew.", "rebels"),
        ("A London-based newspaper reported it.", "newspaper"),
        ("Journalists who covered Iraq complained.", "Journalists"),
        ("The ex-Soviet republic waited.", "republic"),
        ("Islamic State commanders in Syria fled.", "commanders"),
        ("UN officials in Doha waited.", "officials"),
        ("France and its allies left.", "allies"),
        ("A US rival left.", "rival"),
        ("Lavrov's counterpart left.", "counterpart"),
    ],
)
def test_what_a_phrase_is_about_is_not_for_whom_it_acts(nlp, text, word):
    assert states_at(nlp, text, word) == ()


# --- pronouns and pairs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "codes"),
    [
        ("Germany said it would send help.", "it", ("DEU",)),
        ("Syria says it is willing to withdraw its troops.", "it", ("SYR",)),
        ("Syria says it is willing to withdraw its troops.", "troops", ("SYR",)),
        ("Palestinian leaders said they would boycott the talks.", "they", ("PSE",)),
        ("The Israeli minister said he would resign.", "he", ("ISR",)),
        ("Bosnian Serbs said their forces left.", "forces", ("BIH",)),
        ("Brazil recalled its ambassador.", "ambassador", ("BRA",)),
        ("Rain fell in Chad. Floods hit the country.", "country", ("TCD",)),
        ("Pakistan's worsening relations with Nepal have led it to look elsewhere.", "it", ("PAK",)),
    ],
)
def test_a_pronoun_stands_for_the_state_of_its_antecedent(nlp, text, word, codes):
    assert states_at(nlp, text, word) == codes


@pytest.mark.parametrize("text", ["It is clear that talks failed.", "It seems that talks failed."])
def test_an_empty_it_stands_for_nobody(nlp, text):
    assert states_at(nlp, f"Germany waited. {text}", "It") == ()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Egypt and Jordan signed. The two countries will open the border.", "The two countries"),
        ("Egypt met Jordan in June. Both sides were pleased.", "Both sides"),
        ("Egypt invited Jordan, and the neighbours agreed.", "the neighbours"),
    ],
)
def test_the_two_countries_are_the_two_last_named(nlp, text, phrase):
    _, cast = read(nlp, text)
    mention = next(mention for mention in cast.mentions if mention.kind == "pair")
    assert mention.span.text == phrase
    assert [cast.actor(id).country for id in mention.actors] == ["EGY", "JOR"]


def test_the_country_is_nobody_where_two_were_named(nlp):
    assert states_at(nlp, "Troops from Chad fled to Niger. They like the country.", "country") == ()


def test_the_two_countries_are_nobody_where_three_were_named(nlp):
    _, cast = read(nlp, "Egypt, Jordan and Syria met. The two countries agreed.")
    assert not [mention for mention in cast.mentions if mention.kind == "pair"]
