"""Checksums of a run's files, written at the end of each call, to detect changed bytes.

Files that an earlier call has hashed are not hashed again unless this call wrote them, so that a
change between two calls is detected. During a call the checksums are marked as open: what changes
then can't be checked until the next call ends.
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
_NOT_HASHED = (HASHES, ".lock", "results.sqlite-wal", "results.sqlite-shm")
_SCRATCH = "scratch"
_OPEN = "open"
_NAME = "name"
"""The run's name when its report was written, which the report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDifferences:
    """Differences between the files of a run and their checksums.

    Args:
        changed: files whose content has another hash.
        missing: files that have a hash and are gone.
        unhashed: files without a hash: of a call that did not end, or added by somebody else.
        n_checked: number of files that have been hashed.
        is_open: whether a call is going on, or did not end.
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unhashed: tuple[str, ...]
    n_checked: int
    is_open: bool


def mark_open(folder: Path) -> None:
    """Mark the checksums as open: a call has begun, which will change files."""
    record = _read(folder)
    if record:
        _write(folder, {**record, _OPEN: True})


def write_checksums(folder: Path, *, rewritten: frozenset[str] = frozenset()) -> None:
    """Hash the files that have no hash yet and those that a call rewrites, and close the record.

    Args:
        folder: of the run; no process is writing to it.
        rewritten: ids of the trials that this call ran.
    """
    earlier = _read(folder).get("sha256", {})
    hashes = {}
    for name in _names(folder):
        parts = name.split("/")
        is_kept = parts[0] == "artifacts" and parts[1] not in rewritten
        hashes[name] = earlier[name] if is_kept and name in earlier else _sha256(folder / name)
    _write(folder, {"sha256": hashes, _OPEN: False, _NAME: folder.resolve().name})


def rehash_report(folder: Path) -> None:
    """Hash the report's files again, unless the checksums are open; it may be written any time."""
    record = _read(folder)
    if record and not record.get(_OPEN):
        names = [name for name in _names(folder) if name.startswith("report")]
        report = {name: _sha256(folder / name) for name in names}
        others = {n: h for n, h in record["sha256"].items() if not n.startswith("report")}
        _write(folder, {**record, "sha256": others | report, _NAME: folder.resolve().name})


def recorded_name(folder: Path) -> str:
    """Return the run's name in the checksums; the folder's name where they have no valid one."""
    name = str(_read(folder).get(_NAME, ""))
    is_plain = name == os.path.basename(name) and name not in {"", ".", ".."}  # noqa: PTH119  as it is
    return name if is_plain and "\0" not in name else folder.resolve().name


def select_checksums(folder: Path, names: Iterable[str]) -> str:
    """Return the checksums of some files as JSON text; empty where the run has none."""
    record = _read(folder)
    if not record:
        return ""
    wanted = set(names)
    selected = {name: value for name, value in record["sha256"].items() if name in wanted}
    return _text({**record, "sha256": selected})


def check_files(folder: Path) -> FileDifferences | None:
    """Compare every file with its checksum; None where the run has no checksums."""
    record = _read(folder)
    if not record:
        return None
    hashes, is_open = record.get("sha256", {}), bool(record.get(_OPEN))
    names = list(_names(folder))
    checked = [name for name in names if name in hashes and (not is_open or "/" in name)]
    return FileDifferences(
        changed=tuple(name for name in checked if _sha256(folder / name) != hashes[name]),
        missing=tuple(sorted(set(hashes) - set(names))),
        unhashed=tuple(name for name in names if name not in hashes),
        n_checked=len(checked),
        is_open=is_open,
    )


def _names(folder: Path) -> Iterator[str]:
    """Yield the relative paths of all files of a run, without links."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_plain = path.is_file() and not path.is_symlink()
        if is_plain and name not in _NOT_HASHED and name.split("/")[0] != _SCRATCH:
            yield name


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(folder: Path) -> dict[str, Any]:
    """Return the stored checksums; empty where there are none or they can't be read."""
    try:
        record = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_valid = isinstance(record, dict) and isinstance(record.get("sha256"), dict)
    return record if is_valid else {}


def _write(folder: Path, record: dict[str, Any]) -> None:
    with write_whole(folder / HASHES) as temporary:
        temporary.write_text(_text(record), encoding="utf-8")


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=0, sort_keys=True)
