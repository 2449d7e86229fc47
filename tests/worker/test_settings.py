"""Settings: validated at start, and wrong ones are named without their values."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from detente.errors import SettingsInvalid
from detente.urls import celery_url, check_broker_url, masked
from worker.settings import load_settings

WRONG = {
    "DETENTE_BROKER": ("amqp://guest:s3cret@here", "redis://"),
    "DETENTE_TIME_LIMIT_S": ("soon", "number"),
    "DETENTE_QUEUES": ('["express"]', "interactive"),
    "DETENTE_DRAIN_S": ("-1", "greater than 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_with_what_to_write(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value, told = WRONG[name]
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid, match=name) as raised:
        load_settings()
    assert told in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_job_is_asked_to_stop_before_it_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETENTE_TIME_LIMIT_S", "60")
    with pytest.raises(SettingsInvalid, match="must be below"):
        load_settings()


def test_a_worker_does_not_start_where_a_setting_puts_a_kinds_soft_limit_above_the_hard_one_of_its_handler() -> None:
    env = {**os.environ, "DETENTE_LIMITS": '{"detente.article.fetch": {"soft_s": 200}}', "DETENTE_BROKER": "redis://127.0.0.1:1"}
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "-c", "1"]
    done = subprocess.run(command, env=env, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert b"detente.article.fetch: its soft limit (200 s) must be below its hard one (110 s)" in done.stderr


def test_a_worker_with_a_wrong_setting_says_so_and_does_not_start() -> None:
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker"]
    done = subprocess.run(command, env={**os.environ, "DETENTE_BROKER": "http://x"}, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert b"DETENTE_BROKER" in done.stderr


@pytest.mark.parametrize(
    ("url", "celerys"),
    [
        ("redis://:pw@host:6379/3", "redis://:pw@host:6379/3"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix://:pw@/run/redis.sock?db=2", "redis+socket://:pw@/run/redis.sock?virtual_host=2"),
    ],
)
def test_urls_mean_the_same_place_to_celery(url: str, celerys: str) -> None:
    assert celery_url(check_broker_url(url)) == celerys


def test_passwords_are_masked() -> None:
    assert masked("redis://user:pw@host/0") == "redis://user:***@host/0"
    assert masked("redis://host/0") == "redis://host/0"
