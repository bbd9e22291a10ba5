"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from typing import Any

from bakeoff import Register, hookimpl

CLASSES = ("binary", "multiclass")
VALUES = ("regression",)
SEQUENCES = ("sequence", "text")
REMEDIES = {
    "mlp": "mlp",
    "cnn": "cnn",
    "cnn1d": "cnn1d",
    "rnn": "recurrent",
    "lstm": "recurrent",
    "gru": "recurrent",
    "unet": "vision",
    "detector": "vision",
}
"""Function in `remedies` with each network's regularisation grids."""


def _facts(summary: str) -> dict[str, Any]:
    return {
        "needs": ("keras", "tensorflow"),
        "extra": "deep",
        "built_on": ("bakeoff_keras",),
        "devices": ("cpu", "gpu"),
        "backends": ("tensorflow", "jax"),
        "summary": summary,
    }


def _both(
    register: Register,
    name: str,
    target: str,
    summary: str,
    *,
    inputs: tuple[str, ...] = (),
    source: str = "",
    takes: tuple[str, ...] = (),
) -> None:
    """Register a network for classification and for regression."""
    for problems, suffix in ((CLASSES, "Classifier"), (VALUES, "Regressor")):
        register(
            name,
            f"bakeoff_deep.{target}{suffix}",
            inputs=inputs,
            problems=problems,
            source=source,
            remedies=f"bakeoff_deep.remedies:{REMEDIES[name]}",
            takes=takes,
            **_facts(summary),
        )


@hookimpl
def bakeoff_register_learners(register: Register) -> None:
    """Register the MLP on feature matrices."""
    _both(register, "mlp", "mlp:Mlp", "fully connected layers")


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Register features from the penultimate layer of trained networks."""
    for name, target, inputs, summary in (
        ("cnn_features", "CnnFeatures", ("image",), "hidden layer of a trained CNN"),
        ("lstm_features", "LstmFeatures", SEQUENCES, "last state of a trained LSTM"),
    ):
        register(
            name,
            f"bakeoff_deep.features:{target}",
            inputs=inputs,
            problems=CLASSES + VALUES,
            source="end_to_end",
            takes=("embedding",) if inputs == SEQUENCES else (),
            **_facts(summary),
        )


@hookimpl
def bakeoff_register_datasets(register: Register) -> None:
    """Register a synthetic dataset for recurrent networks."""
    register(
        "early_signal",
        "bakeoff_deep.early_signal:EarlySignal",
        inputs=("sequence",),
        problems=("binary",),
        n_rows=1000,
        n_classes=2,
        licence="none needed",
        origin="composed",
        summary="the class lies in the first of 50 steps (composed)",
    )


@hookimpl
def bakeoff_register_studies(register: Register) -> None:
    """Register the study of gradients over the length of series."""
    register(
        "gradient_flow",
        "bakeoff_deep.studies:GradientFlow",
        extra="deep",
        summary="how far gradients of recurrent networks reach back",
    )


@hookimpl
def bakeoff_register_methods(register: Register) -> None:
    """Register networks that read their input kind directly."""
    for name, target, summary, inputs in (
        ("mlp", "mlp:TableMlp", "fully connected layers, embedded categories", ("table",)),
        ("cnn", "cnn:Cnn", "convolutions on images", ("image",)),
        ("cnn1d", "cnn:Cnn1d", "convolutions along time or words", SEQUENCES),
        ("rnn", "recurrent:Rnn", "simple recurrent network", SEQUENCES),
        ("lstm", "recurrent:Lstm", "long short-term memory", SEQUENCES),
        ("gru", "recurrent:Gru", "gated recurrent units", SEQUENCES),
    ):
        takes = ("embedding",) if inputs == SEQUENCES else ()
        _both(register, name, target, summary, inputs=inputs, source="end_to_end", takes=takes)
    for name, target, summary, problem in (
        ("unet", "Unet", "U-Net: a class for each pixel", "segmentation"),
        ("detector", "BoxDetector", "one-stage detector on a grid of cells", "recognition"),
    ):
        register(
            name,
            f"bakeoff_deep.vision:{target}",
            inputs=("image",),
            problems=(problem,),
            source="end_to_end",
            remedies=f"bakeoff_deep.remedies:{REMEDIES[name]}",
            **_facts(summary),
        )
