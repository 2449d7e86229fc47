"""What is imported: files and folders of them, each read as its name and its first bytes say."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detente.fetching.charsets import decode
from detente.fetching.failures import FetchFailed
from detente.fetching.pages import is_html
from detente.imports.lines import line_rows
from detente.imports.parts import PIECE, Broken, Parts, file_at, parts_of, whole
from detente.imports.rows import MAX_BODY_BYTES, Maker, Meter, NoArticle, Reason, Row, no_row

Rows = Callable[[str, Parts, Maker], Iterator[Row]]

#: Endings of names, without `.gz`.
_FORMATS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".warc": "warc", ".wet": "warc", ".txt": "text", ".text": "text", ".html": "html",
    ".htm": "html", ".xhtml": "html",
}  # fmt: skip


@dataclass(frozen=True)
class File:
    """A file to import. Within a folder, links are not followed: they may lead out of it, or to a file that is there too."""

    path: Path
    #: What counts for the key: the name without the place where it lies, or where its folder does.
    name: str
    follow: bool = True

    @contextmanager
    def opened(self, meter: Meter) -> Iterator[Parts]:
        with file_at(self.path, follow=self.follow) as file:
            yield parts_of(file, meter)


def files(paths: Iterable[Path]) -> Iterator[File | Row]:
    """All files, those of folders sorted by their names; and rows for what is passed over in a folder, or is not there."""
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        else:
            yield File(path, path.name)


def _in_folder(root: Path) -> Iterator[File | Row]:
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unreadable.append):
        folders.sort()
        for name in sorted([*names, *(inner for inner in folders if inner.startswith(".") or _is_link(folder, inner))]):
            path = Path(folder, name)
            if name.startswith("."):
                yield Row(str(path), reason=Reason.HIDDEN, detail="its name begins with a dot")
            elif path.is_symlink():
                yield Row(str(path), reason=Reason.LINK, detail="links are not followed")
            else:
                yield File(path, str(path.relative_to(root)), follow=False)
        folders[:] = [inner for inner in folders if not inner.startswith(".")]
    for error in unreadable:
        yield Row(str(error.filename), reason=Reason.UNREADABLE, detail=error.strerror or str(error))


def _is_link(folder: str, name: str) -> bool:
    return os.path.islink(os.path.join(folder, name))


def size_of(paths: Iterable[Path]) -> int:
    """Bytes of all files."""
    return sum(os.path.getsize(one.path) for one in files(paths) if isinstance(one, File) and one.path.exists())


def digest_of(paths: Iterable[Path], meter: Meter, *, facts: str) -> str:
    """The same for the same files with the same content, wherever they lie, and the same facts about how they are read."""
    found = hashlib.sha256(facts.encode())
    for one in files(paths):
        if isinstance(one, File):
            found.update(f"\0{one.name}\0".encode("utf-8", "surrogateescape"))
            found.update(_digest(one, meter))
    return found.hexdigest()


def _digest(file: File, meter: Meter) -> bytes:
    found = hashlib.sha256()
    try:
        with file_at(file.path, follow=file.follow) as content:
            while piece := content.read(PIECE):
                found.update(piece)
                meter.bytes += len(piece)
    except NoArticle as why:
        found.update(why.detail.encode())
    return found.digest()


def rows(paths: Iterable[Path], make: Maker, meter: Meter) -> Iterator[Row]:
    """All rows of all files, in order."""
    for one in files(paths):
        if isinstance(one, Row):
            yield one
            continue
        place = str(one.path)
        try:
            reader = _reader_of(one)
            with one.opened(meter) as parts:
                yield from reader(place, parts, make)
        except NoArticle as why:
            yield no_row(place, why)
        except OSError as error:
            yield Row(place, reason=Reason.UNREADABLE, detail=error.strerror or str(error))


def _reader_of(file: File) -> Rows:
    """What reads a file. An archive or a page is known by how it begins, whatever its name; the others by their names first."""
    begins = _beginning(file)
    named = _FORMATS.get(Path(file.name.lower().removesuffix(".gz")).suffix)
    if begins.startswith(b"WARC/"):
        named = "warc"
    elif is_html(begins) and named in (None, "text"):
        named = "html"
    elif named is None and begins.lstrip().startswith(b"{"):
        named = "jsonl"
    if named is None:
        raise NoArticle(Reason.UNKNOWN_FORMAT, "neither JSON Lines nor a web archive, a page or a text, by name and beginning")
    if named == "warc":
        # Loaded for those who need it.
        from detente.imports.archives import archive_rows

        return archive_rows
    return line_rows if named == "jsonl" else _page_rows if named == "html" else _text_rows


def _beginning(file: File) -> bytes:
    with file.opened(Meter()) as parts:
        try:
            return parts.read(PIECE) if parts.begin() else b""
        except Broken:
            return b""


def _text_rows(name: str, parts: Parts, make: Maker) -> Iterator[Row]:
    yield _document(name, parts, make, "text")


def _page_rows(name: str, parts: Parts, make: Maker) -> Iterator[Row]:
    yield _document(name, parts, make, "html")


def _document(name: str, parts: Parts, make: Maker, field: str) -> Row:
    try:
        text, _ = decode(whole(parts, most=MAX_BODY_BYTES))
    except NoArticle as why:
        return no_row(name, why)
    except Broken as broken:
        return Row(name, reason=Reason.BROKEN, detail=str(broken))
    except FetchFailed as failed:
        return Row(name, reason=Reason.BAD_CHARSET, detail=str(failed))
    return make.article(name, {field: text})
