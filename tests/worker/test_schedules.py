"""The schedules of the file: checked when read."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.contracts import Queue
from detente.errors import SettingsInvalid
from detente.schedules import check_schedule
from worker.schedules import load_schedules


def _file(folder: Path, text: str) -> Path:
    path = folder / "schedules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_schedules_are_valid_jobs_that_hold_nobody_up() -> None:
    schedules = load_schedules(None)
    assert {"heartbeat", "bury dead letters", "expire job records", "expire pages"} <= {one.name for one in schedules}
    assert {check_schedule(one).queue for one in schedules} == {Queue.UPKEEP}


WRONG = {
    "no TOML": ("[[schedule", "schedules.toml"),
    "unknown kind": ('[[schedule]]\nname="a"\nkind="detente.x"\ncron="* * * * *"', "no job of kind"),
    "no zone": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* * * * *"\ntimezone="Mars/Base"', "Europe/London"),
    "bad cron": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="61 * * * *"', "entry 1"),
    "short cron": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* *"', "entry 1"),
    "bad job": ('[[schedule]]\nname="a"\nkind="detente.jobs.expire"\ncron="* * * * *"\njob={after_days=-1}', "after_days"),
    "a field too many": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* * * * *"\nevery=1', "every"),
    "a name twice": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* * * * *"\n' * 2, "taken"),
    "a list for entries": ('schedule = "x"', "entry 1"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_entry_is_named_when_it_is_read(tmp_path: Path, wrong: str) -> None:
    text, told = WRONG[wrong]
    with pytest.raises(SettingsInvalid, match=told):
        load_schedules(_file(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"nowhere\.toml"):
        load_schedules(tmp_path / "nowhere.toml")
