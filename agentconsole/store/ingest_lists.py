"""Stores people, groups, macros, articles and other listings, and what the indexer has yet to do."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from agentconsole.domain.errors import MassDisappearance
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.people import RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord
from agentconsole.store import codec, feed
from agentconsole.store.effective import mark_dirty, recompute
from agentconsole.store.failures import transaction, translated_errors
from agentconsole.store.pacing import Pace
from agentconsole.text.cleaning import CLEANER_VERSION, clean_line, clean_text
from agentconsole.text.html import html_to_text

FEW: Final = 5
"""Fewer rows than this may all vanish from a listing without asking."""
QUARANTINE_KEPT: Final = 1_000

Item = TypeVar("Item", covariant=True)

_PEOPLE: Final = (
    "INSERT INTO person (account_id, remote_id, name, email, role, organisation, locale, time_zone, phone,"
    " notes, signature, active, updated_at, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (account_id, remote_id) DO UPDATE SET name = excluded.name, email = excluded.email,"
    " role = excluded.role, organisation = excluded.organisation, locale = excluded.locale,"
    " time_zone = excluded.time_zone, phone = excluded.phone, notes = excluded.notes,"
    " signature = excluded.signature, active = excluded.active, updated_at = excluded.updated_at,"
    " tags = excluded.tags WHERE excluded.updated_at >= updated_at"
)


class Listing(Protocol[Item]):
    """One page of a listing that is read whole, as `helpdesks.base.ListPage`."""

    @property
    def items(self) -> Sequence[Item]:
        """The records."""

    @property
    def cursor(self) -> str:
        """Where it goes on."""

    @property
    def more(self) -> bool:
        """Whether another page can be had at once."""

    @property
    def complete(self) -> bool:
        """Whether the pages since the first are the whole listing."""

    @property
    def quarantined(self) -> tuple[QuarantinedRecord, ...]:
        """Records that could not be read."""


@dataclass(frozen=True, slots=True)
class DirtyItem:
    """Something that full text has yet to index."""

    kind: str
    """`ticket`, `message` or `article`."""
    id: int
    mark: int
    """As it was read; a later change has another."""
    old: str | None
    """The text as it was indexed before; None: it is not in the index."""


class ListIngest:
    """Listings of one account."""

    _conn: sqlite3.Connection
    _account: int
    _pace: Pace

    def put_people(self, page: Listing[RemotePerson], *, at: int) -> None:
        """Store a page of people; an older record never replaces a newer."""
        self._put_people(page.items)
        self._finish_page("people", page, at=at)

    def add_people(self, people: Iterable[RemotePerson]) -> None:
        """Store people who came along or were asked for by id."""
        self._put_people(people)

    def put_organisations(self, page: Listing[RemoteOrganisation], *, at: int) -> None:
        """Store a page of organisations."""
        rows = [
            codec.row(
                self._account,
                one.remote_id,
                clean_line(one.name),
                codec.dump([domain.lower() for domain in one.domains]),
                clean_text(one.notes),
            )
            for one in page.items
        ]
        for part in self._pace.slices(rows):
            with self._pace.timed(len(part)), transaction(self._conn):
                self._conn.executemany(
                    "INSERT INTO organisation (account_id, remote_id, name, domains, notes)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (account_id, remote_id) DO UPDATE SET"
                    " name = excluded.name, domains = excluded.domains, notes = excluded.notes",
                    part,
                )
        self._finish_page("organisations", page, at=at)

    def put_groups(
        self, page: Listing[RemoteGroup], *, first: bool, at: int, vanishing: bool = False
    ) -> None:
        """Store a page of groups; after the last page of a whole listing, those it lacked are gone.

        Args:
            page: As the helpdesk port gave it.
            first: It was asked for without a cursor.
            at: The present instant.
            vanishing: A person has said that most may go.

        Raises:
            MassDisappearance: Most of what is stored would go; nothing is removed.
        """
        run = self._listing("groups", first)
        rows = [
            codec.row(
                self._account,
                one.remote_id,
                clean_line(one.name),
                codec.dump(list(one.members)),
                int(one.deleted),
                run,
            )
            for one in page.items
        ]
        with transaction(self._conn):
            self._conn.executemany(
                "INSERT INTO agent_group (account_id, remote_id, name, members, deleted, listing)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, remote_id) DO UPDATE SET"
                " name = excluded.name, members = excluded.members, deleted = excluded.deleted,"
                " listing = excluded.listing",
                rows,
            )
        self._finish_listing("groups", "agent_group", page, run, at=at, vanishing=vanishing)

    def put_macros(
        self, page: Listing[RemoteMacro], *, first: bool, at: int, vanishing: bool = False
    ) -> None:
        """Store a page of the helpdesk's macros; as `put_groups`."""
        run = self._listing("macros", first)
        rows = [
            codec.row(
                self._account,
                one.remote_id,
                clean_line(one.title),
                clean_text(one.description),
                codec.dump([list(action) for action in one.actions]),
                int(one.active),
                one.updated_at,
                run,
            )
            for one in page.items
        ]
        with transaction(self._conn):
            self._conn.executemany(
                "INSERT INTO macro (account_id, remote_id, title, description, actions, active, updated_at,"
                " listing) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, remote_id) DO UPDATE SET"
                " title = excluded.title, description = excluded.description, actions = excluded.actions,"
                " active = excluded.active, updated_at = excluded.updated_at, listing = excluded.listing",
                rows,
            )
        self._finish_listing("macros", "macro", page, run, at=at, vanishing=vanishing)

    def put_views(self, page: Listing[RemoteView], *, first: bool, at: int, vanishing: bool = False) -> None:
        """Store a page of the helpdesk's views; as `put_groups`."""
        run = self._listing("views", first)
        rows = [
            codec.row(self._account, one.remote_id, clean_line(one.title), one.query, one.position, run)
            for one in page.items
        ]
        with transaction(self._conn):
            self._conn.executemany(
                "INSERT INTO view (account_id, remote_id, title, query, position, listing)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, remote_id) DO UPDATE SET"
                " title = excluded.title, query = excluded.query, position = excluded.position,"
                " listing = excluded.listing",
                rows,
            )
        self._finish_listing("views", "view", page, run, at=at, vanishing=vanishing)

    def put_articles(
        self, page: Listing[RemoteArticle], *, first: bool, at: int, vanishing: bool = False
    ) -> None:
        """Store a page of articles, cleaned; what changed is noted for the index; as `put_groups`."""
        run = self._listing("articles", first)
        # Cleaning happens here, before any transaction.
        rows = [
            codec.row(
                self._account,
                one.remote_id,
                one.locale.lower(),
                clean_line(one.title),
                html_to_text(one.html),
                CLEANER_VERSION,
                one.url,
                clean_line(one.section),
                codec.dump([clean_line(label) for label in one.labels]),
                int(one.draft),
                one.updated_at,
                run,
                codec.storable(one.html),
            )
            for one in page.items
        ]
        for part in self._pace.slices(rows):
            with self._pace.timed(len(part)), transaction(self._conn):
                mark_dirty(self._conn, "article", [(key, None) for row in part for key in self._article(row)])
        self._finish_listing("articles", "article", page, run, at=at, vanishing=vanishing)

    def _article(self, row: tuple[Any, ...]) -> list[int]:
        """Store an article; return its local id if the index must see it."""
        before = self._conn.execute(
            "SELECT id, title, body, url, section, labels, draft FROM article"
            " WHERE account_id = ? AND remote_id = ? AND locale = ?",
            row[:3],
        ).fetchone()
        key = self._conn.execute(
            "INSERT INTO article (account_id, remote_id, locale, title, body, cleaner, url, section, labels,"
            " draft, updated_at, listing, html) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account_id, remote_id, locale) DO UPDATE SET title = excluded.title,"
            " body = excluded.body, cleaner = excluded.cleaner, url = excluded.url,"
            " section = excluded.section, labels = excluded.labels, draft = excluded.draft,"
            " updated_at = excluded.updated_at,"
            " listing = excluded.listing, html = excluded.html RETURNING id",
            row,
        ).fetchone()[0]
        same = before is not None and before[1:] == (row[3], row[4], *row[6:10])
        return [] if same else [int(key)]

    def put_fields(self, fields: Sequence[TicketField], *, at: int, vanishing: bool = False) -> None:
        """Store the ticket fields in place of those before.

        Raises:
            MassDisappearance: None came though some are stored; nothing is removed.
        """
        rows = [
            codec.row(
                self._account,
                one.name,
                clean_line(one.label),
                one.kind,
                codec.dump_options(replace(option, label=clean_line(option.label)) for option in one.options),
                int(one.required_to_solve),
                one.form,
                one.position,
            )
            for one in fields
        ]
        names = "account_id, name, label, kind, options, required_to_solve, form, position"
        with transaction(self._conn):
            before = self._conn.execute(
                f"SELECT {names} FROM field WHERE account_id = ? ORDER BY id", (self._account,)
            ).fetchall()
            if not rows and before and not vanishing:
                raise MassDisappearance(_vanishing("ticket fields", len(before), len(before)))
            if rows != before:
                self._conn.execute("DELETE FROM field WHERE account_id = ?", (self._account,))
                self._conn.executemany(f"INSERT INTO field ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
                # What a status of the helpdesk's own means decides where a ticket with a Change stands.
                open_ones = self._conn.execute(
                    "SELECT id FROM ticket WHERE waiting IS NOT NULL AND account_id = ?", (self._account,)
                ).fetchall()
                recompute(self._conn, [row[0] for row in open_ones], at=at)
                feed.mark(self._conn, kinds=("fields", "bulk"))
            self._advance("fields", "", "", len(rows), len(rows), finished=True, at=at)

    def dirty(self, limit: int, kind: str | None = None) -> tuple[DirtyItem, ...]:
        """Return what full text has yet to index, of one kind or all; of this account and others alike."""
        with translated_errors():
            rows = self._conn.execute(
                "SELECT kind, id, mark, old FROM dirty WHERE ? IS NULL OR kind = ? ORDER BY kind, id LIMIT ?",
                (kind, kind, limit),
            ).fetchall()
        return tuple(DirtyItem(*row) for row in rows)

    def clear_dirty(self, items: Collection[DirtyItem]) -> None:
        """Note that items are indexed, unless they have changed since they were read."""
        with transaction(self._conn):
            self._conn.executemany(
                "DELETE FROM dirty WHERE kind = ? AND id = ? AND mark = ?",
                [(item.kind, item.id, item.mark) for item in items],
            )

    def _put_people(self, people: Iterable[RemotePerson]) -> None:
        rows = [
            codec.row(
                self._account,
                one.remote_id,
                clean_line(one.name),
                None if one.email is None else clean_line(one.email),
                one.role,
                one.organisation,
                one.locale,
                one.time_zone,
                None if one.phone is None else clean_line(one.phone),
                clean_text(one.notes),
                clean_text(one.signature),
                int(one.active),
                one.updated_at,
                codec.dump([clean_line(tag) for tag in one.tags]),
            )
            for one in people
        ]
        for part in self._pace.slices(rows):
            with self._pace.timed(len(part)), transaction(self._conn):
                self._conn.executemany(_PEOPLE, part)

    def _finish_page(self, stream: str, page: Listing[object], *, at: int) -> None:
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, page.quarantined, at=at)
            self._count(stream, page, at=at)
            feed.mark(self._conn, kinds=(stream,))

    def _finish_listing(
        self, stream: str, table: str, page: Listing[object], run: int, *, at: int, vanishing: bool
    ) -> None:
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, page.quarantined, at=at)
            if page.complete and not page.more:
                self._remove_missing(stream, table, run, vanishing=vanishing)
            self._count(stream, page, at=at)
            feed.mark(self._conn, kinds=(stream,))

    def _remove_missing(self, stream: str, table: str, run: int, *, vanishing: bool) -> None:
        stored, missing = self._conn.execute(
            f"SELECT count(*), coalesce(sum(listing < ?), 0) FROM {table} WHERE account_id = ?",
            (run, self._account),
        ).fetchone()
        if missing > max(FEW, stored // 2) and not vanishing:
            raise MassDisappearance(_vanishing(stream, missing, stored))
        if table == "article":
            gone = self._conn.execute(
                "SELECT id FROM article WHERE account_id = ? AND listing < ?", (self._account, run)
            ).fetchall()
            mark_dirty(self._conn, "article", [(row[0], None) for row in gone])
        self._conn.execute(f"DELETE FROM {table} WHERE account_id = ? AND listing < ?", (self._account, run))

    def _listing(self, stream: str, first: bool) -> int:
        """Return the number of the present reading of a listing; a first page begins the next."""
        with transaction(self._conn):
            self._conn.execute(
                "INSERT OR IGNORE INTO stream (account_id, stream) VALUES (?, ?)", (self._account, stream)
            )
            if first:
                self._conn.execute(
                    "UPDATE stream SET listing = listing + 1, done = 0, finished = 0"
                    " WHERE account_id = ? AND stream = ?",
                    (self._account, stream),
                )
            row = self._conn.execute(
                "SELECT listing FROM stream WHERE account_id = ? AND stream = ?", (self._account, stream)
            ).fetchone()
        return int(row[0])

    def _count(self, stream: str, page: Listing[object], *, at: int) -> None:
        done = self.done(stream) + len(page.items)
        self._advance(stream, page.cursor, "", done, None, finished=not page.more, at=at)

    def done(self, stream: str) -> int:
        """Return how many records of a feed's present round are stored; none when it has ended."""
        with translated_errors():
            row = self._conn.execute(
                "SELECT done FROM stream WHERE account_id = ? AND stream = ? AND finished = 0",
                (self._account, stream),
            ).fetchone()
        return 0 if row is None else int(row[0])

    def is_reading(self, stream: str) -> bool:
        """Tell whether a round of a feed has begun and not ended, of any account."""
        with translated_errors():
            row = self._conn.execute(
                "SELECT 1 FROM stream WHERE stream = ? AND finished = 0 LIMIT 1", (stream,)
            ).fetchone()
        return row is not None

    def _advance(
        self,
        stream: str,
        cursor: str | None,
        phase: str | None,
        done: int | None,
        total: int | None,
        *,
        finished: bool | None,
        at: int,
    ) -> None:
        """Set a feed's cursor and progress, within the caller's transaction; None leaves what was."""
        self._conn.execute(
            "INSERT OR IGNORE INTO stream (account_id, stream) VALUES (?, ?)", (self._account, stream)
        )
        self._conn.execute(
            "UPDATE stream SET cursor = ?, phase = coalesce(?, phase), done = coalesce(?, done), total = ?,"
            " finished = coalesce(?, finished), updated_at = ? WHERE account_id = ? AND stream = ?",
            (cursor, phase, done, total, finished, at, self._account, stream),
        )
        feed.mark(self._conn, kinds=("accounts",))


def put_quarantine(
    conn: sqlite3.Connection, account_id: int, records: Collection[QuarantinedRecord], *, at: int
) -> None:
    """Keep records that could not be read, each once, within the caller's transaction."""
    if not records:
        return
    rows = []
    for one in records:
        # Without an id, the record itself tells whether it was seen before.
        name = one.remote_id or "?" + hashlib.sha256(codec.storable(one.raw).encode()).hexdigest()[:16]
        rows.append(codec.row(account_id, one.kind, name, clean_line(one.reason), one.raw[:10_000], at))
    conn.executemany(
        "INSERT INTO quarantine (account_id, kind, remote_id, reason, raw, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, kind, remote_id) DO UPDATE SET"
        " reason = excluded.reason, raw = excluded.raw, seen_at = excluded.seen_at",
        rows,
    )
    conn.execute(
        "DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?", (QUARANTINE_KEPT,)
    )
    feed.mark(conn, kinds=("quarantine",))


def _vanishing(what: str, missing: int, stored: int) -> str:
    return (
        f"The helpdesk's list lacks {missing} of {stored} stored {what}. Nothing was removed. "
        "If they were really deleted there, run `agentconsole sync --once --allow-vanishing`."
    )
