"""Without a network: all but the sending works, no connection is opened, and what is shown tells its age."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from agentconsole.config import Paths
from agentconsole.desk import outbox
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.times import DAY, MINUTE, SECOND
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.sync.lock import hold
from agentconsole.tui.flows.syncing import outcome
from agentconsole.tui.widgets.status import account_runs, outbox_runs
from tests.guards import LeftTheMachineError
from tests.tui import profile
from tests.tui.conftest import Start
from tests.tui.terminal import RUN_CONSOLE, terminal

Filled = Callable[[Callable[[Paths], None]], Path]

_WATCHED = (
    """
import sys
_seen = open(sys.argv[3], "a", buffering=1)
def _watch(event, args):
    if event == "socket.__new__" and int(args[1]) != 1:
        _seen.write(f"socket of family {int(args[1])}\\n")
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        _seen.write(f"{event} {args[1:]!r}\\n")
sys.addaudithook(_watch)
"""
    + RUN_CONSOLE
)
"""The console, with every socket noted but those between parts of this machine (AF_UNIX)."""


def offline(paths: Paths) -> None:
    """Let the account be out of reach, as the worker notes it."""
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, profile.account_id(paths), sleep=lambda _: None)
        ingest.set_account_state("offline", "No line.", last_sync_at=profile.NOW - 12 * MINUTE)


async def test_the_last_line_says_how_old_it_is_and_what_waits(console: Start) -> None:
    async with console(size=(80, 24)) as running:
        offline(running.desk.paths)
        await running.until(lambda: "offline · as of 14:48 (12m ago)" in running.screen_text())
        await running.press("j", "enter")
        await running.burst("rOn its way.")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        with closing(open_store(running.desk.paths.database, role="outbox", now=profile.NOW)) as conn:
            Outbox(conn).release_held(profile.NOW + MINUTE)
        await running.until(lambda: "1 to send once online" in running.screen_text())
        line = running.screen_text().splitlines()[-1]
        assert "offline" in line and len(line.rstrip()) <= 80
        # What cannot be done now is not offered.
        await running.press("ctrl+q")
        text = running.screen_text()
        assert "The helpdesk cannot be reached now." in text and "once it can" in text
        assert "send first" not in text


class NoLine:
    """A worker's process that is asked."""

    def __init__(self, pid: int | None = None) -> None:
        self.pid = pid
        self.asked = 0

    def wake(self) -> None:
        """Do nothing."""

    def hurry(self) -> None:
        """Count."""
        self.asked += 1

    def close(self, *, linger: bool) -> None:
        """Do nothing."""


async def test_asking_for_news_is_answered_once_for_each_key_press(console: Start) -> None:
    async with console() as running:
        running.app.worker = worker = NoLine(os.getpid())
        paths = running.desk.paths

        def stands(how: str, *, retry_at: int | None = None, last: int | None = None) -> None:
            with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
                ingest = Ingest(conn, profile.account_id(paths), sleep=lambda _: None)
                ingest.set_account_state(how, "No line.", retry_at=retry_at, last_sync_at=last, why="refused")

        async def told(said: str) -> None:
            await running.until(lambda: running.notices().count(said) == 1)
            running.app.clear_notifications()

        stands("offline", retry_at=profile.NOW + 1, last=profile.NOW - 12 * MINUTE)
        await running.until(lambda: "offline" in running.screen_text())
        assert running.notices() == []
        gone = (
            "The helpdesk cannot be reached (refused); what you see is as of 14:48 (12m ago). "
            "It is tried again every few seconds."
        )
        for retry in (2, 3):
            await running.press("R")
            await told("Asking the helpdesk for what is new.")
            stands("offline", retry_at=profile.NOW + retry)
            await told(gone)
        stands("offline", retry_at=profile.NOW + 4)
        await running.press("R")
        await told("Asking the helpdesk for what is new.")
        stands("syncing")
        stands("ok", last=profile.NOW)
        await told("The helpdesk is reached again.")
        stands("throttled", retry_at=profile.NOW + 2 * MINUTE)
        await running.until(lambda: "asked to wait" in running.screen_text())
        await running.press("R")
        waits = "The helpdesk asks to wait; what you see is as of 15:00 (0s ago). It goes on by itself in 2m."
        await told(f"Asking the helpdesk for what is new. {waits}")
        assert worker.asked == 4 and running.notices() == []
        # Nor is another process mistaken for it that holds the profile, as one that cron has started.
        worker.pid = None
        stands("ok", last=profile.NOW)
        await running.press("R")
        await told("No sync runs just now; the helpdesk is asked as soon as one does.")
        with hold(paths.worker_lock, "sync worker"):
            before = running.desk.reader.news_asked()
            await running.press("R")
            await told(f"Another process ({os.getpid()}) does the syncing; it is asked for what is new.")
            assert running.desk.reader.news_asked() != before and worker.asked == 4
            stands("offline", retry_at=profile.NOW + 5)
            await told(gone.replace("14:48 (12m ago)", "15:00 (0s ago)"))


