"""Read constructor parameters and members of components from source, without importing them.

Each class in source is rebuilt as an empty class whose bases are rebuilt too, so that Python
computes the method resolution order and inherits the constructor's parameters. What source alone
can't tell (built in C, made by a call, decorated) answers None.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from contextlib import suppress
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.machinery import ModuleSpec

_ROOTS = {"object", "Protocol", "Generic", "ABC"}
_HARMLESS = {"abstractmethod", "ABCMeta", "total_ordering"}
_DATACLASS = re.compile(r"dataclass\((?!.*init=).*kw_only=True")

_Defaults = dict[str, ast.expr | None]


class _Skeleton:
    """Root of the rebuilt classes.

    Args:
        parameters: expressions of the constructor's defaults, by parameter; None where unclear.
        fields: the same for the fields that `dataclass` finds in the class itself.
        members: names that the class or a base defines.
    """

    parameters: ClassVar[_Defaults | None] = {}
    fields: ClassVar[_Defaults] = {}
    members: ClassVar[frozenset[str]] = frozenset()


class _UnclearError(Exception):
    """Source alone can't tell."""


def parameters_of(target: str) -> tuple[str, ...] | None:
    """Return the parameters of a class or function, in order; None where its source can't tell.

    Args:
        target: `module:attribute`.

    >>> parameters_of("bakeoff.studies.vary:Vary")
    ('param', 'values', 'control')
    """
    parameters, _ = _read(target)
    return None if parameters is None else tuple(parameters)


def defaults_of(target: str) -> dict[str, Any]:
    """Return the defaults that source writes as plain values, by parameter; others are left out.

    Args:
        target: `module:attribute`.

    >>> defaults_of("bakeoff.studies.vary:Vary")
    {'control': None}
    """
    parameters, _ = _read(target)
    defaults: dict[str, Any] = {}
    for name, expression in (parameters or {}).items():
        if expression:
            with suppress(ValueError, TypeError):
                defaults[name] = ast.literal_eval(expression)
    return defaults


def offers(target: str, name: str) -> bool | None:
    """Return whether a class or one of its bases defines a name; None where source can't tell.

    Args:
        target: `module:attribute`.
        name: of a method or attribute.

    >>> offers("bakeoff.studies.vary:Vary", "variants")
    True
    """
    _, members = _read(target)
    return None if members is None else name in members


@cache
def _read(target: str) -> tuple[_Defaults | None, frozenset[str] | None]:
    """Return parameters and members of what an import string names, each None where unclear."""
    module, _, attribute = target.partition(":")
    try:
        module, node = _resolve(module, attribute)
        if isinstance(node, ast.FunctionDef):
            return None if node.decorator_list else _arguments(node), None
        skeleton = _skeleton(module, node)
    except (_UnclearError, ImportError, OSError, RecursionError, SyntaxError, ValueError):
        return None, None
    return skeleton.parameters, skeleton.members


@cache
def _skeleton(module: str, node: ast.ClassDef | ast.FunctionDef) -> type[_Skeleton]:
    """Rebuild a class from its definition in a module."""
    if isinstance(node, ast.FunctionDef) or _unknown(word.value for word in node.keywords):
        raise _UnclearError
    names = (ast.unparse(b.value if isinstance(b, ast.Subscript) else b) for b in node.bases)
    bases = [_skeleton(*_resolve(module, name)) for name in names if name not in _ROOTS]
    lines = {name: line for line in node.body for name in _names(line)}
    members = frozenset(lines).union(*(base.members for base in bases))
    try:
        made: type[_Skeleton] = type(node.name, tuple(bases or [_Skeleton]), {"members": members})
    except TypeError:  # the bases have no common order
        raise _UnclearError from None
    decorators = _unknown(node.decorator_list)
    is_dataclass = any(map(_DATACLASS.match, decorators))
    made.fields = _fields(lines) if is_dataclass else {}
    if "__new__" in lines or len(decorators) > is_dataclass:
        made.parameters = None
    elif "__init__" in lines:
        made.parameters = _constructor(lines["__init__"])
    elif is_dataclass:
        made.parameters = _merged(made.__mro__[:-1])
    return made


def _unknown(nodes: Iterable[ast.expr]) -> list[str]:
    """Return code of decorators or metaclasses, without those that keep the constructor."""
    return [text for text in map(ast.unparse, nodes) if text not in _HARMLESS]


def _constructor(node: ast.stmt) -> _Defaults | None:
    if not isinstance(node, ast.FunctionDef) or _unknown(node.decorator_list):
        return None
    _, *parameters = _arguments(node).items()
    return dict(parameters)


def _merged(order: Iterable[type[_Skeleton]]) -> _Defaults | None:
    """Return the fields of a dataclass, those of its bases first; None where a base is unclear."""
    own, *bases = order
    if any(base.parameters is None for base in bases):
        return None
    return {name: cls.fields[name] for cls in [*reversed(bases), own] for name in cls.fields}


def _fields(lines: dict[str, ast.stmt]) -> _Defaults:
    """Return what a class itself declares for `dataclass`."""
    fields: _Defaults = {}
    for name, line in lines.items():
        if isinstance(line, ast.AnnAssign):
            if line.value and "init=" in ast.unparse(line.value):
                raise _UnclearError
            if not ast.unparse(line.annotation).startswith("ClassVar"):
                fields[name] = line.value
    return fields


def _arguments(node: ast.FunctionDef) -> _Defaults:
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    required = len(plain) - len(args.defaults)
    named = [*plain, args.vararg, *args.kwonlyargs, args.kwarg]
    defaults = [*[None] * required, *args.defaults, None, *args.kw_defaults, None]
    return {arg.arg: default for arg, default in zip(named, defaults, strict=True) if arg}


def _resolve(module: str, name: str) -> tuple[str, ast.ClassDef | ast.FunctionDef]:
    """Follow imports to the module that defines a name; dots lead into imported modules."""
    first, _, rest = name.partition(".")
    node = _definitions(module).get(first)
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and not rest:
        return module, node
    if not isinstance(node, ast.ImportFrom):
        raise _UnclearError
    origin = next(alias.name for alias in node.names if first in {alias.asname, alias.name})
    relative = "." * node.level + (node.module or "")
    source = importlib.util.resolve_name(relative, _spec(module).parent)
    return _resolve(f"{source}.{origin}", rest) if rest else _resolve(source, origin)


@cache
def _definitions(module: str) -> dict[str, ast.stmt | None]:
    """Return the statements at a module's top by the name they give; None where several do."""
    source = Path(_spec(module).origin or "").read_bytes()
    found: dict[str, ast.stmt | None] = {}
    for line in ast.parse(source).body:
        found |= {name: None if name in found else line for name in _names(line)}
    return found


def _names(node: ast.stmt) -> set[str]:
    """Return the names that a statement gives, those within `if` and `try` among them."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    } | {n.name for n in ast.walk(node) if isinstance(n, ast.ClassDef | ast.FunctionDef)}


@cache
def _spec(module: str) -> ModuleSpec:
    """Find a module without importing its package."""
    package = module.rpartition(".")[0]
    if package:
        spec = PathFinder.find_spec(module, _spec(package).submodule_search_locations or [])
    else:
        spec = importlib.util.find_spec(module)
    if spec is None:
        raise _UnclearError
    return spec
