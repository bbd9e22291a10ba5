"""What can be wrong with texts, vectors and clusters, each told with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ParameterError(BakeoffError, ValueError):
    """A parameter lies outside its range."""

    def __init__(self, name: str, expected: str, value: object) -> None:
        super().__init__(f"expected {name} to be {expected}; got {value!r}.")


class VocabularyError(BakeoffError, ValueError):
    """No word is frequent enough to get a vector."""

    def __init__(self, n_texts: int, n_words: int, min_count: int) -> None:
        if n_words == 0:
            what = f"the {n_texts} training texts hold no words, so there is nothing to embed."
        else:
            what = (
                f"none of the {n_words} different words of the {n_texts} training texts occurs "
                f"min_count={min_count} times; lower min_count."
            )
        super().__init__(what)


class VectorsError(BakeoffError, ValueError):
    """A file of vectors can't be used."""

    def __init__(self, where: object, what: str) -> None:
        super().__init__(f"{where}: {what}")


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Refuse a word that is none of those known.

    Raises:
        ParameterError: it is none of them.
    """
    names = tuple(known)
    if value not in names:
        raise ParameterError(name, f"one of {', '.join(names)}", value)


def check_count(name: str, value: object, least: int = 1) -> None:
    """Refuse what is no whole number from `least` on.

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
