"""Pages: the article of one, what it says of itself, and that no markup is too hostile."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.analysis.articles import clean_article
from detente.analysis.articles.pages import MAX_BRACKETS
from detente.contracts import Article, ReadArticle
from detente.errors import ArticleRejected

PARAGRAPHS = [
    "The ministers of Peru and Chile met in Lima on Monday to talk about the water of the border rivers, their offices said.",
    "“We came to listen,” the Chilean minister said after the meeting, which both sides had put off twice since the spring.",
    "Neither side would say when the treaty is to be signed, but officials expect another round of talks before the winter.",
]
PAGE = f"""<!DOCTYPE html>
<html lang="en-GB"><head><title>Ministers Meet Over Border Rivers | The Lima Courier</title>
<meta property="og:title" content="Ministers Meet Over Border Rivers"><meta property="og:site_name" content="The Lima Courier">
<meta property="article:published_time" content="2014-03-04T10:00:00Z"><meta name="author" content="Jane Doe; John Roe">
<link rel="canonical" href="https://courier.example/rivers"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<article><h1>Ministers Meet Over Border Rivers</h1><p>{"</p><p>".join(PARAGRAPHS)}</p><p>Sign up for our newsletter</p></article>
<footer><a href="/terms">Terms of use</a> © The Lima Courier</footer></body></html>"""


def read(html: str, **facts: object) -> Article:
    return clean_article(ReadArticle(html=html, **facts))


def test_a_page_gives_its_article_and_what_it_says_of_it() -> None:
    article = read(PAGE)
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert article.title == "Ministers Meet Over Border Rivers"
    assert article.outlet == "The Lima Courier"
    assert article.authors == ("Jane Doe", "John Roe")
    assert article.published_at == datetime(2014, 3, 4, tzinfo=UTC)
    assert article.url == "https://courier.example/rivers"
    assert article.language == "en"


def test_what_the_job_says_wins_over_the_page() -> None:
    at, url = datetime(2014, 3, 5, 12, tzinfo=UTC), "https://mine.example/"
    article = read(PAGE, title="Mine", outlet="Agency", authors=("Me",), published_at=at, url=url, language="es")
    facts = (article.title, article.outlet, article.authors, article.published_at, article.url, article.language)
    assert facts == ("Mine", "Agency", ("Me",), at, url, "es")


def test_a_page_given_as_text_is_read_as_a_page() -> None:
    assert clean_article(ReadArticle(text=PAGE)) == read(PAGE)
    piece = f"<div><p>{'</p><p>'.join(PARAGRAPHS)}</p></div>"
    assert clean_article(ReadArticle(text=piece)).text == "\n\n".join(PARAGRAPHS)


def test_a_text_that_speaks_of_markup_is_no_page() -> None:
    text = "The <b> tag makes letters bold, the teacher said. <i> does not."
    assert clean_article(ReadArticle(text=text)).text == "The tag makes letters bold, the teacher said. does not."


def test_a_page_without_an_article_is_refused() -> None:
    with pytest.raises(ArticleRejected, match="no article"):
        read("<html><head><title>Nothing</title></head><body></body></html>")


def test_a_page_of_too_many_tags_is_refused_before_it_is_parsed() -> None:
    started = time.process_time()
    with pytest.raises(ArticleRejected, match="angle brackets"):
        read("<div>" * (MAX_BRACKETS + 1))
    assert time.process_time() - started < 1


def body(inside: str) -> str:
    return f"<html><body><article>{inside}<p>{'</p><p>'.join(PARAGRAPHS)}</p></article></body></html>"


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
HOSTILE = {
    "an attribute of two million letters": body(f'<p class="{"a " * 900_000}">x</p>'),
    "many attributes": body(f"<p {' '.join(f'a{n}=1' for n in range(150_000))}>x</p>"),
    "entities of entities": ENTITIES + body("<p>&c;&c;</p>"),
    "deep JSON": body(f'<script type="application/ld+json">{"[" * 500_000}</script>'),
    "spaces": body(f"<p>a{' ' * 1_500_000}b</p>"),
    "another encoding than declared": '<?xml version="1.0" encoding="utf-16"?>' + body("<p>x</p>"),
    "two hundred levels": body("<div>" * 200),
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markup_around_an_article_costs_neither_it_nor_time(html: str) -> None:
    started = time.process_time()
    assert all(paragraph in read(html).text for paragraph in PARAGRAPHS)
    assert time.process_time() - started < 10


def test_an_article_at_the_bottom_of_a_well_of_tags_is_refused() -> None:
    with pytest.raises(ArticleRejected):
        read(body("<div>" * 20_000))


MARKUP = (
    "<p> </p> <div> </div> <a> </a> <table> <tr><td> </table> <html> <head> <title> </title> <body> <script> </script> "
    "<svg> <math> <!-- --> <![CDATA[ ]]> <frameset> <ul><li> </ul> <h1> </h1> <article> &#0; &#x110000; &lt; "
    "\ud800 \x00 <?php <% <time>"
)
WORDS = ['<time datetime="2012-10-32">', '<meta charset="utf-7">', '<base href="http://[">', "“", "\u2028", *PARAGRAPHS]


@settings(deadline=None)
@given(st.lists(st.sampled_from(MARKUP.split(" ") + WORDS), max_size=30))
def test_any_markup_is_an_article_or_refused(pieces: list[str]) -> None:
    try:
        article = clean_article(ReadArticle.model_construct(html="".join(pieces)))
    except ArticleRejected:
        return
    assert article.text.encode()
