"""Pretrained word vectors as features of texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.fetch.package_archives import fetch, file_sha256
from bakeoff.interfaces import Fetched
from bakeoff_embeddings import pins
from bakeoff_embeddings._base import Embedded
from bakeoff_embeddings.errors import ParameterError, VectorsError, check_choice
from bakeoff_embeddings.spacy_vectors import NAME as SPACY
from bakeoff_embeddings.spacy_vectors import spacy_vectors
from bakeoff_embeddings.tokens import vocabulary_of
from bakeoff_embeddings.vectors import FORMATS, beside, read_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_embeddings._base import Vectors
    from bakeoff_embeddings.tokens import Sentences
    from bakeoff_embeddings.vectors import WordVectors

DOWNLOAD = "gensim:"
"""Prefix of gensim's own downloads, as in `gensim:glove-wiki-gigaword-100`."""


@dataclass(kw_only=True, eq=False, repr=False)
class Pretrained(Embedded):
    """Pretrained word vectors, pooled into documents. Parameters are `Embedded`'s and these.

    Training texts determine only the pooling; words that training lacks have vectors too.

    Args:
        path: a file of vectors, `spacy_en_md` for those of a package archive, or `gensim:NAME` for
            one of gensim's downloads.
        format: `word2vec_binary`, `word2vec_text`, `glove_text` or `gensim`; `auto` detects
            it from the file.
        dim: size that the vectors must have; None takes any.

    Source:
        spaCy's en_core_web_md 3.8.0; see `vectors` for the formats.
    """

    path: str = SPACY
    format: str = "auto"
    dim: int | None = None

    def prepare(self) -> Fetched:
        """Fetch or check the vectors; their content enters the trial's identity.

        Raises:
            SourceUnavailableError: it could not be fetched.
            VectorsError: no such file.
        """
        if self.path == SPACY:
            fetch(pins.SPACY_MD)
            title, licence = pins.SPACY_MD.title, pins.SPACY_MD.licence
            return Fetched(fingerprint=pins.SPACY_MD.sha256, origin=title, licence=licence)
        is_download = self.path.startswith(DOWNLOAD)
        path = _downloaded(self.path.removeprefix(DOWNLOAD)) if is_download else Path(self.path)
        if not path.is_file():
            raise VectorsError(path, "no such file.")
        hashes = [file_sha256(file) for file in (path, beside(path)) if file.is_file()]
        return Fetched(fingerprint=" ".join(hashes), origin=str(self.path))

    def _check(self) -> None:
        super()._check()
        check_choice("format", self.format, FORMATS)
        if not self.path:
            raise ParameterError("path", "a file of vectors", self.path)

    def _learn(self, sentences: Sentences) -> tuple[str, Sequence[str], Vectors]:
        title, self.known_ = self._read()
        if self.dim is not None and self.known_.matrix.shape[1] != self.dim:
            width = self.known_.matrix.shape[1]
            raise VectorsError(self.path, f"expected vectors of {self.dim} numbers; got {width}.")
        ranked = vocabulary_of(sentences, min_count=1, max_words=10**9).words
        words = [word for word in ranked if word in self.known_.rows]
        if not words:
            message = f"has none of the {len(ranked)} different words of the training texts."
            raise VectorsError(self.path, message)
        return title, words, self._rows(words)

    def _read(self) -> tuple[str, WordVectors]:
        if self.path == SPACY:
            fetched = spacy_vectors()
            return f"en_core_web_md 3.8.0 ({fetched.origin})", fetched.value
        if self.path.startswith(DOWNLOAD):
            name = self.path.removeprefix(DOWNLOAD)
            return f"gensim download {name}", read_vectors(_downloaded(name), self.format)
        return self.path, read_vectors(Path(self.path), self.format)

    def _unknown(self, words: Sequence[str]) -> tuple[Sequence[str], Vectors] | None:
        known_words = [word for word in words if word in self.known_.rows]
        return (known_words, self._rows(known_words)) if known_words else None

    def _rows(self, words: Sequence[str]) -> Vectors:
        return np.asarray(self.known_.matrix[[self.known_.rows[word] for word in words]], "f4")


def _downloaded(name: str) -> Path:
    """Return the file of one of gensim's downloads, fetching it if possible.

    Raises:
        SourceUnavailableError: it could not be fetched.
    """
    from bakeoff.fetch.sources import first_found, from_service

    def fetch() -> Path:
        from gensim import downloader

        return Path(downloader.load(name, return_path=True))

    label = f"gensim's downloads, {name}"
    return first_found(name, [from_service(label, fetch, at_hand=lambda: False)]).value
