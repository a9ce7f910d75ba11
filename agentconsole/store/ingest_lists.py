"""Stores people, groups, macros, articles and other listings."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from agentconsole.domain.errors import MassDisappearance
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.people import RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.store import codec, feed
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.effective import recompute
from agentconsole.store.failures import transaction
from agentconsole.store.ingest_feeds import FeedIngest, Listing, vanishing_sentence
from agentconsole.store.pacing import Pace
from agentconsole.text.cleaning import CLEANER_VERSION, clean_line, clean_text
from agentconsole.text.html import html_to_text

_PEOPLE: Final = (
    "INSERT INTO person (account_id, remote_id, name, email, role, organisation, locale, time_zone, phone,"
    " notes, signature, active, updated_at, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (account_id, remote_id) DO UPDATE SET name = excluded.name, email = excluded.email,"
    " role = excluded.role, organisation = excluded.organisation, locale = excluded.locale,"
    " time_zone = excluded.time_zone, phone = excluded.phone, notes = excluded.notes,"
    " signature = excluded.signature, active = excluded.active, updated_at = excluded.updated_at,"
    " tags = excluded.tags WHERE excluded.updated_at >= updated_at"
)


class ListIngest(FeedIngest):
    """Listings of one account."""

    _pace: Pace

    def put_people(self, page: Listing[RemotePerson], *, at: int) -> None:
        """Store a page of people; an older record never replaces a newer."""
        self._put_people(page.items)
        self._finish_page("people", page, at=at)

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
                None if one.forms is None else " ".join(one.forms),
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
                raise MassDisappearance(vanishing_sentence("ticket fields", len(before), len(before)))
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
