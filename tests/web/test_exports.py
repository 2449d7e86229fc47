"""Exports are pure: rows in, text out, in the words of others."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from detente.contracts import Plover, Span
from detente.exports.annotations import annotation_page
from detente.exports.codings import QUADS, ROOTS, cameo
from detente.exports.gdelts import COLUMNS, gdelt_lines, gdelt_row
from detente.exports.plovers import plover_record
from detente.exports.tables import csv_lines
from detente.storage import EventRow
from detente.storage.findings import ArticleFacts
from tests.readings import READER, make_article, make_event, make_reading, readings, span

ARTICLE = ArticleFacts("a", "Talks", "The Daily Test", "https://news.example/1", datetime(2024, 6, 15, 8, tzinfo=UTC), "en")


def make_row(**facts) -> EventRow:
    event = make_event(**facts)
    return EventRow(
        id="r:e1", reading_id="r", article=ARTICLE, day=date(2015, 2, 18), event=event, text="met", source_name="Russia",
        target_name=None, attributed_name=None,
    )  # fmt: skip


def test_every_type_has_a_quadrant_and_a_root():
    assert set(QUADS) == set(ROOTS) == set(Plover)
    assert {QUADS[Plover.CONSULT], QUADS[Plover.AID], QUADS[Plover.ACCUSE], QUADS[Plover.ASSAULT]} == {1, 2, 3, 4}


def test_a_code_that_is_not_sure_is_the_roots_own():
    assert cameo(make_event(cameo="042")) == "042"
    assert cameo(make_event(plover="THREATEN")) == "130"


def test_gdelt_has_61_columns_in_the_codebooks_order():
    assert len(COLUMNS) == 61
    places = {name: place for place, name in enumerate(COLUMNS)}
    assert [places[name] for name in ("GLOBALEVENTID", "SQLDATE", "Actor1Code", "Actor2Code", "EventCode", "QuadClass")] == [
        0,
        1,
        5,
        15,
        26,
        29,
    ]
    assert COLUMNS[-2:] == ("DATEADDED", "SOURCEURL")
    assert set(gdelt_row(make_row())) <= set(COLUMNS)


def test_gdelt_says_the_day_as_its_data_do():
    row = gdelt_row(make_row())
    assert [row[name] for name in ("SQLDATE", "MonthYear", "Year", "FractionDate")] == ["20150218", "201502", "2015", "2015.1315"]


@pytest.mark.parametrize(
    ("status", "lines"), [("happened", 1), ("ongoing", 1), ("planned", 0), ("cancelled", 0), ("denied", 0), ("hypothetical", 0)]
)
def test_gdelt_gets_what_took_place_alone(status, lines):
    assert gdelt_lines([make_row(status=status)]).count("\n") == lines


def test_gdelt_is_not_broken_by_what_an_article_says():
    row = make_row()
    broken = EventRow(**{**vars(row), "source_name": "a\tb\nc\u2028d"})
    [line] = gdelt_lines([broken]).splitlines()
    assert line.count("\t") == 60


def test_a_plover_record_says_its_status_and_leaves_out_what_is_not_known():
    record = plover_record(make_row(status="cancelled", target=None))
    assert (record["event"], record["status"], record["quadCode"]) == ("CONSULT", "cancelled", 1)
    assert record["source"] == [{"code": "RUS", "actorText": "Russia"}]
    assert "target" not in record


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_of_a_csv_is_a_formula(text):
    row = EventRow(**{**vars(make_row()), "text": text})
    assert f"'{text}" in csv_lines([row], EventRow)


def test_positions_are_code_points_and_quotations_have_what_stands_around_them():
    text = "😀 Nora Quill met Ivo Marsh."
    met = Span(start=13, end=16, text="met")
    reading = make_reading(make_article(text=text), events=(make_event(spans=(met,)),))
    [annotation] = annotation_page(reading, place="https://x/v1/readings/r")["items"]
    position, quote = annotation["target"][0]["selector"]
    assert text[position["start"] : position["end"]] == quote["exact"] == "met"
    assert quote["prefix"] + quote["exact"] + quote["suffix"] == text


def test_what_stands_in_the_title_has_no_position_in_the_text():
    spans = (Span(start=0, end=5, text="Talks", field="title"), span("Nora"))
    reading = make_reading(make_article(title="Talks fail"), events=(make_event(spans=spans),))
    title, body = annotation_page(reading, place="p")["items"][0]["target"]
    assert [selector["type"] for selector in title["selector"]] == ["TextQuoteSelector"]
    assert title["selector"][0]["suffix"] == " fail"
    assert [selector["type"] for selector in body["selector"]] == ["TextPositionSelector", "TextQuoteSelector"]


@given(readings)
def test_any_reading_has_a_page_of_annotations(reading):
    page = annotation_page(reading, place="p")
    json.dumps(page)
    assert len({item["id"] for item in page["items"]}) == len(page["items"])
    assert page["generator"]["name"] == f"{READER.name} {READER.version}"
