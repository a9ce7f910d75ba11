"""Reads what belongs to an account: people, groups, fields, and records that could not be read."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agentconsole.domain.fields import TicketField
from agentconsole.domain.people import RemoteGroup
from agentconsole.domain.tickets import QuarantinedRecord
from agentconsole.domain.views import Contact
from agentconsole.store import codec
from agentconsole.store.reads import Reads

CONTACT = (
    "p.remote_id, p.name, p.email, p.role,"
    " (SELECT o.name FROM organisation o WHERE o.account_id = p.account_id AND o.remote_id = p.organisation),"
    " p.locale, p.time_zone, p.phone, p.notes,"
    " coalesce((SELECT o.notes FROM organisation o WHERE o.account_id = p.account_id"
    " AND o.remote_id = p.organisation), ''), p.tags"
)
"""The columns of a Contact, of `person p`."""


def contact(row: Sequence[Any]) -> Contact:
    """Make a Contact of its columns."""
    return replace(Contact(*row[:-1]), tags=codec.load_names(row[-1]))


class PeopleReads(Reads):
    """People, groups and fields of accounts."""

    def recipients_confirmed(self, uuid: str) -> bool:
        """Tell whether an agent has once confirmed who reads the public replies of an account."""
        return self._row("SELECT 1 FROM meta WHERE key = ?", (codec.recipients_key(uuid),)) is not None

    def fields(self, account_id: int) -> tuple[TicketField, ...]:
        """Return the ticket fields of an account, in the helpdesk's order."""
        return tuple(
            TicketField(
                name,
                label,
                kind,
                codec.load_options(options),
                bool(required),
                None if forms is None else tuple(forms.split()),
                position,
            )
            for name, label, kind, options, required, forms, position in self._rows(
                "SELECT name, label, kind, options, required_to_solve, form, position FROM field"
                " WHERE account_id = ? ORDER BY position, id",
                (account_id,),
            )
        )

    def groups(self, account_id: int) -> tuple[RemoteGroup, ...]:
        """Return the groups of an account by name, without deleted ones."""
        return tuple(
            RemoteGroup(remote_id, name, codec.load_names(members))
            for remote_id, name, members in self._rows(
                "SELECT remote_id, name, members FROM agent_group WHERE account_id = ? AND deleted = 0"
                " ORDER BY name COLLATE NOCASE",
                (account_id,),
            )
        )

    def agents(self, account_id: int) -> tuple[Contact, ...]:
        """Return all active agents and admins of an account by name, however large the team is."""
        rows = self._rows(
            f"SELECT {CONTACT} FROM person p WHERE p.account_id = ? AND p.role IN ('agent', 'admin')"
            " AND p.active = 1 ORDER BY p.name COLLATE NOCASE, p.remote_id",
            (account_id,),
        )
        return tuple(contact(row) for row in rows)

    def people_named(self, account_id: int, text: str, *, limit: int = 50) -> tuple[Contact, ...]:
        """Find people by a part of the name or the mail address; agents first, then by name."""
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._rows(
            f"SELECT {CONTACT} FROM person p WHERE p.account_id = ? AND p.active = 1"
            " AND (p.name LIKE ? ESCAPE '\\' OR p.email LIKE ? ESCAPE '\\' OR p.remote_id = ?)"
            " ORDER BY p.role NOT IN ('agent', 'admin'), p.name COLLATE NOCASE LIMIT ?",
            (account_id, pattern, pattern, text, limit),
        )
        return tuple(contact(row) for row in rows)

    def person(self, account_id: int, remote_id: str) -> Contact | None:
        """Return a person, or None when it is not stored."""
        row = self._row(
            f"SELECT {CONTACT} FROM person p WHERE p.account_id = ? AND p.remote_id = ?",
            (account_id, remote_id),
        )
        return None if row is None else contact(row)

    def people_of_address(self, email: str) -> tuple[tuple[int, str], ...]:
        """Return account and remote id of everybody of a mail address, on all accounts."""
        return tuple(
            (account_id, remote_id)
            for account_id, remote_id in self._rows(
                "SELECT p.account_id, p.remote_id FROM person p JOIN account a ON a.id = p.account_id"
                " WHERE a.removed = 0 AND p.email IN (?, ?) ORDER BY a.position",
                (email, email.lower()),
            )
        )

    def quarantined(self) -> tuple[QuarantinedRecord, ...]:
        """Return the records that could not be read, the latest first, at most 1,000."""
        return tuple(
            QuarantinedRecord(kind, None if remote_id.startswith("?") else remote_id, reason, raw)
            for kind, remote_id, reason, raw in self._rows(
                "SELECT kind, remote_id, reason, raw FROM quarantine"
                " ORDER BY seen_at DESC, id DESC LIMIT 1000"
            )
        )
