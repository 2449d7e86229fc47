"""XML from strangers, as text that is safe to be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detente.fetching.charsets import decode, known
from detente.fetching.failures import FailureKind, FetchFailed

#: Elements that may be open at once. Nothing that people write has a hundred, and parsers take the square of their number.
MAX_DEPTH = 5_000
#: Tags in a document: ten thousand entries have as many. What is not well-formed takes a millisecond for each hundred.
MAX_TAGS = 100_000
#: Of one tag. A picture can be an attribute; the time for attributes is the square of their number.
MAX_TAG_CHARS, MAX_EQUALS = 200_000, 100
#: Different namespaces, all of which are looked at for each element. Publishers' programs declare up to twenty.
MAX_NAMESPACES = 64
#: Where an XML declaration may be: it is the first thing of a document.
HEAD_BYTES = 200
_DECLARED = re.compile(rb"""<\?xml[^<>]{0,150}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})["']""")
_DECLARATION = re.compile(r"\s{0,1000}<\?xml\s[^<>]{0,200}>")
_ENTITY = re.compile(r"<!ENTITY\s[^<>]*>")
_NAMESPACE = re.compile(r"""xmlns(?::[\w.-]{1,100})?\s{0,9}=\s{0,9}["'][^"'<>]{0,300}""")
#: What may not be in XML 1.0, and is in feeds all the same.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xml_text(body: bytes, *, declared: str | None = None, default: str | None = None) -> str:
    """The document without its XML declaration and without entities of its own. Raises FetchFailed (bad_charset, not_a_feed).

    A charset that HTTP has declared wins over that of the document, as RFC 7303 says. Where neither says one and there is no
    `default`, it is found out.
    """
    text, _ = decode(body, declared=declared if known(declared) else _charset(body) or default)
    begun = _DECLARATION.match(text.removeprefix("\ufeff"))
    text = _FORBIDDEN.sub("", text.removeprefix("\ufeff")[begun.end() if begun else 0 :])
    # An entity of ten characters can stand for a gigabyte of them. Those of HTML are known without being declared.
    text = _ENTITY.sub("", text)
    if "<!ENTITY" in text:
        raise FetchFailed(FailureKind.NOT_A_FEED, "it declares entities that cannot be read")
    _check(text)
    return text


def _charset(body: bytes) -> str | None:
    found = _DECLARED.match(body[:HEAD_BYTES].lstrip())
    charset = found[1].decode() if found else None
    # A declaration that can be read as ASCII is not in UTF-16, whatever it says.
    return "utf-8" if charset and charset.lower().startswith(("utf-16", "ucs-2", "utf-32")) else charset


def _check(text: str) -> None:
    """Whether its markup is what people and their programs write. Raises FetchFailed (not_a_feed)."""
    if text.count("<") > MAX_TAGS or len(set(_NAMESPACE.findall(text))) > MAX_NAMESPACES:
        raise FetchFailed(FailureKind.NOT_A_FEED, f"it has more than {MAX_TAGS:,} tags or {MAX_NAMESPACES:,} namespaces")
    depth = 0
    for tag in _tags(text):
        if len(tag) > MAX_TAG_CHARS or tag.count("=") > MAX_EQUALS:
            raise FetchFailed(FailureKind.NOT_A_FEED, "one of its tags is too long")
        depth = max(0, depth + (-1 if tag[0] == "/" else 0 if tag[-1] == "/" else 1))
        if depth > MAX_DEPTH:
            raise FetchFailed(FailureKind.NOT_A_FEED, f"more than {MAX_DEPTH:,} elements are open at once")


def _tags(text: str) -> Iterator[str]:
    """What stands between `<` and `>`. Markup that is quoted is none."""
    for part in text.split("<![CDATA["):
        for piece in part.rpartition("]]>")[2].split("<")[1:]:
            if piece[:1].isalpha() or piece[:1] in ("/", "_"):
                yield piece.partition(">")[0] or piece
