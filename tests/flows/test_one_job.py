"""One job, end to end: the walk of docs/one-job.md."""

from __future__ import annotations

import json
import re

import pytest

from detente.contracts import ArticleFailed, JobState, Queue, ReadArticle, ReadArticles, Reading, ReadingStored
from detente.errors import JobFailed, ResultTimeout, UnknownJob
from tests.systems import ROOT, System
from tests.waiting import wait_for


def test_an_article_goes_in_and_its_reading_comes_out(system: System, seed: str) -> None:
    receipt = system.client.submit(ReadArticle(id="seed", text=seed, outlet="EurasiaNet"))
    stored = receipt.result(timeout_s=60)
    assert isinstance(stored, ReadingStored)
    reading = system.store.reading(stored.reading_id)
    assert isinstance(reading, Reading)
    assert reading.article.id == "seed"
    assert reading.article.outlet == "EurasiaNet"
    assert (stored.statements, stored.events, stored.ties) == tuple(map(len, (reading.statements, reading.events, reading.ties)))


def test_a_job_tells_its_life(system: System) -> None:
    receipt = system.client.submit(ReadArticle(id="life", text="Oslo recalled its ambassador from Minsk."))
    steps = [step.event for step in receipt.events()]
    assert steps == ["submitted", "started", "done"]
    record = receipt.status()
    assert record.state is JobState.DONE
    assert record.worker == "w1@test"
    assert record.label["article"] == "life"
    assert record.submitted_at <= record.started_at <= record.finished_at


def test_the_result_may_carry_the_reading_itself(system: System) -> None:
    stored = system.client.submit(ReadArticle(text="Japan and Chile signed a pact.", inline=True)).result(timeout_s=60)
    assert stored.reading == system.store.reading(stored.reading_id)


def test_a_second_delivery_changes_nothing(system: System) -> None:
    job = ReadArticle(id="twice", text="Norway accused Belarus of espionage, the ministry said.")
    receipt = system.client.submit(job)
    first = receipt.result(timeout_s=60)
    before = system.store.reading(first.reading_id)
    # The worker still looks at the record when its end is known already.
    wait_for(lambda: receipt.id in {record.id for record in system.store.find_jobs(limit=1000).rows})
    system.client.redis.delete(f"detente:job:{receipt.id}", f"detente:job:{receipt.id}:events")  # as if its record were lost
    again = system.client.submit(job, id=receipt.id)
    assert again.result(timeout_s=60) == first
    assert system.store.reading(first.reading_id) == before


def test_the_same_id_is_submitted_once(system: System) -> None:
    receipt = system.client.submit(ReadArticle(text="Peru thanked Chile for its help."))
    receipt.result(timeout_s=60)
    system.client.submit(ReadArticle(text="Peru thanked Chile for its help."), id=receipt.id)
    assert receipt.status().attempts == 1
    assert [step.event for step in receipt.events()].count("submitted") == 1


def test_one_bad_article_spoils_only_itself_in_its_batch(system: System) -> None:
    articles = [
        ReadArticle(id=name, text=text)
        for name, text in (("a", "Fiji praised Tonga."), ("b", "\0 \n"), ("c", "Tonga thanked Fiji."))
    ]
    outcome = system.client.submit(ReadArticles(articles=tuple(articles))).result(timeout_s=60)
    assert [one.article_id for one in outcome.readings] == ["a", "b", "c"]
    assert [isinstance(one, ArticleFailed) for one in outcome.readings] == [False, True, False]
    assert outcome.readings[1].error.kind == "ArticleRejected"


def test_an_article_with_nothing_to_read_is_a_dead_letter_with_its_payload(system: System) -> None:
    receipt = system.client.submit(ReadArticle(id="nothing", text="“” ’ «»"))
    with pytest.raises(JobFailed) as raised:
        receipt.result(timeout_s=60)
    assert raised.value.kind == "ArticleRejected"
    wait_for(lambda: receipt.id in {record.id for record in system.store.find_jobs(state=JobState.DEAD, limit=200).rows})
    assert system.store.kept_job(receipt.id).payload == {"id": "nothing", "text": "“” ’ «»"}


def test_a_result_that_does_not_come_in_time_says_so_and_an_unknown_job_is_unknown(idle: System) -> None:
    receipt = idle.client.submit(ReadArticle(text="Nobody reads this."))
    with pytest.raises(ResultTimeout, match=receipt.id):
        receipt.result(timeout_s=0.2)
    with pytest.raises(UnknownJob):
        idle.client.status("0193d2c8-0000-7000-8000-000000000000")


def test_no_article_text_lies_in_redis_after_its_job(system: System) -> None:
    words = "zyzzyva quartermaster"
    receipt = system.client.submit(ReadArticle(text=f"Minsk expelled a {words} of Riga."))
    receipt.result(timeout_s=60)
    redis = system.client.redis
    for key in redis.scan_iter(f"*{receipt.id}*"):
        content = {"hash": redis.hgetall, "string": redis.get, "stream": redis.xrange}[redis.type(key)](key)
        assert words not in json.dumps(content)


def _lasting_keys() -> re.Pattern[str]:
    """The keys that docs/operations.md says last."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    listed = re.findall(r"`(detente:[^`]+)`", text.partition("In Redis everything expires")[2].partition("\n## ")[0])
    assert "detente:{queue}" in listed
    keys = [re.escape(key).replace(r"\{queue\}", f"({'|'.join(Queue)})") for key in listed]
    return re.compile("|".join([*(re.sub(r"\\{\w+\\}", ".+", key) for key in keys), r"detente:_kombu\..+"]))


def test_every_key_expires_or_is_one_of_those_that_last(system: System) -> None:
    system.client.submit(ReadArticle(text="Oslo thanked Riga for its help.")).result(timeout_s=60)
    lasting, redis = _lasting_keys(), system.client.redis
    assert not lasting.fullmatch("detente:nobody-listed-this")
    assert not [key for key in redis.scan_iter() if redis.ttl(key) == -1 and not lasting.fullmatch(key)]
