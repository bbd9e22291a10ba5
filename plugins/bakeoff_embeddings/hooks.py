"""What this plugin offers. Imports nothing heavy: the named modules hold the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff import hookimpl

if TYPE_CHECKING:
    from bakeoff.registry import Register

EXTRA = "embeddings"


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Offer documents made of word vectors."""
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
            summary=summary,
        )
    register(
        "word_vectors",
        "bakeoff_embeddings.pretrained:Pretrained",
        source="pretrained",
        inputs=("text",),
        needs=("sklearn", "gensim", "msgpack"),
        extra=EXTRA,
        summary="vectors of a file or of spaCy's en_core_web_md, pooled",
    )
