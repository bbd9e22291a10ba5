"""Documents made of word vectors: pooling by hand, texts of all kinds, what can't be embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from bakeoff.errors import DataError
from bakeoff.training import TrainingRecord
from bakeoff_embeddings import pins, quality
from bakeoff_embeddings.corpora import read_corpus
from bakeoff_embeddings.errors import ParameterError, VocabularyError
from bakeoff_embeddings.glove import GloVe
from bakeoff_embeddings.lsa import Lsa
from bakeoff_embeddings.pooling import Pooling
from bakeoff_embeddings.tokens import words_of

pytest.importorskip("gensim")

from bakeoff_embeddings.gensim_models import Doc2Vec, FastText, Word2Vec

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"dim": 6, "epochs": 2, "random_state": 0}
MAKERS = {
    "word2vec": lambda **more: Word2Vec(**SMALL | more),
    "fasttext": lambda **more: FastText(buckets=50, **SMALL | more),
    "doc2vec": lambda **more: Doc2Vec(**SMALL | more),
    "glove": lambda **more: GloVe(**SMALL | more),
    "lsa": lambda **more: Lsa(dim=6, random_state=0, **more),
}
COUNTS = sparse.csr_matrix([[2.0, 1, 0], [0, 1, 0], [0, 0, 0]])
VECTORS = np.array([[1, 0], [0, 1], [5, 5]], np.float32)


def texts(*given: str) -> np.ndarray:
    """X of texts."""
    return np.array(given, dtype=object)


def pooled(kind: str) -> np.ndarray:
    """Rows of the documents of `COUNTS`."""
    return Pooling(kind, n_clusters=2).fit(COUNTS, VECTORS).transform(COUNTS, VECTORS)


def test_the_mean_counts_every_word() -> None:
    """Two of the first word and one of the second; nothing for a document without words."""
    np.testing.assert_allclose(pooled("mean"), [[2 / 3, 1 / 3], [0, 1], [0, 0]], rtol=1e-6)


def test_tfidf_weighs_rare_words_more() -> None:
    """The inverse document frequency of three documents is log(4 / (1 + n)) + 1."""
    rare, common = np.log(4 / 2) + 1, np.log(4 / 3) + 1
    total = 2 * rare + common

    np.testing.assert_allclose(pooled("tfidf")[0], [2 * rare / total, common / total], rtol=1e-6)


def test_sif_takes_the_common_direction_away() -> None:
    """Weights are a / (a + share); what is left is at right angles to the direction."""
    share = np.array([2 / 4, 2 / 4])
    weights = 1e-3 / (1e-3 + share)
    means = np.array([[2 * weights[0] / 3, weights[1] / 3], [0, weights[1]], [0, 0]])
    common = np.linalg.svd(means)[2][0]
    expected = means - np.outer(means @ common, common)

    np.testing.assert_allclose(pooled("sif"), expected, atol=1e-8)


def test_word_clusters_become_shares_of_a_document() -> None:
    """The second and third word point the same way from the first; shares sum to 1."""
    found = pooled("clusters")

    assert found.shape == (3, 2)
    np.testing.assert_allclose(found.sum(axis=1), [1, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(sorted(found[0]), [1 / 3, 2 / 3], rtol=1e-6)


@pytest.mark.parametrize("name", MAKERS)
def test_no_text_is_an_error(name: str) -> None:
    """An empty corpus."""
    with pytest.raises(ValueError, match="expected at least one text"):
        MAKERS[name]().fit(texts())


@pytest.mark.parametrize("name", MAKERS)
def test_texts_without_words_are_told(name: str) -> None:
    """Nothing but spaces and punctuation."""
    with pytest.raises(VocabularyError, match="the 2 training texts hold no words"):
        MAKERS[name]().fit(texts(" ", "..."))


@pytest.mark.parametrize("name", MAKERS)
def test_a_vocabulary_that_vanishes_is_told_with_the_remedy(name: str) -> None:
    """Every word occurs once and two times are asked for."""
    with pytest.raises(VocabularyError, match=r"none of the 3 .* min_count=2 times; lower"):
        MAKERS[name](min_count=2).fit(texts("one two", "three"))


@pytest.mark.parametrize("name", MAKERS)
def test_one_word_is_enough(name: str) -> None:
    """A vocabulary of one; other texts are rows of zeros."""
    made = MAKERS[name]().fit(texts("again again", "again"))
    found = made.transform(texts("again", ""))

    assert np.isfinite(found).all()
    assert not found[1].any()


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("word", ["좋아요", "☕", "naïve"])
def test_words_of_any_script_and_emoji_have_vectors(name: str, word: str) -> None:
    """They stand in the vocabulary, and documents of them are not zero."""
    made = MAKERS[name]().fit(texts(f"{word} a b", f"{word} b c", f"a c {word}"))

    assert word in made.embedding().words
    assert made.transform(texts(word)).any()


def test_emoji_are_words_one_by_one_without_their_joiners() -> None:
    """A variant sign or a joiner is no word."""
    expected = ["ünïcode", "한국어", "텍스트", "☕", "👍", "👍"]

    assert words_of("Ünïcode 한국어 텍스트, ☕️👍👍!") == expected


@pytest.mark.parametrize("pooling", ["mean", "tfidf", "sif", "clusters"])
def test_new_words_have_vectors_in_fasttext_alone(pooling: str) -> None:
    """From the parts that they share with known words."""
    train = texts("walking walked walks", "walking talked talks", "walks talks talking talked")
    fast = MAKERS["fasttext"](pooling=pooling, n_clusters=2).fit(train)
    word = MAKERS["word2vec"](pooling=pooling, n_clusters=2).fit(train)

    assert np.isfinite(fast.transform(texts("walkers"))).all()
    assert fast.transform(texts("walkers")).any()
    assert not word.transform(texts("walkers")).any()


@pytest.mark.parametrize("options", [{"architecture": "cbow"}, {"loss": "hierarchical"}])
def test_every_architecture_and_loss_trains(options: dict[str, str]) -> None:
    """Each gives other vectors than skip-gram with negative sampling."""
    train = texts("a b c d", "b c d a", "c a d b")
    one = MAKERS["word2vec"](sample=0.0, **options).fit(train).vectors_
    other = MAKERS["word2vec"](sample=0.0).fit(train).vectors_

    assert not np.array_equal(one, other)


def test_an_unknown_architecture_is_told() -> None:
    """With those known."""
    with pytest.raises(ParameterError, match="one of skip_gram, cbow; got 'skipgram'"):
        Word2Vec(architecture="skipgram").fit(texts("a a"))


def test_lsa_spans_what_scikit_learns_svd_spans() -> None:
    """Cosines of documents equal those of scikit-learn's TF-IDF and truncated SVD."""
    rng = np.random.default_rng(0)
    train = texts(*(" ".join(rng.choice(list("abcdefghij"), 12)) for _ in range(30)))
    tfidf = TfidfVectorizer(sublinear_tf=True, analyzer=words_of).fit_transform(train)
    oracle = TruncatedSVD(4, algorithm="arpack").fit_transform(tfidf)
    oracle /= np.linalg.norm(oracle, axis=1, keepdims=True)
    found = Lsa(dim=4, random_state=0).fit(train).transform(train)

    np.testing.assert_allclose(found @ found.T, oracle @ oracle.T, atol=1e-3)


