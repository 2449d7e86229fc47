"""`/v1/statements`, `/v1/events`, `/v1/ties`, `/v1/readings`, and reviews."""

from __future__ import annotations

import csv
import io
import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime

import pytest

from detente.contracts import Actor, Speaker
from detente.keys import Scope
from tests.readings import make_article, make_event, make_reading, make_statement, make_tie
from tests.web.conftest import Api, problem

JUNE = datetime(2024, 6, 15, 12, tzinfo=UTC)
PUTIN = Actor(id="a1", name="Vladimir Putin", kind="person", country="RUS", role="president")


@pytest.fixture(scope="module", autouse=True)
def kept(idle_api: Api) -> None:
    """Two readings: one of many events, one of statements and ties."""
    statement = make_statement(
        kind="direct", speaker=Speaker(actor="a1", name="Putin", named=True), about=("PAK", "RUS"), outlet="Kommersant"
    )
    events = [make_event(f"e{n}", status=status) for n, status in enumerate(["happened", "cancelled", "planned", "ongoing"], 1)]
    article = make_article(
        "one", published_at=JUNE, title="=HYPERLINK(“x”)", outlet="The Daily Test", url="https://news.example/1"
    )
    ties = (make_tie("t1"), make_tie("t2", direction="cooling", pair=("IND", "RUS"), holder="s1"))
    reading = make_reading(
        article, actors=(PUTIN,), statements=(statement, make_statement("s2")), events=tuple(events), ties=ties
    )
    idle_api.system.store.keep_reading(reading, reading_id="one", job_id="one")
    later = make_article("two", published_at=datetime(2025, 1, 1, tzinfo=UTC))
    on = (date(2025, 2, 1), date(2025, 2, 3))
    reading = make_reading(later, events=(make_event("e1", source="IND", target=None, plover="ACCUSE", on=on),))
    idle_api.system.store.keep_reading(reading, reading_id="two", job_id="two")


def ids(api: Api, path: str, **others) -> list[str]:
    answer = api.get(path, **others)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["rows"]]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/v1/events?pair=RUS-PAK", ["one:e1", "one:e2", "one:e3", "one:e4"]),
        ("/v1/events?status=cancelled", ["one:e2"]),
        ("/v1/events?type=ACCUSE", ["two:e1"]),
        ("/v1/events?source=IND", ["two:e1"]),
        ("/v1/events?target=PAK&status=planned", ["one:e3"]),
        ("/v1/events?actor=IND", ["two:e1"]),
        ("/v1/events?since=2025-02-02", ["two:e1"]),
        ("/v1/events?until=2024-12-31&status=ongoing", ["one:e4"]),
        ("/v1/events?article=two", ["two:e1"]),
        ("/v1/events?reading=two", ["two:e1"]),
        ("/v1/statements?speaker=RUS", ["one:s1"]),
        ("/v1/statements?speaker=putin", ["one:s1"]),
        ("/v1/statements?about=PAK", ["one:s1"]),
        ("/v1/statements?kind=indirect", ["one:s2"]),
        ("/v1/statements?outlet=Kommersant", ["one:s1"]),
        ("/v1/ties?pair=RUS-IND", ["one:t2"]),
        ("/v1/ties?direction=warming", ["one:t1"]),
        ("/v1/ties?holder=author", ["one:t1"]),
        ("/v1/ties?holder=putin", ["one:t2"]),
    ],
)
def test_findings_are_found_by_who_what_and_when(idle_api: Api, path, found):
    assert ids(idle_api, path) == found


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events?status=canceled", "/v1/events?type=MEET", "/v1/events?source=Russia", "/v1/events?pair=RUS",
        "/v1/events?since=1718438400", "/v1/events?since=2024-13-01", "/v1/events?speaker=x", "/v1/statements?about=rus",
        "/v1/ties?direction=x", "/v1/ties?format=gdelt",
        "/v1/statements?speaker=", "/v1/ties?limit=1001", "/v1/events?since=2024-01-01&since=2025-01-01",
    ],
)  # fmt: skip
def test_a_question_that_is_misspelt_is_refused(idle_api: Api, path):
    problem(idle_api.get(path), 422, "request-invalid")


def test_a_row_has_its_evidence_its_article_and_who_alone_claims_it(idle_api: Api):
    [row] = idle_api.get("/v1/events?status=cancelled").json()["rows"]
    assert row["event"]["spans"][0]["text"] == row["text"] == "met"
    assert row["article"] == {
        "id": "one", "title": "=HYPERLINK(“x”)", "outlet": "The Daily Test", "url": "https://news.example/1",
        "published_at": "2024-06-15T12:00:00Z", "language": "en",
    }  # fmt: skip
    assert (row["day"], row["attributed_name"], row["reviews"]) == ("2024-06-15", None, [])


