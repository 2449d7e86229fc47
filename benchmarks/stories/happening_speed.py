"""Speed and size of the index of happenings: `python -m benchmarks.stories.happening_speed STORE_URL [--stages 1000 100000]`.

The index is filled with made gists, three to a happening, spread over a year. At each stage `--measured` more are placed one
by one, as a worker does, and a line of JSON tells what that cost. The store must be empty and may be thrown away.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import text

from detente.analysis.happenings import MAX_DAYS_APART, is_same_happening, rarities
from detente.contracts.happenings import Act, Gist
from detente.storage import Store, open_store

#: Few pairs of states have most of the news, and few words most of the text.
PAIRS = [f"A{chr(65 + one)}{chr(65 + other)}-Z{chr(65 + one)}{chr(65 + other)}" for one in range(20) for other in range(20)]
PAIR_WEIGHTS = list(accumulate(1 / (rank + 1) for rank in range(len(PAIRS))))
WORDS = [f"w{number}" for number in range(30_000)]
WORD_WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(WORDS))))
REPORTS, OWN_WORDS, SHARED_WORDS, BATCH = 3, 15, 25, 500
YEAR = date(2024, 1, 1)


def _gists(first: int, number: int) -> dict[str, Gist]:
    return {f"{at:08}": _gist(at) for at in range(first, first + number)}


def _gist(at: int) -> Gist:
    dice, own = random.Random(at // REPORTS), random.Random(-at - 1)
    [pair] = dice.choices(PAIRS, cum_weights=PAIR_WEIGHTS)
    day = YEAR + timedelta(days=dice.randrange(365))
    topic = dice.choices(WORDS, cum_weights=WORD_WEIGHTS, k=SHARED_WORDS) + [f"n{at // REPORTS}-{name}" for name in range(3)]
    shared, others = own.sample(topic, 12), own.choices(WORDS, cum_weights=WORD_WEIGHTS, k=OWN_WORDS)
    words, acts = dict.fromkeys((*shared, *others), 1.0), (Act(pair=pair, plover="CONSULT", first=day, last=day),)
    return Gist(day=day + timedelta(days=own.randrange(2)), pairs=(pair,), acts=acts, words=words)


def _place(store: Store, id: str, gist: Gist, times: dict[str, list[float]]) -> bool:
    at = [time.perf_counter()]
    store.keep_gists({id: gist})
    at.append(time.perf_counter())
    near = store.near(id, days=MAX_DAYS_APART)
    at.append(time.perf_counter())
    rarity = rarities(near.having, reports=near.reports)
    same = [other for other, theirs in near.gists.items() if is_same_happening(gist, theirs, rarity)]
    joined = bool(same) and store.join_happenings(id, same) is not None
    at.append(time.perf_counter())
    for name, start, end in zip(("insert", "look", "judge"), at, at[1:], strict=False):
        times[name].append((end - start) * 1000)
    times["all"].append((at[-1] - at[0]) * 1000)
    return joined


def _index_mb(store: Store) -> float:
    tables = ("happenings", "happening_articles", "happening_pairs", "happening_words")
    like = " OR ".join(f"name LIKE '%{name}%'" for name in tables)
    sizes = " + ".join(f"pg_total_relation_size('{name}')" for name in tables)
    with store.reads() as connection:
        query = f"SELECT sum(pgsize) FROM dbstat WHERE {like}" if store.is_sqlite else f"SELECT {sizes}"
        return round(int(connection.execute(text(query)).scalar() or 0) / 1e6, 1)


def _measure(store: Store, stage: int, number: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in ("insert", "look", "judge", "all")}
    # Each is the last report of a happening whose others are there.
    fresh = [random.Random(stage + at).randrange(stage // REPORTS) * REPORTS + REPORTS - 1 for at in range(number)]
    joined = sum(_place(store, f"m{stage}-{at}", _gist(which), times) for at, which in enumerate(fresh))
    return {
        "articles": stage, "median_ms": {name: round(sorted(each)[len(each) // 2], 1) for name, each in times.items()},
        "p99_ms": {name: round(sorted(each)[len(each) * 99 // 100], 1) for name, each in times.items()},
        "measured": number, "joined": joined, "index_mb": _index_mb(store),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--stages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--measured", type=int, default=200)
    arguments = parser.parse_args()
    store, filled = open_store(arguments.store), 0
    for stage in arguments.stages:
        for first in range(filled, stage, BATCH):
            store.keep_gists(_gists(first, min(BATCH, stage - first)))
        filled = stage
        if not store.is_sqlite:
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        print(json.dumps(_measure(store, stage, arguments.measured)), flush=True)
    store.close()


if __name__ == "__main__":
    main()
