"""What bad suites get: one or two sentences with file and line, exit code 2, runs untouched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bakeoff.suite.schema import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "name: small\ntasks: [tiny]\nmethods: [numbers+majority]\n"
BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdef", "bcdefg", strict=True)
)


@pytest.fixture
def complaint(bench: Any, tmp_path: Path) -> Callable[..., str]:
    """What `bakeoff plan` says to a suite of this text, after the checks that hold for every one."""  # noqa: E501  one message

    def run(text: str | bytes, *options: str, command: str = "plan") -> str:
        path = tmp_path / "suite.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        outcome = bench(command, "suite.yaml", *options)
        told: str = outcome.err

        assert (outcome.code, outcome.out) == (2, "")
        assert "Traceback" not in told
        assert not (tmp_path / "runs").exists()
        return told.removeprefix("bakeoff: ").removesuffix("\n")

    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            HEAD.replace("majority", "majorty"),
            "suite.yaml:3: methods[0]: unknown learner 'majorty'; did you mean 'majority'? Known: ",
        ),
        (
            HEAD.replace("numbers+majority", "ongpuu"),
            "suite.yaml:3: methods[0]: unknown method 'ongpuu'; did you mean 'ongpu'? Known: ",
        ),
        (
            HEAD.replace("numbers+", "nmbers+"),
            "suite.yaml:3: methods[0]: unknown features 'nmbers'; did you mean 'numbers'? Known: ",
        ),
        (
            HEAD.replace("[tiny]", "[tinny]"),
            "suite.yaml:2: tasks[0]: unknown dataset 'tinny'; did you mean 'tiny",
        ),
        (
            HEAD.replace("[tiny]", "[{dataset: tiny, metric: acuracy}]"),
            "suite.yaml:2: tasks[0]: unknown metric 'acuracy'; did you mean 'accuracy'? Known: ",
        ),
        (
            HEAD + "studies: [varry]\n",
            "suite.yaml:4: studies[0]: unknown study 'varry'; did you mean 'vary'? Known: ",
        ),
        (
            HEAD + "protocl: {repeats: 2}\n",
            "suite.yaml:4: protocl: unknown key 'protocl'; did you mean 'protocol'? Known: ",
        ),
        (
            HEAD + "protocol: {repeat: 2}\n",
            "suite.yaml:4: protocol.repeat: unknown key 'repeat'; did you mean 'repeats'? Known: ",
        ),
        (
            HEAD + "budget: {secnds: 2}\n",
            "suite.yaml:4: budget.secnds: unknown key 'secnds'; did you mean 'seconds'? Known: ",
        ),
        (
            (
                "name: small\ntasks:\n  - tiny\n  - tiny3\n  - dataset: tinyreg\n    repeats: ten\n"
                "methods: [numbers+majority]\n"
            ),
            "suite.yaml:6: tasks[2].repeats: expected an integer >= 1 and <= 10000; got 'ten'.",
        ),
        (
            HEAD + "protocol: {repeats: 0}\n",
            "suite.yaml:4: protocol.repeats: expected a value >= 1 and <= 10000; got 0.",
        ),
        (
            HEAD + "protocol: {repeats: 2.5}\n",
            "suite.yaml:4: protocol.repeats: expected an integer >= 1 and <= 10000; got 2.5.",
        ),
        (
            HEAD + "protocol: {test: 1}\n",
            "suite.yaml:4: protocol.test: expected a value > 0 and < 1; got 1.",
        ),
        (
            HEAD + "protocol: {split: random}\n",
            (
                "suite.yaml:4: protocol.split: expected one of 'holdout', 'kfold', 'grouped', 'time' "  # noqa: E501  one message
                "or 'official'; got 'random'."
            ),
        ),
        (
            HEAD + "protocol: 5\n",
            "suite.yaml:4: protocol: expected a mapping; got 5.",
        ),
        (
            HEAD + "budget: {memory: lots}\n",
            "suite.yaml:4: budget.memory: expected a size such as '512MiB' or '4GiB'; got 'lots'.",
        ),
        (
            HEAD + "budget: {seconds: -1}\n",
            "suite.yaml:4: budget.seconds: expected a value > 0; got -1.",
        ),
        (
            HEAD + "devices: [tpu]\n",
            "suite.yaml:4: devices[0]: expected one of 'cpu' or 'gpu'; got 'tpu'.",
        ),
        (HEAD + "devices: []\n", "suite.yaml:4: devices: expected at least one entry; got []."),
        (
            HEAD.replace("[tiny]", "[]"),
            "suite.yaml:2: tasks: expected at least one entry; got [].",
        ),
        (HEAD.replace("[tiny]", "tiny"), "suite.yaml:2: tasks: expected a list; got 'tiny'."),
        (HEAD.replace("[tiny]", "[5]"), "suite.yaml:2: tasks[0]: expected a mapping; got 5."),
        ("name: small\ntasks: [tiny]\n", "suite.yaml:1: methods: the key 'methods' is missing."),
        (
            HEAD.replace("small", "../up"),
            (
                "suite.yaml:1: name: expected letters, digits, '_', '.' and '-', starting with a "
                "letter or digit; got '../up'."
            ),
        ),
        (
            HEAD.replace("[numbers+majority]", "[{features: numbers}]"),
            (
                "suite.yaml:3: methods[0]: expected either 'method', or 'features' with 'learner', or "  # noqa: E501  one message
                "'estimator', or 'cross', or 'choice'; got {'features': 'numbers'}."
            ),
        ),
        (
            HEAD.replace("[numbers+majority]", "[{name: a, cross: {methods: [ongpu]}}]"),
            (
                "suite.yaml:3: methods[0]: expected no 'name' beside 'cross'; write the one method "
                "out; got {'name': 'a', 'cross': {'methods': ['ongpu']}}."
            ),
        ),
        (
            HEAD.replace("[numbers+majority]", "[numbers+majority, numbers+majority]"),
            (
                "suite.yaml:3: methods[1]: method 'numbers+majority' stands twice, first at "
                "suite.yaml:3: methods[0]; give it a name."
            ),
        ),
        (
            HEAD.replace("[tiny]", "[tiny, tiny]"),
            "suite.yaml:2: tasks[1]: task 'tiny' stands twice; give one a name.",
        ),
        (
            HEAD.replace("numbers+majority", "{features: numbers, learner: w*, name: one}"),
            "suite.yaml:3: methods[0]: one name 'one' for 5 methods.",
        ),
        (
            HEAD.replace(
                "numbers+majority", "{features: numbers, learner: nearestmean, params: {powr: 2}}"
            ),
            (
                "suite.yaml:3: methods[0]: unknown parameter 'powr'; did you mean 'power'? Known: "
                "learner__noise, learner__power, learner__random_state, noise, power, random_state."
            ),
        ),
        (
            HEAD.replace("[tiny]", "[{dataset: tiny, sed: 1}]"),
            (
                "suite.yaml:2: tasks[0]: dataset 'tiny': got an unexpected keyword argument 'sed'. "
                "Known: seed."
            ),
        ),
        (
            HEAD.replace("[tiny]", "[{dataset: tiny, seed: no}]"),
            "suite.yaml:2: tasks[0].seed: expected an integer >= 0 and < 2147483648; got 'no'.",
        ),
        (
            HEAD.replace("[tiny]", "[{dataset: tiny, metric: rmse}]"),
            "suite.yaml:2: tasks[0]: metric 'rmse' does not fit binary; expected one of accuracy, ",
        ),
        (
            HEAD.replace("[tiny]", "[{dataset: tiny, problem_type: regression}]"),
            "suite.yaml:2: tasks[0]: tiny has a target for binary; got problem_type 'regression'.",
        ),
        (
            HEAD + "studies: [{study: vary, param: power, values: [1]}]\n",
            "suite.yaml:4: studies[0]: study 'vary': expected two or more different values; got [1].",  # noqa: E501  one message
        ),
        (
            HEAD + "studies: [{study: vary, param: power, values: [1, 2]}]\n",
            "suite.yaml:4: studies[0]: unknown factor 'power'. Known: none.",
        ),
        (
            HEAD + "protocol: {split: grouped}\n",
            (
                "suite.yaml:2: tasks[0]: tiny: split 'grouped' needs a group for each row; the "
                "dataset names none."
            ),
        ),
        (
            HEAD + "protocol: {split: official}\n",
            (
                "suite.yaml:2: tasks[0]: tiny: split 'official' needs a published test part; "
                "the dataset has none."
            ),
        ),
        (
            HEAD + "protocol: {split: kfold, folds: 100}\n",
            "suite.yaml:2: tasks[0]: tiny: expected at least 100 rows for 100 folds; got 60.",
        ),
        (
            HEAD + "extends: 5\n",
            "suite.yaml:4: extends: expected the name or path of a suite; got 5.",
        ),
        (
            HEAD + "extends: suite.yaml\n",
            "suite.yaml:4: extends: suites extend one another more than 8 deep.",
        ),
        (HEAD + "extends: other.yaml\n", "other.yaml: no such file."),
        (HEAD + "extends: nosuch\n", "unknown suite 'nosuch'"),
        ("a: [1\nb: 2\n", "suite.yaml:2:"),
        ("", "suite.yaml: the file is empty; expected a mapping such as 'name: my_suite'."),
        ("- a\n- b\n", "suite.yaml:1: expected a mapping"),
        (HEAD + "x: !!python/object/apply:os.system [echo]\n", "suite.yaml:4:"),
        (BOMB, "suite.yaml:"),
        ("a: " + "[" * 100 + "]" * 100, "suite.yaml:1:"),
        (b"name: \xff\xfe\n", "suite.yaml:1:"),
    ],
)
def test_mistake_is_told_where_it_stands(complaint: Any, text: str, expected: str) -> None:
    """With the value, what was expected and the nearest known name."""
    told = complaint(text)

    assert told[: len(expected)] == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (
            "protocol.repeats",
            "--set protocol.repeats: expected PATH=VALUE, such as protocol.repeats=10.",
        ),
        (
            "protocol.repeats=many",
            (
                "--set protocol.repeats=many: protocol.repeats: expected an integer >= 1 and <= 10000; "  # noqa: E501  one message
                "got 'many'."
            ),
        ),
        (
            "tasks[4]=tiny",
            "--set tasks[4]=tiny: expected an entry of tasks, which holds 1; got [4].",
        ),
        (
            "protcol.repeats=2",
            "--set protcol.repeats=2: protcol: unknown key 'protcol'; did you mean",
        ),
        ("methods[0]=[", "--set methods[0]=["),
    ],
)
def test_mistake_in_an_override_names_the_option(
    complaint: Any, option: str, expected: str
) -> None:
    """There is no line to point at, so the option stands for it."""
    told = complaint(HEAD, "--set", option)

    assert told[: len(expected)] == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--workers", "0"], "--workers: expected 'auto' or 1 to "),
        (["--workers", "1000"], "--workers: expected 'auto' or 1 to "),
        (["--workers", "two"], "--workers: expected 'auto' or 1 to "),
        (["--workers", "²"], "--workers: expected 'auto' or 1 to "),
        (["--only", "nothing/*"], "--only: unknown task/method 'nothing/*'"),
        (["--executor", "locl"], "unknown executor 'locl'; did you mean 'local'?"),
        (["--wrkers", "1"], "run: unrecognized arguments: --wrkers 1. See bakeoff run --help."),
    ],
)
def test_mistake_in_an_option_is_told(complaint: Any, words: list[str], expected: str) -> None:
    """Before anything runs."""
    told = complaint(HEAD, *words, command="run").removeprefix("bakeoff ")

    assert told[: len(expected)] == expected


def test_every_mistake_is_told_at_once(complaint: Any) -> None:
    """One a line, each with its place."""
    told = complaint("name: small\ntasks: []\nmethods: []\nprotocol: {repeats: 0}\n")

    assert [line.split(": ")[0] for line in told.splitlines()] == [
        "suite.yaml:2",
        "suite.yaml:3",
        "suite.yaml:4",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nowhere.yaml", "bakeoff: nowhere.yaml: no such file.\n"),
        ("folder.yaml", "bakeoff: folder.yaml: no such file.\n"),
        ("quikstart", "bakeoff: unknown suite 'quikstart'; did you mean 'quickstart'? Known: "),
    ],
)
def test_suite_that_is_not_there_is_told(
    bench: Any, tmp_path: Path, name: str, expected: str
) -> None:
    """A path, a folder, or a name with its nearest."""
    (tmp_path / "folder.yaml").mkdir()
    outcome = bench("run", name)

    assert (outcome.code, outcome.err[: len(expected)]) == (2, expected)


def test_unreadable_suite_is_told(bench: Any, tmp_path: Path) -> None:
    """A file that may not be read."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "suite.yaml").write_text(HEAD)
    (tmp_path / "suite.yaml").chmod(0)

    assert bench("run", "suite.yaml").err.startswith("bakeoff: suite.yaml: can't be read: ")


