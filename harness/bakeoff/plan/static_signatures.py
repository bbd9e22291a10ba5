"""Read a component's parameters and methods from source, so that planning imports no library.

A class answers by the first constructor in its method resolution order, one that `dataclass` made
included. What source alone can't tell (built in C, made by a call, decorated) answers None.
"""

from __future__ import annotations

import ast
import importlib.util
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_HOPS = 30
_ROOTS = {"object", "Protocol", "Generic", "ABC"}
_HARMLESS = {"abstractmethod", "ABCMeta", "total_ordering"}


@dataclass(frozen=True, slots=True)
class _Class:
    """A class as its source says; two are the same where module and name are."""

    module: str
    name: str

    @property
    def node(self) -> ast.ClassDef:
        """Its definition."""
        found = _definition(_tree(self.module), self.name)
        if not isinstance(found, ast.ClassDef):
            raise _UnclearError
        return found


class _UnclearError(Exception):
    """Source alone can't tell."""


@cache
def parameters_of(target: str) -> tuple[str, ...] | None:
    """Parameters of what an import string names, in order; None where its source can't tell.

    Args:
        target: `module:attribute`.

    >>> parameters_of("bakeoff.studies.vary:Vary")
    ('param', 'values', 'control')
    """
    module, _, attribute = target.partition(":")
    try:
        module, name = _resolve(module, attribute)
        node = _definition(_tree(module), name)
        if isinstance(node, ast.FunctionDef):
            return None if node.decorator_list else tuple(_arguments(node))
        return tuple(_of_class(_order(_Class(module, name))))
    except (_UnclearError, RecursionError):
        return None


def defaults_of(target: str) -> dict[str, Any]:
    """Defaults that a class's source writes as plain values, by parameter; others are left out.

    Args:
        target: `module:attribute`.

    >>> defaults_of("bakeoff.studies.vary:Vary")
    {'control': None}
    """
    known = parameters_of(target) or ()
    module, _, attribute = target.partition(":")
    found: dict[str, Any] = {}
    try:
        for member in reversed(_order(_Class(*_resolve(module, attribute)))):
            if "__init__" in {n.name for n in member.node.body if isinstance(n, ast.FunctionDef)}:
                found.clear()  # the constructors below it count no more
            for name, value in _written(member.node):
                with suppress(ValueError, TypeError):
                    found[name] = ast.literal_eval(value)
                    continue
                found.pop(name, None)
    except (_UnclearError, RecursionError):
        return {}
    return {name: found[name] for name in known if name in found}


def _written(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """What a class writes behind its fields, or behind the parameters of its constructor."""
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value:
            yield line.target.id, line.value
        elif isinstance(line, ast.FunctionDef) and line.name == "__init__":
            given = line.args
            plain = [*given.posonlyargs, *given.args]
            pairs = [*zip(reversed(plain), reversed(given.defaults), strict=False)]
            pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d]
            yield from ((argument.arg, default) for argument, default in pairs)


@cache
def offers(target: str, name: str) -> bool | None:
    """Whether a class or one of its bases defines a name; None where source can't tell.

    Args:
        target: `module:attribute`.
        name: of a method or attribute.

    >>> offers("bakeoff.studies.vary:Vary", "variants")
    True
    """
    module, _, attribute = target.partition(":")
    try:
        order = _order(_Class(*_resolve(module, attribute)))
        return any(name in _names(line) for member in order for line in member.node.body)
    except (_UnclearError, RecursionError):
        return None


def _resolve(module: str, name: str, hops: int = _MOST_HOPS) -> tuple[str, str]:
    """Where a name of a module is defined, through imports; dots lead into imported modules."""
    if not hops:
        raise _UnclearError
    first, _, rest = name.partition(".")
    node = _definition(_tree(module), first)
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and not rest:
        return module, first
    if isinstance(node, ast.ImportFrom):
        there, origin = _origin(module, node, first)
        if not rest:
            return _resolve(there, origin, hops - 1)
        return _resolve(f"{there}.{origin}", rest, hops - 1)
    raise _UnclearError


