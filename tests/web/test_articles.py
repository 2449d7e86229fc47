"""`/v1/articles`: every way to hand an article in."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest

from tests.web.conftest import Api, problem

TEXT = "Riga thanked Oslo for its help on Monday."
WAIT = {"Prefer": "wait=30"}


def payload(api: Api, answer) -> dict:
    """What the job that was submitted asks for, as the worker that finds it wrong keeps it."""
    assert answer.status_code in (200, 202), answer.text
    return api.get(f"/v1/jobs/{answer.json()['id']}").json()["label"]


def test_json_is_the_job_itself(api: Api):
    done = api.read(TEXT, id="a-json", inline=True)
    assert done["result"]["article_id"] == "a-json"
    assert done["result"]["reading"]["article"]["text"] == TEXT
    assert api.get(done["links"]["reading"]).json()["article"]["id"] == "a-json"


def test_raw_text_is_an_article_and_the_query_says_what_is_known_of_it(api: Api):
    query = "id=a-raw&title=Riga&outlet=The+Daily+Test&published_at=2024-06-15T08:00:00%2B02:00&language=en&inline=true"
    answer = api.post(f"/v1/articles?{query}", data=TEXT.encode(), headers={**WAIT, "Content-Type": "text/plain"})
    article = answer.json()["result"]["reading"]["article"]
    assert (article["id"], article["text"], article["title"], article["outlet"]) == ("a-raw", TEXT, "Riga", "The Daily Test")
    assert article["published_at"] == "2024-06-15T08:00:00+02:00"


def test_raw_html_is_cleaned(api: Api):
    story = f"<h1>Thanks</h1><p>{TEXT}</p><p>{TEXT.replace('Riga', 'Tallinn')}</p>"
    page = f"<html><body><nav>Home</nav><article>{story}</article></body></html>"
    answer = api.post(
        "/v1/articles?inline=true", data=page.encode(), headers={**WAIT, "Content-Type": "text/html; charset=utf-8"}
    )
    assert "<p>" not in answer.json()["result"]["reading"]["article"]["text"]
    assert TEXT in answer.json()["result"]["reading"]["article"]["text"]


@pytest.mark.parametrize(("name", "kind"), [("a.txt", "text/plain"), ("a.html", "application/octet-stream"), ("a", "text/html")])
def test_a_file_can_be_uploaded(api: Api, name, kind):
    text = f"<p>{TEXT}</p>" if "html" in name + kind else TEXT
    form = {"id": f"upload {name}", "inline": "true"}
    answer = api.post("/v1/articles", files={"file": (name, text.encode(), kind)}, data=form, headers=WAIT)
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["reading"]["article"]["text"] == TEXT
    assert answer.json()["result"]["article_id"] == f"upload {name}"


def test_a_body_is_read_in_its_own_character_set(idle_api: Api):
    answer = idle_api.post(
        "/v1/articles", data="Łódź".encode("iso-8859-2"), headers={"Content-Type": "text/plain; charset=iso-8859-2"}
    )
    assert payload(idle_api, answer)["size"] == 4


@pytest.mark.parametrize("charset", ["utf-8", "nonsense", "zlib", "rot13", "hex", "idna", "x" * 5000, "\x00"])
def test_a_body_that_is_no_text_in_its_character_set_is_refused(idle_api: Api, charset):
    headers = {"Content-Type": f"text/plain; charset={charset}".encode()}
    answer = idle_api.post("/v1/articles", data=b"\xff\xfe\xfa", headers=headers)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "raw-unicode-escape", "undefined"])
def test_a_codec_that_is_no_character_set_is_refused_at_once(idle_api: Api, charset):
    began, text, form = time.monotonic(), b"xn--" + b"a9" * 500_000, "multipart/form-data; boundary=x"
    part = b"--x\r\nContent-Disposition: form-data; name=file%s\r\n\r\n%s\r\n--x--\r\n"
    of_a_file = f"; filename=a\r\nContent-Type: text/plain; charset={charset}".encode()
    for kind, body in (
        (f"text/plain; charset={charset}", text),
        (form, part % (of_a_file, text)),
        (f"{form}; charset=utf-8; charset={charset}", part % (b"", text)),
    ):
        problem(idle_api.post("/v1/articles", data=body, headers={"Content-Type": kind}), 400, "body-malformed")
    # Two of them take the square of the text's length, and the API answers nobody meanwhile.
    assert time.monotonic() - began < 5


def test_a_type_that_is_no_article_is_refused(idle_api: Api):
    assert (
        "text/html"
        in problem(
            idle_api.post("/v1/articles", data=b"%PDF", headers={"Content-Type": "application/pdf"}), 415, "type-unsupported"
        )["detail"]
    )


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("nonsense=1", "nonsense"),
        ("published_at=1718438400", "published_at"),
        ("language=English", "language"),
        ("inline=1", "inline"),
        ("id=", "id"),
    ],
)
def test_a_query_that_is_wrong_is_refused(idle_api: Api, query, parameter):
    answer = idle_api.post(f"/v1/articles?{query}", data=b"x", headers={"Content-Type": "text/plain"})
    assert problem(answer, 422, "request-invalid")["errors"][0]["parameter"] == parameter


def test_a_form_without_a_file_is_refused(idle_api: Api):
    answer = idle_api.post("/v1/articles", files={"text": (None, "x")})
    assert problem(answer, 422, "request-invalid")["errors"]


def test_a_form_with_too_many_parts_is_refused(idle_api: Api):
    files = [("file", (f"{n}.txt", b"x", "text/plain")) for n in range(50)]
    assert idle_api.post("/v1/articles", files=files).status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"--", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\n" + b"a" * 10_000]
)
def test_a_form_that_is_broken_is_refused(idle_api: Api, body):
    answer = idle_api.post("/v1/articles", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (400, 422)


def test_a_form_is_submitted_once_with_its_idempotency_key(idle_api: Api):
    key = {"Idempotency-Key": str(uuid4())}
    ids = {idle_api.post("/v1/articles", files={"file": ("a.txt", TEXT.encode())}, headers=key).json()["id"] for _ in range(2)}
    assert len(ids) == 1
