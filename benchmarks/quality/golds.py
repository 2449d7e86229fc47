"""The sets of findings that people made: where they lie, their rows, and their fingerprints."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from detente.contracts import ReadArticle

ROOT = Path(__file__).parents[2]
HELD = ROOT / "tests" / "gold"

Kind = Literal["seed", "statements", "events", "pages"]
Row = dict[str, Any]


@dataclass(frozen=True)
class GoldSet:
    """One set. `paths` are all the files it is made of; `held` tells that the repository itself has it."""

    name: str
    kind: Kind
    paths: tuple[Path, ...]
    held: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 over its files: a figure and a floor compare only where the data are the same."""
        whole = hashlib.sha256()
        for path in self.paths:
            whole.update(hashlib.sha256(path.read_bytes()).digest())
        return whole.hexdigest()

    def rows(self) -> list[Row]:
        """What is to be read and what is expected, each with an `id` and its `text` or `html`."""
        if self.kind == "seed":
            return [{"id": "seed", "text": self.paths[0].read_text(encoding="utf-8")}]
        if self.kind == "pages":
            return list(_pages(self.paths))
        return [json.loads(line) for line in self.paths[0].read_text(encoding="utf-8").splitlines() if line.strip()]


def find_sets(gold: Path | None) -> list[GoldSet]:
    """All sets of a folder; without one, those that the repository holds."""
    seed = GoldSet("seed", "seed", (HELD / "seed" / "article.txt", HELD / "seed" / "expected.json"), held=True)
    if gold is None:
        return [seed, GoldSet("status", "events", (HELD / "status.jsonl",), held=True)]
    pages = tuple(sorted((gold / "pages" / "html").glob("*.html.gz")))
    statements, events = ("polnear", "gum"), ("interstate", "types", "statements_only")
    return [
        seed,
        *(GoldSet(name, "statements", (gold / "statements" / f"{name}.dev.jsonl",)) for name in statements),
        *(GoldSet(name, "events", (gold / "events" / f"{name}.dev.jsonl",)) for name in events),
        GoldSet("status", "events", (gold / "status" / "dev.jsonl",)),
        GoldSet("pages", "pages", (gold / "pages" / "truth.json", *pages)),
    ]


def job_of(row: Row) -> ReadArticle:
    """The job that reads a row. Nothing of what is expected goes into it."""
    return ReadArticle(id=row["id"], html=row["html"]) if "html" in row else ReadArticle(id=row["id"], text=row["text"])


def _pages(paths: tuple[Path, ...]) -> Iterator[Row]:
    truth = json.loads(paths[0].read_text(encoding="utf-8"))
    for path in paths[1:]:
        name = path.name.removesuffix(".html.gz")
        html = gzip.decompress(path.read_bytes()).decode(errors="replace")
        yield {"id": name, "html": html, "body": truth[name]["articleBody"], "url": truth[name].get("url")}
