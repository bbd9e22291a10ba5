"""What a run without a terminal says of itself."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

N_TRIALS = 20
LINE = re.compile(rf"(\d+) of {N_TRIALS} trials; (.+) so far(?:, about (.+) left)?")


def test_the_rest_is_estimated_when_some_is_done_and_some_is_left(
    bench: Any, suite_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after the first of twenty trials, which waited for its worker; not after the last."""
    real = time.monotonic

    def slow_motion() -> float:
        """A clock on which every trial takes ten seconds more."""
        return real() + 10 * len(list(Path("out/artifacts").glob("*/predictions.npz")))

    path = suite_file(
        methods=["numbers+majority"], protocol={"split": "holdout", "repeats": N_TRIALS}
    )
    monkeypatch.setattr(time, "monotonic", slow_motion)
    done = bench("run", path, "--out", "out", "--no-report", "--workers", "1").assert_success()
    lines = [LINE.fullmatch(line).groups() for line in done.err.splitlines()]
    told = {int(number): (spent, left) for number, spent, left in lines}
    estimated = {number: both for number, both in told.items() if 1 < number < N_TRIALS}

    assert {told[1][1], told[N_TRIALS][1]} == {None}
    assert len(estimated) >= N_TRIALS / 2
    for number, (spent, left) in estimated.items():
        expected = _seconds(spent) / number * (N_TRIALS - number)
        assert _seconds(left) == pytest.approx(expected, abs=1 + 0.5 * N_TRIALS / number)


def _seconds(text: str) -> float:
    """`3 min 20 s` or `20.0 s`, in seconds."""
    *minutes, seconds = re.findall(r"[\d.]+", text)
    return 60 * sum(map(float, minutes)) + float(seconds)
