"""Where the server's socket lies, and whether somebody answers there."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from detente.embedded.errors import EmbeddedServerFailed

#: `sun_path` has 104 bytes on macOS and 108 on Linux, with the zero at its end.
MAX_SOCKET_BYTES = 103
#: A server that runs a script or writes to a slow disk answers late; one that has not answered in a second is no help.
ANSWER_S = 1.0


def socket_path(data: Path) -> Path:
    """The socket of the data folder: inside it, or in an owner-only folder of the temporary one where that is too long."""
    data = data.expanduser().resolve()
    inside = data / "redis.sock"
    if _fits(inside):
        return inside
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()).resolve() / f"detente-{os.getuid()}" / f"{name}.sock"
    if not _fits(short):
        raise EmbeddedServerFailed(f"both {inside} and {short} are too long for a socket; choose a shorter data folder")
    return short


def open_folder(folder: Path) -> None:
    """Make a folder that is nobody else's, or see that it is: who can write there could put another server in place."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise EmbeddedServerFailed(f"the folder {folder} cannot be made: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise EmbeddedServerFailed(f"{folder} must be a folder that only you can write to; mend it or choose another")


def ask(path: Path) -> str:
    """The server's answer to PING: "+PONG", an error such as "-LOADING …", or "" where nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_S)
        try:
            connection.connect(os.fspath(path))
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            return connection.recv(256).decode("ascii", "replace").partition("\r\n")[0]
        except OSError:
            return ""


def answers(path: Path) -> bool:
    """Whether a server is there that takes commands, be it busy with a script right now."""
    return ask(path).startswith(("+PONG", "-BUSY"))


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= MAX_SOCKET_BYTES
