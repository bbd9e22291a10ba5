"""Frozen features: images a second against the bare network, and what a second learner costs.

Run by hand: `pytest tests/benchmarks/test_pretrained.py -s`. Weights are random, at the same cost.
"""

from __future__ import annotations

import os
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
pytest.importorskip("keras", reason="needs the extra pretrained")
pytest.importorskip("tensorflow", reason="needs the extra pretrained")

from bakeoff_pretrained.features import MobileNetFeatures, PretrainedFeatures, Vgg16Features

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 5


@pytest.mark.parametrize(
    ("kind", "side", "size", "n_images"),
    [
        (MobileNetFeatures, 28, 96, 256),
        (MobileNetFeatures, 200, 128, 256),
        (Vgg16Features, 64, 64, 64),
    ],
)
def test_extraction_against_bare_predict(
    benchmark: Any, kind: type[PretrainedFeatures], side: int, size: int, n_images: int
) -> None:
    """Ours resizes and scales; the other side is the network alone on ready floats."""
    X = np.random.default_rng(0).integers(0, 256, (n_images, side, side, 3), dtype=np.uint8)
    features = kind(weights="random", size=size)
    features.warm_up()
    network = features.network_
    ready = network.ready(X)
    network.model.predict(ready[:32], verbose=0)

    def seconds(work: Callable[[], object]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    def ours() -> object:
        return features.transform(X)

    def bare() -> object:
        return network.model.predict(ready, verbose=0)

    pairs = [(seconds(bare), seconds(ours)) for _ in range(ROUNDS)]
    ratio = median(slow / fast for slow, fast in pairs)
    per_s = n_images / median(own for _, own in pairs)
    benchmark.extra_info |= {"ratio": ratio, "images_per_s": per_s}
    print(f"\n{kind.__name__} {side} to {size}: {per_s:.0f} images/s, {ratio:.2f} of bare predict")  # noqa: T201  the point of a benchmark
    benchmark.pedantic(ours, rounds=1)

    assert ratio > 0.9


def test_second_learner_costs_next_to_nothing(
    benchmark: Any, bench: Callable[..., Any], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """Its own training against the first one's features, compilation and training."""
    from bakeoff.store.database import read_run

    method = {"features": "mobilenet", "params": {"weights": "random", "size": 96}}
    path = suite_file(
        tasks=[{"dataset": "digits", "train_limit": 240, "test_limit": 60}],
        methods=[{"name": name, "learner": name, **method} for name in ("logistic", "svm")],
        protocol={"split": "holdout", "repeats": 1},
    )
    benchmark.pedantic(
        lambda: bench("run", str(path), "--no-report", "--workers", "1").assert_success(), rounds=1
    )
    rows = read_run(tmp_path / "runs" / "small").trials
    first, second = rows[~rows["reused_featurize"]].iloc[0], rows[rows["reused_featurize"]].iloc[0]
    share = second["fit_s"] / (first["featurize_s"] + first["compile_s"] + first["fit_s"])
    benchmark.extra_info |= {"share": share}
    print(f"\nsecond learner: {100 * share:.1f} % of the first")  # noqa: T201  the point

    assert share < 0.05
