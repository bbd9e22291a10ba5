"""Components of the core, registered through the same hooks as those of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from bakeoff.records import NAMESPACE

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Register

hookimpl = pluggy.HookimplMarker(NAMESPACE)

_INF = float("inf")
_CLASSIFICATION = {
    "accuracy": ("labels", "maximize", 0.0, 1.0, "share of rows whose class is right"),
    "balanced_accuracy": ("labels", "maximize", 0.0, 1.0, "mean recall over classes"),
    "precision": ("labels", "maximize", 0.0, 1.0, "share of a class's predictions that are right"),
    "recall": ("labels", "maximize", 0.0, 1.0, "share of a class's rows that are found"),
    "f1": ("labels", "maximize", 0.0, 1.0, "harmonic mean of precision and recall"),
    "matthews": ("labels", "maximize", -1.0, 1.0, "correlation of true and predicted classes"),
    "cohen_kappa": ("labels", "maximize", -1.0, 1.0, "agreement beyond chance"),
    "roc_auc": ("proba", "maximize", 0.0, 1.0, "area under the ROC curve, class against rest"),
    "average_precision": ("proba", "maximize", 0.0, 1.0, "area under precision over recall"),
    "top_3_accuracy": ("proba", "maximize", 0.0, 1.0, "class among the three likeliest"),
    "log_loss": ("proba", "minimize", 0.0, 36.05, "mean -log of the true class's probability"),
    "brier": ("proba", "minimize", 0.0, 2.0, "mean squared error of the probabilities"),
    "expected_calibration_error": (
        "proba",
        "minimize",
        0.0,
        1.0,
        "mean distance of confidence and accuracy, 15 bins",
    ),
}
_REGRESSION = {
    "rmse": ("values", "minimize", 0.0, _INF, "root of the mean squared error"),
    "mae": ("values", "minimize", 0.0, _INF, "mean absolute error"),
    "median_absolute_error": ("values", "minimize", 0.0, _INF, "median absolute error"),
    "max_error": ("values", "minimize", 0.0, _INF, "largest absolute error"),
    "mape": ("values", "minimize", 0.0, _INF, "mean absolute error as a fraction of the truth"),
    "r2": ("values", "maximize", -_INF, 1.0, "share of the variance that is explained"),
    "explained_variance": ("values", "maximize", -_INF, 1.0, "r2 that forgives a constant offset"),
    "spearman": ("values", "maximize", -1.0, 1.0, "correlation of the ranks"),
}
_SEGMENTATION = {
    "mean_iou": ("masks", "maximize", 0.0, 1.0, "shared over joint pixels, mean of classes"),
    "dice": ("masks", "maximize", 0.0, 1.0, "twice the shared pixels over those of each"),
    "pixel_accuracy": ("masks", "maximize", 0.0, 1.0, "share of pixels that are right"),
}
_DETECTION = {
    "map50": ("boxes", "maximize", 0.0, 1.0, "mean average precision, overlap by half"),
    "map50_95": ("boxes", "maximize", 0.0, 1.0, "the same, mean of overlaps .5 to .95"),
}
_CLUSTERING = {
    "adjusted_rand": ("clusters", "maximize", -0.5, 1.0, "agreement with labels beyond chance"),
    "normalized_mutual_information": (
        "clusters",
        "maximize",
        0.0,
        1.0,
        "shared information over the mean entropy",
    ),
    "v_measure": ("clusters", "maximize", 0.0, 1.0, "homogeneity and completeness in one"),
    "homogeneity": ("clusters", "maximize", 0.0, 1.0, "one label in a cluster"),
    "completeness": ("clusters", "maximize", 0.0, 1.0, "one cluster for a label"),
    "silhouette": ("space", "maximize", -1.0, 1.0, "own cluster nearer than the next"),
    "davies_bouldin": ("space", "minimize", 0.0, _INF, "spread beside the nearest cluster"),
    "calinski_harabasz": ("space", "maximize", 0.0, _INF, "spread between over within clusters"),
}
_METRICS = (
    ("classification", ("binary", "multiclass"), _CLASSIFICATION),
    ("regression", ("regression",), _REGRESSION),
    ("clustering", ("clustering",), _CLUSTERING),
    ("segmentation", ("segmentation",), _SEGMENTATION),
    ("detection", ("recognition",), _DETECTION),
)
"""Module, problem types, and what its metrics use, their direction, range and summary."""


@hookimpl
def bakeoff_register_executors(register: Register) -> None:
    """Register the executor for one machine."""
    register(
        "local",
        "bakeoff.execution.executors:LocalExecutor",
        summary="supervised processes on this machine",
    )


@hookimpl
def bakeoff_register_commands(register: Register) -> None:
    """Register the commands of the command line."""
    for name, summary in {
        "run": "plan, skip what is done, run, report",
        "plan": "trials, predicted time and memory, skips with reasons; runs nothing",
        "prepare": "fetch data and weights ahead",
        "list": "suites, datasets, features, learners, methods, metrics, studies, plugins",
        "show": "one component: parameters, what it fits, what it needs",
        "results": "the rows of a run",
        "compare": "what changed between two runs",
        "automl": "search the best model for one table of your own",
        "predict": "score new rows with the winner of automl",
        "verify": "compute every stored number again, check every hash",
        "replay": "run one trial again and compare",
        "isolation": "run each trial alone and in a warm process, and compare",
        "pack": "a run as one archive that verifies elsewhere",
        "new": "a new plugin that passes its tests",
        "check": "hold an installed plugin to the contracts",
        "doctor": "versions, cores, GPU, caches, what is missing and how to add it",
    }.items():
        register(name, f"bakeoff.commands.{name}", summary=summary)


@hookimpl
def bakeoff_register_metrics(register: Register) -> None:
    """Register the metrics of all problem types."""
    for module, problems, metrics in _METRICS:
        for name, (uses, direction, low, high, summary) in metrics.items():
            register(
                name,
                f"bakeoff.metrics.{module}:{name}",
                problems=("multiclass",) if name == "top_3_accuracy" else problems,
                uses=uses,
                direction=direction,
                low=low,
                high=high,
                summary=summary,
            )


@hookimpl
def bakeoff_register_studies(register: Register) -> None:
    """Register the studies of training, and the one for any parameter."""
    for name, target, summary in (
        ("overfitting", "overfitting:Overfitting", "which remedy closes the gap, and at what cost"),
        ("capacity", "capacity:Capacity", "gap and score over depth, width or depth of trees"),
        ("sample_size", "sample_size:SampleSize", "from how many rows on learned features win"),
        ("memorisation", "memorisation:Memorisation", "shuffled labels beside the real ones"),
        ("batch_epoch", "batch_epoch:BatchEpoch", "batch size by epochs: updates, score, time"),
        ("device", "hardware:Device", "the same on the processor and on the GPU: speed-up"),
        ("backend", "hardware:Backend", "the same on two backends: speed-up"),
        ("latency", "latency:Latency", "seconds of a prediction by batch size"),
        ("vary", "vary:Vary", "one parameter, value by value"),
    ):
        register(name, f"bakeoff.studies.{target}", summary=summary)
