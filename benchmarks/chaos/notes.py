"""What jobs themselves write down of their starts: a file that is only appended to, which no fault here can reach."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

#: The variable that names the file, for workers.
NOTES = "CHAOS_NOTES"


@dataclass(frozen=True)
class Note:
    """That a job started, or failed, in a process."""

    at: float
    what: str
    name: str
    pid: int


def note(what: str, name: str) -> None:
    """Append a line. One write to a file opened for appending is whole or not there, whoever else writes."""
    line = f"{time.time():.4f} {what} {name} {os.getpid()}\n"
    descriptor = os.open(os.environ[NOTES], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def read_notes(path: Path) -> list[Note]:
    """All notes, oldest first."""
    if not path.exists():
        return []
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted((Note(float(at), what, name, int(pid)) for at, what, name, pid in rows), key=lambda note: note.at)
