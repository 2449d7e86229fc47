"""`/v1/feeds`."""

from __future__ import annotations

import time

from detente.keys import Scope
from tests.web.conftest import Api, problem

URL = "https://news.example/feed.xml"
OPML = {"Content-Type": "text/x-opml"}


def test_a_feed_is_added_paused_polled_and_removed(idle_api: Api):
    key = idle_api.make_key(tenant="desk")
    added = idle_api.post("/v1/feeds", json={"url": URL, "outlet": "The Daily Test"}, key=key)
    assert (added.status_code, added.json()["state"], added.json()["tenant"]) == (201, "active", "desk")
    path = added.headers["Location"]
    again = idle_api.post("/v1/feeds", json={"url": URL, "title": "Another"})
    assert (again.status_code, again.headers["Location"], again.json()["title"]) == (200, path, None)
    assert idle_api.get(path).json()["last_polls"] == []
    assert [row["url"] for row in idle_api.get("/v1/feeds?limit=1").json()["rows"]] == [URL]
    assert idle_api.get("/v1/feeds?troubled=true").json() == {"rows": [], "next": None}
    assert idle_api.post(f"{path}/pause").json()["state"] == "paused"
    assert idle_api.get("/v1/feeds?state=paused").json()["rows"][0]["url"] == URL
    assert idle_api.post(f"{path}/resume").json()["state"] == "active"
    polled = idle_api.post(f"{path}/poll")
    assert polled.status_code == 202
    assert idle_api.get(polled.headers["Location"]).json()["kind"] == "detente.feed.poll"
    assert idle_api.get(f"{path}/entries").json() == {"rows": [], "next": None}
    assert idle_api.call("DELETE", path).status_code == 204
    for gone in (path, f"{path}/entries"):
        problem(idle_api.get(gone), 404, "unknown-feed")


def test_what_cannot_be_a_feed_is_told(idle_api: Api):
    for wrong in ({}, {"url": "ftp://x.example/"}, {"url": URL, "every": 5}, {"url": URL, "language": "English"}):
        problem(idle_api.post("/v1/feeds", json=wrong), 422, "request-invalid")
    for wrong, name in (("http://user:secret@x.example/", "request-invalid"), ("http://x.example:0/", "feed-invalid")):
        told = problem(idle_api.post("/v1/feeds", json={"url": wrong}), 422, name)
        assert "secret" not in str(told)
    problem(idle_api.post("/v1/feeds", data="<opml/>", headers=OPML), 415, "type-unsupported")


def test_lists_go_in_and_out_as_opml(idle_api: Api):
    text = '<opml><body><outline text="A &amp; B" xmlUrl="https://a.example/"/><outline type="rss" xmlUrl="x"/></body></opml>'
    told = idle_api.post("/v1/feeds/opml", data=text, headers=OPML).json()
    assert told["counts"] == {"added": 1, "known": 0, "wrong": 1}
    assert told["rows"][1]["reason"]
    out = idle_api.get("/v1/feeds/opml")
    assert out.headers["Content-Type"].startswith("text/x-opml")
    again = idle_api.post("/v1/feeds/opml", data=out.content, headers={"Content-Type": "application/xml"}).json()
    assert again["counts"]["known"] == len(again["rows"])
    problem(idle_api.post("/v1/feeds/opml", data="<html/>", headers=OPML), 422, "feed-invalid")
    problem(idle_api.post("/v1/feeds/opml", data=text, headers={"Content-Type": "application/json"}), 415, "type-unsupported")
    idle_api.call("DELETE", f"/v1/feeds/{told['rows'][0]['feed']}")


def test_a_hostile_list_is_refused_in_a_moment(idle_api: Api):
    many = "<opml><body>" + '<outline xmlUrl="https://a.example/"/>' * 100_000 + "</body></opml>"
    deep = "<opml><body>" + "<outline>" * 1_000_000
    bomb = '<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;"/></body></opml>'
    began = time.monotonic()
    for text in (many, deep, bomb):
        problem(idle_api.post("/v1/feeds/opml", data=text, headers=OPML), 422, "feed-invalid")
    assert time.monotonic() - began < 10


def test_readers_look_and_operators_change(idle_api: Api):
    reader = idle_api.make_key(Scope.READ)
    assert idle_api.get("/v1/feeds", key=reader).status_code == 200
    assert idle_api.get("/v1/feeds/opml", key=reader).status_code == 200
    problem(idle_api.post("/v1/feeds", json={"url": URL}, key=reader), 403, "scope-missing")
    problem(idle_api.post("/v1/feeds/opml", data="<opml/>", headers=OPML, key=reader), 403, "scope-missing")
