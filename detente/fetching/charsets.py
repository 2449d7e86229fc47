"""Text from the bytes of a page."""

from __future__ import annotations

import codecs
import re

from detente.fetching.failures import FailureKind, FetchFailed

#: Where HTML may name its charset: the standard looks at 1024 bytes, and real pages are a little later.
HEAD_BYTES = 4096
#: Detection needs no more than this, and its time grows with its input.
DETECTED_BYTES = 65_536
#: Signs that may be lost of a page whose charset is known, as where it was cut or mixed by its maker.
LOST_SHARE = 0.01

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
#: What browsers mean by these names (WHATWG Encoding Standard): quotation marks of Windows are common in them.
_AS_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "iso8859-9": "cp1254"}
#: Codecs of Python that are no charsets of pages.
_NO_CHARSETS = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "undefined", "mbcs", "oem"})


def decode(body: bytes, *, declared: str | None = None) -> tuple[str, str]:
    """The text and the charset it was in: by BOM, HTTP header, `meta`, UTF-8 or detection, in this order.

    Raises FetchFailed (bad_charset) where none of them fits.
    """
    named = _bom(body) or known(declared) or known(_meta(body))
    for charset in (named, "utf-8"):
        if charset and (text := _strict(body, charset)) is not None:
            return text, charset
    charset = named or _detected(body)
    text = body.decode(charset, "replace") if charset else ""
    if charset and text.count("\ufffd") <= LOST_SHARE * len(text):
        return text, charset
    raise FetchFailed(FailureKind.BAD_CHARSET, f"the page is not in the charset {named}" if named else "no charset fits the page")


def known(name: str | None) -> str | None:
    """Python's name of a charset; None for what is no charset of pages."""
    try:
        codec = codecs.lookup((name or "").strip(" \"'"))
    except (LookupError, ValueError):
        return None
    if codec.name in _NO_CHARSETS or not codec._is_text_encoding:
        return None
    return _AS_BROWSERS.get(codec.name, codec.name)


def _bom(body: bytes) -> str | None:
    return next((charset for mark, charset in _BOMS if body.startswith(mark)), None)


def _meta(body: bytes) -> str | None:
    found = _META.search(body[:HEAD_BYTES])
    charset = found[1].decode("ascii", "replace") if found else None
    # A page whose `meta` can be read as ASCII is not in UTF-16, whatever it says (so the HTML standard).
    return "utf-8" if charset and charset.lower().startswith("utf-16") else charset


def _strict(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except (UnicodeError, LookupError):
        return None


def _detected(body: bytes) -> str | None:
    # It takes 0.1 s to load, and most pages say what they are.
    from charset_normalizer import from_bytes

    best = from_bytes(body[:DETECTED_BYTES]).best()
    return known(best.encoding) if best else None
