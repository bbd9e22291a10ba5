"""pytest plugin for `pytest suite.yaml`: each trial is a test, with times for pytest-benchmark.

Only files named on the command line, or all files with `--bakeoff`, are considered, and only those
with the keys `tasks` and `methods` are taken for suites: other YAML files are left alone.

Every pytest session loads this module where bakeoff is installed, so it imports nothing heavy.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from bakeoff.records import Result, Trial

_SUFFIXES = {".yaml", ".yml"}
_KEYS = {"tasks", "methods"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `bakeoff`."""
    group = parser.getgroup("bakeoff", "suites of bakeoff as tests")
    group.addoption("--bakeoff", action="store_true", help="collect every suite, not only named")
    group.addoption(
        "--bakeoff-set", action="append", default=[], metavar="KEY=VALUE", help="as bakeoff --set"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Return a collector for a suite file that was asked for, or None."""
    if file_path.suffix not in _SUFFIXES:
        return None
    is_named = parent.session.isinitpath(file_path)
    if not (is_named or parent.config.getoption("--bakeoff")) or not _is_suite(file_path):
        return None
    suite: SuiteFile = SuiteFile.from_parent(parent, path=file_path)
    return suite


def _is_suite(path: Path) -> bool:
    """Return True if a file has the keys of a suite, or extends one."""
    import yaml

    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return isinstance(value, dict) and (value.keys() >= _KEYS or "extends" in value)


class SuiteFile(pytest.File):
    """Collector of a suite; its trials run one after the other in warm worker processes."""

    def collect(self) -> Iterator[TrialItem]:
        """Plan the suite, and yield a test for each trial."""
        from bakeoff.errors import BakeoffError
        from bakeoff.plan.trials import make_plan
        from bakeoff.registry.manager import load_plugins
        from bakeoff.suite.schema import load_suite

        self.plugins = load_plugins()
        options = self.config.getoption("--bakeoff-set")
        try:
            loaded = load_suite(str(self.path), self.plugins.registry, options)
            self.plan = make_plan(loaded, self.plugins.registry)
        except BakeoffError as error:
            raise self.CollectError(str(error)) from None
        self.results: Generator[tuple[Trial, Result], None, Any] | None = None
        self.results_by_id: dict[str, Result] = {}
        for trial in self.plan.trials:
            item: TrialItem = TrialItem.from_parent(self, name=trial.label, trial=trial)
            yield item

    def result_of(self, trial: Trial) -> Result:
        """Return the result of a trial, running the trials in order until it has ended."""
        if self.results is None:
            self.folder = Path(tempfile.mkdtemp(prefix="bakeoff-"))
            self.results = self._run()
        while trial.id not in self.results_by_id:
            ended, result = next(self.results)
            self.results_by_id[ended.id] = result
        return self.results_by_id[trial.id]

    def teardown(self) -> None:
        """End the workers and remove their files."""
        if getattr(self, "results", None) is not None:
            self.results.close()  # type: ignore[union-attr]  # asked a line ago
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self) -> Generator[tuple[Trial, Result], None, Any]:
        from dataclasses import replace

        from bakeoff.execution.runner import RunOptions, run_trials

        chosen = frozenset(
            item.trial.id
            for item in self.session.items
            if isinstance(item, TrialItem) and item.parent is self
        )
        options = RunOptions(command=f"pytest {self.path.name}", workers=1, report=False)
        return run_trials(replace(self.plan, chosen=chosen), self.folder, self.plugins, options)


class TrialFailedError(Exception):
    """Raised for a trial that did not end complete."""


class TrialItem(pytest.Item):
    """Test of one trial: passes if it ends complete, skipped for the reason in the plan."""

    parent: SuiteFile

    def __init__(self, *, trial: Trial, **facts: Any) -> None:
        super().__init__(**facts)
        self.trial = trial

    def runtest(self) -> None:
        """Run the trial, unless its result is there already."""
        if self.trial.skip:
            pytest.skip(self.trial.skip)
        result = self.parent.result_of(self.trial)
        self.add_report_section("call", "scores", _scores(result))
        if result.state == "skipped":
            pytest.skip(result.reason)
        if result.state != "complete":
            raise TrialFailedError(f"{result.state}: {result.reason}\n{result.traceback}".rstrip())
        _time(self, result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return state, reason and traceback of the trial, not those of this module."""
        if isinstance(excinfo.value, TrialFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return file and trial."""
        return self.path, None, self.trial.label


def _scores(result: Result) -> str:
    return "\n".join(f"{name}: {values}" for name, values in result.scores.items())


def _time(item: TrialItem, result: Result) -> None:
    """Pass the times to pytest-benchmark where it is on: a benchmark a method, a round a split."""
    session = getattr(item.config, "_benchmarksession", None)
    if session is None or session.disabled or session.skip:
        return
    trial = item.trial
    cell = f"{trial.task.name}/{trial.method.name}"
    cell += "" if trial.variant == "default" else f"/{trial.variant}"
    device = "-".join(filter(None, (trial.device, trial.backend)))
    for timing in ("fit_s", "predict_s"):
        name = f"{timing.removesuffix('_s')}[{cell}/{device}]"
        fullname = f"{item.path.name}::{name}"
        benchmark = next((b for b in session.benchmarks if b.fullname == fullname), None)
        if benchmark is None:
            benchmark = _benchmark(session, name=name, fullname=fullname, group=trial.task.name)
            benchmark.params = {"task": trial.task.name, "method": trial.method.name}
        benchmark.update(getattr(result.timings, timing))


def _benchmark(session: Any, *, name: str, fullname: str, group: str) -> Any:
    from pytest_benchmark.stats import Metadata

    facts = {"name": name, "fullname": fullname, "group": group, "param": None, "params": None}
    fixture = SimpleNamespace(**facts, extra_info={}, cprofile_stats=None, has_error=False)
    options = {key: session.options[key] for key in ("disable_gc", "timer", "min_rounds", "warmup")}
    options |= {key: float(session.options[key]) for key in ("min_time", "max_time")}
    benchmark = Metadata(fixture, iterations=1, options=options)
    session.benchmarks.append(benchmark)
    return benchmark
