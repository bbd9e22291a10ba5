"""What a run without a terminal says of itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from bakeoff.commands import _progress
from bakeoff.records import RunInfo, TrialState

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_rest_is_estimated_when_some_is_done_and_some_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after the first of twenty trials, which waited for its worker; not after the last."""
    moments = iter([0.0, 0.0, *(float(second) for n in range(1, 21) for second in (n * 10,) * 2)])
    monkeypatch.setattr(_progress.time, "monotonic", lambda: next(moments))
    run = RunInfo(folder=tmp_path, suite="small", n_trials=20, n_pending=20)
    complete = cast("Any", SimpleNamespace(state=TrialState.COMPLETE))
    trial = cast("Any", SimpleNamespace(label="trial"))
    progress = _progress.Progress(as_json=False)
    progress(run, None, None)
    for _ in range(20):
        progress(run, trial, complete)

    said = capsys.readouterr().err.splitlines()
    assert said[0] == "1 of 20 trials; 10.0 s so far"
    assert said[1] == "2 of 20 trials; 20.0 s so far, about 3 min 0 s left"
    assert said[-1] == "20 of 20 trials; 3 min 20 s so far"
