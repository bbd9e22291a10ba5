"""Trials that take over what another's search chose: run after it, with its configuration.

A study compares a variant with its control. Both searched anew would compare searches, so the
control alone is searched, and its variants run with what it chose.
"""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.records import Result, TrialState
from bakeoff.search.requests import configured

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bakeoff.records import Trial
    from bakeoff.spaces import Config
    from bakeoff.trial.evaluate import Job

    Outcomes = Generator[tuple[Trial, Result], None, None]

CHOSEN = "search_chosen"
"""Note of a trial that searched: its configuration as JSON, then perhaps words."""

NO_CONTROL = "its control has no configuration to take over"


def in_order(
    jobs: Sequence[Job],
    run: Callable[[list[Job]], Outcomes],
    known: Callable[[str], str | None] = lambda _: None,
) -> Outcomes:
    """Run jobs, those that take over a configuration once those that choose have ended.

    Args:
        jobs: what is to be run.
        run: runs some of them.
        known: the note `CHOSEN` of a trial that ended complete in an earlier call.

    Returns:
        Each trial as it ran, with its result; without its control's configuration it is skipped.
    """
    notes: dict[str, str] = {}
    with closing(run([job for job in jobs if job.trial.frozen is None])) as ended:
        for trial, result in ended:
            if result.state is TrialState.COMPLETE and CHOSEN in result.notes:
                notes[trial.id] = result.notes[CHOSEN]
            yield trial, result
    ready: list[Job] = []
    for job in jobs:
        if job.trial.frozen is None:
            continue
        control = job.trial.frozen.control
        note = notes.get(control) or known(control)
        if note is None:
            yield job.trial, _skipped(job.trial)
        else:
            ready.append(replace(job, trial=with_config(job.trial, chosen_in(note))))
    if ready:
        yield from run(ready)


def _skipped(trial: Trial) -> Result:
    state, now = TrialState.SKIPPED, time.time()
    return Result(trial=trial.id, state=state, reason=NO_CONTROL, finished_at=now)


def chosen_in(note: str) -> Config:
    """The configuration in a note, which may go on in words.

    >>> chosen_in('{"C": 0.1}')
    {'C': 0.1}
    >>> chosen_in("{}: no configuration was scored in time: the default one")
    {}
    """
    config: Config = json.JSONDecoder().raw_decode(note)[0]
    return config


def with_config(trial: Trial, config: Config) -> Trial:
    """The trial with a configuration below what its variant sets itself."""
    settled = trial.frozen.settled if trial.frozen else ()
    kept = {name: value for name, value in config.items() if name not in settled}
    return replace(trial, method=configured(trial.method, kept))
