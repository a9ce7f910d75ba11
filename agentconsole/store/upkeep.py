"""What keeps the database small and its texts as the present cleaner makes them; a little at a time."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from typing import Final

from agentconsole.store import codec, feed
from agentconsole.store.database import shrink_log
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.effective import OPEN_SQL
from agentconsole.store.failures import transaction, translated_errors
from agentconsole.store.message_rows import parts_of, text_of
from agentconsole.store.pacing import Checkpoints, Pace
from agentconsole.text.cleaning import CLEANER_VERSION
from agentconsole.text.html import html_to_text

_DONE: Final = "done"
_CLEANED: Final = "cleaned"
"""Under this key: the cleaner's version, and the last message that it has gone over, or `done`."""


class Upkeep:
    """Upkeep of a profile, for all accounts; one thread at a time."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Work through `conn`, from `open_store` with role `worker`."""
        self._conn = conn
        self._pace = Pace(checkpoints=Checkpoints(conn))

    def shrink_log(self) -> None:
        """Empty the write-ahead log, which a long sync has let grow."""
        shrink_log(self._conn)

    def forget_settled(self, before: int, limit: int = 500) -> int:
        """Remove Changes that were settled before an instant; the text of each stays in its draft's versions.

        Returns:
            How many were removed.
        """
        with translated_errors():
            rows = self._conn.execute(
                f"SELECT uuid FROM change WHERE state NOT IN {OPEN_SQL} AND settled_at < ? LIMIT ?",
                (before, limit),
            ).fetchall()
        if rows:
            with transaction(self._conn):
                self._conn.executemany("DELETE FROM change_step WHERE change = ?", rows)
                self._conn.executemany("DELETE FROM change WHERE uuid = ?", rows)
                feed.mark(self._conn, kinds=("outbox",))
        return len(rows)

    def files_needed(self) -> frozenset[str]:
        """Return the hashes of the files that open Changes send, and those taken back to a draft sent."""
        with translated_errors():
            rows = self._conn.execute(
                f"SELECT message FROM change WHERE message IS NOT NULL AND (state IN {OPEN_SQL}"
                " OR (state IN ('undone', 'dropped')"
                " AND draft_id IN (SELECT id FROM draft WHERE ended_at IS NULL)))"
            ).fetchall()
        messages = [codec.load_outgoing(row[0]) for row in rows]
        return frozenset(file.sha256 for one in messages if one is not None for file in one.attachments)

    def clean_messages(self, limit: int = 200) -> int:
        """Clean some messages again that an older cleaner made; returns how many it looked at, 0 at the end.

        It goes through all messages once for each version of the cleaner, and goes on where it was.
        """
        with translated_errors():
            row = self._conn.execute("SELECT value FROM meta WHERE key = ?", (_CLEANED,)).fetchone()
            version, _, place = (row[0] if row else "").partition(":")
            if version != str(CLEANER_VERSION):
                place = "0"
            if place == _DONE:
                return 0
            found = self._conn.execute(
                "SELECT id, ticket_id, kind, cleaner, parts, raw_text, raw_html FROM message"
                " WHERE id > ? ORDER BY id LIMIT ?",
                (int(place), limit),
            ).fetchall()
        fresh = [
            (parts_of(kind, raw_text, raw_html), key, ticket_id, kind, parts)
            for key, ticket_id, kind, cleaner, parts, raw_text, raw_html in found
            # An event that tells changes in keys has no text to be cleaned.
            if cleaner < CLEANER_VERSION and not parts.startswith("{")
        ]
        for part in self._pace.slices(fresh):
            with self._pace.timed(len(part)), transaction(self._conn):
                self._conn.executemany(
                    "UPDATE message SET parts = ?, cleaner = ? WHERE id = ? AND cleaner < ?",
                    [(now, CLEANER_VERSION, key, CLEANER_VERSION) for now, key, *_ in part],
                )
                other = [(key, ticket, kind, was) for now, key, ticket, kind, was in part if now != was]
                mark_dirty(
                    self._conn,
                    "message",
                    [(key, text_of(was)) for key, _, kind, was in other if kind != "event"],
                )
                if other:
                    feed.mark(self._conn, {ticket for _, ticket, _, _ in other})
        with transaction(self._conn):
            place = str(found[-1][0]) if found else _DONE
            self._conn.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                (_CLEANED, f"{CLEANER_VERSION}:{place}"),
            )
        return len(found)

    def clean_articles(self, limit: int = 50) -> int:
        """Clean some articles again that an older cleaner made; returns how many, 0 when none is left."""
        with translated_errors():
            found = self._conn.execute(
                "SELECT id, body, html FROM article WHERE cleaner < ? LIMIT ?", (CLEANER_VERSION, limit)
            ).fetchall()
        fresh = [(html_to_text(html), key, body) for key, body, html in found]
        if fresh:
            with transaction(self._conn):
                self._conn.executemany(
                    "UPDATE article SET body = ?, cleaner = ? WHERE id = ?",
                    [(now, CLEANER_VERSION, key) for now, key, _ in fresh],
                )
                mark_dirty(self._conn, "article", [(key, None) for now, key, was in fresh if now != was])
                feed.mark(self._conn, kinds=("articles",))
        return len(fresh)
