"""Clean text: what is taken out, what stays, and that nothing is too odd to be read or refused."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.analysis.articles import clean_article
from detente.contracts import Article, ReadArticle
from detente.errors import ArticleRejected

HEADLINE = "Ministers Meet Over River Dam"
BODY = (
    "The ministers of both states met on Monday to talk about the dam.\n\n"
    '“We came to listen,” one of them said. The other\'s answer was "not yet".\n\n'
    "Talks go on next week."
)


def clean(text: str, **facts: object) -> Article:
    return clean_article(ReadArticle(text=text, **facts))


def test_a_headline_is_apart_from_the_body() -> None:
    article = clean(f"{HEADLINE}\n\n{BODY}")
    assert (article.title, article.text) == (HEADLINE, BODY)


def test_a_text_that_starts_with_its_body_loses_nothing() -> None:
    article = clean(BODY)
    assert (article.title, article.text, article.removed) == (None, BODY, ())


@pytest.mark.parametrize(
    "sentence", ["Iran visits Iraq", "France and Peru signed a treaty.", "Share this", "1 / 1 said the envoy"]
)
def test_a_single_line_is_all_body(sentence: str) -> None:
    assert (clean(sentence).title, clean(sentence).text) == (None, sentence)


def test_the_job_knows_its_headline_best() -> None:
    article = clean(f"{HEADLINE}\n\n{BODY}", title="Another headline")
    assert article.title == "Another headline"
    assert article.text.startswith(HEADLINE)


@pytest.mark.parametrize(
    "first", ["“We will never sign this”", "By Jane Doe", "Tuesday, 4 March 2014", "GENEVA (AP) —", "He agreed:"]
)
def test_a_quotation_a_byline_or_a_date_is_no_headline(first: str) -> None:
    assert clean(f"{first}\n\n{BODY}").title is None


def test_residue_is_taken_out_and_listed() -> None:
    residue = [
        HEADLINE.upper(),
        "1 / 1",
        "> <",
        "Facebook Twitter Email",
        "Read also: Floods in the north",
        "Sign up for our newsletter",
        "Photo: Jane Doe/Reuters",
    ]
    article = clean("\n\n".join([HEADLINE, BODY, *residue]))
    assert article.text == BODY
    assert sorted(article.removed) == sorted(residue)


@pytest.mark.parametrize(
    "sentence",
    [
        "Share prices fell after the minister spoke.",
        "Read the treaty before you sign it, the envoy told both sides.",
        "Subscribe to peace, he said, or live with war.",
        "Copyright law divides the two states.",
        "He was photographed in Cairo by Reuters.",
        "More on the dam is expected on Friday.",
        "“Read more,” the teacher said.",
        "May will visit Paris.",
        "5 of the 7 states signed.",
    ],
)
def test_a_sentence_of_the_body_is_no_residue(sentence: str) -> None:
    assert sentence in clean(f"{HEADLINE}\n\n{BODY}\n\n{sentence}").text


def test_tags_inside_a_line_are_taken_out() -> None:
    article = clean(f"{HEADLINE}\n\nThe <b>ministers</b> met.<br/> They spoke of x < y.\n\n{BODY}")
    assert article.text.startswith("The ministers met. They spoke of x < y.")
    assert article.removed == ("<b>", "</b>", "<br/>")


def test_mojibake_is_repaired_and_quotation_marks_stay_as_printed() -> None:
    text = 'He said: \u00e2\u20ac\u0153No\u00e2\u20ac\u009d. She said: “Yes”, ‘ja’, "si" – in the café of the \ufb01rst floor.'
    assert clean(text).text == 'He said: “No”. She said: “Yes”, ‘ja’, "si" – in the café of the \ufb01rst floor.'


def test_entities_are_replaced_with_their_semicolon_only() -> None:
    assert clean("Peru &amp; Chile signed. AT&T did not; &copy too.").text == "Peru & Chile signed. AT&T did not; &copy too."


def test_what_cannot_be_seen_is_removed() -> None:
    job = ReadArticle.model_construct(text="The\x00 mini\u200bster\ud800 met\x07 the\u202e envoy\ufeff.")
    assert clean_article(job).text == "The minister met the envoy."


def test_wrapped_lines_are_one_paragraph_and_short_lines_are_several() -> None:
    wrapped = "The ministers of both states met on Monday to talk about\nthe dam that one of them builds and the other\nfears."
    assert clean(wrapped).text == wrapped.replace("\n", " ")
    assert clean("Who signed?\r\nNobody did.\r\rWho will?").text == "Who signed?\n\nNobody did.\n\nWho will?"


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x00", "“”", "... !!! ???", "12 34", "\ud800\ud800", "> <\n1 / 1"])
def test_what_has_no_words_is_refused(text: str) -> None:
    with pytest.raises(ArticleRejected):
        clean_article(ReadArticle.model_construct(text=text))


@pytest.mark.parametrize("text", ["Встреча министров прошла в Женеве.", "اجتمع الوزراء في جنيف.", "部长们在日内瓦会晤。"])
def test_a_text_in_another_script_is_an_article(text: str) -> None:
    assert clean(text).text == text


def test_an_article_without_a_name_is_named_by_its_text() -> None:
    article = clean(f"{HEADLINE}\n\n{BODY}")
    assert article.text_sha256 == hashlib.sha256(BODY.encode()).hexdigest()
    assert article.id == article.text_sha256[:32]
    assert clean(BODY, id="mine").id == "mine"


WORDS = st.lists(
    st.sampled_from(
        ["Russia", "met", "“no”", "<b>", "1 / 1", "\n", "\n\n", "Share", ".", "Ã©", "\ud800", "&lt;p&gt;", HEADLINE, "> <"]
    ),
    max_size=40,
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(alphabet=st.characters()), WORDS.map(" ".join)))
def test_any_text_is_an_article_or_refused(text: str) -> None:
    try:
        article = clean_article(ReadArticle.model_construct(text=text))
    except ArticleRejected:
        return
    assert article.text == article.text.strip() != ""
    assert hashlib.sha256(article.text.encode()).hexdigest() == article.text_sha256
    assert "\n\n\n" not in article.text
    assert "\r" not in article.text


@settings(deadline=None)
@given(WORDS.map(" ".join))
def test_no_word_vanishes_unsaid(text: str) -> None:
    try:
        article = clean_article(ReadArticle.model_construct(text=text))
    except ArticleRejected:
        return
    kept = " ".join([article.title or "", article.text, *article.removed])
    assert sorted(re.findall(r"[a-z]+", kept.lower())) == sorted(
        re.findall(r"[a-z]+", text.lower().replace("&lt;", "").replace("&gt;", ""))
    )
