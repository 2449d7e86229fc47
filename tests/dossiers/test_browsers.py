"""The page of a dossier as a browser shows it: nothing runs, nothing is fetched, nothing is wider than a telephone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from detente.contracts import Span
from detente.dossiers import open_dossier
from detente.dossiers.pages import dossier_page
from detente.storage import Store, open_store
from tests.readings import make_article, make_event, make_reading, make_statement, make_tie
from tests.webs import Answer, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
BAD = '<script>document.title="run"</script><img src=/stolen onerror="document.title=1">'
#: Looks at the page in a frame of a telephone's width, and writes what it sees where `--dump-dom` shows it. In the page itself
#: no script of ours could run.
LOOK = """<!doctype html><title>looking</title><iframe src="/page" width=400 height=800></iframe><pre></pre><script>
document.querySelector("iframe").onload = (loaded) => {
  const page = loaded.target.contentDocument, root = page.documentElement
  const links = [...page.querySelectorAll("a[href]")]
  document.querySelector("pre").textContent = JSON.stringify({
    title: page.title, over: root.scrollWidth - 400, scripts: page.scripts.length, images: page.images.length,
    broken: links.filter((a) => a.hash && a.pathname === "/page" && !page.getElementById(a.hash.slice(1))).length,
    odd: links.filter((a) => !["http:", "https:"].includes(a.protocol)).length,
    headings: [...page.querySelectorAll("h1, h2")].map((h) => h.textContent).join("|"),
    bars: page.querySelectorAll("rect").length, turns: page.querySelectorAll("line.turn").length,
    high: page.querySelector("rect").getBoundingClientRect().height > 1,
  })
}
</script>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'detente.db'}")
    for week in range(24):
        day = datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(weeks=week)
        intensity = 4.0 if week < 12 else -6.0
        _keep(store, f"w{week}", day, text="Nora Quill met Ivo Marsh.", events=(make_event(intensity=intensity),))
    said = make_statement(about=("PAK", "RUS"), parts=(Span(start=0, end=len(BAD), text=BAD),))
    _keep(store, "bad", datetime(2024, 6, 1, tzinfo=UTC), text=BAD + "x" * 300, statements=(said,), ties=(make_tie(),))
    made = dossier_page(open_dossier(store, ("PAK", "RUS"), since=date(2024, 1, 1)))
    store.close()
    return made


def _keep(store: Store, id: str, at: datetime, *, text: str, **findings: object) -> None:
    url = "javascript:alert(1)" if id == "bad" else f"https://example.org/{id}"
    article = make_article(id, text=text, title=BAD, outlet=BAD, url=url, published_at=at)
    store.keep_reading(make_reading(article, **findings), reading_id=f"r-{id}", job_id="j")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_page_on_a_telephone_and_runs_nothing_of_it(page: str, tmp_path: Path) -> None:
    with serving() as web:
        web.paths |= {"/page": Answer(page), "/look": Answer(LOOK)}
        command = [str(CHROMIUM), *QUIET, f"--user-data-dir={tmp_path}", "--virtual-time-budget=5000", "--dump-dom"]
        ran = subprocess.run([*command, f"{web.url}/look"], capture_output=True, text=True, timeout=90, check=True)
    found = re.search(r"<pre>(\{.*?\})</pre>", ran.stdout, re.DOTALL)
    assert found, ran.stdout[-2000:]
    seen = json.loads(html.unescape(found[1]))
    assert seen["title"] == "PAK – RUS: a dossier"
    assert (seen["scripts"], seen["images"], seen["odd"], seen["broken"]) == (0, 0, 0, 0)
    assert seen["over"] <= 0
    assert seen["headings"].startswith("PAK – RUS|Intensity by week|Turning points|Counts|Events 24|Assessments 1|Statements 1")
    assert (seen["bars"], seen["turns"], seen["high"]) == (24, 1, True)
    assert {path for path, _ in web.asked} <= {"/page", "/look", "/favicon.ico"}
