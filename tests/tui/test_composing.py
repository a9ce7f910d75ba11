"""The composer's dialogs by keys: copies, files, preview, earlier texts, checks before sending."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from agentconsole.config import Paths
from agentconsole.desk import outbox, replies, tickets
from agentconsole.domain.queries import parse_query
from agentconsole.helpdesks.base import Capabilities
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.tui import foreign
from agentconsole.tui.flows.reviewing import previewed
from agentconsole.tui.screens.list_editor import ListEditor
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.screens.picker import Picker
from agentconsole.tui.screens.preview import PreviewScreen
from agentconsole.tui.screens.send_menu import SendMenu
from agentconsole.tui.widgets.pick_list import PickList
from tests.tui import profile
from tests.tui.conftest import Running, Start


def able(paths: Paths, **more: bool) -> None:
    """Fill a profile as `standard`, with an account that can make tickets and put people in copy."""
    profile.standard(paths)
    account = profile.account_id(paths)
    abilities = asdict(Capabilities(stale_write_check="atomic", marker=True, cc=True, create=True, **more))
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        Ingest(conn, account, sleep=lambda _: None).set_capabilities(abilities)


async def write_on_41(running: Running, text: str = "", *, note: bool = False) -> int:
    ticket = tickets.resolve(running.desk, "#41")
    running.main.tickets.open(ticket)
    await running.settle()
    await running.press("n" if note else "r")
    if text:
        await running.burst(text)
    return ticket


async def seen(running: Running, *words: str) -> None:
    """Wait until some words are on the screen."""
    await running.until(lambda: all(word in running.screen_text() for word in words))


def draft_text(running: Running, ticket: int, public: bool = True) -> str | None:
    draft = running.desk.reader.draft(ticket, public)
    return None if draft is None else draft.text


async def suggested(running: Running, label: str) -> None:
    await running.until(
        lambda: (
            isinstance(running.app.screen, ListEditor)
            and any(one.label == label for one in running.app.screen.query_one(PickList)._items)
        )
    )


# Copies


async def test_addresses_typed_in_one_go_are_all_taken(console: Start) -> None:
    async with console(fill=able) as running:
        await write_on_41(running)
        await running.press("ctrl+g")
        await running.burst("zoe@x.example\ryan@y.example\r\rHello")
        writing = running.main.composer.writing
        assert writing is not None and writing.cc is not None
        assert {"zoe@x.example", "yan@y.example"} <= set(writing.cc)
        await running.until(lambda: running.main.composer.text == "Hello")
        # Nor is one lost that stands in the field when the list is done.
        await running.press("ctrl+g")
        await running.burst("zo\x13")
        assert (
            isinstance(running.app.screen, ListEditor) and "“zo” is no mail address" in running.screen_text()
        )
        await running.burst("e2@x.example")
        await running.press("ctrl+s")
        assert isinstance(running.app.screen, MainScreen) and "zoe2@x.example" in writing.cc


async def test_people_are_put_in_copy_and_taken_out_and_the_draft_keeps_it(console: Start) -> None:
    async with console(fill=able) as running:
        ticket = await write_on_41(running, "Hello Mara")
        await running.press("ctrl+g")
        assert isinstance(running.app.screen, ListEditor)
        await seen(running, "To mara.klein@example.net")
        text = running.screen_text()
        assert "To mara.klein@example.net" in text and "aoife@example.ie" in text
        assert "Another is set on the ticket’s page: B in the thread." in text
        await running.burst("becker")
        await suggested(running, "Tom Becker")
        await running.press("enter", "enter")
        assert isinstance(running.app.screen, MainScreen)
        assert running.main.composer.area.has_focus
        await seen(running, "tom.becker@example.org", "3 outside")
        await running.settle()
        draft = running.desk.reader.draft(ticket, True)
        assert draft is not None and dict(draft.changes)["cc"] == (
            "aoife@example.ie",
            "tom.becker@example.org",
        )
        await running.press("escape", "r")
        await seen(running, "tom.becker@example.org")
        await running.press("ctrl+g", "up", "delete", "ctrl+s")
        assert "aoife" not in running.main.composer.query_one("#composer-header").render().plain  # type: ignore[union-attr]
        await running.press("ctrl+s", "enter")
        [change] = outbox.listing(running.desk, {"held"})
        assert change.message is not None
        assert change.message.cc == ("tom.becker@example.org",)
        assert change.message.cc_added == ("tom.becker@example.org",)
        assert change.message.cc_removed == ("aoife@example.ie",)


async def test_taking_a_reply_back_keeps_who_is_in_copy(console: Start) -> None:
    async with console(fill=able) as running:
        ticket = await write_on_41(running, "Hello Mara")
        await running.press("ctrl+g")
        await running.burst("new@example.org")
        await suggested(running, "new@example.org")
        await running.press("enter", "enter", "ctrl+s", "enter")
        [change] = outbox.listing(running.desk, {"held"})
        draft = replies.undo(running.desk, change.uuid)
        assert draft is not None and dict(draft.changes)["cc"] == ("aoife@example.ie", "new@example.org")
        assert draft.ticket_id == ticket


async def test_an_account_that_cannot_put_people_in_copy_says_so(console: Start) -> None:
    async with console() as running:
        await write_on_41(running, "Hello Mara")
        await running.press("ctrl+g")
        assert isinstance(running.app.screen, MainScreen)
        assert "is not known before the first sync" in running.notices()[-1]


async def test_what_is_no_address_is_told_and_esc_changes_nothing(console: Start) -> None:
    async with console(fill=able) as running:
        await write_on_41(running, "Hello Mara")
        await running.press("ctrl+g")
        await running.burst("nobody here")
        await running.press("enter")
        await running.until(lambda: "is no mail address" in running.screen_text())
        await running.press("escape")
        assert running.main.composer.writing is not None and running.main.composer.writing.cc is None
        assert running.main.composer.text == "Hello Mara"


async def test_a_note_goes_to_nobody(console: Start) -> None:
    async with console() as running:
        await write_on_41(running, "Look", note=True)
        await running.press("ctrl+g")
        assert isinstance(running.app.screen, MainScreen)
        assert "A note goes to nobody" in running.notices()[-1]


# Files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "files"
    place.mkdir()
    (place / "letter.pdf").write_bytes(b"x" * 3000)
    (place / "\x1b[31mred\x1b[0m.png").write_bytes(b"y" * 12)
    (place / "empty.txt").touch()
    (place / "sub").mkdir()
    (place / "sub" / "deep.csv").write_text("a,b")
    return place


async def test_files_are_attached_by_path_kept_in_the_draft_and_sent(console: Start, folder: Path) -> None:
    async with console() as running:
        ticket = await write_on_41(running, "Here is the letter")
        await running.press("f4")
        await running.burst(f"{folder}/le")
        await suggested(running, "letter.pdf")
        await running.press("tab")
        await running.press("enter")
        await running.burst(f"{folder}/su")
        await suggested(running, "sub/")
        await running.press("enter")
        await suggested(running, "deep.csv")
        await running.press("enter", "enter")
        assert isinstance(running.app.screen, MainScreen)
        await running.until(
            lambda: all(
                word in running.screen_text() for word in ("2 files", "letter.pdf 3 kB", "deep.csv 3 B")
            )
        )
        await running.press("escape", "r")
        await running.until(lambda: "letter.pdf 3 kB" in running.screen_text())
        draft = running.desk.reader.draft(ticket, True)
        assert draft is not None and draft.attachments == (
            str(folder / "letter.pdf"),
            str(folder / "sub/deep.csv"),
        )
        await running.press("f4", "up", "delete", "enter")
        await running.press("ctrl+s")
        await seen(running, "with deep.csv")
        await running.press("enter")
        [change] = outbox.listing(running.desk, {"held"})
        assert change.message is not None
        assert [(one.file_name, one.size) for one in change.message.attachments] == [("deep.csv", 3)]


async def test_names_are_clean_and_what_cannot_go_is_told(console: Start, folder: Path) -> None:
    async with console() as running:
        await write_on_41(running, "Here")
        await running.press("f4")
        for name, why in (("empty.txt", "it is empty"), ("nowhere", "No such file")):
            await running.burst(f"{folder}/{name}")
            await running.press("enter")
            await running.until(lambda why=why: why in running.screen_text())  # type: ignore[misc]
            field = running.app.screen.query_one("#picker-field")
            field.value = ""  # type: ignore[attr-defined]
            await running.settle()
        await running.burst(f"{folder}/")
        await suggested(running, "sub/")
        assert "red.png" in running.screen_text() and "\x1b" not in running.screen_text()
        await running.press("escape")
        assert running.main.composer.writing is not None and running.main.composer.writing.attachments == ()


async def test_a_file_that_went_away_is_shown_and_not_sent(console: Start, folder: Path) -> None:
    async with console() as running:
        ticket = await write_on_41(running, "Here")
        await running.press("f4")
        await running.burst(f"{folder}/letter.pdf")
        await running.press("enter", "enter")
        await running.press("escape")
        (folder / "letter.pdf").unlink()
        await running.press("r")
        await running.until(lambda: "letter.pdf cannot be sent" in running.screen_text())
        (folder / "letter.pdf").write_bytes(b"again")
        await running.press("escape", "r")
        await seen(running, "letter.pdf 5 B")
        (folder / "letter.pdf").unlink()
        await running.press("ctrl+s", "enter")
        await seen(running, "letter.pdf cannot be sent")
        await running.until(lambda: any("letter.pdf cannot be attached" in one for one in running.notices()))
        assert not outbox.listing(running.desk, {"held"})
        assert running.main.composer.text == "Here" and draft_text(running, ticket) == "Here"


@pytest.mark.parametrize(
    ("size", "copies"),
    [((80, 24), "example.org, 5 more"), ((120, 35), "CC 6 people")],
    ids=["narrow", "wide"],
)
async def test_long_addresses_hide_neither_how_many_are_outside_nor_the_files_nor_the_caret(
    console: Start,
    folder: Path,
    size: tuple[int, int],
    copies: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = "@the.subdomain.of.a.very.long.example.org"
    copied = tuple(f"somebody.with.a.long.name.{number}{at}" for number in range(6))
    who = replies.Recipients((f"mara{at}",), copied, 7)
    monkeypatch.setattr(replies, "recipients", lambda *asked: who)
    async with console(size=(160, 45)) as running:
        await write_on_41(running, "\r".join(f"line {number}" for number in range(20)))
        writing = running.main.composer.writing
        assert writing is not None
        writing.attachments = tuple(str(folder / name) for name in ("a" * 40, "letter.pdf", "b" * 40))
        running.main.composer.show_header()
        await running.pilot.resize_terminal(*size)
        await seen(running, "PUBLIC REPLY", copies, "7 outside", "3 files", "line 19")
        running.main.addressing.look_at_files()
        await seen(running, "cannot be sent")


async def test_a_draft_of_files_alone_is_told_like_any_other(console: Start, folder: Path) -> None:
    async with console() as running:
        ticket = await write_on_41(running)
        await running.press("f4")
        await running.burst(f"{folder}/letter.pdf")
        await running.press("enter", "enter", "escape")
        await seen(running, "Draft kept: r goes on with the reply.")
        found = running.desk.reader.ticket_ids(parse_query("is:draft"), "newest", profile.NOW)
        assert list(found) == [ticket] == [one.ticket_id for one in running.desk.reader.drafts()]
        await running.press("n")
        await seen(running, "a draft of a reply (ctrl+n) too")
        await running.press("escape", "escape", "escape")
        running.main.tickets.open(ticket)
        await seen(running, "There is a draft of a reply: r goes on writing.", "✎ reply begun")


async def test_a_reply_that_is_taken_back_goes_with_the_copy_of_a_file_that_is_gone(
    console: Start, folder: Path
) -> None:
    async with console() as running:
        await write_on_41(running, "Here")
        await running.press("f4")
        await running.burst(f"{folder}/letter.pdf")
        await running.press("enter", "enter", "ctrl+s", "enter")
        [change] = outbox.listing(running.desk, {"held"})
        (folder / "letter.pdf").unlink()
        await running.until(lambda: not running.main._quiet)
        await running.press("z")
        await seen(running, "letter.pdf", "kB, the copy")
        await running.press("ctrl+s", "enter")
        [again] = outbox.listing(running.desk, {"held"})
        assert change.message is not None and again.message is not None
        assert again.message.attachments == change.message.attachments


async def test_a_notice_covers_nothing_of_what_is_written(console: Start) -> None:
    async with console(size=(80, 24)) as running:
        await write_on_41(running, "Here")
        foreign.tell(running.app, "Somebody was assigned something, and somebody else was not. " * 3)
        await running.until(lambda: bool(running.main.query("Toast")))
        await running.settle()
        [toast], composer = running.main.query("Toast"), running.main.composer
        assert toast.region.height and not toast.region.overlaps(composer.region)
        await running.press("escape")
        assert toast.region.bottom > composer.region.y + 3


# Preview


async def test_the_preview_shows_what_is_made_of_markdown_and_no_markup_runs(console: Start) -> None:
    async with console() as running:
        await write_on_41(running)
        running.main.writing.insert(
            "**Dear** [Mara](https://bank.example@evil.example/x)\n\n- one\n- two\n\n"
            "[@click=app.quit]x[/] [/]"
        )
        await running.press("f2")
        assert isinstance(running.app.screen, PreviewScreen)
        await seen(running, "As the customer will see it")
        text = running.screen_text()
        assert "As the customer will see it" in text and "with this formatting" in text
        assert "Dear Mara (https://evil.example/x)" in text and "**" not in text
        assert "• one" in text and "[@click=app.quit]x[/] [/]" in text
        assert "To mara.klein@example.net" in text
        await running.press("f2")
        assert isinstance(running.app.screen, MainScreen) and running.main.composer.area.has_focus


async def test_the_preview_says_when_nothing_is_formatted(console: Start) -> None:
    async with console() as running:
        await write_on_41(running, "Just words", note=True)
        await running.press("f2")
        await seen(running, "As your team will see it")
        text = running.screen_text()
        assert "As your team will see it" in text and "it goes as plain text" in text and "Just words" in text
        await running.press("escape")
        assert running.main.composer.text == "Just words"


# Earlier texts


async def test_a_version_is_looked_at_and_restored_and_the_present_text_becomes_one(console: Start) -> None:
    async with console() as running:
        ticket = await write_on_41(running, "The first wording, quite long")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: running.main.composer.writing is None)
        await running.until(lambda: not running.main._quiet)
        await write_on_41(running, "Something else")
        await running.press("f3")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await seen(running, "The first wording", "sent")
        await running.press("enter")
        await running.until(lambda: running.main.composer.text == "The first wording, quite long")
        assert draft_text(running, ticket) == "The first wording, quite long"
        kept = [one.text for one in replies.versions(running.desk, ticket)]
        assert "Something else" in kept
        await running.press("ctrl+z")
        assert running.main.composer.text == "Something else"


async def test_a_text_that_was_put_away_is_found_from_the_ticket(console: Start) -> None:
    async with console() as running:
        ticket = await write_on_41(running, "Put away by mistake", note=True)
        await running.press("escape")
        draft = running.desk.reader.draft(ticket, False)
        assert draft is not None
        replies.discard_draft(running.desk, draft.id)
        await running.press("f3")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await seen(running, "put away")
        await running.press("enter")
        await running.until(lambda: running.main.composer.writing is not None)
        assert running.main.composer.text == "Put away by mistake"
        assert not running.main.composer.writing.public  # type: ignore[union-attr]


async def test_nothing_written_before_is_said(console: Start) -> None:
    async with console() as running:
        await write_on_41(running)
        await running.press("f3")
        await running.until(lambda: any("no earlier text" in one for one in running.notices()))
        await running.burst("typing goes on")
        assert running.main.composer.text == "typing goes on"


# Reply and note side by side


async def test_a_reply_and_a_note_live_side_by_side(console: Start) -> None:
    async with console() as running:
        ticket = await write_on_41(running, "The reply")
        await running.press("escape")
        await write_on_41(running, "The note", note=True)
        await running.until(lambda: "there is a draft of a reply" in running.screen_text())
        await running.press("ctrl+n")
        await seen(running, "There is a reply already")
        await seen(running, "It begins: The reply")
        await running.press("enter")
        assert running.main.composer.text == "The reply"
        assert (draft_text(running, ticket), draft_text(running, ticket, False)) == ("The reply", "The note")
        await running.press("ctrl+n", "escape")
        assert running.main.composer.text == "The reply"
        await running.press("escape", "escape", "escape")
        running.main.tickets.open(ticket)
        await seen(running, "There is a draft of a reply and of a note")
        await running.press("r")
        await running.press("ctrl+n", "j")
        assert running.main.composer.text == "The reply\n\nThe note"
        assert not running.main.composer.writing.public  # type: ignore[union-attr]
        await running.settle()
        assert draft_text(running, ticket, False) == "The reply\n\nThe note"
        assert draft_text(running, ticket) is None
        assert "The reply" in [one.text for one in replies.versions(running.desk, ticket)]


# Checks


async def test_a_closed_ticket_is_told_before_the_helpdesk_refuses(console: Start) -> None:
    async with console() as running:
        await write_on_41(running, "Hello Mara")
        # A colleague closes it meanwhile.
        closed = profile.ticket(41, status="closed", updated_at=profile.NOW)
        profile.fill(running.desk.paths, [closed])
        await running.until(lambda: running.main.detail.row.status == "closed")  # type: ignore[union-attr]
        await running.press("ctrl+s")
        await seen(running, "The ticket is closed", "a new one about it")


async def test_warnings_stand_in_the_send_menu_and_esc_goes_to_the_place(console: Start) -> None:
    async with console() as running:
        await write_on_41(running, "Hello Boris,\rI have attached it to this letter")
        await running.press("ctrl+s")
        assert isinstance(running.app.screen, SendMenu)
        await seen(running, "It greets “Boris”")
        text = running.screen_text()
        assert "It greets “Boris”" in text and "no file is attached" in text and "send anyway" in text
        await running.press("escape")
        assert running.main.composer.area.cursor_location == (0, 6)
        assert running.main.composer.area.has_focus
        await running.press("ctrl+s", "2")
        assert running.main.composer.area.cursor_location == (1, 0)
        assert not outbox.listing(running.desk, {"held"})
        await running.press("ctrl+s", "enter")
        assert len(outbox.listing(running.desk, {"held"})) == 1


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_many_warnings_leave_the_answers_in_sight(console: Start, size: tuple[int, int]) -> None:
    async with console(size=size) as running:
        await write_on_41(running, "Hello Boris, [NAME] [order number] TODO ftp://a.example I attach it")
        await running.press("ctrl+s")
        await seen(running, "send anyway as solved")
        text = running.screen_text()
        assert "send anyway as solved" in text and "goes to its place" in text
        # What is not listed is named by its check at least.
        assert " more: " in text and "link, attachment" in text and "It greets" in text
        await running.press("escape")
        # What is said above them may take several lines.
        profile.fill(running.desk.paths, [profile.ticket(41, status="closed", updated_at=profile.NOW)])
        await running.until(lambda: running.main.detail.row.status == "closed")  # type: ignore[union-attr]
        await running.press("ctrl+s")
        await seen(running, "The ticket is closed", "send anyway as solved", "goes to its place")


async def test_a_fine_text_is_sent_without_a_word(console: Start) -> None:
    async with console() as running:
        await write_on_41(running, "Hello Mara, it is on its way")
        caret = running.main.composer.area.cursor_location
        await running.press("ctrl+s")
        assert "anyway" not in running.screen_text()
        await running.press("escape")
        assert running.main.composer.area.cursor_location == caret


async def test_hostile_text_in_warnings_and_dialogs_stays_text(console: Start) -> None:
    async with console() as running:
        await write_on_41(running)
        running.main.writing.insert(f"Hello [@click=app.quit],\n[NAME] {profile.hostile()}")
        await running.press("ctrl+s")
        assert isinstance(running.app.screen, SendMenu)
        assert "\x1b" not in running.screen_text()
        await running.press("escape", "f2")
        assert "\x1b" not in running.screen_text()


def test_the_preview_is_honest_about_each_helpdesk() -> None:
    title, lines, body = previewed("**Dear** Mara", "rt", public=True)
    assert title == "As the customer will see it"
    assert lines == ["Request Tracker sends this as plain text: nothing in it is formatted."]
    assert body.plain == "**Dear** Mara"
    _, lines, body = previewed("**Dear** Mara", "zendesk", public=False)
    assert lines == ["Zendesk gets it with this formatting."] and body.plain == "Dear Mara"
    _, lines, body = previewed("word " * 30_000 + "**x**", "zendesk", public=True)
    assert "too long to be formatted" in lines[0] and "more characters are not drawn" in body.plain
