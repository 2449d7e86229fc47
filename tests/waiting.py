"""Waiting for what other processes do, instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: Callable[[], T], *, timeout_s: float = 20.0) -> T:
    """The first truthy answer of `what`, asked again and again. Fails the test after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while not (answer := what()):
        assert time.monotonic() < deadline, f"{what} gave {answer!r} for {timeout_s} s"
        time.sleep(0.02)
    return answer
