"""Speed-ups are paired within one machine, told with an interval, and undecided in noise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.speedup import break_even, latencies, speedups, trials_of
from bakeoff.trial.prediction_latency import SECONDS, SIZES

HERE, THERE = "one machine", "another machine"
RNG = np.random.default_rng(0)


def rows(device: str, seconds: list[float], machine: str = HERE, **facts: Any) -> pd.DataFrame:
    """Complete trials of one method, one a repeat."""
    base = {
        "task": "digits", "method": "cnn", "study": "none", "variant": "default", "backend": "tf",
        "fold": 0, "concurrency": 1, "threads": 1, "state": "complete", "machine": machine,
        "device": device, "predict_s": 0.0,
    }  # fmt: skip
    return pd.DataFrame(
        {**base, "repeat": r, "fit_s": s, "trial": f"{device}-{facts}-{r}", **facts}
        for r, s in enumerate(seconds)
    )


def run_of(*parts: pd.DataFrame, arrays: dict[str, Any] | None = None) -> Any:
    """A run as far as speed-ups read it."""
    return SimpleNamespace(
        trials=pd.concat(parts, ignore_index=True),
        training=lambda trial: (arrays or {}).get(trial, {}),
    )


def test_speedup_is_the_median_ratio_of_pairs() -> None:
    """Ratios 4, 5, 4, 20 and 3; five pairs hold the median between the smallest and the largest."""
    cpu, gpu = [8.0, 10.0, 12.0, 40.0, 9.0], [2.0, 2.0, 3.0, 2.0, 3.0]
    (found,) = speedups(trials_of([run_of(rows("cpu", cpu), rows("gpu", gpu))]), "device")

    assert (found.place, found.control, found.verdict) == ("gpu", "cpu", "faster")
    assert (found.ratio.estimate, found.ratio.low, found.ratio.high) == (4.0, 3.0, 20.0)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        ([1.0] * 5, "slower"),
        ([0.1, 8.0, 0.3, 0.2, 0.1], "undecided"),
        ([0.1] * 4, "undecided"),
    ],
)
def test_verdict_follows_the_interval(seconds: list[float], verdict: str) -> None:
    """Noise that is too large, and pairs that are too few, decide nothing."""
    control = [0.3, 0.4, 0.35, 0.36, 0.38]
    trials = trials_of([run_of(rows("cpu", control), rows("gpu", seconds))])

    assert [s.verdict for s in speedups(trials, "device")] == [verdict]


def test_pair_comes_from_one_machine_though_both_ran_the_same_trial() -> None:
    """The slower machine without a GPU counts for nothing."""
    cpu = [4.0, 4.1, 4.2]
    first = run_of(rows("cpu", [400.0, 410.0, 420.0]))
    second = run_of(rows("cpu", cpu, THERE), rows("gpu", [2.0, 2.1, 2.0], THERE))
    (found,) = speedups(trials_of([first, second]), "device")

    assert (found.machine, found.ratio.n) == (THERE, 3)
    assert found.ratio.estimate < 3


def test_machines_that_have_one_place_each_make_no_pair() -> None:
    """Two machines differ in more than the device."""
    runs = [run_of(rows("cpu", [4.0] * 3)), run_of(rows("gpu", [1.0] * 3, THERE))]

    assert speedups(trials_of(runs), "device") == []


def test_trials_timed_beside_others_are_not_paired_with_lone_ones() -> None:
    """They shared the machine."""
    trials = [run_of(rows("cpu", [4.0] * 3), rows("gpu", [1.0] * 3, concurrency=2))]

    assert speedups(trials_of(trials), "device") == []


def test_variants_of_the_study_of_places_are_its_pairs() -> None:
    """There the variant is the place."""
    facts = {"study": "backend"}
    runs = [
        run_of(
            rows("cpu", [4.0, 4.2, 4.1], backend="tensorflow", variant="tensorflow", **facts),
            rows("cpu", [2.0, 2.2, 2.1], backend="jax", variant="jax", **facts),
        )
    ]
    (found,) = speedups(trials_of(runs), "backend")

    assert (found.study, found.place, found.control, found.beside) == (
        "backend",
        "jax",
        "tensorflow",
        "cpu",
    )


def latency_run(cpu: list[float], gpu: list[float], spread: float = 0.01) -> Any:
    """Five repeats of timed calls, by batch size."""
    parts, arrays = [], {}
    for device, by_size in (("cpu", cpu), ("gpu", gpu)):
        parts.append(rows(device, [1.0] * 5, study="latency", variant="timed"))
        for trial in parts[-1]["trial"]:
            noise = RNG.normal(scale=spread, size=(len(by_size), 1))
            calls = np.full((len(by_size), 20), np.nan)
            calls[:, :5] = np.asarray(by_size)[:, None] * np.exp(noise)
            arrays[trial] = {SIZES: np.array([1, 10, 100][: len(by_size)]), SECONDS: calls}
    return run_of(*parts, arrays=arrays)


@pytest.mark.parametrize(
    ("cpu", "gpu", "spread", "expected"),
    [
        ([1.0, 2.0, 9.0], [2.0, 1.0, 1.0], 0.01, "10"),
        ([2.0, 2.0, 9.0], [1.0, 1.0, 1.0], 0.01, "1"),
        ([2.0, 1.0, 9.0], [1.0, 3.0, 1.0], 0.01, "100"),
        ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], 0.01, "none"),
        ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], 0.50, "undecided"),
    ],
)
def test_break_even_is_the_size_from_which_a_place_is_clearly_faster(
    cpu: list[float], gpu: list[float], spread: float, expected: str
) -> None:
    """From there on at every size, not at one alone."""
    runs = [latency_run(cpu, gpu, spread)]
    found = break_even(latencies(runs, trials_of(runs)), "device")

    assert [size for _, size in found] == [expected]


def test_latency_of_a_call_is_its_median_over_calls_that_were_made() -> None:
    """Calls that were left out count for nothing."""
    runs = [latency_run([1.0, 2.0], [1.0], spread=0.0)]
    found = latencies(runs, trials_of(runs))

    assert found[found["device"] == "cpu"].groupby("size")["call_s"].max().to_dict() == {
        1: 1.0,
        10: 2.0,
    }


def test_place_that_is_none_is_refused() -> None:
    """A typing error must not give an empty table."""
    with pytest.raises(ValueError, match="expected one of"):
        speedups(trials_of([run_of(rows("cpu", [1.0]))]), "machine")
