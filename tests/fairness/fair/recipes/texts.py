"""Recipes for texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer
from sklearn.random_projection import SparseRandomProjection

from fair.recipes import learners
from fair.recipes.common import matrices
from fair.records import contests

if TYPE_CHECKING:
    from fair.records import Recipe, Rows


def _counts() -> Any:
    """Return hashed counts as log(1 + count), not scaled.

    Source: scikit-learn's user guide, "Vectorizing a large text corpus with the hashing
    trick": 2^18 buckets, in place of a smaller number that collides; log after Salton and Buckley,
    1988.
    """
    hashing = HashingVectorizer(n_features=2**18, alternate_sign=False, norm=None)
    return make_pipeline(hashing, FunctionTransformer(np.log1p))


def _tfidf() -> Any:
    """Return TF-IDF of words, pairs and characters.

    Source: scikit-learn's user guide, "Tf-idf term weighting", and its example
    "Classification of text documents using sparse features": `sublinear_tf`, `min_df`.
    """
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    options = {"analyzer": "char_wb", "ngram_range": (3, 4), "max_features": 20_000}
    characters = TfidfVectorizer(sublinear_tf=True, min_df=2, **options)
    return FeatureUnion([("words", words), ("characters", characters)])


def counts_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on log counts."""
    return learners.logistic(matrices(_counts(), rows), rows, (1.0, 0.01, 0.1, 10.0))


def counts_svm(rows: Rows) -> Any:
    """Fit a linear SVM on log counts."""
    return learners.linear_svm(matrices(_counts(), rows), rows)


def counts_bayes(rows: Rows) -> Any:
    """Fit a multinomial naive Bayes on counts.

    Source: scikit-learn's tutorial "Working With Text Data", MultinomialNB on CountVectorizer.
    """
    return learners.multinomial_bayes(matrices(CountVectorizer(), rows), rows)


def counts_neighbours(rows: Rows) -> Any:
    """Let nearest neighbours vote by the cosine of log counts."""
    return learners.neighbours(matrices(_counts(), rows), rows, "cosine")


def counts_forest(rows: Rows) -> Any:
    """Fit a random forest on counts of words that occur twice."""
    return learners.forest(matrices(CountVectorizer(min_df=2), rows), rows)


def counts_tree(rows: Rows) -> Any:
    """Fit a decision tree on counts of words that occur twice."""
    return learners.tree(matrices(CountVectorizer(min_df=2), rows), rows)


def counts_xgboost(rows: Rows) -> Any:
    """Fit boosted trees on counts of words that occur three times."""
    return learners.xgboost(matrices(CountVectorizer(min_df=3, dtype=np.float32), rows), rows)


def tfidf_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on TF-IDF; rows of length 1 want a large C."""
    return learners.logistic(matrices(_tfidf(), rows), rows, (10.0, 1.0, 100.0))


def tfidf_svm(rows: Rows) -> Any:
    """Fit a linear SVM on TF-IDF.

    Source: Joachims, "Text Categorization with Support Vector Machines", ECML 1998.
    """
    return learners.linear_svm(matrices(_tfidf(), rows), rows)


def tfidf_bayes(rows: Rows) -> Any:
    """Fit a complement naive Bayes on TF-IDF.

    Source: Rennie, Shih, Teevan and Karger, "Tackling the poor assumptions of naive Bayes text
    classifiers", ICML 2003.
    """
    return learners.complement_bayes(matrices(_tfidf(), rows), rows)


def tfidf_neighbours(rows: Rows) -> Any:
    """Let nearest neighbours vote by the cosine of TF-IDF."""
    return learners.neighbours(matrices(_tfidf(), rows), rows, "cosine")


def tfidf_forest(rows: Rows) -> Any:
    """Fit a random forest on TF-IDF of words."""
    return learners.forest(matrices(TfidfVectorizer(sublinear_tf=True, min_df=2), rows), rows)


def tfidf_xgboost(rows: Rows) -> Any:
    """Fit boosted trees on TF-IDF of words."""
    words = TfidfVectorizer(sublinear_tf=True, min_df=3, dtype=np.float32)
    return learners.xgboost(matrices(words, rows), rows)


def _style() -> Any:
    """Return lengths and shares of kinds of characters, one row a text."""
    kinds = [re.compile(p) for p in (r"\d", r"[A-Z]", r"[^\w\s]", r"!", r"\?", r"[£$€%]", r"\w+")]

    def count(texts: Any) -> Any:
        found = np.array([[len(kind.findall(text)) for kind in kinds] for text in texts], float)
        length = np.array([[len(text)] for text in texts])
        return np.hstack([np.log1p(length), np.log1p(found), found / (1 + length)])

    return FunctionTransformer(count)


def style_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on lengths and kinds of characters."""
    return learners.logistic(learners.standardised(matrices(_style(), rows)), rows)


def style_forest(rows: Rows) -> Any:
    """Fit a random forest on lengths and kinds of characters."""
    return learners.forest(matrices(_style(), rows), rows)


def style_xgboost(rows: Rows) -> Any:
    """Fit boosted trees on lengths and kinds of characters."""
    return learners.xgboost(matrices(_style(), rows), rows)


