"""Read a component's parameters and methods from source, so that planning imports no library.

The constructor is the first one in the class's method resolution order, those that `dataclass`
generates included. Functions return None where source alone can't tell (built in C, made by a call,
decorated).
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
    """Class identified by module and name, with its definition in source."""

    module: str
    name: str

    @property
    def node(self) -> ast.ClassDef:
        """Return the definition of the class."""
        definition = _definition(_tree(self.module), self.name)
        if not isinstance(definition, ast.ClassDef):
            raise _UnclearError
        return definition


class _UnclearError(Exception):
    """Raised where source alone can't tell."""


@cache
def parameters_of(target: str) -> tuple[str, ...] | None:
    """Return the parameters of a class or function, in order; None where source can't tell.

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
    """Return the defaults that a class's source gives as literals, by parameter.

    Args:
        target: `module:attribute`.

    >>> defaults_of("bakeoff.studies.vary:Vary")
    {'control': None}
    """
    parameters = parameters_of(target) or ()
    module, _, attribute = target.partition(":")
    defaults: dict[str, Any] = {}
    try:
        for member in reversed(_order(_Class(*_resolve(module, attribute)))):
            if "__init__" in {n.name for n in member.node.body if isinstance(n, ast.FunctionDef)}:
                defaults.clear()  # the constructors below it count no more
            for name, value in _written(member.node):
                with suppress(ValueError, TypeError):
                    defaults[name] = ast.literal_eval(value)
                    continue
                defaults.pop(name, None)
    except (_UnclearError, RecursionError):
        return {}
    return {name: defaults[name] for name in parameters if name in defaults}


def _written(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the default expressions of a class's fields and constructor parameters."""
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value:
            yield line.target.id, line.value
        elif isinstance(line, ast.FunctionDef) and line.name == "__init__":
            arguments = line.args
            plain = [*arguments.posonlyargs, *arguments.args]
            pairs = [*zip(reversed(plain), reversed(arguments.defaults), strict=False)]
            pairs += [
                (a, d)
                for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
                if d
            ]
            yield from ((argument.arg, default) for argument, default in pairs)


@cache
def offers(target: str, name: str) -> bool | None:
    """Return True if a class or one of its bases defines a name; None where source can't tell.

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
    """Return module and name where a name is defined, following imports and dots."""
    if not hops:
        raise _UnclearError
    first, _, rest = name.partition(".")
    node = _definition(_tree(module), first)
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and not rest:
        return module, first
    if isinstance(node, ast.ImportFrom):
        source_module, origin = _origin(module, node, first)
        if not rest:
            return _resolve(source_module, origin, hops - 1)
        return _resolve(f"{source_module}.{origin}", rest, hops - 1)
    raise _UnclearError


def _order(start: _Class) -> list[_Class]:
    """Return the method resolution order, without `object`, by C3 linearization as Python does."""
    bases = [_order(base) for base in _bases(start)]
    waiting = [list(order) for order in [*bases, [order[0] for order in bases]] if order]
    linearized = [start]
    while waiting:
        candidates = (o[0] for o in waiting if not any(o[0] in other[1:] for other in waiting))
        head = next(candidates, None)
        if head is None:
            raise _UnclearError
        linearized.append(head)
        waiting = [rest for o in waiting if (rest := o[1:] if o[0] == head else o)]
    return linearized


def _bases(start: _Class) -> list[_Class]:
    node = start.node
    if any(ast.unparse(word.value) not in _HARMLESS for word in node.keywords):
        raise _UnclearError
    bases = []
    for base in node.bases:
        name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
        if name not in _ROOTS:
            bases.append(_Class(*_resolve(start.module, name)))
    return bases


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
    """Return True if a class is a dataclass; all of its fields must be keyword-only."""
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
    """Return the names of dataclass fields, those of the base first."""
    names: dict[str, None] = {}
    for node in nodes:
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                kind, value = ast.unparse(line.annotation), line.value
                if "init=" in (ast.unparse(value) if value else ""):
                    raise _UnclearError
                if not kind.startswith("ClassVar"):
                    names[line.target.id] = None
    return list(names)


def _arguments(node: ast.FunctionDef) -> list[str]:
    arguments = node.args
    varargs = [arguments.vararg] if arguments.vararg else []
    named = [*arguments.posonlyargs, *arguments.args, *varargs, *arguments.kwonlyargs]
    return [argument.arg for argument in [*named, *([arguments.kwarg] if arguments.kwarg else [])]]


def _definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """Return the only top-level statement that binds a name; None if there are several."""
    statements = [node for node in tree.body if name in _names(node)]
    return statements[0] if len(statements) == 1 else None


def _names(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds, those within `if` and `try` included."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    } | {n.name for n in ast.walk(node) if isinstance(n, ast.ClassDef | ast.FunctionDef)}


def _origin(module: str, node: ast.ImportFrom, name: str) -> tuple[str, str]:
    """Return the module and name from which a name is imported."""
    original = next(alias.name for alias in node.names if name in {alias.asname, alias.name})
    if not node.level:
        return node.module or "", original
    parts = module.split(".")
    file = _file(module)
    is_package = file is not None and file.name == "__init__.py"
    package = parts[: len(parts) - node.level + is_package]
    return ".".join([*package, *([node.module] if node.module else [])]), original


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
    """Return the source file of a module, whose package is located but not imported."""
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
        path = Path(location, *below)
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                return file
    return None
