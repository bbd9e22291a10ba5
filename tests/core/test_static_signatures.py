"""Parameters are read from source as Python itself would tell them, and nothing is imported."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bakeoff.plan.static_signatures import defaults_of, offers, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable

BASES = """
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")

@dataclass(kw_only=True)
class Fields:
    first: int = 0
    second: list = field(default_factory=list)
    known: ClassVar[int] = 3

class Plain:
    def __init__(self, a, /, b=1, *rest, c, **more): ...

class Mixin: ...
"""
CLASSES = """
from dataclasses import dataclass, field
from functools import partial

from . import bases
from .bases import Fields, Generic, Mixin, Plain as Renamed, T

class Own:
    def __init__(self, alpha, beta=2): ...

class Inherits(Mixin, Renamed): ...

class Dotted(bases.Plain): ...

class Passes(Own):
    def __init__(self, *args, delta=3, **kwargs): super().__init__(*args, **kwargs)

class Empty: ...

class Typed(Mixin, Generic[T]):
    def __init__(self, gamma): ...

@dataclass(kw_only=True)
class Sub(Fields):
    third: int = 1
    first: int = 5

class Left(Mixin, Fields): ...

class Diamond(Left, Sub): ...

def function(x, *, y=1): ...

@dataclass
class Positional:
    x: int

class Meta(type): ...

class Odd(metaclass=Meta):
    def __init__(self, x): ...

class New:
    def __new__(cls, x): return object.__new__(cls)

class Unknown(Exception): ...

class Either:
    if T:
        def __init__(self, x): ...

class Assigned:
    __init__ = Own.__init__

@dataclass(kw_only=True)
class Below(Positional):
    y: int

@dataclass(kw_only=True)
class Hidden:
    x: int = field(default=1, init=False)

@partial(lambda cls: cls)
class Decorated(Own): ...

made = partial(function, 1)

if T:
    class Twice: ...
else:
    class Twice: ...
"""
CLEAR = (
    "Own", "Inherits", "Dotted", "Passes", "Empty", "Typed", "Sub", "Left", "Diamond", "Mixin",
    "function",
)  # fmt: skip
UNCLEAR = (
    "Positional", "Odd", "New", "Unknown", "Either", "Assigned", "Below", "Hidden", "Decorated",
    "made", "Twice", "absent",
)  # fmt: skip
CIRCLE = "from .circle import Turning"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A package of every kind of component."""
    folder = tmp_path_factory.mktemp("site")
    name = "bakeoff_of_every_kind"
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("raise SystemError('nobody may import this')")
    (folder / name / "bases.py").write_text(BASES)
    (folder / name / "classes.py").write_text(CLASSES)
    (folder / name / "circle.py").write_text(CIRCLE)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return name


@pytest.mark.parametrize(
    ("name", "method", "expected"),
    [
        ("Own", "__init__", True),
        ("Diamond", "first", True),
        ("Diamond", "fourth", False),
        ("Dotted", "fourth", False),
        ("Odd", "fourth", None),
        ("Decorated", "fourth", False),
        ("function", "fourth", None),
    ],
)
def test_method_is_found_in_the_class_and_its_bases(
    package: str, name: str, method: str, *, expected: bool | None
) -> None:
    """Without an import either."""
    assert offers(f"{package}.classes:{name}", method) is expected


def test_defaults_are_those_that_source_writes_as_plain_values(package: str) -> None:
    """Also through dataclasses; what a call makes is left out."""
    classes = ("Own", "Inherits", "Sub", "Diamond", "Typed", "absent")
    found = {name: defaults_of(f"{package}.classes:{name}") for name in classes}

    assert found == {
        "Own": {"beta": 2},
        "Inherits": {"b": 1},
        "Sub": {"first": 5, "third": 1},
        "Diamond": {"first": 5, "third": 1},
        "Typed": {},
        "absent": {},
    }


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_source_can_not_tell_is_left_open(package: str, name: str) -> None:
    """Then the component is imported and asked."""
    assert parameters_of(f"{package}.classes:{name}") is None


def test_what_is_no_module_is_left_open() -> None:
    """Its owner is told when it is loaded."""
    assert parameters_of("no_such_package.of_mine:Thing") is None
    assert parameters_of("math:sqrt") is None
    assert parameters_of("ast.json.decoder:JSONDecoder") is None


def test_imports_in_a_circle_are_left_open(package: str) -> None:
    """A name that is imported from its own module has no definition."""
    assert parameters_of(f"{package}.circle:Turning") is None
    assert offers(f"{package}.circle:Turning", "fit") is None


def test_source_tells_what_python_tells(package: str) -> None:
    """Read first, with a package that can't be imported; then imported and inspected."""
    read = {name: parameters_of(f"{package}.classes:{name}") for name in CLEAR}
    (init,) = (p for p in map(_init, sys.path) if p is not None)
    init.write_text("")
    module = importlib.import_module(f"{package}.classes")
    told = {name: tuple(inspect.signature(getattr(module, name)).parameters) for name in CLEAR}

    assert read == told


def _init(folder: str) -> Path | None:
    path = Path(folder, "bakeoff_of_every_kind", "__init__.py")
    return path if path.is_file() else None


@pytest.mark.skipif(find_spec("keras") is None, reason="needs the extra deep")
def test_plan_that_names_parameters_imports_no_learning_library(
    write_suite: Callable[..., Path], tmp_path: Path
) -> None:
    """Neither for a network's parameters nor for a study of them."""
    suite = write_suite(
        methods=[{"method": "mlp", "params": {"epochs": 2}}, "numbers+nearestmean"],
        studies=[{"study": "vary", "methods": ["mlp"], "param": "units", "values": [4, 8]}],
        tasks=["tiny"],
    )
    code = (
        "import sys; from bakeoff.cli import main; code = main(sys.argv[1:]); "
        "print(code, [n for n in ('tensorflow', 'keras', 'sklearn') if n in sys.modules])"
    )
    command = [sys.executable, "-c", code, "plan", str(suite)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[-1] == "0 []"
