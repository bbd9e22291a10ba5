"""`bakeoff check` finds planted faults, says what to mend, and lets pass what is well."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bakeoff_standins import promise_breakers

from bakeoff.testing import (
    ClustererContract,
    DatasetContract,
    ExecutorContract,
    FeaturesContract,
    LearnerContract,
    MetricContract,
    PluginContract,
    StudyContract,
)
from bakeoff.testing.advice import ADVICE
from bakeoff.testing.times import TimesContract

pytest.importorskip("pytest_benchmark")

FAULTS = Path(__file__).parents[1] / "faults"
TOWNS = '        return np.array([[float(self.codes_[town])] for town in X["town"]])'
FEATURES = "source='manual', inputs=('table',)"
LEARNER = "problems=('multiclass',)"
METRIC = "problems=('multiclass',), uses='labels', low=0.0, high=1.0"
DATASET = "inputs=('table',), problems=('binary',), n_classes=2, origin='drawn'"

CLUSTERER = "problems=('clustering',)"

GOOD = {
    "good_slope": ("features", "Slope", f"{FEATURES}, stateless=True"),
    "good_nearest": ("learners", "Nearest", LEARNER),
    "good_halves": ("clusterers", "Halves", CLUSTERER),
    "good_found": ("metrics", "found", METRIC),
    "good_sixty": ("datasets", "faulty_data:Sixty", f"{DATASET}, n_rows=60"),
}
PLANTED = {
    "ignores_its_seed": ("features", "IgnoresItsSeed", FEATURES, "the same seed gives the same"),
    "changes_its_input": ("features", "ChangesItsInput", FEATURES, "inputs stay as they were"),
    "looks_around": ("features", "Neighbourly", FEATURES, "a row does not depend on the others"),
    "learns": (
        "features",
        "Learned",
        f"{FEATURES}, stateless=True",
        "stateless features learn nothing",
    ),
    "leaves_gaps": ("features", "LeavesGaps", FEATURES, "rows become a finite float matrix"),
    "knows_its_towns": (
        "features",
        "KnowsItsTowns",
        FEATURES,
        "rows become a finite float matrix",
    ),
    "works_early": ("features", "Busy", FEATURES, "the constructor stores its parameters"),
    "takes_anything": ("features", "TakesAnything", FEATURES, "a parameter it lacks is refused"),
    "writes_outside": ("features", "WritesOutside", FEATURES, "it wrote to "),
    "wrong_capability": (
        "features",
        "Slope",
        "source='manual', inputs=('image',)",
        "rows become a finite float matrix",
    ),
    "wrong_source": (
        "features",
        "Slope",
        "source='handmade', inputs=('table',)",
        "its facts are known words",
    ),
    "leaks_state": ("learners", "LeaksState", LEARNER, "it changed numpy's error handling"),
    "remembers": ("learners", "Remembers", LEARNER, "the same seed gives the same answers"),
    "wrong_shape": ("learners", "WrongShape", LEARNER, "answers fit the task"),
    "sums_to_two": ("learners", "Unnormalised", LEARNER, "answers fit the task"),
    "contradicts_itself": (
        "learners",
        "Backwards",
        LEARNER,
        "labels agree with probabilities",
    ),
    "dense_only": ("learners", "DenseOnly", LEARNER, "sparse and dense matrices are both read"),
    "crashes_on_one_class": (
        "learners",
        "CrashesOnOneClass",
        LEARNER,
        "one class is refused or predicted",
    ),
    "few_classes": (
        "learners",
        "FewClasses",
        LEARNER,
        "it takes as many classes as it declares",
    ),
    "deaf": ("learners", "Deaf", LEARNER, "it stops when time is up"),
    "loses_rows": ("clusterers", "LosesRows", CLUSTERER, "each row gets a label"),
    "needs_labels": ("clusterers", "NeedsLabels", CLUSTERER, "each row gets a label"),
    "wrong_needs": (
        "learners",
        "Nearest",
        f"{LEARNER}, needs=('no-such',)",
        "its needs are importable names",
    ),
    "wrong_target": ("learners", "Farthest", LEARNER, "it loads or names what it lacks"),
    "wrong_direction": (
        "metrics",
        "found",
        f"{METRIC}, direction='minimize'",
        "the direction is that of better predictions",
    ),
    "beyond_its_range": ("metrics", "percent", METRIC, "values stay in the range"),
    "half_blind": ("metrics", "first_only", METRIC, "the order of rows does not matter"),
    "miscounts": (
        "datasets",
        "faulty_data:Sixty",
        f"{DATASET}, n_rows=61",
        "data are what the registration says",
    ),
    "restless": (
        "datasets",
        "faulty_data:Restless",
        f"{DATASET}, n_rows=60",
        "the fingerprint is stable",
    ),
    "uncontrolled": (
        "studies",
        "Uncontrolled",
        "",
        "its control is a variant and comes first",
    ),
    "forgetful": ("studies", "Forgetful", "", "asking twice gives the same"),
    "granted": (
        "report_sections",
        "takes_scores_for_granted",
        "",
        "a run without scores is no error",
    ),
}
HOOKS = """
{top}
from bakeoff import hookimpl

