"""Every frame of the lexicon is found on its example, and says what it needs."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from spacy.language import Language

from detente.analysis.actors import find_actors
from detente.analysis.events import code_events
from detente.analysis.lexicon.frames import Frame, load_controls, load_frames
from detente.analysis.parses import Parse
from detente.contracts import Article, Plover

FRAMES = load_frames().all


@pytest.mark.parametrize("frame", FRAMES, ids=[frame.name for frame in FRAMES])
def test_a_frame_is_found_on_its_example(nlp: Language, frame: Frame) -> None:
    article = Article(id="a", text=frame.example, text_sha256="0" * 64)
    parse = Parse(article, nlp(frame.example), nlp(""))
    events = code_events(parse, find_actors(parse), ())
    assert f"frame:{frame.name}" in [event.rule for event in events], [(event.rule, event.plover) for event in events]


def test_every_frame_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(frame.name for frame in FRAMES).items() if count > 1] == []


def test_every_plover_type_has_frames() -> None:
    assert {frame.plover for frame in FRAMES} == set(Plover)


def test_a_cameo_code_belongs_to_its_frame() -> None:
    assert [frame.name for frame in FRAMES if not re.fullmatch(r"(0[1-9]|1\d|20)\d{0,2}", frame.cameo or "")] == []


def test_words_are_written_as_the_parser_gives_them() -> None:
    words = [word for frame in FRAMES for word in (*frame.verbs, *frame.nouns, *frame.adjectives)]
    assert [word for word in words if word != word.lower() or word != word.strip()] == []


def test_governing_words_are_there() -> None:
    assert "cancel" in load_controls()["cancels"]
    assert "deny" in load_controls()["denies"]
