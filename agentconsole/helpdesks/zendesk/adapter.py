"""Zendesk as the port sees it; the work is in the modules beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import httpx

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import Applied, Change, Found, Step
from agentconsole.domain.errors import BadAnswer, LoginRefused
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.messages import MessagePage, RemoteAttachment
from agentconsole.domain.people import Identity, RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import TicketPage
from agentconsole.helpdesks.base import Capabilities, ListPage, Rights, Thread
from agentconsole.helpdesks.zendesk import wire
from agentconsole.helpdesks.zendesk.client import ZendeskClient
from agentconsole.helpdesks.zendesk.listings import Listings
from agentconsole.helpdesks.zendesk.rights import find_rights
from agentconsole.helpdesks.zendesk.threads import Threads
from agentconsole.helpdesks.zendesk.tickets_feed import TicketFeed
from agentconsole.helpdesks.zendesk.writing import TicketWriter
from agentconsole.text.cleaning import clean_line

UPDATES_A_MINUTE: Final = 100
"""Zendesk's limit on updates of tickets, for all agents of an account together."""
UPDATES_A_TICKET: Final = 30
"""Zendesk's limit on one agent's updates of one ticket in ten minutes."""


class ZendeskHelpdesk:
    """One account on Zendesk, or on a helpdesk that speaks its dialect."""

    def __init__(
        self,
        account: AccountSettings,
        secret: Callable[[], str],
        clock: Clock,
        *,
        history_months: int = 12,
        read_file: Callable[[str], bytes] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.client = ZendeskClient(account, secret, transport=transport)
        self._account, self._clock, self._history_months = account, clock, history_months
        self._listings = Listings(self.client, clock, history_months)
        self._threads = Threads(self.client)
        self._feed = TicketFeed(self.client, clock, history_months)
        self._writer = TicketWriter(self.client, read_file, lambda: self._feed.statuses, clock, self._me)
        self._identity: Identity | None = None
        self._statuses_known = False

    async def whoami(self) -> Identity:
        """Tell who the login is.

        `/users/me` answers an anonymous user where credentials are absent, so a request that needs them is
        sent too.

        Raises:
            LoginRefused: The credentials do not hold, or are a customer's.
        """
        data = await self.client.get("users/me")
        await self.client.get("tickets/count")
        user = data.get("user")
        if not isinstance(user, dict) or user.get("id") is None:
            raise LoginRefused(
                f"{self.client.name}: {self.client.http.host} does not know this login; renew the token."
            )
        try:
            me = wire.person(user)
        except (ValueError, TypeError, KeyError) as error:
            raise BadAnswer(f"{self.client.name}: the answer on who the login is cannot be read.") from error
        if me.role not in ("agent", "admin"):
            who = clean_line(me.email or me.name)[:80]
            raise LoginRefused(f"{self.client.name}: {who} is a customer's login, not an agent's.")
        domain = (me.email or "").rpartition("@")[2].lower()
        self._identity = Identity(
            me.remote_id, me.name, me.email or "", me.role, (domain,) if domain else (), me.signature
        )
        return self._identity

    async def _me(self) -> str:
        return (self._identity or await self.whoami()).remote_id

    async def capabilities(self) -> Capabilities:
        """Tell what this login may do; exports of whole threads are for admins.

        Whether it may delete is only told by trying. `update_many` jobs are not used for bulk work: no
        `safe_update` of single tickets is documented for them, nor that a marker is found again in what they
        wrote, so that a stale write would pass and a lost answer could not be settled.
        """
        me = self._identity or await self.whoami()
        return Capabilities(
            stale_write_check="atomic",
            marker=True,
            bulk_threads=me.role == "admin",
            merge=True,
            merge_comments=True,
            spam=True,
            delete=True,
            create=True,
            cc=True,
            due=True,
            due_of_tasks=True,
            updates_a_minute=UPDATES_A_MINUTE,
            updates_a_ticket=UPDATES_A_TICKET,
        )

    async def rights(self) -> Rights:
        """Find out what this login may do; a read-only account does not even try a write."""
        return await find_rights(
            self.client, self._clock, self._history_months, read_only=self._account.read_only
        )

    async def changes(self, cursor: str | None) -> TicketPage:
        """Read the next page of tickets."""
        await self._know_statuses()
        return await self._feed.page(cursor)

    async def messages(self, cursor: str | None) -> MessagePage:
        """Read the next page of messages of all tickets; admins only."""
        await self._know_statuses()
        return await self._listings.messages(cursor, self._feed.statuses)

    async def thread(self, ticket: str) -> Thread:
        """Read one ticket with its whole thread, its people and SLA clocks.

        Raises:
            NotFound: There is no such ticket.
        """
        await self._know_statuses()
        data = await self.client.get(f"tickets/{ticket}", {"include": "users,slas"}, urgent=True)
        tickets, bad = wire.parse_all(
            "ticket", [data.get("ticket")], lambda row: wire.ticket(row, self._feed.statuses)
        )
        if not tickets:
            raise BadAnswer(f"{self.client.name}: #{ticket} cannot be read: {bad[0].reason}.")
        people = list(wire.parse_all("person", data.get("users"), wire.person)[0])
        said = await self._threads.read(ticket, self._feed.statuses)
        known = {each.remote_id: each for each in (*people, *said.people)}
        return Thread(tickets[0], tuple(said.messages), tuple(known.values()), tuple(said.quarantined))

    async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
        """Make one step of a Change by exactly one writing request."""
        await self._know_statuses()
        return await self._writer.apply(change, step, base_version)

    async def find_applied(self, change: Change, step: Step) -> Found:
        """Look in the ticket's audits whether a step has been applied."""
        await self._know_statuses()
        return await self._writer.find_applied(change, step)

    async def people(self, cursor: str | None) -> ListPage[RemotePerson]:
        """Read the next page of people."""
        return await self._listings.people(cursor)

    async def people_by_id(self, ids: Sequence[str]) -> tuple[RemotePerson, ...]:
        """Read named people, at most 100."""
        return await self._listings.people_by_id(ids)

    async def groups(self, cursor: str | None) -> ListPage[RemoteGroup]:
        """Read the groups with their members, whole at each call."""
        return await self._listings.groups()

    async def organisations(self, cursor: str | None) -> ListPage[RemoteOrganisation]:
        """Read the next page of organisations."""
        return await self._listings.organisations(cursor)

    async def fields(self) -> tuple[TicketField, ...]:
        """Read the ticket fields with what is required to solve."""
        fields, statuses = await self._listings.fields()
        self._feed.statuses, self._statuses_known = statuses, True
        return fields

    async def macros(self, cursor: str | None) -> ListPage[RemoteMacro]:
        """Read the next page of macros."""
        return await self._listings.macros(cursor)

    async def views(self, cursor: str | None) -> ListPage[RemoteView]:
        """Read the views, whole at each call."""
        return await self._listings.views()

    async def articles(self, cursor: str | None) -> ListPage[RemoteArticle]:
        """Read the next page of articles in all languages."""
        return await self._listings.articles(cursor)

    def download(self, attachment: RemoteAttachment) -> AsyncIterator[bytes]:
        """Read an attachment; the credentials stay with the account's own origin."""
        return self.client.http.download(attachment.url)

    async def close(self) -> None:
        """End the connections."""
        await self.client.http.close()

    async def _know_statuses(self) -> None:
        if not self._statuses_known:
            self._feed.statuses = await self._listings.statuses()
            self._statuses_known = True