@pytest.mark.parametrize("format", ["json", "ndjson", "csv", "plover"])
def test_pages_hold_every_row_once_and_link_to_the_next(idle_api: Api, format):
    total = len(idle_api.get("/v1/events?limit=1000").json()["rows"])
    path, seen = f"/v1/events?limit=2&format={format}", 0
    for _ in range((total + 1) // 2):
        answer = idle_api.get(path)
        seen += len(answer.json()["rows"]) if format == "json" else len(answer.text.splitlines()) - (format == "csv")
        if "next" not in answer.links:
            break
        path = answer.links["next"]["url"].removeprefix(idle_api.url)
    assert seen == total >= 5
    assert "next" not in answer.links


@pytest.mark.parametrize("place", [None, [True] * 3, ["2024-01-01", "one", True], ["2024-01-01", "one", 2**40], [1, 1, 1]])
def test_a_cursor_that_no_page_gave_finds_no_page(idle_api: Api, place):
    cursor = urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=") if place else "nonsense"
    for path in ("/v1/statements", "/v1/events", "/v1/ties"):
        problem(idle_api.get(f"{path}?after={cursor}"), 404, "query-invalid")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"), ("*/*", "application/json"), ("text/*", "text/csv"), ("text/csv", "text/csv"),
        ("application/x-ndjson, application/json;q=0.5", "application/x-ndjson"),
        ("text/csv;q=0.1, application/json", "application/json"), ("application/json;q=0, */*", "application/x-ndjson"),
        ("application/vnd.plover+x-ndjson", "application/vnd.plover+x-ndjson"),
    ],
)  # fmt: skip
def test_the_caller_chooses_the_type(idle_api: Api, accept, kind):
    answer = idle_api.get("/v1/events", headers={"Accept": accept or "*/*"})
    assert answer.headers["Content-Type"].partition(";")[0] == kind
    assert answer.headers["Vary"] == "Accept"


def test_a_type_that_there_is_not_is_refused(idle_api: Api):
    for path in ("/v1/events", "/v1/readings/one"):
        problem(idle_api.get(path, headers={"Accept": "image/png"}), 406, "type-unavailable")


def test_csv_has_a_header_and_no_formula(idle_api: Api):
    rows = list(csv.DictReader(io.StringIO(idle_api.get("/v1/statements?format=csv&reading=one").text)))
    assert [row["id"] for row in rows] == ["one:s1", "one:s2"]
    assert rows[0]["article_title"] == "'=HYPERLINK(“x”)"
    assert (rows[0]["speaker_name"], rows[0]["speaker_country"], rows[0]["about"]) == ("Putin", "RUS", "PAK RUS")


def test_gdelt_has_no_visit_that_did_not_take_place(idle_api: Api):
    lines = idle_api.get("/v1/events?format=gdelt&reading=one").text.splitlines()
    assert len(lines) == 2
    assert {len(line.split("\t")) for line in lines} == {61}


def test_ndjson_has_a_finding_a_line(idle_api: Api):
    lines = idle_api.get("/v1/ties?format=ndjson").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["one:t1", "one:t2"]


def test_a_page_that_the_caller_has_is_not_sent_again(idle_api: Api):
    tag = idle_api.get("/v1/events").headers["ETag"]
    assert idle_api.get("/v1/events", headers={"If-None-Match": tag}).status_code == 304
    assert idle_api.get("/v1/events?limit=1", headers={"If-None-Match": tag}).status_code == 200


# --- readings ---


def test_a_reading_is_there_as_json_as_annotations_and_as_the_text_that_positions_count(idle_api: Api):
    reading = idle_api.get("/v1/readings/one").json()
    text = idle_api.get("/v1/readings/one", headers={"Accept": "text/plain"}).text
    page = idle_api.get("/v1/readings/one", headers={"Accept": "application/ld+json"})
    assert text == reading["article"]["text"]
    assert page.headers["Content-Type"] == 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
    assert page.json()["id"] == f"{idle_api.url}/v1/readings/one#annotations"
    assert len(page.json()["items"]) == 2 + 4 + 2


def test_an_unknown_reading_is_not_found(idle_api: Api):
    problem(idle_api.get("/v1/readings/nobody"), 404, "unknown-reading")


# --- reviews ---


def review(api: Api, id: str, verdict: str, **others):
    key = others.pop("key", "")
    return api.post(f"/v1/findings/{id}/review", json={"verdict": verdict, **others}, key=key)


def test_a_review_is_shown_with_the_finding_with_who_and_when(idle_api: Api):
    key = idle_api.make_key(Scope.SUBMIT, name="Nora Quill")
    answer = review(idle_api, "one:t1", "reject", note="That is the headline of another article.", key=key)
    assert answer.status_code == 201, answer.text
    review(idle_api, "one:t1", "note", note="Looked at again.")
    rejected, noted = next(row for row in idle_api.get("/v1/ties").json()["rows"] if row["id"] == "one:t1")["reviews"]
    assert rejected == answer.json()
    assert (rejected["verdict"], rejected["reviewed_by"], rejected["finding_id"]) == ("reject", "Nora Quill", "one:t1")
    assert (noted["verdict"], noted["note"]) == ("note", "Looked at again.")


def test_a_finding_that_is_not_there_cannot_be_reviewed(idle_api: Api):
    for id in ("one:t9", "nobody", "%00"):
        problem(review(idle_api, id, "accept"), 404, "unknown-finding")


@pytest.mark.parametrize(
    "body", [{}, {"verdict": "maybe"}, {"verdict": "accept", "by": "x"}, {"verdict": "note", "note": "x" * 10_001}]
)
def test_a_review_that_says_nothing_is_refused(idle_api: Api, body):
    problem(idle_api.post("/v1/findings/one:t1/review", json=body), 422, "request-invalid")
