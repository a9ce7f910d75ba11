"""The console by keys, on a real profile: reading, writing, sending, taking back."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import threading
from dataclasses import replace

import pytest
from textual import events

from agentconsole.desk import outbox, replies, tickets
from agentconsole.desk.context import Desk
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ReadsStopped
from agentconsole.tui import typed_keys
from agentconsole.tui.screens.dialog import Choice, Dialog
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.screens.picker import Picker
from tests.tui import profile
from tests.tui.conftest import Running, Start


def ticket_id(running: Running, remote: str) -> int:
    return tickets.resolve(running.desk, f"#{remote}")


def opened(running: Running) -> str | None:
    return running.main.detail.row.remote_id if running.main.detail is not None else None


async def open_41(running: Running) -> None:
    running.main.tickets.open(ticket_id(running, "41"))
    await running.settle()


async def test_the_queue_opens_with_my_tickets_most_urgent_first(console: Start) -> None:
    async with console() as running:
        text = running.screen_text()
        assert "Mine  7" in text
        assert text.index("Parcel shows delivered") < text.index("Refund for order 10482")
        assert "我的退款什么时候到账" in text
        assert "Invoice for October" not in text
        assert "demo" in text.splitlines()[-1] and "in sync" in text.splitlines()[-1]


async def test_moving_and_opening_and_going_back(console: Start) -> None:
    async with console() as running:
        await running.press("j", "j", "k", "enter")
        assert opened(running) == "41"
        text = running.screen_text()
        assert "INTERNAL NOTE" in text and "PUBLIC REPLY" in text and "CUSTOMER" in text
        assert "quoted text" in text and "We have received your parcel" not in text
        assert "mara.klein@example.net" in text and "Klein & Söhne" in text
        await running.press("o")
        assert "We have received your parcel" in running.screen_text()
        await running.press("J")
        assert opened(running) == "44"
        await running.press("K", "escape")
        assert opened(running) == "41" and running.main.pane == "queue"
        await running.press("escape")
        assert opened(running) is None
        await running.press("G")
        assert running.main.queue.cursor == 6
        await running.press("g")
        assert running.main.queue.cursor == 0


async def test_opening_marks_read_and_asks_for_a_stale_thread(console: Start) -> None:
    async with console() as running:
        assert running.main.queue.row(ticket_id(running, "42")).unread  # type: ignore[union-attr]
        await running.press("enter")
        await running.until(lambda: not running.main.queue.row(ticket_id(running, "42")).unread)  # type: ignore[union-attr]


async def test_a_reply_typed_in_one_go_arrives_whole(console: Start) -> None:
    async with console() as running:
        await running.press("j")
        await running.burst("rHello see you q j z")
        assert running.main.composer.text == "Hello see you q j z"
        assert running.main.composer.writing is not None
        assert running.main.composer.writing.public


async def test_a_note_typed_in_one_go_arrives_whole(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("nJo, please look")
        assert running.main.composer.text == "Jo, please look"
        assert not running.main.composer.writing.public  # type: ignore[union-attr]
        await running.until(lambda: "only your team reads this" in running.screen_text())


async def test_typing_is_saved_within_a_second_and_esc_keeps_it(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rDear Mara")
        reader = running.desk.reader
        await running.until(lambda: reader.draft(ticket_id(running, "41"), True) is not None)
        await running.burst(", all is well")
        await running.press("escape")
        draft = reader.draft(ticket_id(running, "41"), True)
        assert draft is not None and draft.text == "Dear Mara, all is well"
        assert "r" in running.main.lists.message and "Draft kept" in running.screen_text()
        assert not running.main.composer.display
        await running.press("r")
        assert running.main.composer.text == "Dear Mara, all is well"


async def test_the_keys_that_end_a_text_do_not_overtake_it(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rHello see\x1b")
        await running.until(lambda: "Draft kept" in running.screen_text())
        draft = running.desk.reader.draft(ticket_id(running, "41"), True)
        assert draft is not None and draft.text == "Hello see"
        await running.burst("r you\x13\r")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        change = outbox.listing(running.desk, {"held"})[0]
        assert change.message is not None and change.message.text == "Hello see you"
        await running.until(lambda: running.main.composer.writing is None)


async def test_letters_do_not_overtake_the_editing_keys_before_them(console: Start) -> None:
    async with console() as running:
        await running.burst("/inv\x7f\x7f\x7fparcel")
        await running.until(lambda: running.main.filter_line.field.value == "parcel")
        await running.press("escape", "enter")
        await running.burst("rHallo\x7f\x7f\x7f\x7fello\rthere\x01Now: ")
        await running.until(lambda: running.main.composer.text == "Hello\nNow: there")
        await running.press("escape")
        await running.burst("azz\x7f\x7fnob")
        await running.until(lambda: "Nobody" in running.screen_text())


async def test_an_emptied_draft_goes_away(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rx")
        await running.press("escape", "r", "backspace", "escape")
        assert running.desk.reader.draft(ticket_id(running, "41"), True) is None


async def test_send_and_solve_asks_for_required_fields_then_undo_brings_the_text_back(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rYour refund is here.")
        await running.press("ctrl+s")
        menu = running.app.screen
        assert isinstance(menu, Choice)
        text = running.screen_text()
        assert "To mara.klein@example.net" in text and "CC aoife@example.ie" in text and "2 outside" in text
        await running.press("s")
        assert isinstance(running.app.screen, Picker)
        assert "To solve #41: Topic" in running.screen_text() and "Card payment" in running.screen_text()
        await running.press("down", "enter")
        assert isinstance(running.app.screen, MainScreen)
        held = outbox.listing(running.desk, {"held"})
        assert len(held) == 1
        assert held[0].message is not None and held[0].message.text == "Your refund is here."
        assert {edit.field: edit.value for edit in held[0].edits}["status"] == "solved"
        assert {edit.field: edit.value for edit in held[0].edits}["custom:3601"] == "topic_order"
        assert running.main.detail is not None and running.main.detail.row.remote_id != "41"
        assert "z takes back the reply on #41" in running.screen_text()
        await running.until_letters_act()
        await running.press("z")
        await running.until(lambda: running.main.composer.writing is not None)
        assert running.main.composer.text == "Your refund is here."
        assert running.main.detail.row.remote_id == "41"
        assert not outbox.listing(running.desk, {"held"})


async def test_letters_typed_after_a_send_do_nothing(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rThanks")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: running.main.composer.writing is None)
        await running.burst("ezq")
        assert len(outbox.listing(running.desk, {"held"})) == 1
        assert isinstance(running.app.screen, MainScreen)


async def test_a_sent_reply_is_drawn_behind_the_thread_with_its_countdown(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rOn its way")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: "goes out in 10 s" in running.screen_text())
        running.clock.instant += 4_000_000
        await running.until(lambda: "goes out in 6 s" in running.screen_text())
        assert "YOUR PUBLIC REPLY" in running.screen_text()


async def test_switching_who_reads_it_asks_when_there_is_a_text(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("nOur bank is slow")
        await running.press("ctrl+n")
        assert isinstance(running.app.screen, Choice)
        assert "mara.klein@example.net" in running.screen_text()
        await running.press("escape")
        assert not running.main.composer.writing.public  # type: ignore[union-attr]
        await running.press("ctrl+n", "enter")
        assert running.main.composer.writing.public  # type: ignore[union-attr]
        assert running.main.composer.text == "Our bank is slow"
        await running.settle()
        reader, one = running.desk.reader, ticket_id(running, "41")
        assert reader.draft(one, True).text == "Our bank is slow"  # type: ignore[union-attr]
        assert reader.draft(one, False) is None


async def test_switching_without_a_text_does_not_ask(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.press("r", "ctrl+n")
        assert isinstance(running.app.screen, MainScreen)
        assert not running.main.composer.writing.public  # type: ignore[union-attr]


async def test_a_macro_by_m_renders_and_sets_its_fields(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("mcard refund")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.settle()
        await running.until(lambda: "Hello Mara" in running.screen_text())
        text = running.screen_text()
        assert "Refund::Card refund is on its way" in text
        assert "+ tag refund_sent" in text and "PUBLIC REPLY" in text
        await running.press("enter")
        composer = running.main.composer
        assert composer.text.startswith("Hello Mara,\n\nyour refund is on its way.")
        await running.until(lambda: "refund_sent" in running.screen_text())
        await running.press("ctrl+s", "enter")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        change = outbox.listing(running.desk, {"held"})[0]
        assert change.macro == "8101"
        tags = {edit.field: edit.value for edit in change.edits}["tags"]
        assert isinstance(tags, tuple) and "refund_sent" in tags and "refund" in tags


async def test_two_colons_open_the_macros_and_give_way_to_what_is_picked(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rAs promised: ::card refund")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.settle()
        await running.press("enter")
        text = running.main.composer.text
        assert text.startswith("As promised: Hello Mara") and "::" not in text


async def test_what_is_typed_right_after_a_pick_is_not_lost(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("r::card refund\rBye")
        text = running.main.composer.text
        assert text.startswith("Hello Mara") and text.endswith("Bye") and "::" not in text


async def test_the_quit_key_does_not_wait_for_what_never_comes(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed_keys, "STUCK_SECONDS", 0.0)
    async with console() as running:
        never = asyncio.get_running_loop().create_future()
        monkeypatch.setattr(running.main.backstage, "read", lambda *args, **named: never)
        running._post("t")
        await running.until(lambda: running.app._holding)
        running._post("j")
        running._post("ctrl+q")
        await running.until(lambda: running.app._exit)
        never.cancel()


async def test_two_colons_stay_where_the_picker_is_left(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("ra ::")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.press("escape")
        await running.burst("std")
        assert running.main.composer.text == "a ::std"
        await running.burst(" b::c what??")
        assert isinstance(running.app.screen, MainScreen)
        assert running.main.composer.text == "a ::std b::c what??"


async def test_knowledge_is_found_while_typing_and_quoted_at_the_caret(console: Start) -> None:
    async with console(fill=profile.with_knowledge) as running:
        await open_41(running)
        await running.burst("rHello Mara, ")
        await running.press("ctrl+l")
        assert running.main.place == "ask"
        await running.burst("card refund")
        await running.until(lambda: running.main.side.current is not None)
        await running.until(lambda: "takes five to" in running.screen_text())
        assert "How long a card refund takes" in running.screen_text()
        await running.press("ctrl+r")
        text = running.main.composer.text
        assert text.startswith("Hello Mara, \n\nHow long a card refund takes")
        assert "five to ten working days" in text and "https://help.brightcart.example/en-us/7101" in text
        assert running.main.focused is running.main.composer.area
        await running.burst("!")
        assert running.main.composer.text.endswith("!")


async def test_knowledge_link_by_enter_and_two_question_marks(console: Start) -> None:
    async with console(fill=profile.with_knowledge) as running:
        await open_41(running)
        await running.burst("rSee ??")
        await running.until(lambda: running.main.place == "ask")
        await running.burst("password")
        await running.until(lambda: "Reset a forgotten" in running.screen_text())
        await running.press("enter")
        text = running.main.composer.text
        assert text == "See Reset a forgotten password: https://help.brightcart.example/en-us/7102"


async def test_what_is_taken_answers_what_was_typed_last_however_fast(console: Start) -> None:
    async with console(fill=profile.with_knowledge) as running:
        await open_41(running)
        await running.press("f")
        await running.until(lambda: "How long a card refund takes" in running.screen_text())
        await running.burst("password\r!")
        await running.until(lambda: running.main.place == "composer")
        await running.settle()
        text = running.main.composer.text
        assert text == "Reset a forgotten password: https://help.brightcart.example/en-us/7102!"
        running.app.post_message(events.Key("ctrl+l", None))
        await running.burst("card refund")
        running.app.post_message(events.Key("ctrl+r", None))
        await running.settle()
        await running.until(lambda: "five to ten working days" in running.main.composer.text)


async def test_knowledge_asks_for_the_subject_at_first_and_says_when_nothing_fits(console: Start) -> None:
    async with console(fill=profile.with_knowledge) as running:
        await open_41(running)
        await running.press("f")
        await running.until(lambda: "How long a card refund takes" in running.screen_text())
        await running.burst("zzzzqqq")
        await running.until(lambda: "No article has" in running.screen_text())
        await running.press("escape")
        assert running.main.place == "ticket"


async def test_fields_change_without_writing_and_are_taken_back(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.press("p")
        assert isinstance(running.app.screen, Picker)
        await running.burst("urg\r")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        await running.until(lambda: running.main.detail.row.priority == "urgent")  # type: ignore[union-attr]
        await running.press("a")
        await running.burst("jo\r")
        await running.until(lambda: running.main.detail.row.assignee == "Jo Park")  # type: ignore[union-attr]
        running.clock.instant += 1_000_000
        await running.press("t")
        await running.burst(" vip\r")
        await running.until(lambda: "vip" in running.main.detail.row.tags)  # type: ignore[union-attr]
        assert "refund" in running.main.detail.row.tags  # type: ignore[union-attr]
        await running.press("z")
        await running.until(lambda: "vip" not in running.main.detail.row.tags)  # type: ignore[union-attr]
        assert len(outbox.listing(running.desk, {"held"})) == 2


async def test_solve_and_next_asks_for_what_is_missing(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.press("e")
        assert isinstance(running.app.screen, Picker)
        await running.press("escape")
        assert not outbox.listing(running.desk, {"held"})
        await running.press("e")
        await running.burst("app\r")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        await running.until(lambda: running.main.detail.row.remote_id == "44")  # type: ignore[union-attr]


async def test_search_with_an_error_under_it(console: Start) -> None:
    async with console() as running:
        await running.press("slash")
        await running.burst("stattus:open\r")
        assert running.main.place == "filter"
        await running.until(lambda: "did you mean `status`?" in running.screen_text())
        assert "stattus:open" in running.screen_text()
        await running.press(*["backspace"] * 12)
        await running.burst("tags:invoice\r")
        await running.until(lambda: "Invoice for October" in running.screen_text())
        assert "Search: tags:invoice  1" in running.screen_text()
        await running.press("escape")
        await running.until(lambda: "Mine  7" in running.screen_text())


async def test_an_empty_pane_says_why_and_what_to_press(console: Start) -> None:
    async with console() as running:
        await running.press("2")
        await running.until(lambda: "has an assignee" in running.screen_text())
        assert "1 shows your own" in running.screen_text()
        await running.press("slash")
        await running.burst("nosuchword\r")
        await running.until(lambda: "No ticket fits" in running.screen_text())


async def test_views_have_counts_and_keys(console: Start) -> None:
    async with console() as running:
        await running.press("5")
        await running.until(lambda: "The reader does not pair" in running.screen_text())
        assert "Pending  1 · longest waiting" in running.screen_text()
        await running.until(lambda: re.search("Everything +8", running.screen_text()) is not None)
        await running.press("shift+tab", "k", "enter")
        await running.until(lambda: "Open  4 · by SLA" in running.screen_text())
        await running.press("9")
        await running.until(lambda: "No text of yours" in running.screen_text())


async def test_narrow_shows_one_pane_at_a_time(console: Start) -> None:
    async with console(size=(80, 24)) as running:
        text = running.screen_text()
        assert "Mine  7" in text and "Recently solved" not in text
        await running.press("j", "enter")
        await running.until(lambda: "CUSTOMER" in running.screen_text())
        assert "Parcel shows" not in running.screen_text()
        await running.press("tab")
        await running.until(lambda: "mara.klein@example.net" in running.screen_text())
        await running.press("escape")
        await running.until(lambda: "CUSTOMER" in running.screen_text())
        await running.burst("rHello there")
        await running.until(lambda: "Hello there" in running.screen_text())
        assert "PUBLIC REPLY" in running.screen_text()


async def test_too_small_says_so(console: Start) -> None:
    async with console(size=(50, 12)) as running:
        assert "too small" in running.screen_text()


async def test_quit_asks_only_when_something_waits(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rBye")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        await running.until_letters_act()
        await running.press("q", "q", "q")
        assert isinstance(running.app.screen, Choice)
        assert "One change waits" in running.screen_text()
        await running.press("escape")
        assert running.app.is_running
        await running.press("q", "b")
        assert running.app._exit


async def test_quit_without_anything_waiting_leaves(console: Start) -> None:
    async with console() as running:
        await running.press("ctrl+q")
        assert running.app._exit


async def test_the_key_that_goes_back_asks_before_it_quits(console: Start) -> None:
    async with console() as running:
        await running.press("q", "escape")
        assert running.app.is_running and isinstance(running.app.screen, MainScreen)
        await running.press("q")
        await running.until(lambda: "Nothing waits to go out" in running.screen_text())
        await running.press("q")
        assert running.app._exit


async def test_leaving_breaks_off_a_long_read_and_finishes_what_is_written(
    console: Start, caplog: pytest.LogCaptureFixture
) -> None:
    begun, read_ended = threading.Event(), threading.Event()
    raised: list[str] = []

    def read_long(desk: Desk) -> None:
        conn = desk.reader._connection()
        conn.create_function("begun", 0, begun.set)
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000000) "
        count = numbers + "SELECT count(*) FROM n WHERE begun() IS NOT NULL"  # noqa: S608
        try:
            # As views that are counted: one statement after another.
            for _ in range(2):
                with contextlib.suppress(sqlite3.Error):
                    conn.execute(count).fetchall()
                    raised.append("nothing")
                desk.reader.outbox_counts()
        except ReadsStopped:
            raised.append("stopped")
        finally:
            read_ended.set()

    def write(desk: Desk) -> None:
        assert read_ended.wait(30)
        # It reads too, on a connection of its own.
        desk.writer.put_meta("counted", str(desk.reader.outbox_counts()))

    async with console() as running:
        running.app.backstage.write(write)
        running.app.backstage.read(read_long)
        await asyncio.to_thread(begun.wait, 30)
        running.app.leave(linger=False)
        home = running.desk.paths.home
    assert raised == ["stopped"]
    with profile.open_profile(home) as desk:
        assert desk.reader.meta(["counted"]) == {"counted": "{}"}
    assert not caplog.records


async def test_a_rejected_reply_is_shown_with_the_reason_and_can_be_edited(console: Start) -> None:
    async with console() as running:
        one = ticket_id(running, "41")
        await open_41(running)
        uuid = replies.send(running.desk, one, text="Sent text", public=True, last_seen_message="4")
        profile.settle(running.desk.paths, uuid, "rejected", "Zendesk says: Requester is suspended.")
        await running.until(lambda: "Requester is suspended" in running.screen_text())
        text = running.screen_text()
        assert "was refused" in text and "E edit" in text and "1 needs you" in text
        await running.press("E")
        await running.until(lambda: running.main.composer.text == "Sent text")


async def test_a_moved_thread_is_shown_and_sent_anyway(console: Start) -> None:
    async with console() as running:
        one = ticket_id(running, "41")
        await open_41(running)
        uuid = replies.send(running.desk, one, text="Sent text", public=True, last_seen_message="3")
        profile.settle(running.desk.paths, uuid, "moved", "")
        await running.until(lambda: "came meanwhile" in running.screen_text())
        assert "held: 1 newer message" in running.screen_text() and "A send anyway" in running.screen_text()
        await running.press("A")
        await running.until(lambda: outbox.find(running.desk, uuid).state == "queued")


async def test_what_waits_to_go_out_is_told_in_names_and_labels(console: Start) -> None:
    async with console() as running:
        wanted = (
            FieldChange("assignee", profile.JO),
            FieldChange("custom:3601", "topic_order"),
            FieldChange("tags", TagsEdit(("vip",), ("card",))),
        )
        tickets.set_fields(running.desk, [ticket_id(running, "41")], wanted)
        await open_41(running)
        await running.until(lambda: "Assignee: Sam Okoye → Jo Park" in running.screen_text())
        assert "Topic: – → Order" in running.screen_text() and "Tags: +vip −card" in running.screen_text()


async def test_a_conflict_shows_both_sides_and_can_be_dropped(console: Start) -> None:
    async with console() as running:
        one = ticket_id(running, "41")
        await open_41(running)
        [uuid] = tickets.set_fields(running.desk, [one], [FieldChange("priority", "urgent")])
        profile.settle(running.desk.paths, uuid, "conflict", "")
        await running.until(lambda: "theirs Low" in running.screen_text())
        assert "yours Urgent" in running.screen_text()
        await running.press("D")
        await running.until(lambda: outbox.find(running.desk, uuid).state == "dropped")


async def test_without_an_account_the_first_screen_offers_the_demo(console: Start) -> None:
    async with console(fill=None, accounts=()) as running:
        assert "try the demo" in running.screen_text()
        await running.press("d")
        assert running.app.return_value == "demo"


async def test_news_from_the_worker_is_painted(console: Start) -> None:
    async with console() as running:
        fresh = profile.ticket(99, subject="A new question", requester="504", due_at=profile.NOW + 60_000_000)
        profile.fill(running.desk.paths, [fresh])
        await running.until(lambda: "A new question" in running.screen_text())
        changed = replace(
            fresh, fields={**fresh.fields, "subject": "Another question"}, stamp=fresh.stamp + 1
        )
        profile.fill(running.desk.paths, [changed])
        await running.until(lambda: "Another question" in running.screen_text())


async def test_a_remapped_key_works_and_problems_are_told(console: Start) -> None:
    async with console(bindings={"reply": "c", "nothing": "x", "quit": "Q"}) as running:
        await running.until(lambda: any("nothing" in one for one in running.notices()))
        await running.press("j")
        running.app.action_help_quit()
        await running.settle()
        assert "Q quits." in running.notices()
        await running.burst("cHello")
        assert running.main.composer.text == "Hello"
        running.app.action_help_quit()
        await running.settle()
        assert "ctrl+q quits." in running.notices()


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24)])
async def test_all_actions_have_a_handler(console: Start, size: tuple[int, int]) -> None:
    from agentconsole.tui.actions import BY_ID

    async with console(size=size) as running:
        assert set(running.main.handlers) == set(BY_ID)


async def test_what_a_macro_sets_is_named_as_the_helpdesk_names_it(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.burst("rHello")
        composer = running.main.composer
        assert composer.writing is not None
        composer.writing.changes = (FieldChange("status", "solved"), FieldChange("custom:3601", "topic_card"))
        composer.show_header()
        await running.until(lambda: "Status Solved, Topic Card payment" in running.screen_text())
        await running.press("ctrl+s")
        await running.until(lambda: "send, status becomes solved" in running.screen_text())
        assert "status stays" not in running.screen_text()


async def test_what_is_inserted_behind_a_word_keeps_apart_from_it(console: Start) -> None:
    async with console(fill=profile.with_knowledge) as running:
        await open_41(running)
        await running.burst("rSee")
        await running.press("ctrl+l")
        await running.burst("password")
        await running.until(lambda: "Reset a forgotten" in running.screen_text())
        await running.press("enter")
        text = running.main.composer.text
        assert text == "See Reset a forgotten password: https://help.brightcart.example/en-us/7102"
        await running.press("ctrl+t")
        await running.burst("card refund")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.settle()
        await running.press("enter")
        assert running.main.composer.text.startswith(f"{text}\n\nHello Mara")


async def test_tags_of_a_colleague_outlive_a_draft_whose_macro_sets_others(console: Start) -> None:
    async with console() as running:
        await open_41(running)
        await running.press("r", "ctrl+t")
        await running.burst("card refund")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.press("enter", "escape")
        theirs = profile.ticket(41, tags=("refund", "card", "theirs"), updated_at=profile.NOW)
        profile.fill(running.desk.paths, [theirs])
        await running.press("r")
        await running.until(lambda: "will set +refund_sent" in running.screen_text())
        await running.press("ctrl+s", "enter")
        [change] = running.desk.reader.changes({"held"}, None)
        [edit] = [one for one in change.edits if one.field == "tags"]
        assert edit.value == ("card", "refund", "refund_sent", "theirs")


async def test_keys_held_for_a_slow_dialog_keep_their_order(console: Start) -> None:
    class Slow(Dialog[None]):
        CSS_PATH = None  # type: ignore[assignment]

        def __init__(self) -> None:
            super().__init__()
            self.typed = ""

        def on_mount(self, event: events.Mount) -> None:  # type: ignore[override]
            """Take longer than keys are held."""
            event.prevent_default()

        def on_key(self, event: events.Key) -> None:
            self.typed += event.key

    async with console() as running:
        slow = Slow()
        running.app.push_screen(slow)
        await running.burst("high")
        for _ in range(3):
            running.app.release_keys()
            await running.settle()
        assert slow.typed == ""
        Dialog.on_mount(slow)
        await running.until(lambda: len(slow.typed) == 4)
        assert slow.typed == "high"
