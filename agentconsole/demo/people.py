"""Finding and making people."""

from __future__ import annotations

from typing import Any

from agentconsole.demo.database import next_id
from agentconsole.demo.errors import invalid_field
from agentconsole.demo.work import Work


def find_by_email(work: Work, email: str) -> int | None:
    """The id of the person with this address, whatever its case."""
    row = work.row("SELECT id FROM users WHERE email = ? COLLATE NOCASE AND active", email.strip())
    return None if row is None else int(row["id"])


def create_user(work: Work, name: str, email: str | None, **extra: Any) -> int:
    """A new end user (or the `role` given), who joins the organisation that owns the address's domain."""
    user_id = next_id(work.connection, "users")
    stamp = work.helpdesk.generated_stamp(work.now)
    organization_id = extra.get("organization_id")
    if organization_id is None and email and "@" in email:
        domain = email.rpartition("@")[2].lower()
        row = work.row(
            "SELECT o.id FROM organizations o, json_each(o.domain_names) d WHERE d.value = ? LIMIT 1", domain
        )
        organization_id = None if row is None else row["id"]
    work.connection.execute(
        "INSERT INTO users (id, name, email, role, organization_id, locale, iana_time_zone, phone, notes, "
        "details, signature, tags, external_id, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
        (
            user_id,
            name,
            email,
            extra.get("role") or "end-user",
            organization_id,
            extra.get("locale") or "en-US",
            extra.get("time_zone") or "Etc/UTC",
            extra.get("phone"),
            extra.get("notes") or "",
            extra.get("details") or "",
            extra.get("tags") or "",
            extra.get("external_id"),
            work.now,
            stamp,
        ),
    )
    return user_id


def requester_from(work: Work, given: Any) -> int:
    """The id for a `requester` object: the person with that address, or a new one.

    Raises:
        ApiError: 422 when it has neither a known address nor a name.
    """
    if not isinstance(given, dict):
        raise invalid_field("requester", "Requester: is invalid")
    email = given.get("email")
    if isinstance(email, str) and email:
        found = find_by_email(work, email)
        if found is not None:
            return found
    name = given.get("name") or (email.partition("@")[0] if isinstance(email, str) else None)
    if not name or (email is not None and (not isinstance(email, str) or "@" not in email)):
        raise invalid_field("requester", "Requester: Email: is not properly formatted")
    return create_user(work, str(name), email)
