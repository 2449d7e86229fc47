"""The ids of jobs."""

from __future__ import annotations

import os
import random
import time
from typing import Any
from uuid import UUID, uuid5

from detente.contracts import Job

#: Where the version, 7, and the variant stand in a UUID, and the bits that others would have there.
_MARKS, _MARKED = 0x7 << 76 | 0x2 << 62, 0xF << 76 | 0x3 << 62
#: An id need be unique, and is no secret: to ask the kernel for each took a third of a submission. It is a generator of its own,
#: since programs seed the one of the module, and each process has its own: two with the same numbers would lose jobs.
_RANDOM = random.Random()  # noqa: S311
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_RANDOM.seed)


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): random, and sorted by time of making."""
    value = (time.time_ns() // 1_000_000) << 80 | _RANDOM.getrandbits(80)
    text = f"{value & ~_MARKED | _MARKS:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def replay_id(letter: str, job: Job[Any]) -> str:
    """The id of a dead letter's replay: it follows from the letter and what is asked for, so that a replay which is repeated is
    the job of the first, whichever way the two came."""
    return str(uuid5(UUID(letter), job.model_dump_json()))
