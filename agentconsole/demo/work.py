"""A unit of work on tickets: by an agent over the API, or by the helpdesk's own life."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentconsole.demo.database import next_id
from agentconsole.demo.errors import not_found

if TYPE_CHECKING:
    from agentconsole.demo.helpdesk import Helpdesk


@dataclass(slots=True)
class Work:
    """Who does something, when, in which transaction."""

    helpdesk: Helpdesk
    connection: sqlite3.Connection
    now: int
    actor_id: int
    channel: str
    base: str
    warnings: list[str] = field(default_factory=list)

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found = self.connection.execute(sql, values).fetchone()
        return found if isinstance(found, sqlite3.Row) else None

    def user(self, user_id: int) -> sqlite3.Row | None:
        """A person, or None."""
        return self.row("SELECT * FROM users WHERE id = ?", user_id)

    def ticket(self, ticket_id: int) -> sqlite3.Row:
        """A ticket that is not deleted.

        Raises:
            ApiError: 404.
        """
        found = self.row("SELECT * FROM tickets WHERE id = ? AND deleted_at IS NULL", ticket_id)
        if found is None:
            raise not_found()
        return found

    def next_event_id(self) -> int:
        """An id for an audit, one of its events or a comment."""
        return next_id(self.connection, "events")
