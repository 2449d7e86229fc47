"""How many readings a store keeps in a second, one by one and in batches, and how fast it answers.

    python benchmarks/speed/storage.py                                   # SQLite, in a folder of its own
    python benchmarks/speed/storage.py postgresql://user@host/empty_one  # a database that it may fill

Prints a line of JSON for each measure. The rows stay in a database that was named.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from detente.contracts import Actor, Article, Event, Reader, Reading, Span, Speaker, Statement, Tie
from detente.storage import KeptReading, Store, open_store

#: A long news article and what is found in it: some 5,000 characters, 20 actors, 15 statements, 10 events, 3 ties.
SENTENCE = "The foreign minister said that talks on trade would go on, and flew home in the evening. "
TEXT = SENTENCE * 56
STATES = ("RUS", "PAK", "IND", "USA", "CHN", "DEU", "FRA")
READINGS = 2048
BATCH = 64


def main(urls: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="detente-bench-") as folder:
        for url in urls or [f"sqlite:///{folder}/bench.db"]:
            store = open_store(url)
            about = {"store": version_of(store), **machine()}
            for measure, value in measures(store):
                print(json.dumps({"measure": measure, "value": round(value, 2), **about}), flush=True)
            store.close()


def measures(store: Store) -> Iterator[tuple[str, float]]:
    kept = [KeptReading(make_reading(n), reading_id=f"r{n}", job_id=f"j{n // BATCH}") for n in range(READINGS)]
    batches = [kept[start : start + BATCH] for start in range(0, READINGS, BATCH)]
    singles = kept[: READINGS // 8]
    yield "readings_per_s_in_batches_of_64", READINGS / seconds(lambda: [store.keep_readings(batch) for batch in batches])
    yield "readings_per_s_delivered_again", READINGS / seconds(lambda: [store.keep_readings(batch) for batch in batches])
    yield "readings_per_s_one_by_one", len(singles) / seconds(lambda: [store.keep_readings([one]) for one in singles])
    yield "readings_per_s_read_back", READINGS / seconds(lambda: list(store.readings([one.reading_id for one in kept])))
    for question, ask in questions(store).items():
        yield f"ms_of_{question}", 1000 * min(seconds(ask) for _ in range(5))


def questions(store: Store) -> dict[str, Callable[[], object]]:
    pair = ("RUS", "PAK")
    return {
        "events_of_a_pair": lambda: store.find_events(pair=pair),
        "events_of_a_pair_by_status": lambda: store.find_events(pair=pair, status="cancelled"),
        "statements_of_a_state": lambda: store.find_statements(speaker="RUS"),
        "statements_about_a_state": lambda: store.find_statements(about="IND"),
        "statements_of_a_name": lambda: store.find_statements(speaker="person 3"),
        "ties_of_a_pair": lambda: store.find_ties(pair=pair),
    }


def make_reading(n: int) -> Reading:
    def span(number: int) -> Span:
        start = number * len(SENTENCE)
        return Span(start=start, end=start + len(SENTENCE), text=SENTENCE)

    def state(number: int) -> str:
        return STATES[(n + number) % len(STATES)]

    published_at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=n)
    article = Article(id=f"article {n}", title=SENTENCE, text=TEXT, text_sha256="0" * 64, published_at=published_at)
    actors = [
        Actor(id=f"a{i}", name=f"Person {i} of {n}", kind="person", country=state(i), mentions=(span(i), span(i + 1)))
        for i in range(20)
    ]
    statements = [
        Statement(
            id=f"s{i}", kind="indirect", parts=(span(i),), cue=span(i), about=("IND", state(i)), rule="bench",
            speaker=Speaker(actor=f"a{i}", name=f"Person {i}", named=True, span=span(i)),
        )
        for i in range(15)
    ]  # fmt: skip
    events = [
        Event(
            id=f"e{i}", source=state(i), target=state(i + 1), source_actor=f"a{i}", plover="CONSULT", intensity=1.0,
            status=("happened", "planned", "cancelled")[i % 3], spans=(span(i), span(i + 20)), rule="bench",
        )
        for i in range(10)
    ]  # fmt: skip
    ties = [
        Tie(id=f"t{i}", pair=(state(i), state(i + 1)), direction="warming", holder="author", spans=(span(i),), rule="bench")
        for i in range(3)
    ]
    findings = {"actors": actors, "statements": statements, "events": events, "ties": ties}
    return Reading(article=article, reader=Reader(name="bench", version="1"), **findings)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def version_of(store: Store) -> str:
    name = "SQLite" if store.is_sqlite else "PostgreSQL"
    with store.reads() as connection:
        return f"{name} {'.'.join(map(str, connection.dialect.server_version_info or ()))}"


def machine() -> dict[str, str | int | None]:
    libraries = {name: version(name) for name in ("sqlalchemy", "pydantic", "psycopg")}
    return {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version(), **libraries}


if __name__ == "__main__":
    main(sys.argv[1:])
