"""Readers of word vector files, memory-mapped where the format allows.

Formats: word2vec binary and text, GloVe text and gensim's own. No file is unpickled: from gensim's
pickle only the list of words is read, as data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bakeoff_embeddings.errors import VectorsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FORMATS = ("auto", "word2vec_binary", "word2vec_text", "glove_text", "gensim")
LONGEST_WORD = 2_000
"""Bytes of a word in a binary file; a longer one means that the file is damaged."""
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Word vectors: a matrix and the row of each word.

    Args:
        rows: row of each word.
        matrix: float32 (n_rows, dim), mapped where the file allows; words may share a row.
    """

    rows: Mapping[str, int]
    matrix: npt.NDArray[np.float32]


def read_vectors(path: Path, kind: str = "auto") -> WordVectors:
    """Read word vectors from a file.

    Args:
        path: the file; of gensim's own kind the one without `.vectors.npy`.
        kind: one of `FORMATS`; `auto` detects it from the first line and neighbouring files.

    Raises:
        VectorsError: no such file, or one that is damaged; says where.
    """
    if not path.is_file():
        raise VectorsError(path, "no such file.")
    if path.stat().st_size == 0:
        raise VectorsError(path, "is empty; expected vectors.")
    kind = _kind(path) if kind == "auto" else kind
    readers = {
        "word2vec_binary": _read_binary,
        "word2vec_text": _read_text,
        "glove_text": _read_text,
        "gensim": _read_gensim,
    }
    return readers[kind](path)


def _kind(path: Path) -> str:
    if beside(path).is_file():
        return "gensim"
    with path.open("rb") as stream:
        start = stream.read(4096)
    if start[:1] == b"\x80" and b"gensim" in start:
        return "gensim"
    header, _, body = start.partition(b"\n")
    if len(header.split()) != 2 or not all(part.isdigit() for part in header.split()):  # noqa: PLR2004  rows and columns
        return "glove_text"
    try:
        line = body.partition(b"\n")[0].decode()
        [float(number) for number in line.split(" ")[1:9] if number]
    except ValueError:
        return "word2vec_binary"
    return "word2vec_text" if " " in line and len(body) > 0 else "word2vec_binary"


def _header(path: Path, line: bytes) -> tuple[int, int]:
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() for part in parts):  # noqa: PLR2004  rows and columns
        message = "expected a first line of two whole numbers, words and dimensions; "
        raise VectorsError(path, f"{message}got {line[:60]!r}.")
    n_words, dim = (int(part) for part in parts)
    least_bytes = n_words * (2 + 2 * dim)  # a letter, a space, and a digit and a sign a number
    if not n_words or not dim or least_bytes > 64 * path.stat().st_size:
        size = path.stat().st_size
        raise VectorsError(path, f"its first line says {n_words} x {dim}, in {size} bytes.")
    return n_words, dim


def _read_binary(path: Path) -> WordVectors:
    """Read the original word2vec format: word, space, float32 values, optional newline.

    Source:
        Mikolov et al., the word2vec program, 2013, option `-binary 1`.
    """
    content = np.memmap(path, np.uint8, "r")
    end = bytes(content[:200]).find(b"\n")
    n_words, dim = _header(path, bytes(content[: max(end, 0)]))
    width = _FLOAT_BYTES * dim
    matrix = np.empty((n_words, dim), np.float32)
    rows: dict[str, int] = {}
    position = end + 1
    for row in range(n_words):
        while position < len(content) and content[position] == ord("\n"):
            position += 1
        length = bytes(content[position : position + LONGEST_WORD]).find(b" ")
        if length < 0 or position + length + 1 + width > len(content):
            raise VectorsError(path, f"ends within word {row + 1} of the {n_words} that it names.")
        word = bytes(content[position : position + length]).decode("utf-8", "replace")
        position += length + 1
        matrix[row] = content[position : position + width].view(np.float32)
        rows.setdefault(word, row)
        position += width
    _expect_finite(path, matrix)
    return WordVectors(rows, matrix)


