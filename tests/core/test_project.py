"""Facts that stand in two files agree."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = {
    "ruff": "https://github.com/astral-sh/ruff-pre-commit",
    "codespell": "https://github.com/codespell-project/codespell",
    "validate-pyproject": "https://github.com/abravalheri/validate-pyproject",
}


@pytest.mark.parametrize("tool", HOOKS)
def test_pre_commit_and_tox_use_the_same_version(tool: str) -> None:
    """A commit that passes one passes the other."""
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    pinned = dict(line.split("==") for line in tox["tools"].values() if "==" in line)
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    revisions = {repository["repo"]: repository["rev"] for repository in hooks["repos"]}

    assert f"v{pinned[tool]}" == revisions[HOOKS[tool]]
