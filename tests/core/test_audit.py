"""The audit against data with known faults, and against data with none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.data import audit as audit_module
from bakeoff.data.audit import WORDS, audit, find_faults
from bakeoff.data.audit_checks import drift, nearest, variance_explained
from bakeoff.data.audit_rows import audit_matrix, hashes
from bakeoff.interfaces import Data
from bakeoff.records import Protocol, Task

if TYPE_CHECKING:
    from pathlib import Path

N_ROWS = 600


def task(kind: str = "table", problem: str = "binary", **protocol: Any) -> Task:
    """A task on data of that kind."""
    return Task(
        name="t",
        dataset="t",
        input_kind=kind,
        problem_type=problem,
        metric="accuracy",
        direction="maximize",
        protocol=Protocol.of(**{"split": "holdout", **protocol}),
        fingerprint="f",
    )


def clean() -> pd.DataFrame:
    """Numbers and categories that have nothing to do with anything."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(N_ROWS, 4)), columns=list("abcd"))
    return frame.assign(colour=rng.choice(["red", "green", "blue"], N_ROWS))


def labels(frame: pd.DataFrame) -> np.ndarray:
    """Two classes that the first column tells in part."""
    noise = np.random.default_rng(1).normal(size=len(frame))
    return np.asarray(frame["a"] + noise > 0, dtype=np.int64)


def codes(
    X: Any, y: Any = None, kind: str = "table", problem: str = "binary", **more: Any
) -> list[str]:
    """Codes of what the audit finds."""
    y = labels(X) if y is None else y
    classes = tuple(map(str, range(int(y.max()) + 1))) if problem != "regression" else ()
    protocol = more.pop("protocol", {})
    data = Data(X=X, y=y, input_kind=kind, problem_type=problem, classes=classes, **more)
    return [f.code for f in find_faults(data, task(kind, problem, **protocol))]


def test_clean_data_have_no_findings() -> None:
    """Of no input kind and no problem type."""
    rng = np.random.default_rng(2)
    y = np.arange(N_ROWS) % 2
    texts = np.array([" ".join(map(str, rng.integers(0, 500, 12))) for _ in y], dtype=object)

    assert codes(clean()) == []
    assert codes(clean(), rng.normal(size=N_ROWS), problem="regression") == []
    assert codes(rng.integers(0, 256, (N_ROWS, 9, 9, 3)).astype(np.uint8), y, "image") == []
    assert codes(rng.normal(size=(N_ROWS, 2, 40)).astype(np.float32), y, "sequence") == []
    assert codes(texts, y, "text") == []


def test_rare_classes_are_told() -> None:
    """Five rows of six hundred: out of balance, and too few to learn."""
    y = np.zeros(N_ROWS, dtype=np.int64)
    y[:5] = 1

    assert codes(clean(), y) == ["D101", "D102"]


