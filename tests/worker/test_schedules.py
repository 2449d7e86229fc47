"""Scheduled jobs: checked when read, and kept in their own time zone."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente.contracts import JOBS
from detente.errors import SettingsInvalid
from worker.schedules import ZonedCrontab, beat_schedule


def _file(folder: Path, text: str) -> Path:
    path = folder / "schedules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_schedules_are_valid_jobs() -> None:
    schedule = beat_schedule(None)
    assert set(schedule) == {"heartbeat", "expire job records"}
    for entry in schedule.values():
        JOBS[entry["task"]].model_validate(entry["kwargs"]["job"])
        assert entry["options"]["queue"] == "upkeep"


WRONG = {
    "no TOML": ("[[schedule", "schedules.toml"),
    "unknown kind": ('[[schedule]]\nname="a"\nkind="detente.x"\ncron="* * * * *"', "no job of kind"),
    "no zone": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* * * * *"\ntimezone="Mars/Base"', "Europe/London"),
    "bad cron": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="61 * * * *"', "entry 1"),
    "short cron": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* *"', "entry 1"),
    "bad job": ('[[schedule]]\nname="a"\nkind="detente.jobs.expire"\ncron="* * * * *"\njob={after_days=-1}', "after_days"),
    "a field too many": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* * * * *"\nevery=1', "every"),
    "a name twice": ('[[schedule]]\nname="a"\nkind="detente.heartbeat.beat"\ncron="* * * * *"\n' * 2, "taken"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_entry_is_named_when_it_is_read(tmp_path: Path, wrong: str) -> None:
    text, told = WRONG[wrong]
    with pytest.raises(SettingsInvalid, match=told):
        beat_schedule(_file(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"nowhere\.toml"):
        beat_schedule(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("zone", "now", "wait"),
    [
        ("Europe/London", datetime(2026, 7, 1, 6, 0, tzinfo=UTC), timedelta(hours=2)),  # summer: 9:00 there is 8:00 UTC
        ("Europe/London", datetime(2026, 12, 1, 6, 0, tzinfo=UTC), timedelta(hours=3)),
        ("Asia/Tokyo", datetime(2026, 7, 1, 23, 30, tzinfo=UTC), timedelta(minutes=30)),
    ],
)
def test_a_cron_line_is_kept_in_its_own_zone(zone: str, now: datetime, wait: timedelta) -> None:
    cron = ZonedCrontab("0 9 * * *", zone)
    cron.nowfun = lambda: now.astimezone(cron.tz)
    assert cron.remaining_estimate(now - timedelta(minutes=1)) == wait


def test_a_schedule_survives_the_file_that_beat_keeps_it_in() -> None:
    cron = ZonedCrontab("17 3 * * 1", "America/New_York")
    again = pickle.loads(pickle.dumps(cron))
    assert again == cron
    assert again.tz.key == "America/New_York"
