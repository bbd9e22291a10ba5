"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from bakeoff import Register, hookimpl

EXTRA = "embeddings"


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Register word embeddings and cluster features."""
    for name, target, needs, summary in (
        ("word2vec", "gensim_models:Word2Vec", ("gensim",), "Word2Vec vectors, pooled"),
        ("fasttext", "gensim_models:FastText", ("gensim",), "Word2Vec over parts of words, pooled"),
        ("doc2vec", "gensim_models:Doc2Vec", ("gensim",), "a vector learned for each document"),
        ("glove", "glove:GloVe", ("numba",), "GloVe vectors trained here, pooled"),
        ("lsa", "lsa:Lsa", (), "truncated SVD of TF-IDF"),
    ):
        register(
            name,
            f"bakeoff_embeddings.{target}",
            source="embedded",
            inputs=("text",),
            needs=("sklearn", *needs),
            extra=EXTRA if needs else "",
            fetches=() if name == "lsa" else ("corpus",),
            summary=summary,
        )
    register(
        "word_vectors",
        "bakeoff_embeddings.pretrained:Pretrained",
        source="pretrained",
        inputs=("text",),
        needs=("sklearn", "gensim", "msgpack"),
        extra=EXTRA,
        fetches=True,
        summary="vectors of a file or of spaCy's en_core_web_md, pooled",
    )
    register(
        "clusters",
        "bakeoff_embeddings.cluster_features:ClusterFeatures",
        source="clustered",
        problems=("binary", "multiclass", "regression"),
        needs=("sklearn",),
        takes=("over",),
        summary="where a row lies among k-means clusters of other features",
    )


@hookimpl
def bakeoff_register_studies(register: Register) -> None:
    """Register the ablation study of cluster features."""
    register(
        "clusters",
        "bakeoff_embeddings.studies:ClusterAblation",
        summary="with and without cluster features, paired",
    )


@hookimpl
def bakeoff_register_clusterers(register: Register) -> None:
    """Register scikit-learn's clusterers and a baseline."""
    for name, target, most_rows, summary in (
        ("constant", "OneCluster", None, "all rows in one cluster"),
        ("kmeans", "KMeans", None, "nearest of k means"),
        ("mini_batch_kmeans", "MiniBatchKMeans", None, "k-means by batches of rows"),
        ("gaussian_mixture", "GaussianMixture", None, "likeliest of k normal distributions"),
        ("agglomerative", "Agglomerative", 20_000, "nearest clusters joined until k are left"),
        ("spectral", "Spectral", 5_000, "k-means on a graph's eigenvectors"),
        ("dbscan", "Dbscan", 50_000, "dense regions and noise"),
        ("hdbscan", "Hdbscan", 20_000, "dense regions of any density and noise"),
    ):
        register(
            name,
            f"bakeoff_embeddings.clusterers:{target}",
            source="constant" if name == "constant" else "",
            problems=("clustering",),
            needs=("sklearn",),
            max_rows=most_rows,
            summary=summary,
        )
