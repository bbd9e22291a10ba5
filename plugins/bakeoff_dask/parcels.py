"""Transfer of prepared data to the cluster and of trials' files back.

No file system is shared. A Dask worker caches prepared data by fingerprint, so that later trials,
other Dask workers of the same machine and later runs can use them.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bakeoff.execution.executors import read_prepared, split_file
from bakeoff.fetch.cache import cache_dir, name_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.execution.executors import Prepared
    from bakeoff.records import Trial

CHUNK_BYTES = 8 * 2**20
"""Most bytes of data in one message."""


def kept(prepared: Prepared) -> Prepared | None:
    """Return prepared data in this machine's cache, or None."""
    data = cache_dir("data")
    for folder in (data / Path(prepared.folder).name, _received(prepared.fingerprint)):
        cached = read_prepared(folder)
        if cached is not None and cached.fingerprint == prepared.fingerprint:
            return replace(prepared, folder=str(folder))
    return None


def chunks(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of a prepared dataset's files in chunks; `meta.json` comes last."""
    files = sorted(Path(folder).iterdir(), key=lambda file: file.name == "meta.json")
    for file in files:
        with file.open("rb") as stream:
            content = stream.read(CHUNK_BYTES)
            yield file.name, content
            while content := stream.read(CHUNK_BYTES):
                yield file.name, content


def receive(upload: str, name: str, content: bytes) -> None:
    """Append bytes to a file of an upload; runs at a Dask worker."""
    folder = cache_dir("data", f".writing-{upload}")
    with (folder / Path(name).name).open("ab") as stream:
        stream.write(content)


def finish(upload: str, fingerprint: str) -> None:
    """Publish a complete upload in the cache; runs at a Dask worker."""
    work = cache_dir("data", f".writing-{upload}")
    try:
        name_folder(work, _received(fingerprint))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def collect(artifacts: Path, trial: Trial, *, has_truths: bool) -> dict[str, bytes]:
    """Read and remove a trial's files; return contents by path relative to the artifacts."""
    folder = artifacts / trial.id
    files = [file for file in folder.rglob("*") if file.is_file()]
    truths = artifacts / "splits" / f"{split_file(trial)}.npz"
    if not has_truths and truths.is_file():
        files.append(truths)
    contents = {file.relative_to(artifacts).as_posix(): file.read_bytes() for file in files}
    shutil.rmtree(folder, ignore_errors=True)
    return contents


def deliver(files: dict[str, bytes], artifacts: Path) -> None:
    """Write a trial's files into the run's folder; existing true targets are not overwritten.

    Raises:
        ValueError: a path leaves the folder.
        OSError: the folder can't be written.
    """
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"expected a path below the artifacts; got {name!r}.")
        target = artifacts / path
        if path.parts[0] == "splits" and target.exists():
            continue
        with write_whole(target, sync=False) as temporary:
            temporary.write_bytes(content)


def has_truths(artifacts: Path, trial: Trial) -> bool:
    """Return whether the true targets of the trial's split are in the run's folder."""
    with suppress(OSError):
        return (artifacts / "splits" / f"{split_file(trial)}.npz").is_file()
    return False


def _received(fingerprint: str) -> Path:
    return cache_dir("data") / f"received-{fingerprint}"
