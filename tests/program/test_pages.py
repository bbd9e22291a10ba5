"""README, CONTRIBUTING and `docs` say what works: commands are run, or parsed if they can't be."""

from __future__ import annotations

import ast
import configparser
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bakeoff.cli import Parser
from bakeoff.suite.schema import LoadedSuite
from bakeoff.suite.yaml_reader import YamlSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")))
ELSEWHERE = {
    "bakeoff check": "tests/program/test_new.py, on the plugin that the README makes",
    "bakeoff run my_learner/suite.yaml": "the same",
    "bakeoff automl": "tests/plugins/search/test_automl.py, which has its library",
    "bakeoff predict": "the same",
    "bakeoff isolation": "tests/core/test_isolation.py",
    "pytest suite.yaml": "tests/program/test_pytest_plugin.py",
    "pytest-benchmark compare": "the same",
    "pytest": "every environment of tox",
    "pip install": "tox, which installs the wheel, without and with extras",
    "pip install -e my_learner": "tests/program/test_new.py, as a wheel",
    "tox": ".ci/run",
    "pre-commit install": "tests/core/test_project.py, which compares its versions with tox's",
}
"""Beginnings of commands that need libraries or another program, and what runs them."""

STANDS_FOR = {
    "SUITE": "suite.yaml",
    "quickstart": "suite.yaml",
    "images": "suite.yaml",
    "churn.yaml": "suite.yaml",
    "KIND": "learners",
    "RUN...": "out",
    "RUN": "out",
    "A": "out",
    "B": "out",
    "FILE": "out.bakeoff.zip",
    "runs/quickstart": "out",
    "runs/here": "out",
    "runs/there": "out",
}


PROGRAMS = ("bakeoff", "pip", "pre-commit", "pytest", "pytest-benchmark", "python", "tox")


