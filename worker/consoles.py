"""One terminal, or one log, for the lines of several programs."""

from __future__ import annotations

import threading
from collections import deque
from typing import TextIO

#: Colours that are readable on dark and on light ground: cyan, magenta, yellow, green, blue.
COLOURS = (36, 35, 33, 32, 34)
#: Wide enough for every service's name, so that the lines stand below one another.
NAME_WIDTH = 8
#: Lines that a quiet console keeps of each program, to show them when it ends unexpectedly.
KEPT_LINES = 20


class Console:
    """Writes `name | line`, from several threads. A quiet one writes what `say` is given, and a program's last lines."""

    def __init__(self, stream: TextIO, *, colour: bool, quiet: bool) -> None:
        self._stream, self._colour, self._quiet = stream, colour, quiet
        self._lock = threading.Lock()
        self._colours: dict[str, int] = {}
        self._kept: dict[str, deque[str]] = {}
        self._deaf = False

    def tell(self, name: str, line: str) -> None:
        """A line that a program printed."""
        with self._lock:
            if self._quiet:
                self._kept.setdefault(name, deque(maxlen=KEPT_LINES)).append(line)
            else:
                self._write(name, line)

    def say(self, line: str) -> None:
        """A line of the supervisor's own."""
        with self._lock:
            self._write("dev", line)

    def show_last(self, name: str) -> None:
        """What a quiet console kept of a program."""
        with self._lock:
            for line in self._kept.pop(name, ()):
                self._write(name, line)

    def _write(self, name: str, line: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}} |"
        if self._colour:
            code = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\033[{code}m{prefix}\033[0m"
        if self._deaf:
            return
        try:
            self._stream.write(f"{prefix} {line}\n")
            self._stream.flush()
        except OSError:
            # Whoever read the lines is gone (`… | head`); the programs go on, and must not wait on a pipe that is full.
            self._deaf = True
