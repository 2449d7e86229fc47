"""Which pages say that they hide their article."""

from __future__ import annotations

import time

import pytest

from detente.fetching.articles import MIN_WORDS, MIN_WORDS_BEHIND_WALL, check_words
from detente.fetching.failures import FailureKind, FetchFailed

WALLS = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>',
    '<script type="application/ld+json">{"isAccessibleForFree":"False"}</script>',
    '<script type="application/ld+json">{"isAccessibleForFree" : "http://schema.org/False"}</script>',
    '<meta itemprop="isAccessibleForFree" content="false">',
    '<meta property="article:content_tier" content="locked">',
    "<meta property='article:content_tier' content='metered'/>",
)
FREE = (
    '<script type="application/ld+json">{"isAccessibleForFree": true}</script>',
    '<meta itemprop="isAccessibleForFree" content="true">',
    '<meta property="article:content_tier" content="free">',
    "",
)


@pytest.mark.parametrize("head", WALLS)
def test_a_teaser_before_a_wall_is_no_article_and_a_whole_text_is_one_all_the_same(head: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        check_words("word " * (MIN_WORDS_BEHIND_WALL - 1), html=head)
    assert failed.value.kind is FailureKind.PAYWALL
    check_words("word " * MIN_WORDS_BEHIND_WALL, html=head)


@pytest.mark.parametrize("head", FREE)
def test_a_short_page_without_a_wall_is_an_article(head: str) -> None:
    check_words("word " * MIN_WORDS, html=head)
    with pytest.raises(FetchFailed, match="14 words"):
        check_words("word " * (MIN_WORDS - 1), html=head)


def test_an_article_needs_no_spaces() -> None:
    check_words("挪威周一从明斯克召回了大使，奥斯陆外交部在一份简短声明中说。", html="")
    with pytest.raises(FetchFailed):
        check_words("请先登录。", html="")


@pytest.mark.parametrize("piece", ["isAccessibleForFree" + " " * 50, "article:content_tier' ", '"isAccessibleForFree"::'])
def test_looking_for_walls_takes_no_time(piece: str) -> None:
    began = time.process_time()
    check_words("word " * 20, html=piece * 50_000)
    assert time.process_time() - began < 1