def commands(page: str) -> Iterator[str]:
    """Every command on a page, in code and in text; not what is struck through."""
    text = re.sub(r"~~.*?~~", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    plain = [line for language, block in blocks if not language for line in block.splitlines()]
    lines = [part for line in plain for part in line.split("&&")]
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    for line in (*lines, *spans):
        program, _, words = line.strip().partition(" ")
        if program in PROGRAMS and words and not re.search(r"[=(,]\s|\bCOMMAND\b", words):
            yield line.strip()


EVERY = sorted({command for page in PAGES for command in commands(page)})
WRITTEN = [command for command in EVERY if command.startswith("bakeoff ")]


def is_run_elsewhere(command: str) -> bool:
    """Whether it begins like one that another test runs."""
    return any(f"{command} ".startswith(f"{known} ") for known in ELSEWHERE)


def meant(command: str, trial: str, **others: str) -> list[str]:
    """The words of a command with something real for each placeholder."""
    stands = STANDS_FOR | {"TRIAL": trial} | others
    return [stands.get(word, word) for word in shlex.split(command)[1:]]


def test_pages_have_commands() -> None:
    """Else nothing would be tested below."""
    assert len(WRITTEN) > 15


@pytest.mark.parametrize("command", WRITTEN)
def test_every_command_parses(command: str, plugins: Any) -> None:
    """Options that do not exist are found, also where a cluster or a GPU would be needed."""
    name, *words = meant(command, "0", NAME="nearestmean", KIND="learner")
    if not words:  # a command that is only spoken of
        assert name in plugins.registry.names("commands")
        return
    if name == "list":
        words = ["learners" if word == "learner" else word for word in words]
    module = plugins.registry.get("commands", name).load()
    parser = Parser(prog=f"bakeoff {name}")
    module.add_arguments(parser)

    assert parser.parse_args(words) is not None


def test_every_command_of_another_program_is_run_by_something() -> None:
    """Else nobody notices when it stops to work."""
    others = [command for command in EVERY if not command.startswith("bakeoff ")]

    assert [command for command in others if not is_run_elsewhere(command)] == []
    assert [known for known in ELSEWHERE if not any(c.startswith(known) for c in EVERY)] == []


def test_every_command_runs(bench: Any, suite_file: Callable[..., Path]) -> None:
    """One after the other, as a reader would type them, on what stands for suite and run."""
    suite_file()
    bench("run", "suite.yaml", "--out", "out", "--workers", "1").assert_success()
    bench("pack", "out").assert_success()
    trial = yaml.safe_load(bench("results", "out", "--format", "json").out.splitlines()[0])["trial"]
    spoken_of = {c for c in WRITTEN if len(c.split()) == len(["bakeoff", "NAME"])} - {
        "bakeoff doctor"
    }
    here = [c for c in WRITTEN if not is_run_elsewhere(c) and c not in spoken_of]
    # A report over several runs takes the place of the first one's own, so it comes last.
    for command in sorted(here, key=lambda c: c.startswith("bakeoff report")):
        kind = "learner" if " new " in command else "learners"
        name = "brand_new" if " new " in command else "nearestmean"
        bench(*meant(command, trial, NAME=name, KIND=kind)).assert_success()

    assert {"run", "plan", "prepare", "list", "show", "verify", "pack", "replay", "new"} <= {
        command.split()[1] for command in here
    }


def test_every_suite_of_the_pages_is_a_suite() -> None:
    """With the keys and types that suites have; what is only a part stands in for its own keys."""
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    suites = re.findall(r"^```yaml\n(.*?)^```", "\n".join(texts), re.MULTILINE | re.DOTALL)
    whole = {"name": "part", "tasks": ["iris"], "methods": ["raw+logistic"]}
    read = []
    for suite in suites:
        written = yaml.safe_load(suite)
        written.pop("extends", None)  # what it extends has been merged when a suite is checked
        read.append(LoadedSuite(YamlSource("a page", whole | written, {})))

    assert "churn" in [loaded.suite.name for loaded in read]


def test_every_extra_and_environment_that_is_named_exists() -> None:
    """As in `pip install '.[all]'` and `tox -e lint`."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = configparser.ConfigParser()
    known.read(ROOT / "tox.ini")
    environments = re.split(r",\s*", known["tox"]["env_list"])
    environments += [section.removeprefix("testenv:") for section in known.sections()]
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for group in re.findall(r"(?:\.|bakeoff)\[([a-z,]+)\]", text):
            assert set(group.split(",")) <= set(extras["optional-dependencies"])
        for name in re.findall(r"tox -e ([a-z-]+)", text):
            assert name in environments


def test_every_command_and_extra_has_its_line_in_the_readme(plugins: Any) -> None:
    """A new one must not be forgotten."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = [
        c.name
        for c in plugins.registry.all("commands")
        if c.target.startswith("bakeoff") and not c.target.startswith("bakeoff_standins")
    ]

    assert [name for name in ours if f"| `bakeoff {name}" not in text] == []
    assert [
        x for x in extras["optional-dependencies"] if x != "all" and f"| `{x}`" not in text
    ] == []


@pytest.mark.parametrize("page", PAGES)
def test_python_of_a_page_is_python(page: str) -> None:
    """Whole statements, and nothing that is not there is imported."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        imports = [n for n in ast.parse(code).body if isinstance(n, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), page, "exec"), {})  # noqa: S102  our own page


def test_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of the interface, on a suite of three trials."""
    import bakeoff

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = (
        c
        for c in re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
        if "import bakeoff\n" in c
    )
    monkeypatch.chdir(tmp_path)
    suite = {"name": "tabular", "tasks": ["tiny"], "methods": ["numbers+majority"]}
    suite["protocol"] = {"split": "holdout", "repeats": 1}  # type: ignore[assignment]
    known = bakeoff.run
    monkeypatch.setattr(
        bakeoff, "run", lambda _: known(suite, workers=1, report=False), raising=False
    )
    found: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), found)  # noqa: S102  our own page

    assert len(found["run"].trials) == 1
    assert found["forest"].get_params()["learner__n_estimators"] == 50