def test_gaps_and_constant_columns_are_told() -> None:
    """A column of which a fifth is missing, and one that never changes."""
    frame = clean().assign(same="x")
    frame.loc[: N_ROWS // 5, "b"] = np.nan

    assert codes(frame) == ["D201", "D202"]


def test_copies_across_the_split_are_told() -> None:
    """A tenth of the rows stands twice; copies that disagree are told as well."""
    frame = clean()
    double = pd.concat([frame, frame[:60]], ignore_index=True)
    y = np.concatenate([labels(frame), labels(frame)[:60]])
    wrong = np.concatenate([labels(frame), 1 - labels(frame)[:60]])

    assert codes(double, y) == ["D301"]
    assert codes(double, wrong) == ["D301", "D303"]


def test_near_copies_are_told_apart_from_copies() -> None:
    """A tenth of the rows stands again with the last digits changed; a picture with some noise."""
    frame = clean()
    again = frame[:60].assign(a=frame["a"][:60] + 1e-4)
    double = pd.concat([frame, again], ignore_index=True)
    rng = np.random.default_rng(3)
    images = rng.integers(5, 250, (N_ROWS, 9, 9, 1))
    noisy = images[:60] + rng.integers(-2, 3, (60, 9, 9, 1))
    both = np.concatenate([images, noisy]).astype(np.uint8)
    y = np.arange(len(both)) % 2

    assert codes(double, np.concatenate([labels(frame), labels(frame)[:60]])) == ["D302"]
    assert codes(both, y, "image") == ["D302"]


def test_a_column_that_gives_the_target_away_is_a_suspect() -> None:
    """A number or a category that was filled in afterwards; a good predictor is none."""
    frame = clean()
    y = labels(frame)
    values = np.asarray(frame["a"] * 3 + 1)

    assert codes(frame.assign(paid=y * 100.0 + 1), y) == ["D401"]
    assert codes(frame.assign(status=np.where(y, "closed", "open")), y) == ["D401"]
    assert codes(frame.assign(late=values), values, problem="regression") == ["D401", "D401"]
    assert codes(frame.assign(good=y + np.random.default_rng(4).normal(0, 0.3, N_ROWS)), y) == []


def test_drift_between_the_parts_is_told() -> None:
    """The published test part was measured with another device."""
    frame = clean()
    is_test = np.arange(N_ROWS) >= 480
    frame["b"] += 1.5 * is_test
    found = codes(frame, official_test=is_test, protocol={"split": "official"})

    assert found == ["D501"]


def test_drift_of_a_handful_of_rows_has_no_interval() -> None:
    """A half with one row has no spread; nothing is divided by nought."""
    rows = np.random.default_rng(0).normal(size=(8, 3))
    found = drift(rows[:6], rows[6:])

    assert (found.low, found.high) == (0.0, 1.0)


def test_drift_s_interval_holds_one_half_without_drift() -> None:
    """Over 300 draws of equal parts; with a shift of one it lies clearly above."""
    rng = np.random.default_rng(5)
    held = []
    for seed in range(300):
        x = rng.normal(size=(150, 4))
        found = drift(x[:100], x[100:], seed=seed)
        held.append(found.low <= 0.5 <= found.high)
    moved = drift(rng.normal(size=(200, 4)), rng.normal(size=(100, 4)) + 1)

    assert np.mean(held) >= 0.92
    assert moved.low > 0.8


def test_the_share_that_one_column_tells_is_that_of_its_bins() -> None:
    """A category that halves the variance; gaps have a bin of their own."""
    column = np.array(["a", "b"] * 50, dtype=object)
    y = np.tile([0.0, 2.0, 1.0, 3.0], 25)
    rows = np.arange(100)
    gaps = np.where(np.arange(100) % 2 == 0, np.nan, 1.0)

    assert variance_explained(column, y, rows, rows) == pytest.approx(1 - 0.25 / 1.25)
    assert variance_explained(
        gaps, (np.arange(100) % 2).astype(float), rows, rows
    ) == pytest.approx(1.0)
    assert np.isnan(variance_explained(gaps, np.ones(100), rows, rows))


def test_nearest_distances_agree_with_brute_force() -> None:
    """Also across chunks."""
    rng = np.random.default_rng(6)
    test, train = rng.normal(size=(700, 3)), rng.normal(size=(40, 3))
    expected = np.linalg.norm(test[:, None] - train, axis=2)

    assert nearest(test, train)[0] == pytest.approx(expected.min(axis=1))


def test_hashes_and_pictures_take_gaps_and_all_kinds_of_columns() -> None:
    """Moments, booleans, missing words, series of unequal length."""
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-02", "2020-01-01"]),
            "yes": [True, False, True, True],
            "word": ["a", None, "b", "a"],
            "number": [1.0, np.nan, np.inf, 1.0],
        }
    )
    series = np.full((3, 1, 5), np.nan, dtype=np.float32)
    series[1:, 0, :3] = [[1, 2, 3], [1, 2, 4]]

    assert len(set(hashes(frame, "table").tolist())) == 3
    assert np.isfinite(audit_matrix(frame, "table")).all()
    assert len(set(hashes(series, "sequence").tolist())) == 3
    assert np.isfinite(audit_matrix(series, "sequence")).all()
    assert np.isfinite(audit_matrix(np.array(["", "one word"], dtype=object), "text")).all()


def test_every_code_says_why_it_matters_and_what_to_do() -> None:
    """Codes are stable: a new check takes a new one."""
    assert set(WORDS) == {
        "D101", "D102", "D201", "D202", "D301", "D302", "D303", "D401", "D501",
        "D900",
    }  # fmt: skip
    assert all(why and remedy for why, remedy in WORDS.values())


def test_an_audit_is_made_once_and_read_again(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kept beside the prepared data; another protocol is another split."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path))
    planned = next(iter(plan_of(tasks=["tiny"]).tasks.values()))
    first = audit(planned.prepared, planned.task)
    calls: list[str] = []
    monkeypatch.setattr(audit_module, "find_faults", lambda data, of: calls.append(of.name) or ())

    assert audit(planned.prepared, planned.task) == first
    assert calls == []
    other = next(iter(plan_of("protocol.seed=3").tasks.values()))
    assert audit(other.prepared, other.task) == ()
    assert calls == ["tiny"]
