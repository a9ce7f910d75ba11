"""The worker's writes of what a helpdesk says: in short transactions, what is slow done before each."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from agentconsole.domain.errors import StoreError
from agentconsole.domain.messages import MessagePage, RemoteMessage
from agentconsole.domain.people import Identity, RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord, RemoteTicket, TicketPage
from agentconsole.store import codec, feed, message_rows, ticket_rows
from agentconsole.store.failures import transaction, translated_errors
from agentconsole.store.ingest_feeds import put_quarantine
from agentconsole.store.ingest_lists import ListIngest
from agentconsole.store.pacing import Checkpoints, Pace
from agentconsole.text.cleaning import clean_line

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


class Ingest(ListIngest):
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

    def put_tickets(self, page: TicketPage, *, stream: str = "tickets", at: int) -> tuple[int, ...]:
        """Store a page of tickets; its cursor goes in with the last transaction.

        A record that cannot be stored is quarantined, the rest goes on.

        Args:
            page: As the helpdesk port gave it.
            stream: The feed whose cursor this is.
            at: The present instant.

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
                changed.extend(self._put_slice(rows, bad, at=at, flood=len(tickets) > feed.FLOOD))
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
        flood: bool,
    ) -> list[int]:
        try:
            if self._all_new:
                try:
                    return self._put_rows(rows, at=at, flood=flood)
                except StoreError as error:
                    if not isinstance(error.__cause__, sqlite3.IntegrityError):
                        raise
                    self._all_new = False
            return self._put_rows(rows, at=at, flood=flood)
        except _NOT_STORABLE as error:
            if len(rows) == 1:
                bad.append(_unusable("ticket", rows[0].ticket.remote_id, error, rows[0].ticket))
                return []
        self._all_new = False
        return [key for row in rows for key in self._put_slice([row], bad, at=at, flood=flood)]

    def _put_rows(self, rows: Sequence[ticket_rows.TicketRow], *, at: int, flood: bool) -> list[int]:
        with transaction(self._conn):
            stored = ticket_rows.put_rows(self._conn, self._account, rows, at=at, all_new=self._all_new)
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
        return tuple(dict.fromkeys(changed))

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

        Returns:
            The ticket's local id; None when the ticket could not be stored.
        """
        self._put_people(thread.people)
        bad = list(thread.quarantined)
        rows = self._ready([thread.ticket], bad)
        self._put_slice(rows, bad, at=at, flood=False)
        return self._put_whole(thread.ticket.remote_id, thread.ticket.version, thread.messages, bad, at=at)

    def put_unmoved_thread(self, thread: UnmovedThreadLike, at: int) -> int | None:
        """Store the whole thread of a ticket that is as it is stored, and note that it is whole.

        Should the ticket have another version by now, its thread is not up to date.

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
            self._conn.executemany("DELETE FROM request WHERE ticket_id = ?", [(key,) for key in ids])
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

    def take_requests(self, limit: int = 20) -> tuple[str, ...]:
        """Take the threads that the console asked for, the latest first, as remote ids."""
        with transaction(self._conn):
            rows = self._conn.execute(
                "SELECT r.ticket_id, t.remote_id FROM request r JOIN ticket t ON t.id = r.ticket_id"
                " WHERE t.account_id = ? AND t.remote_id IS NOT NULL ORDER BY r.asked_at DESC LIMIT ?",
                (self._account, limit),
            ).fetchall()
            self._conn.executemany("DELETE FROM request WHERE ticket_id = ?", [(row[0],) for row in rows])
        return tuple(row[1] for row in rows)

    def threads_wanted(self, limit: int) -> tuple[str, ...]:
        """Return the agent's open tickets whose thread is missing or older than the ticket, as remote ids."""
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id FROM ticket t JOIN account a ON a.id = t.account_id"
                " JOIN ticket_server s ON s.ticket_id = t.id WHERE t.assignee = a.me AND t.account_id = ?"
                " AND t.hidden = 0 AND t.status < 4 AND t.remote_id IS NOT NULL"
                " AND (t.thread_version IS NULL OR t.thread_version <> s.version)"
                " AND (a.threads_until IS NULL OR t.updated_at > a.threads_until"
                " OR t.created_at < coalesce(a.threads_since, 0) AND t.thread_version IS NULL)"
                " ORDER BY t.thread_version IS NOT NULL, t.updated_at DESC LIMIT ?",
                (self._account, limit),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def threads_of_sleepers(self, limit: int, at: int) -> tuple[str, ...]:
        """Return snoozed tickets that have changed since, as remote ids: their threads tell who it was.

        Args:
            limit: How many at most.
            at: The present instant.
        """
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id FROM ticket t JOIN account a ON a.id = t.account_id"
                " JOIN ticket_server s ON s.ticket_id = t.id"
                " WHERE t.snoozed_until > ? AND t.account_id = ? AND t.updated_at > t.snoozed_seen"
                " AND t.hidden = 0 AND t.remote_id IS NOT NULL"
                " AND (t.thread_version IS NULL OR t.thread_version <> s.version)"
                " AND (a.threads_until IS NULL OR t.updated_at > a.threads_until)"
                " ORDER BY t.updated_at LIMIT ?",
                (at, self._account, limit),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def wake(self, remote_id: str) -> None:
        """Wake a snoozed ticket that has changed, as nobody can tell who it was."""
        with transaction(self._conn):
            found = self._conn.execute(
                "UPDATE ticket SET snoozed_until = 1 WHERE account_id = ? AND remote_id = ?"
                " AND snoozed_until > 1 AND updated_at > snoozed_seen RETURNING id",
                (self._account, remote_id),
            ).fetchall()
            feed.mark(self._conn, [int(row[0]) for row in found])

    def threads_cut(self, limit: int) -> tuple[str, ...]:
        """Return tickets whose first messages are older than what came in bulk, as remote ids.

        Once such a thread has been read whole, the bulk feed keeps it whole.
        """
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id FROM ticket t JOIN account a ON a.id = t.account_id"
                " WHERE t.account_id = ? AND t.created_at < a.threads_since AND t.thread_version IS NULL"
                " AND t.hidden = 0 AND t.remote_id IS NOT NULL"
                " ORDER BY t.status >= 4, t.updated_at DESC LIMIT ?",
                (self._account, limit),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def set_account_state(
        self,
        state: str,
        sentence: str = "",
        *,
        last_sync_at: int | None = None,
        retry_at: int | None = None,
        why: str = "",
        asked_at: int | None = None,
    ) -> None:
        """Note how the account stands with its helpdesk.

        Args:
            state: `ok`, `syncing`, `offline`, `paused`, `throttled` or `new`.
            sentence: Why it is not `ok`, and what to do.
            last_sync_at: When all feeds were last up to date; None leaves it as it is.
            retry_at: When it goes on by itself; None when it does not wait.
            why: The sentence in a few words.
            asked_at: When the request left whose answer takes long.
        """
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE account SET state = ?, sentence = ?, last_sync_at = coalesce(?, last_sync_at),"
                " retry_at = ?, why = ?, asked_at = ? WHERE id = ?",
                (state, clean_line(sentence), last_sync_at, retry_at, why, asked_at, self._account),
            )
            feed.mark(self._conn, kinds=("accounts",))

    def set_identity(self, identity: Identity) -> None:
        """Note who the login is."""
        domains = codec.dump([domain.lower() for domain in identity.domains])
        columns = (
            identity.remote_id,
            clean_line(identity.name),
            clean_line(identity.email),
            domains,
            identity.signature,
        )
        with transaction(self._conn):
            before = self._conn.execute(
                "SELECT me, me_name, me_email, me_domains, me_signature FROM account WHERE id = ?",
                (self._account,),
            ).fetchone()
            if before != columns:
                self._conn.execute(
                    "UPDATE account SET me = ?, me_name = ?, me_email = ?, me_domains = ?, me_signature = ?"
                    " WHERE id = ?",
                    (*columns, self._account),
                )
                # Whose tickets are the agent's own shows in every row.
                feed.mark(self._conn, kinds=("accounts", "bulk"))

    def set_capabilities(self, capabilities: Mapping[str, Any]) -> None:
        """Note what the account can do, by the names of `helpdesks.base.Capabilities`."""
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE account SET capabilities = ? WHERE id = ?",
                (codec.dump(dict(capabilities)), self._account),
            )
            feed.mark(self._conn, kinds=("accounts",))


def _unusable(kind: str, remote_id: str, error: Exception, record: object) -> QuarantinedRecord:
    return QuarantinedRecord(kind, str(remote_id), f"{type(error).__name__}: {error}", repr(record)[:10_000])
