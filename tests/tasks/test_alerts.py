"""Rules tell webhooks of acts once for each story, and of weeks that differ."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detente.client import new_id
from detente.contracts import Webhook
from detente.contracts.alerts import AlertRule, RaiseAlerts
from detente.contracts.dossiers import DossierWeek
from detente.dossiers.alerts import find_alerts
from detente.storage import KeptWebhook, open_store
from detente.webhooks.signatures import new_secret
from tasks.alerts import raise_alerts
from tasks.services import Services
from tests.dossiers.test_dossiers import _week
from tests.readings import make_article, make_event, make_reading

MONDAY = date(2024, 3, 4)


@pytest.fixture
def services(services: Services) -> Services:
    hook = Webhook(
        id="w", tenant="default", url="https://example.org/hook", events=("alert.raised",), secret="",
        created_at=datetime.now(UTC),
    )  # fmt: skip
    services.store.keep_webhook(KeptWebhook(hook, new_secret()))
    return services


def _rule(**facts: Any) -> AlertRule:
    plain = {"id": "rule", "name": "r", "pair": ("PAK", "RUS"), "since": MONDAY, "created_at": datetime.now(UTC)}
    return AlertRule.model_validate(plain | facts)


def _keep(services: Services, name: str, *, day: date = MONDAY, **facts: Any) -> None:
    article = make_article(name, published_at=datetime(day.year, day.month, day.day, tzinfo=UTC))
    reading = make_reading(article, events=(make_event(**facts),))
    services.store.keep_reading(reading, reading_id=f"r-{name}", job_id="j")


def _told(services: Services) -> list[Any]:
    return [json.loads(services.store.delivery(one.id).payload) for one in services.store.find_deliveries().rows]


def test_an_act_that_meets_a_rule_is_told_once_for_its_story(services: Services) -> None:
    services.store.keep_alert_rule(_rule())
    for name in ("a", "b"):
        _keep(services, name)
    services.store.sign_articles({"a": (1, 2), "b": (1, 2)})
    services.store.join_stories(["a", "b"])
    for attempt in range(3):
        raise_alerts(RaiseAlerts(), replace(services, job_id=f"job-{attempt}"))
    [told] = _told(services)
    assert told["type"] == "alert.raised"
    assert told["data"]["event"]["evidence"][0]["spans"][0]["text"] == "met"
    assert len(told["data"]["event"]["evidence"]) == 2


def test_what_somebody_looked_at_before_is_told_all_the_same(services: Services) -> None:
    from detente.dossiers import open_dossier

    services.store.keep_alert_rule(_rule())
    raise_alerts(RaiseAlerts(), services)
    _keep(services, "a")
    open_dossier(services.store, ("PAK", "RUS"))
    raise_alerts(RaiseAlerts(), services)
    assert len(_told(services)) == 1


@pytest.mark.parametrize(
    "facts",
    [{"types": ("ACCUSE",)}, {"statuses": ("cancelled",)}, {"least_intensity": 5}, {"since": MONDAY + timedelta(days=1)}],
    ids=["type", "status", "intensity", "day"],
)
def test_what_does_not_meet_the_rule_is_not_told(facts: dict[str, Any], services: Services) -> None:
    services.store.keep_alert_rule(_rule(**facts))
    _keep(services, "a")
    raise_alerts(RaiseAlerts(), services)
    assert _told(services) == []


def test_another_tenants_webhooks_are_not_told(services: Services) -> None:
    services.store.keep_alert_rule(_rule(tenant="other"))
    _keep(services, "a")
    raise_alerts(RaiseAlerts(), services)
    assert _told(services) == []


def test_a_week_that_differs_from_those_before_is_told() -> None:
    weeks = [_week(number, 2.0) for number in range(8)] + [_week(8, -7.0)]
    changed = {week.week for week in weeks}
    [(about, alert)] = find_alerts(_rule(weekly_change=6, since=weeks[8].week), weeks, changed=changed)
    assert (about, alert.before, alert.after) == (str(weeks[8].week), 2.0, -7.0)
    assert not list(find_alerts(_rule(weekly_change=10, since=weeks[8].week), weeks, changed=changed))


def test_only_weeks_with_something_new_are_looked_at() -> None:
    weeks = [_week(0, 2.0), _week(1, 2.0)]
    assert [alert.event.day for _, alert in find_alerts(_rule(), weeks, changed={weeks[1].week})] == [weeks[1].week]
    assert isinstance(weeks[0], DossierWeek)


def test_rules_are_made_listed_and_removed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cli.db'}"
    open_store(url).close()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "detente.cli", "alerts", *arguments, "--store", url]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    id = run("add", "force", "rus", "pak", "--type", "ASSAULT", "--least", "5").stdout.strip()
    [rule] = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert (rule["id"], rule["pair"], rule["types"], rule["least_intensity"]) == (id, ["PAK", "RUS"], ["ASSAULT"], 5.0)
    assert run("remove", id).returncode == 0
    assert "there is no rule" in run("remove", id).stderr
    bad = run("add", "x", "rus", "pak", "--type", "HUG")
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr
    assert new_id() != id


def test_what_forty_outlets_report_is_told_once_and_counts_once_with_forty_sources(services: Services) -> None:
    from detente.dossiers import open_dossier
    from tasks.stories import place_in_stories

    services.store.keep_alert_rule(_rule())
    words = " ".join(f"word{number}" for number in range(150))
    for number in range(40):
        day = datetime(2024, 3, 4 + number % 10, tzinfo=UTC)
        text, outlet = f"Outlet {number} reports. {words}", f"Outlet {number}"
        article = make_article(f"a{number:02}", text=text, published_at=day, outlet=outlet)
        reading = make_reading(article, events=(make_event(),))
        services.store.keep_reading(reading, reading_id=f"r-{number}", job_id="j")
        place_in_stories([article], services)
        if number % 10 == 5:
            raise_alerts(RaiseAlerts(), replace(services, job_id=f"job-{number}"))
    raise_alerts(RaiseAlerts(), services)
    assert len(_told(services)) == 1
    dossier = open_dossier(services.store, ("PAK", "RUS"), since=MONDAY)
    [event] = [event for week in dossier.weeks for event in week.events]
    assert (event.day, event.sources) == (MONDAY, 40)
    assert len({evidence.outlet for evidence in event.evidence}) == 40
    assert (dossier.articles, dossier.stories, dossier.weeks[0].cooperation) == (40, 1, 1.0)
    [counted] = services.store.count_events(pair=("RUS", "PAK"))
    assert len(counted.sources) == 40
