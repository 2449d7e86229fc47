"""The embedded server, with real servers and real deaths."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from detente.embedded import EmbeddedServer, EmbeddedServerFailed, is_serving, leashed, socket_path
from tests.waiting import wait_for

#: Starts (or finds) the server, tells whether it is its own and the server's process id, and holds it until told to end.
HOLDER = """
import sys
from pathlib import Path
from detente.embedded import EmbeddedServer
from redis import Redis
with EmbeddedServer(Path(sys.argv[1])) as server:
    pid = Redis.from_url(server.url).info("server")["process_id"]
    print(int(server.owned), pid, flush=True)
    sys.stdin.read()
"""


def is_running(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def hold(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def heard(holder: subprocess.Popen[str]) -> tuple[bool, int]:
    owned, pid = holder.stdout.readline().split()
    return owned == "1", int(pid)


@pytest.fixture
def holders() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for holder in started:
        with holder:
            holder.kill()


def test_a_server_serves_until_it_is_stopped(tmp_path: Path) -> None:
    began = time.perf_counter()
    with EmbeddedServer(tmp_path / "data") as server:
        print(f"started in {1000 * (time.perf_counter() - began):.0f} ms")  # noqa: T201
        assert server.owned
        assert is_serving(tmp_path / "data")
        with Redis.from_url(server.url) as redis:
            assert redis.set("key", "value")
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert redis.config_get("appendonly") == {"appendonly": "yes"}
            pid = redis.info("server")["process_id"]
    assert not is_serving(tmp_path / "data")
    assert not is_running(pid)


def test_the_server_listens_on_its_socket_alone_and_for_its_owner_alone(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server, Redis.from_url(server.url) as redis:
        assert redis.config_get("port") == {"port": "0"}
        assert server.socket.stat().st_mode & 0o777 == 0o700


def test_six_processes_on_one_folder_share_one_server(tmp_path: Path, holders: list[subprocess.Popen[str]]) -> None:
    holders += [hold(tmp_path) for _ in range(6)]
    answers = [heard(holder) for holder in holders]
    assert sorted(owned for owned, _ in answers) == [False] * 5 + [True]
    assert len({pid for _, pid in answers}) == 1


def test_a_guest_that_leaves_leaves_the_server(tmp_path: Path, holders: list[subprocess.Popen[str]]) -> None:
    holders.append(hold(tmp_path))
    _, pid = heard(holders[0])
    with EmbeddedServer(tmp_path) as server:
        assert not server.owned
    assert is_running(pid)


def test_a_killed_starter_leaves_no_server(tmp_path: Path, holders: list[subprocess.Popen[str]]) -> None:
    holders.append(hold(tmp_path))
    _, pid = heard(holders[0])
    holders[0].kill()
    wait_for(lambda: not is_running(pid))
    assert not is_serving(tmp_path)


def test_the_server_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    program = """
import sys, threading
from pathlib import Path
from detente.embedded import EmbeddedServer, is_serving
server = EmbeddedServer(Path(sys.argv[1]))
thread = threading.Thread(target=server.start)
thread.start(); thread.join()
print(is_serving(server.data), flush=True)
sys.stdin.readline()
print(is_serving(server.data), flush=True)
server.stop()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asked:
        assert asked.stdout.readline() == "True\n"
        # The server answers a command of ours after the thread's end, and would have had the signal before it.
        with Redis(unix_socket_path=str(socket_path(tmp_path))) as redis:
            assert redis.ping()
        assert asked.communicate("\n")[0] == "True\n"


