"""New tickets and passing one on, by keys; nothing typed is lost."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from agentconsole.config import Paths
from agentconsole.desk import new_ticket_form, outbox, tickets
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


def able_with_knowledge(paths: Paths) -> None:
    able(paths)
    profile.index_articles(paths)


def needs_group(paths: Paths) -> None:
    able(paths, create_needs_group=True)


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
    await running.press("tab", "tab", "tab", "tab", "tab", "tab")
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
        await running.press("tab")
        # In one go: what follows the first key is meant for the list that it brings.
        await running.burst("\rcards\r")
        await seen(running, "Group Cards")
        await running.press("enter")
        await running.press("enter")
        await seen(running, "Assignee Me")
        await running.press("enter", "down", "down", "enter")
        # Fields that only this helpdesk has: first which, then its value.
        await running.press("enter", "enter", "down", "enter")
        await seen(running, "Fields 1 set", "Topic Order")
        await running.press("tab")
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
        assert fields["priority"] == "high" and fields["custom:3601"] == "topic_order"
        assert not change.message.public and change.message.cc == ("boss@example.org",)
        assert [one.file_name for one in change.message.attachments] == ["a.pdf"]


def made(file: Path) -> Path:
    file.write_text("12345")
    return file


async def test_a_macro_writes_and_sets_what_the_form_then_keeps(console: Start) -> None:
    async with console(fill=able) as running:
        running.desk.paths.macros_dir.mkdir()
        (running.desk.paths.macros_dir / "call.md").write_text(CALLED)
        await running.press("N")
        await running.burst("becker")
        await running.until(lambda: form_on(running).query_one("#new-people").display)
        await running.press("tab")
        await running.burst("Phone call")
        await running.press(*["tab"] * 6)
        await running.burst("Before")
        await running.press("ctrl+t")
        await running.burst("called in")
        await seen(running, "Hello Tom,", "+ tag phone", "Topic: – → Order", "Status: – → Pending")
        await running.press("enter")
        form = form_on(running).filled()
        assert form.text == "Before\n\nHello Tom,\n\nyou called us, says Sam."
        assert (form.tags, form.status, form.priority) == (("phone",), "pending", "high")
        await seen(running, "status pending", "Topic Order", "Priority High")
        assert "meant for an internal note" in running.notices()[-1] and form.public
        # The trigger gives way to the macro's text, and a macro of the helpdesk is told.
        await running.burst("\r::card refund")
        await running.press("enter")
        form = form_on(running).filled()
        assert "::" not in form.text and form.text.endswith("your refund is on its way.")
        assert (form.tags, form.macro) == (("phone", "refund_sent"), "8101")
        await running.press("escape")
        await running.settle()
        [kept] = new_ticket_form.drafts(running.desk)
        again = new_ticket_form.form_of(running.desk, kept)
        assert again == form and again.custom == {"custom:3601": "topic_order"}
        await running.press("N", "down", "enter", "ctrl+s")
        await seen(running, "make it as pending")
        await running.press("enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket) and change.macro == "8101"
        fields = dict(change.action.fields)
        assert (fields["status"], fields["custom:3601"]) == ("pending", "topic_order")


CALLED = """---
name: Called in
mode: internal
set:
  tags: [+phone]
  status: pending
  priority: high
  fields:
    Topic: Order
---
Hello {{ customer.first_name }},

