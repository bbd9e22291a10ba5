"""The training record, and the alarm that ends a fit."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from bakeoff.training import TimeUp, TrainingRecord, alarm, uninterrupted


class Clock:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_unknown_count_is_refused_at_once() -> None:
    """Not after a fit of an hour, when the row is made."""
    with pytest.raises(ValueError, match="n_bananas"):
        TrainingRecord().count(n_updates=3, n_bananas=7)


def test_learner_stops_when_two_more_epochs_might_not_end_in_time() -> None:
    """The slowest epoch so far tells how long the next may take."""
    clock = Clock()
    record = TrainingRecord(deadline=10.0, clock=clock)
    told = []
    for seconds in (1.0, 3.0, 1.0):
        clock.now += seconds
        record.epoch(train_loss=1.0)
        told.append(record.should_stop())

    assert told == [False, False, True]
    assert record.notes == {"cut_short": "3: epochs or rounds, then the time limit was near"}


def test_without_a_limit_there_is_time_for_ever() -> None:
    """Nothing stops a learner that nobody waits for."""
    record = TrainingRecord()

    assert (record.seconds_left(), record.should_stop()) == (float("inf"), False)
    assert not record.notes


def test_compilation_adds_up() -> None:
    """Several compiled steps are one cost."""
    record = TrainingRecord()
    record.compiled(0.5)
    record.compiled(0.25)

    assert record.compile_s == 0.75


@pytest.mark.parametrize("name", ["../x.keras", "a/b", "training.npz", "", ".hidden"])
def test_file_with_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    """It would leave the trial's folder, or hide what the core keeps there."""
    with pytest.raises(ValueError, match="expected a plain file name"):
        TrainingRecord().file(name, b"")


def test_an_alarm_ends_what_swallows_it_once() -> None:
    """It rings again."""

    def stubborn() -> None:
        with suppress(TimeUp):
            time.sleep(60)
        time.sleep(60)

    with pytest.raises(TimeUp), alarm(time.monotonic() + 0.01):
        stubborn()


def test_an_alarm_is_held_back_where_nothing_may_interrupt() -> None:
    """Also in a block within the block; it rings once the outer one has ended."""
    done = []

    def work(deadline: float) -> None:
        with uninterrupted():
            with uninterrupted():
                time.sleep(max(0.0, deadline + 0.05 - time.monotonic()))
            time.sleep(0.05)
            done.append(True)
        time.sleep(60)

    deadline = time.monotonic() + 0.5
    with pytest.raises(TimeUp), alarm(deadline):
        work(deadline)

    assert done
