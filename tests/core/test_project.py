"""Facts that stand in two files agree, and what pages name exists."""

from __future__ import annotations

import ast
import configparser
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from bakeoff.records import Protocol
from bakeoff.suite import schema
from bakeoff.suite.search_entry import SearchEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
HOOKS = {
    "ruff": "https://github.com/astral-sh/ruff-pre-commit",
    "codespell": "https://github.com/codespell-project/codespell",
    "validate-pyproject": "https://github.com/abravalheri/validate-pyproject",
}
CORE = ROOT / "harness" / "bakeoff"
ROOTS = ("harness", "plugins", "reports", "suites")
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
)
FOLDERS = (*ROOTS, "tests", "docs")
TOP = re.compile(r"[\w.-]+\.(md|toml|ini|yml)")
DOTTED = re.compile(r"[a-z]\w*(\.\w+)+")
PARTS = re.compile(r"\w[\w.-]*(/[\w.*-]+)+/?|\w+/")
FILE_ENDINGS = (".json", ".jsonl", ".yaml", ".html", ".csv")


@pytest.mark.parametrize("tool", HOOKS)
def test_pre_commit_and_tox_use_the_same_version(tool: str) -> None:
    """A commit that passes one passes the other."""
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    pinned = dict(line.split("==") for line in tox["tools"].values() if "==" in line)
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    revisions = {repository["repo"]: repository["rev"] for repository in hooks["repos"]}

    assert f"v{pinned[tool]}" == revisions[HOOKS[tool]]


