"""docs/storage.md tells the truth: its queries run, and every table and column is there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from detente.contracts import Actor, JobError, JobRecord, Speaker
from detente.storage import Store, open_store
from detente.storage.tables import metadata
from tests.readings import make_article, make_event, make_reading, make_statement, make_tie

PAGE = (Path(__file__).parents[2] / "docs" / "storage.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
#: What is documented once for all findings.
FINDINGS = ("actors", "statements", "events", "ties")


@pytest.fixture
def filled(store: Store) -> Store:
    """A store in which each query of the page finds one row, and has others to leave out."""
    pukhov = Actor(id="a1", name="Ruslan Pukhov", kind="person", country="RUS")
    statement = make_statement(speaker=Speaker(actor="a1", name="Pukhov", named=True), about=("IND",))
    article = make_article(published_at=datetime(2012, 10, 15, tzinfo=UTC), outlet="The Daily Test")
    others = make_event("e2", status="denied"), make_event("e3", on=(date(2011, 5, 1), date(2011, 5, 2)))
    events = (make_event("e1"), *others, make_event("e4", target="IND"))
    ties = make_tie("t1"), make_tie("t2", pair=("IND", "RUS"))
    reading = make_reading(article, actors=(pukhov,), statements=(statement, make_statement("s2")), events=events, ties=ties)
    for id in ("r1", "r2"):
        store.keep_reading(reading, reading_id=id, job_id=id)
    ended = {"in June": ("dead", 6, 1), "well": ("done", 6, 2), "before": ("dead", 5, 31), "after": ("dead", 7, 1)}
    for id, (state, month, day) in ended.items():
        error = JobError(kind="ArticleRejected", message="too short")
        finished_at = datetime(2024, month, day, tzinfo=UTC)
        store.keep_job(JobRecord(id=id, kind=id, queue="bulk", state=state, finished_at=finished_at, error=error))
    return store


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_every_query_of_the_page_finds_its_row_once(filled: Store, query):
    with filled.reads() as connection:
        assert len(connection.exec_driver_sql(query.replace("%", "%%")).fetchall()) == 1


def test_the_example_in_python_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///detente.db")
    store.keep_reading(make_reading(events=(make_event(status="cancelled"),)), reading_id="r", job_id="j")
    store.close()
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], {})
    assert "['met']" in capsys.readouterr().out


def test_the_page_has_queries():
    assert len(QUERIES) >= 3


def sections() -> dict[str, set[str]]:
    """The columns in each section's tables."""
    found = {}
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        found[section.partition("\n")[0]] = set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
    return found


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_is_documented_and_no_other(table):
    documented = sections()
    common = documented["Every finding"] if table.name in FINDINGS else set()
    columns = set(table.columns.keys())
    assert columns <= documented[table.name] | common
    assert documented[table.name] <= columns
