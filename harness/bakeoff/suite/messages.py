"""Turn the errors that pydantic finds in a suite into messages."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from bakeoff.suite.yaml_reader import KeyPath

_TYPES = {
    "int": "an integer",
    "float": "a number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "greater": "a value",
    "less": "a value",
}
"""What was expected, by the first word of pydantic's error type."""

_SIGNS = {"Ge": ">=", "Gt": ">", "Le": "<=", "Lt": "<"}


def key_path_of(error: ErrorDetails) -> KeyPath:
    """Return the keys and indices that lead to an error, without those that pydantic adds."""
    return tuple(key for key in error["loc"] if not _is_type_name(key))


def sentence(
    error: ErrorDetails, key_path: KeyPath, model: type[BaseModel], more_keys: Iterable[str] = ()
) -> str:
    """Return one sentence about an error: what was expected, then what the suite says.

    Args:
        error: as pydantic reports it.
        key_path: keys and indices that lead to it.
        model: the model that owns the last key of the key path.
        more_keys: valid keys besides the model's own, for messages about unknown keys.
    """
    if error["type"] == "extra_forbidden":
        key, known_keys = str(key_path[-1]), sorted({*model.model_fields, *more_keys})
        close = get_close_matches(key, known_keys, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        return f"unknown key {key!r}{hint} Known: {', '.join(known_keys)}."
    if error["type"] == "missing":
        return f"the key {key_path[-1]!r} is missing."
    return f"expected {_expectation(error, key_path, model)}; got {_short(error['input'])}."


def _is_type_name(key: str | int) -> bool:
    """Return True if the key in a location was added by pydantic."""
    return isinstance(key, str) and key.startswith(("function-", "literal["))


def _expectation(error: ErrorDetails, key_path: KeyPath, model: type[BaseModel]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if "expected" in context:
        return f"one of {context['expected']}"
    if kind == "value_error":
        return str(context["error"]).removeprefix("expected ").split("; got")[0]
    if kind in {"too_short", "string_too_short"}:
        return "at least one entry"
    if kind == "string_pattern_mismatch":
        return "letters, digits, '_', '.' and '-', starting with a letter or digit"
    return _TYPES.get(kind.split("_")[0], error["msg"]) + _bounds(key_path, model)


def _bounds(key_path: KeyPath, model: type[BaseModel]) -> str:
    """Return the declared bounds of a field as text, such as ` >= 1 and <= 10`."""
    field = model.model_fields.get(str(key_path[-1])) if key_path else None
    bounds = {type(bound).__name__: bound for bound in (field.metadata if field else ())}
    texts = [
        f"{_SIGNS[name]} {getattr(bound, name.lower())}"
        for name, bound in bounds.items()
        if name in _SIGNS
    ]
    return f" {' and '.join(texts)}" if texts else ""


def _short(value: Any, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
