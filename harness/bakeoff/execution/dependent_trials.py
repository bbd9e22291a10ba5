"""Run trials that reuse the configuration which the search of their control chose.

A study compares a variant with its control. If both were searched, their searches would be
compared, so the control alone is searched, and its variants run with the configuration it chose.
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

    TrialResults = Generator[tuple[Trial, Result], None, None]

CHOSEN = "search_chosen"
"""Name of the note of a searched trial: its configuration as JSON, perhaps followed by text."""

NO_CONTROL = "its control has no configuration to take over"


def run_controls_first(
    jobs: Sequence[Job],
    run: Callable[[list[Job]], TrialResults],
    stored_note: Callable[[str], str | None] = lambda _: None,
) -> TrialResults:
    """Run the jobs that search first, then those that reuse a control's configuration.

    Args:
        jobs: jobs to run.
        run: runs a list of jobs.
        stored_note: returns the note `CHOSEN` of a trial that completed in an earlier call, by id.

    Returns:
        Each trial as it ran, with its result; a trial whose control has no configuration is
        skipped.
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
        note = notes.get(control) or stored_note(control)
        if note is None:
            yield job.trial, _skipped(job.trial)
        else:
            ready.append(replace(job, trial=with_config(job.trial, config_in(note))))
    if ready:
        yield from run(ready)


def _skipped(trial: Trial) -> Result:
    state, now = TrialState.SKIPPED, time.time()
    return Result(trial=trial.id, state=state, reason=NO_CONTROL, finished_at=now)


def config_in(note: str) -> Config:
    """Return the configuration in a note, which may be followed by text.

    >>> config_in('{"C": 0.1}')
    {'C': 0.1}
    >>> config_in("{}: no configuration was scored in time: the default one")
    {}
    """
    config: Config = json.JSONDecoder().raw_decode(note)[0]
    return config


def with_config(trial: Trial, config: Config) -> Trial:
    """Return the trial with a configuration, except the parameters that its variant sets."""
    settled = trial.frozen.settled if trial.frozen else ()
    params = {name: value for name, value in config.items() if name not in settled}
    return replace(trial, method=configured(trial.method, params))
