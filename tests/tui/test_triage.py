"""Triage by key: on one ticket, on a selection, taken back and made again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from array import array
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agentconsole.config import Paths
from agentconsole.desk import interrupted, outbox, tickets
from agentconsole.desk import queue as desk_queue
from agentconsole.desk.context import Desk
from agentconsole.domain.changes import Applied, Change, FieldChange, Removal
from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.queries import Sort
from agentconsole.domain.times import DAY, HOUR, SECOND
from agentconsole.helpdesks.base import Capabilities, Thread
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.tui.flows import sending
from agentconsole.tui.screens.decision import DecisionDialog
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.screens.picker import Picker
from agentconsole.tui.screens.tags import TagsDialog
from agentconsole.tui.widgets.fields import CleanInput
from tests.tui import profile
from tests.tui.conftest import Running, Start

MORE_FIELDS = (
    *profile.FIELDS,
    TicketField("custom:3602", "Order number", "text", position=4),
    TicketField("custom:3603", "Boxes", "integer", position=5),
    TicketField("custom:3604", "Seen by", "date", position=6),
    TicketField("custom:3605", "Insured", "checkbox", position=7),
    TicketField(
        "custom:3606",
        "Languages",
        "multichoice",
        (FieldOption("de", "German"), FieldOption("en", "English"), FieldOption("fr", "French")),
        position=8,
    ),
)


def able(paths: Paths) -> None:
    """The usual profile on a helpdesk that can do everything and has fields of all kinds."""
    profile.standard(paths)
    account = profile.account_id(paths)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, account, sleep=lambda _: None)
        ingest.put_fields(MORE_FIELDS, at=profile.NOW)
        ingest.set_capabilities(
            asdict(Capabilities("atomic", marker=True, merge=True, spam=True, delete=True))
        )


def local(running: Running, name: str) -> int:
    return tickets.resolve(running.desk, f"#{name}")


def fields(running: Running, name: str) -> dict[str, object]:
    return dict(tickets.open_ticket(running.desk, local(running, name)).fields)


def held(running: Running) -> tuple[Change, ...]:
    return outbox.listing(running.desk, {"held"})


def selected(running: Running) -> set[str]:
    queue = running.main.queue
    rows = running.desk.reader.queue_rows(sorted(queue.selected))
    return {str(row.remote_id) for row in rows.values()}


def send_all(running: Running) -> None:
    """Bring home what is held, as worker and helpdesk would."""
    with closing(open_store(running.desk.paths.database, role="outbox", now=profile.NOW)) as conn:
        box = Outbox(conn)
        account = running.desk.reader.account_states()[0].id
        at = running.clock.instant
        box.release_held(at + HOUR)
        while due := box.due(at + HOUR, account):
            for change in due:
                for step in change.steps:
                    assert box.claim(step.id, at)
                    claimed = box.change(change.uuid)
                    assert claimed is not None
                    now = next(one for one in claimed.steps if one.id == step.id)
                    box.settle_sent(claimed, now, Applied(), at)


async def told(running: Running, words: str) -> None:
    await running.until(lambda: any(words in one for one in running.notices()))


async def test_the_last_line_says_how_far_a_change_to_many_is_and_when_it_goes_on(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(paths: Paths) -> None:
        profile.standard(paths)
        with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
            ingest = Ingest(conn, profile.account_id(paths), sleep=lambda _: None)
            ingest.set_capabilities(asdict(Capabilities("atomic", marker=True, updates_a_minute=1)))

    async with console(size=(80, 24), fill=slow) as running:
        await running.press("space", "space", "space", "t", *"+vip", "enter")
        await running.until(lambda: len(held(running)) == 3)
        with closing(open_store(running.desk.paths.database, role="outbox", now=profile.NOW)) as conn:
            box = Outbox(conn)
            box.release_held(running.clock.instant + HOUR)
            first = box.due(running.clock.instant + HOUR, 1)[0]
            at = running.clock.instant - 10 * SECOND
            assert box.claim(first.steps[0].id, at)
            claimed = box.change(first.uuid)
            assert claimed is not None
            box.settle_sent(claimed, claimed.steps[0], Applied(), at)
        await running.until(
            lambda: "1 of 3 gone out, goes on in 50 s" in running.screen_text().splitlines()[-1]
        )
        # Who wants to leave is not told that the helpdesk is silent.
        monkeypatch.setattr(sending, "_POLLS", 1)
        await running.press("ctrl+q", "s")
        await told(running, "Not all has gone out yet: the helpdesk takes only so many changes a minute.")


# Selecting


async def test_space_selects_and_the_status_line_counts(console: Start) -> None:
    async with console() as running:
        await running.press("space", "space")
        assert selected(running) == {"42", "41"} and running.main.queue.cursor == 2
        assert "2 selected" in running.screen_text().splitlines()[-1]
        await running.press("escape")
        assert not selected(running)
        assert "selected" not in running.screen_text().splitlines()[-1]


async def test_a_range_follows_the_cursor_until_it_is_ended(console: Start) -> None:
    async with console() as running:
        await running.press("j", "V", "j", "j")
        assert len(selected(running)) == 3 and "3 selected …" in running.screen_text()
        await running.press("k")
        assert len(selected(running)) == 2
        await running.press("V", "j", "j")
        assert len(selected(running)) == 2 and "…" not in running.screen_text().splitlines()[-1]
        await running.press("V", "g")
        assert len(selected(running)) == 5


async def test_a_star_selects_all_or_none(console: Start) -> None:
    async with console() as running:
        await running.press("*")
        assert len(selected(running)) == 7 and "7 selected" in running.screen_text()
        await running.press("*")
        assert not selected(running)


async def test_the_selection_survives_news_and_loses_what_has_left(console: Start) -> None:
    async with console() as running:
        await running.press("space", "space", "space")
        assert len(selected(running)) == 3
        fresh = profile.ticket(99, subject="A new question", due_at=profile.NOW - DAY)
        solved = profile.ticket(42, status="solved", updated_at=profile.NOW + 5)
        profile.fill(running.desk.paths, [fresh, solved])
        await running.until(lambda: "A new question" in running.screen_text())
        await running.until(lambda: "2 selected" in running.screen_text())
        assert selected(running) == {"41", "44"}


async def test_in_the_ticket_pane_the_open_ticket_alone_is_meant(console: Start) -> None:
    async with console() as running:
        await running.press("space", "space", "enter", "p")
        assert "Priority: #44" in running.screen_text()


# Changing


async def test_a_selection_is_changed_as_one_step_and_the_notice_counts(console: Start) -> None:
    async with console() as running:
        await running.press("*", "p")
        assert "Priority: 7 selected tickets" in running.screen_text()
        await running.burst("urgent\r")
        await told(running, "Priority Urgent on 6 tickets; z takes it back. 1 ticket had it already.")
        assert len(held(running)) == 6 and not selected(running)
        await running.press("z")
        await told(running, "Taken back on 6 tickets: priority Urgent.")
        assert not held(running)
        await running.press("Z")
        await told(running, "Made again on 6 tickets: priority Urgent.")
        assert len(held(running)) == 6


async def test_a_group_and_recent_picks_come_first(console: Start) -> None:
    async with console() as running:
        await running.press("a")
        await running.burst("jpk")
        assert "Jo Park" in running.screen_text()
        await running.press("enter")
        await running.until(lambda: fields(running, "42")["assignee"] == profile.JO)
        await running.press("j", "a")
        lines = [line for line in running.screen_text().splitlines() if "Jo Park" in line or "Sam Ok" in line]
        assert "Jo Park" in lines[0]
        await running.burst("cards\r")
        await running.until(lambda: len(held(running)) == 2)
        change = held(running)[-1]
        assert {edit.field: edit.value for edit in change.edits} == {"assignee": None}


async def test_solving_many_asks_once_for_what_some_lack(console: Start) -> None:
    async with console() as running:
        await running.press("space", "space", "e")
        assert isinstance(running.app.screen, Choice)
        assert "2 tickets of 2 cannot be solved before “Topic”" in running.screen_text()
        await running.press("f")
        assert "To solve 2 tickets: Topic" in running.screen_text()
        await running.press("escape")
        running.main.fields.change([FieldChange("status", "solved")], what="macro “Close as VIP”")
        # A name keeps its capitals.
        await running.until(lambda: "Macro “Close as VIP”: 2 selected tickets" in running.screen_text())
        await running.press("escape", "e", "f")
        await running.burst("app\r")
        await told(running, "Status solved on 2 tickets")
        assert fields(running, "41")["custom:3601"] == fields(running, "42")["custom:3601"] == "topic_app"


async def test_solving_many_can_leave_out_those_that_lack_something(console: Start) -> None:
    def fill(paths: Paths) -> None:
        profile.standard(paths)
        filled = profile.with_text(profile.standard_tickets()[0], **{"custom:3601": "topic_app"})
        profile.fill(paths, [replace(filled, stamp=filled.stamp + 1, updated_at=filled.updated_at + 1)])

    async with console(fill=fill) as running:
        await running.press("space", "space", "e", "l")
        await told(running, "Left as it is: #42: cannot be solved without “Topic”.")
        assert fields(running, "41")["status"] == "solved" and fields(running, "42")["status"] == "open"
        assert len(held(running)) == 1


async def test_tags_are_completed_from_those_in_use(console: Start) -> None:
    async with console() as running:
        await running.press("t")
        await running.until(lambda: isinstance(running.app.screen, TagsDialog))
        await running.until(lambda: "refund" in running.screen_text())
        await running.burst(" ref")
        line = next(line for line in running.screen_text().splitlines() if "refund" in line)
        assert "2" in line
        await running.press("tab", "enter")
        await running.until(lambda: fields(running, "42")["tags"] == ("carrier", "order", "refund"))
        # A tag to remove is completed from the ticket's own, though the line has them already.
        await running.press("t")
        await running.until(lambda: isinstance(running.app.screen, TagsDialog))
        await running.burst("-nix")
        await running.until(lambda: "No tag that could be removed" in running.screen_text())
        await running.press("backspace", "backspace", "backspace")
        await running.burst("ref")
        await running.press("tab", "enter")
        await running.until(lambda: fields(running, "42")["tags"] == ("carrier", "order"))
        await running.press("z")
        await running.until(lambda: fields(running, "42")["tags"] == ("carrier", "order", "refund"))
        await running.press("space", "space", "t")
        await running.burst("+vip -ref")
        await running.press("tab", "enter")
        await told(running, "Tags +vip -refund on 2 tickets")
        assert fields(running, "41")["tags"] == ("card", "vip")


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ("topic\rorder\r", "custom:3601", "topic_order"),
        ("order num\rN-77\r", "custom:3602", "N-77"),
        ("boxes\r12\r", "custom:3603", 12),
        ("seen\r2026-12-01\r", "custom:3604", "2026-12-01"),
        ("insured\ryes\r", "custom:3605", True),
        ("lang\rgerman\rfrench\r\r", "custom:3606", ("de", "fr")),
    ],
)
async def test_custom_fields_by_their_kind(console: Start, keys: str, field: str, value: object) -> None:
    async with console(fill=able) as running:
        await running.press("F")
        for key in keys:
            await running.press({"\r": "enter", " ": "space"}.get(key, key))
        await running.until(lambda: fields(running, "42").get(field) == value)
        assert isinstance(running.app.screen, MainScreen)


async def test_a_wrong_number_is_asked_for_again(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("F", *"boxes", "enter", *"many", "enter")
        await told(running, "no number")
        assert not held(running) and "many" in running.screen_text()


# Snoozing


async def test_snoozing_shows_what_was_understood_and_hides_the_ticket_until_then(console: Start) -> None:
    async with console() as running:
        await running.press("h")
        assert "Snooze: #42" in running.screen_text() and "Tomorrow 9:00" in running.screen_text()
        await running.burst("next tu")
        await running.until(lambda: "Not understood so far" in running.screen_text())
        await running.burst("e 14:00")
        await running.until(lambda: "Tue 24 Nov 14:00" in running.screen_text())
        assert "in 47h" in running.screen_text() or "in 1d" in running.screen_text()
        await running.press("enter")
        await told(running, "#42: snoozed until Tue 24 Nov 14:00.")
        await running.until(lambda: "Mine  6" in running.screen_text())
        running.clock.instant += 2 * DAY
        await running.until(lambda: "woke up" in running.screen_text())
        assert "Mine  7" in running.screen_text()
        await running.press("g", "enter")
        await running.until(lambda: "woke up" not in running.screen_text())


async def test_a_snoozed_ticket_wakes_when_its_customer_answers(console: Start) -> None:
    async with console() as running:
        await running.press("h", "enter")
        await running.until(lambda: "Mine  6" in running.screen_text())
        at = profile.NOW + 9
        one = replace(profile.standard_tickets()[1], updated_at=at, stamp=at, version="n")
        answer = RemoteMessage("m1", "42", "502", "reply", at, "email", "Any news?", None)
        profile.fill(running.desk.paths, [one], [Thread(one, (answer,), profile.PEOPLE)])
        await running.until(lambda: "woke up" in running.screen_text())


async def test_snoozing_is_taken_back_and_ended_by_its_own_key(console: Start) -> None:
    async with console() as running:
        await running.press("space", "space", "h", "enter")
        await told(running, "Snoozed until Sun 22 Nov 16:00 on 2 tickets; z takes it back.")
        await running.until(lambda: "Mine  5" in running.screen_text())
        await running.press("z")
        await told(running, "Taken back on 2 tickets")
        await running.until(lambda: "Mine  7" in running.screen_text())
        await running.press("Z")
        await running.until(lambda: "Mine  5" in running.screen_text())
        await running.press("slash")
        await running.burst("is:snoozed\r")
        await running.until(lambda: "wakes in" in running.screen_text())
        await running.press("h")
        assert "Wake up now" in running.screen_text()
        await running.press("enter")
        await running.until(lambda: "Search: is:snoozed  1" in running.screen_text())


# Marks and addresses


async def test_unread_is_marked_and_taken_back(console: Start) -> None:
    async with console() as running:
        one = local(running, "42")
        await running.press("enter")
        await running.until(lambda: not running.desk.reader.queue_rows([one])[one].unread)
        await running.press("U")
        await told(running, "#42: marked unread.")
        assert running.desk.reader.queue_rows([one])[one].unread
        await running.press("z")
        await running.until(lambda: not running.desk.reader.queue_rows([one])[one].unread)
        # Of several, those that are read are marked; where none is, all are read.
        await running.press("escape", "*", "U")
        await running.until(lambda: running.desk.reader.all_unread(list(running.main.queue.ids)))
        await running.press("*", "U")
        rows = running.desk.reader.queue_rows(list(running.main.queue.ids))
        await told(running, "Marked read on 7 tickets")
        assert len(rows) == 7 and not any(row.unread for row in rows.values())


async def test_number_and_link_are_copied(console: Start) -> None:
    async with console() as running:
        await running.press("y")
        assert running.app.clipboard == "#42"
        await running.press("Y")
        assert running.app.clipboard == "http://127.0.0.1:9/agent/tickets/42"
        await running.press("space", "space", "y")
        assert running.app.clipboard == "#42 #41"


async def test_the_browser_is_opened_only_where_there_is_one(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def opening(link: str) -> bool:
        opened.append(link)
        return True

    monkeypatch.setattr("agentconsole.tui.flows.links.open_page", opening)
    async with console() as running:
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
            monkeypatch.delenv(name, raising=False)
        await running.press("B")
        await told(running, "There is no browser here to open it in: http://127.0.0.1:9/agent/tickets/42")
        monkeypatch.setenv("DISPLAY", ":0")
        await running.press("B")
        await told(running, "Opened #42 in the browser.")
        assert opened == ["http://127.0.0.1:9/agent/tickets/42"]
        await running.press("space", "space", "B")
        await told(running, "Opened 2 tickets in the browser.")
        assert opened[1:] == [f"http://127.0.0.1:9/agent/tickets/{name}" for name in ("42", "41")]
        monkeypatch.setattr(
            "agentconsole.tui.flows.links.open_page", lambda link: opening(link) and link.endswith("42")
        )
        await running.press("B")
        await told(running, "1 of 2 are open in the browser; it did not take this one: ")


# Asking


async def test_spam_asks_only_for_more_than_one(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("X")
        await told(running, "#42 is marked as spam; z takes it back while it is held.")
        assert len(held(running)) == 1
        await running.press("z")
        await running.until(lambda: not held(running))
        await running.press("space", "space", "X")
        assert isinstance(running.app.screen, Choice)
        text = running.screen_text()
        assert "2 selected tickets" in text and "#41 Refund for order" in text and "#42 Parcel" in text
        await running.press("escape")
        assert not held(running) and len(selected(running)) == 2
        await running.press("X", "x")
        await told(running, "Marked as spam on 2 tickets")
        send_all(running)
        await running.press("z")
        await told(running, "cannot be taken back from here")


async def test_deleting_always_asks_and_says_what_it_means(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("delete")
        assert isinstance(running.app.screen, Choice)
        text = running.screen_text()
        assert "Delete #42 Parcel shows delivered" in text and "can restore it there" in text
        assert "z takes it back only while it is held here" in text
        await running.press("escape")
        assert not held(running)
        await running.press("delete", "d")
        await told(running, "#42 is being deleted; z takes it back while it is held.")
        [change] = held(running)
        assert change.action == Removal(spam=False)
        await running.press("z")
        await running.until(lambda: not held(running))
        await running.press("space", "space", "delete")
        text = running.screen_text()
        assert "Delete 2 selected tickets?" in text and "#41 Refund for order" in text and "delete 2" in text
        await running.press("d")
        await told(running, "Deleted on 2 tickets")
        send_all(running)
        await running.press("z")
        await told(running, "it has been deleted, which cannot be taken back from here")
        # In the views the same key is about the view.
        running.main.focus_pane("views")
        await running.press("delete")
        assert len(running.app.screen_stack) == 1


async def test_an_account_that_cannot_mark_spam_says_so(console: Start) -> None:
    async with console() as running:
        await running.press("X")
        await running.until(lambda: bool(running.notices()))
        assert not held(running) and "What demo can do is not known" in running.notices()[-1]


async def test_merging_shows_both_sides_and_always_asks(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("j", "M")
        # The customer's other tickets are offered first.
        await running.until(lambda: "Second card: limit too low" in running.screen_text())
        text = running.screen_text()
        assert "WILL BE CLOSED" in text and "STAYS" in text
        await running.burst("42")
        await running.until(lambda: "#41 is Mara Klein’s" in running.screen_text())
        await running.press("enter")
        assert isinstance(running.app.screen, Choice)
        assert "Merge #41 into #42?" in running.screen_text()
        await running.press("escape")
        assert not held(running)
        await running.press("M", "4", "2", "enter", "m")
        await told(running, "#41 will be merged into #42; z takes it back while it is held.")
        assert len(held(running)) == 1
        await running.press("z")
        await running.until(lambda: not held(running))
        await running.press("M", "4", "2", "enter", "m")
        await running.until(lambda: len(held(running)) == 1)
        send_all(running)
        await running.press("z")
        await told(running, "merged into #42, which cannot be taken back")


async def test_merging_a_selection_offers_the_selected(console: Start) -> None:
    async with console(fill=able) as running:
        await running.press("space", "space", "M")
        await running.until(lambda: "Merge 2 selected tickets into" in running.screen_text())
        await running.press("down", "enter")
        assert "Merge #42 into #41?" in running.screen_text()


async def test_a_macro_for_a_selection_asks_with_count_and_names(console: Start) -> None:
    async with console() as running:
        await running.press("space", "space")
        from agentconsole.desk import replies

        replies.recipients_confirmed(running.desk, "demo")
        await running.press("m")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.burst("card refund\r")
        await running.until(lambda: isinstance(running.app.screen, Choice))
        text = running.screen_text()
        assert "Reply to 2 selected tickets?" in text and "#41 Refund" in text and "send 2 replies" in text
        await running.press("m")
        await running.until(lambda: len(held(running)) == 2)
        texts = {one.remote_ticket: one.message.text for one in held(running) if one.message is not None}
        assert texts["41"].startswith("Hello Mara") and texts["42"].startswith("Hello Tom")
        await running.press("z")
        await told(running, "2 texts are drafts again")
        assert not held(running)


# Taking back


async def test_steps_are_taken_back_one_after_another_and_made_again(console: Start) -> None:
    async with console() as running:
        await running.press("p", *"low", "enter")
        await running.until(lambda: len(held(running)) == 1)
        await running.press("s", *"pending", "enter")
        await running.until(lambda: len(held(running)) == 2)
        await running.press("z")
        await told(running, "Taken back: status of #42.")
        await running.press("z")
        await told(running, "Taken back: priority of #42.")
        await running.press("z")
        await told(running, "There is nothing to take back any more.")
        await running.press("Z", "Z")
        await running.until(lambda: len(held(running)) == 2)
        await running.press("Z")
        await told(running, "There is nothing to make again.")


async def test_what_has_gone_out_gets_a_new_change(console: Start) -> None:
    async with console() as running:
        await running.press("p", *"low", "enter")
        await running.until(lambda: len(held(running)) == 1)
        send_all(running)
        await running.press("z")
        await told(running, "#42: priority back to urgent (a new change).")
        assert len(held(running)) == 1


async def test_a_sent_reply_is_not_taken_back_by_half(console: Start) -> None:
    async with console() as running:
        from agentconsole.desk import replies

        replies.send(
            running.desk,
            local(running, "41"),
            text="Hi",
            public=True,
            status="pending",
            last_seen_message="4",
        )
        send_all(running)
        await running.press("z")
        await told(running, "#41: the reply has been sent and cannot be taken back")
        assert fields(running, "41")["status"] == "pending" and not held(running)


# Deciding


async def test_a_conflict_is_decided_field_by_field(console: Start) -> None:
    async with console() as running:
        one = local(running, "41")
        running.main.tickets.open(one)
        wishes = [FieldChange("priority", "urgent"), FieldChange("status", "pending")]
        [uuid] = tickets.set_fields(running.desk, [one], wishes)
        profile.settle(running.desk.paths, uuid, "conflict", "")
        await running.until(lambda: "A decide and send" in running.screen_text())
        await running.press("A")
        assert isinstance(running.app.screen, DecisionDialog)
        text = running.screen_text()
        assert "was high" in text and "● yours  urgent" in text and "○ theirs low" in text
        await running.press("right")
        assert "● theirs low" in running.screen_text()
        await running.press("enter")
        await told(running, "It goes out now, as you decided.")
        change = outbox.find(running.desk, uuid)
        assert change.state == "queued"
        assert [edit.field for edit in change.edits] == ["status"]


async def test_all_theirs_leaves_nothing_to_send(console: Start) -> None:
    async with console() as running:
        one = local(running, "41")
        running.main.tickets.open(one)
        [uuid] = tickets.set_fields(running.desk, [one], [FieldChange("priority", "urgent")])
        profile.settle(running.desk.paths, uuid, "conflict", "")
        await running.until(lambda: "A decide and send" in running.screen_text())
        await running.press("A", "t", "enter")
        await told(running, "nothing is left to send")
        assert outbox.find(running.desk, uuid).state == "dropped"


# Many


def many(paths: Paths) -> None:
    """Two thousand tickets of mine."""
    profile.fill(
        paths,
        [profile.ticket(1000 + n, updated_at=profile.NOW - n * 1_000_000) for n in range(1200)],
    )


async def test_thousands_are_changed_in_slices_with_progress(console: Start) -> None:
    async with console(fill=many) as running:
        seen: list[str] = []
        lists = running.main.lists
        say = lists.say

        def listen(message: str, *, of_ticket: bool = False) -> None:
            seen.append(message)
            say(message, of_ticket=of_ticket)

        lists.say = listen  # type: ignore[method-assign]
        await running.press("*")
        assert "1,200 selected" in running.screen_text()
        await running.press("p", *"high", "enter")
        await running.until(lambda: any("of 1,200" in one for one in seen))
        await told(running, "Priority High on 1,200 tickets; z takes it back.")
        assert running.desk.reader.outbox_counts() == {"held": 1200}
        await running.press("z")
        await told(running, "Taken back on 1,200 tickets: priority High.")
        assert running.desk.reader.outbox_counts() == {}


async def slow_change(running: Running, answer: str) -> None:
    """Begin a change of 1,200 tickets, quit in its middle, and answer what is asked then."""
    await running.press("*", "p", *"high")
    running._post("enter")
    work = running.main.long_work
    await running.until(lambda: any(0 < one.left < 1200 for one in work.running))
    running._post("ctrl+q")
    await running.until(lambda: isinstance(running.app.screen, Choice))
    assert work.running, "it was done before the question"
    await running.until(lambda: "of 1,200 tickets are done" in running.screen_text())
    running._post(answer)
    await running.until(lambda: not work.running)


async def test_quitting_in_the_middle_of_a_change_can_finish_it_first(console: Start) -> None:
    async with console(fill=many) as running:
        await slow_change(running, "f")
        await running.until(lambda: "1200 changes wait" in running.screen_text())
        assert running.desk.reader.outbox_counts() == {"held": 1200}


async def test_quitting_in_the_middle_of_a_change_can_leave_the_rest(console: Start) -> None:
    async with console(fill=many) as running:
        await slow_change(running, "q")
        await running.until(lambda: "changes wait" in running.screen_text())
        assert 0 < running.desk.reader.outbox_counts()["held"] < 1200


async def test_the_next_console_says_what_a_killed_one_left_undone(console: Start) -> None:
    async with console(fill=many) as running:
        running.desk.writer.put_meta(
            "console.unfinished", json.dumps({"what": "priority [/]high", "total": 5000, "done": 412})
        )
    async with console(fill=many) as running:
        await told(running, "in the middle of “priority [/]high”, when at least 412 of 5,000 tickets")
    async with console(fill=many) as running:
        assert not any("in the middle" in one for one in running.notices())


async def test_what_a_killed_console_left_undone_is_selected_by_one_key(
    console: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Paths(tmp_path / "console").database
    killed = tmp_path / "killed.db"

    def end_here(desk: Desk, done: int) -> None:
        """Keep what a console leaves that is killed before it has noted a slice: the worst moment."""
        if not killed.exists():
            with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(killed)) as then:
                now.backup(then)

    monkeypatch.setattr(interrupted, "advance", end_here)
    async with console(fill=many) as running:
        await running.press("*", "p", *"high", "enter")
        await running.until(lambda: not running.main.long_work.running)
    monkeypatch.undo()
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()
    shutil.copy(killed, database)
    async with console(fill=many) as running:
        done = running.desk.reader.outbox_counts()["held"]
        left = 1200 - done
        assert 0 < left < 1200
        said = f"{done:,} of 1,200 tickets are done. % selects the other {left:,}."
        await told(running, f"in the middle of “priority High”: {said}")
        await running.press("%", "p", *"high")
        await running.until(lambda: f"{left:,} selected tickets" in running.screen_text())
        await running.press("enter")
        await told(running, f"Priority High on {left:,} tickets; z takes it back.")
        assert running.desk.reader.outbox_counts() == {"held": 1200}
        await running.press("%")
        await told(running, "No change of many tickets was interrupted.")
        await running.press("escape")
        await running.until(lambda: "Left of" not in running.screen_text())
    async with console(fill=many) as running:
        assert not any("in the middle" in one for one in running.notices())


async def test_recent_picks_come_first_also_after_a_restart(console: Start) -> None:
    async with console() as running:
        await running.press("a", *"Cards", "enter")
        await running.until(lambda: bool(held(running)))
    async with console() as running:
        await running.press("a")
        lines = [line for line in running.screen_text().splitlines() if "│" in line]
        wanted = ("Nobody", "Cards", "Jo Park")
        order = [next(place for place, line in enumerate(lines) if name in line) for name in wanted]
        assert order == sorted(order), lines


async def test_a_range_stays_sensible_when_the_list_changes(console: Start) -> None:
    async with console() as running:
        queue = running.main.queue
        names = [row.name if (row := queue.row(one)) is not None else "" for one in queue.ids]
        await running.press("j", "V", "j")
        assert selected(running) == {name[1:] for name in names[1:3]}
        # A ticket that comes between is selected only once the cursor passes it.
        fresh = array("q", [*queue.ids[:2], queue.ids[-1], *queue.ids[2:-1]])
        queue.show_ids(fresh, follow=queue.current)
        assert selected(running) == {name[1:] for name in names[1:3]}
        await running.press("k")
        assert queue.current == fresh[2]
        await running.press("j")
        assert selected(running) == {name[1:] for name in (*names[1:3], names[-1])}
        # The one under the cursor leaves: the range ends at the one that stands there now.
        after = array("q", [*fresh[:3], *fresh[4:]])
        queue.show_ids(after, follow=fresh[3])
        assert queue.current == after[3] and after[3] in queue.selected
        # The one it was begun at leaves: there is no range any more, only a selection.
        left = array("q", [after[0], *after[2:]])
        queue.show_ids(left, follow=queue.current)
        assert not queue.in_range and queue.selected == {after[2], after[3]}


async def test_another_order_ends_a_range_and_keeps_what_is_selected(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_queue, "FIRST", 1)
    async with console() as running:
        queue = running.main.queue
        await running.press("slash")
        await running.burst("channel:email\r")
        await running.until(lambda: not running.main.lists._loading and len(queue.ids) > 4)
        await running.press("G", "V", "k", "k")
        before = set(queue.selected)
        assert len(before) == 3
        await running.press("S")
        await running.until(lambda: not running.main.lists._loading)
        assert not queue.in_range and queue.selected == before


async def test_merge_targets_are_searched_aside_and_stale_answers_dropped(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    asked: list[str] = []
    find = desk_queue.ticket_ids

    def slow(desk: Desk, text: str, sort: Sort) -> array[int]:
        if threading.current_thread() is threading.main_thread():
            raise AssertionError("searched on the event loop")
        asked.append(text)
        if text == "inv":
            gate.wait(10)
        return find(desk, text, sort)

    async with console(fill=able) as running:
        await running.press("M")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        monkeypatch.setattr(desk_queue, "ticket_ids", slow)
        for key in "inv":
            running._post(key)
        await running.until(lambda: asked == ["inv"])
        assert "Searching" in running.screen_text()
        field = running.app.screen.query_one(CleanInput)
        for _ in "inv":
            running._post("backspace")
        await running.until(lambda: field.value == "")
        for key in [*"tags:invoice", "enter"]:
            running._post(key)
        await running.until(lambda: field.value == "tags:invoice")
        gate.set()
        await running.until(lambda: isinstance(running.app.screen, Choice))
        # What was typed over meanwhile was not searched, and Enter took what came for the last text.
        assert asked == ["inv", "tags:invoice"]
        await running.until(lambda: "into #47 Invoice for October" in running.screen_text())
