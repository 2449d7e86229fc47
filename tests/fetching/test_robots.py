"""What robots.txt says is asked once and kept to, by all workers together."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from detente.client import Client
from detente.embedded import EmbeddedServer
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import FetchOptions
from detente.fetching.robots import MAX_DELAY_S, crawl_delay_s, take_turn
from tests.waiting import wait_for

OPTIONS = FetchOptions(networks=(ip_network("127.0.0.1/32"),), timeout_s=10)


class Host(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked += 1
        status, body = self.server.robots
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def redis(url):
    with Client(url) as client:
        client.redis.flushdb()
        yield client.redis


@pytest.fixture
def host():
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        server.asked, server.robots = 0, (200, b"User-agent: *\nCrawl-delay: 5\nDisallow: /private\n")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def delay(host, redis, path="/"):
    return crawl_delay_s(f"http://127.0.0.1:{host.server_port}{path}", OPTIONS, redis=redis)


def test_rules_are_asked_for_once_and_kept_to(host, redis):
    assert delay(host, redis) == 5
    with pytest.raises(FetchFailed) as blocked:
        delay(host, redis, "/private/page")
    assert (blocked.value.kind, host.asked) == (FailureKind.BLOCKED_BY_ROBOTS, 1)
    assert all(redis.ttl(key) > 0 for key in redis.keys("detente:robots:*"))


@pytest.mark.parametrize("answer", [(404, b""), (403, b""), (200, b""), (200, b"<html>\xff\x00")])
def test_without_rules_everything_is_allowed(host, redis, answer):
    host.robots = answer
    assert delay(host, redis) == 1


def test_a_host_whose_rules_cannot_be_had_is_left_alone(host, redis):
    host.robots = (500, b"")
    for _ in range(2):
        with pytest.raises(FetchFailed) as failed:
            delay(host, redis)
        assert failed.value.kind is FailureKind.NOT_NOW
    assert host.asked == 1


def test_what_is_wrong_with_the_host_is_said_of_its_pages(redis):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for _ in range(2):
        with pytest.raises(FetchFailed, match=r"robots\.txt .* refused") as failed:
            crawl_delay_s(f"http://127.0.0.1:{port}/", OPTIONS, redis=redis)
        assert (failed.value.kind, failed.value.retry_after_s) == (FailureKind.UNREACHABLE, 600)


def test_of_endless_rules_the_first_ones_count(host, redis):
    host.robots = (200, b"User-agent: *\nDisallow: /private\n" + b"# and so on\n" * 50_000)
    with pytest.raises(FetchFailed) as blocked:
        delay(host, redis, "/private/page")
    assert blocked.value.kind is FailureKind.BLOCKED_BY_ROBOTS


def test_rules_full_of_wildcards_take_no_time(host, redis):
    host.robots = (200, b"User-agent: *\nDisallow: /" + b"*a" * 200 + b"*b$\n")
    began = time.process_time()
    delay(host, redis, "/" + "a" * 1900)
    assert time.process_time() - began < 1


def test_a_host_that_asks_for_hours_gets_a_minute(host, redis):
    host.robots = (200, b"User-agent: *\nCrawl-delay: 86400\n")
    assert delay(host, redis) == MAX_DELAY_S


def test_of_many_who_ask_at_once_each_gets_a_turn_of_its_own(redis):
    waits = [take_turn("news.example", 30, redis=redis, who=who) for who in "abcab"]
    assert waits[0] == 0
    assert waits[1:] == pytest.approx([30, 60, 90, 30], abs=1)
    assert take_turn("other.example", 30, redis=redis, who="a") == 0
    assert all(redis.ttl(key) > 0 for key in redis.keys("detente:host:*") + redis.keys("detente:turn:*"))


def test_a_turn_is_kept_for_who_comes_back_late_and_nobody_comes_right_after(redis):
    assert [take_turn("news.example", 0.2, redis=redis, who=who) == 0 for who in "abc"] == [True, False, False]
    wait_for(lambda: take_turn("news.example", 0.2, redis=redis, who="c") == 0)
    assert take_turn("news.example", 0.2, redis=redis, who="b") > 0.1
    wait_for(lambda: take_turn("news.example", 0.2, redis=redis, who="b") == 0)


def test_many_workers_ask_a_host_as_rarely_as_it_wants(url, redis):
    asked, delay_s = [], 0.05

    def work(who):
        with Client(url) as client:
            while (wait_s := take_turn("news.example", delay_s, redis=client.redis, who=who)) > 0:
                threading.Event().wait(wait_s)
            asked.append(time.monotonic())

    workers = [threading.Thread(target=work, args=(str(number),)) for number in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    asked.sort()
    # Redis counts in whole milliseconds; an answer of it may come late, which brings that request nearer to the next one.
    assert asked[-1] - asked[0] >= 19 * delay_s - 0.02
    assert len(asked) == 20
