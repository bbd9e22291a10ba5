"""Hashes of the files of a run, written when a call ends, by which a changed byte is found.

What an earlier call has sealed is not hashed again unless this call wrote it, so that a change
between two calls stays visible. While a call goes on the seal is open: what changes then is not
known to be whole until the next call ends.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.fetch.cache import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HASHES = "hashes.json"
_NOT_SEALED = (HASHES, ".lock", "results.sqlite-wal", "results.sqlite-shm")
_SCRATCH = "scratch"
_OPEN = "open"
_NAME = "name"
"""The run's name when its report was written, which the report gives to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Files that are not as they were sealed.

    Args:
        changed: whose content has another hash.
        missing: that are gone.
        unsealed: that have no hash: written by a call that did not end, or put there.
        n_checked: files that have been hashed.
        is_open: whether a call was going on, or did not end.
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unsealed: tuple[str, ...]
    n_checked: int
    is_open: bool


def unseal(folder: Path) -> None:
    """Say that a call is going on, which will change files."""
    known = _read(folder)
    if known:
        _write(folder, {**known, _OPEN: True})


def seal(folder: Path, *, rewritten: frozenset[str] = frozenset()) -> None:
    """Hash what has no hash yet, and everything that a call rewrites.

    Args:
        folder: of the run; nobody is writing to it.
        rewritten: ids of the trials that this call ran.
    """
    known = _read(folder).get("sha256", {})
    found = {}
    for name in _names(folder):
        parts = name.split("/")
        is_kept = parts[0] == "artifacts" and parts[1] not in rewritten
        found[name] = known[name] if is_kept and name in known else _sha256(folder / name)
    _write(folder, {"sha256": found, _OPEN: False, _NAME: folder.resolve().name})


def renew_report(folder: Path) -> None:
    """Hash the report again, which can be written at any time; leaves an open seal as it is."""
    known = _read(folder)
    if known and not known.get(_OPEN):
        written = [name for name in _names(folder) if name.startswith("report")]
        fresh = {name: _sha256(folder / name) for name in written}
        kept = {n: h for n, h in known["sha256"].items() if not n.startswith("report")}
        _write(folder, {**known, "sha256": kept | fresh, _NAME: folder.resolve().name})


def name_of(folder: Path) -> str:
    """The name under which a run was sealed; its folder's own where none is known."""
    told = str(_read(folder).get(_NAME, ""))
    is_plain = told == os.path.basename(told) and told not in {"", ".", ".."}  # noqa: PTH119  as it is
    return told if is_plain and "\0" not in told else folder.resolve().name


def part_of(folder: Path, names: Iterable[str]) -> str:
    """The seal of some of the files, as text; empty where the run was never sealed."""
    known = _read(folder)
    if not known:
        return ""
    wanted = set(names)
    kept = {name: value for name, value in known["sha256"].items() if name in wanted}
    return _text({**known, "sha256": kept})


def broken(folder: Path) -> Broken | None:
    """Hold every file to its hash; None where the run was never sealed."""
    known = _read(folder)
    if not known:
        return None
    hashes, is_open = known.get("sha256", {}), bool(known.get(_OPEN))
    names = list(_names(folder))
    held = [name for name in names if name in hashes and (not is_open or "/" in name)]
    return Broken(
        changed=tuple(name for name in held if _sha256(folder / name) != hashes[name]),
        missing=tuple(sorted(set(hashes) - set(names))),
        unsealed=tuple(name for name in names if name not in hashes),
        n_checked=len(held),
        is_open=is_open,
    )


def _names(folder: Path) -> Iterator[str]:
    """Paths of all files of a run, links left out."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_plain = path.is_file() and not path.is_symlink()
        if is_plain and name not in _NOT_SEALED and name.split("/")[0] != _SCRATCH:
            yield name


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(folder: Path) -> dict[str, Any]:
    """What was sealed; nothing where there is no seal or it can't be read."""
    try:
        found = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_whole = isinstance(found, dict) and isinstance(found.get("sha256"), dict)
    return found if is_whole else {}


def _write(folder: Path, value: dict[str, Any]) -> None:
    with write_whole(folder / HASHES) as temporary:
        temporary.write_text(_text(value), encoding="utf-8")


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=0, sort_keys=True)
