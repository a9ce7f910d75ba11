"""The worker's writes of what a helpdesk says: in short transactions, what is slow done before each."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from agentconsole.domain.errors import StoreError
from agentconsole.domain.messages import MessagePage, RemoteMessage
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord, RemoteTicket, TicketPage
from agentconsole.store import feed, message_rows, ticket_rows
from agentconsole.store.failures import transaction, translated_errors
from agentconsole.store.ingest_account import AccountIngest
from agentconsole.store.ingest_feeds import put_quarantine
from agentconsole.store.ingest_lists import ListIngest
from agentconsole.store.pacing import Checkpoints, Pace
from agentconsole.store.wanted_threads import WantedThreads

_NOT_STORABLE: Final = (OverflowError, ValueError, TypeError, AttributeError)
"""What SQLite's module raises of a value that no column takes."""


class MessagesLike(Protocol):
    """What is read of a thread whether or not its ticket is read with it."""

    @property
    def messages(self) -> tuple[RemoteMessage, ...]:
        """All of its messages, oldest first."""

    @property
    def people(self) -> tuple[RemotePerson, ...]:
        """People who came along."""

    @property
    def quarantined(self) -> tuple[QuarantinedRecord, ...]:
        """Records that could not be read."""


class ThreadLike(MessagesLike, Protocol):
    """A ticket with its whole thread, as `helpdesks.base.Thread`."""

    @property
    def ticket(self) -> RemoteTicket:
        """The ticket."""


class UnmovedThreadLike(MessagesLike, Protocol):
    """The whole thread of a ticket that is as it is stored, as `helpdesks.base.UnmovedThread`."""

    @property
    def remote_id(self) -> str:
        """The ticket's remote id."""

    @property
    def version(self) -> str:
        """The version that the ticket was known to have."""