you called us, says {{ agent.first_name }}.
"""


async def test_an_article_is_linked_or_quoted_and_an_editor_writes(
    console: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(fill=able_with_knowledge) as running:
        await running.press("N", "tab")
        await running.burst("card refund")
        await running.press(*["tab"] * 6)
        await running.burst("See")
        await running.press("ctrl+l")
        # It begins with the subject.
        await seen(running, "How long a card refund takes", "five to ten working days")
        await running.press("enter")
        linked = form_on(running).filled().text
        assert linked.startswith("See ") and "https://help.brightcart.example/en-us/7101" in linked
        await running.burst("\r??")
        await running.burst("password")
        await seen(running, "Reset a forgotten password")
        await running.press("ctrl+r")
        form = form_on(running)
        assert "\nOpen the sign-in page" in form.filled().text and "??" not in form.filled().text
        assert form.area.has_focus
        editor = tmp_path / "editor"
        editor.write_text('#!/bin/sh\necho "from the editor" >> "$1"\n')
        editor.chmod(0o755)
        monkeypatch.setenv("VISUAL", str(editor))
        monkeypatch.setattr(type(running.app), "suspend", lambda _: nullcontext())
        await running.press("ctrl+o")
        assert form.filled().text.endswith("from the editor") and form.area.has_focus
        monkeypatch.setenv("VISUAL", "/nowhere/at/all")
        await running.press("ctrl+o")
        assert "cannot be started" in running.notices()[-1] and "from the editor" in form.filled().text


async def test_a_solved_one_is_made_once_its_fields_are_filled(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N")
        await fill_in(running)
        await running.press("ctrl+s")
        await seen(running, "make it as solved")
        await running.press("s")
        await seen(running, "To solve the new ticket: Topic")
        await running.press("escape")
        assert form_on(running).filled().text.startswith("Hello Tom") and not outbox.listing(running.desk)
        await running.press("ctrl+s", "s", "down", "enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket)
        fields = dict(change.action.fields)
        assert (fields["status"], fields["custom:3601"]) == ("solved", "topic_order")


async def test_a_group_is_asked_for_where_there_is_no_ticket_without(console: Start) -> None:
    async with console(fill=needs_group) as running:
        await running.press("N")
        await fill_in(running)
        await running.press("ctrl+s", "enter")
        await seen(running, "Which group gets it?")
        await running.press("enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket) and dict(change.action.fields)["group"] == "601"


async def test_what_is_missing_is_told_and_esc_keeps_all(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N", "ctrl+s")
        assert "whom it is for and a subject and a text" in running.notices()[-1]
        await running.press("tab")
        await running.burst("Only a subject")
        await running.press("escape")
        assert shows(running, MainScreen)
        await running.settle()
        [kept] = new_ticket_form.drafts(running.desk)
        assert new_ticket_form.form_of(running.desk, kept).subject == "Only a subject"
        await running.press("N")
        assert shows(running, Picker)
        await seen(running, "Only a subject")
        await running.press("down", "enter")
        assert form_on(running).filled().subject == "Only a subject"
        await running.burst("x@example.org")
        await running.press("escape")
        await running.settle()
        assert new_ticket_form.drafts(running.desk) == (kept,)
        await running.press("N", "enter")
        assert form_on(running).filled().subject == ""
        await running.press("tab")
        await running.burst("Another")
        await running.press("escape")
        await running.settle()
        assert len(new_ticket_form.drafts(running.desk)) == 2
        assert new_ticket_form.form_of(running.desk, kept).subject == "Only a subject"


async def test_an_emptied_form_leaves_no_draft(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N", "tab", "x")
        await running.until(lambda: len(new_ticket_form.drafts(running.desk)) == 1)
        await running.press("backspace", "escape")
        await running.settle()
        assert new_ticket_form.drafts(running.desk) == ()
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
        await running.press("tab", "tab", "tab", "tab", "tab", "tab", "tab", "ctrl+home")
        form.area.move_cursor((0, 0))
        await running.burst("Please look at this.")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket) and change.action.refers_to == "41"
        assert change.message is not None and change.message.text.startswith("Please look at this.\n")


async def test_a_ticket_whose_messages_are_not_here_is_opened_and_not_passed_on(console: Start) -> None:
    async with console(fill=able) as running:
        unread = tickets.resolve(running.desk, "#42")
        running.main.queue.move_to(running.main.queue.ids.index(unread))
        await running.press("w")
        assert isinstance(running.app.screen, MainScreen) and running.main.detail is not None
        assert running.main.detail.row.ticket_id == unread
        assert any("messages of #42 are not here yet" in told for told in running.notices())


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (60, 15)])
async def test_the_form_fits_and_the_focus_goes_round(console: Start, size: tuple[int, int]) -> None:
    async with console(fill=able, size=size) as running:
        await running.press("N")
        round_trip = []
        for _ in range(8):
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
            "new-fields",
            "new-tags",
            "new-text",
        ]
        assert running.app.screen.focused is not None and running.app.screen.focused.id == "new-requester"
        await running.press("shift+tab")
        await running.burst("text")
        await seen(running, "text")
        text = running.screen_text()
        assert "text" in text and "Subject" in text and "ctrl+s make it" in text


async def test_what_is_typed_fast_goes_to_its_field_and_to_nobody_else(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N")
        await running.burst("becker\rWrong invoice")
        form = form_on(running).filled()
        assert (form.requester, form.subject) == ("tom.becker@example.org", "Wrong invoice")
        await running.press("shift+tab", "ctrl+u")
        await running.burst("be")
        await running.until(lambda: form_on(running).query_one("#new-people").display)
        for key in (*"nno", "tab", *"!"):
            running._post(key)
        await running.settle()
        # Not whoever fitted the first letters.
        form = form_on(running).filled()
        assert (form.requester, form.subject) == ("benno", "Wrong invoice!")


async def test_enter_before_an_article_is_found_waits_for_it_and_so_does_what_follows(console: Start) -> None:
    async with console(fill=able_with_knowledge) as running:
        await running.press("N", *["tab"] * 7)
        assert form_on(running).area.has_focus
        await running.burst("??refund\r, says the help")
        text = form_on(running).filled().text
        assert "en-us/7101" in text and text.endswith(", says the help")


async def test_quitting_from_the_form_keeps_what_is_typed(console: Start) -> None:
    async with console(fill=able, bindings={"quit": "alt+x"}) as running:
        await running.press("N")
        await running.burst("becker")
        running._post("alt+x")
        await running.until(lambda: running.app._exit)
    async with console(fill=able) as running:
        [kept] = new_ticket_form.drafts(running.desk)
        assert new_ticket_form.form_of(running.desk, kept).requester == "becker"


async def test_a_draft_that_is_gone_is_told(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N")
        await running.burst("becker")
        await running.press("escape", "escape", "N")
        [kept] = new_ticket_form.drafts(running.desk)
        new_ticket_form.discard(running.desk, kept)
        await running.press("down", "enter")
        assert isinstance(running.app.screen, MainScreen)
        assert "no draft" in running.notices()[-1]


async def test_keys_pressed_while_it_is_made_open_nothing_over_the_form(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("N")
        await fill_in(running)
        await running.press(*["shift+tab"] * 4, "ctrl+s")
        assert shows(running, SendMenu)
        running._post("enter")
        running._post("enter")
        await running.settle()
        assert isinstance(running.app.screen, MainScreen)
        assert len(outbox.listing(running.desk, {"held"})) == 1


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
        one.send(b"tom@example.org\tLost card\t\t\t\t\t\tthis stays")
        one.until(b"this stays")
        with profile.open_profile(home) as desk:
            one.until(
                lambda _: any(
                    "this stays" in new_ticket_form.form_of(desk, kept).text
                    for kept in new_ticket_form.drafts(desk)
                )
            )
        one.send(b" and this may not")
        one.signal(signal.SIGKILL)
        assert one.wait() == -signal.SIGKILL
    with profile.open_profile(home) as desk:
        [kept] = new_ticket_form.drafts(desk)
        form = new_ticket_form.form_of(desk, kept)
    assert (form.requester, form.subject) == ("tom@example.org", "Lost card")
    assert form.text.startswith("this stays")
