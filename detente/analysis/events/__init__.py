"""Which state did what to whom, when, and whether it happened at all."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.events.codings import Coder, Draft
from detente.analysis.events.parties import Stage
from detente.analysis.events.records import Recorder
from detente.analysis.events.trees import Tree
from detente.analysis.lexicon.frames import load_controls, load_frames
from detente.analysis.parses import Parse
from detente.contracts import Event, Statement


def code_events(parse: Parse, cast: Cast, statements: tuple[Statement, ...]) -> tuple[Event, ...]:
    """The events of an article as PLOVER types with status, in order of the text, one for each act.

    A side is null where the text names no state there. What a headline tells again is a further span of the same event.
    """
    recorder = Recorder(parse, cast, statements)
    controls = load_controls()
    stage = Stage(Tree(parse.doc), cast, controls["papers"], controls["pronouns"])
    recorder.add(stage, _drafts(stage))
    if parse.article.title:
        title = Stage(Tree(parse.title), cast, controls["papers"], controls["pronouns"])
        recorder.add(title, [draft for draft in _drafts(title) if draft.is_full])
    return recorder.events()


def _drafts(stage: Stage) -> list[Draft]:
    return Coder(stage, load_frames(), load_controls()).drafts()
