"""Vectors of others are read as their programs wrote them, and damage is told."""

from __future__ import annotations

import pickle
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bakeoff_embeddings import pins
from bakeoff_embeddings.errors import VectorsError
from bakeoff_embeddings.pretrained import Pretrained
from bakeoff_embeddings.spacy_vectors import murmur, spacy_vectors
from bakeoff_embeddings.vectors import read_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.fetch.package_archives import Archive

models = pytest.importorskip("gensim.models")

WORDS = ["king", "queen", "좋아요", "☕", "naïve"]
VECTORS = np.arange(20, dtype=np.float32).reshape(5, 4) / 7 - 1


@pytest.fixture
def saved(tmp_path: Path) -> dict[str, Path]:
    """The same vectors in every format, written by gensim."""
    keyed = models.KeyedVectors(4)
    keyed.add_vectors(WORDS, VECTORS)
    paths = {name: tmp_path / name for name in ("binary", "text", "glove", "gensim", "inside")}
    keyed.save_word2vec_format(str(paths["binary"]), binary=True)
    keyed.save_word2vec_format(str(paths["text"]))
    keyed.save_word2vec_format(str(paths["glove"]), write_header=False)
    keyed.save(str(paths["gensim"]), sep_limit=0)
    keyed.save(str(paths["inside"]))
    return paths


@pytest.mark.parametrize("name", ["binary", "text", "glove", "gensim"])
def test_every_format_gives_the_same_words_and_vectors(saved: dict[str, Path], name: str) -> None:
    """What gensim wrote is what is read; the format is told by the file."""
    found = read_vectors(saved[name])

    np.testing.assert_allclose(found.matrix[[found.rows[word] for word in WORDS]], VECTORS, 1e-6)


def test_gensims_own_format_is_mapped(saved: dict[str, Path]) -> None:
    """So that a large matrix is not read as a whole."""
    assert isinstance(read_vectors(saved["gensim"]).matrix, np.memmap)


def test_more_than_a_thousand_words_of_a_pickle_are_all_read(tmp_path: Path) -> None:
    """A pickle holds long lists in batches, and names strings that it knows by number."""
    words = ["index_to_key", "vector_size", *(f"w{i}" for i in range(2500))]
    keyed = models.KeyedVectors(2)
    keyed.add_vectors(words, np.ones((len(words), 2), np.float32))
    keyed.save(str(tmp_path / "many"), sep_limit=0)

    assert list(read_vectors(tmp_path / "many").rows) == words


def test_vectors_inside_a_pickle_are_refused_with_a_remedy(saved: dict[str, Path]) -> None:
    """Nothing is unpickled."""
    with pytest.raises(VectorsError, match="sep_limit=0"):
        read_vectors(saved["inside"], "gensim")


class Harmful:
    """Would write a file if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        """Open a file for writing."""
        return open, (str(self.path), "w")


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    """Even where what it would build stands before the words."""
    content = pickle.dumps({"x": Harmful(tmp_path / "written"), "index_to_key": ["a", "b"]})
    (tmp_path / "bad").write_bytes(content)
    np.save(tmp_path / "bad.vectors.npy", np.ones((2, 3), np.float32))

    assert list(read_vectors(tmp_path / "bad", "gensim").rows) == ["a", "b"]
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"2 3\nking 1 2 3\n", "2 words; got 1"),
        (b"king 1 2 3\nqueen 1 2\n", "line 2: expected a word and 3 numbers; got 2"),
        (b"king 1 2 3\nqueen 1 x 3\n", "line 2: expected a word and 3 numbers"),
        (b"king 1 nan 3\n", "not finite"),
        (b"999999999 300\nking 1 2\n", "says 999999999 x 300, in 23 bytes"),
        (b"2 3\nking " + struct.pack("<3f", 1, 2, 3) + b"queen \0\0", "ends within word 2"),
    ],
)
def test_a_damaged_file_is_told_with_its_place(tmp_path: Path, content: bytes, told: str) -> None:
    """By line or word, with what was expected."""
    path = tmp_path / "vectors"
    path.write_bytes(content)

    with pytest.raises(VectorsError, match=told):
        read_vectors(path)


def test_a_cut_matrix_of_gensim_is_told(saved: dict[str, Path]) -> None:
    """A download that broke off."""
    matrix = saved["gensim"].with_name("gensim.vectors.npy")
    matrix.write_bytes(matrix.read_bytes()[:-8])

    with pytest.raises(VectorsError, match="is damaged"):
        read_vectors(saved["gensim"])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(VectorsError, match="no such file"):
        read_vectors(tmp_path / "absent")


def texts(*given: str) -> np.ndarray:
    """X of texts."""
    return np.array(given, dtype=object)


def test_documents_are_means_of_the_vectors_in_a_file(saved: dict[str, Path]) -> None:
    """Words that training lacks have vectors too; words without one are left out."""
    made = Pretrained(path=str(saved["binary"])).fit(texts("King king", "좋아요"))
    found = made.transform(texts("king QUEEN nobody", "☕!", "nobody"))
    expected = [VECTORS[:2].mean(axis=0), VECTORS[3], np.zeros(4)]

    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_unlike_dimensions_are_told(saved: dict[str, Path]) -> None:
    """Where the suite says which it needs."""
    with pytest.raises(VectorsError, match="expected vectors of 300 numbers; got 4"):
        Pretrained(path=str(saved["text"]), dim=300).fit(texts("king"))


def test_vectors_without_any_word_of_the_texts_are_told(saved: dict[str, Path]) -> None:
    """A file in another language would give zeros without a word."""
    with pytest.raises(VectorsError, match="none of the 2 different words"):
        Pretrained(path=str(saved["text"])).fit(texts("zwei Wörter"))


def test_another_files_content_is_another_identity(saved: dict[str, Path]) -> None:
    """A file that changed must not pass for the old one; the mapped matrix counts too."""
    before = Pretrained(path=str(saved["gensim"])).prepare().fingerprint
    matrix = saved["gensim"].with_name("gensim.vectors.npy")
    matrix.write_bytes(matrix.read_bytes()[:-1] + b"!")

    assert Pretrained(path=str(saved["gensim"])).prepare().fingerprint != before


def test_a_file_that_is_not_there_is_told_while_planning(tmp_path: Path) -> None:
    """Before anything runs."""
    with pytest.raises(VectorsError, match="no such file"):
        Pretrained(path=str(tmp_path / "absent")).prepare()


def test_the_hash_is_that_of_spacy() -> None:
    """Hashes that spaCy's documentation and code print: of "coffee" and of "apple"."""
    assert murmur(b"coffee") == 3197928453018144401
    assert murmur(b"apple") == 8566208034543834098


def needs(archive: Archive) -> pytest.MarkDecorator:
    """Skip by name where an archive is not cached."""
    return pytest.mark.skipif(not archive.is_cached(), reason=f"{archive.title} is not cached")


@needs(pins.SPACY_MD)
def test_vectors_of_spacy_know_their_words() -> None:
    """Twenty thousand rows; cities lie nearer to one another than to cutlery."""
    found = spacy_vectors().value
    paris, london, spoon = (found.matrix[found.rows[w]] for w in ("Paris", "London", "spoon"))

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert found.matrix.shape == (20_000, 300)
    assert cosine(paris, london) == pytest.approx(0.40, abs=0.01)
    assert cosine(paris, spoon) == pytest.approx(0.14, abs=0.01)
    assert "qqqqzz" not in found.rows
