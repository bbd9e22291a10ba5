"""Show what a run would do: trials, predicted time and memory, skips with reasons. Runs nothing."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.commands._tables import table
from bakeoff.commands.common import (
    add_only_argument,
    add_suite_arguments,
    format_seconds,
    load_chosen,
    out,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Collection

    from bakeoff.execution.durations import DurationEstimate
    from bakeoff.plan.trials import Plan
    from bakeoff.records import Trial
    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff plan`."""
    add_suite_arguments(parser)
    add_only_argument(parser)
    parser.add_argument("--out", help="folder of the run; default ./runs/NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON object a trial")


def main(args: Namespace, plugins: Plugins) -> int:
    """Print the trials with predicted durations, dropped pairs and skipped trials."""
    from bakeoff.data.audit import lines
    from bakeoff.execution.durations import predict
    from bakeoff.plan.task_audits import audit_tasks
    from bakeoff.plan.trials import pending
    from bakeoff.store.database import read_states

    plan = load_chosen(args, plugins)
    folder = Path(args.out or Path("runs") / plan.loaded.suite.name)
    predictions = predict(plan.trials)
    open_trials = pending(plan, read_states(folder))
    if args.json:
        for trial in plan.trials:
            facts = _facts(trial, predictions[trial.id], is_open=trial.id in open_trials)
            out(json.dumps(facts, ensure_ascii=False))
        return 0
    out(
        table(
            ("task", "method", "trials", "to run", "seconds", "MiB"),
            _rows(plan, predictions, open_trials),
        )
    )
    out(f"\n{_totals(plan, predictions, open_trials)}")
    for line in _splits(plan):
        out(line)
    for line in lines(audit_tasks(plan.tasks)):
        out(line)
    for reason, n_pairs in sorted(plan.dropped.items()):
        out(f"dropped: {n_pairs} x {reason}.")
    for reason, n_trials in sorted(Counter(t.skip for t in plan.trials if t.skip).items()):
        out(f"skipped: {n_trials} trials: {reason}")
    return 0


def _rows(
    plan: Plan, predictions: dict[str, DurationEstimate | None], open_trials: Collection[str]
) -> list[tuple[Any, ...]]:
    """Return one row per task and method: trials, trials to run, seconds and MiB."""
    cells: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in plan.trials:
        variant = "" if trial.study == "none" else f" [{trial.study}: {trial.variant}]"
        cells[trial.task.name, trial.method.name + variant].append(trial)
    rows = []
    for (task, method), trials in cells.items():
        estimates = [p for t in trials if (p := predictions[t.id]) is not None]
        mark = "" if all(p.exact for p in estimates) else "~"
        rows.append(
            (
                task,
                method,
                len(trials),
                "skipped" if trials[0].skip else sum(t.id in open_trials for t in trials),
                f"{mark}{sum(p.seconds for p in estimates):.1f}" if estimates else "?",
                f"{mark}{max(p.mib for p in estimates):.0f}" if estimates else "?",
            )
        )
    return rows


def _totals(
    plan: Plan, predictions: dict[str, DurationEstimate | None], open_trials: Collection[str]
) -> str:
    """Return a sentence with the number of trials and the predicted total time and memory."""
    threads = {t.id: t.task.protocol.threads for t in plan.trials}
    estimates = [p for t in open_trials if (p := predictions[t]) is not None]
    text = f"{len(plan.trials)} trials, {len(open_trials)} to run"
    if estimates:
        seconds = sum(p.seconds * threads[t] for t in open_trials if (p := predictions[t]))
        text += f"; predicted {format_seconds(seconds)} of work on one core"
        text += f", at most {max(p.mib for p in estimates):.0f} MiB a trial"
    n_unknown = len(open_trials) - len(estimates)
    if n_unknown:
        text += f"; {n_unknown} never ran on this machine, so their time is unknown"
    if not all(p.exact for p in estimates):
        text += "; ~ marks predictions from other data"
    return f"{text}."


def _splits(plan: Plan) -> list[str]:
    """Return a line for each protocol: its split, folds and repeats, and the tasks that have it."""
    tasks: dict[str, list[str]] = defaultdict(list)
    for name, planned in plan.tasks.items():
        protocol = planned.task.protocol
        counts = {"fold": protocol.folds, "repeat": protocol.repeats}
        words = [f"{n} {word}" if n == 1 else f"{n} {word}s" for word, n in counts.items()]
        tasks[", ".join([protocol.split, *words])].append(name)
    return [f"splits: {protocol}: {', '.join(names)}." for protocol, names in tasks.items()]


def _facts(trial: Trial, prediction: DurationEstimate | None, *, is_open: bool) -> dict[str, Any]:
    """Return a planned trial as a JSON object."""
    return {
        "trial": trial.id,
        "task": trial.task.name,
        "method": trial.method.name,
        "source": trial.method.source,
        "study": trial.study,
        "variant": trial.variant,
        "repeat": trial.repeat,
        "fold": trial.fold,
        "device": trial.device,
        "backend": trial.backend,
        "skip": trial.skip,
        "to_run": is_open,
        "predicted_s": prediction.seconds if prediction else None,
        "predicted_mib": prediction.mib if prediction else None,
    }