def test_a_forked_child_that_ends_leaves_the_server_to_its_parent(tmp_path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from detente.embedded import EmbeddedServer, is_serving
with EmbeddedServer(Path(sys.argv[1])) as server:
    if os.fork() == 0:
        assert not server.owned
        server.stop()
        os._exit(0)
    print(os.wait()[1], is_serving(server.data), server.owned)
"""
    out = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert out.stdout == "0 True True\n"


def test_messages_survive_a_killed_server(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    with Redis.from_url(server.url) as redis:
        for number in range(2000):
            redis.rpush("queue", f"message {number}")
        pid = redis.info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_running(pid))
    wait_for(lambda: not server.is_alive())
    server.start()
    try:
        assert server.owned
        with Redis.from_url(server.url) as redis:
            assert redis.llen("queue") == 2000
            assert redis.lindex("queue", -1) == b"message 1999"
    finally:
        server.stop()


def test_the_server_itself_holds_the_lock_so_that_no_second_one_opens_its_file(
    tmp_path: Path, holders: list[subprocess.Popen[str]]
) -> None:
    holders.append(hold(tmp_path))
    _, pid = heard(holders[0])
    os.kill(pid, signal.SIGSTOP)  # neither answers nor goes
    holders[0].kill()
    holders[0].wait()
    with (tmp_path / ".lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holders.append(hold(tmp_path))
        os.kill(pid, signal.SIGKILL)
        owned, new = heard(holders[1])
        assert owned
        assert new != pid


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "redis.sock"))
    assert not is_serving(tmp_path)
    with EmbeddedServer(tmp_path) as server:
        assert server.owned
        assert is_serving(tmp_path)


@pytest.mark.parametrize("name", ["a space", 'it\'s "quoted"', "détente", "hash # and ? mark", "x" * 150])
def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    data = tmp_path / name
    with EmbeddedServer(data) as server, Redis.from_url(server.url) as redis:
        assert len(os.fsencode(server.socket)) < 104
        assert redis.config_get("dir") == {"dir": str(data)}


def test_long_folders_have_short_sockets_of_their_own_in_an_owner_only_folder(tmp_path: Path) -> None:
    long, other = tmp_path / ("x" * 150), tmp_path / ("y" * 150)
    assert socket_path(long) != socket_path(other)
    with EmbeddedServer(long) as server:
        assert server.socket.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(EmbeddedServerFailed, match="only you can write"):
        EmbeddedServer(shared).start()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EmbeddedServerFailed, match=r"file/data cannot be made: Not a directory"):
        EmbeddedServer(tmp_path / "file" / "data").start()


def test_a_server_that_dies_at_its_start_shows_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("a file where the server wants its folder")
    with pytest.raises(EmbeddedServerFailed, match=r"(?s)died at its start.*appendonly"):
        EmbeddedServer(tmp_path).start()


def test_without_the_package_the_error_says_what_to_install(tmp_path: Path) -> None:
    program = """
import sys
sys.path.append(sys.argv[1])
from pathlib import Path
from detente.embedded import EmbeddedServer
EmbeddedServer(Path(sys.argv[2])).start()
"""
    checkout = Path(__file__).parents[2]
    without_packages = [sys.executable, "-I", "-S", "-c", program, str(checkout), str(tmp_path)]
    ran = subprocess.run(without_packages, capture_output=True, text=True)
    assert "pip install 'detente[embedded]'" in ran.stderr


def test_the_room_loads_nothing_else_of_detente_and_no_client_of_redis() -> None:
    program = "import sys, detente.embedded; print(*(m for m in sys.modules if m.partition('.')[0] in ('detente', 'redis')))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    room = ("", ".binaries", ".errors", ".leashes", ".servers", ".sockets")
    assert set(loaded) == {"detente"} | {f"detente.embedded{module}" for module in room}


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_leashed_process_ends_with_its_starter(platform: str) -> None:
    program = """
import subprocess, sys
from detente.embedded import leashed
argv = leashed([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"], platform=sys.argv[1])
child = subprocess.Popen(argv, stdin=subprocess.PIPE)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, platform], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        pid = int(starter.stdout.readline())
        assert is_running(pid)
        starter.kill()
        wait_for(lambda: not is_running(pid))


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_leashed_process_that_is_told_to_end_tells_how_it_ended(platform: str) -> None:
    program = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()"
    argv = leashed([sys.executable, "-c", program], platform=platform)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "up\n"
        child.terminate()
        assert child.wait(10) == 7