class Ingest(ListIngest, AccountIngest, WantedThreads):
    """Writes of one account's worker; one thread at a time."""

    def __init__(
        self, conn: sqlite3.Connection, account_id: int, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Write through `conn`, from `open_store` with role `worker`.

        Args:
            conn: The connection.
            account_id: Local id of the account.
            sleep: Waits between transactions.
        """
        self._conn = conn
        self._account = account_id
        self._pace = Pace(sleep=sleep, checkpoints=Checkpoints(conn))
        self._recent: deque[tuple[int, int]] = deque()
        self._all_new = False

    @property
    def longest_transaction(self) -> float:
        """Seconds that the longest bulk transaction took."""
        return self._pace.longest

    @property
    def longest_work(self) -> float:
        """Seconds at work of the one that had most."""
        return self._pace.longest_work

    def put_tickets(
        self, page: TicketPage, *, stream: str = "tickets", at: int, began: int | None = None
    ) -> tuple[int, ...]:
        """Store a page of tickets; its cursor goes in with the last transaction.

        A record that cannot be stored is quarantined, the rest goes on.

        Args:
            page: As the helpdesk port gave it.
            stream: The feed whose cursor this is.
            at: The present instant.
            began: When the reading of the page began; None where nothing can have been written since.

        Returns:
            Local ids of the tickets that are new or changed.
        """
        self._put_people(page.people)
        bad = list(page.quarantined)
        tickets = ticket_rows.newest_of(page.tickets)
        changed: list[int] = []
        for part in self._pace.slices(tickets):
            rows = self._ready(part, bad)
            with self._pace.timed(len(part)):
                changed.extend(
                    self._put_slice(rows, bad, at=at, began=began, flood=len(tickets) > feed.FLOOD)
                )
        changed.extend(self._put_messages(page.messages, bad))
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, bad, at=at)
            self._advance(
                stream, page.cursor, page.phase, page.done, page.total, finished=not page.more, at=at
            )
        return tuple(dict.fromkeys(changed))

    def _ready(
        self, tickets: Iterable[RemoteTicket], bad: list[QuarantinedRecord]
    ) -> list[ticket_rows.TicketRow]:
        rows: list[ticket_rows.TicketRow] = []
        for ticket in tickets:
            try:
                rows.append(ticket_rows.ready(ticket, self._account))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                bad.append(_unusable("ticket", ticket.remote_id, error, ticket))
        return rows

    def _put_slice(
        self,
        rows: Sequence[ticket_rows.TicketRow],
        bad: list[QuarantinedRecord],
        *,
        at: int,
        began: int | None,
        flood: bool,
    ) -> list[int]:
        try:
            if self._all_new:
                try:
                    return self._put_rows(rows, at=at, began=began, flood=flood)
                except StoreError as error:
                    if not isinstance(error.__cause__, sqlite3.IntegrityError):
                        raise
                    self._all_new = False
            return self._put_rows(rows, at=at, began=began, flood=flood)
        except _NOT_STORABLE as error:
            if len(rows) == 1:
                bad.append(_unusable("ticket", rows[0].ticket.remote_id, error, rows[0].ticket))
                return []
        self._all_new = False
        return [key for row in rows for key in self._put_slice([row], bad, at=at, began=began, flood=flood)]

    def _put_rows(
        self, rows: Sequence[ticket_rows.TicketRow], *, at: int, began: int | None, flood: bool
    ) -> list[int]:
        with transaction(self._conn):
            stored = ticket_rows.put_rows(
                self._conn, self._account, rows, at=at, all_new=self._all_new, began=began
            )
            # A first sync brings new tickets alone, a later one hardly any.
            self._all_new = len(stored.added) == len(rows) > 1
            if stored.added and self._has_orphans():
                adopted = message_rows.take_orphans(self._conn, self._account, stored.added)
                message_rows.put_rows(self._conn, self._account, [message_rows.ready(one) for one in adopted])
            if stored.changed:
                bulk = flood or self._is_flood(len(stored.changed), at)
                feed.mark(self._conn, stored.changed, bulk=bulk)
        return stored.changed

    def _has_orphans(self) -> bool:
        found = self._conn.execute(
            "SELECT 1 FROM orphan_message WHERE account_id = ? LIMIT 1", (self._account,)
        )
        return found.fetchone() is not None

    def _is_flood(self, count: int, at: int) -> bool:
        self._recent.append((at, count))
        while self._recent and self._recent[0][0] < at - feed.FLOOD_SPAN:
            self._recent.popleft()
        return sum(number for _, number in self._recent) > feed.FLOOD

    def put_messages(self, page: MessagePage | Sequence[RemoteMessage], *, at: int) -> tuple[int, ...]:
        """Store messages; those of a bulk feed's page with its cursor, in stream `messages`.

        Text is cleaned and folded before the transaction. Messages of tickets not stored yet wait for them.
        Threads of which the page says that they are not as they were are asked for.

        Returns:
            Local ids of the tickets whose thread changed.
        """
        bad: list[QuarantinedRecord] = []
        if not isinstance(page, MessagePage):
            changed = self._put_messages(page, bad)
            if bad:
                with transaction(self._conn):
                    put_quarantine(self._conn, self._account, bad, at=at)
            return tuple(dict.fromkeys(changed))
        changed = self._put_messages(page.messages, bad)
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, bad, at=at)
            hidden = message_rows.make_internal(self._conn, self._account, page.internal)
            if hidden:
                feed.mark(self._conn, hidden)
            self._conn.executemany(
                "INSERT OR REPLACE INTO request (ticket_id, asked_at)"
                " SELECT id, ? FROM ticket WHERE account_id = ? AND remote_id = ? AND hidden = 0",
                [(at, self._account, remote) for remote in page.altered],
            )
            done = self.done("messages") + len(page.messages)
            self._advance("messages", page.cursor, "", done, None, finished=not page.more, at=at)
            if page.threads_complete_until is not None:
                self._conn.execute(
                    "UPDATE account SET threads_until = max(coalesce(threads_until, 0), ?), threads_at = ?,"
                    " threads_since = ? WHERE id = ?",
                    (page.threads_complete_until, at, page.threads_complete_since, self._account),
                )
        return tuple(dict.fromkeys((*changed, *hidden)))

    def _put_messages(self, messages: Iterable[RemoteMessage], bad: list[QuarantinedRecord]) -> list[int]:
        changed: list[int] = []
        for part in self._pace.slices(tuple(messages)):
            rows: list[message_rows.MessageRow] = []
            for message in part:
                try:
                    rows.append(message_rows.ready(message))
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    bad.append(_unusable("message", message.remote_id, error, message))
            with self._pace.timed(len(part)):
                changed.extend(self._put_message_rows(rows, bad))
        return changed

    def _put_message_rows(
        self, rows: Sequence[message_rows.MessageRow], bad: list[QuarantinedRecord]
    ) -> list[int]:
        try:
            with transaction(self._conn):
                touched = message_rows.put_rows(self._conn, self._account, rows)
                if touched:
                    feed.mark(self._conn, touched)
            return list(touched)
        except _NOT_STORABLE as error:
            if len(rows) == 1:
                bad.append(_unusable("message", rows[0].message.remote_id, error, rows[0].message))
                return []
        return [key for row in rows for key in self._put_message_rows([row], bad)]

    def put_thread(self, thread: ThreadLike, at: int) -> int | None:
        """Store a ticket with its whole thread, and note that it is whole.

        Args:
            thread: What was read.
            at: When the reading began.

        Returns:
            The ticket's local id; None when the ticket could not be stored.
        """
        self._put_people(thread.people)
        bad = list(thread.quarantined)
        rows = self._ready([thread.ticket], bad)
        self._put_slice(rows, bad, at=at, began=at, flood=False)
        return self._put_whole(thread.ticket.remote_id, thread.ticket.version, thread.messages, bad, at=at)

    def put_unmoved_thread(self, thread: UnmovedThreadLike, at: int) -> int | None:
        """Store the whole thread of a ticket that is as it is stored, and note that it is whole.

        Should the ticket have another version by now, its thread is not up to date.

        Args:
            thread: What was read.
            at: When the reading began.

        Returns:
            The ticket's local id; None when it is not stored.
        """
        # Nothing new was read of those who are known, and of their roles perhaps less.
        self._put_people([one for one in thread.people if not self._knows_person(one.remote_id)])
        return self._put_whole(
            thread.remote_id, thread.version, thread.messages, list(thread.quarantined), at=at
        )

    def _knows_person(self, remote_id: str) -> bool:
        with translated_errors():
            found = self._conn.execute(
                "SELECT 1 FROM person WHERE account_id = ? AND remote_id = ?", (self._account, remote_id)
            ).fetchone()
        return found is not None

    def _put_whole(
        self,
        remote_id: str,
        version: str,
        messages: Iterable[RemoteMessage],
        bad: list[QuarantinedRecord],
        *,
        at: int,
    ) -> int | None:
        self._put_messages(messages, bad)
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, bad, at=at)
            found = self._conn.execute(
                "UPDATE ticket SET thread_read_at = ?, thread_version = ?"
                " WHERE account_id = ? AND remote_id = ? RETURNING id",
                (at, version, self._account, remote_id),
            ).fetchall()
            ids = [int(one[0]) for one in found]
            # What was asked for since the reading began may be newer than what was read.
            self._conn.executemany(
                "DELETE FROM request WHERE ticket_id = ? AND asked_at <= ?", [(key, at) for key in ids]
            )
            feed.mark(self._conn, ids)
        return ids[0] if ids else None

    def told(self, remote_id: str) -> tuple[str, str] | None:
        """Return a ticket's version and the feed's cursor as they are stored together.

        Returns:
            None when one of them is not stored, or the ticket is deleted or merged.
        """
        with translated_errors():
            row = self._conn.execute(
                "SELECT s.version, f.cursor FROM ticket t JOIN ticket_server s ON s.ticket_id = t.id"
                " JOIN stream f ON f.account_id = t.account_id AND f.stream = 'tickets'"
                " WHERE t.account_id = ? AND t.remote_id = ? AND t.deleted = 0 AND f.cursor IS NOT NULL",
                (self._account, remote_id),
            ).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def mark_gone(self, remote_id: str, at: int) -> None:
        """Note that the helpdesk has no such ticket any more; what is stored stays, hidden from the queue."""
        with transaction(self._conn):
            found = self._conn.execute(
                "UPDATE ticket SET deleted = 1, hidden = 1 WHERE account_id = ? AND remote_id = ?"
                " RETURNING id",
                (self._account, remote_id),
            ).fetchall()
            feed.mark(self._conn, [int(row[0]) for row in found])

    def wake(self, remote_id: str) -> None:
        """Wake a snoozed ticket that has changed, as nobody can tell who it was."""
        with transaction(self._conn):
            found = self._conn.execute(
                "UPDATE ticket SET snoozed_until = 1 WHERE account_id = ? AND remote_id = ?"
                " AND snoozed_until > 1 AND updated_at > snoozed_seen RETURNING id",
                (self._account, remote_id),
            ).fetchall()
            feed.mark(self._conn, [int(row[0]) for row in found])


def _unusable(kind: str, remote_id: str, error: Exception, record: object) -> QuarantinedRecord:
    return QuarantinedRecord(kind, str(remote_id), f"{type(error).__name__}: {error}", repr(record)[:10_000])
