"""From a URL to a reading, through real workers and past hosts that are slow, gone, or busy."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from detente.contracts import ExpirePages, FailureKind, FetchArticle, FetchedPage, JobState, ReadingStored
from detente.embedded import EmbeddedServer
from detente.errors import JobFailed
from tests.systems import System
from tests.waiting import wait_for
from tests.webs import Answer, Web, article_page, serving

WORDS = (
    "Norway recalled its ambassador from Minsk on Monday, the foreign ministry in Oslo said in a short statement.\n"
    "Belarus called the step unfriendly and said that it would answer in kind before the end of the week."
)
DELAY_S = 0.2


@pytest.fixture(scope="module")
def fetcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Two workers, each with two processes."""
    folder = tmp_path_factory.mktemp("fetcher")
    with EmbeddedServer(folder / "redis") as server:
        # Its workers may fetch from this machine, and wait little between two requests.
        settings = {"DETENTE_FETCH_NETWORKS": '["127.0.0.0/8"]', "DETENTE_FETCH_DELAY_S": str(DELAY_S)}
        system = System(server.url, f"sqlite:///{folder / 'detente.db'}", folder, settings)
        with closing(system), system.worker("w1"), system.worker("w2"):
            yield system


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def faults(fetcher: System, web: Web) -> list[FetchedPage]:
    return [page for page in fetcher.store.find_pages(failed=True).rows if page.url.startswith(f"{web.url}/")]


def test_a_url_goes_in_and_a_reading_comes_out(fetcher: System, web: Web) -> None:
    head = '<meta property="article:published_time" content="2024-01-15T09:00:00Z">'
    web.paths["/to"] = Answer(status=301, headers={"Location": "/a"})
    web.paths["/a"] = Answer(article_page(WORDS, head=head).encode("utf-16"), kind="text/html; charset=utf-16")
    stored = fetcher.client.submit(FetchArticle(url=f"{web.url}/to", outlet="The Daily Test", feed="f1")).result(timeout_s=60)
    read = fetcher.client.wait(stored.read, timeout_s=60)
    reading = fetcher.store.reading(ReadingStored.model_validate(read).reading_id)
    article = reading.article
    assert (article.id, article.url, article.outlet) == (f"{web.url}/a", f"{web.url}/a", "The Daily Test")
    assert article.published_at is not None
    assert f"{article.published_at:%Y-%m-%d}" == "2024-01-15"
    assert "recalled its ambassador from Minsk" in article.text
    assert {(event.source, event.target) for event in reading.events} == {("NOR", "BLR")}
    assert fetcher.client.submit(ExpirePages(after_days=1e-9)).result(timeout_s=60).deleted >= 1
    assert fetcher.store.page(f"{web.url}/to") is None
    assert fetcher.store.reading(ReadingStored.model_validate(read).reading_id) == reading


def test_what_is_gone_is_a_dead_letter_that_can_be_replayed_when_it_is_back(fetcher: System, web: Web) -> None:
    receipt = fetcher.client.submit(FetchArticle(url=f"{web.url}/late"))
    with pytest.raises(JobFailed, match="not_found") as failed:
        receipt.result(timeout_s=60)
    assert failed.value.kind == "PageRejected"
    wait_for(lambda: receipt.id in {record.id for record in fetcher.store.find_jobs(state=JobState.DEAD, limit=200).rows})
    [page] = faults(fetcher, web)
    assert (page.failure, page.status, page.job) == ("not_found", 404, receipt.id)
    web.paths["/late"] = Answer(article_page(WORDS))
    again = fetcher.cli("dead", "replay", receipt.id).stdout.decode().split()[-1]
    fetcher.client.wait(again, timeout_s=60)
    assert not faults(fetcher, web)


def test_a_busy_host_is_asked_again_when_it_said(fetcher: System, web: Web) -> None:
    asked: list[float] = []

    def busy(_: dict[str, str]) -> Answer:
        asked.append(time.monotonic())
        return Answer(status=503, headers={"Retry-After": "2"}) if len(asked) == 1 else Answer(article_page(WORDS))

    web.paths["/busy"] = busy
    receipt = fetcher.client.submit(FetchArticle(url=f"{web.url}/busy"))
    wait_for(lambda: receipt.status().state is JobState.RETRYING)
    assert "not_now" in receipt.status().error.message
    receipt.result(timeout_s=60)
    assert asked[1] - asked[0] >= 2
    assert [step.event for step in receipt.events()].count("retrying") == 1


