"""Recipes for networks in Keras: dropout, and the epoch that is best on the validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, RobustScaler

from fair.recipes.common import balanced
from fair.records import contests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fair.records import Recipe, Rows


def _fit(hidden: Sequence[Any], parts: Any, rows: Rows, *, epochs: int, **options: Any) -> Any:
    """Fit a network with AdamW, a falling rate and balanced classes, and predict the test rows.

    Early stopping keeps the best epoch; below 50 validation rows the last one is taken.

    Source: Keras's guide "Training & evaluation with the built-in methods"; Loshchilov and Hutter,
    "Decoupled Weight Decay Regularization", 2019.
    """
    import keras

    keras.utils.set_random_seed(rows.seed)
    is_values, batch = rows.problem == "regression", options.get("batch", 32)
    y, mean, spread = rows.train.y, 0.0, 1.0
    if is_values:
        mean, spread = float(np.mean(y)), float(np.std(y))
    head = keras.layers.Dense(1 if is_values else rows.n_classes)
    net = keras.Sequential([*[layer() for layer in hidden], head])
    steps = epochs * -(-len(y) // batch)
    rate = keras.optimizers.schedules.CosineDecay(options.get("rate", 1e-3), steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(
        keras.optimizers.AdamW(rate, weight_decay=options.get("decay", 0.01)),
        "mse" if is_values else loss,
        weighted_metrics=[] if is_values else ["accuracy"],
    )
    watched: dict[str, Any] = {}
    if rows.may_choose:
        monitor = "val_loss" if is_values else "val_accuracy"
        patience = max(3, epochs // 5)
        stop = keras.callbacks.EarlyStopping(monitor, patience=patience, restore_best_weights=True)
        target, weights = (rows.validation.y - mean) / spread, np.ones(len(rows.validation.y))
        if not is_values:
            target, weights = rows.validation.y, balanced(rows.validation.y)
        watched = {"validation_data": (parts[1], target, weights), "callbacks": [stop]}
    weights = None if is_values else balanced(y)
    target = (y - mean) / spread if is_values else y
    net.fit(parts[0], target, batch, epochs, 0, sample_weight=weights, **watched)
    answer = net.predict(parts[2], verbose=0)
    return answer[:, 0] * spread + mean if is_values else answer.argmax(axis=1)


def _three(transform: Any, rows: Rows) -> tuple[Any, Any, Any]:
    """Return float32 matrices of the three parts, by a transformer fitted on training rows."""
    fitted = transform.fit(rows.train.X)
    parts = (rows.train.X, rows.validation.X, rows.X_test)
    return tuple(_dense(fitted.transform(X)) for X in parts)  # type: ignore[return-value]


def _dense(matrix: Any) -> Any:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, np.float32)


def robust_mlp(rows: Rows) -> Any:
    """Fit an MLP of three layers on robustly scaled, smoothly clipped columns.

    Source: Holzmüller, Grinsztajn and Steinwart, "Better by Default: Strong Pre-Tuned MLPs and
    Boosted Trees on Tabular Data", NeurIPS 2024 (RealMLP-TD-S, pytabkit): three layers of 256,
    robust scaling, smooth clipping, best epoch; dropout and weight decay as in RealMLP-TD.
    """
    from keras import layers

    clip = FunctionTransformer(lambda X: X / np.sqrt(1 + (X / 3) ** 2))
    scaled = make_pipeline(RobustScaler(), clip), make_column_selector(dtype_include="number")
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    others = encoder, make_column_selector(dtype_exclude="number")
    parts = _three(make_column_transformer(scaled, others), rows)
    block = [lambda: layers.Dense(256, "selu", kernel_initializer="lecun_normal")]
    hidden = [*block, lambda: layers.Dropout(0.15)] * 3
    return _fit(hidden, parts, rows, epochs=100, batch=64)


def tfidf_mlp(rows: Rows) -> Any:
    """Fit an MLP with dropout on TF-IDF of words and pairs.

    Source: Google's guide to text classification, 2018, step 4: an MLP on n-grams with dropout.
    """
    from keras import layers

    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), max_features=10_000)
    hidden = [lambda: layers.Dropout(0.2), lambda: layers.Dense(64, "relu")]
    return _fit([*hidden, lambda: layers.Dropout(0.5)], _three(words, rows), rows, epochs=30)


def _images(rows: Rows) -> tuple[Any, Any, Any]:
    return _three(FunctionTransformer(lambda X: np.asarray(X, np.float32) / 255), rows)


def simple_convnet(rows: Rows) -> Any:
    """Fit two convolutions with dropout.

    Source: Keras's example "Simple MNIST convnet".
    """
    from keras import layers

    hidden = [
        lambda: layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D,
        lambda: layers.Conv2D(64, 3, activation="relu"),
        *(layers.MaxPooling2D, layers.Flatten, lambda: layers.Dropout(0.5)),
    ]
    return _fit(hidden, _images(rows), rows, epochs=20, batch=64)


def full_convolutions(rows: Rows) -> Any:
    """Fit three convolutions along time with batch normalisation and global average pooling.

    Source: Wang, Yan and Oates, "Time Series Classification from Scratch", 2017; FCN of dl-4-tsc:
    filters 128, 256, 128 of width 8, 5, 3, batches of 16; 300 epochs in place of 2,000.
    """
    from keras import layers

    hidden: list[Any] = []
    for filters, width in ((128, 8), (256, 5), (128, 3)):
        hidden.append(lambda f=filters, w=width: layers.Conv1D(f, w, padding="same"))
        hidden += [layers.BatchNormalization, layers.ReLU]
    hidden.append(layers.GlobalAveragePooling1D)
    return _fit(hidden, _steps(rows), rows, epochs=300, batch=16)


def _steps(rows: Rows) -> tuple[Any, Any, Any]:
    """Return series with time before channels, every channel standardised by training rows."""
    X = np.asarray(rows.train.X)
    mean, spread = (f(X, axis=(0, 2), keepdims=True) for f in (np.nanmean, np.nanstd))
    scaled = FunctionTransformer(lambda X: np.moveaxis(np.nan_to_num((X - mean) / spread), 1, 2))
    return _three(scaled, rows)


def _recurrent_steps(cell: str, rows: Rows) -> Any:
    """Fit a recurrent layer on time steps, with dropout.

    Source: Keras's guide "Working with RNNs"; dropout after Gal and Ghahramani, 2016.
    """
    from keras import layers

    hidden = [lambda: getattr(layers, cell)(64), lambda: layers.Dropout(0.3)]
    return _fit(hidden, _steps(rows), rows, epochs=100, batch=16)


def series_lstm(rows: Rows) -> Any:
    """Fit an LSTM on time steps."""
    return _recurrent_steps("LSTM", rows)


def series_gru(rows: Rows) -> Any:
    """Fit a GRU on time steps."""
    return _recurrent_steps("GRU", rows)


def series_rnn(rows: Rows) -> Any:
    """Fit a simple recurrent layer on time steps."""
    return _recurrent_steps("SimpleRNN", rows)


def _words(rows: Rows, longest: int) -> tuple[Any, Any, Any]:
    """Return codes of the first words of each text, of a vocabulary of 20,000."""
    from keras import layers

    coder = layers.TextVectorization(20_000, output_sequence_length=longest)
    coder.adapt([str(text) for text in rows.train.X])
    parts = (rows.train.X, rows.validation.X, rows.X_test)
    return tuple(np.asarray(coder([str(t) for t in X])) for X in parts)  # type: ignore[return-value]


def _recurrent(cell: str, rows: Rows) -> Any:
    """Fit a recurrent layer on learned word vectors, dropout on both.

    Source: Keras's examples "Bidirectional LSTM on IMDB" and "Text classification from scratch";
    dropout after Gal and Ghahramani, 2016.
    """
    from keras import layers

    hidden = [
        lambda: layers.Embedding(20_000, 100, mask_zero=True),
        lambda: layers.SpatialDropout1D(0.4),
        lambda: layers.Bidirectional(getattr(layers, cell)(64)),
        lambda: layers.Dropout(0.5),
    ]
    return _fit(hidden, _words(rows, 50), rows, epochs=10)


def dropout_lstm(rows: Rows) -> Any:
    """Fit a bidirectional LSTM with dropout."""
    return _recurrent("LSTM", rows)


def dropout_gru(rows: Rows) -> Any:
    """Fit a bidirectional GRU with dropout."""
    return _recurrent("GRU", rows)


def dropout_rnn(rows: Rows) -> Any:
    """Fit a bidirectional simple recurrent layer with dropout."""
    return _recurrent("SimpleRNN", rows)


def word_convolutions(rows: Rows) -> Any:
    """Fit a convolution over words with global maximum pooling and dropout.

    Source: Kim, "Convolutional Neural Networks for Sentence Classification", 2014.
    """
    from keras import layers

    hidden = [
        lambda: layers.Embedding(20_000, 100),
        lambda: layers.SpatialDropout1D(0.4),
        lambda: layers.Conv1D(128, 5, activation="relu"),
        *(layers.GlobalMaxPooling1D, lambda: layers.Dropout(0.5)),
    ]
    return _fit(hidden, _words(rows, 50), rows, epochs=15)


OF_TABLES: dict[str, Recipe] = {"mlp": robust_mlp, "raw+mlp": robust_mlp, "manual+mlp": robust_mlp}
OF_SERIES: dict[str, Recipe] = {"cnn1d": full_convolutions}
RECURRENT: dict[str, Recipe] = {
    "lstm": series_lstm,
    "gru": series_gru,
    "rnn": series_rnn,
    "lstm_features+logistic": series_lstm,
}
OF_IMAGES: dict[str, Recipe] = {"cnn": simple_convnet, "cnn_features+logistic": simple_convnet}
OF_TEXTS: dict[str, Recipe] = {
    "lstm": dropout_lstm,
    "gru": dropout_gru,
    "rnn": dropout_rnn,
    "lstm_features+logistic": dropout_lstm,
    "cnn1d": word_convolutions,
    "tfidf+mlp": tfidf_mlp,
}

CONTESTS = (
    *contests(("diabetes", "spambase", "german_credit", "breast_cancer"), OF_TABLES),
    *contests(("gunpoint", "basic_motions"), OF_SERIES),
    *contests(("basic_motions",), RECURRENT),
    *contests(("fashion_mnist",), OF_IMAGES),
    *contests(("movie_sentences_4k",), OF_TEXTS),
    *contests(("sms_spam", "bbc"), {"tfidf+mlp": tfidf_mlp}),
)
