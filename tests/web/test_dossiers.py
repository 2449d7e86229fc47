"""`/v1/dossiers`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.readings import make_article, make_event, make_reading
from tests.web.conftest import Api, problem


@pytest.fixture(scope="module", autouse=True)
def kept(idle_api: Api) -> None:
    article = make_article("dossier", published_at=datetime(2024, 6, 5, tzinfo=UTC), url="https://news.example/d")
    reading = make_reading(article, events=(make_event(source="FIN", target="EST"),))
    idle_api.system.store.keep_reading(reading, reading_id="dossier", job_id="dossier")


def test_a_dossier_is_json_with_its_sentences(idle_api: Api) -> None:
    found = idle_api.get("/v1/dossiers/FIN-EST").json()
    assert found["pair"] == ["EST", "FIN"]
    assert found["weeks"][0]["events"][0]["evidence"][0]["url"] == "https://news.example/d"


def test_a_browser_gets_a_page_that_runs_nothing(idle_api: Api) -> None:
    answer = idle_api.get("/v1/dossiers/EST-FIN", headers={"Accept": "text/html"})
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_what_is_no_pair_is_a_problem(idle_api: Api) -> None:
    problem(idle_api.get("/v1/dossiers/finland"), 422, "request-invalid")
    problem(idle_api.get("/v1/dossiers/EST-FIN?since=yesterday"), 422, "request-invalid")


def test_a_span_of_time_can_be_asked_for(idle_api: Api) -> None:
    assert idle_api.get("/v1/dossiers/EST-FIN?since=2025-01-01&until=2025-12-31").json()["weeks"] == []