def test_files_that_parameters_name_lie_beside_the_suite(tmp_path: Path, plugins: Any) -> None:
    """A trial works in a folder of its own; what is no file there stays as it is written."""
    (tmp_path / "texts").mkdir()
    for name in ("plain", "texts/corpus.txt"):
        (tmp_path / name).touch()
    params = {"corpus": "texts/corpus.txt", "weights": "plain", "path": "no.txt", "most": 3}
    suite = {"name": "a", "tasks": ["tiny"], "methods": [{"method": "m", "params": params}]}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(suite))
    loaded = load_suite(str(tmp_path / "suite.yaml"), plugins.registry)

    assert loaded.suite.methods[0].params == params | {
        "corpus": str(tmp_path / "texts" / "corpus.txt")
    }


def test_suite_extends_another(tmp_path: Path, plugins: Any) -> None:
    """Mappings are merged, lists replaced, and each value keeps its own line."""
    (tmp_path / "base.yaml").write_text(HEAD + "protocol: {repeats: 7, seed: 3}\n")
    (tmp_path / "suite.yaml").write_text("extends: base.yaml\nname: mine\nprotocol: {seed: 4}\n")
    loaded = load_suite(str(tmp_path / "suite.yaml"), plugins.registry)

    assert (loaded.suite.name, loaded.suite.protocol.repeats, loaded.suite.protocol.seed) == (
        "mine",
        7,
        4,
    )
    assert loaded.where("tasks", 0) == f"{tmp_path / 'base.yaml'}:2: tasks[0]"
