"""One worker a profile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentconsole.domain.errors import ProfileInUse
from agentconsole.sync.lock import hold, holder

HOLD = (
    "import sys, pathlib\n"
    "from agentconsole.sync.lock import hold\n"
    "with hold(pathlib.Path(sys.argv[1]), 'sync worker'):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "worker.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        assert holder(path) == process.pid
        with pytest.raises(ProfileInUse, match=str(process.pid)) as caught, hold(path, "sync worker"):
            pass
        assert caught.value.pid == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert holder(path) is None, "the lock of a killed worker is free"
    with hold(path, "sync worker"):
        assert path.read_text() == f"{os.getpid()}\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_nobody_holds_what_does_not_exist(tmp_path: Path) -> None:
    assert holder(tmp_path / "none.lock") is None
