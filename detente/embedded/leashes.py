"""Processes that end with the process that started them, however that one ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

# A launcher, not `preexec_fn`: code that runs between fork and exec in a program with threads may deadlock. The kernel's
# promise (PR_SET_PDEATHSIG is 1) outlives exec; a starter that died before it was given shows as another parent.
_KERNEL = """
import ctypes, os, sys
starter, signum, *argv = sys.argv[1:]
if ctypes.CDLL(None, use_errno=True).prctl(1, int(signum), 0, 0, 0) != 0:
    sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
if os.getppid() == int(starter):
    os.execvp(argv[0], argv)
"""
# Where the kernel makes no such promise (macOS), the launcher stays: the end of its input is the end of the starter.
_WATCHER = """
import os, signal, subprocess, sys, threading
starter, signum, *argv = sys.argv[1:]
child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, close_fds=False)
def watch():
    while os.read(0, 4096):
        pass
    child.send_signal(int(signum))
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
signal.signal(signal.SIGINT, lambda *_: child.send_signal(signal.SIGINT))
threading.Thread(target=watch, daemon=True).start()
code = child.wait()
os._exit(code if code >= 0 else 128 - code)
"""


def leashed(argv: Sequence[str], *, signum: int = signal.SIGTERM, platform: str = sys.platform) -> list[str]:
    """The command line that runs `argv` so that it gets `signum` when this process ends.

    Start it with `stdin=subprocess.PIPE` and leave that pipe open. On Linux the process id is that of `argv` itself, and
    the leash is held by the *thread* that starts it: start from one that lives as long as the process should.
    """
    launcher = _KERNEL if platform == "linux" else _WATCHER
    # -I and -S: neither the environment nor installed packages can change or slow down these few lines.
    return [sys.executable, "-I", "-S", "-c", launcher, str(os.getpid()), str(int(signum)), *argv]
