"""`/v1/stories` and `/v1/happenings`."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from detente.contracts.happenings import Gist
from tests.readings import make_article, make_reading
from tests.web.conftest import Api, problem

DAY = date(2024, 6, 5)


@pytest.fixture(scope="module", autouse=True)
def kept(idle_api: Api) -> None:
    store, noon = idle_api.system.store, datetime(2024, 6, 5, 12, tzinfo=UTC)
    for id in ("copy-1", "copy-2", "own-words"):
        article = make_article(id, published_at=noon, outlet=f"Outlet {id}")
        store.keep_reading(make_reading(article), reading_id=id, job_id=id)
    store.sign_articles({"copy-1": (1, 2), "copy-2": (1, 2), "own-words": (3,)})
    store.join_stories(["copy-1", "copy-2"])
    store.keep_gists({id: Gist(day=DAY, pairs=("EST-ISL",), words={"x": 1.0}) for id in ("copy-1", "copy-2", "own-words")})
    store.join_happenings("copy-1", ["copy-2", "own-words"])


def test_copies_are_one_story_and_reports_one_happening(idle_api: Api) -> None:
    [story] = idle_api.get("/v1/stories").json()["rows"]
    assert [source["article_id"] for source in story["sources"]] == ["copy-1", "copy-2"]
    [happening] = idle_api.get("/v1/happenings?pair=ISL-EST").json()["rows"]
    assert (happening["id"], happening["articles"]) == (story["happening"], 3)
    assert [len(one["sources"]) for one in happening["stories"]] == [2, 1]


def test_one_is_found_by_its_id(idle_api: Api) -> None:
    [story] = idle_api.get("/v1/stories").json()["rows"]
    assert idle_api.get(f"/v1/stories/{story['id']}").json() == story
    assert idle_api.get(f"/v1/happenings/{story['happening']}").json()["pairs"] == ["EST-ISL"]
    problem(idle_api.get("/v1/stories/st-nothing"), 404, "unknown-story")
    problem(idle_api.get("/v1/happenings/hp-nothing"), 404, "unknown-happening")


@pytest.mark.parametrize("path", ["stories?since=2999-01-01", "stories?sources=3", "happenings?since=2024-06-06",
                                  "happenings?reports=4", "happenings?pair=EST-SWE"])  # fmt: skip
def test_filters_leave_others_out(path: str, idle_api: Api) -> None:
    assert idle_api.get(f"/v1/{path}").json()["rows"] == []


def test_one_page_leads_to_the_next(idle_api: Api) -> None:
    for noun, filters in (("stories", {"sources": 1}), ("happenings", {"reports": 1})):
        first = idle_api.get(f"/v1/{noun}", params={**filters, "limit": 1}).json()
        while first["next"]:
            following = idle_api.get(f"/v1/{noun}", params={**filters, "limit": 1, "after": first["next"]}).json()
            assert following["rows"][0]["id"] != first["rows"][0]["id"]
            first = following
        problem(idle_api.get(f"/v1/{noun}?after=nonsense"), 404, "query-invalid")
        problem(idle_api.get(f"/v1/{noun}?hots=a"), 422, "request-invalid")
