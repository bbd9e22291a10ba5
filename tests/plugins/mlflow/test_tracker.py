"""What a tracking server hands back is what the store holds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bakeoff
from bakeoff.testing import PluginContract

if TYPE_CHECKING:
    from collections.abc import Iterator

mlflow = pytest.importorskip("mlflow", reason="needs mlflow. Run: pip install 'bakeoff[mlflow]'")

SERVER = os.environ.get("BAKEOFF_MLFLOW_SERVER", "")
"""The command `mlflow` of an environment with the whole server; its client alone won't do."""

START_S = 300
"""Long, since it sets up its database first, and a busy machine is slow."""

SUITE = {
    "name": "tracked",
    "tasks": ["tiny"],
    "methods": ["numbers+majority", "numbers+iterative"],
    "protocol": {"split": "holdout", "repeats": 1},
}


class TestMlflowPlugin(PluginContract):
    """It watches, and offers nothing."""

    plugin = "mlflow"
    heavy = ("numpy", "pandas", "mlflow", "requests")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server on loopback, ended with the module."""
    if not Path(SERVER).is_file():
        pytest.skip("needs MLflow's server: tox -e mlflow-server, or name BAKEOFF_MLFLOW_SERVER")
    place = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = ["--backend-store-uri", f"sqlite:///{place}/db", "--artifacts-destination", str(place)]
    words = [SERVER, "server", "--host", "127.0.0.1", "--port", str(port), *store, "--workers", "1"]
    # Its environment has libraries of its own, and writes the bytecode that its start needs.
    strange = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    environment = {k: v for k, v in os.environ.items() if k not in strange}
    environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # seven processes that outlive it
    log = place / "log.txt"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            words,
            cwd=place,
            env=environment,
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # it has children, which end with it
        )
    uri = f"http://127.0.0.1:{port}"
    try:
        _wait_for(uri, process, log)
        yield uri
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for(uri: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; a server that was named and doesn't start is no reason to skip."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=2):  # noqa: S310  loopback
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"MLflow's server did not start: {log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def tracked(server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, list[Any]]:
    """A run that was watched: as stored, the client, and what the server has of its trials."""
    folder = tmp_path_factory.mktemp("tracked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKEOFF_MLFLOW", server)
        found = bakeoff.run(SUITE, out=folder / "run", workers=1)
    client = mlflow.tracking.MlflowClient(tracking_uri=server)
    experiment = client.get_experiment_by_name("tracked")
    runs = client.search_runs([experiment.experiment_id])
    return found, client, runs


def _by_trial(runs: list[Any]) -> dict[str, Any]:
    return {r.data.tags["bakeoff.trial"]: r for r in runs if "bakeoff.trial" in r.data.tags}


def test_every_score_reads_back_as_stored(tracked: tuple[Any, Any, list[Any]]) -> None:
    """To the last bit."""
    found, _, runs = tracked
    made = _by_trial(runs)
    stored = {
        (row["trial"], f"{part}_{row['metric']}"): row[part]
        for row in found.scores.to_dict("records")
        for part in ("train", "validation", "test")
        if row[part] == row[part]
    }
    told = {(t, name): made[t].data.metrics[name] for t, name in stored}

    assert stored == told
    assert len(stored) > 20


def test_every_epoch_reads_back_as_stored(tracked: tuple[Any, Any, list[Any]]) -> None:
    """At its step."""
    found, client, runs = tracked
    made = _by_trial(runs)
    stored: dict[tuple[str, str], dict[int, float]] = {}
    for row in found.epochs.to_dict("records"):
        stored.setdefault((row["trial"], row["name"]), {})[row["epoch"]] = row["value"]
    told = {
        (trial, name): {
            m.step: m.value
            for m in client.get_metric_history(made[trial].info.run_id, f"epoch.{name}")
        }
        for trial, name in stored
    }

    assert stored
    assert stored == told


def test_parameters_say_where_a_trial_stands(tracked: tuple[Any, Any, list[Any]]) -> None:
    """Task, method, split, and the whole protocol."""
    found, _, runs = tracked
    made = _by_trial(runs)
    for row in found.trials.to_dict("records"):
        told = made[row["trial"]].data.params

        assert (told["task"], told["method"]) == (row["task"], row["method"])
        assert (told["repeat"], told["protocol.repeats"]) == (str(row["repeat"]), "1")


def test_files_and_report_are_the_run_s_own(
    tracked: tuple[Any, Any, list[Any]], tmp_path: Path
) -> None:
    """Byte for byte."""
    found, client, runs = tracked
    (whole,) = (r for r in runs if "bakeoff.trial" not in r.data.tags)
    report = client.download_artifacts(whole.info.run_id, "report.html", str(tmp_path))
    trial, made = next(iter(_by_trial(runs).items()))
    predictions = client.download_artifacts(made.info.run_id, "predictions.npz", str(tmp_path))
    kept = found.folder / "artifacts" / trial / "predictions.npz"

    assert made.data.tags["mlflow.parentRunId"] == whole.info.run_id
    assert (found.folder / "report.html").read_bytes() == Path(report).read_bytes()
    assert kept.read_bytes() == Path(predictions).read_bytes()


def test_a_server_that_is_not_there_stops_the_run_with_the_plugin_s_name(
    bench: Any, suite_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first trial."""
    monkeypatch.setenv("BAKEOFF_MLFLOW", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    outcome = bench("run", suite_file(), "--out", "out", "--no-report")

    assert outcome.code == 2
    assert "plugin 'mlflow': bakeoff_run_started raised" in outcome.err


def test_nothing_is_sent_unless_bakeoff_was_told_to(
    bench: Any, suite_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow's own variable is not enough."""
    monkeypatch.delenv("BAKEOFF_MLFLOW", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    bench("run", suite_file(), "--out", "out", "--no-report").assert_success()
