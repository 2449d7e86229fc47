"""The command lines of worker, beat and Flower."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flower.options import options as flower_options
from flower.views.tasks import TASK_COLUMNS

from detente.errors import SettingsInvalid
from worker.commands import FLOWER_COLUMNS, flower_argv, flower_env, worker_argv
from worker.settings import Settings

DATA = Path("/data")


def test_flower_knows_every_option_that_it_is_given() -> None:
    argv = flower_argv(DATA)
    names = [word.removeprefix("--").partition("=")[0] for word in argv[argv.index("flower") + 1 :]]
    assert len(names) > 5
    assert all(hasattr(flower_options, name) for name in names)


def test_flower_shows_at_most_eight_columns_and_job_ids_are_not_cut_off_as_the_last() -> None:
    columns = FLOWER_COLUMNS.split(",")
    assert len(columns) <= 8
    assert set(columns) <= set(TASK_COLUMNS)
    assert columns[-1] != "uuid"


def test_flower_keeps_its_memory_in_the_data_folder() -> None:
    assert "--db=/data/flower" in flower_argv(DATA)


def test_further_arguments_go_to_the_program() -> None:
    assert worker_argv(concurrency=3, extra=["--hostname=w1@%h"])[-2:] == ("--concurrency=3", "--hostname=w1@%h")


def test_the_password_of_flower_is_in_its_environment_alone() -> None:
    settings = Settings(flower_auth="reader:word")
    assert flower_env(settings) == {"FLOWER_BASIC_AUTH": "reader:word"}
    assert flower_env(Settings(flower_auth=None)) == {}


@pytest.mark.parametrize("auth", ["word", "reader:one,two"])
def test_a_password_that_flower_would_misread_is_refused(auth: str) -> None:
    with pytest.raises(SettingsInvalid, match="user:password"):
        flower_env(Settings(flower_auth=auth))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dev", "--only", "worker,redis"], "redis: there are worker, flower, web, bridge, beat"),
        (["dev", "--colour"], "unknown arguments: --colour"),
        (["health", "redis"], "invalid choice"),
        ([], "required: command"),
    ],
)
def test_a_wrong_command_line_is_named(arguments: list[str], complaint: str) -> None:
    ran = subprocess.run([sys.executable, "-m", "worker", *arguments], capture_output=True, text=True, env=dict(os.environ))
    assert ran.returncode == 2
    assert complaint in ran.stderr


def test_the_supervisor_does_not_load_celery() -> None:
    program = "import sys, worker.__main__; print({'celery', 'spacy', 'sqlalchemy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"
