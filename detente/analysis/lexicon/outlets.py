"""Names of news media and agencies."""

from __future__ import annotations

from functools import cache

from detente.analysis.lexicon.files import read_lines


@cache
def load_outlets() -> frozenset[str]:
    """The names of `outlets.txt` in lower case, without a leading article."""
    return frozenset(bare_name(name) for name in read_lines("outlets.txt"))


def bare_name(name: str) -> str:
    """A name in lower case without article and possessive, as outlets are compared."""
    bare = " ".join(name.lower().replace("’", "'").split()).removesuffix("'s")
    return bare.removeprefix("the ")