def _read_text(path: Path) -> WordVectors:
    """Read lines of a word and its numbers; word2vec files start with a header line."""
    rows: dict[str, int] = {}
    vectors: list[npt.NDArray[np.float32]] = []
    header: tuple[int, int] | None = None
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            parts = line.rstrip().split(b" ")
            if number == 1 and len(parts) == 2 and all(part.isdigit() for part in parts):  # noqa: PLR2004
                header = _header(path, line)
                continue
            dim = len(vectors[0]) if vectors else (header[1] if header else len(parts) - 1)
            word, values = parts[: len(parts) - dim], parts[len(parts) - dim :]
            vector = _numbers(path, number, word, values, dim)
            rows.setdefault(b" ".join(word).decode("utf-8", "replace"), len(vectors))
            vectors.append(vector)
    if not vectors:
        raise VectorsError(path, "holds no vectors.")
    if header and len(vectors) != header[0]:
        raise VectorsError(path, f"its first line says {header[0]} words; got {len(vectors)}.")
    matrix = np.stack(vectors)
    _expect_finite(path, matrix)
    return WordVectors(rows, matrix)


def _numbers(
    path: Path, number: int, word: Sequence[bytes], values: Sequence[bytes], dim: int
) -> npt.NDArray[np.float32]:
    if not dim or not word or not b"".join(word):
        message = f"expected a word and {dim or 'some'} numbers; got {len(word) + len(values) - 1}"
        raise VectorsError(path, f"line {number}: {message}.")
    try:
        return np.array(values, np.float32)
    except ValueError:
        excerpt = b" ".join([*word, *values])[:60].decode("utf-8", "replace")
        message = f"expected a word and {dim} numbers; got {excerpt!r}"
        raise VectorsError(path, f"line {number}: {message}.") from None


def _expect_finite(path: Path, matrix: npt.NDArray[Any]) -> None:
    if not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        raise VectorsError(path, f"word {row + 1} has a vector that is not finite.")


def beside(path: Path) -> Path:
    """Return the path where gensim stores the matrix of `KeyedVectors.save(path)`."""
    return path.with_name(f"{path.name}.vectors.npy")


def _read_gensim(path: Path) -> WordVectors:
    """Read gensim's `KeyedVectors.save`: a pickle, and a NumPy file that is mapped.

    Of the pickle only the strings of `index_to_key` are read, without building any object.
    """
    if not beside(path).is_file():
        message = (
            f"expected {beside(path).name} beside it; small vectors lie inside the pickle, which "
            "is not read. Save again with sep_limit=0, or with save_word2vec_format."
        )
        raise VectorsError(path, message)
    try:
        matrix = np.load(beside(path), mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise VectorsError(beside(path), f"is damaged: {error}.") from None
    words = _words_in_pickle(path)
    if matrix.ndim != 2 or matrix.dtype != np.float32 or len(matrix) != len(words):  # noqa: PLR2004  a matrix
        message = f"expected float32 ({len(words)}, dim); got {matrix.dtype} {matrix.shape}"
        raise VectorsError(beside(path), f"{message}.")
    return WordVectors({word: row for row, word in enumerate(words)}, matrix)


def _words_in_pickle(path: Path) -> list[str]:
    """Return the strings of the list `index_to_key` from the opcodes, executing nothing.

    A list's items come in batches of a thousand, each after a mark and before `APPENDS`; a repeated
    string is a reference to the memo.

    Source:
        Python documentation, `pickletools.genops`.
    """
    import pickletools

    words: list[str] = []
    memo: list[object] = []
    last: object = None
    is_inside = is_after = False
    try:
        for code, value, _ in pickletools.genops(path.read_bytes()):
            name = code.name
            if name == "MEMOIZE":
                memo.append(last)
            elif is_after and name not in ("MARK", "FRAME"):
                break
            elif is_inside and (name in _STRINGS or name in _KNOWN):
                word = value if name in _STRINGS else memo[int(value or 0)]
                words.append(str(word))
            ends = name in ("APPENDS", "APPEND") or (is_after and name == "FRAME")
            is_after = is_inside and ends
            is_inside = is_inside or value == "index_to_key"
            last = value
    except (ValueError, IndexError) as error:
        raise VectorsError(path, f"is damaged: {error}.") from None
    if not words:
        raise VectorsError(path, "expected a list index_to_key of words; there is none.")
    return words


_STRINGS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8")
_KNOWN = ("BINGET", "LONG_BINGET")