def _order(start: _Class) -> list[_Class]:
    """Method resolution order, without `object`: the C3 linearization, as Python computes it."""
    bases = [_order(base) for base in _bases(start)]
    waiting = [list(order) for order in [*bases, [order[0] for order in bases]] if order]
    found = [start]
    while waiting:
        heads = (o[0] for o in waiting if not any(o[0] in other[1:] for other in waiting))
        head = next(heads, None)
        if head is None:
            raise _UnclearError
        found.append(head)
        waiting = [rest for o in waiting if (rest := o[1:] if o[0] == head else o)]
    return found


def _bases(start: _Class) -> list[_Class]:
    node = start.node
    if any(ast.unparse(word.value) not in _HARMLESS for word in node.keywords):
        raise _UnclearError
    found = []
    for base in node.bases:
        name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
        if name not in _ROOTS:
            found.append(_Class(*_resolve(start.module, name)))
    return found


def _of_class(order: list[_Class]) -> list[str]:
    for index, member in enumerate(order):
        own = {n.name: n for n in member.node.body if isinstance(n, ast.FunctionDef)}
        generated = _is_dataclass(member.node)
        if "__new__" in own:
            raise _UnclearError
        if "__init__" in own:
            if any(ast.unparse(d) not in _HARMLESS for d in own["__init__"].decorator_list):
                raise _UnclearError
            return _arguments(own["__init__"])[1:]
        if generated:
            return _fields([m.node for m in reversed(order[index:]) if _is_dataclass(m.node)])
    return []


def _is_dataclass(node: ast.ClassDef) -> bool:
    """Whether a class gets its constructor from its fields, all of them by keyword."""
    for decorator in node.decorator_list:
        text = ast.unparse(decorator)
        if not text.startswith("dataclass("):
            if text in _HARMLESS:
                continue
            raise _UnclearError
        if "kw_only=True" not in text or "init=" in text:
            raise _UnclearError
        return True
    return False


def _fields(nodes: list[ast.ClassDef]) -> list[str]:
    """Fields of dataclasses, those of the base first."""
    found: dict[str, None] = {}
    for node in nodes:
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                kind, value = ast.unparse(line.annotation), line.value
                if "init=" in (ast.unparse(value) if value else ""):
                    raise _UnclearError
                if not kind.startswith("ClassVar"):
                    found[line.target.id] = None
    return list(found)


def _arguments(node: ast.FunctionDef) -> list[str]:
    given = node.args
    rest = [given.vararg] if given.vararg else []
    named = [*given.posonlyargs, *given.args, *rest, *given.kwonlyargs]
    return [argument.arg for argument in [*named, *([given.kwarg] if given.kwarg else [])]]


def _definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """The only statement at a module's top that gives a name; None where there are several."""
    found = [node for node in tree.body if name in _names(node)]
    return found[0] if len(found) == 1 else None


def _names(node: ast.stmt) -> set[str]:
    """Names that a statement gives, those within `if` and `try` among them."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    } | {n.name for n in ast.walk(node) if isinstance(n, ast.ClassDef | ast.FunctionDef)}


def _origin(module: str, node: ast.ImportFrom, name: str) -> tuple[str, str]:
    """Where an imported name comes from: module and its name there."""
    there = next(alias.name for alias in node.names if name in {alias.asname, alias.name})
    if not node.level:
        return node.module or "", there
    parts = module.split(".")
    file = _file(module)
    is_package = file is not None and file.name == "__init__.py"
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, *([node.module] if node.module else [])]), there


@cache
def _tree(module: str) -> ast.Module:
    file = _file(module)
    if file is None:
        raise _UnclearError
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        raise _UnclearError from None


def _file(module: str) -> Path | None:
    """Source of a module; its package is found, not imported."""
    top, *below = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    if not spec.submodule_search_locations:
        return None if below else Path(spec.origin)
    for location in spec.submodule_search_locations:
        place = Path(location, *below)
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                return file
    return None
