"""What changed between two runs, over re-drawn and over fixed test parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.bootstrap import fixed_part_interval, weighted_accuracy
from bakeoff.statistics.compare_runs import compare
from bakeoff.statistics.intervals import THIS_DATA, resampled_interval
from bakeoff.store.run_data import StoredRun

if TYPE_CHECKING:
    from pathlib import Path

N_ROWS, N_REPEATS = 60, 4


def run(folder: Path, right: float, *, split: str, seed: int) -> tuple[StoredRun, np.ndarray]:
    """A stored run of one method that is right on a share of the rows of one test part."""
    rng = np.random.default_rng(seed)
    truth = np.arange(N_ROWS) % 2
    labels = np.where(rng.random((N_REPEATS, N_ROWS)) < right, truth, 1 - truth)
    (folder / "artifacts" / "splits").mkdir(parents=True)
    np.savez(folder / "artifacts" / "splits" / "s.npz", test=truth)
    rows = []
    for repeat, guess in enumerate(labels):
        (folder / "artifacts" / f"t{repeat}").mkdir()
        proba = np.eye(2, dtype=np.float32)[guess]
        np.savez(folder / "artifacts" / f"t{repeat}" / "predictions.npz", test=proba)
        rows.append(
            {
                "trial": f"t{repeat}", "task": "t", "method": "m", "study": "none",
                "variant": "default", "device": "cpu", "backend": "", "repeat": repeat, "fold": 0,
                "state": "complete", "metric": "accuracy", "direction": "maximize",
                "problem_type": "binary", "test_score": float((guess == truth).mean()),
                "n_train": 120, "n_validation": 20, "n_test": N_ROWS, "n_refit": None,
                "n_unused": 0, "split_file": "s",
            }
        )  # fmt: skip
    stored = StoredRun(
        folder=folder,
        name=folder.name,
        suite={},
        environment={},
        trials=pd.DataFrame(rows),
        scores=pd.DataFrame(),
        epochs=pd.DataFrame(),
        notes=pd.DataFrame(),
        tasks=pd.DataFrame({"task": ["t"], "split": [split]}),
    )
    return stored, labels


def test_a_fixed_test_part_is_compared_over_its_rows(tmp_path: Path) -> None:
    """The paired bootstrap of both runs' predictions, as the report has it."""
    (a, before), (b, after) = (
        run(tmp_path / name, right, split="official", seed=seed)
        for name, right, seed in (("a", 0.7, 0), ("b", 0.9, 1))
    )
    truth = np.arange(N_ROWS) % 2
    expected = fixed_part_interval(
        lambda w: weighted_accuracy(w, truth, after) - weighted_accuracy(w, truth, before), N_ROWS
    )
    (change,) = compare(a, b).changes

    assert change.gain.target == THIS_DATA
    assert (change.gain.low, change.gain.high) == pytest.approx((expected.low, expected.high))


def test_re_drawn_test_parts_are_compared_over_splits(tmp_path: Path) -> None:
    """Corrected for the rows that splits share."""
    (a, _), (b, _) = (
        run(tmp_path / name, right, split="holdout", seed=seed)
        for name, right, seed in (("a", 0.7, 0), ("b", 0.9, 1))
    )
    gains = b.trials["test_score"] - a.trials["test_score"]
    expected = resampled_interval(gains, test_ratio=N_ROWS / 120)
    (change,) = compare(a, b).changes

    assert (change.gain.low, change.gain.high) == pytest.approx((expected.low, expected.high))


def test_predictions_that_are_gone_leave_no_interval(tmp_path: Path) -> None:
    """The change itself is still told."""
    (a, _), (b, _) = (
        run(tmp_path / name, 0.8, split="official", seed=seed)
        for name, seed in (("a", 0), ("b", 1))
    )
    (tmp_path / "b" / "artifacts" / "t1" / "predictions.npz").unlink()
    (change,) = compare(a, b).changes

    assert not change.gain.is_known
    assert change.gain.how.startswith("no interval: predictions on the fixed test part")
