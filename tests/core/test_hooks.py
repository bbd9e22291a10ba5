"""Every hook is called with what it promises, and a plugin that raises is named."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pluggy
import psutil
import pytest

from bakeoff import hookimpl
from bakeoff.errors import NameClashError, PluginError
from bakeoff.execution.runner import RunOptions, run_plan
from bakeoff.records import Result, TrialState
from bakeoff.registry import hookspecs
from bakeoff.registry.catalogue import KINDS
from bakeoff.registry.manager import load_plugins
from bakeoff.store.database import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.records import Trial
    from bakeoff.trial.evaluate import Job

OBSERVED = (
    "bakeoff_run_started",
    "bakeoff_trial_started",
    "bakeoff_trial_finished",
    "bakeoff_run_finished",
    "bakeoff_report_written",
)
DECIDED = ("bakeoff_write_report",)
REGISTERED = tuple(f"bakeoff_register_{kind}" for kind in KINDS)


def hooks() -> list[str]:
    """Every hook that the specification names."""
    return [name for name in vars(hookspecs) if name.startswith("bakeoff_")]


class Instant:
    """An executor that ends every trial at once, without a process."""

    workers = 1
    has_gpu = False

    def close(self) -> None:
        """Nothing was started."""

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Answer each trial with an empty result."""
        for job in jobs:
            started(job.trial)
            yield job.trial, Result(trial=job.trial.id, state=TrialState.COMPLETE)


class Watcher:
    """Writes down what it is told, and raises in the hook named."""

    def __init__(self, raises: str = "") -> None:
        self.told: list[str] = []
        self._raises = raises

    def _note(self, hook: str, *facts: str) -> None:
        self.told.append(" ".join([hook, *facts]))
        if hook == self._raises:
            raise ValueError("no luck")

    @hookimpl
    def bakeoff_run_started(self, run: Any) -> None:
        """Note the number of trials."""
        self._note("bakeoff_run_started", str(run.n_pending))

    @hookimpl
    def bakeoff_trial_started(self, trial: Trial) -> None:
        """Note the trial."""
        self._note("bakeoff_trial_started", trial.label)

    @hookimpl
    def bakeoff_trial_finished(self, result: Result) -> None:
        """Note the state; takes a subset of the arguments."""
        self._note("bakeoff_trial_finished", result.state)

    @hookimpl
    def bakeoff_run_finished(self) -> None:
        """Note the end; takes no argument at all."""
        self._note("bakeoff_run_finished")

    @hookimpl
    def bakeoff_report_written(self, path: Path) -> None:
        """Note the file, which is there."""
        self._note("bakeoff_report_written", f"{path.name} {path.is_file()}")


def run_with(
    watcher: Watcher, plan: Plan, folder: Path, *, report: bool = False
) -> dict[str, TrialState]:
    """Run a plan under the eyes of a plugin named `watcher`; the states that were stored."""
    plugins = load_plugins([("watcher", watcher)])
    options = RunOptions(command="bakeoff", report=report)
    run_plan(plan, folder, plugins, options, executor=Instant())
    with Store(folder) as store:
        return store.states()


@pytest.mark.parametrize("hook", hooks())
def test_hook_has_a_docstring_and_a_test(hook: str) -> None:
    """One sentence in the plugin author's terms, and a case in this module."""
    specification = getattr(hookspecs, hook)

    assert (inspect.getdoc(specification) or "").endswith(".")
    assert hook in (*OBSERVED, *DECIDED, *REGISTERED)


def test_nothing_is_tested_that_is_no_hook() -> None:
    """The tables of this module are the specification's."""
    assert sorted((*OBSERVED, *DECIDED, *REGISTERED)) == sorted(hooks())


@pytest.mark.parametrize("hook", REGISTERED)
def test_register_hook_offers_a_component_with_its_owner(hook: str) -> None:
    """What a hook of any kind registers can be found, and says who offers it."""
    kind = hook.removeprefix("bakeoff_register_")

    def offer(register: Any) -> None:
        register("novel", "nowhere:Novel")

    plugin = type("Plugin", (), {hook: staticmethod(hookimpl(offer))})()
    registry = load_plugins([("author", plugin)]).registry

    assert [(c.name, c.owner) for c in registry.find(kind, "novel")] == [("novel", "author")]


@pytest.mark.parametrize("hook", REGISTERED)
def test_register_hook_that_raises_is_named_with_its_plugin(hook: str) -> None:
    """A plugin that can't say what it offers stops the program with its name."""

    def fail(register: Any) -> None:
        raise KeyError("lost")

    fail.__name__ = hook
    plugin = type("Plugin", (), {hook: staticmethod(hookimpl(fail))})()
    with pytest.raises(PluginError) as caught:
        load_plugins([("author", plugin)])

    assert str(caught.value) == f"plugin 'author': {hook} raised KeyError: 'lost'."


def test_observers_are_told_everything_in_order(plan_of: Any, tmp_path: Path) -> None:
    """Start, each trial's start and end, end."""
    watcher = Watcher()
    run_with(
        watcher, plan_of(protocol={"split": "holdout", "repeats": 1}), tmp_path / "run", report=True
    )

    assert watcher.told == [
        "bakeoff_run_started 2",
        "bakeoff_trial_started tiny/numbers+majority/r0f0",
        "bakeoff_trial_finished complete",
        "bakeoff_trial_started tiny/numbers+nearestmean/r0f0",
        "bakeoff_trial_finished complete",
        "bakeoff_report_written report.html True",
        "bakeoff_run_finished",
    ]


