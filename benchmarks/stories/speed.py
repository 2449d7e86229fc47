"""Speed and size of the index of stories: `python -m benchmarks.stories.speed STORE_URL [--stages 1000 10000 100000]`.

The index is filled in bulk with the signatures of made articles. At each stage, `--measured` more articles, half of them
copies, are placed one by one, as a worker does, and a line of JSON tells what that cost. The store must be empty and may
be thrown away.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import time
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate
from typing import Any

from sqlalchemy import func, select, text

from detente.analysis.stories import find_shingles, is_copy, sign
from detente.contracts import Article, Reader, Reading
from detente.storage import KeptReading, Store, open_store
from detente.storage.tables import story_bands

#: Words of English news follow Zipf's law nearly; phrases recur, so that texts share triples as real ones do.
VOCABULARY = [f"w{number}" for number in range(30_000)]
WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))
BATCH = 500
#: What an outlet prints under each of its articles is what fills bands: each of these outlets has thirty words of it.
OUTLETS = 20
#: One article in so many is a short one, in which those words weigh much.
SHORT_EVERY = 5


def _words(dice: random.Random, number: int) -> str:
    return " ".join(dice.choices(VOCABULARY, cum_weights=WEIGHTS, k=number))


def _texts(number: int, *, seed: int) -> list[str]:
    dice, same = random.Random(seed), random.Random(0)
    phrases = [_words(same, 6) for _ in range(2000)]
    notices = [_words(same, 30) for _ in range(OUTLETS)]
    found = []
    for at in range(number):
        length = dice.randint(40, 80) if at % SHORT_EVERY == 0 else dice.randint(150, 500)
        found.append(" ".join([_words(dice, length), *dice.choices(phrases, k=4), dice.choice(notices)]))
    return found


def _keep(store: Store, ids: list[str], texts: list[str]) -> None:
    reader = Reader(name="made", version="1")
    kept = []
    for id, body in zip(ids, texts, strict=True):
        article = Article(id=id, text=body, text_sha256=sha256(body.encode()).hexdigest(), published_at=datetime.now(UTC))
        kept.append(KeptReading(Reading(article=article, reader=reader), reading_id=id, job_id="made"))
    store.keep_readings(kept)


def _place(store: Store, id: str, body: str, times: dict[str, list[float]]) -> int:
    at = [time.perf_counter()]
    bands = sign(body).bands
    at.append(time.perf_counter())
    store.sign_articles({id: bands})
    at.append(time.perf_counter())
    candidates = store.story_candidates(id)
    at.append(time.perf_counter())
    shingles = find_shingles(body)
    copies = [other for other, found in store.texts(candidates).items() if is_copy(shingles, find_shingles(found))]
    if copies:
        store.join_stories([id, *copies])
    at.append(time.perf_counter())
    for name, start, end in zip(("sign", "insert", "look", "judge"), at, at[1:], strict=False):
        times[name].append((end - start) * 1000)
    times["all"].append((at[-1] - at[0]) * 1000)
    return len(copies)


def _index_bytes(store: Store) -> int:
    tables = ("stories", "story_articles", "story_bands")
    with store.reads() as connection:
        if store.is_sqlite:
            like = " OR ".join(f"name LIKE '%{name}%'" for name in tables)
            query = f"SELECT sum(pgsize) FROM dbstat WHERE {like}"
        else:
            query = "SELECT " + " + ".join(f"pg_total_relation_size('{name}')" for name in tables)
        return int(connection.execute(text(query)).scalar() or 0)


def _hottest_band(store: Store) -> int:
    """The articles of the band that most have."""
    sizes = select(func.count().label("size")).select_from(story_bands).group_by(story_bands.c.band).subquery()
    with store.reads() as connection:
        return int(connection.scalar(select(func.max(sizes.c.size))) or 0)


def _fill(store: Store, start: int, end: int) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    for first in range(start, end, BATCH):
        texts = _texts(BATCH, seed=first)
        ids = [f"{first + at:07}" for at in range(BATCH)]
        _keep(store, ids, texts)
        store.sign_articles({id: sign(body).bands for id, body in zip(ids, texts, strict=True)})
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return time.perf_counter() - began


def _measure(store: Store, stage: int, number: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in ("sign", "insert", "look", "judge", "all")}
    fresh, old, found = _texts(number, seed=-stage), _texts(BATCH, seed=0), 0
    for at, new in enumerate(fresh):
        body = new if at % 2 else " ".join(old[at % BATCH].split()[:-30][:120])
        id = f"m{stage}-{at}"
        _keep(store, [id], [body])
        found += bool(_place(store, id, body, times))
    return {
        "articles": stage, "median_ms": {name: round(sorted(each)[len(each) // 2], 1) for name, each in times.items()},
        "p99_ms": {name: round(sorted(each)[len(each) * 99 // 100], 1) for name, each in times.items()},
        "copies": (number + 1) // 2, "placed_in_a_story": found, "hottest_band": _hottest_band(store),
        "index_mb": round(_index_bytes(store) / 1e6, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "python": platform.python_version(),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--stages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--measured", type=int, default=200)
    arguments = parser.parse_args()
    store, filled, filled_s = open_store(arguments.store), 0, 0.0
    for stage in arguments.stages:
        filled_s += _fill(store, filled, stage)
        filled = stage
        print(json.dumps({**_measure(store, stage, arguments.measured), "filled_s": round(filled_s, 1)}), flush=True)
    store.close()


if __name__ == "__main__":
    main()
