"""What an adapter promises that tells from a thread whether its ticket has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from agentconsole.domain.errors import NotFound
from agentconsole.helpdesks.base import Helpdesk, TellsUnmoved, Thread, UnmovedThread
from tests.helpdesks.conformance_whole import able, merging
from tests.helpdesks.port import World, change_of, read_all, send

Another = Callable[[], TellsUnmoved]


class UnmovedConformance:
    """The ticket is left out only where it is for certain as it is stored, by whichever process asks."""

    @pytest.fixture
    async def another(self, world: World, helpdesk: Helpdesk) -> AsyncIterator[Another]:
        """Opens the adapter as one more process does, which has read nothing yet."""
        if not isinstance(helpdesk, TellsUnmoved):
            pytest.skip("this helpdesk reads the ticket each time")
        opened: list[Helpdesk] = []

        def another() -> TellsUnmoved:
            opened.append(world.connect())
            made = opened[-1]
            assert isinstance(made, TellsUnmoved)
            return made

        yield another
        world.clear()
        for each in opened:
            await each.close()

    async def test_an_unmoved_ticket_is_not_read_with_its_thread(
        self, world: World, helpdesk: Helpdesk, another: Another
    ) -> None:
        number = world.ticket()
        world.customer_answers(number, "Any news?")
        world.pass_time(5)
        tickets, cursor, _ = await read_all(helpdesk)
        told = await another().thread_since(number, tickets[number].version, cursor)
        thread = await helpdesk.thread(number)
        assert isinstance(told, UnmovedThread)
        assert (told.remote_id, told.version) == (number, thread.ticket.version)
        assert told.messages == thread.messages and len(thread.said) == 2
        assert {each.author for each in thread.said} <= {person.remote_id for person in told.people}

    async def test_a_ticket_that_changed_is_read_at_once(
        self, world: World, helpdesk: Helpdesk, another: Another
    ) -> None:
        number = world.ticket(priority="high")
        tickets, cursor, _ = await read_all(helpdesk)
        for word in ("low", "urgent"):
            # Perhaps within the second of the change before.
            world.colleague_sets(number, priority=word)
            told = await another().thread_since(number, tickets[number].version, cursor)
            assert isinstance(told, Thread) and told.ticket.priority == word
        world.pass_time(5)
        world.customer_answers(number, "Are you there?")
        told = await another().thread_since(number, tickets[number].version, cursor)
        assert isinstance(told, Thread) and told.said[-1].raw_text == "Are you there?"
        assert told.ticket == (await helpdesk.thread(number)).ticket

    async def test_a_version_that_is_behind_the_cursor_is_noticed(
        self, world: World, helpdesk: Helpdesk, another: Another
    ) -> None:
        """As where the change was told, but could not be stored."""
        number = world.ticket(priority="high")
        tickets, cursor, _ = await read_all(helpdesk)
        world.pass_time(5)
        world.colleague_sets(number, priority="low")
        world.pass_time(5)
        _, cursor, _ = await read_all(helpdesk, cursor)
        told = await another().thread_since(number, tickets[number].version, cursor)
        assert isinstance(told, Thread) and told.ticket.priority == "low"

    async def test_a_ticket_is_read_while_the_first_listing_is_not_done(
        self, world: World, helpdesk: Helpdesk, another: Another
    ) -> None:
        number = world.ticket()
        page = await helpdesk.changes(None)
        assert page.more
        ticket = next(each for each in page.tickets if each.remote_id == number)
        told = await another().thread_since(number, ticket.version, page.cursor)
        assert isinstance(told, Thread) and told.ticket.fields == ticket.fields

    async def test_a_ticket_that_is_gone_is_noticed(
        self, world: World, helpdesk: Helpdesk, another: Another
    ) -> None:
        number = world.ticket()
        tickets, cursor, _ = await read_all(helpdesk)
        world.delete(number)
        with pytest.raises(NotFound):
            await another().thread_since(number, tickets[number].version, cursor)
        with pytest.raises(NotFound):
            await another().thread_since("987654321", tickets[number].version, cursor)

    async def test_a_merge_is_noticed(self, world: World, helpdesk: Helpdesk, another: Another) -> None:
        capabilities = await able(helpdesk, "merge")
        number, target = world.ticket(), world.ticket()
        world.customer_answers(number, "Part of the other")
        tickets, cursor, _ = await read_all(helpdesk)
        source = (await helpdesk.thread(number)).ticket
        await send(helpdesk, change_of(world, source, action=merging(capabilities, target)))
        for each in (number, target):
            told = await another().thread_since(each, tickets[each].version, cursor)
            assert isinstance(told, Thread) and told.ticket.remote_id == target
            assert "Part of the other" in [one.raw_text for one in told.messages]
        world.pass_time(5)
        tickets, cursor, _ = await read_all(helpdesk, cursor)
        again = await another().thread_since(target, tickets[target].version, cursor)
        assert again.messages == (await helpdesk.thread(target)).messages
        assert all(one.ticket == target for one in again.messages)
