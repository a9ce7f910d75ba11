"""Two helpdesks in one console: where each ticket is from, and keys that mean tickets of both."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, replace

import pytest
from textual.widgets import Static

from agentconsole.config import Paths
from agentconsole.desk import tickets
from agentconsole.desk.mirror import mirror_accounts
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import FieldOption, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.people import Identity, RemotePerson
from agentconsole.domain.tickets import TicketPage
from agentconsole.helpdesks.base import Capabilities, ListPage
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.writer import Writer
from agentconsole.tui.screens.tags import TagsDialog
from tests.tui import profile
from tests.tui.conftest import Running, Start

DESK = AccountSettings(
    uuid="6f2a8a52-7a43-4a5e-9d5c-6a8d5b1c0002",
    name="tracker",
    kind="rt",
    url="http://127.0.0.1:9",
    login="sam",
    secret="file",
)
BOTH = (profile.ACCOUNT, DESK)

_STATUSES = (("new", "new"), ("open", "open"), ("stalled", "pending"), ("resolved", "solved"))
_PRIORITIES = (("10", "Low", "low"), ("75", "High", "high"), ("100", "Urgent", "urgent"))
FIELDS = (
    TicketField("status", "Status", "choice", tuple(FieldOption(key, key, word) for key, word in _STATUSES)),
    TicketField("priority", "Priority", "choice", tuple(FieldOption(*one) for one in _PRIORITIES)),
)
PEOPLE = (
    RemotePerson("sam", "Sam Okoye", "sam@brightcart.example", "agent"),
    RemotePerson("jo", "Jo Park", "jo@brightcart.example", "agent"),
    RemotePerson("kim", "Kim Lee", "kim@tracker.example", "agent"),
    RemotePerson("mara", "Mara Klein", "mara.klein@example.net", "customer"),
)


def two(paths: Paths) -> None:
    """The usual tickets of `demo`, and #41 and #7 of `tracker`."""
    profile.standard(paths)
    with closing(open_store(paths.database, role="console", now=profile.NOW)) as conn:
        account = Writer(conn).put_accounts(BOTH, profile.NOW)[DESK.uuid]
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, account, sleep=lambda _: None)
        ingest.set_identity(Identity("sam", "Sam Okoye", "sam@brightcart.example", "agent", ()))
        ingest.put_people(ListPage(PEOPLE, "", more=False), at=profile.NOW)
        ingest.put_fields(FIELDS, at=profile.NOW)
        macro = RemoteMacro("9", "Tracker::Wait", "", (("status", "pending"),))
        ingest.put_macros(ListPage((macro,), "", more=False, complete=True), first=True, at=profile.NOW)
        view = RemoteView("3", "Stalled ones", "status:pending", 1)
        ingest.put_views(ListPage((view,), "", more=False, complete=True), first=True, at=profile.NOW)
        found = [
            profile.ticket(number, requester="mara", assignee="sam", subject=f"Kettle {number}")
            for number in (41, 7)
        ]
        found = [
            replace(one, fields={name: value for name, value in one.fields.items() if name != "custom:3601"})
            for one in found
        ]
        ingest.put_tickets(TicketPage(tuple(found), cursor="", more=False), stream="tickets", at=profile.NOW)
        ingest.set_account_state("ok", "", last_sync_at=profile.NOW - 12_000_000)


def row_of(console: Running, name: str) -> int:
    queue = console.main.queue
    return next(one for one in queue.ids if (row := queue.row(one)) is not None and row.name == name)


async def show_unsolved(console: Running) -> None:
    """Show a list that a ticket does not leave when its status changes."""
    await console.press("slash")
    await console.burst("status<solved\r")
    await console.until(lambda: console.main.queue.row(console.main.queue.ids[0]) is not None)


async def go_to(console: Running, name: str) -> None:
    """Put the cursor on a ticket by keys."""
    place = list(console.main.queue.ids).index(row_of(console, name))
    await console.press("g", *["j"] * place)
    assert console.main.queue.current == row_of(console, name)


def fields_of(console: Running, name: str) -> dict[str, object]:
    detail = console.desk.reader.ticket_detail(row_of(console, name), profile.NOW)
    assert detail is not None
    return dict(detail.fields)


async def test_the_queue_says_where_each_ticket_is_from(console: Start) -> None:
    for size in ((160, 45), (80, 24), (60, 20)):
        async with console(fill=two, accounts=BOTH, size=size) as running:
            await show_unsolved(running)
            shown = running.screen_text()
            assert "demo#41" in shown and "tracker#41" in shown and "tracker#7" in shown, shown


async def test_one_account_needs_no_name(console: Start) -> None:
    async with console() as running:
        await show_unsolved(running)
        assert "demo#41" not in running.screen_text() and "#41" in running.screen_text()