def test_an_outside_corpus_is_learned_from_and_recorded(tmp_path: Path) -> None:
    """Its words have vectors though the training texts lack them."""
    path = tmp_path / "corpus.txt"
    path.write_text("moon star moon star\nstar moon\n", encoding="utf-8")
    made = MAKERS["word2vec"](corpus=str(path)).fit(texts("sun sun sun"))

    assert set(made.embedding().words) == {"moon", "star"}
    assert made.corpus_.startswith(str(path))


@pytest.mark.parametrize("name", ["word2vec", "fasttext", "doc2vec", "glove"])
def test_what_an_outside_corpus_holds_is_part_of_the_identity(tmp_path: Path, name: str) -> None:
    """A changed file runs again what learned from it; a missing one is told while planning."""
    path = tmp_path / "corpus.txt"
    path.write_text("moon star\n", encoding="utf-8")
    made = MAKERS[name](corpus=str(path))
    before = made.prepare().fingerprint
    path.write_text("moon sun\n", encoding="utf-8")

    assert before != made.prepare().fingerprint
    with pytest.raises(DataError, match="expected a text file or 'brown'"):
        MAKERS[name](corpus=str(tmp_path / "none.txt")).prepare()


@pytest.mark.skipif(not pins.BROWN.is_cached(), reason=f"{pins.BROWN.title} is not cached")
def test_the_brown_corpus_has_its_words() -> None:
    """500 texts; 1,161,192 tokens as its publishers count, of which punctuation is no word."""
    corpus = read_corpus("brown")

    assert len(corpus.sentences) == 500
    assert sum(map(len, corpus.sentences)) == pytest.approx(1_040_000, rel=0.03)


