"""One page of one feed: read, parsed, cleaned and stored, with its cursor in the page's last transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import NotFound
from agentconsole.helpdesks.base import Helpdesk, TellsUnmoved, Thread, UnmovedThread
from agentconsole.store.ingest import Ingest
from agentconsole.sync.schedule import Stream
from agentconsole.sync.threads import StoreThread

WORK_PHASES: Final = frozenset({"your open tickets", "open tickets"})
"""Phases of the ticket feed that bring what the agent works on."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one page was."""

    stream: Stream
    phase: str
    records: int
    done: int
    total: int | None
    more: bool
    quarantined: int = 0

    @property
    def history(self) -> bool:
        """Whether the tickets to work on are all here."""
        return self.stream == "tickets" and self.phase not in WORK_PHASES


class Puller:
    """Reads one account's feeds into the store."""

    def __init__(
        self,
        helpdesk: Helpdesk,
        ingest: Ingest,
        store: StoreThread,
        clock: Clock,
        *,
        vanishing: bool = False,
    ) -> None:
        """Read `helpdesk` into `ingest`; `vanishing`: most of a listing may go."""
        self._helpdesk = helpdesk
        self._ingest = ingest
        self._store = store
        self._clock = clock
        self._vanishing = vanishing

    async def pull(self, stream: Stream) -> Pulled:
        """Read the next page of a feed and store it.

        Raises:
            HelpdeskError: The page was not read; the cursor is as it was.
            StoreError: The page was not stored; the cursor is as it was.
        """
        if stream == "tickets":
            return await self._tickets()
        if stream == "messages":
            return await self._messages()
        return await self._listing(stream)

    async def thread(self, remote_ticket: str) -> None:
        """Read one ticket's whole thread; a ticket that is gone leaves the queue.

        Raises:
            HelpdeskError: It was not read.
            StoreError: It was not stored.
        """
        began = self._clock.now()
        try:
            thread = await self._read_thread(remote_ticket)
        except NotFound:
            await self._store(self._ingest.mark_gone, remote_ticket, self._clock.now())
            return
        if isinstance(thread, UnmovedThread):
            await self._store(self._ingest.put_unmoved_thread, thread, began)
        else:
            await self.keep_thread(thread, began)

    async def _read_thread(self, remote_ticket: str) -> Thread | UnmovedThread:
        if isinstance(self._helpdesk, TellsUnmoved):
            told = await self._store(self._ingest.told, remote_ticket)
            if told is not None:
                return await self._helpdesk.thread_since(remote_ticket, *told)
        return await self._helpdesk.thread(remote_ticket)

    async def keep_thread(self, thread: Thread, began: int) -> None:
        """Store a thread whose reading began at an instant."""
        await self._store(self._ingest.put_thread, thread, began)

    async def _tickets(self) -> Pulled:
        cursor = await self._store(self._ingest.cursor, "tickets")
        began = self._clock.now()
        page = await self._helpdesk.changes(cursor)
        await self._store(self._ingest.put_tickets, page, stream="tickets", at=self._clock.now(), began=began)
        records = len(page.tickets) + len(page.quarantined)
        return Pulled("tickets", page.phase, records, page.done, page.total, page.more, len(page.quarantined))

    async def _messages(self) -> Pulled:
        before = await self._store(self._ingest.done, "messages")
        cursor = await self._store(self._ingest.cursor, "messages")
        page = await self._helpdesk.messages(cursor)
        await self._store(self._ingest.put_messages, page, at=self._clock.now())
        return _counted("messages", before, len(page.messages), page.more, len(page.quarantined))

    async def _listing(self, stream: Stream) -> Pulled:
        at = self._clock.now()
        if stream == "fields":
            fields = await self._helpdesk.fields()
            await self._store(self._ingest.put_fields, fields, at=at, vanishing=self._vanishing)
            return _counted(stream, 0, len(fields), False, 0)
        before = await self._store(self._ingest.done, stream)
        cursor = await self._store(self._ingest.cursor, stream)
        helpdesk, ingest = self._helpdesk, self._ingest
        if stream == "people":
            people = await helpdesk.people(cursor)
            await self._store(ingest.put_people, people, at=at)
            return _counted(stream, before, len(people.items), people.more, len(people.quarantined))
        if stream == "groups":
            groups = await helpdesk.groups(cursor)
            await self._store(ingest.put_groups, groups, first=groups.first, at=at, vanishing=self._vanishing)
            return _counted(stream, before, len(groups.items), groups.more, len(groups.quarantined))
        if stream == "organisations":
            found = await helpdesk.organisations(cursor)
            await self._store(ingest.put_organisations, found, at=at)
            return _counted(stream, before, len(found.items), found.more, len(found.quarantined))
        if stream == "macros":
            macros = await helpdesk.macros(cursor)
            await self._store(ingest.put_macros, macros, first=macros.first, at=at, vanishing=self._vanishing)
            return _counted(stream, before, len(macros.items), macros.more, len(macros.quarantined))
        if stream == "views":
            views = await helpdesk.views(cursor)
            await self._store(ingest.put_views, views, first=views.first, at=at, vanishing=self._vanishing)
            return _counted(stream, before, len(views.items), views.more, len(views.quarantined))
        articles = await helpdesk.articles(cursor)
        await self._store(
            ingest.put_articles, articles, first=articles.first, at=at, vanishing=self._vanishing
        )
        return _counted(stream, before, len(articles.items), articles.more, len(articles.quarantined))


def _counted(stream: Stream, before: int, records: int, more: bool, quarantined: int) -> Pulled:
    """Count on from what the round had stored before, also by an earlier worker."""
    return Pulled(stream, "", records, before + records, None, more, quarantined)
