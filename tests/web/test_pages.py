"""`/v1/pages`, and jobs that fetch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detente.contracts import FailureKind, FetchedPage
from detente.storage.fetches import page_id
from tests.web.conftest import Api, problem

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def kept(idle_api: Api) -> None:
    for number, failure in enumerate((None, FailureKind.GONE, FailureKind.PAYWALL)):
        url = f"https://pages.example/{number}"
        page = FetchedPage(
            id=page_id(url), url=url, host="pages.example", tried_at=NOON + timedelta(minutes=number), job="j", failure=failure
        )  # fmt: skip
        idle_api.system.store.keep_page_failure(page)


def urls(api: Api, asked: str) -> list[str]:
    return [row["url"][-1] for row in api.get(f"/v1/pages?host=pages.example{asked}").json()["rows"]]


def test_pages_are_listed_with_why_they_failed(idle_api: Api) -> None:
    assert urls(idle_api, "") == ["2", "1", "0"]
    assert urls(idle_api, "&failed=true") == ["2", "1"]
    assert urls(idle_api, "&failure=gone") == ["1"]
    assert urls(idle_api, "&feed=f") == []


def test_a_part_leads_to_the_next(idle_api: Api) -> None:
    part = idle_api.get("/v1/pages?host=pages.example&limit=2").json()
    assert [row["failure"] for row in part["rows"]] == ["paywall", "gone"]
    rest = idle_api.get("/v1/pages", params={"host": "pages.example", "limit": 2, "after": part["next"]}).json()
    assert ([row["failure"] for row in rest["rows"]], rest["next"]) == ([None], None)


@pytest.mark.parametrize("asked", ["failure=tired", "failed=yes", "host=", "limit=0", "hots=a"])
def test_what_cannot_be_asked_is_a_problem(idle_api: Api, asked: str) -> None:
    problem(idle_api.get(f"/v1/pages?{asked}"), 422, "request-invalid")
    problem(idle_api.get("/v1/pages?after=nonsense"), 404, "query-invalid")


def test_a_page_is_put_in_line_to_be_fetched(idle_api: Api) -> None:
    answer = idle_api.post("/v1/jobs/detente.article.fetch", json={"url": "https://news.example/a"})
    assert answer.status_code == 202, answer.text
    record = idle_api.get(f"/v1/jobs/{answer.json()['id']}").json()
    assert (record["queue"], record["label"]) == ("fetch", {"url": "https://news.example/a"})


@pytest.mark.parametrize("url", ["ftp://news.example/", "http://me:secret@news.example/", "javascript:alert(1)"])
def test_what_is_no_url_to_fetch_is_refused_at_once(idle_api: Api, url: str) -> None:
    document = problem(idle_api.post("/v1/jobs/detente.article.fetch", json={"url": url}), 422, "request-invalid")
    assert "secret" not in str(document)