async def test_the_ticket_and_what_is_written_on_it_say_where_it_is(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        await show_unsolved(running)
        await go_to(running, "tracker#41")
        await running.press("enter")
        assert "tracker#41 Kettle 41" in running.screen_text()
        await running.press("n")
        writing = running.main.composer.writing
        assert writing is not None and writing.ticket_name == "tracker#41"


async def test_only_the_macros_of_the_tickets_own_helpdesk_are_offered(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        await show_unsolved(running)
        await go_to(running, "tracker#41")
        await running.press("m")
        assert "Tracker::Wait" in running.screen_text() and "Card refund is on" not in running.screen_text()
        await running.press("escape", "escape")
        await go_to(running, "demo#41")
        await running.press("m")
        assert "Card refund is on" in running.screen_text() and "Tracker::Wait" not in running.screen_text()


async def test_keys_mean_the_selected_tickets_of_both(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        await show_unsolved(running)
        await go_to(running, "demo#44")
        await running.press("space")
        await go_to(running, "tracker#7")
        await running.press("space", "s")
        assert "2 selected tickets of demo and tracker" in running.screen_text()
        await running.press(*"pending", "enter")
        await running.until(lambda: fields_of(running, "tracker#7")["status"] == "stalled")
        assert fields_of(running, "demo#44")["status"] == "pending"


async def test_people_of_both_helpdesks_are_chosen_by_mail_address(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        await show_unsolved(running)
        await go_to(running, "demo#44")
        await running.press("space")
        await go_to(running, "tracker#7")
        await running.press("space", "a")
        assert "Jo Park" in running.screen_text() and "Kim Lee" not in running.screen_text()
        await running.press(*"Jo Park", "enter")
        await running.until(lambda: fields_of(running, "tracker#7")["assignee"] == "jo")
        assert fields_of(running, "demo#44")["assignee"] == profile.JO
        await go_to(running, "tracker#41")
        await running.press("a")
        assert "Kim Lee" in running.screen_text(), "an account's own people for its own ticket"


async def test_a_macro_of_one_helpdesk_changes_no_ticket_of_another(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        await show_unsolved(running)
        await go_to(running, "demo#44")
        await running.press("space")
        await go_to(running, "tracker#7")
        await running.press("space", "m", *"Tracker", "enter")
        assert "select those of tracker alone" in running.notices()[-1]
        assert fields_of(running, "tracker#7")["status"] == "open"
        await running.press("escape")
        await go_to(running, "demo#44")
        await running.press("space")
        await go_to(running, "tracker#7")
        await running.press("m", *"Tracker", "enter")
        await running.until(lambda: fields_of(running, "tracker#7")["status"] == "stalled")


async def test_a_view_says_whose_it_is(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        assert "tracker: Stalled ones" in running.screen_text()


async def test_the_status_line_has_room_for_what_is_wrong(console: Start) -> None:
    async with console(fill=two, accounts=BOTH, size=(66, 20)) as running:
        assert "● demo in sync" in running.screen_text() and "● tracker in sync" in running.screen_text()
        states = {state.name: state for state in running.desk.reader.account_states()}
        with closing(open_store(running.desk.paths.database, role="worker", now=profile.NOW)) as conn:
            ingest = Ingest(conn, states["tracker"].id, sleep=lambda _: None)
            until = profile.NOW + 3_600_000_000
            ingest.set_account_state("throttled", "It is asked to wait.", last_sync_at=None, retry_at=until)
        await running.until(lambda: "asked to wait" in running.screen_text())
        line = running.screen_text().splitlines()[-1]
        assert line.startswith(" ● demo ○ tracker asked to wait, on again in 1h · as of 12s ago"), line


async def test_accounts_are_named_in_the_order_of_the_config(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        assert running.screen_text().splitlines()[-1].startswith(" ● demo")
        # As a start does with a config whose accounts have changed places.
        mirror_accounts(replace(running.desk.config, accounts=BOTH[::-1]), running.desk.store, profile.NOW)
    async with console(fill=two, accounts=BOTH[::-1]) as running:
        assert running.screen_text().splitlines()[-1].startswith(" ● tracker")
        await show_unsolved(running)
        await running.press("*", "p")
        await running.until(lambda: " of tracker and demo" in running.screen_text())
        with pytest.raises(UsageError, match="say tracker#41 or demo#41"):
            tickets.resolve(running.desk, "#41")


async def test_why_an_account_is_paused_is_told_in_full_by_the_palette(console: Start) -> None:
    sentence = "The keyring is locked. Unlock it, or keep the secret [elsewhere]."
    async with console(fill=two, accounts=BOTH) as running:
        states = {state.name: state for state in running.desk.reader.account_states()}
        with closing(open_store(running.desk.paths.database, role="worker", now=profile.NOW)) as conn:
            ingest = Ingest(conn, states["tracker"].id, sleep=lambda _: None)
            ingest.set_account_state("paused", sentence, why="keyring locked")
        await running.until(lambda: "tracker paused: keyring locked" in running.screen_text())
        await running.until(lambda: any(one.message == sentence for one in running.app._notifications))
        await running.press("ctrl+p")
        await running.burst("account tracker")
        await running.until(lambda: "Account tracker: paused: keyring locked" in running.screen_text())
        await running.press("enter")
        await running.until(lambda: "tracker: paused: keyring locked · as of" in running.screen_text())
        assert sentence in str(running.app.screen.query_one(".box-scroll Static", Static).render())
        await running.press("enter")
        assert running.app.screen is running.main


async def test_the_next_ticket_is_not_skipped_where_the_open_one_has_left_the_list(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        queue = running.main.queue
        first, second = list(queue.ids)[:2]
        await running.press("g", "enter", "a", *"Nobody", "enter")
        await running.until(lambda: first not in queue.ids)
        await running.press("J")
        assert running.main.detail is not None and running.main.detail.row.ticket_id == second


def able(console: Running, account: str, **abilities: object) -> None:
    """Let an account do some things and not others."""
    states = {state.name: state for state in console.desk.reader.account_states()}
    with closing(open_store(console.desk.paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, states[account].id, sleep=lambda _: None)
        ingest.set_capabilities({**asdict(Capabilities("atomic", marker=True)), **abilities})


async def select_both(running: Running, last: str) -> None:
    """Select demo#44 and tracker#7; the cursor stands on `last`."""
    await show_unsolved(running)
    for name in ("demo#44", "tracker#7"):
        await go_to(running, name)
        await running.press("space")
    await go_to(running, last)


async def named(running: Running, words: str) -> None:
    """Wait until a ticket that stays as it is has been named, with the reason."""
    await running.until(lambda: any(words in one for one in running.notices()))


@pytest.mark.parametrize("cursor", ["demo#44", "tracker#7"])
async def test_tags_are_set_where_one_of_two_accounts_has_them(console: Start, cursor: str) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        able(running, "demo", tags=False)
        able(running, "tracker", tags=True)
        await select_both(running, cursor)
        await running.press("t")
        await running.until(lambda: isinstance(running.app.screen, TagsDialog))
        await running.press(*"+late", "enter")
        await named(running, "demo#44: demo cannot do this")
        assert "late" in str(fields_of(running, "tracker#7")["tags"])
        assert "late" not in str(fields_of(running, "demo#44")["tags"])


@pytest.mark.parametrize("cursor", ["demo#44", "tracker#7"])
async def test_spam_is_marked_where_one_of_two_accounts_can(console: Start, cursor: str) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        able(running, "demo", spam=True)
        able(running, "tracker", spam=False)
        await select_both(running, cursor)
        await running.press("X", "x")
        await named(running, "tracker#7: tracker cannot mark spam")
        marked = [change.ticket_id for change in running.desk.reader.changes({"held"})]
        assert marked == [row_of(running, "demo#44")]


async def test_the_form_of_a_new_ticket_has_room_for_its_account(console: Start) -> None:
    async with console(fill=two, accounts=BOTH, size=(80, 24)) as running:
        for account in ("demo", "tracker"):
            able(running, account, create=True)
        await running.press("N")
        text = running.screen_text()
        for words in (
            "Account demo",
            "Group none",
            "Assignee nobody",
            "Priority none",
            "Fields none",
            "Tags",
        ):
            assert words in text, words


async def test_deleting_names_the_account_whose_tickets_stay(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        able(running, "demo", delete=True)
        able(running, "tracker", delete=False)
        await select_both(running, "tracker#7")
        await running.press("delete")
        text = running.screen_text()
        assert "can restore it there" in text and "Tickets of tracker stay" in text
        assert "Request Tracker gives it" not in text
        await running.press("d")
        await named(running, "tracker#7: tracker cannot delete tickets")
        gone = [change.ticket_id for change in running.desk.reader.changes({"held"})]
        assert gone == [row_of(running, "demo#44")]


async def test_what_no_account_of_the_selection_can_do_is_refused_by_name(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        for account in ("demo", "tracker"):
            able(running, account, spam=False)
        await select_both(running, "demo#44")
        await running.press("X")
        assert running.notices()[-1] == "Mark as spam: demo and tracker have no spam mark."


async def test_a_priority_is_offered_where_one_account_of_the_selection_has_any(console: Start) -> None:
    async with console(fill=two, accounts=BOTH) as running:
        able(running, "demo", priorities=True)
        able(running, "tracker", priorities=False)
        await select_both(running, "tracker#7")
        await running.press("p")
        await running.until(lambda: "only demo" in running.screen_text())
        await running.press(*"urgent", "enter")
        await running.until(lambda: fields_of(running, "demo#44")["priority"] == "urgent")
        await named(running, "tracker#7: tracker cannot do this")
