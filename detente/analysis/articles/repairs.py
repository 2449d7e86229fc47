"""Characters set right: mojibake, entities, surrogates, control characters, odd spaces. Quotation marks stay as printed."""

from __future__ import annotations

import html
import re

import ftfy

#: Only encodings are repaired. Straight quotation marks, unfolded ligatures or narrowed letters would not be what was printed.
_ENCODINGS = ftfy.TextFixerConfig(
    unescape_html=False, remove_terminal_escapes=False, fix_latin_ligatures=False, fix_character_width=False,
    uncurl_quotes=False, fix_line_breaks=False, remove_control_chars=False, normalization=None, explain=False,
)  # fmt: skip
#: ftfy judges a line as a whole. Longer ones, which no paragraph is, are judged in pieces so that memory stays bounded.
_MAX_PIECE_CHARS = 20_000

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\u2028\u2029]")
#: Terminal colours and the like: the escape character and what it introduces.
_ESCAPES = re.compile("\x1b\\[[0-9;]{0,20}[A-Za-z]")
#: Control characters; zero-width characters and marks of direction, which split or hide words; code points of no character.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_SPACES = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
#: Entities with their semicolon alone: “AT&T” and “?a=1&copy=2” stay.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def repair_text(text: str) -> str:
    """Text of lines in which every character is one that was meant. Blank lines stay."""
    lines = _LINE_ENDS.sub("\n", repair_surrogates(text)).split("\n")
    return "\n".join(repair_line(line) for line in lines)


def repair_line(line: str) -> str:
    """One line with encodings repaired, entities replaced, unseen characters removed and runs of spaces made one."""
    if "&" in line:
        line = repair_surrogates(_ENTITY.sub(lambda found: html.unescape(found[0]), line))
    if not line.isascii():
        line = "".join(ftfy.fix_encoding(piece, _ENCODINGS) for piece in _pieces(line))
    return _SPACES.sub(" ", _UNSEEN.sub("", _ESCAPES.sub("", _LINE_ENDS.sub(" ", line)))).strip()


def repair_surrogates(text: str) -> str:
    """Pairs of surrogates as the characters they stand for, without lone ones: those fit into no UTF-8, JSON or digest."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _pieces(line: str) -> list[str]:
    return [line[at : at + _MAX_PIECE_CHARS] for at in range(0, len(line), _MAX_PIECE_CHARS)]
