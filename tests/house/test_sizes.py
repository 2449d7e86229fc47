"""Nothing outgrows its limit."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("detente", "tasks", "worker")
MAX_LINES = 300
#: Files that are longer, with their length, which may only shrink.
LONGER: dict[str, int] = {}


def _files(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in (ROOT / room).rglob("*.py")]


def test_no_file_outgrows_its_limit() -> None:
    for path in _files(*ROOMS, "tests", "benchmarks"):
        name, lines = str(path.relative_to(ROOT)), len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGER.get(name, MAX_LINES), f"{name} has {lines} lines"


def test_functions_stay_short() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in _files(*ROOMS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]
    assert statistics.median(lengths) <= 10
    assert sum(length < 40 for length in lengths) / len(lengths) >= 0.9


def test_no_room_is_named_after_nothing() -> None:
    forbidden = {"utils", "common", "helpers", "manager", "core", "celery"}
    assert not {path.stem for path in _files(*ROOMS)} & forbidden
