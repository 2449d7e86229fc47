"""For tests of services that submit jobs: a real system without its reading, which answers jobs as the test says.

    with TestingSystem() as system:
        system.answer(ReadArticle, lambda job: ReadingStored(...))
        receipt = system.client.submit(ReadArticle(text="…"))
        assert receipt.result().statements == 1

Redis is a real one, embedded, in a folder that goes with the block; messages, records and histories are those of production.
A thread does what workers would. Needs `pip install detente[client,embedded]`.
"""

from __future__ import annotations

import base64
import json
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from detente.client import Client
from detente.contracts import Job, JobError, Queue, reasons
from detente.embedded import EmbeddedServer
from detente.errors import JobRejected, NotReady
from detente.scripts import PREFIX, script

R = TypeVar("R", bound=BaseModel)

#: Under which the thread takes messages, and for how long it may hold one.
_LEASE, _LEASE_S = "testing", 3600
#: The thread looks for jobs this often at least, in seconds, and sooner when one is submitted.
_LOOK_S = 0.1


class TestingSystem:
    """A system for the time of a `with` block: `client` submits to it, `url` is the address of its Redis.

    `seen` has the jobs that were begun, in their order. A job of a kind that has no answer becomes a dead letter that says so.
    """

    __test__ = False  # It is no test, though its name begins like one.

    client: Client
    url: str

    def __init__(self) -> None:
        self.seen: list[Job[Any]] = []
        self._answers: dict[str, tuple[type[Job[Any]], Callable[[Any], Any]]] = {}
        self._stack, self._stop = ExitStack(), threading.Event()

    def answer(self, kind: type[Job[R]], answer: R | Exception | Callable[[Any], R]) -> None:
        """Say what becomes of a kind of job: a result, an error, or what a function of the job returns or raises.

        As in workers: `NotReady` is tried again after its `retry_after_s` (at once by default), any other error is final.
        """
        self._answers[kind.kind] = (kind, _function(answer))

    def __enter__(self) -> TestingSystem:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="detente-testing-"))
        self.url = self._stack.enter_context(EmbeddedServer(Path(folder))).url
        self.client = self._stack.enter_context(Client(self.url))
        thread = threading.Thread(target=self._work, name="detente-testing", daemon=True)
        thread.start()
        self._stack.callback(thread.join, 30)
        self._stack.callback(self._stop.set)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _work(self) -> None:
        redis, take = self.client.redis, self.client.redis.register_script(script("take"))
        while not self._stop.is_set():
            if found := cast(Any, take(args=[_LEASE, _LEASE_S, *Queue])):
                self._do(found[1], found[2])
            else:
                redis.blpop([PREFIX + "wake"], timeout=_LOOK_S)

    def _do(self, tag: str, entry: str) -> None:
        """One job, as `tasks.base` would have it."""
        headers, ledger = json.loads(entry)["headers"], self.client.ledger
        id, kind, queue = headers["id"], headers["task"], tag.partition(":")[0]
        if not ledger.started(id, kind=kind, queue=queue, worker="testing").is_final:
            try:
                ledger.done(id, self._result(kind, entry), kind=kind)
            except NotReady as error:
                delay_s = error.retry_after_s or 0.0
                ledger.retrying(id, _told(error), delay_s=delay_s)
                due_ms = int((time.time() + delay_s) * 1000)
                self.client.redis.eval(script("delay"), 0, _LEASE, tag, id, str(due_ms), entry)
            except Exception as error:  # noqa: BLE001 - whatever a test's function raises is the job's end
                ledger.dead(id, _told(error), kind=kind, queue=queue)
        self.client.redis.hdel(f"{PREFIX}unacked:{_LEASE}", tag)

    def _result(self, kind: str, entry: str) -> Any:
        if kind not in self._answers:
            raise JobRejected(f"no answer was given for {kind}: call answer() with its class first")
        job_class, answer = self._answers[kind]
        try:
            job = job_class.model_validate(json.loads(base64.b64decode(json.loads(entry)["body"]))[1]["job"])
        except ValidationError as error:
            raise JobRejected(f"not a valid {kind}: {reasons(error)}") from None
        self.seen.append(job)
        return job_class.result.model_validate(answer(job)).model_dump(mode="json", by_alias=True)


def _function(answer: Any) -> Callable[[Any], Any]:
    def give(_: Job[Any]) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return answer if callable(answer) and not isinstance(answer, BaseModel | Exception) else give


def _told(error: Exception) -> JobError:
    return JobError(kind=type(error).__name__, message=str(error)[:2000])
