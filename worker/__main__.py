"""`python -m worker dev`: all programs together. `python -m worker worker|beat|flower|web|bridge|health`: one alone."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from detente.embedded import EmbeddedServerFailed
from detente.errors import DetenteError, SettingsInvalid
from worker.commands import LOOPBACK, beat_argv, become, flower_argv, flower_env, worker_argv
from worker.healths import PARTS, PORTS, check_health
from worker.settings import Settings, load_settings
from worker.systems import PROGRAMS, Wishes, run_dev
from worker.webs import run_web


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code: 1 where something is wrong, with one line that says what."""
    wish, extra = _parser().parse_known_args(arguments)
    if extra and wish.command in ("dev", "web", "bridge", "health"):
        _parser().error(f"unknown arguments: {' '.join(extra)}")
    try:
        if wish.command == "dev":
            run_dev(_wishes(wish))
        elif wish.command == "bridge":
            _run_bridge(load_settings())
        elif wish.command == "health":
            check_health(load_settings(), wish.part, port=wish.port or PORTS[wish.part])
        elif wish.command == "web":
            run_web(load_settings(), address=wish.address, port=wish.port)
        else:
            _run_program(wish, load_settings(), extra)
    except (DetenteError, EmbeddedServerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run_program(wish: argparse.Namespace, settings: Settings, extra: Sequence[str]) -> None:
    data = settings.data.expanduser()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wish.command == "worker":
        become(worker_argv(concurrency=wish.concurrency, extra=extra), {})
    elif wish.command == "beat":
        become(beat_argv(extra=extra), {})
    else:
        if wish.address != LOOPBACK and settings.flower_auth is None:
            raise SettingsInvalid("Flower can shut workers down: set DETENTE_FLOWER_AUTH=user:password to open it to others")
        become(flower_argv(data, address=wish.address, port=wish.port, extra=extra), flower_env(settings))


def _run_bridge(settings: Settings) -> None:
    # Loaded here: the supervisor has no use for what it needs.
    from worker.benches import Bench
    from worker.bridges import run_bridge
    from worker.logs import set_up_logs

    set_up_logs(level=logging.INFO, as_json=settings.log_json)
    run_bridge(Bench(settings))


def _wishes(wish: argparse.Namespace) -> Wishes:
    parent = os.getppid() if wish.with_parent == 0 else wish.with_parent
    colour = wish.colour and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Wishes(
        data=wish.data, only=wish.only, concurrency=wish.concurrency, flower_port=wish.flower_port, web_port=wish.web_port,
        colour=colour, quiet=wish.quiet, parent=parent, ready_file=wish.ready_file,
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_dev(commands.add_parser("dev", help="embedded server, worker, beat, Flower and API together; Ctrl-C stops them"))
    worker = commands.add_parser("worker", help="a Celery worker; further arguments go to Celery")
    worker.add_argument("--concurrency", type=int, help="processes that do the work; one for each core by default")
    commands.add_parser("beat", help="the clock of scheduled jobs; run one or more of it; further arguments go to Celery")
    flower = commands.add_parser("flower", help="Flower, to watch jobs and workers; further arguments go to Flower")
    flower.add_argument("--address", default=LOOPBACK, help="where it listens; any but this machine's own needs a password")
    flower.add_argument("--port", type=int, default=5555)
    commands.add_parser("bridge", help="takes in what foreign programs append to detente:intake; run one or more of it")
    web = commands.add_parser("web", help="the HTTP API")
    web.add_argument("--address", default=LOOPBACK, help="where it listens; any but this machine's own needs keys")
    web.add_argument("--port", type=int, default=PORTS["web"])
    health = commands.add_parser("health", help="exit code 0 where a part does its work, 1 with the reason where not")
    health.add_argument("part", nargs="?", choices=PARTS, default="worker")
    health.add_argument("--port", type=int, help="where Flower or the API listens")
    return parser


def _add_dev(dev: argparse.ArgumentParser) -> None:
    dev.add_argument("--data", type=Path, help="the folder of all data; DETENTE_DATA by default")
    dev.add_argument(
        "--only", type=_programs, default=frozenset(PROGRAMS), metavar="NAMES", help="worker,beat,flower,web,bridge or fewer"
    )
    dev.add_argument("--concurrency", type=int, help="processes of the worker; one for each core by default")
    dev.add_argument("--flower-port", type=int, default=5555, help="on this machine only; 0 takes any that is free")
    dev.add_argument("--web-port", type=int, default=PORTS["web"], help="where the API listens, on this machine only")
    dev.add_argument("--no-colour", "--no-color", dest="colour", action="store_false", help="as NO_COLOR does, and no terminal")
    dev.add_argument("--quiet", action="store_true", help="show what the programs print only where one of them crashes")
    dev.add_argument(
        "--with-parent", type=int, nargs="?", const=0, metavar="PID", help="stop when this process, or the parent, ends"
    )
    dev.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="write broker, store and the URLs of Flower and API there, as JSON, when all is up",
    )


def _programs(names: str) -> frozenset[str]:
    wanted = frozenset(names.split(","))
    if unknown := wanted - frozenset(PROGRAMS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are {', '.join(PROGRAMS)}")
    return wanted


if __name__ == "__main__":
    sys.exit(main())
