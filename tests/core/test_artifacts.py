"""Tests of what lies beside the rows of a run."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.errors import StoreError
from bakeoff.records import Result, TrialState
from bakeoff.store import artifacts
from bakeoff.store.database import Store
from bakeoff.store.trial_rows import split_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan.trials import Plan


def test_row_waits_for_the_disk(
    plan_of: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions and truths are synced before the row is written."""
    trial = plan_of().trials[0]
    folder = tmp_path / "run" / "artifacts"
    written = [folder / trial.id / "predictions.npz", _truths(folder, split_file(trial))]
    synced: list[str] = []
    with Store(tmp_path / "run") as store:
        for file in written:
            file.parent.mkdir(parents=True)
            file.touch()
        monkeypatch.setattr(artifacts.os, "fsync", _recorder(synced, store))
        store.add([(trial, Result(trial=trial.id, state=TrialState.COMPLETE))], {})

    assert {file.name for file in written} <= set(synced)


def test_row_is_not_written_when_the_disk_fails(
    plan_of: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row never speaks of what may be lost."""
    trial = plan_of().trials[0]

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with Store(tmp_path / "run") as store:
        (tmp_path / "run" / "artifacts" / trial.id).mkdir(parents=True)
        monkeypatch.setattr(artifacts.os, "fsync", fail)
        with pytest.raises(StoreError, match="Input/output error"):
            store.add([(trial, Result(trial=trial.id, state=TrialState.COMPLETE))], {})

        assert store.states() == {}


def test_truths_that_no_complete_row_speaks_of_are_removed(tmp_path: Path) -> None:
    """They may be there in part; the next trial of the split writes them again."""
    for name in ("kept", "torn"):
        file = _truths(tmp_path, name)
        file.parent.mkdir(exist_ok=True)
        file.touch()
    artifacts.remove_orphans(tmp_path, set(), {"kept"})

    assert [file.stem for file in (tmp_path / "splits").iterdir()] == ["kept"]


def _truths(folder: Path, name: str) -> Path:
    return folder / "splits" / f"{name}.npz"


def _recorder(synced: list[str], store: Store) -> Any:
    """Note each file's name, and that its row is not there yet."""

    def fsync(handle: int) -> None:
        assert store.states() == {}
        synced.append(os.path.basename(os.readlink(f"/proc/self/fd/{handle}")))  # noqa: PTH115, PTH119  a handle

    return fsync
