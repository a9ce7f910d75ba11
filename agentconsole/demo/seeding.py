"""Filling a new helpdesk with its company and tickets, all or nothing.

Everything is written into a file beside the real one, without a journal, and renamed at the end:
a process killed in the middle leaves nothing that a next start would take for a helpdesk.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from agentconsole.demo.auth import issue_token
from agentconsole.demo.database import FILE_NAME, set_meta
from agentconsole.demo.records import CompanyRecord, TicketRecord
from agentconsole.demo.required_fields import dialect_of
from agentconsole.demo.schema import INDEXES, SCHEMA_VERSION, TABLES
from agentconsole.demo.seeding_tickets import WrittenTickets, write_tickets
from agentconsole.demo.statuses import CUSTOM_STATUSES
from agentconsole.demo.tags import spaced

FIRST_TRANSLATION_ID = 5_200_000_001


def seed(
    folder: Path,
    company: CompanyRecord,
    tickets: Iterable[TicketRecord],
    *,
    now: int,
    seed_number: int,
    ticket_count: int = 0,
    clock_offset: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Make the helpdesk's file in `folder`, replacing one that is there; returns its path.

    `now` is in epoch seconds; `clock_offset` is what the server's clock adds to the wall clock;
    `progress` is told now and then how many tickets are in.
    """
    target = folder / FILE_NAME
    partial = folder / f"{FILE_NAME}.seeding"
    for leftover in (partial, folder / f"{FILE_NAME}.seeding-journal"):
        leftover.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(partial, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.executescript(TABLES)
        connection.execute("BEGIN")
        _write_company(connection, company, now)
        written = write_tickets(connection, company, tickets, now, progress)
        _write_sequences(connection, company, written)
        for name, user_id in (("agent", company.agent_id), ("admin", company.admin_id)):
            set_meta(connection, f"{name}_id", str(user_id))
            issue_token(connection, "api", user_id)
            issue_token(connection, "bearer", user_id)
        for key, value in (
            ("schema", str(SCHEMA_VERSION)),
            ("company", company.name),
            ("seeded_now", str(now)),
            ("seed", str(seed_number)),
            ("tickets", str(ticket_count)),
            ("clock_offset", str(clock_offset)),
        ):
            set_meta(connection, key, value)
        connection.execute("COMMIT")
        connection.executescript(INDEXES)
        connection.execute("ANALYZE")
    except BaseException:
        connection.close()
        partial.unlink(missing_ok=True)
        raise
    connection.close()
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    for suffix in ("-wal", "-shm"):
        (folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
    partial.rename(target)
    return target


def _write_company(connection: sqlite3.Connection, company: CompanyRecord, now: int) -> None:
    born = min((user.created_at for user in company.users), default=now)
    defaults = {place.user_id: place.group_id for place in company.memberships if place.default}
    connection.executemany(
        "INSERT INTO organizations VALUES (?, ?, ?, ?, NULL, ?, ?)",
        (
            (o.id, o.name, json.dumps(list(o.domain_names)), o.notes, o.created_at, o.created_at)
            for o in company.organizations
        ),
    )
    connection.executemany(
        "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, NULL, ?, 1, 0, ?, ?)",
        (
            (
                u.id, u.name, u.email, u.role, u.organization_id, u.locale, u.iana_time_zone, u.phone,
                u.notes, u.signature, spaced(u.tags), defaults.get(u.id), u.created_at, u.created_at,
            )
            for u in company.users
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO groups VALUES (?, ?, ?, ?, ?)",
        ((g.id, g.name, g.description, born, born) for g in company.groups),
    )
    connection.executemany(
        "INSERT INTO memberships VALUES (?, ?, ?, ?, ?)",
        ((m.id, m.user_id, m.group_id, int(m.default), born) for m in company.memberships),
    )
    connection.executemany(
        "INSERT INTO ticket_fields VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                f.id, f.type, f.title, int(f.required),
                json.dumps([{"id": o.id, "name": o.name, "value": o.value} for o in f.options]),
                position, born,
            )
            for position, f in enumerate(company.fields)
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO ticket_forms VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                f.id,
                f.name,
                json.dumps(list(f.field_ids)),
                int(f.default),
                position,
                born,
                json.dumps(dialect_of(f.conditions)),
            )
            for position, f in enumerate(company.forms)
        ),
    )
    connection.executemany(
        "INSERT INTO custom_statuses VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((*status, born) for status in CUSTOM_STATUSES),
    )
    connection.executemany(
        "INSERT INTO macros VALUES (?, ?, ?, ?, ?, NULL, 1, ?, ?, ?)",
        (
            (
                m.id, m.title, m.description,
                json.dumps([{"field": field, "value": value} for field, value in m.actions]),
                m.group_id, position, born, born,
            )
            for position, m in enumerate(company.macros)
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO views VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                v.id, v.title,
                json.dumps([{"field": f, "operator": o, "value": value} for f, o, value in v.conditions_all]),
                v.sort_by, v.sort_order, position, born,
            )
            for position, v in enumerate(company.views)
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO categories VALUES (?, ?, ?, ?, ?)",
        ((c.id, c.locale, c.name, position, born) for position, c in enumerate(company.categories)),
    )
    connection.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)",
        (
            (s.id, s.locale, s.category_id, s.name, position, born)
            for position, s in enumerate(company.sections)
        ),
    )
    connection.executemany(
        "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                a.id, a.locale, a.section_id, a.source_locale, a.title, a.body_html,
                json.dumps(list(a.labels), ensure_ascii=False), a.slug, a.source, position,
                FIRST_TRANSLATION_ID + position, a.created_at, a.updated_at,
            )
            for position, a in enumerate(company.articles)
        ),
    )  # fmt: skip


def _write_sequences(connection: sqlite3.Connection, company: CompanyRecord, written: WrittenTickets) -> None:
    for table, last in (
        ("tickets", written.last_ticket_id),
        ("events", written.last_event_id),
        ("attachments", written.last_attachment_id),
        ("users", max((user.id for user in company.users), default=0)),
        ("organizations", max((o.id for o in company.organizations), default=0)),
    ):
        set_meta(connection, f"last_id:{table}", str(last))
