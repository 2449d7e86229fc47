"""Findings by who holds or says them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def by_name(found: Iterable[T], name: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """The findings of each name, in the order in which they are given; whoever has most first."""
    groups: dict[str, list[T]] = {}
    for one in found:
        groups.setdefault(name(one), []).append(one)
    return sorted(groups.items(), key=lambda item: -len(item[1]))