@hookimpl
def bakeoff_register_{kind}(register):
    register({name!r}, "{target}", summary="a fault", {facts})
"""


def hooks(name: str, kind: str, target: str, facts: str, *, top: str = "") -> str:
    """Source of a plugin that registers one of the components."""
    module = promise_breakers.__name__ if hasattr(promise_breakers, target) else "faulty"
    where = target if ":" in target else f"{module}:{target}"
    return HOOKS.format(kind=kind, name=name, target=where, facts=facts, top=top)


def install(site: Path, name: str, code: str) -> None:
    """Lay a plugin out as pip would."""
    for source in FAULTS.glob("*.py"):
        shutil.copy(source, site)
    info = site / f"bakeoff_{name}-0.1.dist-info"
    info.mkdir(parents=True)
    (site / f"plugged_{name}.py").write_text(code, encoding="utf-8")
    head = f"Metadata-Version: 2.1\nName: bakeoff-{name}\nVersion: 0.1\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    entry = f"[bakeoff]\n{name} = plugged_{name}\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")


def check(site: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`bakeoff check` where the plugins of a folder are installed, outside the running pytest."""
    paths = [str(site), os.environ.get("PYTHONPATH", "")]
    around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "bakeoff.cli", "check", *words],
        cwd=site,
        env={**around, **environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is told of each plugin, after one call for all of them."""
    site = tmp_path_factory.mktemp("site")
    for name, (kind, target, facts, *_) in (GOOD | PLANTED).items():
        install(site, name, hooks(name, kind, target, facts))
    install(site, "heavy", hooks("heavy", "features", "Slope", FEATURES, top="import numpy"))
    install(site, "needy_at_once", "import no_such_library\n")
    names = [*GOOD, *PLANTED, "heavy", "needy_at_once"]
    done = check(site, *names, "--benchmark-json", str(site / "times.json"))

    assert done.returncode == 1, done.stderr
    blocks: dict[str, str] = {"times": (site / "times.json").read_text(encoding="utf-8")}
    owner = ""
    for line in done.stdout.splitlines():
        first = line.partition(":")[0]
        if first in names or not owner:
            owner = first
        blocks[owner] = blocks.get(owner, "") + line + "\n"
    return blocks


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_found_with_a_remedy(told: dict[str, str], name: str) -> None:
    """By the test of the promise that it breaks."""
    assert PLANTED[name][-1] in told[name]
    assert "to mend: " in told[name]
    assert " failed" in told[name]


@pytest.mark.parametrize("name", ["wrong_target", "wrong_shape", "wrong_capability"])
def test_one_reason_is_told_once(told: dict[str, str], name: str) -> None:
    """What breaks every promise of a component has one remedy, and the others are counted."""
    (others,) = re.findall(r"not so for the same reason: (.*) and (\d+) more", told[name])
    (n_failed,) = re.findall(r"(\d+) failed", told[name])

    assert told[name].count("to mend: ") == 1
    assert int(n_failed) == 1 + len(others[0].split(", ")) + int(others[1])


def test_an_error_is_told_with_its_place_in_the_plugin(told: dict[str, str]) -> None:
    """Not with that of the contract which met it."""
    line = (FAULTS / "faulty.py").read_text(encoding="utf-8").splitlines().index(TOWNS) + 1

    assert f"faulty.py:{line}, in " in told["knows_its_towns"]


def test_words_of_the_contract_stand_without_pytest_s_own(told: dict[str, str]) -> None:
    """An author has not written the assertion that failed."""
    assert "found: it changed column 'number' of X\n" in told["changes_its_input"]
    assert "found: 5 of 5 rounds when told to stop after the first\n" in told["deaf"]
    assert [name for name in PLANTED if re.search(r"assert |\+ +where", told[name])] == []


def test_tracebacks_are_shown_when_asked_for(tmp_path: Path) -> None:
    """With the line of the plugin."""
    install(tmp_path, "granted", hooks("granted", *PLANTED["granted"][:3]))
    done = check(tmp_path, "granted", "--verbose")

    assert 'context.trials.sort_values("test_score").iloc[-1]' in done.stdout


@pytest.mark.parametrize("name", GOOD)
def test_what_keeps_its_promises_passes(told: dict[str, str], name: str) -> None:
    """Without a word but the count."""
    assert "not so" not in told[name]
    assert " passed" in told[name]


def test_a_heavy_import_at_discovery_is_found(told: dict[str, str]) -> None:
    """Every call of bakeoff would pay for it."""
    assert "finding it imports nothing heavy" in told["heavy"]


def test_a_plugin_that_can_t_be_imported_is_told_why(told: dict[str, str]) -> None:
    """And how to mend it."""
    assert "no_such_library" in told["needy_at_once"]
    assert "to mend: " in told["needy_at_once"]


def test_times_are_in_the_form_of_pytest_benchmark(told: dict[str, str]) -> None:
    """Fit and predict of each component that has them."""
    names = {one["name"].partition("[")[0] for one in json.loads(told["times"])["benchmarks"]}

    assert names == {"test_time_of_fit", "test_time_of_predict"}


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        (
            "clash",
            hooks("constant", "learners", "Nearest", LEARNER),
            "learners 'constant' is registered by both",
        ),
        (
            "misspelt",
            "from bakeoff import hookimpl\n\n@hookimpl\ndef bakeoff_register_lerners(): ...\n",
            "bakeoff_register_lerners",
        ),
        (
            "unknown_fact",
            hooks("odd", "learners", "Nearest", "colour='red'"),
            "colour",
        ),
    ],
)
def test_what_stops_every_command_is_told_in_one_line(
    tmp_path: Path, name: str, code: str, expected: str
) -> None:
    """With the plugin's name."""
    install(tmp_path, name, code)
    done = check(tmp_path, name)

    assert done.returncode == 2
    assert expected in done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_plugin_is_told_with_the_nearest(bench: Any) -> None:
    """Names of entry points, not of components."""
    outcome = bench("check", "classik")

    assert outcome.code == 2
    assert "did you mean 'classic'?" in outcome.err


def test_every_promise_has_its_remedy() -> None:
    """No test of a contract is without advice, and no advice without a test."""
    from bakeoff_report.testing import SectionContract

    contracts: list[type] = [
        ClustererContract,
        DatasetContract,
        ExecutorContract,
        FeaturesContract,
        LearnerContract,
        MetricContract,
        PluginContract,
        SectionContract,
        StudyContract,
        TimesContract,
    ]
    tests = {name for c in contracts for name in dir(c) if name.startswith("test_")}

    assert tests == set(ADVICE)
