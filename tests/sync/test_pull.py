"""What comes from the helpdesk, and what becomes of it when the helpdesk, the line or the disk fails."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ProfileInUse, SecretError, StoreDamaged, StoreFull
from agentconsole.domain.fields import RemoteMacro
from agentconsole.domain.queries import parse_query
from agentconsole.domain.times import HOUR, SECOND
from agentconsole.helpdesks.base import Helpdesk, ListPage, Thread, UnmovedThread
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from agentconsole.search.knowledge import KnowledgeIndex
from agentconsole.store.ingest import Ingest
from agentconsole.sync import feeds
from agentconsole.sync.lock import hold
from agentconsole.sync.reports import Progress, Report, ReportPrinter, StateChanged
from agentconsole.sync.spawn import EXIT_IN_USE
from agentconsole.sync.worker import WATCH_SECONDS, run_worker
from tests.support.helpdesk import RunningHelpdesk
from tests.support.tiny_company import COLLEAGUE, FIRST_CUSTOMER
from tests.sync.rig import Rig


def written(rig: Rig, number: int) -> list[str]:
    """The kinds of what people wrote on a ticket, as the console has it."""
    return [each.kind for each in rig.detail(number).messages if each.kind != "event"]


def one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and "Traceback" not in text and len(text) < 300


@pytest.mark.parametrize("admin", [False, True])
async def test_everything_is_read_and_agrees_with_the_server(
    server: RunningHelpdesk, tmp_path: Path, admin: bool
) -> None:
    rig = Rig.make(server, tmp_path, admin=admin)
    rig.config = replace(rig.config, sync=replace(rig.config.sync, history_months=24))
    assert await rig.once() == 0
    with rig.console() as conn:
        stored = {row[0] for row in conn.execute("SELECT remote_id FROM ticket WHERE deleted = 0")}
        messages = conn.execute("SELECT count(*) FROM message WHERE kind <> 'event'").fetchone()[0]
    assert stored == {
        str(row["id"]) for row in server.query("SELECT id FROM tickets WHERE deleted_at IS NULL")
    }
    if admin:
        assert messages == server.query("SELECT COUNT(*) AS n FROM comments")[0]["n"]
    state = rig.state()
    assert state.state == "ok" and state.last_sync_at and state.me_name
    assert rig.reader.remote_macros() and rig.reader.views() and rig.reader.article_docs()
    assert rig.reader.fields(state.id) and rig.reader.groups(state.id)
    progress = {each.stream: each.finished for each in state.progress}
    assert progress["tickets"] and progress["articles"] and all(progress.values())
    rig.close()


async def test_the_agents_own_tickets_and_threads_come_first(rig: Rig) -> None:
    rig.config = replace(rig.config, sync=replace(rig.config.sync, history_months=12))
    number = rig.ticket()
    await rig.once()
    phases = [each.phase for each in rig.reports if isinstance(each, Progress) and each.stream == "tickets"]
    assert phases[:3] == ["your open tickets", "open tickets", "history"]
    assert rig.detail(number).messages, "its thread was read without being asked for"


@pytest.mark.parametrize("admin", [False, True])
async def test_an_idle_poll_costs_two_requests_at_most(
    server: RunningHelpdesk, tmp_path: Path, admin: bool
) -> None:
    # What changed in the last seconds is read once more.
    server.advance(10)
    rig = Rig.make(server, tmp_path, admin=admin)
    counted = counting(rig)
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        await until_quiet(counted)
        before = len(counted)
        for account in worker.accounts:
            account.hurry()
        await rig.until(lambda: len(counted) > before)
        await until_quiet(counted)
    # `hurry` asks for messages too; by itself a poll does so only after a ticket has changed.
    polled = [path for path in counted[before:] if "ticket_events" not in path]
    assert 1 <= len(polled) <= 2, polled
    rig.close()


def counting(rig: Rig) -> list[str]:
    """Count the requests from here on."""
    paths: list[str] = []

    class Counting(ZendeskHelpdesk):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            read = self.client.http.read

            async def counted(path: str, params: Any = None, *, urgent: bool = False) -> Any:
                paths.append(path)
                return await read(path, params, urgent=urgent)

            self.client.http.read = counted  # type: ignore[method-assign]

    rig.connect = lambda account, secret: Counting(account, secret, rig.clock, history_months=0)
    return paths


async def until_quiet(counted: list[str]) -> None:
    """Wait until no request has come for a while."""
    count = -1
    while count != len(counted):
        count = len(counted)
        await asyncio.sleep(0.3)


async def test_a_ticket_that_has_not_moved_is_not_read_with_its_thread(
    server: RunningHelpdesk, rig: Rig
) -> None:
    told: list[tuple[str, bool]] = []

    class Sparing(ZendeskHelpdesk):
        async def thread_since(self, ticket: str, version: str, cursor: str) -> Thread | UnmovedThread:
            assert cursor
            whole = await self.thread(ticket)
            unmoved = whole.ticket.version == version
            told.append((ticket, unmoved))
            return UnmovedThread(ticket, version, whole.messages, whole.people) if unmoved else whole

    rig.connect = lambda account, secret: Sparing(account, secret, rig.clock, history_months=0)
    number = server.new_ticket(FIRST_CUSTOMER, "Kettle", "It does not boil.")
    assert await rig.once() == 0
    (local,) = rig.reader.find_ticket("demo", str(number))
    assert not rig.detail(number).messages
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        rig.writer.request_thread(local, rig.clock.now())
        worker.wake()
        await rig.until(lambda: rig.detail(number).thread_fresh)
        assert [one.parts[0].text for one in rig.detail(number).messages] == ["It does not boil."]
        assert [unmoved for ticket, unmoved in told if ticket == str(number)] == [True]
        server.advance(5)
        server.customer_answers(number, "Still cold.")
        rig.writer.request_thread(local, rig.clock.now())
        worker.wake()
        await rig.until(lambda: len(written(rig, number)) == 2)
        await rig.until(lambda: rig.detail(number).thread_fresh)


async def test_a_long_wait_for_an_answer_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentconsole.sync.standing.SLOW_SECONDS", 0.3)
    began = rig.clock.now()
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        assert rig.state().asked_at is None
        rig.server.plant("slow", path="/api/", delay=1.5)
        for account in worker.accounts:
            account.hurry()
        waiting = await rig.until(lambda: rig.state() if rig.state().asked_at else None, "told")
        assert waiting.state == "ok" and waiting.asked_at > began
        await rig.until(lambda: rig.state().asked_at is None, "answered")


async def test_who_asks_hears_that_nothing_has_changed(rig: Rig) -> None:
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        rig.server.plant("server_error", times=None)
        [account] = worker.accounts
        account.hurry()
        first = await rig.until(lambda: rig.state() if rig.state().state == "offline" else None, "offline")
        account.hurry()
        await rig.until(lambda: rig.state().retry_at != first.retry_at, "the answer")
        assert rig.state().state == "offline" and rig.state().last_sync_at == first.last_sync_at
        rig.server.clear_faults()
        account.hurry()
        await rig.until(lambda: rig.state().state == "ok", "reached again")


async def test_a_console_without_a_worker_of_its_own_asks_for_news_by_the_database(rig: Rig) -> None:
    rig.writer.ask_for_news(1)
    async with rig.working():
        for at in (2, 3):
            await rig.until(lambda: rig.state().state == "ok")
            fresh = rig.server.new_ticket(FIRST_CUSTOMER, f"Brand new {at}", "Hello")
            rig.writer.ask_for_news(at)
            await rig.until(partial(rig.reader.find_ticket, "demo", str(fresh)), "the new ticket")


async def test_a_change_on_the_server_arrives_with_the_next_poll(rig: Rig) -> None:
    number = rig.ticket()
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        rig.server.advance(2)
        rig.server.customer_answers(number, "Any news?")
        fresh = rig.server.new_ticket(FIRST_CUSTOMER, "Brand new", "Hello")
        for account in worker.accounts:
            account.hurry()
        await rig.until(lambda: rig.reader.find_ticket("demo", str(fresh)), "the new ticket")
        await rig.until(lambda: len(written(rig, number)) == 2, "the answer")


async def test_a_thread_that_the_console_asks_for_is_read_at_once(rig: Rig) -> None:
    number = rig.server.new_ticket(FIRST_CUSTOMER, "Not mine", "First")
    async with rig.working():
        await rig.until(lambda: rig.state().state == "ok")
        (local,) = rig.reader.find_ticket("demo", str(number))
        assert not rig.detail(number).messages
        rig.writer.request_thread(local, rig.clock.now())
        await rig.until(lambda: rig.detail(number).messages, "the thread", seconds=5)
        assert rig.detail(number).thread_read_at is not None


@pytest.mark.parametrize("mine", [True, False])
async def test_a_snoozed_ticket_sleeps_on_until_its_customer_answers(rig: Rig, mine: bool) -> None:
    number = rig.ticket(**({} if mine else {"assignee_id": COLLEAGUE}))

    def asleep() -> bool:
        until = rig.detail(number).row.snoozed_until
        return until is not None and until > rig.clock.now()

    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        rig.writer.snooze({rig.detail(number).row.ticket_id: rig.clock.now() + HOUR})
        rig.server.advance(2)
        rig.server.act(COLLEAGUE, number, {"comment": {"body": "I look into it", "public": False}})
        rig.server.act(COLLEAGUE, number, {"tags": ["looked_at"]})
        for account in worker.accounts:
            account.hurry()
        await rig.until(lambda: len(written(rig, number)) == 2, "the note")
        assert asleep() and rig.detail(number).row.tags == ("looked_at",)
        rig.server.advance(2)
        rig.server.customer_answers(number, "Any news?")
        for account in worker.accounts:
            account.hurry()
        await rig.until(lambda: not asleep(), "awake")
        assert len(written(rig, number)) == 3


async def test_a_snoozed_ticket_wakes_when_nobody_may_read_who_changed_it(rig: Rig) -> None:
    number = rig.ticket()
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        rig.writer.snooze({rig.detail(number).row.ticket_id: rig.clock.now() + HOUR})
        rig.server.plant("forbidden", path=f"/api/v2/tickets/{number}/(audits|comments)", times=None)
        rig.server.advance(2)
        rig.server.act(COLLEAGUE, number, {"tags": ["looked_at"]})
        for account in worker.accounts:
            account.hurry()
        await rig.until(lambda: rig.detail(number).row.snoozed_until is None, "awake")


async def test_a_message_taken_back_is_so_here_where_threads_come_in_bulk(
    server: RunningHelpdesk, tmp_path: Path
) -> None:
    rig = Rig.make(server, tmp_path, admin=True)
    number = rig.ticket()
    for text in ("The key is 1234", "Meant for you only"):
        server.act(COLLEAGUE, number, {"comment": {"body": text, "public": True}})
    assert await rig.once() == 0
    assert written(rig, number) == ["reply", "reply", "reply"]
    ids = [row["id"] for row in server.query("SELECT id FROM comments WHERE ticket_id = ?", number)]
    api = server.client(admin=True)
    api.put(f"/tickets/{number}/comments/{ids[1]}/redact", json={"text": "1234"}).raise_for_status()
    api.put(f"/tickets/{number}/comments/{ids[2]}/make_private").raise_for_status()
    # Which is in the same second for the export unless time passes.
    server.advance(5)
    assert await rig.once() == 0
    assert written(rig, number) == ["reply", "reply", "note"]
    texts = [part.text for one in rig.detail(number).messages for part in one.parts]
    assert not [text for text in texts if "1234" in text]
    assert texts[-2:] == ["Text of a message was redacted", "A public message was made internal"]
    rig.close()


async def test_a_ticket_that_is_gone_leaves_the_queue(rig: Rig) -> None:
    number = rig.ticket()
    await rig.once()
    (local,) = rig.reader.find_ticket("demo", str(number))
    rig.server.client(admin=True).delete(f"/tickets/{number}")
    rig.writer.request_thread(local, rig.clock.now())
    await rig.once()
    assert local not in rig.reader.ticket_ids(None, "updated", rig.clock.now())


async def test_articles_can_be_found_after_the_sync(rig: Rig) -> None:
    rig.ticket()
    await rig.once()
    hits = KnowledgeIndex(rig.paths.index_dir).search("return a kettle")
    assert hits and "kettle" in hits[0].title.lower()
    assert rig.reader.ticket_ids(parse_query("boil"), "updated", rig.clock.now())


async def test_a_broken_record_is_set_aside_and_the_rest_goes_on(rig: Rig) -> None:
    rig.ticket()
    rig.server.plant("malformed_record", path="show_many")
    assert await rig.once() == 0
    assert rig.state().state == "ok"
    bad = rig.reader.quarantined()
    assert len(bad) == 1 and bad[0].kind == "ticket" and bad[0].reason


@pytest.mark.parametrize("fault", ["server_error", "not_json", "unavailable", "rate_limited", "drop_before"])
async def test_a_passing_fault_is_got_over(rig: Rig, fault: str) -> None:
    number = rig.ticket()
    # The helpdesk asks to wait a second.
    rig.server.plant(fault, path="search/export", times=1 if fault in ("unavailable", "rate_limited") else 2)
    assert await rig.once() == 0
    assert rig.state().state == "ok" and rig.detail(number)
    told = [each for each in rig.reports if isinstance(each, StateChanged) and each.sentence]
    assert all(one_sentence(each.sentence) for each in told)


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("server_error", "offline", "failed inside"),
        ("not_json", "offline", "not JSON"),
        ("unauthorized", "paused", "refused the login"),
        ("forbidden", "offline", "does not allow"),
        ("drop_before", "offline", "broke"),
    ],
)
async def test_a_lasting_fault_is_told_in_a_sentence(rig: Rig, fault: str, state: str, words: str) -> None:
    await rig.once()
    number = len(rig.reader.ticket_ids(None, "updated", rig.clock.now()))
    rig.server.plant(fault, times=None)
    assert await rig.once() == 1
    standing = rig.state()
    assert standing.state == state and words in standing.sentence and one_sentence(standing.sentence)
    assert standing.retry_at is not None
    assert len(rig.reader.ticket_ids(None, "updated", rig.clock.now())) == number, "nothing is lost"
    rig.server.clear_faults()
    assert await rig.once() == 0 and rig.state().state == "ok"


@pytest.mark.parametrize(("fault", "words"), [("server_error", "failed inside"), ("not_json", "not JSON")])
async def test_a_list_that_cannot_be_read_keeps_no_other_from_being_read(
    rig: Rig, fault: str, words: str
) -> None:
    number = rig.ticket()
    rig.server.plant(fault, path="/macros", times=None)
    assert await rig.once() == 1
    standing = rig.state()
    assert standing.state == "ok" and words in standing.sentence and "macros" in standing.sentence
    assert rig.reader.find_ticket("demo", str(number)) and rig.reader.article_docs()
    rig.server.clear_faults()
    rig.server.plant(fault, path="/macros", times=1)
    assert await rig.once() == 0, "one fault is no reason to leave a list"
    assert rig.state().sentence == "" and rig.reader.remote_macros()


async def test_several_lists_that_cannot_be_read_keep_no_ticket_from_being_read(rig: Rig) -> None:
    number = rig.ticket()
    for path in ("/ticket_fields", "/groups", "/macros", "/views"):
        rig.server.plant("server_error", path=path, times=None)
    assert await rig.once() == 1
    standing = rig.state()
    assert standing.state == "ok" and "fields cannot be read" in standing.sentence
    assert "views cannot be read" in standing.sentence
    assert rig.reader.find_ticket("demo", str(number)) and rig.reader.article_docs()


async def test_a_thread_that_cannot_be_read_keeps_nothing_else_from_being_read(rig: Rig) -> None:
    asked = rig.ticket()
    await rig.once()
    rig.server.plant("server_error", path=f"/tickets/{asked}", times=None)
    rig.writer.request_thread(rig.detail(asked).row.ticket_id, rig.clock.now())
    new = rig.ticket()

    def still_asked() -> int:
        with rig.console() as conn:
            return int(conn.execute("SELECT count(*) FROM request").fetchone()[0])

    assert await rig.once() == 0 and rig.state().state == "ok"
    assert rig.reader.find_ticket("demo", str(new)) and still_asked() == 1
    rig.server.clear_faults()
    assert await rig.once() == 0 and still_asked() == 0


async def test_a_list_that_is_forbidden_by_now_is_told_so_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_FAULTY_OFF_FOR", SECOND // 4)
    rig.server.plant("server_error", path="/macros", times=None)
    async with rig.working():
        await rig.until(lambda: "macros cannot be read" in rig.state().sentence, "the fault")
        rig.server.clear_faults()
        rig.server.plant("forbidden", path="/macros", times=None)
        await rig.until(lambda: "may not read" in rig.state().sentence, "the refusal")
        assert "cannot be read" not in rig.state().sentence


@pytest.mark.parametrize(
    ("url", "state", "words"),
    [
        ("http://127.0.0.1:{free}", "offline", "refused"),
        ("https://127.0.0.1:{port}", "offline", "secure connection"),
        ("http://127.0.0.1:{port}/wrong", "offline", "404"),
        ("nonsense", "offline", "no web address"),
        ("http://helpdesk.example", "offline", "https"),
    ],
)
async def test_a_wrong_address_is_told_in_a_sentence(
    rig: Rig, unused_tcp_port: int, url: str, state: str, words: str
) -> None:
    url = url.format(free=unused_tcp_port, port=rig.server.server.port)
    rig.config = replace(rig.config, accounts=(replace(rig.config.accounts[0], url=url),))
    assert await rig.once() == 1
    standing = rig.state()
    assert standing.state == state and words in standing.sentence and one_sentence(standing.sentence)


async def test_a_throttled_account_says_until_when(rig: Rig) -> None:
    rig.server.plant("rate_limited", path="users/me", retry_after=3600)
    await rig.once()
    standing = rig.state()
    assert standing.state == "throttled" and "wait 3600 s" in standing.sentence
    assert standing.retry_at is not None and standing.retry_at > rig.clock.now() + 3500 * 1_000_000


async def test_a_feed_that_the_login_lacks_stops_no_other(rig: Rig) -> None:
    rig.server.plant("forbidden", path="/macros", times=None)
    assert await rig.once() == 0
    assert rig.state().state == "ok" and not rig.reader.remote_macros() and rig.reader.views()


async def test_a_secret_that_cannot_be_had_pauses_the_account(rig: Rig) -> None:
    class Locked:
        def get(self, account: AccountSettings) -> str:
            raise SecretError("The keyring is locked; unlock it.")

    rig.secrets = Locked()  # type: ignore[assignment]
    assert await rig.once() == 1
    assert rig.state().state == "paused" and rig.state().sentence == "The keyring is locked; unlock it."


async def test_a_listing_that_lost_most_asks_before_anything_is_removed(rig: Rig) -> None:
    macros = tuple(RemoteMacro(str(number), f"Macro {number}", "", ()) for number in range(20))
    shown = {"macros": macros}

    class Listing(ZendeskHelpdesk):
        async def macros(self, cursor: str | None) -> ListPage[RemoteMacro]:
            return ListPage(shown["macros"], "", False, complete=True, first=True)

    rig.connect = lambda account, secret: Listing(account, secret, rig.clock, history_months=0)
    assert await rig.once() == 0
    shown["macros"] = macros[:2]
    assert await rig.once() == 1
    assert len(rig.reader.remote_macros()) == 20 and "18 of 20" in rig.state().sentence
    rig.vanishing = True
    assert await rig.once() == 0
    assert len(rig.reader.remote_macros()) == 2


async def test_a_full_disk_keeps_the_cursor_where_it_was(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Ingest.put_tickets
    full = {"disk": True}

    def put_tickets(self: Ingest, *args: Any, **kwargs: Any) -> Any:
        if full["disk"]:
            raise StoreFull("The disk is full; make room.")
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(Ingest, "put_tickets", put_tickets)
    number = rig.ticket()
    assert await rig.once() == 1
    assert StateChanged("demo", "offline", "The disk is full; make room.") in rig.reports
    full["disk"] = False
    assert await rig.once() == 0
    assert rig.detail(number)


async def test_a_locked_database_is_waited_out(rig: Rig) -> None:
    await rig.once()
    number = rig.ticket()
    other = sqlite3.connect(rig.paths.database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(1.0, other.execute, ("ROLLBACK",))
    timer.start()
    assert await rig.once() == 0
    timer.join()
    assert rig.detail(number)
    other.close()


async def test_a_damaged_database_ends_the_worker_with_a_sentence(rig: Rig) -> None:
    await rig.once()
    rig.close()
    with sqlite3.connect(rig.paths.database) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    damaged = bytearray(rig.paths.database.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    rig.paths.database.write_bytes(damaged)
    with pytest.raises(StoreDamaged) as caught:
        await rig.once()
    assert one_sentence(caught.value.sentence) or caught.value.sentence


def test_a_second_worker_is_refused(rig: Rig) -> None:
    def run(parent_pipe: bool) -> int:
        return run_worker(
            rig.paths,
            rig.config,
            once=True,
            clock=rig.clock,
            secrets=rig.secrets,
            report=rig.reports.append,
            parent_pipe=parent_pipe,
        )

    with hold(rig.paths.worker_lock, "sync worker"):
        with pytest.raises(ProfileInUse, match="already runs"):
            run(False)
        assert run(True) == EXIT_IN_USE
    assert run(False) == 0


async def test_a_fault_in_one_account_ends_no_other(rig: Rig) -> None:
    rig.add_account("odd", rig.server.url)

    class Odd(ZendeskHelpdesk):
        async def whoami(self) -> Any:
            raise RuntimeError("a fault of the program's own")

    def connect(account: AccountSettings, secret: Callable[[], str]) -> Helpdesk:
        kind = Odd if account.name == "odd" else ZendeskHelpdesk
        return kind(account, secret, rig.clock, history_months=0)

    rig.connect = connect
    number = rig.ticket()
    assert await rig.once() == 1
    assert rig.state().state == "ok" and rig.detail(number)
    assert any(isinstance(each, StateChanged) and each.account == "odd" for each in rig.reports)


async def test_a_changed_config_takes_effect_while_it_runs(rig: Rig) -> None:
    account = rig.config.accounts[0]
    text = (
        f'[[accounts]]\nname = "{{name}}"\nuuid = "{account.uuid}"\nkind = "zendesk"\nurl = "{account.url}"\n'
        f'login = "{account.login}"\n'
    )
    rig.paths.home.mkdir(parents=True, exist_ok=True)
    rig.paths.config_file.write_text(text.format(name="demo"))
    rig.secrets.tokens["renamed"] = rig.secrets.tokens["demo"]
    async with rig.working():
        await rig.until(lambda: rig.names() == {"demo"} and rig.state().state == "ok")
        rig.paths.config_file.write_text(text.format(name="renamed"))
        await rig.until(lambda: rig.names() == {"renamed"} and rig.state("renamed").state == "ok")


async def test_no_secret_is_left_behind(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """In nothing that the worker writes, also when things go wrong."""
    caplog.set_level("DEBUG")
    token = rig.secrets.tokens["demo"]
    number = rig.ticket()
    await rig.once()
    rig.change(number, "Hello")
    rig.server.plant("drop_after", method="PUT")
    rig.server.plant("unauthorized", method="GET", path="macros")
    await rig.once()
    rig.close()
    for path in rig.paths.home.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path
    assert token not in caplog.text and all(token not in repr(report) for report in rig.reports)


def test_reports_are_told_to_people_and_to_scripts() -> None:
    class Out:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def write(self, text: str) -> int:
            self.lines.append(text)
            return len(text)

        def flush(self) -> None:
            pass

    now = [0.0]
    people, scripts = Out(), Out()
    printers = [
        ReportPrinter(people, steady=lambda: now[0]),  # type: ignore[arg-type]
        ReportPrinter(scripts, as_json=True, steady=lambda: now[0]),  # type: ignore[arg-type]
    ]
    reports: list[tuple[float, Report]] = [
        (0.1, Progress("demo", "tickets", "history", 1000, 100_000, False)),
        (0.7, Progress("demo", "tickets", "history", 2000, 100_000, False)),
        (0.8, Progress("demo", "tickets", "history", 3000, 100_000, False)),
        (0.9, StateChanged("demo", "offline", "demo: \x1b[31mno connection.")),
    ]
    for at, report in reports:
        now[0] = at
        for printer in printers:
            printer(report)
    assert people.lines == ["demo: history 2,000 of about 100,000\n", "demo: no connection.\n"]
    assert len(scripts.lines) == 4 and "\x1b" not in "".join(scripts.lines)


async def test_an_idle_worker_writes_nothing(rig: Rig) -> None:
    """Each write wakes console and worker, so one that answers a wake by a write would never rest."""
    async with rig.working():
        await rig.until(lambda: rig.state().state == "ok")
        # The indexes may still be behind; then it looks several times without writing.
        for _ in range(20):
            before = rig.reader.data_version()
            await asyncio.sleep(3 * WATCH_SECONDS)
            if rig.reader.data_version() == before:
                return
        raise AssertionError("it never rests")


async def test_one_throttled_feed_keeps_no_other_waiting(rig: Rig) -> None:
    rig.server.plant("rate_limited", path="/macros", times=None, retry_after=3600)
    number = rig.ticket()
    assert await rig.once() == 1
    assert rig.state().state == "throttled" and rig.state().retry_at is not None
    assert rig.detail(number).messages and rig.reader.views() and rig.reader.article_docs()
    assert not rig.reader.remote_macros()
