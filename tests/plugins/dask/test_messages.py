"""What travels between the runner and the cluster."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.data.prepared import read_prepared
from bakeoff.fetch.cache import cache_dir
from bakeoff.plan.trials import make_plan
from bakeoff.registry.manager import load_plugins
from bakeoff.suite.schema import load_suite
from bakeoff.trial.evaluate import Job
from bakeoff_dask import parcels
from bakeoff_dask.messages import Order, stamp_of, unlike

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORDER_BYTES = 10_000


@pytest.fixture
def job(suite_file: Callable[..., Path], tmp_path: Path) -> Job:
    """The first trial of a small suite."""
    registry = load_plugins().registry
    plan = make_plan(load_suite(str(suite_file()), registry, []), registry)
    trial = plan.trials[0]
    prepared = plan.tasks[trial.task.name].prepared
    assert prepared is not None
    return Job(trial=trial, prepared=prepared, artifacts=str(tmp_path), scratch=str(tmp_path))


def test_order_carries_no_data(job: Job) -> None:
    """A task is a few kilobytes whatever the size of its data."""
    order = Order(pool="p", key="k", job=job, stamp=stamp_of(job.trial), has_truths=False)

    assert len(pickle.dumps(order)) < ORDER_BYTES


def test_data_arrive_whole_in_pieces(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one machine sends another has the same fingerprint and the same bytes."""
    sent = parcels.chunks(job.prepared.folder)
    monkeypatch.setattr(parcels, "CHUNK_BYTES", 64)
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "elsewhere"))
    before = parcels.kept(job.prepared)
    for name, content in sent:
        parcels.receive("upload", name, content)
    parcels.finish("upload", job.prepared.fingerprint)
    after = parcels.kept(job.prepared)

    assert before is None
    assert after is not None
    assert after.folder.startswith(str(cache_dir("data")))
    assert after.load().X.equals(job.prepared.load().X)


def test_data_of_another_fingerprint_are_not_taken(job: Job, monkeypatch: Any) -> None:
    """A folder of the right name may hold what another version made."""
    known = read_prepared(cache_dir("data") / job.prepared.folder)
    assert known is not None
    other = type(known)(**{**_fields(known), "fingerprint": "0" * 32})

    assert parcels.kept(other) is None


@pytest.mark.parametrize("name", ["../outside.npz", "/outside.npz", "a/../../outside.npz"])
def test_file_that_leaves_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    """A worker writes below the run's artifacts alone."""
    with pytest.raises(ValueError, match="below the artifacts"):
        parcels.deliver({name: b"x"}, tmp_path / "artifacts")

    assert list(tmp_path.iterdir()) == []


def test_truths_that_are_there_stay(tmp_path: Path) -> None:
    """Two workers may send the truths of one split; readers never see them change."""
    parcels.deliver({"splits/a.npz": b"first", "t/predictions.npz": b"1"}, tmp_path)
    parcels.deliver({"splits/a.npz": b"second", "t/predictions.npz": b"2"}, tmp_path)

    assert (tmp_path / "splits" / "a.npz").read_bytes() == b"first"
    assert (tmp_path / "t" / "predictions.npz").read_bytes() == b"2"


def test_stamp_of_this_machine_is_like_it(job: Job) -> None:
    """The same code and libraries are no reason to stop."""
    assert unlike(stamp_of(job.trial)) == ""


@pytest.mark.parametrize(
    ("name", "told"),
    [("bakeoff_standins", "another bakeoff_standins"), ("numpy", "numpy")],
)
def test_other_code_or_library_is_named(job: Job, name: str, told: str) -> None:
    """Results of other code would be stored under this code's identity."""
    stamp = stamp_of(job.trial) | {name: "0.0"}

    assert unlike(stamp).startswith(told)


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
