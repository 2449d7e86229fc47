"""What each room may load, and that jobs and handlers match."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

from detente.contracts import JOBS

#: Packages that only workers may load.
HEAVY = {"celery", "kombu", "spacy", "numpy", "trafilatura", "ftfy", "lxml", "flower"}


def _loaded_by(statement: str) -> set[str]:
    """Top-level packages in memory after a statement, in a fresh interpreter."""
    code = f"{statement}; import json, sys; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    return set(json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout))


def test_contracts_load_pydantic_and_nothing_else_of_others() -> None:
    allowed = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection", "detente"}
    own = _loaded_by("import detente.contracts") - _loaded_by("import pydantic, pydantic.main, datetime, zoneinfo")
    assert own - set(sys.stdlib_module_names) <= allowed


@pytest.mark.parametrize(
    "room", ["detente.client", "detente.storage", "detente.embedded", "detente.web", "detente.cli.__main__", "detente.cli.read"]
)
def test_rooms_for_submitters_never_load_what_workers_need(room: str) -> None:
    assert not _loaded_by(f"import {room}") & HEAVY


def test_the_client_loads_neither_store_nor_command_line() -> None:
    assert not _loaded_by("import detente.client") & {"sqlalchemy", "alembic", "typer", "rich"}


def test_help_answers_in_under_half_a_second_of_processor_time() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "detente.cli", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.5


def test_beat_and_flower_do_without_the_model_and_its_libraries() -> None:
    assert not _loaded_by("from worker import app; app.loader.import_default_modules()") & {"spacy", "thinc", "numpy"}


def test_every_job_has_a_handler_and_every_handler_a_job() -> None:
    code = "from worker import app; import json; app.loader.import_default_modules(); print(json.dumps(list(app.tasks)))"
    tasks = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert {name for name in tasks if not name.startswith("celery.")} == set(JOBS)


def test_every_job_is_listed() -> None:
    from detente.contracts.jobs import Job

    def subclasses(of: type) -> set[type]:
        return {of, *(found for child in of.__subclasses__() for found in subclasses(child))}

    kinds = {job.kind for job in subclasses(Job) if job.__module__.startswith("detente.") and job.kind}
    assert kinds == set(JOBS)
