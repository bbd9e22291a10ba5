"""What a trial takes is measured by the rules of its limits; the samples are made up."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bakeoff.execution import limits
from bakeoff.execution.limits import Exceeded, TrialUsage
from bakeoff.records import Limits, TrialState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB = 2**20


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Memory of the process at the samples that follow, in MiB."""
    samples: list[float] = []
    monkeypatch.setattr(limits, "resident_mib", lambda _: samples.pop(0))
    return samples


@pytest.fixture
def usage_of(tmp_path: Path) -> Callable[..., TrialUsage]:
    """Make a trial's usage; it prints to `log` and writes to `files`, where a MiB lies already."""
    (tmp_path / "log").touch()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "before").write_bytes(os.urandom(MIB))

    def usage(**taken: float) -> TrialUsage:
        return TrialUsage(
            Limits(**taken),
            os.getpid(),
            log=tmp_path / "log",
            folder=tmp_path / "files",
            uses_gpu=False,
        )

    return usage


def test_memory_counts_where_two_samples_agree(
    usage_of: Callable[..., TrialUsage], memory: list[float]
) -> None:
    """Above the baseline of 100: the 900 of a fork are no memory held, the 50 are."""
    memory += [100.0, 900.0, 120.0, 160.0, 150.0, 100.0]
    usage = usage_of(memory_mib=60.0)
    usage.start()

    assert [usage.exceeded() for _ in range(5)] == [None] * 5
    assert usage.peak_mib == 50.0


def test_memory_above_the_limit_ends_the_trial(
    usage_of: Callable[..., TrialUsage], memory: list[float]
) -> None:
    """At the second sample."""
    memory += [100.0, 161.0, 161.0]
    usage = usage_of(memory_mib=60.0)
    usage.start()

    assert usage.exceeded() is None
    assert usage.exceeded() == Exceeded(TrialState.OUT_OF_MEMORY, "took more than 60 MiB")


def test_last_sample_counts_alone(usage_of: Callable[..., TrialUsage], memory: list[float]) -> None:
    """A short trial has no second one."""
    memory += [100.0, 130.0]
    usage = usage_of()
    usage.start()
    usage.finish()

    assert usage.peak_mib == 30.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that shows `now`."""
    made = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def test_time_counts_from_the_end_of_imports(
    usage_of: Callable[..., TrialUsage], clock: SimpleNamespace
) -> None:
    """Importing has a limit of its own."""
    usage = usage_of(seconds=2.0)
    clock.now += 7.0

    assert usage.exceeded() is None
    usage.start()
    clock.now += 2.0
    assert usage.exceeded() is None
    clock.now += 0.1
    assert usage.exceeded() == Exceeded(TrialState.TIMEOUT, "took longer than 2 s")
    assert usage.wall_s == pytest.approx(9.1)


def test_imports_have_a_limit(usage_of: Callable[..., TrialUsage], clock: SimpleNamespace) -> None:
    """Else a worker that hangs there would hang the run."""
    usage = usage_of()
    clock.now += limits.IMPORT_LIMIT_S + 1
    reason = "components were not imported within 300 s"

    assert usage.exceeded() == Exceeded(TrialState.TIMEOUT, reason)


def test_files_and_print_count_together_and_what_was_there_does_not(
    usage_of: Callable[..., TrialUsage], tmp_path: Path
) -> None:
    """A MiB of each and one from before, with a limit just below two and above it."""
    low, high = usage_of(output_mib=1.9), usage_of(output_mib=2.1)
    (tmp_path / "log").write_bytes(b"x" * MIB)
    (tmp_path / "files" / "new").write_bytes(os.urandom(MIB))

    assert low.exceeded_output() == Exceeded(TrialState.FAILED, "wrote more than 1.9 MiB")
    assert high.exceeded_output() is None


def test_print_alone_is_told_apart(usage_of: Callable[..., TrialUsage], tmp_path: Path) -> None:
    """The reason says what to look for."""
    usage = usage_of(output_mib=0.5)
    (tmp_path / "log").write_bytes(b"x" * MIB)

    assert usage.exceeded_output() == Exceeded(TrialState.FAILED, "printed more than 0.5 MiB")
