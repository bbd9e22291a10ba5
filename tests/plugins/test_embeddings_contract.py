"""The embeddings plugin keeps what `bakeoff.testing` asks of plugins and features."""

from typing import Any, ClassVar

from bakeoff.testing import FeaturesContract, PluginContract


class TestEmbeddingsPlugin(PluginContract):
    """Word embeddings and clustering."""

    plugin = "embeddings"
    heavy = ("numpy", "pandas", "sklearn", "gensim", "numba")


class TestEmbeddingsFeatures(FeaturesContract):
    """Every embedding, small and after few passes."""

    plugin = "embeddings"
    params: ClassVar[dict[str, dict[str, Any]]] = {
        "word2vec": {"dim": 8, "epochs": 2},
        "fasttext": {"dim": 8, "epochs": 2, "buckets": 100},
        "doc2vec": {"dim": 8, "epochs": 2},
        "glove": {"dim": 8, "epochs": 2},
        "lsa": {"dim": 8},
        "clusters": {"over": None, "n_clusters": 4},
    }
