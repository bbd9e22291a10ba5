"""Errors in parameters, texts, vectors and clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ParameterError(BakeoffError, ValueError):
    """A parameter of an embedding or a clusterer is out of its range."""

    def __init__(self, name: str, expected: str, value: object) -> None:
        super().__init__(f"expected {name} to be {expected}; got {value!r}.")


class VocabularyError(BakeoffError, ValueError):
    """No word is frequent enough to get a vector."""

    def __init__(self, n_texts: int, n_words: int, min_count: int) -> None:
        if n_words == 0:
            message = f"the {n_texts} training texts hold no words, so there is nothing to embed."
        else:
            message = (
                f"none of the {n_words} different words of the {n_texts} training texts occurs "
                f"min_count={min_count} times; lower min_count."
            )
        super().__init__(message)


class VectorsError(BakeoffError, ValueError):
    """A file of word vectors can't be used."""

    def __init__(self, where: object, message: str) -> None:
        super().__init__(f"{where}: {message}")


def check_choice(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raise if a value is none of the known names.

    Raises:
        ParameterError: it is none of them.
    """
    names = tuple(allowed)
    if value not in names:
        raise ParameterError(name, f"one of {', '.join(names)}", value)


def check_count(name: str, value: object, least: int = 1) -> None:
    """Raise if a value is no integer of at least `least`.

    Raises:
        ParameterError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ParameterError(name, f"a whole number >= {least}", value)


class ClustersError(BakeoffError, ValueError):
    """There are fewer rows than clusters."""

    def __init__(self, n_rows: int, n_clusters: int) -> None:
        super().__init__(
            f"expected at least {n_clusters} rows for {n_clusters} clusters; got {n_rows}."
        )
