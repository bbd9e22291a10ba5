"""Vectors that others trained, out of their files: looked up by word, mapped where files allow.

Four kinds: word2vec binary and text, GloVe text, gensim's own files, and the vectors of a spaCy
model. No file is unpickled: of gensim's pickle only the list of words is read, as data.
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
    """Vectors with a way from words to rows.

    Args:
        rows: row of each word.
        matrix: float32 (n_rows, dim), mapped where the file allows; words may share a row.
    """

    rows: Mapping[str, int]
    matrix: npt.NDArray[np.float32]


def read_vectors(path: Path, kind: str = "auto") -> WordVectors:
    """Vectors of a file.

    Args:
        path: the file; of gensim's own kind the one without `.vectors.npy`.
        kind: one of `FORMATS`; `auto` tells by the first line and the file's neighbours.

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
    header, _, rest = start.partition(b"\n")
    if len(header.split()) != 2 or not all(part.isdigit() for part in header.split()):  # noqa: PLR2004  rows and columns
        return "glove_text"
    try:
        line = rest.partition(b"\n")[0].decode()
        [float(number) for number in line.split(" ")[1:9] if number]
    except ValueError:
        return "word2vec_binary"
    return "word2vec_text" if " " in line and len(rest) > 0 else "word2vec_binary"


def _header(path: Path, line: bytes) -> tuple[int, int]:
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() for part in parts):  # noqa: PLR2004  rows and columns
        what = "expected a first line of two whole numbers, words and dimensions; "
        raise VectorsError(path, f"{what}got {line[:60]!r}.")
    n_words, dim = (int(part) for part in parts)
    least = n_words * (2 + 2 * dim)  # a letter, a space, and a digit and a sign a number
    if not n_words or not dim or least > 64 * path.stat().st_size:
        size = path.stat().st_size
        raise VectorsError(path, f"its first line says {n_words} x {dim}, in {size} bytes.")
    return n_words, dim


def _read_binary(path: Path) -> WordVectors:
    """The format of the original word2vec program: word, space, float32 values, perhaps a newline.

    Source:
        Mikolov et al., the word2vec program, 2013, option `-binary 1`.
    """
    content = np.memmap(path, np.uint8, "r")
    end = bytes(content[:200]).find(b"\n")
    n_words, dim = _header(path, bytes(content[: max(end, 0)]))
    width = _FLOAT_BYTES * dim
    matrix = np.empty((n_words, dim), np.float32)
    rows: dict[str, int] = {}
    place = end + 1
    for row in range(n_words):
        while place < len(content) and content[place] == ord("\n"):
            place += 1
        length = bytes(content[place : place + LONGEST_WORD]).find(b" ")
        if length < 0 or place + length + 1 + width > len(content):
            raise VectorsError(path, f"ends within word {row + 1} of the {n_words} that it names.")
        word = bytes(content[place : place + length]).decode("utf-8", "replace")
        place += length + 1
        matrix[row] = content[place : place + width].view(np.float32)
        rows.setdefault(word, row)
        place += width
    _expect_finite(path, matrix)
    return WordVectors(rows, matrix)


def _read_text(path: Path) -> WordVectors:
    """A word and its numbers on each line, parted by spaces; word2vec's has a line before them."""
    rows: dict[str, int] = {}
    found: list[npt.NDArray[np.float32]] = []
    told: tuple[int, int] | None = None
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            parts = line.rstrip().split(b" ")
            if number == 1 and len(parts) == 2 and all(part.isdigit() for part in parts):  # noqa: PLR2004
                told = _header(path, line)
                continue
            dim = len(found[0]) if found else (told[1] if told else len(parts) - 1)
            word, values = parts[: len(parts) - dim], parts[len(parts) - dim :]
            vector = _numbers(path, number, word, values, dim)
            rows.setdefault(b" ".join(word).decode("utf-8", "replace"), len(found))
            found.append(vector)
    if not found:
        raise VectorsError(path, "holds no vectors.")
    if told and len(found) != told[0]:
        raise VectorsError(path, f"its first line says {told[0]} words; got {len(found)}.")
    matrix = np.stack(found)
    _expect_finite(path, matrix)
    return WordVectors(rows, matrix)


def _numbers(
    path: Path, number: int, word: Sequence[bytes], values: Sequence[bytes], dim: int
) -> npt.NDArray[np.float32]:
    if not dim or not word or not b"".join(word):
        what = f"expected a word and {dim or 'some'} numbers; got {len(word) + len(values) - 1}"
        raise VectorsError(path, f"line {number}: {what}.")
    try:
        return np.array(values, np.float32)
    except ValueError:
        shown = b" ".join([*word, *values])[:60].decode("utf-8", "replace")
        what = f"expected a word and {dim} numbers; got {shown!r}"
        raise VectorsError(path, f"line {number}: {what}.") from None


def _expect_finite(path: Path, matrix: npt.NDArray[Any]) -> None:
    if not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        raise VectorsError(path, f"word {row + 1} has a vector that is not finite.")


def beside(path: Path) -> Path:
    """Where gensim keeps the matrix of `KeyedVectors.save(path)`."""
    return path.with_name(f"{path.name}.vectors.npy")


def _read_gensim(path: Path) -> WordVectors:
    """Gensim's `KeyedVectors.save`: a pickle beside a NumPy file, which is mapped.

    Of the pickle only the strings of `index_to_key` are read, without building any object.
    """
    if not beside(path).is_file():
        what = (
            f"expected {beside(path).name} beside it; small vectors lie inside the pickle, which "
            "is not read. Save again with sep_limit=0, or with save_word2vec_format."
        )
        raise VectorsError(path, what)
    try:
        matrix = np.load(beside(path), mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise VectorsError(beside(path), f"is damaged: {error}.") from None
    words = _words_in_pickle(path)
    if matrix.ndim != 2 or matrix.dtype != np.float32 or len(matrix) != len(words):  # noqa: PLR2004  a matrix
        what = f"expected float32 ({len(words)}, dim); got {matrix.dtype} {matrix.shape}"
        raise VectorsError(beside(path), f"{what}.")
    return WordVectors({word: row for row, word in enumerate(words)}, matrix)


def _words_in_pickle(path: Path) -> list[str]:
    """The list after the name `index_to_key`, read from the opcodes; nothing is executed.

    A list's items come in batches of a thousand, each after a mark and before `APPENDS`; a string
    that the pickle holds already is named by its number.

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
                found = value if name in _STRINGS else memo[int(value or 0)]
                words.append(str(found))
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