@pytest.mark.parametrize("hook", OBSERVED)
def test_observer_that_raises_stops_the_run_with_its_name(
    hook: str, plan_of: Any, tmp_path: Path
) -> None:
    """A plugin that fails in silence would hide wrong numbers."""
    is_last = hook == "bakeoff_report_written"
    with pytest.raises(PluginError) as caught:
        run_with(Watcher(raises=hook), plan_of(), tmp_path / "run", report=is_last)

    assert str(caught.value) == f"plugin 'watcher': {hook} raised ValueError: no luck."


def test_the_first_plugin_that_writes_a_report_writes_it(plan_of: Any, tmp_path: Path) -> None:
    """It is handed the run, the file to write and the components; the others are not asked."""

    class Writer:
        @hookimpl(tryfirst=True)
        def bakeoff_write_report(self, run: Any, target: Path, registry: Any) -> Path:
            target.write_text(f"{run.suite}: {run.states}, {bool(registry.names('metrics'))}")
            return target

    plugins = load_plugins([("writer", Writer())])
    plan = plan_of(protocol={"split": "holdout", "repeats": 1})
    told = run_plan(plan, tmp_path, plugins, RunOptions(command="b"), executor=Instant())

    assert (told.report, (tmp_path / "report.html").read_text()) == (
        tmp_path / "report.html",
        f"{plan.loaded.suite.name}: {{'complete': 2}}, True",
    )


def test_trial_is_stored_before_observers_hear_of_it(plan_of: Any, tmp_path: Path) -> None:
    """A plugin that raises costs no result."""
    plugins = load_plugins([("watcher", Watcher(raises="bakeoff_trial_finished"))])
    options = RunOptions(command="bakeoff", report=False)
    with pytest.raises(PluginError):
        run_plan(plan_of(), tmp_path / "run", plugins, options, executor=Instant())

    with Store(tmp_path / "run") as store:
        assert list(store.states().values()) == [TrialState.COMPLETE]


@pytest.mark.parametrize("hook", ["bakeoff_trial_started", "bakeoff_trial_finished"])
def test_processes_end_when_an_observer_raises(hook: str, plan_of: Any, tmp_path: Path) -> None:
    """They are gone when the error arrives, not when somebody collects garbage."""
    plugins = load_plugins([("watcher", Watcher(raises=hook))])
    options = RunOptions(command="bakeoff", workers=1, report=False)
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(PluginError) as held:
        run_plan(plan_of(), tmp_path / "run", plugins, options)

    assert set(psutil.Process().children(recursive=True)) - before == set()
    assert held


def test_misspelt_hook_is_refused() -> None:
    """A hook that nobody calls is a mistake that would go unseen."""

    @hookimpl
    def bakeoff_register_lerners(register: Any) -> None:
        pass

    plugin = type("P", (), {"bakeoff_register_lerners": staticmethod(bakeoff_register_lerners)})
    with pytest.raises(PluginError, match="bakeoff_register_lerners"):
        load_plugins([("author", plugin())])


def test_name_clash_names_both_owners() -> None:
    """And says how to block one of them."""

    @hookimpl
    def bakeoff_register_learners(register: Any) -> None:
        register("majority", "nowhere:Novel", problems=("binary",))

    plugin = type("P", (), {"bakeoff_register_learners": staticmethod(bakeoff_register_learners)})
    with pytest.raises(NameClashError) as caught:
        load_plugins([("author", plugin())])

    assert str(caught.value) == (
        "learners 'majority' is registered by both 'standins' and 'author'. "
        "Block one with BAKEOFF_DISABLE=author."
    )


def test_unknown_fact_is_refused_with_the_plugins_name() -> None:
    """A misspelt fact would otherwise be lost."""

    @hookimpl
    def bakeoff_register_learners(register: Any) -> None:
        register("novel", "nowhere:Novel", problem=("binary",))

    plugin = type("P", (), {"bakeoff_register_learners": staticmethod(bakeoff_register_learners)})
    with pytest.raises(PluginError, match=r"plugin 'author': learners 'novel': .*'problem'"):
        load_plugins([("author", plugin())])


def test_blocked_plugin_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`BAKEOFF_DISABLE` names plugins by their entry points."""
    monkeypatch.setenv("BAKEOFF_DISABLE", "classic, standins")
    registry = load_plugins().registry

    assert {c.owner for kind in KINDS for c in registry.all(kind)} & {
        "classic",
        "standins",
    } == set()


def test_plugin_that_fails_to_import_is_reported_and_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken distribution takes nobody down."""
    (tmp_path / "broken_plugin.py").write_text("raise RuntimeError('not today')")
    info = tmp_path / "broken_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[bakeoff]\nbroken = broken_plugin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins = load_plugins()

    assert plugins.broken == {"broken": "RuntimeError: not today"}
    assert plugins.registry.names("learners")


def test_marker_and_specification_share_one_name() -> None:
    """Plugins import the marker from the package itself."""
    manager = pluggy.PluginManager("bakeoff")
    manager.add_hookspecs(hookspecs)

    assert hookimpl.project_name == manager.project_name
