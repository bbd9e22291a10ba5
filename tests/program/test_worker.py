"""Whatever a method does becomes a result with a state and a reason, and the next is unharmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from bakeoff_standins.learners import NearestMean

from bakeoff import read_run
from bakeoff.cli import main
from bakeoff.data.splits import make_split
from bakeoff.execution.executors import LocalExecutor, Options
from bakeoff.execution.worker_key import Key, worker_environment
from bakeoff.metrics.classification import balanced_accuracy
from bakeoff.records import TrialState
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.records import Result, Trial
    from bakeoff.store.run_data import StoredRun

NAUGHTY = ("stubborn", "eater", "segfault", "raiser", "printer")
NO_LUCK = "no luck <script>alert(1)</script>"
ENDS = {
    "MemoryError": ("out_of_memory", "the method ran out of memory"),
    "SystemExit": ("failed", f"SystemExit: {NO_LUCK}"),
    "KeyboardInterrupt": ("failed", f"KeyboardInterrupt: {NO_LUCK}"),
    "unpicklable": ("failed", "OddError: (the exception can't be shown)"),
    "notanumber": ("diverged", "76 of 76 predicted values are not finite."),
    "wrongshape": ("failed", "expected predictions of shape (38, 2); got (37, 2)."),
    "wrongtype": ("failed", "expected numbers; got list of <U3."),
    "holes+majority": ("diverged", "the features hold values that are not finite."),
    "majority": ("complete", ""),
}
SAID = {
    "first line\n\tsecond line\n": "ValueError: first line second line",
    "red \x1b[31malarm": "ValueError: red ?[31malarm",
    "": "ValueError",
    "x" * 5000: "ValueError: " + "x" * 1000,
}


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def parent(pid_file: Path, seconds: float) -> dict[str, Any]:
    """A method that starts a child and works on for some seconds."""
    params = {"pid_file": str(pid_file), "seconds": seconds}
    return {"name": "parent", "features": "numbers", "learner": "parent", "params": params}


def raiser(name: str, **params: str) -> dict[str, Any]:
    """A method that raises."""
    return {"name": name, "features": "pixels", "learner": "raiser", "params": params}


def jobs_of(plan: Plan, folder: Path) -> list[Job]:
    """What the runner would hand to an executor."""
    folders = {"artifacts": str(folder / "artifacts"), "scratch": str(folder / "scratch")}
    return [
        Job(trial=trial, prepared=plan.tasks[trial.task.name].prepared, **folders)
        for trial in plan.trials
    ]


@pytest.fixture(scope="module")
def naughty(
    write_suite: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, StoredRun, Path]:
    """Stand-ins that harm their process, in one run: exit code, rows, and where the pid is."""
    folder = tmp_path_factory.mktemp("naughty")
    methods = [{"name": n, "features": "pixels", "learner": n} for n in NAUGHTY]
    suite = write_suite(
        tasks=["dots"],
        methods=[*methods, parent(folder / "pid", 60.0) | {"features": "pixels"}],
        protocol={"split": "holdout", "repeats": 1},
        budget={"seconds": 2.5, "memory": "60MiB", "output": "0.5MiB"},
    )
    code = main(["run", str(suite), "--out", str(folder / "run"), "--no-report"])
    return code, read_run(folder / "run"), folder / "pid"


def row(run: StoredRun, name: str) -> dict[str, Any]:
    """The only row of a method."""
    found: dict[str, Any] = run.trials.set_index("method").loc[name].to_dict()
    return found


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("stubborn", "timeout", "took longer than 2.5 s"),
        ("parent", "timeout", "took longer than 2.5 s"),
        ("eater", "out_of_memory", "took more than 60 MiB"),
        ("segfault", "crashed", "the worker ended with signal SIGSEGV"),
        ("raiser", "failed", f"ValueError: {NO_LUCK}"),
        ("printer", "failed", "printed more than 0.5 MiB"),
    ],
)
def test_misbehaviour_becomes_a_state_with_its_reason(
    naughty: Any, name: str, state: str, reason: str
) -> None:
    """A failing method is data, not a crash."""
    found = row(naughty[1], name)

    assert (found["state"], found["reason"]) == (state, reason)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("forker", "the worker ended with exit code 3"),
        ("closer", "the worker closed its connection"),
    ],
)
def test_end_of_a_worker_is_seen_whoever_holds_its_connection(
    plan_of: Any, tmp_path: Path, name: str, reason: str
) -> None:
    """Without a limit in time the run would wait for ever."""
    plan = plan_of(
        tasks=["dots"],
        methods=[f"pixels+{name}"],
        protocol={"split": "holdout", "repeats": 1},
        budget={"seconds": 30.0},
    )
    found = run_all(jobs_of(plan, tmp_path), tmp_path / "scratch")[name]

    assert (found.state, found.reason) == (TrialState.CRASHED, reason)


def test_worker_of_a_gpu_takes_memory_as_it_needs_it() -> None:
    """A library that takes all of it leaves none to the next worker, and no peak to tell."""
    growing = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    gpu, cpu = (worker_environment(Key("tensorflow", d, 1), "m").items() for d in ("gpu", "cpu"))

    assert (growing.items() <= gpu, growing.items() <= cpu) == (True, False)


def test_run_with_failures_ends_with_one(naughty: Any) -> None:
    """And every trial has a row."""
    code, run, _ = naughty

    assert (code, len(run.trials)) == (1, len(NAUGHTY) + 1)


def test_failure_keeps_its_traceback(naughty: Any) -> None:
    """The line that raised is shown to whoever wrote the method."""
    assert "raise kinds[self.what](self.text)" in row(naughty[1], "raiser")["traceback"]


def test_stubborn_method_is_killed_long_before_its_minute_is_over(naughty: Any) -> None:
    """Limits are enforced from outside, also on what ignores requests to end."""
    assert row(naughty[1], "stubborn")["wall_s"] < 60


def test_memory_is_measured_and_enforced(naughty: Any) -> None:
    """The peak of what ran out lies above its limit."""
    found = row(naughty[1], "eater")

    assert (bool(found["memory_enforced"]), found["peak_rss_mib"] >= 60) == (True, True)


def test_children_of_a_method_end_with_its_trial(naughty: Any) -> None:
    """In a session of their own or not."""
    assert not is_running(int(naughty[2].read_text()))


def test_no_process_is_left_after_a_run(naughty: Any) -> None:
    """Not even a zombie of this process."""
    assert [p for p in psutil.Process().children() if p.status() == psutil.STATUS_ZOMBIE] == []


@pytest.fixture(scope="module")
def ends(plan_of: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """What came of methods that raise or answer anything, by their names."""
    methods: list[Any] = [
        raiser(name, what=name) if name[0].isupper() else f"pixels+{name}"
        for name in ENDS
        if "+" not in name
    ]
    methods += [raiser(f"said {number}", text=text) for number, text in enumerate(SAID)]
    folder, once = tmp_path_factory.mktemp("ends"), {"split": "holdout", "repeats": 1}
    jobs = [
        *jobs_of(plan_of(methods=["holes+majority"], protocol=once), folder),
        *jobs_of(plan_of(tasks=["dots"], methods=methods, protocol=once), folder),
    ]
    ended = run_jobs(jobs, folder / "scratch")
    return {trial.method.name.removeprefix("pixels+"): result for trial, result in ended}


@pytest.mark.parametrize("name", ENDS)
def test_what_a_method_raises_or_answers_becomes_a_state(
    ends: dict[str, Result], name: str
) -> None:
    """It comes back over the connection, whatever it was."""
    assert (ends[name].state, ends[name].reason) == ENDS[name]


@pytest.mark.parametrize(("number", "expected"), list(enumerate(SAID.values())))
def test_reason_is_one_line_that_a_terminal_can_show(
    ends: dict[str, Result], number: int, expected: str
) -> None:
    """Libraries raise pages of text, some of it with control characters."""
    assert ends[f"said {number}"].reason == expected


def test_trial_that_reuses_its_features_equals_the_one_that_made_them(
    plan_of: Any, tmp_path: Path
) -> None:
    """Also where both use the global generators."""
    plan = plan_of(methods=["blurred+guesser"], protocol={"split": "holdout", "repeats": 1})
    jobs = jobs_of(plan, tmp_path) * 2
    made, reused = (result for _, result in run_jobs(jobs, tmp_path / "scratch"))

    assert (made.timings.reused_featurize, reused.timings.reused_featurize) == (False, True)
    assert made.scores == reused.scores != {}


def test_learner_that_overwrites_its_targets_changes_neither_scores_nor_truths(
    plan_of: Any, tmp_path: Path
) -> None:
    """The truths of a split are shared by all its trials."""
    still = {"noise": 0.0}
    methods = [
        {"features": "numbers", "learner": name, "params": still}
        for name in ("overwriter", "nearestmean")
    ]
    plan = plan_of(methods=methods, protocol={"split": "holdout", "repeats": 1})
    found = run_all(jobs_of(plan, tmp_path), tmp_path / "scratch")
    with np.load(next((tmp_path / "artifacts" / "splits").glob("*.npz"))) as truths:
        kept = {part: truths[part].tolist() for part in ("train", "validation")}
        rows = {part: truths[f"{part}_rows"] for part in kept}
    y = plan.tasks["tiny"].prepared.load().y

    assert found["overwriter"].scores == found["nearestmean"].scores != {}
    assert kept == {part: y[rows[part]].tolist() for part in kept}


@pytest.fixture(scope="module")
def well(
    plan_of: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Result], dict[str, Result]]:
    """Stand-ins that end well: all in one warm worker, and two alone in a fresh one."""
    names = ["iterative", "warner", "printer", "nearestmean", "polluter", "peeker"]
    plan = plan_of(
        methods=[f"numbers+{name}" for name in names], protocol={"split": "holdout", "repeats": 1}
    )
    folder = tmp_path_factory.mktemp("well")
    jobs = jobs_of(plan, folder)
    warm = run_all(jobs, folder / "warm")
    alone = {}
    for job in (jobs[-1], jobs[3]):
        alone |= run_all([job], folder / f"alone-{job.trial.id}")
    return warm, alone


def run_all(
    jobs: list[Job], scratch: Path, started: Callable[[Trial], object] = str
) -> dict[str, Result]:
    """Results by learner, from one worker at a time."""
    return {t.method.learner.name: result for t, result in run_jobs(jobs, scratch, started)}


def run_jobs(
    jobs: list[Job], scratch: Path, started: Callable[[Trial], object] = str
) -> list[tuple[Trial, Result]]:
    """Trials with their results as they ended, from one worker at a time."""
    return list(LocalExecutor(Options(scratch=scratch, workers=1)).run(jobs, started))


def test_all_of_them_are_complete(well: Any) -> None:
    """The peeker fails where the polluter left a mess."""
    assert {n: r.state for n, r in well[0].items()} == dict.fromkeys(well[0], TrialState.COMPLETE)


def test_trial_alone_in_a_fresh_worker_equals_the_last_in_a_warm_one(well: Any) -> None:
    """Bit for bit, whatever ran before it."""
    warm, alone = well

    assert {n: r.scores for n, r in alone.items()} == {n: warm[n].scores for n in alone}


def test_warnings_are_kept(well: Any) -> None:
    """With their kind, once each."""
    assert well[0]["warner"].warnings == ("UserWarning: take care",)


def test_what_was_printed_is_kept_from_its_end(well: Any) -> None:
    """Of a megabyte, the last 20,000 characters."""
    log = well[0]["printer"].log

    assert (len(log), log[-16:]) == (20_000, "\nthe last words\n")


def test_log_holds_nothing_of_the_trial_before(well: Any) -> None:
    """The printer came first."""
    assert well[0]["nearestmean"].log == ""


def test_epochs_and_counts_are_stored(well: Any) -> None:
    """One mapping an epoch, in order; 60 rows leave 10 for validation."""
    found = well[0]["iterative"]

    assert [e["train_loss"] for e in found.epochs] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]
    assert {e["validation_loss"] for e in found.epochs} == {10.0}
    assert (found.counts.n_epochs, found.counts.n_updates) == (5, 15)


def test_sizes_are_stored(well: Any) -> None:
    """80/20 of 60 rows, then 20 % of the rest."""
    counts = well[0]["nearestmean"].counts

    assert (counts.n_train, counts.n_validation, counts.n_test, counts.n_features) == (
        38,
        10,
        12,
        3,
    )


@pytest.fixture(scope="module")
def left_behind(
    plan_of: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Result], list[bool]]:
    """A method that leaves a child, then another; whether the child was there when it began."""
    folder = tmp_path_factory.mktemp("left")
    patient = {"n_rounds": 1000, "round_s": 0.05}
    plan = plan_of(
        tasks=["dots"],
        methods=[
            parent(folder / "pid", 0.0) | {"features": "pixels"},
            {"features": "pixels", "learner": "iterative", "params": patient},
        ],
        protocol={"split": "holdout", "repeats": 1},
        budget={"seconds": 1.0},
    )
    running: list[bool] = []

    def started(trial: Trial) -> None:
        if trial.method.learner.name == "iterative":
            running.append(is_running(int((folder / "pid").read_text())))

    return run_all(jobs_of(plan, folder), folder / "scratch", started), running


def test_child_that_a_method_left_behind_is_gone_before_the_next_trial(left_behind: Any) -> None:
    """Else it would take the next trial's time and memory."""
    results, running = left_behind

    assert (results["parent"].state, running) == (TrialState.COMPLETE, [False])


