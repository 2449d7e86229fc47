"""Pages over TLS: from hosts with a certificate of an authority that is trusted, for the very name that was asked for."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import _tls, fetch
from tests.webs import HERE, Answer, Web, serving

SHORT = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder: Path, name: str, names: str, *dates: str) -> ssl.SSLContext:
    """What a server with a certificate of the authority in `folder` needs."""
    (folder / "names").write_text(f"subjectAltName={names}")
    openssl(folder, "req", *SHORT, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", *(dates or ("-days", "2")),
            "-CAcreateserial", "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    openssl(folder, "req", "-x509", *SHORT, "-days", "2", "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign",
            "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def web(authority: Path) -> Iterator[Web]:
    """A host whose certificate is good for 127.0.0.1 and news.example."""
    with serving(tls=certificate(authority, "server", "IP:127.0.0.1,DNS:news.example")) as web:
        web.paths["/"] = Answer("told in private")
        yield web


@pytest.fixture
def trusted(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The authority is one of this machine's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    _tls.cache_clear()
    yield
    _tls.cache_clear()


def failure(url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetch(url, HERE)
    return failed.value


@pytest.mark.usefixtures("trusted")
def test_a_page_comes_over_tls_and_redirects_lead_into_it(web: Web) -> None:
    page = fetch(web.url, HERE)
    assert (page.url, page.text()) == (web.url, "told in private")
    with serving() as plain:
        plain.paths["/"] = Answer(status=301, headers={"Location": f"{web.url}/"})
        assert fetch(plain.url, HERE).url == f"{web.url}/"


@pytest.mark.usefixtures("trusted")
def test_the_name_that_was_asked_for_is_the_one_that_must_be_certified(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kw: real("127.0.0.1", *args, **kw))
    port = web.url.rpartition(":")[2]
    assert fetch(f"https://news.example:{port}/", HERE).text() == "told in private"
    assert web.asked[-1][1]["host"] == f"news.example:{port}"
    failed = failure(f"https://other.example:{port}/")
    assert (failed.kind, "other.example" in str(failed)) == (FailureKind.BAD_CERTIFICATE, True)


def test_an_authority_that_nobody_knows_is_not_trusted_and_nothing_is_asked(web: Web) -> None:
    before = len(web.asked)
    assert failure(web.url).kind is FailureKind.BAD_CERTIFICATE
    assert len(web.asked) == before


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_has_expired_is_refused(authority: Path) -> None:
    with serving(tls=certificate(authority, "old", "IP:127.0.0.1", "-days", "-1")) as web:
        failed = failure(web.url)
    assert (failed.kind, "expired" in str(failed)) == (FailureKind.BAD_CERTIFICATE, True)


def test_a_host_that_speaks_no_tls_is_unreachable() -> None:
    with serving() as web:
        assert failure(web.url.replace("http:", "https:")).kind is FailureKind.UNREACHABLE


def test_a_host_that_never_ends_its_greeting_is_too_slow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchFailed) as failed:
        fetch(f"https://127.0.0.1:{silent.getsockname()[1]}/", replace(HERE, timeout_s=0.5))
    assert failed.value.kind is FailureKind.TOO_SLOW
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
