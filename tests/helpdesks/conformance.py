"""What every helpdesk adapter must do: a class of tests that each adapter's own tests inherit.

An adapter's test module gives a fixture `world`: the helpdesk behind the adapter, with everything that a
customer, a colleague or a broken network may do to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import pytest

from agentconsole.domain.change_words import change_words
from agentconsole.domain.changes import OutgoingAttachment
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    Conflict,
    HelpdeskError,
    LoginRefused,
    NotAllowed,
    NotFound,
    Rejected,
    ServerFailed,
    Throttled,
    TlsFailed,
    Unreachable,
)
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.tickets import STATUSES, UNSOLVED
from agentconsole.domain.times import DAY, MINUTE
from agentconsole.helpdesks.base import Helpdesk
from tests.helpdesks.conformance_unmoved import UnmovedConformance
from tests.helpdesks.conformance_whole import WholeTicketConformance
from tests.helpdesks.port import (
    FaultName as FaultName,
)
from tests.helpdesks.port import (
    Side as Side,
)
from tests.helpdesks.port import (
    World as World,
)
from tests.helpdesks.port import (
    change_of as change_of,
)
from tests.helpdesks.port import (
    finish as finish,
)
from tests.helpdesks.port import (
    one_sentence as one_sentence,
)
from tests.helpdesks.port import (
    read_all as read_all,
)
from tests.helpdesks.port import (
    read_articles as read_articles,
)
from tests.helpdesks.port import (
    send as send,
)
from tests.helpdesks.port import (
    send_until_lost as send_until_lost,
)
from tests.helpdesks.port import (
    with_result as with_result,
)


class HelpdeskConformance(WholeTicketConformance, UnmovedConformance):
    """The port's promises."""

    @pytest.fixture
    async def helpdesk(self, world: World) -> AsyncIterator[Helpdesk]:
        opened = world.connect()
        yield opened
        world.clear()
        await opened.close()

    @pytest.fixture
    async def admin(self, world: World) -> AsyncIterator[Helpdesk]:
        opened = world.connect(admin=True)
        yield opened
        world.clear()
        await opened.close()

    # Who and what

    async def test_tells_who_the_login_is(self, world: World, helpdesk: Helpdesk) -> None:
        me = await helpdesk.whoami()
        assert me.remote_id == world.me and me.role == "agent" and "@" in me.email and me.domains

    async def test_a_bad_secret_is_refused(self, world: World) -> None:
        helpdesk = world.connect(secret="wrong" * 8)
        try:
            with pytest.raises(LoginRefused, match="refused the login"):
                await helpdesk.whoami()
        finally:
            await helpdesk.close()

    async def test_capabilities_are_those_of_the_login(self, helpdesk: Helpdesk, admin: Helpdesk) -> None:
        assert not (await helpdesk.capabilities()).bulk_threads
        assert (await admin.capabilities()).settle_seconds > 0

    # Reading tickets

    @pytest.mark.parametrize("as_admin", [False, True])
    async def test_the_feed_brings_the_agents_own_first_and_in_the_end_everything(
        self, world: World, helpdesk: Helpdesk, admin: Helpdesk, as_admin: bool
    ) -> None:
        opened = admin if as_admin else helpdesk
        first = await opened.changes(None)
        if not as_admin:
            assert {each.remote_id for each in first.tickets} == world.unsolved(mine=True)
        tickets, _, phases = await read_all(opened)
        assert set(tickets) >= world.everything()
        assert phases[0] == "your open tickets" and "history" in phases

    @pytest.mark.parametrize("as_admin", [False, True])
    async def test_the_feed_goes_on_from_any_cursor(
        self, world: World, helpdesk: Helpdesk, admin: Helpdesk, as_admin: bool
    ) -> None:
        """Killed after any page, a new process reads the rest and misses nothing."""
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(200):
            opened = world.connect(admin=as_admin)
            try:
                page = await opened.changes(cursor)
            finally:
                await opened.close()
            seen |= {each.remote_id for each in page.tickets}
            cursor = page.cursor
            if not page.more:
                break
        assert seen >= world.everything()

    @pytest.mark.parametrize("as_admin", [False, True])
    async def test_a_poll_brings_what_changed(
        self, world: World, helpdesk: Helpdesk, admin: Helpdesk, as_admin: bool
    ) -> None:
        opened = admin if as_admin else helpdesk
        ticket = world.ticket()
        _, cursor, _ = await read_all(opened)
        world.pass_time(5)
        world.customer_answers(ticket, "Are you there?")
        fresh = world.ticket()
        changed, cursor, _ = await read_all(opened, cursor)
        assert {ticket, fresh} <= set(changed)
        world.pass_time(10)
        # Once more is allowed: what was read in the second of its change may have changed again in it.
        _, cursor, _ = await read_all(opened, cursor)
        for _ in range(3):
            again, cursor, _ = await read_all(opened, cursor)
            assert ticket not in again, "the same change comes again for ever"

    async def test_tickets_are_whole(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = world.ticket(tags=["vpn", "beta"], priority="high")
        read = (await helpdesk.thread(ticket)).ticket
        assert read.fields["tags"] == ("beta", "vpn") and read.priority == "high"
        assert read.fields["priority"] == world.key("priority", "high") and read.fields["group"]
        assert read.status in STATUSES and read.status in UNSOLVED
        assert read.requester and read.version and read.stamp >= read.updated_at - MINUTE
        assert abs(read.created_at - world.now) < DAY
        assert read.fields["assignee"] == world.me

    async def test_unsolved_tickets_carry_their_clocks(self, world: World, helpdesk: Helpdesk) -> None:
        world.ticket()
        tickets, _, _ = await read_all(helpdesk)
        unsolved = [each for each in tickets.values() if each.status in UNSOLVED]
        assert unsolved and all(each.slas_known for each in unsolved)
        assert any(clock.due_at for each in unsolved for clock in each.slas)

    async def test_people_come_with_their_tickets(self, world: World, helpdesk: Helpdesk) -> None:
        page = await helpdesk.changes(None)
        assert {each.requester for each in page.tickets} <= {person.remote_id for person in page.people}

    async def test_a_deleted_ticket_is_gone(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = world.ticket()
        world.delete(ticket)
        with pytest.raises(NotFound):
            await helpdesk.thread(ticket)

    async def test_an_unknown_ticket_is_not_found(self, helpdesk: Helpdesk) -> None:
        with pytest.raises(NotFound, match="404"):
            await helpdesk.thread("987654321")

    async def test_a_record_that_does_not_parse_is_set_aside(self, world: World, helpdesk: Helpdesk) -> None:
        world.plant("malformed_record", "thread")
        ticket = world.ticket()
        world.customer_answers(ticket, "Second")
        thread = await helpdesk.thread(ticket)
        # A helpdesk that tells the same in two listings may lose nothing.
        assert len(thread.quarantined) == 1 and len(thread.said) in (1, 2)
        assert thread.quarantined[0].reason and thread.quarantined[0].raw

    # Threads

    async def test_a_thread_is_whole_and_in_order(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = world.ticket()
        world.colleague_writes(ticket, "Known fault", public=False)
        world.customer_answers(ticket, "Any news?")
        thread = await helpdesk.thread(ticket)
        assert [each.kind for each in thread.said] == ["reply", "note", "reply"]
        assert thread.said[-1].raw_text == "Any news?"
        assert all(each.ticket == ticket and each.author for each in thread.messages)
        assert {each.author for each in thread.messages} <= {person.remote_id for person in thread.people}

    async def test_a_thread_tells_who_changed_what(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = world.ticket()
        first = await helpdesk.thread(ticket)
        known = {each.remote_id for each in first.messages}
        told = " ".join([await self.told(helpdesk, each) for each in first.messages if each.kind == "event"])
        assert "Kettle" not in told, "with what a ticket was made is no change"
        world.colleague_sets(ticket, status="pending", priority="low")
        thread = await helpdesk.thread(ticket)
        fresh = [each for each in thread.messages if each.remote_id not in known]
        assert fresh and {(each.kind, each.author) for each in fresh} == {("event", world.colleague())}
        words = " ".join([await self.told(helpdesk, each) for each in fresh])
        assert "Status: " in words and "Priority" in words and words.count("→") == 2
        assert [each.remote_id for each in thread.said] == [each.remote_id for each in first.said]
        again = await helpdesk.thread(ticket)
        assert again.messages == thread.messages, "under the same numbers, in the same order"

    async def told(self, helpdesk: Helpdesk, event: RemoteMessage) -> str:
        """What an event says, by its own text or by the names that the helpdesk gives its keys."""
        if not event.changes:
            return event.raw_text
        fields = {each.name: each for each in await helpdesk.fields()}
        return change_words(event.changes, fields, lambda field, key: None, UTC)

    async def test_threads_come_in_bulk_where_allowed(
        self, world: World, helpdesk: Helpdesk, admin: Helpdesk
    ) -> None:
        if not (await admin.capabilities()).bulk_threads:
            pytest.skip("this helpdesk has no bulk threads")
        ticket = world.ticket()
        world.colleague_writes(ticket, "Internal", public=False)
        world.colleague_sets(ticket, status="pending", priority="low", tags=["wet"])
        cursor: str | None = None
        found: dict[str, RemoteMessage] = {}
        for _ in range(100):
            page = await admin.messages(cursor)
            found |= {each.remote_id: each for each in page.messages if each.ticket == ticket}
            assert cursor != page.cursor or not page.more
            cursor = page.cursor
            if not page.more:
                break
        thread = await helpdesk.thread(ticket)
        assert {each.kind for each in thread.messages} == {"reply", "note", "event"}
        assert found == {each.remote_id: each for each in thread.messages}, "both ways tell the same"

    # Listings

    async def test_listings_are_whole(self, helpdesk: Helpdesk) -> None:
        able = await helpdesk.capabilities()
        assert (groups := await helpdesk.groups(None)).complete and groups.items
        assert all(group.name and group.remote_id for group in groups.items)
        views = await helpdesk.views(None)
        assert views.items and any(view.query for view in views.items)
        assert bool((await helpdesk.macros(None)).items) == able.macros
        await helpdesk.organisations(None)

    async def test_fields_have_their_choices(self, helpdesk: Helpdesk) -> None:
        able = await helpdesk.capabilities()
        fields = {each.name: each for each in await helpdesk.fields()}
        assert {option.normalised for option in fields["status"].options} >= {"open", "pending", "solved"}
        assert {option.normalised for option in fields["priority"].options} >= {"low", "high", "urgent"}
        assert any(name.startswith("custom:") for name in fields)
        assert any(each.required_to_solve for each in fields.values()) == able.required_on_solve
        assert len({each.name for each in fields.values()}) == len(fields)

    async def test_people_can_be_listed_and_named(
        self, world: World, helpdesk: Helpdesk, admin: Helpdesk
    ) -> None:
        assert world.me in {each.remote_id for each in (await helpdesk.people(None)).items}
        named = await helpdesk.people_by_id([world.me, "99999999"])
        assert [each.remote_id for each in named] == [world.me]
        assert (await admin.people(None)).items and not await helpdesk.people_by_id([])

    async def test_articles_come_whole_and_later_only_what_changed(self, helpdesk: Helpdesk) -> None:
        articles, cursor = await read_articles(helpdesk)
        assert len(articles) > 2 and all(each.title and each.html and each.url for each in articles)
        again = await helpdesk.articles(cursor)
        assert len(again.items) < len(articles) and not again.more

    # Writing

    async def test_a_reply_with_fields_arrives_whole(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket(tags=["vpn"]))).ticket
        change = change_of(
            world, ticket, "It works again.", status=world.key("status", "pending"), tags=("fixed", "vpn")
        )
        applied = await send(helpdesk, change)
        assert applied.ticket is not None and applied.ticket.status == "pending"
        assert applied.ticket.fields["tags"] == ("fixed", "vpn")
        assert applied.message is not None and applied.message.kind == "reply"
        thread = await helpdesk.thread(ticket.remote_id)
        assert thread.said[-1].remote_id == applied.message.remote_id
        assert world.texts(ticket.remote_id, public=True)[-1] == "It works again."

    async def test_a_note_is_never_public(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        applied = await send(helpdesk, change_of(world, ticket, "Between us", public=False))
        assert applied.message is not None and applied.message.kind == "note"
        assert world.texts(ticket.remote_id, public=False) == ["Between us"]
        assert "Between us" not in world.texts(ticket.remote_id, public=True)

    @pytest.mark.parametrize(
        "text",
        ["Use {{ticket.id}} and {% if x %}", "Zwei\n\nAbsätze ü 退款", "<b>not bold</b> & co", "a  b\tc"],
    )
    async def test_a_text_arrives_as_it_was_typed(self, world: World, helpdesk: Helpdesk, text: str) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        await send(helpdesk, change_of(world, ticket, text))
        assert world.texts(ticket.remote_id, public=True)[-1] == text

    async def test_files_go_with_the_reply(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.files |= {"aa": b"one", "bb": "zwei ü".encode()}
        files = (
            OutgoingAttachment("aa", "eins.txt", "text/plain", 3),
            OutgoingAttachment("bb", "明細 2.txt", "text/plain", 7),
        )
        applied = await send(helpdesk, change_of(world, ticket, "See these", files=files))
        assert applied.message is not None
        sent = (await helpdesk.thread(ticket.remote_id)).said[-1].attachments
        assert [each.file_name for each in sent] == ["eins.txt", "明細 2.txt"]
        assert b"".join([piece async for piece in helpdesk.download(sent[1])]) == "zwei ü".encode()

    async def test_a_write_on_an_old_version_is_refused(self, world: World, helpdesk: Helpdesk) -> None:
        if (await helpdesk.capabilities()).stale_write_check == "none":
            pytest.skip("this helpdesk cannot compare")
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.pass_time(2)
        world.customer_answers(ticket.remote_id, "Wait!")
        with pytest.raises(Conflict):
            await send(helpdesk, change_of(world, ticket, "Too late"))
        assert "Too late" not in world.texts(ticket.remote_id, public=True)

    async def test_each_field_becomes_what_it_shall(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket(tags=["old"]))).ticket
        groups = {each.remote_id for each in (await helpdesk.groups(None)).items}
        other = sorted(groups - {str(ticket.fields["group"])})[0]
        for name, value in (
            ("subject", "Wasserkocher 退款 “neu”"),
            ("priority", world.key("priority", "urgent")),
            ("tags", ("vpn", "急ぎ")),
            ("tags", ()),
            ("assignee", world.colleague()),
            ("assignee", world.me),
            ("assignee", None),
            ("group", other),
            ("status", world.key("status", "pending")),
        ):
            read = (await helpdesk.thread(ticket.remote_id)).ticket
            values: dict[str, Any] = {name: value}
            applied = await send(helpdesk, change_of(world, read, **values))
            assert applied.ticket is not None and applied.ticket.fields[name] == value, name
            assert (await helpdesk.thread(ticket.remote_id)).ticket.fields[name] == value, name

    async def test_custom_fields_are_set_and_emptied(self, world: World, helpdesk: Helpdesk) -> None:
        fields = [each for each in await helpdesk.fields() if each.name.startswith("custom:")]
        chosen = next(each for each in fields if each.kind == "choice" and each.options)
        typed = next(each for each in fields if each.kind == "text")
        number = world.ticket()
        for field, value in (
            (chosen, chosen.options[-1].key),
            (typed, "Ü 42 “quoted”"),
            (typed, None),
            (chosen, None),
        ):
            read = (await helpdesk.thread(number)).ticket
            values: dict[str, Any] = {field.name.replace(":", "__"): value}
            applied = await send(helpdesk, change_of(world, read, **values))
            assert applied.ticket is not None and applied.ticket.fields[field.name] in (value, value or ""), (
                field
            )

    async def test_a_value_that_is_no_choice_is_refused(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        with pytest.raises(Rejected) as caught:
            await send(helpdesk, change_of(world, ticket, status="nonsense"))
        assert one_sentence(caught.value) and caught.value.reasons
        assert (await helpdesk.thread(ticket.remote_id)).ticket.fields["status"] == ticket.fields["status"]

    async def test_a_field_that_somebody_else_changed_is_not_overwritten(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.pass_time(2)
        world.colleague_sets(ticket.remote_id, priority="low")
        with pytest.raises(Conflict):
            await send(helpdesk, change_of(world, ticket, priority=world.key("priority", "urgent")))
        assert (await helpdesk.thread(ticket.remote_id)).ticket.priority == "low"

    async def test_a_write_on_the_newest_version_passes(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        for word in ("pending", "open", "pending"):
            applied = await send(helpdesk, change_of(world, ticket, status=world.key("status", word)))
            assert applied.ticket is not None and applied.ticket.status == word
            ticket = applied.ticket

    async def test_the_feed_and_the_thread_tell_the_same(self, world: World, helpdesk: Helpdesk) -> None:
        number = world.ticket(tags=["vpn"], priority="low")
        world.colleague_writes(number, "Looked at it")
        read = (await helpdesk.thread(number)).ticket
        listed = (await read_all(helpdesk))[0][number]
        assert listed.version == read.version and dict(listed.fields) == dict(read.fields)
        assert (listed.status, listed.requester, listed.created_at) == (
            read.status,
            read.requester,
            read.created_at,
        )

    async def test_a_deleted_ticket_comes_as_deleted(self, world: World, helpdesk: Helpdesk) -> None:
        number = world.ticket()
        _, cursor, _ = await read_all(helpdesk)
        world.pass_time(2)
        world.delete(number)
        changed, _, _ = await read_all(helpdesk, cursor)
        assert number not in changed or changed[number].deleted

    async def test_a_broken_cursor_begins_anew(self, world: World, helpdesk: Helpdesk) -> None:
        for cursor in ("", "{", "[]", "\x00"):
            page = await helpdesk.changes(cursor)
            assert page.phase == "your open tickets" and page.more

    @pytest.mark.parametrize(
        "name", ['a "b"; c.bin', "ñ ü.bin", "日本語 (1) 🔥.bin", "كشف.bin", "x" * 120 + ".bin"]
    )
    async def test_files_of_any_name_and_content_arrive(
        self, world: World, helpdesk: Helpdesk, name: str
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        content = bytes(range(256)) * 5
        world.files |= {"cc": content}
        files = (OutgoingAttachment("cc", name, "application/octet-stream", len(content)),)
        await send(helpdesk, change_of(world, ticket, "A file", files=files))
        (sent,) = (await helpdesk.thread(ticket.remote_id)).said[-1].attachments
        assert (sent.file_name, sent.size) == (name, len(content))
        assert b"".join([piece async for piece in helpdesk.download(sent)]) == content

    async def test_two_changes_in_order_both_arrive(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        first = await send(helpdesk, change_of(world, ticket, "One"))
        assert first.ticket is not None
        await send(helpdesk, change_of(world, first.ticket, "Two", public=False))
        assert world.texts(ticket.remote_id, public=True)[-1] == "One"
        assert world.texts(ticket.remote_id, public=False) == ["Two"]

    async def test_side_by_side_reads_do_not_disturb_one_another(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        numbers = [world.ticket() for _ in range(6)]
        threads = await asyncio.gather(*(helpdesk.thread(number) for number in numbers))
        assert [each.ticket.remote_id for each in threads] == numbers

    async def test_nothing_left_to_change_writes_nothing(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        applied = await send(helpdesk, change_of(world, ticket))
        assert applied.ticket is not None and applied.ticket.version == ticket.version

    async def test_a_deleted_ticket_cannot_be_answered(self, world: World, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.delete(ticket.remote_id)
        with pytest.raises(NotFound):
            await send(helpdesk, change_of(world, ticket, "Hello?"))

    # Lost answers

    @pytest.mark.parametrize("side", ["drop_before", "drop_after", "server_error", "not_json"])
    async def test_a_lost_answer_can_be_settled(
        self, world: World, helpdesk: Helpdesk, side: FaultName
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        change = change_of(world, ticket, "Once only", status=world.key("status", "pending"))
        world.plant(side, "write")
        change, number = await send_until_lost(helpdesk, change, (AnswerLost, ServerFailed, BadAnswer))
        found = await helpdesk.find_applied(change, change.steps[number])
        there = world.texts(ticket.remote_id, public=True).count("Once only")
        assert found.verdict == ("applied" if there else "absent")
        assert there == {"drop_before": 0, "server_error": 0, "drop_after": 1}.get(side, there)
        if there:
            assert found.applied is not None and found.applied.message is not None
            assert found.applied.message.raw_text.strip() == "Once only"
            change, number = with_result(change, number, found.applied), number + 1
        await finish(helpdesk, change, number)
        assert world.texts(ticket.remote_id, public=True).count("Once only") == 1
        assert (await helpdesk.thread(ticket.remote_id)).ticket.status == "pending"

    @pytest.mark.parametrize("side", ["drop_before", "drop_after"])
    async def test_a_lost_change_of_fields_can_be_settled(
        self, world: World, helpdesk: Helpdesk, side: FaultName
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        change = change_of(world, ticket, status=world.key("status", "pending"))
        world.plant(side, "write")
        change, number = await send_until_lost(helpdesk, change, (AnswerLost,))
        found = await helpdesk.find_applied(change, change.steps[number])
        assert found.verdict == ("applied" if side == "drop_after" else "absent")

    async def test_a_lost_message_is_looked_for_by_another_process(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        """What was in memory is gone; a message on the ticket before it, with another text, is not it."""
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.pass_time(2)
        change = change_of(world, ticket, "Sent and lost")
        world.plant("drop_after", "write")
        change, number = await send_until_lost(helpdesk, change, (AnswerLost,))
        other = world.connect()
        try:
            found = await other.find_applied(change, change.steps[number])
            never = change_of(world, ticket, "Never sent")
            absent = await other.find_applied(never, never.steps[number])
        finally:
            await other.close()
        assert found.verdict == "applied" and absent.verdict == "absent"

    async def test_an_applied_change_is_found_among_many_later_ones(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.pass_time(2)
        change = change_of(world, ticket, "Needle")
        await send(helpdesk, change)
        for number in range(world.many):
            world.colleague_writes(ticket.remote_id, f"Hay {number}")
        found = await helpdesk.find_applied(change, change.steps[-1])
        assert found.verdict == "applied"
        other = change_of(world, ticket, "Never sent")
        assert (await helpdesk.find_applied(other, other.steps[-1])).verdict == "absent"

    async def test_equal_texts_are_told_apart(self, world: World, helpdesk: Helpdesk) -> None:
        """Never is one taken for the other: it is absent, or the agent is asked."""
        ticket = (await helpdesk.thread(world.ticket())).ticket
        first = change_of(world, ticket, "Thanks")
        applied = await send(helpdesk, first)
        assert applied.ticket is not None
        second = change_of(world, applied.ticket, "Thanks")
        found = await helpdesk.find_applied(second, second.steps[-1])
        assert found.verdict == ("absent" if (await helpdesk.capabilities()).marker else found.verdict)
        assert found.verdict != "applied"
        if found.verdict == "unsure":
            assert [each.raw_text for each in found.candidates] == ["Thanks"]

    # Errors

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ("server_error", ServerFailed),
            ("unavailable", Throttled),
            ("rate_limited", Throttled),
            ("unauthorized", LoginRefused),
            ("forbidden", NotAllowed),
            ("not_json", BadAnswer),
            ("drop_before", AnswerLost),
        ],
    )
    async def test_each_fault_of_a_read_has_its_error(
        self, world: World, helpdesk: Helpdesk, fault: FaultName, expected: type[HelpdeskError]
    ) -> None:
        world.plant(fault, "listing", times=None)
        with pytest.raises(expected) as caught:
            await helpdesk.groups(None)
        assert one_sentence(caught.value)
        world.clear()
        assert (await helpdesk.groups(None)).items, "after the fault it goes on"

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ("unavailable", Throttled),
            ("rate_limited", Throttled),
            ("unauthorized", LoginRefused),
            ("forbidden", NotAllowed),
        ],
    )
    async def test_a_refused_write_is_certainly_absent(
        self, world: World, helpdesk: Helpdesk, fault: FaultName, expected: type[HelpdeskError]
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        change = change_of(world, ticket, "Not now")
        world.plant(fault, "write")
        with pytest.raises(expected) as caught:
            await send(helpdesk, change)
        assert one_sentence(caught.value)
        assert "Not now" not in world.texts(ticket.remote_id, public=True)
        await send(helpdesk, change)
        assert world.texts(ticket.remote_id, public=True).count("Not now") == 1

    async def test_a_read_survives_one_broken_exchange(self, world: World, helpdesk: Helpdesk) -> None:
        world.plant("drop_before", "listing")
        assert (await helpdesk.groups(None)).items

    async def test_a_wait_is_told_in_seconds(self, world: World, helpdesk: Helpdesk) -> None:
        world.plant("rate_limited", "listing")
        with pytest.raises(Throttled) as caught:
            await helpdesk.groups(None)
        assert 0 < caught.value.wait_seconds <= 3600

    async def test_a_refused_connection_is_unreachable(self, world: World, unused_tcp_port: int) -> None:
        helpdesk = world.connect(url=f"http://127.0.0.1:{unused_tcp_port}")
        try:
            with pytest.raises(Unreachable, match="refused") as caught:
                await helpdesk.whoami()
            assert one_sentence(caught.value) and not isinstance(caught.value, TlsFailed)
        finally:
            await helpdesk.close()

    async def test_a_plain_server_where_tls_is_expected_fails_as_tls(self, world: World) -> None:
        helpdesk = world.connect(url=world.url.replace("http://", "https://"))
        try:
            with pytest.raises(TlsFailed, match="secure connection") as caught:
                await helpdesk.whoami()
            assert one_sentence(caught.value)
        finally:
            await helpdesk.close()

    @pytest.mark.parametrize(
        "url", ["not an address", "ftp://127.0.0.1", "http://user:pw@127.0.0.1", "http://"]
    )
    async def test_no_address_is_told_as_such(self, world: World, url: str) -> None:
        with pytest.raises(Unreachable) as caught:
            await world.connect(url=url).whoami()
        assert one_sentence(caught.value) and "pw" not in caught.value.sentence

    async def test_credentials_travel_in_clear_only_on_this_machine(self, world: World) -> None:
        with pytest.raises(Unreachable, match="https"):
            await world.connect(url="http://helpdesk.example").whoami()

    async def test_a_wrong_path_says_so(self, world: World) -> None:
        helpdesk = world.connect(url=world.url + "/nothing/here")
        try:
            with pytest.raises(NotFound, match="/nothing/here"):
                await helpdesk.whoami()
        finally:
            await helpdesk.close()

    async def test_a_web_page_instead_of_the_api_says_so(self, world: World) -> None:
        async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            body = b"<html>Welcome</html>"
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(page, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        helpdesk = world.connect(url=f"http://127.0.0.1:{port}")
        try:
            with pytest.raises(BadAnswer, match="not JSON") as caught:
                await helpdesk.whoami()
            assert one_sentence(caught.value)
        finally:
            await helpdesk.close()
            server.close()
            await server.wait_closed()
