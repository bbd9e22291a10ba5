"""What a clock does to a fit."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from bakeoff.trial.fit import TimeUp, alarm, uninterrupted


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

    def work() -> None:
        with uninterrupted():
            with uninterrupted():
                time.sleep(0.05)
            time.sleep(0.05)
            done.append(True)
        time.sleep(60)

    with pytest.raises(TimeUp), alarm(time.monotonic() + 0.01):
        work()

    assert done
