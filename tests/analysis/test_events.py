"""Events: sides, type and status of single sentences; dates, evidence and attribution of articles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from spacy.language import Language

from detente.analysis.actors import find_actors
from detente.analysis.events import code_events
from detente.analysis.parses import Parse
from detente.contracts import Article, Event, EventStatus, Plover, Span, Speaker, Statement, StatementKind

Code = Callable[..., tuple[Event, ...]]

#: A Wednesday.
PUBLISHED_AT = datetime(2024, 5, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def code(nlp: Language) -> Code:
    def code(
        text: str, *, title: str | None = None, statements: tuple[Statement, ...] = (), dated: bool = True
    ) -> tuple[Event, ...]:
        published_at = PUBLISHED_AT if dated else None
        article = Article(id="a", title=title, text=text, text_sha256="0" * 64, published_at=published_at)
        parse = Parse(article, nlp(text), nlp(title or ""))
        return code_events(parse, find_actors(parse), statements)

    return code


def told(events: tuple[Event, ...]) -> set[tuple[str | None, str | None, str, str]]:
    return {(event.source, event.target, event.plover.value, event.status.value) for event in events}


#: Sentence, source, target, type, status. "*" where two types are right.
SENTENCES = [
    ("The Hungarian foreign minister will visit Minsk next week.", "HUN", "BLR", "CONSULT", "planned"),
    ("Vietnam did not invade Laos.", "VNM", "LAO", "*", "denied"),
    ("Washington may impose sanctions on Caracas.", "USA", "VEN", "SANCTION", "hypothetical"),
    ("Ministers of Kenya and Tanzania met in Kampala.", "KEN", "TZA", "CONSULT", "happened"),
    ("The Belgian king put off his trip to Rabat.", "BEL", "MAR", "CONSULT", "cancelled"),
    ("Oslo called off talks with Tehran.", "NOR", "IRN", "CONSULT", "cancelled"),
    ("The planned summit between Serbia and Albania was postponed indefinitely.", "SRB", "ALB", "CONSULT", "cancelled"),
    ("Ankara denied shelling Syrian villages.", "TUR", "SYR", "ASSAULT", "denied"),
    ("No Polish weapons were delivered to Georgia, Warsaw said.", "POL", "GEO", "AID", "denied"),
    ("There were no talks between Havana and Madrid, officials said.", "CUB", "ESP", "CONSULT", "denied"),
    ("Beijing never recalled its ambassador from Canberra.", "CHN", "AUS", "SANCTION", "denied"),
    ("Paris could send troops to Niger if the junta falls.", "FRA", "NER", "MOBILIZE", "hypothetical"),
    ("If Hungary blocks the aid, Brussels may sanction Budapest.", "BEL", "HUN", "SANCTION", "hypothetical"),
    ("Sweden is likely to extradite two suspects to Turkey.", "SWE", "TUR", "COOPERATE", "hypothetical"),
    ("Peru is weighing a ban on Chilean wine.", "PER", "CHL", "SANCTION", "hypothetical"),
    ("Cairo is mulling whether to recall its ambassador from Addis Ababa.", "EGY", "ETH", "SANCTION", "hypothetical"),
    ("Finland plans to deliver howitzers to Estonia.", "FIN", "EST", "AID", "planned"),
    ("Italy has promised to send firefighters to Cyprus.", "ITA", "CYP", "AID", "planned"),
    ("The Greek premier is due in Sofia on Thursday for talks.", "GRC", "BGR", "CONSULT", "planned"),
    ("The Dutch foreign minister is scheduled to travel to Jakarta in May.", "NLD", "IDN", "CONSULT", "planned"),
    ("Bolivia is set to host the Paraguayan president on Friday.", "BOL", "PRY", "CONSULT", "planned"),
    ("India is going to lift its ban on Nepalese tea.", "IND", "NPL", "CONCEDE", "planned"),
    ("The Omani foreign minister is expected to meet his Yemeni counterpart in Geneva.", "OMN", "YEM", "CONSULT", "planned"),
    ("Morocco threatened to expel Spanish diplomats.", "MAR", "ESP", "THREATEN", "happened"),
    ("Tehran warned Baku that it would close the border.", "IRN", "AZE", "THREATEN", "happened"),
    ("Russia said it could halt gas supplies to Moldova.", "RUS", "MDA", "THREATEN", "happened"),
    ("Chad vowed to retaliate against Sudan.", "TCD", "SDN", "THREATEN", "happened"),
    ("Ethiopia refused to withdraw its troops from Somalia.", "ETH", "SOM", "REJECT", "happened"),
    ("Lebanon will not extradite the banker to France.", "LBN", "FRA", "REJECT", "happened"),
    ("Manila declined to hold talks with Beijing.", "PHL", "CHN", "REJECT", "happened"),
    ("Argentina has begun withdrawing its engineers from Haiti.", "ARG", "HTI", "RETREAT", "happened"),
    ("Turkish jets are bombing Kurdish camps in Iraq.", "TUR", "IRQ", "ASSAULT", "ongoing"),
    ("South Korea is holding naval drills with Japan.", "KOR", "JPN", "COOPERATE", "ongoing"),
    ("Angola thanked Portugal for training its police.", "PRT", "AGO", "COOPERATE", "happened"),
    ("Jordan praised Qatar for freeing the pilots.", "QAT", "JOR", "*", "happened"),
    ("Croatia was accused by Serbia of hiding suspects.", "SRB", "HRV", "ACCUSE", "happened"),
    ("A Danish freighter was seized by Iranian commandos.", "IRN", "DNK", "COERCE", "happened"),
    ("Ukrainian farmers protested outside the Polish embassy.", "UKR", "POL", "PROTEST", "happened"),
    ("Cuba's decision to recall its envoy from Quito was welcomed.", "CUB", "ECU", "SANCTION", "planned"),
    ("Canada's sanctions on Belarus took effect on Monday.", "CAN", "BLR", "SANCTION", "happened"),
    ("The visit by the Thai king to Bhutan ended on Sunday.", "THA", "BTN", "CONSULT", "happened"),
    ("The Saudi raid on Hodeidah in Yemen killed six people.", "SAU", "YEM", "ASSAULT", "happened"),
    ("Talks between Rome and Tripoli resumed on Monday.", "ITA", "LBY", "CONSULT", "happened"),
    ("Kazakhstan and Uzbekistan signed an accord on water.", "KAZ", "UZB", "AGREE", "happened"),
    ("Zambia signed a trade agreement with Malawi.", "ZMB", "MWI", "AGREE", "happened"),
    ("Norway agreed to share its catch with Russia.", "NOR", "RUS", "AGREE", "happened"),
    ("Denmark condemned Russia for jamming its signals.", "DNK", "RUS", "ACCUSE", "happened"),
    ("Austria summoned the Turkish ambassador.", "AUT", "TUR", "ACCUSE", "happened"),
    ("Egypt urged Sudan to reopen the crossing.", "EGY", "SDN", "REQUEST", "happened"),
    ("Berlin called on Belgrade to recognise Kosovo.", "DEU", "SRB", "REQUEST", "happened"),
    ("Nigeria demanded an apology from Libya.", "NGA", "LBY", "REQUEST", "happened"),
    ("Lithuania's president said Belarus must release the crew.", "LTU", "BLR", "REQUEST", "happened"),
    ("Venezuela massed troops along the Colombian border.", "VEN", "COL", "MOBILIZE", "happened"),
    ("Israel lifted the blockade of Gaza.", "ISR", "PSE", "*", "happened"),
    ("Iran freed three French hikers.", "IRN", "FRA", "CONCEDE", "happened"),
    ("Mali closed its border with Senegal.", "MLI", "SEN", "SANCTION", "happened"),
    ("Tunisia froze the assets of a Libyan bank.", "TUN", "LBY", "SANCTION", "happened"),
    ("Romania expelled a Russian attache.", "ROU", "RUS", "SANCTION", "happened"),
    ("Japan apologised to South Korea for the delay.", "JPN", "KOR", "SUPPORT", "happened"),
    ("China gave Pakistan a loan of two billion dollars.", "CHN", "PAK", "AID", "happened"),
    ("Germany supplied Ukraine with tanks.", "DEU", "UKR", "AID", "happened"),
    ("The Chinese president welcomed the Brazilian leader in Beijing.", "CHN", "BRA", "CONSULT", "happened"),
    ("Saudi Arabia recognised the Palestinian state.", "SAU", "PSE", "SUPPORT", "happened"),
    ("Kuwait would reopen its embassy only if Iraq paid its debts.", "KWT", "IRQ", "AGREE", "hypothetical"),
    ("Chile suspended its plan to buy gas from Bolivia.", "CHL", "BOL", "COOPERATE", "cancelled"),
    ("Slovakia abandoned plans to send jets to Ukraine.", "SVK", "UKR", "AID", "cancelled"),
    ("Iceland and Norway failed to agree on mackerel.", "ISL", "NOR", "REJECT", "happened"),
    ("Laos withdrew its complaint against Thailand.", "LAO", "THA", "CONCEDE", "happened"),
    ("A court in Minsk jailed two Polish teachers.", "BLR", "POL", "COERCE", "happened"),
    ("Bulgaria's parliament voted against the treaty with Turkey.", "BGR", "TUR", "REJECT", "happened"),
    ("Yemen's rebels fired missiles at Riyadh.", "YEM", "SAU", "ASSAULT", "happened"),
    ("Hungary vetoed EU aid to Ukraine.", "HUN", "UKR", "REJECT", "happened"),
    ("Qatar hosted talks between Chad and Sudan.", "QAT", "TCD", "CONSULT", "happened"),
    ("Ghana accepted an invitation from Togo.", "GHA", "TGO", "AGREE", "happened"),
    ("Australia's leader congratulated Fiji on its elections.", "AUS", "FJI", "SUPPORT", "happened"),
    ("Cambodia was invaded by Vietnam in 1978.", "VNM", "KHM", "COERCE", "happened"),
    ("Tehran insisted it had not attacked the Saudi refinery.", "IRN", "SAU", "ASSAULT", "denied"),
    ("The Kremlin denies having sent mercenaries to Mali.", "RUS", "MLI", "*", "denied"),
    ("Swiss diplomats never met the Libyan envoy, the ministry said.", "CHE", "LBY", "CONSULT", "denied"),
    ("Brussels shelved its plans to ban Chinese telephones.", "BEL", "CHN", "*", "cancelled"),
    ("Italy halted deliveries of grain to Tunisia.", "ITA", "TUN", "SANCTION", "happened"),
    ("Vietnam's premier has cut short a visit to Myanmar.", "VNM", "MMR", "CONSULT", "happened"),
    ("A visit to Tokyo by the Korean president was scrapped after the quarrel.", "KOR", "JPN", "CONSULT", "cancelled"),
    ("Norway and Denmark will sign a fisheries pact in Oslo on Friday.", "NOR", "DNK", "AGREE", "planned"),
    ("The Pentagon plans to sell fighter jets to Bahrain.", "USA", "BHR", "*", "planned"),
    ("Nigeria intends to send observers to Gambia.", "NGA", "GMB", "*", "planned"),
    ("Albania is ready to take in Afghan refugees.", "ALB", "AFG", "AID", "planned"),
    ("Latvia would close its border if Belarus sent more migrants.", "LVA", "BLR", "SANCTION", "hypothetical"),
    ("Unless Ethiopia stops filling the dam, Egypt may strike it.", "EGY", "ETH", "*", "hypothetical"),
    ("Azerbaijan might attack Armenia again, analysts fear.", "AZE", "ARM", "ASSAULT", "hypothetical"),
    ("Ghana is considering whether to recognise Western Sahara.", "GHA", "ESH", "SUPPORT", "hypothetical"),
    ("Canada is unlikely to lift its tariffs on Brazilian steel.", "CAN", "BRA", "CONCEDE", "hypothetical"),
    ("It is possible that Turkey will invade Syria.", "TUR", "SYR", "COERCE", "hypothetical"),
    ("Cyprus had threatened to veto Turkish membership.", "CYP", "TUR", "THREATEN", "happened"),
    ("North Korea fired a missile over Japan.", "PRK", "JPN", "*", "happened"),
    ("Guatemala opened an embassy in Jerusalem.", "GTM", "ISR", "*", "happened"),
    ("Greek coast guards fired on a Turkish cargo ship.", "GRC", "TUR", "ASSAULT", "happened"),
    ("Bosnia extradited a suspect to Montenegro.", "BIH", "MNE", "COOPERATE", "happened"),
    ("Hundreds of Iraqis stormed the Swedish embassy in Baghdad.", "IRQ", "SWE", "*", "happened"),
    ("South Africa's parliament condemned Zimbabwe for the arrests.", "ZAF", "ZWE", "ACCUSE", "happened"),
    ("Israel and Jordan exchanged prisoners.", "ISR", "JOR", "*", "happened"),
    ("New Zealand cut off aid to Tonga.", "NZL", "TON", "SANCTION", "happened"),
    ("Nicaragua broke off diplomatic relations with Ecuador.", "NIC", "ECU", "SANCTION", "happened"),
    ("Sri Lanka asked India for help.", "LKA", "IND", "REQUEST", "happened"),
    ("Thailand deported sixty Cambodian workers.", "THA", "KHM", "COERCE", "happened"),
    ("Poland put its troops on alert along the Belarusian border.", "POL", "BLR", "MOBILIZE", "happened"),
    ("Czech police arrested a Ukrainian smuggler in Brno.", "CZE", "UKR", "COERCE", "happened"),
    ("Moldova rejected Russian accusations.", "MDA", "RUS", "REJECT", "happened"),
    ("Panama and Honduras restored diplomatic relations.", "PAN", "HND", "SUPPORT", "happened"),
    ("Lebanon's army handed over two captives to Israel.", "LBN", "ISR", "*", "happened"),
    ("Britain and France have lifted their sanctions on Eritrea.", "GBR", "ERI", "CONCEDE", "happened"),
    ("Kyrgyz guards killed two Tajik shepherds.", "KGZ", "TJK", "ASSAULT", "happened"),
    ("Dutch engineers are helping Bangladesh to build dykes.", "NLD", "BGD", "AID", "ongoing"),
    ("The Japanese emperor began a state visit to Malaysia on Monday.", "JPN", "MYS", "CONSULT", "happened"),
    ("Uganda backed Kenya's bid for the seat.", "UGA", "KEN", "SUPPORT", "happened"),
    ("Syria complained to the UN about Turkish air raids.", "SYR", "TUR", "ACCUSE", "happened"),
    ("The Serbian president blamed Kosovo for the violence.", "SRB", "XKX", "ACCUSE", "happened"),
    ("Pakistan's foreign minister flew to Beijing for consultations.", "PAK", "CHN", "CONSULT", "happened"),
    ("After talks in Vienna, Iran agreed to admit French inspectors.", "IRN", "FRA", "AGREE", "happened"),
    ("Burundi let Rwandan refugees return home.", "BDI", "RWA", "*", "happened"),
    ("Taiwan scrambled jets after Chinese planes neared the island.", "TWN", "CHN", "MOBILIZE", "happened"),
    ("Algeria withdrew its ambassador from Paris in protest.", "DZA", "FRA", "SANCTION", "happened"),
    ("A Bolivian court convicted three Peruvian miners.", "BOL", "PER", "ACCUSE", "happened"),
]


@pytest.mark.parametrize(("text", "source", "target", "plover", "status"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_a_sentence_tells_who_did_what_to_whom(code: Code, text: str, source: str, target: str, plover: str, status: str) -> None:
    found = told(code(text))
    fitting = [row for row in found if row[:2] == (source, target) and row[3] == status]
    assert any(plover in (row[2], "*") for row in fitting), found


#: Nothing forceful happened in these.
HARMLESS = [
    "Islamabad denied that its troops had crossed into Afghanistan.",
    "Greece rejected reports that it had sold frigates to Egypt.",
    "Spain beat Mexico in the final.",
    "Brazil attacked from the start and Germany lost the match.",
    "Had Moscow not intervened, Turkey would have occupied the town.",
    "Malaysia scrapped a proposed visit by the Israeli team.",
    "The two sides failed to reach an agreement on fishing.",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_nothing_forceful_happens_in_sports_denials_and_what_did_not_come_about(code: Code, text: str) -> None:
    forceful = {Plover.ASSAULT, Plover.COERCE, Plover.SANCTION, Plover.MOBILIZE, Plover.AID, Plover.COOPERATE, Plover.RETREAT}
    assert not [event for event in code(text) if event.plover in forceful and event.status in ("happened", "ongoing")]


def test_a_cancelled_visit_is_not_a_visit(code: Code) -> None:
    events = code("The Finnish president cancelled his visit to Hungary.")
    assert told(events) == {("FIN", "HUN", "CONSULT", "cancelled")}


def test_the_place_of_a_meeting_is_no_party_to_it(code: Code) -> None:
    events = code("The ministers of Jordan and Iraq met in Doha.")
    assert {(event.source, event.target) for event in events} == {("JOR", "IRQ")}


def test_one_who_goes_instead_goes_where_the_other_was_to_go(code: Code) -> None:
    events = code("Kenya's president cancelled his visit to Rwanda last week. Kenya's foreign minister went instead.")
    assert told(events) == {("KEN", "RWA", "CONSULT", "cancelled"), ("KEN", "RWA", "CONSULT", "happened")}


def test_an_act_told_twice_is_one_event_with_two_spans(code: Code) -> None:
    text = "Latvia expelled a Belarusian diplomat on Monday. It rained. Latvia expelled the Belarusian consul after a quarrel."
    events = [event for event in code(text) if event.plover is Plover.SANCTION]
    assert len(events) == 1
    assert [span.text.split()[0] for span in events[0].spans] == ["Latvia", "Latvia"]


def test_a_headline_adds_its_span_to_the_event_of_the_body(code: Code) -> None:
    (event,) = code("Latvia has expelled a Belarusian consul.", title="Latvia expels Belarusian consul")
    assert [span.field for span in event.spans] == ["text", "title"]


def test_every_span_points_at_its_own_words(code: Code) -> None:
    text = "  Chad – angry – recalled its ambassador from Niger…\n\nNiger’s president said “Chad will regret it”."
    for event in code(text):
        assert all(text[span.start : span.end] == span.text for span in event.spans)


def test_three_signatories_are_three_pairs(code: Code) -> None:
    events = code("Kenya, Uganda and Rwanda signed a treaty.")
    assert {frozenset((event.source, event.target)) for event in events} == {
        frozenset(("KEN", "UGA")), frozenset(("KEN", "RWA")), frozenset(("UGA", "RWA")),
    }  # fmt: skip


def test_an_act_towards_nobody_the_text_places_has_a_null_target(code: Code) -> None:
    (event,) = code("The Bulgarian prime minister resigned.")
    assert (event.source, event.target, event.plover) == ("BGR", None, Plover.CONCEDE)


def test_a_partial_event_does_not_stand_beside_a_full_one_of_the_same_clause(code: Code) -> None:
    events = code("Peru expelled a Chilean diplomat and resigned itself to a dispute.")
    assert all(event.source and event.target for event in events)


def test_what_is_demanded_is_not_done(code: Code) -> None:
    events = code("Ghana urged Togo to release the fishermen.")
    assert told(events) == {("GHA", "TGO", "REQUEST", "happened")}


def test_a_thank_you_tells_of_the_help(code: Code) -> None:
    assert told(code("Samoa thanked Australia for sending doctors.")) == {("AUS", "WSM", "AID", "happened")}


def test_an_event_in_a_statement_is_attributed_to_it(code: Code) -> None:
    text = "Georgia freed two Russian pilots. Armenia attacked Turkey, he said."
    start = text.index("Armenia")
    part = Span(start=start, end=text.index(", he"), text=text[start : text.index(", he")])
    speaker = Speaker(name="he", named=False)
    statement = Statement(id="s1", kind=StatementKind.INDIRECT, parts=(part,), speaker=speaker, rule="test")
    attributed = {event.source: event.attributed_to for event in code(text, statements=(statement,))}
    assert attributed == {"GEO": None, "ARM": "s1"}


def test_last_week_is_resolved_against_the_day_of_publication(code: Code) -> None:
    (event,) = code("The Maltese premier visited Algeria last week.")
    assert event.date is not None
    assert (event.date.from_, event.date.to, event.date.text) == (date(2024, 5, 6), date(2024, 5, 12), "last week")


def test_a_planned_act_takes_the_next_such_day(code: Code) -> None:
    (event,) = code("The Maltese premier will visit Algeria on Tuesday.")
    assert event.date is not None
    assert event.date.from_ == date(2024, 5, 21)


def test_without_a_day_of_publication_a_date_keeps_its_words(code: Code) -> None:
    (event,) = code("The Maltese premier visited Algeria last week.", dated=False)
    assert event.date is not None
    assert (event.date.from_, event.date.to, event.date.text) == (None, None, "last week")


def test_the_day_of_saying_is_not_the_day_of_doing(code: Code) -> None:
    events = code("Spain said on Tuesday that it had freed four Moroccan sailors.")
    assert [event.date for event in events if event.plover is Plover.CONCEDE] == [None]


def test_intensity_follows_the_type_and_not_the_status(code: Code) -> None:
    done, denied = code("Libya attacked Malta."), code("Libya did not attack Malta.")
    assert done[0].intensity == denied[0].intensity == -9.3
    assert denied[0].status is EventStatus.DENIED


ODD = ["", "\u200b\ufeff", "“" * 2_000, "Chad and " * 3_000, "attacked " * 3_000, "Chad attacked Mali, " * 1_500]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_no_text_is_too_odd_to_code(nlp: Language, text: str) -> None:
    article = Article(id="a", text=text, text_sha256="0" * 64)
    with nlp.select_pipes(disable=["ner"]):
        parse = Parse(article, nlp(text), nlp(""))
    for event in code_events(parse, find_actors(parse), ()):
        assert all(text[span.start : span.end] == span.text for span in event.spans)
