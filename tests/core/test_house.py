"""Tests reach for public names, so that what is private can change."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_test_replaces_a_private_name() -> None:
    """Ruff sees imports and attributes, but not names in quotes as `monkeypatch.setattr` takes."""
    found = [
        f"{file.relative_to(TESTS)}:{call.lineno}: {ast.unparse(call)}"
        for file in sorted(TESTS.rglob("*.py"))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith(("setattr", "getattr", "delattr", "patch"))
        and any(_is_private(argument) for argument in call.args[:2])
    ]

    assert found == []


def _is_private(argument: ast.expr) -> bool:
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        return False
    return any(
        part.startswith("_") and not part.endswith("__") for part in argument.value.split(".")
    )
