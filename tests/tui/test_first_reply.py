"""The first public reply of an account in the console: a dialog shows once who will read it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentconsole.config import Paths
from agentconsole.desk import outbox, replies
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.screens.new_ticket import NewTicketScreen
from agentconsole.tui.screens.picker import Picker
from tests.tui import profile
from tests.tui.conftest import Running, Start
from tests.tui.test_composing import able
from tests.tui.test_console import open_41
from tests.tui.test_new_ticket import fill_in


@pytest.fixture
def never_replied(tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]) -> None:
    """The console's profile, from which nobody has replied yet."""
    home = tmp_path / "console"
    shutil.copytree(filled(profile.standard), home)
    with closing(sqlite3.connect(Paths(home).database)) as conn, conn:
        conn.execute("DELETE FROM meta WHERE key LIKE 'recipients%'")


async def write(running: Running, keys: str) -> None:
    await open_41(running)
    await running.burst(keys)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_who_reads_it_is_confirmed_once(
    console: Start, never_replied: None, size: tuple[int, int]
) -> None:
    async with console(size=size) as running:
        await write(running, "rOn its way")
        await running.press("ctrl+s", "enter")
        assert isinstance(running.app.screen, Choice)
        text = running.screen_text()
        assert "first public reply from demo" in text
        assert "To mara.klein@example.net" in text and "CC aoife@example.ie" in text
        assert "2 outside your organisation" in text and "Esc leaves all as it is" in text
        # A habit does not answer, and Esc leads back to the text.
        await running.press("enter", "s")
        assert isinstance(running.app.screen, Choice)
        await running.press("escape")
        assert isinstance(running.app.screen, MainScreen)
        assert running.main.composer.text == "On its way"
        assert not outbox.listing(running.desk, {"held"})
        assert replies.needs_recipient_check(running.desk, "demo")
        await running.press("ctrl+s", "enter", "y")
        await running.until(lambda: len(outbox.listing(running.desk, {"held"})) == 1)
        await running.until(lambda: running.main.composer.writing is None)
    async with console(size=size) as running:
        # Also after a restart.
        await write(running, "rOnce more")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: len(outbox.listing(running.desk, {"held"})) == 2)


async def test_a_note_is_not_asked_about(console: Start, never_replied: None) -> None:
    async with console() as running:
        await write(running, "nOnly we read this")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: len(outbox.listing(running.desk, {"held"})) == 1)


@pytest.fixture
def never_wrote(tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]) -> None:
    """A profile whose account can make tickets, from which nobody has written to a customer yet."""
    home = tmp_path / "console"
    shutil.copytree(filled(able), home)
    with closing(sqlite3.connect(Paths(home).database)) as conn, conn:
        conn.execute("DELETE FROM meta WHERE key LIKE 'recipients%'")


@pytest.mark.parametrize("passed_on", [False, True])
async def test_who_reads_a_new_tickets_first_message_is_confirmed_too(
    console: Start, never_wrote: None, passed_on: bool
) -> None:
    async with console() as running:
        if passed_on:
            await open_41(running)
            await running.press("w")
            await running.burst("lab@example.org")
        else:
            await running.press("N")
            await fill_in(running)
        await running.press("ctrl+s", "enter")
        await running.until(lambda: isinstance(running.app.screen, Choice))
        text = running.screen_text()
        assert "first public reply from demo" in text and "1 outside your organisation" in text
        assert ("To lab@example.org" if passed_on else "To tom.becker@example.org") in text
        await running.press("escape")
        assert isinstance(running.app.screen, NewTicketScreen)
        assert not outbox.listing(running.desk, {"held"})
        await running.press("ctrl+s", "enter")
        await running.until(lambda: isinstance(running.app.screen, Choice))
        await running.press("y")
        await running.until(lambda: len(outbox.listing(running.desk, {"held"})) == 1)
        assert not replies.needs_recipient_check(running.desk, "demo")


async def test_a_macro_for_many_waits_for_a_reply_by_hand(console: Start, never_replied: None) -> None:
    async with console() as running:
        await running.press("space", "space", "m")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.burst("card refund\r")
        await running.until(lambda: "Send one public reply by hand first" in running.screen_text())
        assert isinstance(running.app.screen, MainScreen)
        assert not outbox.listing(running.desk, {"held"})