def read(page: str) -> str:
    """A page without its code blocks, and without text that is struck through."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"~~.*?~~", "", text, flags=re.DOTALL)


def spans(page: str) -> list[str]:
    """What a page has between backticks, and the modules whose reference it shows."""
    text = read(page)
    shown = re.findall(r"^::: (\S+)", text, flags=re.MULTILINE)
    return [*re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text), *shown]


def rooms(package: Path) -> set[str]:
    """Folders of an import package that hold code."""
    return {path.parent.name for path in package.glob("*/__init__.py")}


def modules_and_rooms() -> set[str]:
    """First words of dotted names that leave out `bakeoff.`."""
    return {path.stem for path in CORE.glob("*.py")} | rooms(CORE)


def is_path(name: str) -> bool:
    """Whether it looks like a path of this repository, or like a room with a module."""
    first = name.partition("/")[0]
    is_room = first in rooms(CORE) | rooms(ROOT / "reports" / "bakeoff_report")
    return bool(TOP.fullmatch(name)) or bool(
        PARTS.fullmatch(name) and (is_room or first in FOLDERS)
    )


def path_exists(name: str) -> bool:
    """Whether a path, perhaps with a `*`, leads to something; modules may lack their ending."""
    bases = (ROOT, CORE, ROOT / "reports" / "bakeoff_report")
    return any(
        next(base.glob(f"{name.rstrip('/')}{ending}"), None) is not None
        for base in bases
        for ending in ("", ".py")
    )


def is_dotted(name: str) -> bool:
    """Whether it looks like a module of ours, or like something in one."""
    first = name.partition(".")[0]
    is_ours = first in modules_and_rooms() or any((ROOT / r / first).is_dir() for r in ROOTS)
    return bool(DOTTED.fullmatch(name)) and is_ours and not name.endswith(FILE_ENDINGS)


def dotted_exists(name: str) -> bool:
    """Whether a dotted name leads to a module, or to a class, function, value or member of one."""
    parts = name.split(".")
    bases = [ROOT / root for root in ROOTS] if (parts[0].startswith("bakeoff")) else [CORE]
    return any(
        has_member(module, parts[length:])
        for base in bases
        for length in range(len(parts), 0, -1)
        for module in module_files(base.joinpath(*parts[:length]))
    )


def module_files(place: Path) -> Iterator[Path]:
    """The file of a module or of a package, if there is one."""
    yield from (f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file())


def has_member(module: Path, names: list[str]) -> bool:
    """Whether a module defines or imports a name, and that one the next, and so on."""
    body: Iterable[ast.AST] = parsed(module).body
    for name in names:
        found = [node for node in body if name in defined(node)]
        if not found:
            return False
        body = getattr(found[0], "body", ())
    return True


@cache
def parsed(module: Path) -> ast.Module:
    """The source of a module; nothing is imported."""
    return ast.parse(module.read_text(encoding="utf-8"))


def defined(node: ast.AST) -> set[str]:
    """Names that one statement of a module or of a class defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {part.id for t in targets for part in ast.walk(t) if isinstance(part, ast.Name)}
    return {word for child in ast.iter_child_nodes(node) for word in defined(child)}


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    """So that nobody looks for a file that was moved."""
    named = [name for name in spans(page) if is_path(name)]

    assert [name for name in named if not path_exists(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_module_that_a_page_names_exists(page: str) -> None:
    """And every class, function and value in one."""
    named = [name for name in spans(page) if is_dotted(name)]

    assert [name for name in named if not dotted_exists(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_another_page_leads_somewhere(page: str) -> None:
    """Links to other sites are left to readers."""
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", read(page))
    ours = [link for link in links if "://" not in link]

    assert [link for link in ours if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_a_name_that_is_gone_would_be_found() -> None:
    """The tests above look at something."""
    names = [name for page in PAGES for name in spans(page)]

    assert sum(map(is_path, names)) > 50
    assert sum(map(is_dotted, names)) > 30
    assert path_exists("suite/schema")
    assert not path_exists("suite/nothing")
    assert dotted_exists("bakeoff.records.Protocol.split_facts")
    assert not dotted_exists("bakeoff.records.Protocol.nothing")
    assert not dotted_exists("bakeoff.nothing")


def test_contributing_has_every_room() -> None:
    """A new folder of the core has its line, and a line its folder."""
    told = re.findall(r"^\| `(\w+)/` \|", read("CONTRIBUTING.md"), flags=re.MULTILINE)

    assert sorted(told) == sorted(rooms(CORE))


SUITE_PAGE = "docs/writing-a-suite.md"
TABLES = {
    "Keys of a suite": schema.Suite,
    "Tasks": schema.TaskEntry,
    "Methods": schema.MethodEntry,
    "Protocol": schema.ProtocolEntry,
    "Search": SearchEntry,
    "Studies": schema.StudyEntry,
    "Budget": schema.Budget,
}
"""Headings of the page on suites, and what may be written there."""


@pytest.mark.parametrize("heading", TABLES)
def test_page_on_suites_has_every_key(heading: str) -> None:
    """Each key of the schema stands in the first column of the table below its heading."""
    model = TABLES[heading]
    keys = set(model.model_fields) | ({"extends"} if model is schema.Suite else set())
    if model is schema.TaskEntry:
        keys -= set(schema.ProtocolEntry.model_fields)  # they have a table of their own
    part = re.split(r"^## ", read(SUITE_PAGE), flags=re.MULTILINE)
    (own,) = (text for text in part if text.startswith(f"{heading}\n"))
    table = own.partition("\n\n|")[2].partition("\n\n")[0]
    told = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)

    assert sorted(told) == sorted(keys)


def test_page_on_suites_has_the_defaults_of_the_protocol() -> None:
    """Those of `records.Protocol`, where they are numbers or names."""
    told = dict(
        re.findall(r"^\| `(\w+)` \| [^|]+ \| `?([\w.]+)`? \|", read(SUITE_PAGE), re.MULTILINE)
    )
    known = asdict(Protocol.of())
    names = ("split", "test", "validation", "seed", "threads")

    assert {name: told[name] for name in names} == {name: str(known[name]) for name in names}


def test_page_on_suites_has_the_folds_and_repeats_of_every_split() -> None:
    """The last two columns of the table of splits."""
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d) \| (\d) \|$", read(SUITE_PAGE), re.MULTILINE)
    protocols = [Protocol.of(split) for split, _, _ in rows]

    assert {split for split, _, _ in rows} == {"kfold", "grouped", "holdout", "official", "time"}
    assert [(p.split, str(p.folds), str(p.repeats)) for p in protocols] == rows
