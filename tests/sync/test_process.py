"""The worker as the console starts it: a process of its own, with the pipe for a life line."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentconsole.sync.lock import holder
from agentconsole.sync.spawn import WorkerHandle
from tests.sync.rig import Rig, ShiftedClock

COMMAND = [sys.executable, "-m", "agentconsole", "sync", "--watch", "--parent-pipe"]


@dataclass
class Started:
    """A worker process and what was told of it."""

    rig: Rig
    handle: WorkerHandle
    told: queue.Queue[str] = field(default_factory=queue.Queue)


def wait(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.02)
    return found


@pytest.fixture
def started(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    account = rig.config.accounts[0]
    rig.clock = ShiftedClock(0)
    rig.paths.home.mkdir(parents=True, exist_ok=True)
    rig.paths.config_file.write_text(
        f'[[accounts]]\nname = "demo"\nuuid = "{account.uuid}"\nkind = "zendesk"\nurl = "{account.url}"\n'
        f'login = "{account.login}"\nsecret = "env"\ntoken_variable = "TEST_TOKEN"\n'
        "[sync]\nhistory_months = 0\n"
    )
    monkeypatch.setenv("AGENTCONSOLE_HOME", str(rig.paths.home))
    monkeypatch.setenv("TEST_TOKEN", rig.secrets.tokens["demo"])
    told: queue.Queue[str] = queue.Queue()
    handle = WorkerHandle(COMMAND, log_file=rig.paths.logs_dir / "worker-errors.log", report=told.put)
    yield Started(rig, handle, told)
    handle.close(linger=False)


def known_after_poll(started: Started) -> int:
    """A ticket whose thread the worker has read."""
    rig = started.rig
    wait(lambda: rig.state().state == "ok", "the first sync")
    number = rig.ticket()
    started.handle.hurry()
    wait(lambda: rig.reader.find_ticket("demo", str(number)) and rig.detail(number).messages, "the ticket")
    return number


def test_a_reply_goes_out_and_the_worker_ends_with_the_console(started: Started) -> None:
    rig = started.rig
    number = known_after_poll(started)
    change = rig.change(number, "By the worker")
    started.handle.wake()
    wait(lambda: rig.standing(change) == "sent", "sent")
    assert rig.server.public_texts(number)[1:] == ["By the worker"]
    pid = started.handle.pid
    assert pid is not None and holder(rig.paths.worker_lock) == pid
    started.handle.close(linger=False, timeout=10)
    assert holder(rig.paths.worker_lock) is None and started.told.empty()


def test_a_killed_worker_is_started_again_and_goes_on(started: Started) -> None:
    rig = started.rig
    number = known_after_poll(started)
    first = started.handle.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    change = rig.change(number, "After the fall")
    wait(lambda: rig.standing(change) == "sent", "sent by the next worker")
    assert "signal 9" in started.told.get(timeout=5)
    assert rig.server.public_texts(number)[1:] == ["After the fall"]


def test_what_is_held_goes_out_after_the_console_has_gone(started: Started) -> None:
    rig = started.rig
    number = known_after_poll(started)
    change = rig.change(number, "In the background", held_seconds=1)
    pid = started.handle.pid
    assert rig.standing(change) == "held" and pid is not None
    started.handle.close(linger=True)
    wait(lambda: rig.standing(change) == "sent", "sent without a console")
    wait(lambda: holder(rig.paths.worker_lock) is None, "the worker ends when all is sent")
    assert rig.server.public_texts(number)[1:] == ["In the background"]
