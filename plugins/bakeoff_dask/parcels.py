"""Files that travel: prepared data to the cluster once, and what trials wrote back.

No file system is shared. A Dask worker keeps prepared data in its own cache, by fingerprint, so
that later trials, other Dask workers of the same machine and later runs find them there.
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
    """The data in this machine's own cache, whoever put them there; None where they are not."""
    data = cache_dir("data")
    for folder in (data / Path(prepared.folder).name, _received(prepared.fingerprint)):
        known = read_prepared(folder)
        if known is not None and known.fingerprint == prepared.fingerprint:
            return replace(prepared, folder=str(folder))
    return None


def chunks(folder: str) -> Iterator[tuple[str, bytes]]:
    """Name and next bytes of each file of a prepared dataset; its `meta.json` comes last."""
    files = sorted(Path(folder).iterdir(), key=lambda file: file.name == "meta.json")
    for file in files:
        with file.open("rb") as stream:
            content = stream.read(CHUNK_BYTES)
            yield file.name, content
            while content := stream.read(CHUNK_BYTES):
                yield file.name, content


def receive(upload: str, name: str, content: bytes) -> None:
    """Add bytes to a file of an upload; runs at a Dask worker."""
    folder = cache_dir("data", f".writing-{upload}")
    with (folder / Path(name).name).open("ab") as stream:
        stream.write(content)


def finish(upload: str, fingerprint: str) -> None:
    """Let readers see an upload that is whole; runs at a Dask worker."""
    work = cache_dir("data", f".writing-{upload}")
    try:
        name_folder(work, _received(fingerprint))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def collect(artifacts: Path, trial: Trial, *, has_truths: bool) -> dict[str, bytes]:
    """Take what a trial wrote out of its folder, by path below the run's artifacts."""
    folder = artifacts / trial.id
    files = [file for file in folder.rglob("*") if file.is_file()]
    truths = artifacts / "splits" / f"{split_file(trial)}.npz"
    if not has_truths and truths.is_file():
        files.append(truths)
    found = {file.relative_to(artifacts).as_posix(): file.read_bytes() for file in files}
    shutil.rmtree(folder, ignore_errors=True)
    return found


def deliver(files: dict[str, bytes], artifacts: Path) -> None:
    """Write what a trial wrote into the run's folder; truths that lie there stay.

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
    """Whether the truths of the trial's split lie in the run's folder."""
    with suppress(OSError):
        return (artifacts / "splits" / f"{split_file(trial)}.npz").is_file()
    return False


def _received(fingerprint: str) -> Path:
    return cache_dir("data") / f"received-{fingerprint}"
