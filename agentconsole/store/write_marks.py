"""Writes what only this machine knows: what was read or snoozed, which accounts there are, single values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from agentconsole.store import codec, feed
from agentconsole.store.moves import move_addresses
from agentconsole.store.wanted_threads import ask_for_thread
from agentconsole.store.writes import Writes


class AccountLike(Protocol):
    """What the store keeps of an account's settings."""

    @property
    def uuid(self) -> str:
        """Stays when the account is renamed or moves to another address."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def kind(self) -> str:
        """Kind of helpdesk: `zendesk`, ..."""

    @property
    def url(self) -> str:
        """Address of the helpdesk."""

    @property
    def login(self) -> str:
        """Who signs in; never the secret."""


class MarkWrites(Writes):
    """Small marks on tickets and accounts, and single values."""

    def put_meta(self, key: str, value: str) -> None:
        """Keep a single value; it replaces an earlier one."""
        with self._writing() as conn:
            conn.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, codec.storable(value))
            )

    def ask_for_news(self, at: int) -> None:
        """Have the worker of another process poll at once."""
        self.put_meta(codec.NEWS_ASKED, str(at))

    def mark_read(self, ticket_id: int, at: int) -> None:
        """Note that the agent has looked at a ticket; one that had woken up is a ticket like others again."""
        with self._writing() as conn:
            read = conn.execute(
                "UPDATE ticket SET unread = 0, read_at = ?,"
                " snoozed_until = CASE WHEN snoozed_until > ? THEN snoozed_until END"
                " WHERE id = ? AND (unread = 1 OR snoozed_until <= ?)",
                (at, at, ticket_id, at),
            )
            if read.rowcount:
                feed.mark(conn, (ticket_id,))

    def set_unread(self, ticket_ids: Sequence[int], unread: bool) -> tuple[int, ...]:
        """Mark tickets as read or unread, on this machine alone.

        Returns:
            The local ids of those that were not so before.
        """
        changed: list[int] = []
        with self._writing() as conn:
            for ticket_id in ticket_ids:
                done = conn.execute(
                    "UPDATE ticket SET unread = ? WHERE id = ? AND unread <> ?",
                    (int(unread), ticket_id, int(unread)),
                )
                if done.rowcount:
                    changed.append(ticket_id)
            feed.mark(conn, changed)
        return tuple(changed)

    def request_thread(self, ticket_id: int, at: int) -> None:
        """Ask the worker to read a ticket's thread."""
        with self._writing() as conn:
            ask_for_thread(conn, ticket_id, at)

    def request_download(self, attachment_id: int, at: int) -> None:
        """Ask the worker to read a file; one that could not be read is tried again."""
        with self._writing() as conn:
            conn.execute(
                "INSERT INTO download (attachment_id, account_id, asked_at, state)"
                " SELECT a.id, m.account_id, ?, 'wanted' FROM attachment a"
                " JOIN message m ON m.id = a.message_id WHERE a.id = ?"
                " ON CONFLICT (attachment_id) DO UPDATE SET asked_at = excluded.asked_at, got = 0,"
                " state = CASE state WHEN 'reading' THEN state ELSE 'wanted' END, error = ''",
                (at, attachment_id),
            )

    def snooze(self, until: Mapping[int, int | None]) -> dict[int, int | None]:
        """Leave tickets out of the queue until an instant, or until their customer answers; None wakes them.

        Args:
            until: Local id to the instant.

        Returns:
            What was set before, of each ticket that there is.
        """
        before: dict[int, int | None] = {}
        with self._writing() as conn:
            for ticket_id, instant in until.items():
                row = conn.execute("SELECT snoozed_until FROM ticket WHERE id = ?", (ticket_id,)).fetchone()
                if row is not None:
                    before[ticket_id] = row[0]
                    conn.execute(
                        "UPDATE ticket SET snoozed_until = ?, snoozed_seen = updated_at WHERE id = ?",
                        (instant, ticket_id),
                    )
            feed.mark(conn, before)
        return before

    def put_accounts(self, accounts: Sequence[AccountLike], at: int) -> dict[str, int]:
        """Mirror the accounts of the config; those left out keep their data but are shown no more.

        Where an account's address has changed, what lies below it moves along: articles and files.

        Args:
            accounts: In the order of the config.
            at: The present instant.

        Returns:
            Local id by UUID.
        """
        with self._writing() as conn:
            before = conn.execute(
                "SELECT uuid, name, kind, url, login, position, removed FROM account ORDER BY uuid"
            ).fetchall()
            wanted = sorted(
                (one.uuid, one.name, one.kind, one.url, one.login, position, 0)
                for position, one in enumerate(accounts)
            )
            if [row for row in before if not row[6]] != wanted:
                conn.execute("UPDATE account SET removed = 1")
                conn.executemany(
                    "INSERT INTO account (uuid, name, kind, url, login, position, removed)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET name = excluded.name,"
                    " kind = excluded.kind, url = excluded.url, login = excluded.login,"
                    " position = excluded.position, removed = 0",
                    wanted,
                )
                urls = {row[0]: row[3] for row in before}
                for one in accounts:
                    if urls.get(one.uuid, one.url) != one.url:
                        move_addresses(conn, one.uuid, urls[one.uuid], one.url)
                feed.mark(conn, kinds=("accounts", "bulk"))
            return {uuid: key for key, uuid in conn.execute("SELECT id, uuid FROM account WHERE removed = 0")}

    def confirm_recipients(self, uuid: str, at: int) -> None:
        """Remember that an agent has confirmed who reads the public replies of an account."""
        with self._writing() as conn:
            conn.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                (codec.recipients_key(uuid), str(at)),
            )
