"""Guided mode, and what has been done today."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from agentconsole.config import Paths
from agentconsole.desk import outbox, replies, snooze, tickets
from agentconsole.desk.deeds import Deed
from agentconsole.desk.guided import done_today
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.times import DAY, HOUR, MINUTE
from agentconsole.helpdesks.base import Thread
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.tui import profile
from tests.tui.conftest import Running, Start
from tests.tui.test_triage import local, send_all


def shown(running: Running) -> str | None:
    detail = running.main.detail
    return None if detail is None else detail.row.remote_id


def order(running: Running) -> list[str]:
    queue = running.main.queue
    rows = running.desk.reader.queue_rows(list(queue.ids))
    return [str(rows[one].remote_id) for one in queue.ids]


def elsewhere(paths: Paths, number: int, *messages: RemoteMessage, **fields: object) -> None:
    """Something happens to a ticket on the helpdesk, and the worker reads it."""
    one = next(each for each in profile.standard_tickets() if each.remote_id == str(number))
    changed = profile.with_text(one, **fields)
    changed = replace(changed, updated_at=profile.NOW + MINUTE, stamp=profile.NOW + MINUTE, version="later")
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, profile.account_id(paths), sleep=lambda _: None)
        ingest.put_thread(Thread(changed, messages, profile.PEOPLE), at=profile.NOW + MINUTE)


async def begin(running: Running) -> list[str]:
    names = order(running)
    await running.press("!")
    await running.until(lambda: shown(running) == names[0])
    return names


async def reply(running: Running, *keys: str) -> None:
    await running.press("r")
    await running.burst("It is on its way.")
    await running.press("ctrl+s", *keys)


async def test_a_round_goes_on_by_itself_after_a_reply_and_a_status(console: Start) -> None:
    async with console() as running:
        names = await begin(running)
        await running.until(lambda: "guided: 1 of 7" in running.screen_text())
        await reply(running, "enter")
        await running.until(lambda: shown(running) == names[1])
        await running.until(lambda: "guided: 2 of 7" in running.screen_text())
        running.main._be_loud()
        await running.press("s")
        await running.burst("pending\r")
        await running.until(lambda: shown(running) == names[2])
        await running.until(lambda: "guided: 3 of 7" in running.screen_text())


async def test_a_note_and_a_priority_do_not_leave_the_ticket_where_only_fields_change(console: Start) -> None:
    async with console() as running:
        names = await begin(running)
        await running.press("p")
        await running.burst("low\r")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        await running.settle()
        assert shown(running) == names[0]


async def test_skipped_tickets_come_back_at_the_end_of_the_round(console: Start) -> None:
    async with console() as running:
        names = await begin(running)
        await running.until(lambda: any("J puts one off · Esc ends it" in one for one in running.notices()))
        for name in [*names[1:], names[0], names[1]]:
            await running.press("J")
            await running.until(lambda name=name: shown(running) == name)  # type: ignore[misc]
        assert "guided: 1 of 7" in running.screen_text()


async def test_what_colleagues_took_or_answered_and_what_sleeps_is_left_out(console: Start) -> None:
    async with console() as running:
        names = order(running)
        running.main.lists.reload = lambda **_: None  # type: ignore[method-assign]
        await begin(running)
        paths = running.desk.paths
        elsewhere(paths, int(names[1]), assignee=profile.JO)
        late = profile.message(
            900, int(names[2]), author=profile.JO, at=profile.NOW + MINUTE, text="I did it"
        )
        elsewhere(paths, int(names[2]), late)
        deed = Deed("snoozed", profile.NOW)
        snooze.snooze(running.desk, [local(running, names[3])], profile.NOW + HOUR, deed)
        customer = profile.message(901, int(names[4]), at=profile.NOW + MINUTE, text="Any news?")
        elsewhere(paths, int(names[4]), replace(customer, author="501"))
        await running.press("J")
        await running.until(lambda: shown(running) == names[4])
        await running.until(lambda: "guided: 1 of 4" in running.screen_text())


async def test_the_end_is_told(console: Start) -> None:
    async with console() as running:
        await running.press("/")
        await running.burst("tags:refund\r")
        await running.until(lambda: len(running.main.queue.ids) == 2)
        running.main.focus_pane("queue")
        names = await begin(running)
        for place in range(len(names)):
            await reply(running, "enter")
            running.main._be_loud()
            if place + 1 < len(names):
                await running.until(lambda place=place: shown(running) == names[place + 1])  # type: ignore[misc]
        await running.until(lambda: any("The round is over" in one for one in running.notices()))
        assert not running.main.guided.active and shown(running) is None


async def test_escape_and_the_key_leave_and_the_ticket_stays(console: Start) -> None:
    async with console() as running:
        names = await begin(running)
        await running.press("escape")
        assert not running.main.guided.active and shown(running) == names[0] and running.main.pane == "ticket"
        await running.until(lambda: "guided:" not in running.screen_text())
        await begin(running)
        await running.press("!")
        assert not running.main.guided.active


async def test_an_empty_view_has_no_round(console: Start) -> None:
    async with console() as running:
        await running.press("8")
        await running.until(lambda: not len(running.main.queue.ids))
        await running.press("!")
        assert any("no ticket in this view" in one for one in running.notices())


async def test_taking_back_and_sending_again_goes_on_where_the_round_was(console: Start) -> None:
    async with console() as running:
        names = await begin(running)
        await reply(running, "enter")
        await running.until(lambda: shown(running) == names[1])
        running.main._be_loud()
        await running.press("z")
        await running.until(lambda: shown(running) == names[0])
        await running.press("ctrl+s", "enter")
        await running.until(lambda: shown(running) == names[1])
        assert running.main.guided.round is not None and len(running.main.guided.round.done) == 1


async def test_threads_ahead_are_asked_for(console: Start) -> None:
    async with console() as running:
        names = await begin(running)
        await running.press("J")
        await running.until(lambda: shown(running) == names[1])
        wanted = local(running, names[2])

        def asked() -> bool:
            with closing(open_store(running.desk.paths.database, role="console", now=profile.NOW)) as conn:
                return (wanted,) in conn.execute("SELECT ticket_id FROM request").fetchall()

        await running.until(asked)


async def test_what_was_sent_today_is_counted_and_survives_a_restart(console: Start) -> None:
    async with console() as running:
        desk = running.desk
        one, two = local(running, "41"), local(running, "42")
        replies.send(desk, one, text="A", public=True, last_seen_message=None)
        replies.send(desk, one, text="B", public=False, last_seen_message=None)
        tickets.set_fields(
            desk, [two], [FieldChange("status", "solved"), FieldChange("custom:3601", "topic_app")]
        )
        assert done_today(desk).done == 0
        send_all(running)
        await running.until(lambda: "today 1 reply · 1 solved" in running.screen_text())
        found = done_today(desk)
        assert (found.replies, found.solved, found.done) == (1, 1, 2)
    async with console() as again:
        await again.until(lambda: "today 1 reply · 1 solved" in again.screen_text())
        again.clock.instant += DAY
        assert done_today(again.desk).done == 0