def test_two_workers_ask_a_host_one_at_a_time_and_not_too_often(fetcher: System, web: Web) -> None:
    asked: list[float] = []
    at_once: list[int] = [0, 0]

    def page(_: dict[str, str]) -> Answer:
        asked.append(time.monotonic())
        at_once[0] += 1
        at_once[1] = max(at_once)
        time.sleep(0.05)
        at_once[0] -= 1
        return Answer(article_page(f"{WORDS}\nThis is report number {len(asked)} on the same happening."))

    web.paths |= {f"/{number}": page for number in range(12)}
    receipts = fetcher.client.submit_many([FetchArticle(url=f"{web.url}/{number}") for number in range(12)])
    for receipt in receipts:
        receipt.result(timeout_s=60)
    assert (len(asked), at_once[1]) == (12, 1)
    # Only the first and the last may come late after their turn, and bring the two nearer to each other.
    assert asked[-1] - asked[0] >= 11 * DELAY_S - 0.1


def test_of_many_pages_of_many_hosts_each_is_fetched_once_or_has_its_fault(fetcher: System) -> None:
    faults = {
        None: Answer(article_page(WORDS)),
        FailureKind.NOT_FOUND: Answer(status=404),
        FailureKind.NOT_AN_ARTICLE: Answer(b"%PDF-1.7", kind="application/pdf"),
        FailureKind.TOO_LARGE: Answer(gzip.compress(bytes(20_000_000)), headers={"Content-Encoding": "gzip"}),
        FailureKind.BAD_CHARSET: Answer(b"\xff\xfe" + b"\x00\xd8" * 50),
        FailureKind.PRIVATE_ADDRESS: Answer(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"}),
        FailureKind.PAYWALL: Answer(status=402),
    }
    with ExitStack() as open_webs:
        webs = [open_webs.enter_context(serving(f"127.0.1.{number}")) for number in range(1, 11)]
        asked = {f"{web.url}/{number}": kind for web in webs for number, kind in enumerate(faults)}
        for web in webs:
            web.paths = {f"/{number}": answer for number, answer in enumerate(faults.values())}
        receipts = dict(zip(asked, fetcher.client.submit_many([FetchArticle(url=url) for url in asked]), strict=True))
        wait_for(lambda: all(receipt.status().state.is_final for receipt in receipts.values()), timeout_s=60)
        assert [len(web.asked) for web in webs] == [len(faults) + 1] * len(webs)
    kept = {url: fetcher.store.page(url) for url in asked}
    assert {url: page and page.page.failure for url, page in kept.items()} == asked
    states = {url: JobState.DEAD if kind else JobState.DONE for url, kind in asked.items()}
    assert {url: receipt.status().state for url, receipt in receipts.items()} == states


def test_the_command_says_what_came_of_each_page(fetcher: System, web: Web) -> None:
    web.paths["/good"] = Answer(article_page(WORDS))
    web.paths["/pdf"] = Answer(b"%PDF-1.7", kind="application/pdf")
    shown = fetcher.cli("fetch", f"{web.url}/good", f"{web.url}/pdf", "--wait", "--json")
    good, bad = (json.loads(line) for line in shown.stdout.splitlines())
    assert shown.returncode == 1, shown.stderr
    assert fetcher.store.reading(good["reading"]).article.url == f"{web.url}/good"
    assert "not_an_article" in bad["error"]
    listed = [json.loads(line) for line in fetcher.cli("pages", "--failed", "--json").stdout.splitlines()]
    assert (f"{web.url}/pdf", "not_an_article") in {(page["url"], page["failure"]) for page in listed}
    assert f"{web.url}/good" not in {page["url"] for page in listed}
    table = fetcher.cli("pages", "--host", "127.0.0.1").stdout.decode()
    assert "not_an_article" in table
    assert "/good" in table


@pytest.mark.parametrize("arguments", [("ftp://news.example/a",), ("http://me:secret@news.example/",), ()])
def test_the_command_refuses_what_is_no_url(fetcher: System, arguments: tuple[str, ...]) -> None:
    shown = fetcher.cli("fetch", *arguments)
    assert shown.returncode in (1, 2)
    assert not shown.stdout
    assert not any(word in shown.stderr for word in (b"Traceback", b"secret"))
