"""Request Tracker as the port sees it; the work is in the modules beside."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import Applied, Change, Found, Step
from agentconsole.domain.errors import BadAnswer, LoginRefused, NotFound, Rejected
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.messages import MessagePage, RemoteAttachment
from agentconsole.domain.people import Identity, RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import TicketPage
from agentconsole.helpdesks.base import Capabilities, ListPage, Rights, Thread, UnmovedThread
from agentconsole.helpdesks.rt import wire
from agentconsole.helpdesks.rt.client import USER_FIELDS, RtClient, json_query, user_path
from agentconsole.helpdesks.rt.listings import Listings
from agentconsole.helpdesks.rt.options import Known, RtOptions, options_of
from agentconsole.helpdesks.rt.rights import find_rights
from agentconsole.helpdesks.rt.threads import Threads
from agentconsole.helpdesks.rt.tickets_feed import TicketFeed, told_before
from agentconsole.helpdesks.rt.writing import TicketWriter
from agentconsole.text.cleaning import clean_line

_SETTLE_SECONDS: Final = 8.0
"""Writers queue up to 4 s behind one another."""
_CHUNK: Final = 256 * 1024


class RtHelpdesk:
    """One account on a Request Tracker."""

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
        self._account = account
        self.client = RtClient(account, secret, clock, transport=transport)
        self._known = Known(RtOptions())
        self._threads = Threads(self.client, self._known)
        self._listings = Listings(self.client, self._known, clock)
        self._feed = TicketFeed(self.client, self._known, self._threads, clock, history_months)
        self._writer = TicketWriter(self.client, self._known, self._threads, read_file)
        self._identity: Identity | None = None

    async def whoami(self) -> Identity:
        """Tell who the login is.

        RT has no way to ask whose a token is; one's own record alone shows more than name and address.

        Raises:
            LoginRefused: The credentials do not hold, are another's, or are a customer's.
            Rejected: The account's options cannot be used.
        """
        self._known.options = options_of(self._account)
        self._known.statuses |= self._known.options.statuses
        about = await self.client.get("rt")
        row = await self._own_record()
        try:
            me = wire.person(row, self._known)
        except (ValueError, TypeError, KeyError) as error:
            raise BadAnswer(f"{self.client.name}: the answer on who the login is cannot be read.") from error
        admin = "Plugins" in about
        if not admin and "Memberships" not in row and "Disabled" not in row:
            raise LoginRefused(
                f"{self.client.name}: the token is not {me.remote_id}'s but another login's; correct the "
                "login or the token."
            )
        if str(row.get("Privileged") or 0) in ("0", ""):
            who = clean_line(me.email or me.name)[:80]
            raise LoginRefused(f"{self.client.name}: {who} is a customer's login, not an agent's.")
        self._know_me(me)
        await self._listings.know_fields()
        domain = (me.email or "").rpartition("@")[2].lower()
        self._identity = Identity(
            me.remote_id,
            me.name,
            me.email or "",
            "admin" if admin else "agent",
            (domain,) if domain else (),
            me.signature,
        )
        return self._identity

    async def _own_record(self) -> dict[str, Any]:
        login = self.client.login
        if not login:
            raise Rejected(
                f"{self.client.name}: Request Tracker does not tell whose a token is; give the login in "
                "config.toml."
            )
        try:
            return await self.client.get(user_path(login))
        except NotFound:
            if "@" not in login:
                raise LoginRefused(
                    f"{self.client.name}: Request Tracker knows nobody named {login}; correct the login."
                ) from None
        query = json_query({"field": "EmailAddress", "value": login})
        page = await self.client.page("users", {"query": query, "fields": USER_FIELDS})
        names = [row["Name"] for row in page.rows if isinstance(row, dict) and row.get("Name")]
        if len(names) != 1:
            raise LoginRefused(
                f"{self.client.name}: Request Tracker knows {len(names) or 'nobody'} by {login}; give the "
                "login's name."
            )
        return await self.client.get(user_path(str(names[0])))

    def _know_me(self, me: RemotePerson) -> None:
        self._known.me = me.remote_id
        self._known.agents.add(me.remote_id)
        if me.time_zone:
            try:
                self._known.zone = ZoneInfo(me.time_zone)
            except (KeyError, ValueError, OSError) as error:
                zone = clean_line(me.time_zone)[:60]
                raise Rejected(
                    f"{self.client.name}: this machine does not know the time zone {zone} of the login."
                ) from error

    async def _ready(self) -> None:
        if self._identity is None:
            await self.whoami()

    async def capabilities(self) -> Capabilities:
        """Tell what this login may do."""
        await self._ready()
        return Capabilities(
            stale_write_check="best effort",
            marker=False,
            tags=self._known.tags is not None,
            macros=False,
            required_on_solve=False,
            merge=True,
            spam=bool(self._known.options.spam_status),
            delete=True,
            create=True,
            create_needs_group=True,
            cc=True,
            links=True,
            due=True,
            settle_seconds=_SETTLE_SECONDS,
        )

    async def rights(self) -> Rights:
        """Find out what this login may do; nothing is written."""
        await self._ready()
        mine, active, history = self._feed.queries()
        found = await find_rights(self.client, mine, active, history, read_only=self._account.read_only)
        return replace(found, articles=await self._listings.count_articles())

    async def changes(self, cursor: str | None) -> TicketPage:
        """Read the next page of tickets."""
        await self._ready()
        return await self._feed.page(cursor)

    async def messages(self, cursor: str | None) -> MessagePage:
        """RT has no messages in bulk: an empty page."""
        return MessagePage((), cursor or "", more=False)

    async def thread(self, ticket: str) -> Thread:
        """Read one ticket with its whole thread and its people.

        Raises:
            NotFound: There is no such ticket.
        """
        await self._ready()
        return await self._threads.thread(ticket)

    async def thread_since(self, ticket: str, version: str, cursor: str) -> Thread | UnmovedThread:
        """Read a ticket's whole thread, and the ticket too where it may not be as it is stored.

        Raises:
            NotFound: There is no such ticket.
        """
        await self._ready()
        return await self._threads.thread_since(ticket, version, told_before(cursor))

    async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
        """Make one step of a Change by exactly one writing request."""
        await self._ready()
        return await self._writer.apply(change, step, base_version)

    async def find_applied(self, change: Change, step: Step) -> Found:
        """Look whether a step has been applied."""
        await self._ready()
        return await self._writer.find_applied(change, step)

    async def people(self, cursor: str | None) -> ListPage[RemotePerson]:
        """Read the colleagues; customers come beside their tickets."""
        await self._ready()
        domains = self._identity.domains if self._identity is not None else ()
        return await self._listings.people(domains)

    async def people_by_id(self, ids: Sequence[str]) -> tuple[RemotePerson, ...]:
        """Read named people, at most 100."""
        await self._ready()
        return await self._listings.people_by_id(ids)

    async def groups(self, cursor: str | None) -> ListPage[RemoteGroup]:
        """Read the queues, whole at each call."""
        return await self._listings.groups()

    async def organisations(self, cursor: str | None) -> ListPage[RemoteOrganisation]:
        """RT has no organisations: an empty listing."""
        return ListPage((), "", more=False, complete=True, first=True)

    async def fields(self) -> tuple[TicketField, ...]:
        """Read the ticket fields."""
        await self._ready()
        return await self._listings.fields()

    async def macros(self, cursor: str | None) -> ListPage[RemoteMacro]:
        """RT has no macros: an empty listing."""
        return ListPage((), "", more=False, complete=True, first=True)

    async def views(self, cursor: str | None) -> ListPage[RemoteView]:
        """Read the saved searches, whole at each call."""
        await self._ready()
        return await self._listings.views()

    async def articles(self, cursor: str | None) -> ListPage[RemoteArticle]:
        """Read the next page of articles."""
        await self._ready()
        return await self._listings.articles(cursor)

    async def download(self, attachment: RemoteAttachment) -> AsyncIterator[bytes]:
        """Read an attachment, which RT gives whole and as base64."""
        data = await self.client.get(f"attachment/{wire.number_of(attachment.remote_id)}")
        content = data.get("Content")
        try:
            whole = base64.b64decode(content) if isinstance(content, str) else b""
        except (binascii.Error, ValueError) as error:
            raise BadAnswer(
                f"{self.client.name}: {attachment.file_name} came in a form that cannot be read."
            ) from error
        for begin in range(0, len(whole), _CHUNK):
            yield whole[begin : begin + _CHUNK]

    async def close(self) -> None:
        """End the connections."""
        await self.client.http.close()
