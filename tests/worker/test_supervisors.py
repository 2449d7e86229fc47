"""The supervisor, with small programs in place of worker, beat and Flower."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.waiting import wait_for
from worker.consoles import Console
from worker.supervisors import LONGEST_WAIT_S, NeverReady, Service, Supervisor, restart_wait_s

#: Says that it is up, with its process id, and then that it was asked to stop.
POLITE = """
import os, signal, sys
def stop(*_):
    print("stopping"); sys.exit()
signal.signal(signal.SIGTERM, stop)
print("up", os.getpid(), flush=True)
while True:
    signal.pause()
"""
DEAF = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", os.getpid(), flush=True)
time.sleep(600)
"""


class Log(io.StringIO):
    """What a console wrote, as lines `name | text`."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()

    def of(self, name: str) -> list[str]:
        return [line.partition("| ")[2] for line in self.lines if line.startswith(f"{name} ")]

    def pid(self, name: str) -> int:
        """The process id that the newest child of a service told."""
        return int(next(line for line in reversed(self.of(name)) if line.startswith("up ")).split()[1])


def python(name: str, program: str, **more: object) -> Service:
    return Service(name=name, argv=(sys.executable, "-c", program), **more)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def running(*services: Service, log: Log, quiet: bool = False, **more: object) -> Iterator[Supervisor]:
    """A supervisor at work in a thread that lives until the end of the block, since the children live no longer than it."""
    supervisor = Supervisor(services, Console(log, colour=False, quiet=quiet), **more)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.ask_to_stop()
        thread.join(60)
    assert not thread.is_alive()


def up(log: Log, *names: str) -> Callable[[], bool]:
    return lambda: all(any(line.startswith("up ") for line in log.of(name)) for name in names)


def test_services_stop_in_the_reverse_order_of_their_start() -> None:
    log = Log()
    with running(*(python(name, POLITE) for name in ("worker", "flower", "beat")), log=log):
        wait_for(up(log, "worker", "flower", "beat"))
    stops = [line.partition("| ")[2] for line in log.lines if line.startswith("dev ")]
    assert stops == ["beat has stopped", "flower has stopped", "worker has stopped"]
    assert (
        log.lines.index("beat     | stopping") < log.lines.index("flower   | stopping") < log.lines.index("worker   | stopping")
    )


def test_a_service_that_ends_is_shown_and_started_again() -> None:
    log = Log()
    with running(python("worker", POLITE), log=log):
        wait_for(up(log, "worker"))
        first = log.pid("worker")
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: log.pid("worker") != first)
    assert "worker was killed by SIGKILL; it starts again in 1 s" in log.of("dev")


def test_failures_in_a_row_wait_longer_and_longer() -> None:
    log = Log()
    with running(python("worker", "import sys; sys.exit(3)"), log=log):
        wait_for(lambda: len(log.of("dev")) >= 2)
    assert log.of("dev")[:2] == [f"worker exited with code 3; it starts again in {wait} s" for wait in (1, 2)]


def test_a_service_that_never_becomes_ready_ends_the_system() -> None:
    log = Log()
    services = [python("beat", POLITE), python("worker", "import sys; sys.exit(3)", is_ready=lambda _: False)]
    with pytest.raises(NeverReady, match="worker exited with code 3, 3 times, and was never ready"):
        Supervisor(services, Console(log, colour=False, quiet=False)).run()
    assert not is_running(log.pid("beat"))


def test_the_wait_before_a_restart_doubles_up_to_half_a_minute() -> None:
    assert [restart_wait_s(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 10_000)] == [1, 2, 4, 8, 16, 30, 30, LONGEST_WAIT_S]


def test_a_service_that_does_not_stop_in_its_time_is_killed() -> None:
    log = Log()
    with running(python("worker", DEAF, grace_s=0.2), log=log):
        wait_for(up(log, "worker"))
    assert "worker is killed: it had not stopped within 0.2 s" in log.of("dev")
    assert not is_running(log.pid("worker"))


def test_a_second_ctrl_c_does_not_wait() -> None:
    log = Log()
    with running(python("worker", DEAF, grace_s=600), log=log) as supervisor:
        wait_for(up(log, "worker"))
        supervisor.ask_to_stop(signal.SIGINT)
        supervisor.ask_to_stop(signal.SIGINT)
        wait_for(lambda: not is_running(log.pid("worker")))


def test_a_sigterm_after_a_ctrl_c_still_leaves_time() -> None:
    log = Log()
    with running(python("worker", POLITE), log=log) as supervisor:
        wait_for(up(log, "worker"))
        supervisor.ask_to_stop(signal.SIGINT)
        supervisor.ask_to_stop(signal.SIGTERM)
    assert "stopping" in log.of("worker")


def test_what_a_service_started_ends_with_it() -> None:
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}])"
    log = Log()
    with running(python("worker", program + "; import time; time.sleep(600)"), log=log):
        wait_for(up(log, "worker"))
        assert is_running(log.pid("worker"))
    assert not is_running(log.pid("worker"))


def test_all_is_ready_when_each_service_is() -> None:
    log, answers, calls = Log(), {"worker": False}, []
    services = [python("worker", POLITE, is_ready=lambda _: answers["worker"]), python("beat", POLITE)]
    with running(*services, log=log, on_ready=lambda: calls.append(datetime.now().astimezone())):
        wait_for(up(log, "worker", "beat"))
        assert calls == []
        answers["worker"] = True
        wait_for(lambda: calls)
    assert len(calls) == 1


def test_a_lookout_that_says_no_stops_all() -> None:
    log = Log()
    with running(python("worker", POLITE), log=log, look=lambda: not up(log, "worker")()):
        wait_for(lambda: "worker has stopped" in log.of("dev"))


def test_an_error_of_the_lookout_stops_all_and_is_not_lost() -> None:
    log = Log()

    def look() -> bool:
        if up(log, "worker")():
            raise OSError("the disk is gone")
        return True

    with pytest.raises(OSError, match="the disk is gone"):
        Supervisor([python("worker", POLITE)], Console(log, colour=False, quiet=False), look=look).run()
    assert not is_running(log.pid("worker"))


def test_a_quiet_console_shows_last_lines_of_a_crash_and_nothing_else() -> None:
    log = Log()
    with running(python("beat", POLITE), python("worker", "print('the reason'); raise SystemExit(1)"), log=log, quiet=True):
        wait_for(lambda: "worker exited with code 1; it starts again in 1 s" in log.of("dev"))
    assert log.of("worker")[:1] == ["the reason"]
    assert log.of("beat") == []


def test_lines_that_are_not_utf_8_are_shown_all_the_same() -> None:
    log = Log()
    with running(python("worker", r"import os, signal; os.write(1, b'caf\xe9\n'); signal.pause()"), log=log):
        wait_for(lambda: log.of("worker"))
    assert log.of("worker") == ["caf\ufffd"]


def test_names_are_coloured_on_a_terminal_only() -> None:
    plain, coloured = Log(), Log()
    Console(plain, colour=False, quiet=False).tell("worker", "line")
    Console(coloured, colour=True, quiet=False).tell("worker", "line")
    assert plain.getvalue() == "worker   | line\n"
    assert coloured.getvalue() == "\033[36mworker   |\033[0m line\n"


def test_a_console_whose_reader_is_gone_lets_the_programs_go_on() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream:
        console = Console(stream, colour=False, quiet=False)
        os.close(read)
        console.tell("worker", "nobody reads this")
        console.tell("worker", "nor this")
        # Whatever is left in the buffer has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = f"""
import sys
from worker.consoles import Console
from worker.supervisors import Service, Supervisor
services = [Service(name=name, argv=(sys.executable, "-c", {DEAF!r})) for name in ("one", "two")]
Supervisor(services, Console(sys.stdout, colour=False, quiet=False)).run()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as supervisor:
        pids = [int(supervisor.stdout.readline().split()[-1]) for _ in range(2)]
        assert all(is_running(pid) for pid in pids)
        supervisor.kill()
        wait_for(lambda: not any(is_running(pid) for pid in pids))


def test_a_child_gets_the_environment_and_its_own_part_of_it() -> None:
    log = Log()
    program = "import os, signal; print(os.environ['DETENTE_DATA'], 'PATH' in os.environ, flush=True); signal.pause()"
    with running(python("worker", program, env={"DETENTE_DATA": "/here"}), log=log):
        wait_for(lambda: log.of("worker"))
    assert log.of("worker") == ["/here True"]
