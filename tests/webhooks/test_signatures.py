"""Signatures: what is signed verifies, and nothing else does."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.client.webhooks import SignatureInvalid, verify
from detente.webhooks.signatures import masked_secret, new_secret, sign
from tests.receivers import Request, is_signed

SECRET = new_secret()
BODY = b'{"type":"job.done","data":{"id":"1"}}'


def _signed(body: bytes = BODY, *, at: float | None = None, keys: tuple[str, ...] = (SECRET,)) -> dict[str, str]:
    return sign(body, id="msg-1", timestamp=int(at or time.time()), keys=keys)


def test_the_signature_is_that_of_the_standards_example() -> None:
    # The secret, id, time, payload and signature that the standard's own libraries test with.
    secret, id, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    headers = sign(b'{"test": 2432232314}', id=id, timestamp=at, keys=[secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (id, str(at))


@given(body=st.binary(max_size=200), id=st.uuids().map(str))
def test_an_independent_receiver_agrees(body: bytes, id: str) -> None:
    headers = sign(body, id=id, timestamp=int(time.time()), keys=[SECRET])
    assert is_signed(Request("/", headers, body, 0), SECRET)
    assert not is_signed(Request("/", headers, body + b"x", 0), SECRET)


def test_what_is_signed_verifies_whatever_the_case_of_the_headers() -> None:
    headers = {name.title(): value for name, value in _signed().items()}
    assert verify(BODY, headers, SECRET) == json.loads(BODY)
    assert verify(BODY.decode(), headers, [new_secret(), SECRET]) == json.loads(BODY)


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (BODY + b" ", {}),
        (BODY, {"webhook-id": "msg-2"}),
        (BODY, {"webhook-timestamp": str(int(time.time()) + 1)}),
        (BODY, {"webhook-signature": "v1,AAAA"}),
        (BODY, {"webhook-signature": ""}),
        (BODY, {"webhook-signature": "v1,é \N{SNOWMAN}"}),
        (BODY, {"webhook-timestamp": "²"}),
        (BODY, {"webhook-timestamp": "9" * 5000}),
        (BODY, {"webhook-timestamp": "-1"}),
    ],
)
def test_what_was_changed_does_not_verify(body: bytes, changed: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify(body, {**_signed(), **changed}, SECRET)


def test_another_secret_does_not_verify() -> None:
    with pytest.raises(SignatureInvalid):
        verify(BODY, _signed(), new_secret())


def test_a_signature_of_another_version_is_passed_over() -> None:
    headers = _signed()
    other = {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v1a,")}
    with pytest.raises(SignatureInvalid):
        verify(BODY, other, SECRET)
    both = {**headers, "webhook-signature": "v1a,xyz " + headers["webhook-signature"]}
    assert verify(BODY, both, SECRET)


@pytest.mark.parametrize("age_s", [400, -400])
def test_an_old_request_or_one_of_the_future_does_not_verify(age_s: int) -> None:
    headers = _signed(at=time.time() - age_s)
    with pytest.raises(SignatureInvalid, match="ago"):
        verify(BODY, headers, SECRET)
    assert verify(BODY, headers, SECRET, tolerance_s=500)


def test_while_a_secret_rotates_both_verify() -> None:
    old = new_secret()
    headers = _signed(keys=(SECRET, old))
    assert verify(BODY, headers, old) == verify(BODY, headers, SECRET)


def test_a_missing_header_is_named() -> None:
    with pytest.raises(SignatureInvalid, match="webhook-id"):
        verify(BODY, {}, SECRET)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!", "whsec_" + base64.b64encode(b"short").decode(), "é"])
def test_a_secret_that_is_none_is_said_to_be_so(secret: str) -> None:
    with pytest.raises(SignatureInvalid, match="secret"):
        verify(BODY, _signed(), secret)


def test_secrets_have_32_random_bytes_and_are_shown_masked() -> None:
    assert len({new_secret() for _ in range(10)}) == 10
    assert len(base64.b64decode(SECRET.removeprefix("whsec_"))) == 32
    assert masked_secret(SECRET) == "whsec_…" + SECRET[-4:]


def test_receivers_need_no_store() -> None:
    code = "import detente.client.webhooks, sys; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
