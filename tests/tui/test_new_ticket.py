"""New tickets and passing one on, by keys; nothing typed is lost."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from agentconsole.config import Paths
from agentconsole.desk import new_tickets, outbox, tickets
from agentconsole.domain.changes import NewTicket
from agentconsole.tui.screens.list_editor import ListEditor
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.screens.new_ticket import NewTicketScreen
from agentconsole.tui.screens.picker import Picker
from agentconsole.tui.screens.send_menu import SendMenu
from tests.tui import profile
from tests.tui.conftest import Running, Start
from tests.tui.terminal import console_terminal
from tests.tui.test_composing import able, seen, write_on_41


def shows(running: Running, kind: type[Screen[Any]]) -> bool:
    return isinstance(running.app.screen, kind)


def form_on(running: Running) -> NewTicketScreen:
    screen = running.app.screen
    assert isinstance(screen, NewTicketScreen)
    return screen


async def fill_in(running: Running) -> None:
    """Fill in what must be there, beginning in the requester."""
    await running.burst("becker")
    await running.until(lambda: form_on(running).query_one("#new-people").display)
    await running.press("enter")
    await running.burst("Wrong invoice")
    await running.press("tab", "tab", "tab", "tab", "tab")
    await running.burst("Hello Tom,\rthe invoice is wrong")


async def test_a_ticket_is_made_by_keys_and_taken_back(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N")
        assert form_on(running).query_one("#new-requester").has_focus
        await seen(running, "PUBLIC", "the requester reads it")
        await fill_in(running)
        form = form_on(running).filled()
        assert (form.requester, form.subject) == ("tom.becker@example.org", "Wrong invoice")
        assert form.text == "Hello Tom,\nthe invoice is wrong"
        await running.press("ctrl+s")
        assert shows(running, SendMenu)
        await seen(running, "To tom.becker@example.org")
        await running.press("enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket) and change.action.requester == "502"
        assert running.main.detail is not None and running.main.detail.row.remote_id is None
        await running.until(lambda: "Wrong invoice" in running.screen_text())
        await running.until(lambda: not running.main._quiet)
        await running.press("z")
        await running.until(lambda: isinstance(running.app.screen, NewTicketScreen))
        again = form_on(running).filled()
        assert (again.subject, again.text) == ("Wrong invoice", "Hello Tom,\nthe invoice is wrong")
        assert "tom.becker@example.org" in again.requester
        assert not outbox.listing(running.desk, {"held"})


async def test_fields_are_picked_and_what_is_internal_says_so(console: Start, tmp_path: Path) -> None:
    file = made(tmp_path / "a.pdf")
    async with console(fill=able) as running:
        await running.press("N")
        await running.burst("new.customer@example.org")
        await running.press("tab")
        await running.burst("Phone call")
        await running.press("tab", "enter")
        assert shows(running, Picker)
        await running.press("enter")
        await seen(running, "Group Cards")
        await running.press("enter")
        await running.press("enter")
        await seen(running, "Assignee Me")
        await running.press("enter", "down", "down", "enter")
        await running.burst("phone vip")
        await running.press("ctrl+n")
        assert (
            "INTERNAL" in running.screen_text() and "only your team reads the text" in running.screen_text()
        )
        await running.press("f4")
        assert shows(running, ListEditor)
        await running.burst(str(file))
        await running.press("enter", "enter")
        await running.until(lambda: "a.pdf 5 B" in running.screen_text())
        await running.press("ctrl+g")
        await running.burst("boss@example.org")
        await running.press("enter", "enter")
        await seen(running, "CC boss@example.org")
        await running.press("tab")
        await running.burst("They called")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket) and change.message is not None
        assert change.action.requester_email == "new.customer@example.org"
        fields = dict(change.action.fields)
        assert (fields["group"], fields["assignee"], fields["tags"]) == ("601", profile.ME, ("phone", "vip"))
        assert fields["priority"] == "high"
        assert not change.message.public and change.message.cc == ("boss@example.org",)
        assert [one.file_name for one in change.message.attachments] == ["a.pdf"]


def made(file: Path) -> Path:
    file.write_text("12345")
    return file


async def test_what_is_missing_is_told_and_esc_keeps_all(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N", "ctrl+s")
        assert "whom it is for and a subject and a text" in running.notices()[-1]
        await running.press("tab")
        await running.burst("Only a subject")
        await running.press("escape")
        assert shows(running, MainScreen)
        await running.settle()
        [kept] = new_tickets.drafts(running.desk)
        assert new_tickets.form_of(running.desk, kept).subject == "Only a subject"
        await running.press("N")
        assert shows(running, Picker)
        await seen(running, "Only a subject")
        await running.press("down", "enter")
        assert form_on(running).filled().subject == "Only a subject"
        await running.burst("x@example.org")
        await running.press("escape")
        await running.settle()
        assert new_tickets.drafts(running.desk) == (kept,)
        await running.press("N", "enter")
        assert form_on(running).filled().subject == ""
        await running.press("tab")
        await running.burst("Another")
        await running.press("escape")
        await running.settle()
        assert len(new_tickets.drafts(running.desk)) == 2
        assert new_tickets.form_of(running.desk, kept).subject == "Only a subject"


async def test_an_emptied_form_leaves_no_draft(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N", "tab", "x")
        await running.until(lambda: len(new_tickets.drafts(running.desk)) == 1)
        await running.press("backspace", "escape")
        await running.settle()
        assert new_tickets.drafts(running.desk) == ()
        assert shows(running, MainScreen)


async def test_a_slip_is_warned_of_and_the_caret_goes_there(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N")
        await fill_in(running)
        await running.burst("\rsee the attached file")
        await running.press("ctrl+s")
        await seen(running, "no file is attached")
        await running.press("escape")
        assert form_on(running).area.has_focus
        assert form_on(running).area.cursor_location == (2, 0)


async def test_an_account_that_cannot_make_tickets_says_so(console: Start) -> None:
    async with console() as running:
        await running.press("N")
        assert shows(running, MainScreen)
        assert "is not known before the first sync" in running.notices()[-1]
        await running.press("w")
        assert shows(running, MainScreen)


async def test_a_half_written_reply_is_kept_when_a_new_ticket_is_begun(console: Start) -> None:
    async with console(fill=able) as running:
        ticket = await write_on_41(running, "Half")
        await running.press("escape", "N")
        assert form_on(running)
        draft = running.desk.reader.draft(ticket, True)
        assert draft is not None and draft.text == "Half"


async def test_passing_on_quotes_the_thread_without_its_notes(console: Start) -> None:
    async with console(fill=able) as running:
        running.main.tickets.open(tickets.resolve(running.desk, "#41"))
        await running.settle()
        await running.press("w")
        form = form_on(running)
        await seen(running, "Passing on #41")
        filled = form.filled()
        assert filled.subject == "Fwd: Refund for order 10482 has not arrived"
        assert "> I returned the blue kettle" in filled.text and "batch 7731" not in filled.text
        await running.burst("lab@example.org")
        await running.press("tab", "tab", "tab", "tab", "tab", "tab", "ctrl+home")
        form.area.move_cursor((0, 0))
        await running.burst("Please look at this.")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket) and change.action.refers_to == "41"
        assert change.message is not None and change.message.text.startswith("Please look at this.\n")


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (60, 15)])
async def test_the_form_fits_and_the_focus_goes_round(console: Start, size: tuple[int, int]) -> None:
    async with console(fill=able, size=size) as running:
        await running.press("N")
        round_trip = []
        for _ in range(7):
            focused = running.app.screen.focused
            assert focused is not None
            round_trip.append(focused.id)
            await running.press("tab")
        assert round_trip == [
            "new-requester",
            "new-subject",
            "new-group",
            "new-assignee",
            "new-priority",
            "new-tags",
            "new-text",
        ]
        assert running.app.screen.focused is not None and running.app.screen.focused.id == "new-requester"
        await running.press("shift+tab")
        await running.burst("text")
        await seen(running, "text")
        text = running.screen_text()
        assert "text" in text and "Subject" in text and "ctrl+s make it" in text


async def test_hostile_names_stay_text(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N", "tab")
        form_on(running).query_one("#new-subject").value = profile.hostile()  # type: ignore[attr-defined]
        await running.press("escape")
        await running.settle()
        await running.press("N")
        assert shows(running, Picker) and "\x1b" not in running.screen_text()


def test_kill_9_loses_at_most_a_second_of_a_new_ticket(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]
) -> None:
    home = Path(shutil.copytree(filled(able), tmp_path / "console"))
    with console_terminal(home) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        one.send(b"N")
        one.until(b"New ticket")
        one.quiet()
        one.send(b"tom@example.org\tLost card\t\t\t\t\tthis stays")
        one.until(b"this stays")
        one.quiet(1.2)
        one.send(b" and this may not")
        one.signal(signal.SIGKILL)
        assert one.wait() == -signal.SIGKILL
    with profile.open_profile(home) as desk:
        [kept] = new_tickets.drafts(desk)
        form = new_tickets.form_of(desk, kept)
    assert (form.requester, form.subject) == ("tom@example.org", "Lost card")
    assert form.text.startswith("this stays")
