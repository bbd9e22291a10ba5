"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from bakeoff import Register, hookimpl

CLASSES = ("binary", "multiclass")
VALUES = ("regression",)

_FEATURES: dict[str, tuple[tuple[str, str, str, tuple[str, ...], str], ...]] = {
    "table": (
        ("raw", "table:RawTable", "raw", (), "numbers as given, one-hot categories, dates in days"),
        ("manual", "table_manual:ManualTable", "manual", ("skrub",), "encoded columns, combined"),
        ("random", "projection:RandomTable", "random", (), "random projection of raw"),
        ("pca", "projection:PcaTable", "embedded", (), "principal components of raw"),
    ),
    "image": (
        ("raw", "image:RawImage", "raw", (), "pixels in [0, 1]"),
        ("hog", "hog:Hog", "manual", (), "histograms of oriented gradients"),
        ("lbp", "lbp:Lbp", "manual", ("skimage",), "local binary patterns by zone"),
        ("histogram", "image:Histogram", "manual", ("skimage",), "intensity and colour"),
        (
            "manual",
            "image:ManualImage",
            "manual",
            ("skimage",),
            "hog, lbp, histogram, edges, zones",
        ),
        ("random", "projection:RandomImage", "random", (), "random projection of pixels"),
        ("pca", "projection:PcaImage", "embedded", (), "principal components of pixels"),
    ),
    "text": (
        ("raw", "text:RawText", "raw", (), "hashed word counts"),
        ("tfidf", "text:Tfidf", "manual", (), "TF-IDF of words and characters"),
        ("style", "text:StyleFeatures", "manual", (), "lengths, punctuation, function words"),
        (
            "lexicon",
            "lexicon:Lexicon",
            "manual",
            ("vaderSentiment",),
            "sentiment from VADER's word list",
        ),
        ("manual", "text:ManualText", "manual", ("vaderSentiment",), "tfidf, style and lexicon"),
        ("random", "projection:RandomText", "random", (), "random projection of word counts"),
    ),
    "sequence": (
        ("raw", "sequence:RawSequence", "raw", (), "values, stretched to one length"),
        (
            "summary",
            "sequence:SummaryFeatures",
            "manual",
            (),
            "location, spread, shape, trend, change",
        ),
        ("spectral", "sequence:SpectralFeatures", "manual", (), "power over frequency"),
        ("catch22", "catch22:Catch22", "manual", ("aeon",), "22 canonical characteristics"),
        ("manual", "sequence:ManualSequence", "manual", ("aeon",), "summary, spectral, catch22"),
        ("random", "projection:RandomSequence", "random", (), "random projection of values"),
        ("random_kernels", "kernels:RandomKernels", "random", ("aeon",), "MiniRocket"),
        ("pca", "projection:PcaSequence", "embedded", (), "principal components of values"),
    ),
}
"""Name, target, source, needs beside scikit-learn, and summary, by input kind."""

_STATELESS = {
    "table": (),
    "image": ("raw", "hog", "lbp", "histogram", "manual"),
    "text": ("raw", "style", "lexicon"),
    "sequence": ("summary", "spectral", "catch22", "manual"),
}
"""Features that learn nothing from training rows."""


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Register feature extractors for every input kind."""
    for kind, rows in _FEATURES.items():
        for name, target, source, needs, summary in rows:
            register(
                name,
                f"bakeoff_classic.{target}",
                source=source,
                inputs=(kind,),
                needs=("sklearn", *needs),
                stateless=name in _STATELESS[kind],
                summary=summary,
            )


@hookimpl
def bakeoff_register_learners(register: Register) -> None:
    """Register the learners of scikit-learn and XGBoost."""
    register(
        "constant",
        "sklearn.dummy:DummyClassifier",
        source="constant",
        problems=CLASSES,
        needs=("sklearn",),
        summary="the training part's class shares",
    )
    register(
        "constant",
        "sklearn.dummy:DummyRegressor",
        source="constant",
        problems=VALUES,
        needs=("sklearn",),
        summary="the training part's mean",
    )
    for name, target, problems, summary in (
        ("logistic", "linear:Logistic", CLASSES, "logistic regression with L1 or L2"),
        ("ridge", "linear:Ridge", VALUES, "least squares with L1 or L2"),
        ("naive_bayes", "bayes:NaiveBayes", CLASSES, "Gaussian, or multinomial for counts"),
        ("nearest_neighbours", "neighbours:NearestNeighboursClassifier", CLASSES, "votes"),
        ("nearest_neighbours", "neighbours:NearestNeighboursRegressor", VALUES, "means"),
        ("svm", "svm:SvmClassifier", CLASSES, "radial kernel, or linear for large or sparse"),
        ("svm", "svm:SvmRegressor", VALUES, "radial kernel, or linear for large or sparse"),
        ("tree", "trees:TreeClassifier", CLASSES, "one decision tree"),
        ("tree", "trees:TreeRegressor", VALUES, "one decision tree"),
        ("random_forest", "trees:ForestClassifier", CLASSES, "100 trees on bootstrap samples"),
        ("random_forest", "trees:ForestRegressor", VALUES, "100 trees on bootstrap samples"),
        ("hist_boosting", "hist_boosting:HistBoostingClassifier", CLASSES, "scikit-learn's"),
        ("hist_boosting", "hist_boosting:HistBoostingRegressor", VALUES, "scikit-learn's"),
    ):
        register(
            name,
            f"bakeoff_classic.{target}",
            problems=problems,
            needs=("sklearn",),
            remedies=_remedies(name),
            summary=summary,
        )
    for target, problems in (("XGBoostClassifier", CLASSES), ("XGBoostRegressor", VALUES)):
        register(
            "xgboost",
            f"bakeoff_classic.xgb:{target}",
            problems=problems,
            needs=("xgboost", "sklearn"),
            devices=("cpu", "gpu"),
            remedies=_remedies("xgboost"),
            summary="gradient boosted trees",
        )


@hookimpl
def bakeoff_register_methods(register: Register) -> None:
    """Register methods on manual features for segmentation and recognition."""
    for name, target, problem, summary in (
        ("pixel_forest", "pixels:PixelForest", "segmentation", "a random forest on each pixel"),
        ("hog_window", "windows:HogWindow", "recognition", "HOG in a sliding window, linear SVM"),
    ):
        register(
            name,
            f"bakeoff_classic.{target}",
            source="manual",
            inputs=("image",),
            problems=(problem,),
            needs=("sklearn", "scipy"),
            summary=summary,
        )


def _remedies(learner: str) -> str:
    """Return the import string of a learner's remedies; empty for naive Bayes, which has none."""
    name = {"random_forest": "tree"}.get(learner, learner)
    return "" if name == "naive_bayes" else f"bakeoff_classic.remedies:{name}"
