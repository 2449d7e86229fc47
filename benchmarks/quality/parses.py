"""A model that remembers its parses, so that a change of rules is measured in seconds."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from spacy.about import __version__ as spacy_version
from spacy.language import Language
from spacy.tokens import Doc, DocBin

#: Everything that the rules may look at. Sentences and noun phrases follow from heads and dependencies.
_KEPT = ["LEMMA", "TAG", "POS", "MORPH", "DEP", "HEAD", "ENT_IOB", "ENT_TYPE"]
#: So many texts are looked up, and parsed where they are new, before the next are taken: memory stays small.
_CHUNK = 64


class KeptModel:
    """Stands for a model where only `make_doc` and `pipe` are called. Parses are kept in a file, by model version and text."""

    def __init__(self, nlp: Language, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.nlp = nlp
        self.version = f"{nlp.meta['lang']}_{nlp.meta['name']}-{nlp.meta['version']}-spacy-{spacy_version}"
        self.parsed = 0
        #: What raised while being read, for the report.
        self.crashes: list[str] = []
        #: Several people may measure at once; each waits for the other's few milliseconds of writing.
        self.kept = sqlite3.connect(path, timeout=60, isolation_level=None)
        self.kept.execute("CREATE TABLE IF NOT EXISTS parses (key TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID")

    def make_doc(self, text: str) -> Doc:
        return self.nlp.make_doc(text)

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = 16) -> Iterator[Doc]:
        """Parses in the order of the tokenized texts."""
        waiting = iter(docs)
        while chunk := list(islice(waiting, _CHUNK)):
            found = {doc.text: kept for doc in chunk if (kept := self._load(doc.text)) is not None}
            new = {doc.text: doc for doc in chunk if doc.text not in found}
            for doc in self.nlp.pipe(new.values(), batch_size=batch_size):
                self._save(doc.text, doc)
                found[doc.text] = doc
            self.parsed += len(new)
            yield from (found[doc.text] for doc in chunk)

    def _load(self, text: str) -> Doc | None:
        row = self.kept.execute("SELECT doc FROM parses WHERE key = ?", (self._key(text),)).fetchone()
        return next(DocBin().from_bytes(row[0]).get_docs(self.nlp.vocab)) if row else None

    def _save(self, text: str, doc: Doc) -> None:
        kept = DocBin(attrs=_KEPT, docs=[doc]).to_bytes()
        self.kept.execute("INSERT OR REPLACE INTO parses VALUES (?, ?)", (self._key(text), kept))

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.version}\n{text}".encode()).hexdigest()
