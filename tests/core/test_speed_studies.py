"""Studies of devices, backends and prediction time: what they plan, and what they measure."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff import read_run
from bakeoff.data.splits import make_split
from bakeoff.errors import SuiteError
from bakeoff.plan import enumeration
from bakeoff.statistics.speedup import speedups, trials_of
from bakeoff.studies.hardware import Backend
from bakeoff.studies.latency import Latency
from bakeoff.training import TrainingRecord
from bakeoff.trial import prediction_latency
from bakeoff.trial.prediction_latency import CALLS, LEAST_CALLS, SECONDS, SIZES, measure

if TYPE_CHECKING:
    from bakeoff.store.run_data import StoredRun

ONE = {"split": "holdout", "repeats": 1}


def places(plan: Any, study: str) -> list[tuple[str, str, str, str]]:
    """Variant, control, device and backend of a study's trials."""
    found = [t for t in plan.trials if t.study == study]
    return [(t.variant, t.control, t.device, t.backend) for t in found]


def test_study_of_devices_pairs_the_processor_with_the_gpu(plan_of: Any) -> None:
    """Though the suite runs everything else on the processor alone."""
    plan = plan_of(methods=["ongpu", "numbers+majority"], studies=["device"], protocol=ONE)
    plain = [(t.method.name, t.device) for t in plan.trials if t.study == "none"]

    assert places(plan, "device") == [("cpu", "cpu", "cpu", ""), ("gpu", "cpu", "gpu", "")]
    assert plain == [("ongpu", "cpu"), ("numbers+majority", "cpu")]
    assert len({tuple(t.seeds.items()) for t in plan.trials if t.study == "device"}) == 1


