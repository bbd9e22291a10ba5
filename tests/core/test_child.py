"""A child process answers messages, and nothing of it is left once it was ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from bakeoff.processes.child import ChildProcess, thread_limits
from bakeoff.processes.process_tree import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAIN = """
import os, subprocess, sys
from bakeoff.processes.child import answer_messages

def answer(message):
    if message == "where":
        print("asked", file=sys.stderr, flush=True)
        return os.getcwd(), os.environ["OMP_NUM_THREADS"], os.getsid(0) == os.getpid()
    if message == "leave":
        os._exit(3)
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid

def main(connection):
    answer_messages(connection, answer)
"""
# A parent of the child that is told nothing: it prints the child's number and sleeps.
PARENT = """
import os, time
from bakeoff.processes.child import ChildProcess
child = ChildProcess("answerer:main", os.environ, own_session=False)
child.connection.send("where")
child.connection.recv()
print(child.pid, flush=True)
time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    """Whether a process has ended, or does within two seconds."""
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables with which a child finds the function that it runs."""
    (tmp_path / "answerer.py").write_text(MAIN)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    return {**os.environ, "PYTHONPATH": path, MARKER: tmp_path.name, **thread_limits(3)}


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., ChildProcess]]:
    """Start a child that is ended with the test."""
    started: list[ChildProcess] = []

    def child(*, own_session: bool) -> ChildProcess:
        with (tmp_path / "log").open("ab") as log:
            started.append(
                ChildProcess(
                    "answerer:main",
                    environment,
                    own_session=own_session,
                    folder=tmp_path,
                    output=log,
                )
            )
        return started[-1]

    yield child
    for process in started:
        process.end()


@pytest.mark.parametrize("own_session", [True, False])
def test_child_works_where_and_with_what_it_was_given(
    start: Callable[..., ChildProcess], tmp_path: Path, *, own_session: bool
) -> None:
    """Working directory, environment, session and output."""
    child = start(own_session=own_session)
    child.connection.send("where")

    assert child.connection.recv() == (str(tmp_path), "3", own_session)
    assert (tmp_path / "log").read_text() == "asked\n"
    assert child.is_running


@pytest.mark.parametrize("own_session", [True, False])
def test_what_a_child_started_ends_with_it(
    start: Callable[..., ChildProcess], *, own_session: bool
) -> None:
    """Else it would take the time and the memory of what comes next."""
    child = start(own_session=own_session)
    child.connection.send("start")
    grandchild = child.connection.recv()
    child.end()

    assert not child.is_running
    assert is_gone(grandchild)


def test_child_ends_when_its_connection_is_closed(start: Callable[..., ChildProcess]) -> None:
    """Without an error: that is how it is told to."""
    child = start(own_session=True)
    child.connection.send("where")
    child.connection.recv()
    child.connection.close()

    assert child.wait(10.0) == 0


def test_exit_code_is_told_once_there_is_one(start: Callable[..., ChildProcess]) -> None:
    """None as long as the child runs."""
    child = start(own_session=False)

    assert child.wait(0.0) is None
    child.connection.send("leave")
    assert child.wait(10.0) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends it with its parent")
def test_no_child_outlives_a_parent_that_is_killed(environment: dict[str, str]) -> None:
    """The kernel ends it, whatever it is doing."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)

    assert is_gone(child)