def vader_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on VADER's four scores.

    Source: Hutto and Gilbert, "VADER", ICWSM 2014; the package's README.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    scores = SentimentIntensityAnalyzer().polarity_scores
    table = FunctionTransformer(lambda X: np.array([list(scores(text).values()) for text in X]))
    return learners.logistic(learners.standardised(matrices(table, rows)), rows)


def projected_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on a random projection of log counts.

    Source: scikit-learn's user guide, "Sparse random projection".
    """
    projection = SparseRandomProjection(256, dense_output=True, random_state=rows.seed)
    parts = matrices(make_pipeline(_counts(), projection), rows)
    return learners.logistic(learners.standardised(parts), rows)


def _lsa(seed: int) -> Any:
    """Return 300 directions of TF-IDF with rows of length 1.

    Source: scikit-learn's user guide, "Truncated singular value decomposition and latent
    semantic analysis", and its example of clustering texts; 300 after Landauer, Foltz and Laham,
    1998.
    """
    return make_pipeline(_tfidf(), TruncatedSVD(300, random_state=seed), Normalizer())


def lsa_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on latent semantic analysis."""
    return learners.logistic(matrices(_lsa(rows.seed), rows), rows, (10.0, 1.0, 100.0))


def lsa_svm(rows: Rows) -> Any:
    """Fit a support vector machine on latent semantic analysis."""
    return learners.kernel_svm(matrices(_lsa(rows.seed), rows), rows)


def _means(model: Any, rows: Rows) -> Any:
    """Return the mean vector of each text's known words, of the three parts, standardised."""
    words, nothing = model.wv, np.zeros((1, model.vector_size))
    parts = (rows.train.X, rows.validation.X, rows.X_test)
    known = [[[w for w in _words(text) if w in words] for text in X] for X in parts]
    means = [np.vstack([words[t].mean(0) if t else nothing[0] for t in X]) for X in known]
    return learners.standardised((means[0], means[1], means[2]))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


SETTINGS = {"vector_size": 100, "min_count": 2, "epochs": 20, "workers": 1}


def word2vec_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on mean Word2Vec vectors, skip-gram.

    Source: Mikolov, Sutskever, Chen, Corrado and Dean, 2013; gensim's tutorial "Word2Vec Model";
    20 epochs, since the texts are few.
    """
    from gensim.models import Word2Vec

    sentences = [_words(text) for text in rows.train.X]
    model = Word2Vec(sentences, sg=1, seed=1 + rows.seed, **SETTINGS)
    return learners.logistic(_means(model, rows), rows)


def fasttext_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on mean FastText vectors, skip-gram.

    Source: Bojanowski, Grave, Joulin and Mikolov, 2017; gensim's tutorial "FastText Model".
    """
    from gensim.models import FastText

    sentences = [_words(text) for text in rows.train.X]
    model = FastText(sentences, sg=1, bucket=50_000, seed=1 + rows.seed, **SETTINGS)
    return learners.logistic(_means(model, rows), rows)


def doc2vec_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on inferred vectors of distributed bags of words.

    Source: Le and Mikolov, 2014; gensim's tutorial "Doc2Vec Model": 40 epochs.
    """
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    tagged = [TaggedDocument(_words(text), [i]) for i, text in enumerate(rows.train.X)]
    model = Doc2Vec(tagged, dm=0, seed=1 + rows.seed, **SETTINGS | {"epochs": 40})
    parts = (rows.train.X, rows.validation.X, rows.X_test)
    vectors = [np.vstack([model.infer_vector(_words(t)) for t in X]) for X in parts]
    return learners.logistic(learners.standardised((vectors[0], vectors[1], vectors[2])), rows)


PAIRS: dict[str, Recipe] = {
    "raw+logistic": counts_logistic,
    "raw+svm": counts_svm,
    "raw+naive_bayes": counts_bayes,
    "raw+nearest_neighbours": counts_neighbours,
    "tfidf+logistic": tfidf_logistic,
    "tfidf+svm": tfidf_svm,
    "tfidf+naive_bayes": tfidf_bayes,
    "tfidf+nearest_neighbours": tfidf_neighbours,
    "style+logistic": style_logistic,
    "lexicon+logistic": vader_logistic,
    "manual+logistic": tfidf_logistic,
    "manual+svm": tfidf_svm,
    "manual+naive_bayes": tfidf_bayes,
    "random+logistic": projected_logistic,
    "lsa+logistic": lsa_logistic,
    "lsa+svm": lsa_svm,
    "word2vec+logistic": word2vec_logistic,
}
TREES: dict[str, Recipe] = {
    "raw+tree": counts_tree,
    "raw+random_forest": counts_forest,
    "raw+xgboost": counts_xgboost,
    "tfidf+random_forest": tfidf_forest,
    "tfidf+xgboost": tfidf_xgboost,
    "style+random_forest": style_forest,
    "style+xgboost": style_xgboost,
    "manual+xgboost": tfidf_xgboost,
    "fasttext+logistic": fasttext_logistic,
    "doc2vec+logistic": doc2vec_logistic,
    "glove+logistic": word2vec_logistic,
}
"""Slower ones, on the smallest set of texts alone."""

CONTESTS = (
    *contests(("sms_spam", "bbc", "movie_sentences"), PAIRS),
    *contests(("sms_spam",), TREES),
)