def test_iterative_learner_hears_of_its_deadline(left_behind: Any) -> None:
    """It stops by itself before it is killed, with its own note and that of its record."""
    found = left_behind[0]["iterative"]

    assert (found.state, found.notes["stopped"]) == (TrialState.COMPLETE, "early: time was up")
    assert found.notes["cut_short"].startswith(f"{len(found.epochs)}: ")
    assert 1 <= len(found.epochs) < 21


def test_scores_are_those_of_a_direct_computation(well: Any, plan_of: Any) -> None:
    """The whole path equals six lines of numpy on the same split and seed."""
    plan = plan_of(methods=["numbers+nearestmean"], protocol={"split": "holdout", "repeats": 1})
    trial, data = plan.trials[0], plan.tasks["tiny"].prepared.load()
    split = make_split(data, trial.task.protocol, task="tiny", repeat=0, fold=0)
    X = data.X.to_numpy(dtype=np.float64)
    learner = NearestMean(random_state=trial.seeds["learners"])
    learner.fit(X[split.train], data.y[split.train])
    expected = [
        balanced_accuracy(data.y[rows], learner.predict(X[rows]), n_classes=2)
        for rows in (split.train, split.validation, split.test)
    ]

    assert list(well[0]["nearestmean"].scores["balanced_accuracy"]) == expected