def test_trial_for_a_gpu_that_is_not_there_is_skipped(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a reason that the report shows."""
    monkeypatch.setattr(enumeration, "gpu_slots", tuple)
    plan = plan_of(methods=["ongpu"], studies=["device"], protocol=ONE)

    assert {t.device: t.skip for t in plan.trials if t.study == "device"} == {
        "cpu": "",
        "gpu": "no GPU found",
    }


def test_study_of_backends_pairs_those_that_it_names(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is the control; one that is not installed is skipped by name."""
    monkeypatch.setattr(enumeration, "is_importable", lambda name: name != "jax")
    study = {"study": "backend", "backends": ["jax", "tensorflow"]}
    plan = plan_of(methods=["onboth"], studies=[study], protocol=ONE)

    assert places(plan, "backend") == [
        ("jax", "jax", "cpu", "jax"),
        ("tensorflow", "jax", "cpu", "tensorflow"),
    ]
    assert {t.backend: t.skip for t in plan.trials if t.study == "backend"} == {
        "jax": "backend jax is not installed. Run: pip install jax",
        "tensorflow": "",
    }


@pytest.mark.parametrize("study", ["device", "backend"])
def test_study_of_places_needs_a_method_that_knows_them(plan_of: Any, study: str) -> None:
    """Else there is nothing to compare."""
    with pytest.raises(SuiteError, match=f"study '{study}' fits none"):
        plan_of(methods=["numbers+majority"], studies=[study])


@pytest.mark.parametrize(
    ("study", "params"),
    [
        (Backend, {"backends": ["jax"]}),
        (Backend, {"backends": ["jax", "jax"]}),
        (Backend, {"backends": "jax"}),
        (Latency, {"batch_sizes": [10, 1]}),
        (Latency, {"batch_sizes": [0]}),
        (Latency, {"batch_sizes": [1.5]}),
        (Latency, {"batch_sizes": []}),
        (Latency, {"batch_sizes": [10**9]}),
    ],
)
def test_settings_that_measure_nothing_are_refused(study: Any, params: dict[str, Any]) -> None:
    """Before anything runs."""
    with pytest.raises(ValueError, match="expected"):
        study(**params)


@pytest.fixture(scope="module")
def timed(write_suite: Any, tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """A run with predictions timed."""
    from bakeoff.cli import main

    suite = write_suite(
        tasks=["dots"],
        methods=["pixels+nearestmean"],
        studies=[{"study": "latency", "batch_sizes": [1, 7, 100]}],
        protocol=ONE,
    )
    folder = tmp_path_factory.mktemp("timed") / "run"

    assert main(["run", str(suite), "--out", str(folder), "--no-report"]) == 0
    return read_run(folder)


def test_calls_of_each_batch_size_are_timed_and_stored(timed: StoredRun) -> None:
    """Also of batches that are larger than the test part."""
    trial = timed.trials.set_index("study").loc["latency", "trial"]
    found = timed.training(str(trial))

    assert found[SIZES].tolist() == [1, 7, 100]
    assert found[SECONDS].shape == (3, CALLS)
    assert (found[SECONDS] > 0).all()


def test_timing_changes_no_score_and_other_trials_have_none(timed: StoredRun) -> None:
    """It comes after all else."""
    rows = timed.trials.set_index("study")

    assert rows.loc["latency", "test_score"] == rows.loc["none", "test_score"]
    assert timed.training(str(rows.loc["none", "trial"])) == {}


class Counter:
    """Counts the calls of its predictions by their number of rows."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.sizes: list[int] = []

    def predict(self, X: Any) -> np.ndarray:
        """Count."""
        import time

        time.sleep(self.seconds)
        self.sizes.append(len(X))
        return np.zeros(len(X), dtype=np.int64)


def _measure(plan_of: Any, estimator: Counter, seconds: float | None) -> dict[str, Any]:
    import time

    plan = plan_of(
        tasks=["dots"],
        methods=["pixels+majority"],
        studies=[{"study": "latency", "batch_sizes": [1, 50]}],
        protocol=ONE,
    )
    trial = next(t for t in plan.trials if t.study == "latency")
    data = plan.tasks["dots"].prepared.load()
    split = make_split(data, trial.task.protocol, task="dots", repeat=0, fold=0)
    record = TrainingRecord(None if seconds is None else time.monotonic() + seconds)
    return measure(estimator, data, split, trial, record)


def test_first_call_of_a_size_is_not_timed(plan_of: Any) -> None:
    """It may compile."""
    estimator = Counter()
    found = _measure(plan_of, estimator, None)

    assert estimator.sizes == [1] * (CALLS + 1) + [50] * (CALLS + 1)
    assert np.isfinite(found[SECONDS]).all()


def test_slow_calls_are_fewer(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the row holds NaN."""
    monkeypatch.setattr(prediction_latency, "SIZE_S", 0.0)
    found = _measure(plan_of, Counter(0.01), None)

    assert np.isfinite(found[SECONDS]).sum(axis=1).tolist() == [LEAST_CALLS, LEAST_CALLS]
    assert (found[SECONDS][:, :LEAST_CALLS] >= 0.01).all()


def test_no_time_left_leaves_sizes_out(plan_of: Any) -> None:
    """A limit costs a table, not the trial's result."""
    found = _measure(plan_of, Counter(0.01), 0.0)

    assert (found[SIZES].tolist(), found[SECONDS].shape) == ([], (0, CALLS))


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("keras") is None or find_spec("jax") is None, reason="needs the extras deep and jax"
)
def test_network_runs_on_two_backends_and_its_trials_make_pairs(
    bench: Any, suite_file: Any
) -> None:
    """TensorFlow beside JAX on the processor; the report tells the speed-up."""
    network = {"method": "mlp", "params": {"epochs": 2, "units": 4, "early_stopping": None}}
    suite = suite_file(
        methods=[network],
        backends=["tensorflow", "jax"],
        devices=["cpu", "gpu"],
        studies=[{"study": "latency", "batch_sizes": [1, 10]}],
        protocol={"split": "holdout", "repeats": 3},
    )
    bench("run", suite, "--out", "run", "--workers", "1").assert_success()
    run = read_run("run")
    found = speedups(trials_of([run]), "backend")
    with open("run/report.html", encoding="utf-8") as stream:  # noqa: PTH123  plain
        page = stream.read()

    assert {(s.place, s.control, s.study, s.ratio.n) for s in found} == {
        ("jax", "tensorflow", "none", 3),
        ("jax", "tensorflow", "latency", 3),
    }
    assert "Backends compared: speed-up over the control" in page
    assert "Prediction by batch size" in page