def test_similarities_that_follow_the_judgements_agree_fully() -> None:
    """Vectors on a circle whose cosine is the judgement give a correlation of 1."""
    rows, index = {}, {}
    for a, b, value in quality.judged_pairs("simlex999"):
        if a not in index and b not in index:
            angle = np.arccos(value / 10)
            index |= {a: len(index), b: len(index) + 1}
            rows |= {index[a]: (1.0, 0.0), index[b]: (np.cos(angle), np.sin(angle))}
    vectors = np.array([rows[row] for row in range(len(rows))])
    known, judged = quality.known_pairs("simlex999", index)
    chosen = known[:, 1] == known[:, 0] + 1
    cosines = quality.pair_cosines(known[chosen], vectors)

    np.testing.assert_allclose(cosines, judged[chosen] / 10, atol=1e-6)
    assert quality.similarity("wordsim353", {}, vectors).n_pairs == 353


def test_coverage_counts_the_words_of_each_part() -> None:
    """One of four words of the test part is unknown."""
    record = TrainingRecord()
    parts = {"train": texts("a b"), "validation": None, "test": texts("a a", "b z")}
    quality.note_coverage(parts, {"a": 0, "b": 1}, record)

    assert record.notes["oov_train"].startswith("0.0000: 0 of 2")
    assert record.notes["oov_test"].startswith("0.2500: 1 of 4")
    assert "oov_validation" not in record.notes


def test_analogies_are_answered_by_the_nearest_word() -> None:
    """King - man + woman is queen where vectors add up; given words never answer."""
    index = {"man": 0, "woman": 1, "king": 2, "queen": 3, "boy": 4, "girl": 5}
    gender, rank, age = np.eye(3)
    vectors = np.array([-gender, gender, rank - gender, rank + gender, age - gender, age + gender])
    right, asked = quality.analogies(index, vectors + 0.0)

    assert asked > 0
    assert right == asked


def test_stability_compares_neighbourhoods_of_two_seeds() -> None:
    """Vectors have all their neighbours in common with themselves, and few with noise."""
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 300, 20))

    assert quality.overlap(one, one).mean() == 1
    assert quality.overlap(one, other).mean() == pytest.approx(10 / 299, abs=0.02)


def test_every_embedding_tells_coverage_quality_map_and_stability() -> None:
    """What the report shows is in the record."""
    rng = np.random.default_rng(0)
    words = ["river", "water", "ocean", "stone", "metal", "glass", "paper"]
    train = texts(*(" ".join(rng.choice(words, 8)) for _ in range(20)))
    record = TrainingRecord()
    GloVe(stability_seeds=1, **SMALL).fit(train).examine({"train": train, "test": train}, record)

    told = {"corpus", "vocabulary", "oov_test", "wordsim353", "simlex999", "analogies"}
    assert told | {"stability", "pairs"} <= record.notes.keys()
    assert record.arrays["embedding_map"].shape == (7, 2)
    assert record.arrays["embedding_neighbours"].shape == (7, 5)
    assert len(record.arrays["embedding_loss"]) == 2
