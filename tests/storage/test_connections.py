"""URLs, connections over forks, and errors that say what to do without telling secrets."""

from __future__ import annotations

import os
import socket
import traceback

import pytest

from detente.errors import SettingsInvalid, StoreUnreachable
from detente.storage import Store, open_store
from tests.readings import make_reading


@pytest.fixture
def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spelt_in_three_ways(scheme):
    assert Store(f"{scheme}://user@host/name").place == "postgresql+psycopg://user@host/name"


NO_STORES = (
    "", "nonsense", "mysql://user:hush@host/name", "redis://:hush@host", "postgresql+asyncpg://u:hush@h/n", "sqlite://",
    "sqlite:///:memory:", "sqlite:///file:x?uri=true", "postgresql://u:hush@h:port/n",
)  # fmt: skip


@pytest.mark.parametrize("url", NO_STORES)
def test_a_url_where_no_store_can_be_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsInvalid) as caught:
        Store(url)
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_new_store_connects_to_nothing(closed_port):
    assert "nobody" in repr(Store(f"postgresql://nobody@127.0.0.1:{closed_port}/none"))


@pytest.mark.parametrize("query", ["", "?password=hush%21&sslpassword=hush"])
def test_passwords_are_hidden(query):
    store = Store(f"postgresql://user:hush%21@host/name{query}")
    assert "hush" not in store.place + repr(store)


def test_a_postgresql_that_does_not_answer_is_unreachable(closed_port):
    store = Store(f"postgresql://user:hush@127.0.0.1:{closed_port}/name")
    for ask in (store.check, store.upgrade, store.is_current, store.find_jobs, lambda: store.reading("r")):
        with pytest.raises(StoreUnreachable, match="Look whether PostgreSQL runs") as caught:
            ask()
        assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_wrong_password_is_not_repeated(postgresql_server):
    url = f"postgresql://nobody_of_this_name:hush@{postgresql_server.partition('@')[2]}"
    with pytest.raises(StoreUnreachable, match="nobody_of_this_name") as caught:
        Store(url).check()
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_missing_folder_is_said_to_be_missing(tmp_path):
    with pytest.raises(StoreUnreachable, match="Look whether its folder exists"):
        Store(f"sqlite:///{tmp_path / 'missing' / 'detente.db'}").check()


def test_a_path_that_cannot_be_made_is_said_to_be_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnreachable, match="Give a path"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'detente.db'}")


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    path = tmp_path / "detente.db"
    path.write_text("a letter to a friend, which is long enough to be taken for the head of a database" * 20)
    with pytest.raises(StoreUnreachable, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("a letter")


def test_article_text_is_in_no_error(empty_url):
    store = open_store(empty_url)
    with store.writes() as connection:
        connection.exec_driver_sql("ALTER TABLE articles DROP COLUMN removed")
    with pytest.raises(StoreUnreachable) as caught:
        store.keep_reading(make_reading(), reading_id="r", job_id="j")
    assert "Nora Quill" not in "".join(traceback.format_exception(caught.value))
    store.close()


def test_a_forked_process_has_connections_of_its_own(store: Store):
    store.keep_reading(make_reading(), reading_id="r", job_id="j")
    child = os.fork()
    if child == 0:
        # Without the cleaning up of pytest, and without its output.
        try:
            store.after_fork()
            store.keep_reading(make_reading("of the child"), reading_id="r2", job_id="j")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert [reading.article.id for reading in store.readings(["r", "r2"])] == ["a", "of the child"]


def test_a_fork_leaves_the_connections_of_its_parent_alone(postgresql_url):
    store = Store(postgresql_url)

    def session() -> int:
        with store.reads() as connection:
            return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() or 0

    before = session()
    child = os.fork()
    if child == 0:
        try:
            store.after_fork()
            os._exit(0 if session() != before else 2)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert session() == before
    store.close()


def test_a_store_can_be_used_after_it_was_closed(store: Store):
    store.close()
    store.check()
