"""The console's hold on its worker, with stand-ins that tell what they hear."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from pathlib import Path

import pytest

from agentconsole.sync.spawn import EXIT_IN_USE, WorkerHandle

HEARS = (
    "import os, sys\n"
    "out = open(sys.argv[1], 'ab', 0)\n"
    "out.write(b'start %d %d\\n' % (os.getpid(), os.getsid(0)))\n"
    "while byte := os.read(0, 1): out.write(byte + b'\\n')\n"
    "out.write(b'end\\n')\n"
)


def lines(path: Path, count: int) -> list[str]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{path} has {found}")


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    return tmp_path / "heard"


def spawned(heard: Path, script: str = HEARS) -> tuple[WorkerHandle, queue.Queue[str]]:
    told: queue.Queue[str] = queue.Queue()
    command = [sys.executable, "-c", script, str(heard)]
    return WorkerHandle(command, log_file=heard.parent / "logs" / "worker.log", report=told.put), told


def test_bells_reach_the_worker_and_its_line_ends_it(heard: Path) -> None:
    handle, told = spawned(heard)
    start = lines(heard, 1)[0].split()
    assert start[1] == start[2] != str(os.getsid(0)), "a session of its own"
    assert handle.pid == int(start[1])
    handle.wake()
    handle.hurry()
    assert lines(heard, 3)[1:] == ["w", "r"]
    handle.close(linger=False)
    assert lines(heard, 4)[-1] == "end"
    assert told.empty()
    handle.wake()


def test_a_worker_that_may_linger_is_told_so(heard: Path) -> None:
    handle, _ = spawned(heard)
    lines(heard, 1)
    handle.close(linger=True)
    assert lines(heard, 3)[1:] == ["l", "end"]
    handle.close(linger=False)


def test_a_worker_that_dies_is_started_again_and_reported(heard: Path) -> None:
    handle, told = spawned(heard)
    first = int(lines(heard, 1)[0].split()[1])
    os.kill(first, signal.SIGKILL)
    assert "started again" in told.get(timeout=10)
    second = int(lines(heard, 2)[1].split()[1])
    assert second != first
    handle.close(linger=False)


def test_another_worker_at_work_is_no_failure(heard: Path) -> None:
    script = f"import sys; open(sys.argv[1], 'a').write('in use\\n'); sys.exit({EXIT_IN_USE})"
    handle, told = spawned(heard, script)
    lines(heard, 1)
    handle.close(linger=False)
    assert told.empty()


def test_what_the_worker_says_goes_to_the_log(heard: Path) -> None:
    handle, told = spawned(heard, "import sys; sys.exit('no room')")
    assert "code 1" in told.get(timeout=10)
    handle.close(linger=False)
    log = heard.parent / "logs" / "worker.log"
    assert "no room" in log.read_text() and log.stat().st_mode & 0o777 == 0o600
