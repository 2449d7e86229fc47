"""A Redis that speaks TLS alone, with certificates of an authority of one's own, both ways."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detente.client import Client
from detente.contracts import Beat
from detente.embedded import leashed
from detente.errors import BrokerUnreachable
from tests.systems import System
from tests.waiting import wait_for

FLOWER = """
import asyncio, json, sys
from flower.utils.broker import Broker
from detente.urls import celery_tls, celery_url
broker = Broker(celery_url(sys.argv[1]), broker_options={"global_keyprefix": "detente:"}, broker_use_ssl=celery_tls(sys.argv[1]))
print(json.dumps(asyncio.run(broker.queues(["bulk"]))))
"""


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate for 127.0.0.1 and localhost, and one for clients."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here to make certificates with")
    folder = tmp_path_factory.mktemp("papers")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    _openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign",
             "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip
    for name in ("server", "client"):
        _openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
                 "-CAcreateserial", "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def tls_port(papers: Path) -> Iterator[int]:
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if not binary or b"libssl" not in subprocess.run(["ldd", binary], capture_output=True).stdout:
        pytest.skip("no Redis here that was built with TLS (the embedded server was not)")
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    options = {
        "port": "0", "tls-port": str(port), "bind": "127.0.0.1", "save": "", "dir": str(papers), "requirepass": "pw",
        "tls-ca-cert-file": "ca.pem", "tls-cert-file": "server.pem", "tls-key-file": "server.key", "tls-auth-clients": "yes",
    }  # fmt: skip
    argv = leashed([binary, *(word for name, value in options.items() for word in (f"--{name}", value))])
    with (papers / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=papers, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            wait_for(lambda: _listens(port) or process.poll() is not None)
            assert process.poll() is None, (papers / "log").read_text()
            yield port
        finally:
            process.kill()
            process.communicate()


@pytest.fixture
def url(papers: Path, tls_port: int) -> str:
    own = f"ssl_certfile={papers / 'client.pem'}&ssl_keyfile={papers / 'client.key'}"
    return f"rediss://:pw@localhost:{tls_port}/1?ssl_ca_certs={papers / 'ca.pem'}&{own}"


def test_client_worker_and_result_go_over_tls(url: str, tmp_path: Path) -> None:
    system = System(url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
    with closing(system), system.worker(concurrency=1):
        assert system.client.submit(Beat()).result(timeout_s=30).at
        checks = {check["name"]: check["verdict"] for check in json.loads(system.cli("doctor", "--json").stdout)}
        assert checks["redis"] == "right"


def test_flower_reads_the_length_of_queues_over_tls(url: str) -> None:
    with Client(url) as client:
        client.redis.lpush("detente:bulk", "one")
    found = subprocess.run([sys.executable, "-c", FLOWER, url], capture_output=True, timeout=60)
    assert json.loads(found.stdout) == [{"name": "bulk", "messages": 1}], found.stderr


@pytest.mark.parametrize("left_out", ["ssl_ca_certs", "ssl_certfile"])
def test_a_server_that_cannot_be_trusted_or_does_not_trust_us_is_not_used(url: str, left_out: str) -> None:
    place, _, query = url.partition("?")
    fewer = "&".join(option for option in query.split("&") if not option.startswith(left_out))
    if left_out == "ssl_certfile":
        fewer = "&".join(option for option in fewer.split("&") if not option.startswith("ssl_keyfile"))
    with Client(f"{place}?{fewer}") as client, pytest.raises(BrokerUnreachable) as away:
        client.ping()
    assert ":pw@" not in str(away.value)


def _listens(port: int) -> bool:
    with closing(socket.socket()) as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
