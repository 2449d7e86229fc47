"""Speed and size of the index of stories: `python -m benchmarks.stories.speed STORE_URL [--articles 100000] [--measured 500]`.

The index is filled in bulk with the signatures of made articles, and then `--measured` more articles, half of them copies,
are placed one by one, as a worker does. The store must be empty and may be thrown away.
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

from sqlalchemy import text

from detente.analysis.stories import find_shingles, is_copy, sign
from detente.contracts import Article, Reader, Reading
from detente.storage import KeptReading, Store, open_store

#: Words of English news follow Zipf's law nearly; phrases recur, so that texts share triples as real ones do.
VOCABULARY = [f"w{number}" for number in range(30_000)]
WEIGHTS = [1 / (rank + 3) for rank in range(len(VOCABULARY))]
BATCH = 500


def _texts(number: int, *, seed: int) -> list[str]:
    dice = random.Random(seed)
    phrases = [" ".join(dice.choices(VOCABULARY, WEIGHTS, k=6)) for _ in range(2000)]
    found = []
    for _ in range(number):
        words = dice.choices(VOCABULARY, WEIGHTS, k=dice.randint(150, 500))
        found.append(" ".join([*words, *dice.choices(phrases, k=4)]))
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
    return len(candidates)


def _index_bytes(store: Store) -> int:
    tables = ("stories", "story_articles", "story_bands")
    with store.reads() as connection:
        if store.is_sqlite:
            like = " OR ".join(f"name LIKE '%{name}%'" for name in tables)
            query = f"SELECT sum(pgsize) FROM dbstat WHERE {like}"
        else:
            query = "SELECT " + " + ".join(f"pg_total_relation_size('{name}')" for name in tables)
        return int(connection.execute(text(query)).scalar() or 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--measured", type=int, default=500)
    arguments = parser.parse_args()
    store = open_store(arguments.store)
    started = time.perf_counter()
    for start in range(0, arguments.articles, BATCH):
        texts = _texts(BATCH, seed=start)
        ids = [f"{start + at:07}" for at in range(BATCH)]
        _keep(store, ids, texts)
        store.sign_articles({id: sign(body).bands for id, body in zip(ids, texts, strict=True)})
    filled_s = time.perf_counter() - started
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    times: dict[str, list[float]] = {name: [] for name in ("sign", "insert", "look", "judge")}
    fresh, old = _texts(arguments.measured, seed=-1), _texts(BATCH, seed=0)
    candidates, joined = [], 0
    for at, new in enumerate(fresh):
        body = new if at % 2 else " ".join(old[at % BATCH].split()[:120])
        _keep(store, [f"m{at}"], [body])
        candidates.append(_place(store, f"m{at}", body, times))
    joined = sum(len(story.sources) - 1 for story in store.find_stories(limit=1000))
    result = {
        "articles": arguments.articles, "filled_s": round(filled_s, 1), "index_mb": round(_index_bytes(store) / 1e6, 1),
        "median_ms": {name: round(sorted(found)[len(found) // 2], 2) for name, found in times.items()},
        "p99_ms": {name: round(sorted(found)[len(found) * 99 // 100], 2) for name, found in times.items()},
        "mean_candidates": round(sum(candidates) / len(candidates), 1), "copies_joined": joined,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "python": platform.python_version(),
    }  # fmt: skip
    print(json.dumps(result))
    store.close()


if __name__ == "__main__":
    main()