def test_what_came_of_asking_several_helpdesks() -> None:
    now = profile.NOW
    assert outcome(state("acme", "offline", None), "acme", now, UTC) == (
        "acme cannot be reached. It is tried again every few seconds."
    )
    locked = replace(state("shop", "paused", now - 3 * DAY), sentence="shop: the keyring is locked.")
    assert outcome(locked, "shop", now, UTC) == (
        "shop: the keyring is locked; what you see is as of 19 Nov 15:00 (3d ago)."
    )


def state(name: str, how: str, last: int | None) -> AccountState:
    return AccountState(1, "u", name, "zendesk", "http://x", "me", "1", "Sam", how, "", last, None)


def test_each_account_says_how_it_stands() -> None:
    now = profile.NOW
    runs = account_runs(
        [
            state("shop", "ok", now - 5),
            state("acme", "offline", now - 3 * DAY),
            state("new", "offline", None),
        ],
        now,
        zone=UTC,
    )
    text = "".join(text for text, _ in runs)
    assert "shop in sync" in text and "acme offline · as of 19 Nov 15:00 (3d ago)" in text
    assert text.rstrip().endswith("new offline")
    assert outbox_runs({"queued": 3}, None, "", now, offline=True)[0][0] == " 3 to send once online "


def test_why_an_account_is_paused_and_since_when_another_is_silent() -> None:
    now = profile.NOW
    locked = replace(state("shop", "paused", now - 3 * DAY), why="keyring locked")
    silent = replace(state("acme", "ok", now - 5), asked_at=now - 20 * SECOND)
    for brief in (False, True):
        runs = account_runs([locked, silent], now, zone=UTC, brief=brief)
        text = "".join(text for text, _ in runs)
        assert "shop paused: keyring locked · as of 3d ago" in text
        assert "acme waiting for an answer for 20s" in text


ESC = b"\x1b[27u"
"""As terminals of today send it: alone it is told from the start of a longer key by waiting only."""


def test_the_consoles_process_opens_no_socket(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.with_knowledge), tmp_path / "console"))
    seen = tmp_path / "sockets"
    command = [sys.executable, "-c", _WATCHED, str(home), str(profile.NOW), str(seen)]
    with terminal(command, columns=160, rows=45) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        for keys in (b"j\r", b"o", b"f", b"card", ESC, b"rHello", b"\x14", ESC):
            one.send(keys)
            one.quiet(0.1)
        before = len(one.output)
        one.send(b"\x13")
        one.until(lambda output: b"solved" in output[before:])
        one.send(b"\r")
        one.until(b"takes back the reply")
        for keys in (b"/", b"tags:card\r", b"T", ESC, b"?", ESC, b"R", b"i"):
            one.send(keys)
            one.quiet(0.1)
        one.send(b"\x11")
        one.until(b"keep it")
        one.send(b"k")
        assert one.wait() == 0
    assert seen.read_text() == ""


def test_the_screens_tests_have_no_network_not_even_this_machines() -> None:
    with socket.socket() as one, pytest.raises(LeftTheMachineError, match="no network at all"):
        one.connect(("127.0.0.1", 9))
