"""Faults of the program's own, and of the clock: what goes on, and that nothing is stuck afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentconsole.domain.changes import Change
from agentconsole.domain.errors import StoreBusy
from agentconsole.domain.times import DAY, SECOND
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from agentconsole.store.ingest import Ingest
from agentconsole.store.reader import Reader
from agentconsole.sync import feeds, reading, worker
from agentconsole.sync.account import AccountWorker
from agentconsole.sync.push import Pusher
from tests.support.helpdesk import RunningHelpdesk
from tests.sync.rig import Rig


async def test_a_feed_that_fails_inside_keeps_no_other_from_being_read(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Ingest, *args: Any, **kwargs: Any) -> None:
        raise OverflowError("nobody thought of this")

    monkeypatch.setattr(Ingest, "put_macros", broken)
    assert await rig.once() == 1
    assert "macros cannot be read" in rig.state().sentence
    assert rig.reader.article_docs(), "what is read after macros is here"
    monkeypatch.undo()
    assert await rig.once() == 0
    assert rig.state().sentence == ""


async def test_an_account_that_failed_inside_pulls_and_sends_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_RESTART_SECONDS", 0.05)
    number = rig.ticket()
    await rig.once()
    whole = AccountWorker._pull_once
    failures = 0

    async def broken(self: AccountWorker) -> bool:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise RuntimeError("nobody thought of this")
        return await whole(self)

    monkeypatch.setattr(AccountWorker, "_pull_once", broken)
    async with rig.working() as running:
        await rig.until(lambda: failures == 2, "it failed")
        later = rig.ticket()
        await rig.until(lambda: rig.state().state == "ok", "it is up to date again")
        for each in running.accounts:
            each.hurry()
        await rig.until(lambda: rig.reader.find_ticket("demo", str(later)), "it polls")
        await rig.settled(rig.change(number, "It sends"))


async def test_a_sender_that_fails_inside_begins_anew(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RESTART_SECONDS", 0.05)
    number = rig.ticket()
    await rig.once()
    whole = Pusher.release
    failures = 0

    async def broken(self: Pusher) -> None:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise RuntimeError("nobody thought of this")
        await whole(self)

    monkeypatch.setattr(Pusher, "release", broken)
    async with rig.working():
        await rig.settled(rig.change(number, "It sends"))


async def test_what_was_under_way_when_an_account_failed_is_looked_for(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account begins anew in the same process, where nothing else would look for it."""
    monkeypatch.setattr(worker, "_RESTART_SECONDS", 0.05)
    number = rig.ticket()
    await rig.once()
    whole = Pusher.release
    stuck: list[Change] = []
    failed = False

    async def broken(self: Pusher) -> None:
        nonlocal failed
        await whole(self)
        if stuck and not failed:
            failed = True
            found = rig.reader.change(stuck[0].uuid)
            assert found is not None
            assert await self._store(self._outbox.claim, found.steps[0].id, rig.clock.now() - 10 * SECOND)
            raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(Pusher, "release", broken)
    async with rig.working():
        await rig.until(lambda: rig.state().state == "ok", "it is up to date")
        stuck.append(rig.change(number, "Once"))
        await rig.settled(stuck[0])
    assert rig.server.public_texts(number)[1:] == ["Once"]


async def test_a_thread_that_cannot_be_read_spoils_no_sync(rig: Rig) -> None:
    class Odd(ZendeskHelpdesk):
        async def thread(self, ticket: str) -> Any:
            raise ValueError("nobody thought of this")

    rig.connect = lambda settings, secret: Odd(settings, secret, rig.clock, history_months=0)
    numbers = [rig.ticket() for _ in range(12)]
    assert await rig.once() == 0
    rig.connect = None
    assert await rig.once() == 0
    assert all(rig.detail(number).messages for number in numbers)


async def test_a_warning_goes_with_its_reason(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "_OFF_FOR", SECOND // 10)
    await rig.once()
    whole = ZendeskHelpdesk.fields
    empty = True

    async def fields(self: ZendeskHelpdesk) -> Any:
        return () if empty else await whole(self)

    monkeypatch.setattr(ZendeskHelpdesk, "fields", fields)
    async with rig.working():
        await rig.until(lambda: "ticket fields" in rig.state().sentence, "it is told")
        assert "agentconsole sync --once --allow-vanishing" in rig.state().sentence
        empty = False
        await rig.until(lambda: rig.state().sentence == "", "it is told no more")


async def test_a_clock_that_is_set_back_stops_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = rig.ticket()
    await rig.once()
    async with rig.working() as running:
        await rig.until(lambda: rig.state().state == "ok", "it is up to date")
        change = rig.change(number, "Soon", held_seconds=10)
        rig.server.customer_answers(number, "And now?")
        shift = rig.clock.shift - DAY
        monkeypatch.setattr(type(rig.clock), "now", lambda self: time.time_ns() // 1000 + shift)
        running.wake()
        await rig.until(lambda: rig.standing(change) in ("sent", "conflict"), "the window ended")
        await rig.until(lambda: len(rig.detail(number).messages) >= 2, "it was polled")


async def test_the_watch_outlives_a_locked_database(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = rig.ticket()
    await rig.once()
    whole = Reader.data_version
    failures = 0

    def locked(self: Reader) -> int:
        nonlocal failures
        if failures < 3:
            failures += 1
            raise StoreBusy("The local database is locked.")
        return whole(self)

    monkeypatch.setattr(worker, "WATCH_SECONDS", 0.02)
    async with rig.working():
        await rig.until(lambda: rig.state().state == "ok", "it is up to date")
        monkeypatch.setattr(Reader, "data_version", locked)
        await rig.until(lambda: failures == 3, "it was locked")
        await rig.settled(rig.change(number, "Noticed"), "sent")


@pytest.fixture
def straddling(server: RunningHelpdesk, tmp_path: Path) -> Iterator[Rig]:
    made = Rig.make(server, tmp_path, admin=True)
    yield made
    made.close()


async def test_threads_that_began_before_history_are_filled_in(
    straddling: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = straddling
    monkeypatch.setattr(reading, "FILL_ONCE", 2)
    monkeypatch.setattr(reading, "FILL_EVERY", SECOND // 50)
    assert await rig.once() == 0
    with rig.console() as conn:
        cut = " FROM ticket WHERE hidden = 0 AND created_at < (SELECT threads_since FROM account)"
        filled = f"SELECT count(*) {cut} AND thread_version IS NOT NULL"
        mine = f"{filled} AND status < 4 AND assignee = (SELECT me FROM account)"  # noqa: S608
        total = conn.execute(f"SELECT count(*) {cut}").fetchone()[0]
        assert conn.execute(filled).fetchone()[0] == conn.execute(mine).fetchone()[0] + 2 < total
        async with rig.working():
            await rig.until(lambda: conn.execute(filled).fetchone()[0] == total, "all threads are whole")
        messages = conn.execute(
            "SELECT t.remote_id, count(*) FROM message m JOIN ticket t ON t.id = m.ticket_id"
            " WHERE m.kind <> 'event' GROUP BY 1"
        ).fetchall()
    for remote, count in messages:
        rows = rig.server.query("SELECT COUNT(*) AS n FROM comments WHERE ticket_id = ?", int(remote))
        assert count == rows[0]["n"]
    # What comes by the bulk feed afterwards keeps such a thread whole: it is not read once more.
    assert rig.detail(int(messages[0][0])).thread_fresh
