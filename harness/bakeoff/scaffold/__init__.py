"""Write new plugins: a small distribution that passes its own tests unchanged.

The templates are text files beside this module, so that no tool takes them for code of bakeoff.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class NewPluginError(BakeoffError):
    """Raised for a name that a new plugin can't have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Settings of one kind of new plugin.

    Args:
        plural: the kind of component, as the registry calls it.
        summary: one line for `bakeoff list`.
        facts: further arguments of the registration, as Python code.
        contract: import string of the contract suite.
        task: what its suite runs on.
        methods: what its suite runs.
        needs: distributions beside bakeoff.
    """

    plural: str
    summary: str
    facts: tuple[str, ...]
    contract: str
    task: str = "breast_cancer"
    methods: tuple[str, ...] = ("raw+constant", "raw+logistic")
    needs: tuple[str, ...] = ("numpy",)


_TABLE = 'inputs=("table",)'
_CLASSES = 'problems=("binary", "multiclass")'
_NEEDS = 'needs=("numpy",)'

KINDS = {
    "method": Kind(
        plural="methods",
        summary="nearest class mean of a table's numbers",
        facts=('source="end_to_end"', _TABLE, _CLASSES, _NEEDS),
        contract="bakeoff.testing:MethodContract",
        methods=("raw+constant", "$name"),
    ),
    "features": Kind(
        plural="features",
        summary="mean, spread, range and gaps of a row's numbers",
        facts=('source="manual"', _TABLE, _NEEDS),
        contract="bakeoff.testing:FeaturesContract",
        methods=("raw+constant", "raw+logistic", "$name+logistic"),
    ),
    "learner": Kind(
        plural="learners",
        summary="nearest class mean",
        facts=(_CLASSES, _NEEDS),
        contract="bakeoff.testing:LearnerContract",
        methods=("raw+constant", "raw+logistic", "raw+$name"),
    ),
    "dataset": Kind(
        plural="datasets",
        summary="two rings of points",
        facts=(
            _TABLE,
            'problems=("binary",)',
            "n_rows=200",
            "n_classes=2",
            'licence="CC0-1.0"',
            'origin="drawn"',
        ),
        contract="bakeoff.testing:DatasetContract",
        task="$name",
        methods=("raw+constant", "raw+logistic", "raw+nearest_neighbours"),
        needs=("numpy", "pandas"),
    ),
    "metric": Kind(
        plural="metrics",
        summary="recall of the class that is found worst",
        facts=(
            _CLASSES,
            'uses="labels"',
            'direction="maximize"',
            "low=0.0",
            "high=1.0",
        ),
        contract="bakeoff.testing:MetricContract",
        task="{dataset: breast_cancer, metric: $name}",
    ),
    "study": Kind(
        plural="studies",
        summary="fewer training rows against more",
        facts=(),
        contract="bakeoff.testing:StudyContract",
        needs=(),
    ),
    "section": Kind(
        plural="report_sections",
        summary="the quickest method of each task",
        facts=(),
        contract="bakeoff_report.testing:SectionContract",
        needs=(),
    ),
}
"""Every kind of plugin that `bakeoff new` writes."""


def write_plugin(name: str, kind: str, folder: Path, registry: Registry) -> list[Path]:
    """Write a distribution that offers one component.

    Args:
        name: of the plugin and of its component.
        kind: a key of `KINDS`.
        folder: made; must not exist or be empty.
        registry: whose names are taken.

    Returns:
        The files that were written.

    Raises:
        NewPluginError: the name can't be typed, or is taken.
        StoreError: the folder holds something, or can't be written.
    """
    _check(name, KINDS[kind].plural, registry)
    texts = _texts(name, kind)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise StoreError(folder, "is not empty; name another with --out.")
        for path, text in texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(folder, f"{error.strerror or error}.") from error
    return [folder / path for path in texts]


def _check(name: str, plural: str, registry: Registry) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NewPluginError(
            f"expected a name of lower-case letters, digits and single underscores; got {name!r}."
        )
    owners = {c.owner for c in registry.all(plural) if c.name == name}
    if owners:
        raise NewPluginError(f"{plural} {name!r} is taken by plugin {min(owners)!r}.")


def _texts(name: str, kind: str) -> dict[str, str]:
    """Return the contents of every file, by path."""
    facts = KINDS[kind]
    package = f"bakeoff_{name}"
    title = "".join(word.capitalize() for word in name.split("_"))
    written = [*facts.facts, f'summary="{facts.summary}"']
    contract_module, _, contract = facts.contract.partition(":")
    words = {
        "name": name,
        "title": title,
        "package": package,
        "distribution": package.replace("_", "-"),
        "module": kind,
        "plural": facts.plural,
        "attribute": name if kind in {"metric", "section"} else title,
        "summary": facts.summary,
        "facts": "\n".join(f"        {fact}," for fact in written),
        "contract": contract,
        "contract_module": contract_module,
        "dependencies": ", ".join(f'"{need}"' for need in ("bakeoff", *facts.needs)),
        "description": f"{facts.summary.capitalize()}, at work",
        "task": Template(facts.task).substitute(name=name),
        "methods": "\n".join(f"  - {Template(m).substitute(name=name)}" for m in facts.methods),
        "studies": f"studies: [{name}]" if kind == "study" else "",
    }
    paths = {
        "pyproject.toml": "pyproject",
        "README.md": "readme",
        "suite.yaml": "suite",
        f"{package}/__init__.py": "init",
        f"{package}/{kind}.py": kind,
        f"tests/test_{name}.py": "test",
    }
    contents = {path: _template(stem).substitute(words) for path, stem in paths.items()}
    if contract_module == "bakeoff.testing":
        path = f"tests/test_{name}.py"
        both = ", ".join(sorted((contract, "PluginContract")))
        contents[path] = contents[path].replace(
            f"from bakeoff.testing import PluginContract\nfrom bakeoff.testing import {contract}\n",
            f"from bakeoff.testing import {both}\n",
        )
    return contents


def _template(stem: str) -> Template:
    return Template((files(__name__) / f"{stem}.txt").read_text(encoding="utf-8"))
