"""On a real pseudo-terminal: what leaves, what arrives, and how it ends."""

from __future__ import annotations

import base64
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentconsole.config import Paths
from tests.tui import profile
from tests.tui.terminal import ROOT, RUN_CONSOLE, Terminal, console_terminal

Filled = Callable[[Callable[[Paths], None]], Path]


def drafts(home: Path) -> list[str]:
    with profile.open_profile(home) as desk:
        return [draft.text for draft in desk.reader.drafts()]


def test_keys_typed_in_one_write_reach_the_text(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"rHello see\x1b")
        one.until(b"Draft kept")
        one.send(b"\x11")
        assert one.wait() == 0
        assert b"ended well" in one.output
    assert drafts(home) == ["Hello see"]


def test_a_key_in_the_views_paints_no_more_than_two_lines(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with console_terminal(home, columns=160) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"\x1b[Z")
        one.quiet()
        sizes = []
        for move in (b"j", b"j", b"k", b"j", b"j"):
            one.send(move)
            sizes.append(len(one.quiet()))
        # Counts that come meanwhile are painted too, once.
        assert 0 < sorted(sizes)[2] < 1000, sizes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_the_text_and_restores_the_terminal(
    tmp_path: Path, filled: Filled, number: signal.Signals
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"rnot lost")
        one.until(b"not lost")
        one.signal(number)
        assert one.wait() == 0
        assert b"\x1b[?1049l" in one.output and b"\x1b[?25h" in one.output
    assert drafts(home) == ["not lost"]


def test_a_console_that_was_stopped_goes_on_and_gives_the_terminal_back(
    tmp_path: Path, filled: Filled
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        for _ in range(2):
            before = len(one.output)
            one.signal(signal.SIGSTOP)
            one.signal(signal.SIGCONT)
            one.until(lambda output, before=before: b"Parcel shows delivered" in output[before:])  # type: ignore[misc]
        one.send(b"rnot lost")
        one.until(b"not lost")
        one.send(b"\x11")
        assert one.wait() == 0
        assert one.modes() & termios.ECHO and one.modes() & termios.ICANON
    assert drafts(home) == ["not lost"]


def test_what_is_copied_leaves_for_the_terminals_clipboard(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"y")
        # What tmux with `set-clipboard on` puts into its buffer.
        one.until(b"\x1b]52;c;" + base64.b64encode(b"#42"))
        one.send(b"Y")
        one.until(b"\x1b]52;c;" + base64.b64encode(b"http://127.0.0.1:9/agent/tickets/42"))


def many(paths: Paths) -> None:
    profile.fill(
        paths, [profile.ticket(1000 + n, updated_at=profile.NOW - n * 1_000_000) for n in range(2000)]
    )


def test_a_signal_in_the_middle_of_a_change_of_many_finishes_it(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(many), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Mine")
        one.quiet()
        one.send(b"*phigh\r")
        one.until(b"of 2,000 ")
        one.signal(signal.SIGTERM)
        assert one.wait() == 0
        assert b"Finishing what was begun: " in one.output
    with profile.open_profile(home) as desk:
        assert desk.reader.outbox_counts() == {"held": 2000}


def console_beside_a_terminal(home: Path) -> tuple[subprocess.Popen[bytes], Terminal, int]:
    """Start a console whose terminal is not its own, so that no signal tells it when that is gone.

    Returns:
        Its process, what is typed and read there, and the end that closes the terminal.
    """
    master, slave = pty.openpty()
    command = [sys.executable, "-c", RUN_CONSOLE, str(home), str(profile.NOW)]
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=env)
    os.close(slave)
    return process, Terminal(process.pid, master), master


def test_a_terminal_that_is_closed_without_a_signal_ends_the_console(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    process, one, master = console_beside_a_terminal(home)
    one.size(120, 40)
    try:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"rnot lost")
        one.until(b"not lost")
    finally:
        os.close(master)
    try:
        process.wait(20)
    finally:
        process.kill()
        process.wait()
    assert drafts(home) == ["not lost"]


def test_a_terminal_that_goes_with_much_unread_ends_the_console(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    process, one, master = console_beside_a_terminal(home)
    one.size(200, 60)
    try:
        one.until(b"Parcel shows delivered")
        one.quiet()
        # More than the terminal's buffer and the queue of writes before it hold; nobody reads any of it.
        for _ in range(30):
            one.send(b"?")
            time.sleep(0.03)
            one.send(b"\x1b")
            time.sleep(0.03)
    finally:
        os.close(master)
    try:
        process.wait(15)
    finally:
        process.kill()
        process.wait()


def test_kill_9_loses_at_most_a_second(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"rthis stays")
        one.until(b"saved")
        one.send(b" and this may not")
        one.signal(signal.SIGKILL)
        assert one.wait() == -signal.SIGKILL
    [text] = drafts(home)
    assert text.startswith("this stays")


def test_the_first_frame_needs_no_network_schema_index_or_keyring_library(
    tmp_path: Path, filled: Filled
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    code = f"""
import asyncio, sys
from pathlib import Path
from agentconsole.clock import FixedClock
from agentconsole.config import Config, Paths
from agentconsole.desk.context import Desk
from agentconsole.store.database import open_store
from agentconsole.store.opened import OpenedStore
from agentconsole.tui.app import ConsoleApp
heavy = ("sqlmodel", "sqlalchemy", "alembic", "httpx", "keyring", "whoosh", "jinja2", "yaml", "rapidfuzz")
paths = Paths(Path({str(home)!r}))
def open_once():
    return open_store(paths.database, role="console")
store = OpenedStore(open_once(), open_once)
desk = Desk(paths, Config(), FixedClock({profile.NOW}), store)
async def main():
    app = ConsoleApp(desk)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "Parcel" in app.export_screenshot()
        found = sorted(name for name in sys.modules if name.split(".")[0] in heavy)
    app.finish(); store.close()
    print("heavy:", found)
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "heavy: []", done.stdout + done.stderr[-2000:]
