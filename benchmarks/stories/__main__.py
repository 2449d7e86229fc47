"""Precision and recall on pairs made from gold articles: `python -m benchmarks.stories [--held]`. Exits 1 below the floor.

The pairs are made (see `pairs`), not collected: real syndication may be edited in ways that nobody thought of here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks.quality.golds import ROOT
from benchmarks.stories.pairs import Pair, copies, others
from detente.analysis.stories import find_shingles, is_copy, sign

GOLD = ROOT.parent / "shared" / "gold"
#: What the project promises of stories.
FLOOR = 0.97
#: Below this, a text is a sentence or two and no article.
MIN_WORDS = 120


def load_texts(gold: Path, *, held: bool) -> list[str]:
    """The articles of one half: which half a text belongs to is told by its hash, so that nobody chooses."""
    rows = [
        json.loads(line)
        for path in sorted((gold / "statements").glob("*.dev.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    texts = {row["text"] for row in rows if len(row["text"].split()) >= MIN_WORDS}
    return sorted(text for text in texts if (hashlib.sha256(text.encode()).digest()[0] % 2 == 1) == held)


def finds(pair: Pair) -> bool:
    """Whether the two would be joined: found by a band, and judged to be copies."""
    near = set(sign(pair.one).bands) & set(sign(pair.other).bands)
    return bool(near) and is_copy(find_shingles(pair.one), find_shingles(pair.other))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held", action="store_true", help="the half that was held out while thresholds were chosen")
    parser.add_argument("--gold", type=Path, default=GOLD)
    arguments = parser.parse_args()
    if not (arguments.gold / "statements").is_dir():
        print("stories: no gold articles beside the repository; nothing was measured")
        return 0
    texts = load_texts(arguments.gold, held=arguments.held)
    made = list(copies(texts, seed=1))
    tried, right = Counter[str](), Counter[str]()
    wrong: list[Pair] = []
    for pair in [*made, *others(texts, number=len(made))]:
        found = finds(pair)
        tried[pair.made] += 1
        right[pair.made] += found == pair.copies
        if found and not pair.copies:
            wrong.append(pair)
    hits = sum(right[name] for name in right if not name.startswith("others"))
    precision, recall = hits / max(1, hits + len(wrong)), hits / max(1, len(made))
    print(f"{len(texts)} articles, {len(made)} made copies, as many other pairs on the same names")
    for name in tried:
        print(f"  {name:26} {right[name]:5} of {tried[name]:5} right")
    print(f"precision {precision:.4f}  recall {recall:.4f}  floor {FLOOR}")
    return int(min(precision, recall) < FLOOR)


if __name__ == "__main__":
    sys.exit(main())
