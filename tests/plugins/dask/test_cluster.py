"""The cluster gives what one machine gives, whatever befalls its workers."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import yaml
from pandas.testing import assert_frame_equal

from bakeoff import read_run
from bakeoff.cli import main
from bakeoff.plan.trials import make_plan
from bakeoff.registry.manager import load_plugins
from bakeoff.suite.schema import load_suite
from bakeoff_dask.cluster import CONNECT_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun

SLEEPY = {
    "name": "sleepy",
    "tasks": ["tiny", "tiny3"],
    "methods": [
        "numbers+majority",
        "centred+nearestmean",
        {"features": "numbers", "learner": "sleeper", "params": {"seconds": 0.4}},
    ],
    "protocol": {"split": "holdout", "repeats": 2},
}
OUTCOME = ["trial", "state", "train_score", "validation_score", "test_score", "n_train", "machine"]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve trials, a third of them slow enough to be hit."""
    path = tmp_path_factory.mktemp("suite") / "suite.yaml"
    path.write_text(yaml.safe_dump(SLEEPY, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def local(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """What the suite gives without a cluster."""
    folder = tmp_path_factory.mktemp("local") / "run"
    assert main(["run", str(suite), "--out", str(folder), "--no-report"]) == 0
    return read_run(folder)


@pytest.fixture(scope="module")
def remote(cluster: Any, suite: Path, tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """What the suite gives on the cluster."""
    return _on_cluster(cluster, suite, tmp_path_factory.mktemp("remote") / "run")


def test_cluster_gives_what_one_machine_gives(local: StoredRun, remote: StoredRun) -> None:
    """Scores, predictions, truths and the order of rows are equal to the last bit."""
    _assert_same(local, remote)


def test_data_go_to_each_cache_once(cluster: Any, remote: StoredRun, suite: Path) -> None:
    """The workers of this cluster share no cache with the runner, nor with each other."""
    registry = load_plugins().registry
    tasks = make_plan(load_suite(str(suite), registry, []), registry).tasks.values()
    expected = {f"received-{task.task.fingerprint}" for task in tasks}
    caches = [cluster.folder / name / "data" for name in ("w0", "w1")]
    found = [{folder.name for folder in cache.iterdir()} for cache in caches]

    assert expected == found[0] | found[1]
    assert all(found)


def test_processes_end_with_the_run(cluster: Any, remote: StoredRun) -> None:
    """The cluster is left as it was found."""
    assert [p for worker in cluster.workers for p in _supervised(worker.pid)] == []


def test_trials_of_a_lost_worker_go_elsewhere(
    cluster: Any, suite: Path, local: StoredRun, tmp_path: Path
) -> None:
    """One worker is killed in the middle of a trial: nothing is lost, nothing is doubled."""
    victim = cluster.workers[0]
    killed: list[int] = []

    def kill_when_busy() -> None:
        while not (busy := _supervised(victim.pid)):
            time.sleep(0.01)
        time.sleep(0.3)
        killed.extend(process.pid for process in busy)
        victim.kill()

    thread = threading.Thread(target=kill_when_busy)
    thread.start()
    run = _on_cluster(cluster, suite, tmp_path / "run")
    thread.join()
    victim.wait()
    cluster.start_worker()
    cluster.wait_for(2)

    _assert_same(local, run)
    assert killed
    assert not any(psutil.pid_exists(pid) for pid in killed)


def test_method_that_hangs_ends_at_its_limit(
    cluster: Any, suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """The limit of the suite is enforced where the trial runs."""
    slow = {"features": "numbers", "learner": "stubborn", "params": {"seconds": 60}}
    path = suite_file(
        methods=["numbers+majority", slow],
        budget={"seconds": 1},
        protocol={"split": "holdout", "repeats": 1},
    )
    run = _on_cluster(cluster, path, tmp_path / "run", code=1)
    states = dict(zip(run.trials["method"], run.trials["state"], strict=True))
    seconds = run.trials.loc[run.trials["state"] == "timeout", "wall_s"].item()

    assert states == {"numbers+majority": "complete", "numbers+stubborn": "timeout"}
    assert seconds < 30


def test_killed_runner_leaves_no_trial_behind(
    cluster: Any, suite_file: Callable[..., Path], start_bakeoff: Any, tmp_path: Path
) -> None:
    """Nobody waits for its trials any more, so the cluster ends them."""
    path = suite_file(
        methods=[{"features": "numbers", "learner": "sleeper", "params": {"seconds": 60}}]
    )
    runner = start_bakeoff(
        "run", path, "--executor", "dask", "--scheduler", cluster.address, "--out", tmp_path / "r"
    )
    busy = _until(lambda: [p for w in cluster.workers for p in _supervised(w.pid)])
    time.sleep(0.5)
    runner.kill()

    assert busy
    assert _until(lambda: not any(process.is_running() for process in busy))


def test_run_without_its_scheduler_ends_and_can_go_on(
    another_cluster: Any,
    suite_file: Callable[..., Path],
    start_bakeoff: Any,
    tmp_path: Path,
) -> None:
    """One sentence, and what has ended is stored."""
    another_cluster.start_scheduler()
    another_cluster.start_worker()
    there = ("--executor", "dask", "--scheduler", another_cluster.address)
    slow = {"features": "numbers", "learner": "sleeper", "params": {"seconds": 60}}
    path = suite_file(
        methods=["numbers+majority", slow], protocol={"split": "holdout", "repeats": 1}
    )
    runner = start_bakeoff("run", path, *there, "--out", tmp_path / "run", "--workers", "1")
    assert _until(lambda: list((tmp_path / "run").glob("artifacts/*/predictions.npz")))
    time.sleep(1)
    another_cluster.kill()
    _, err = runner.communicate(timeout=120)

    assert runner.returncode == 2
    assert err.splitlines()[-1] == (
        f"bakeoff: {another_cluster.address}: the Dask scheduler is gone. "
        "What has ended is stored; run again to go on."
    )
    assert "Traceback" not in err
    assert "complete" in list(read_run(tmp_path / "run").trials["state"])


def test_address_without_a_scheduler_is_a_mistake(
    bench: Callable[..., Any], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """One sentence, exit code 2, no folder."""
    began = time.monotonic()
    words = ("--executor", "dask", "--scheduler", "tcp://127.0.0.1:9", "--out", tmp_path / "run")
    outcome = bench("run", suite_file(), *words)

    assert outcome.code == 2
    assert outcome.err.startswith("bakeoff: tcp://127.0.0.1:9: no Dask scheduler answered within")
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert time.monotonic() - began < 6 * CONNECT_S


def test_interrupt_leaves_no_process(start_bakeoff: Any, suite: Path, tmp_path: Path) -> None:
    """A cluster that was started here goes with Ctrl-C; the run can go on."""
    marker = str(tmp_path / "cache")
    runner = start_bakeoff(
        "run", suite, "--executor", "dask", "--out", tmp_path / "run", BAKEOFF_CACHE=marker
    )
    assert _until(lambda: _with_cache(marker, "BAKEOFF_WORKER"))
    runner.send_signal(signal.SIGINT)
    _, err = runner.communicate(timeout=120)

    assert runner.returncode == 130
    assert err.splitlines()[-1] == "bakeoff: interrupted; the same command goes on from here."
    assert _until(lambda: not _with_cache(marker))


def test_local_cluster_listens_on_loopback_alone(tmp_path: Path) -> None:
    """Nobody else on the network can reach a cluster that runs whatever it is sent."""
    from bakeoff.execution.executors import Options
    from bakeoff_dask.executor import DaskExecutor

    others = {c.laddr for c in _listening()}
    executor = DaskExecutor(Options(scratch=tmp_path, workers=1))
    try:
        found = {c.laddr for c in _listening()} - others
    finally:
        executor.close()

    assert found
    assert {address.ip for address in found} == {"127.0.0.1"}


def _on_cluster(cluster: Any, suite: Path, folder: Path, *words: str, code: int = 0) -> StoredRun:
    there = ["--executor", "dask", "--scheduler", cluster.address]
    found = main(["run", str(suite), *there, "--out", str(folder), "--no-report", *words])

    assert found == code
    return read_run(folder)


def _assert_same(expected: StoredRun, actual: StoredRun) -> None:
    assert_frame_equal(expected.trials[OUTCOME], actual.trials[OUTCOME], check_exact=True)
    assert_frame_equal(expected.scores, actual.scores, check_exact=True)
    for trial in expected.trials["trial"]:
        for read in ("predictions", "truths"):
            theirs, ours = getattr(expected, read)(trial), getattr(actual, read)(trial)
            assert theirs
            assert theirs.keys() == ours.keys()
            assert all(np.array_equal(theirs[name], ours[name]) for name in theirs)


def _supervised(pid: int) -> list[psutil.Process]:
    """The supervised processes of a Dask worker."""
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [p for p in children if any("bakeoff.execution.worker" in word for word in p.cmdline())]


def _listening() -> list[Any]:
    """Listening sockets of this process and of what it started."""
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return [c for p in family for c in p.net_connections() if c.status == "LISTEN"]


def _with_cache(path: str, variable: str = "") -> list[psutil.Process]:
    """Processes that were started with this cache, and with a further variable set."""
    entry, prefix = f"BAKEOFF_CACHE={path}".encode(), variable.encode()
    found = []
    for process in psutil.process_iter():
        try:
            with open(f"/proc/{process.pid}/environ", "rb") as stream:  # noqa: PTH123  a proc file
                entries = stream.read().split(b"\0")
            if entry in entries and any(one.startswith(prefix) for one in entries):
                found += [process] if process.pid != os.getpid() else []
        except OSError:
            continue
    return found


def _until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """What the condition gives as soon as it holds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
