"""Who asks: API token with Basic auth, or a bearer token (Zendesk: security and authentication)."""

from __future__ import annotations

import base64
import hmac
import secrets
import sqlite3
from dataclasses import dataclass, replace

from agentconsole.demo import oauth
from agentconsole.demo.errors import unauthenticated


@dataclass(frozen=True, slots=True)
class Person:
    """The signed-in agent or admin."""

    id: int
    name: str
    email: str
    role: str
    grant: int | None = None
    """Id of the OAuth token they came with; None for other credentials."""
    scopes: frozenset[str] | None = None
    """What that token is limited to; None for credentials without limits."""

    @property
    def is_admin(self) -> bool:
        """Whether admin-only endpoints are open to them."""
        return self.role == "admin"


def issue_token(connection: sqlite3.Connection, kind: str, user_id: int) -> str:
    """A new random token of `kind` (`api` or `bearer`) that acts as that user."""
    token = secrets.token_urlsafe(30)
    connection.execute(
        "INSERT INTO tokens (token, kind, user_id, created) VALUES (?, ?, ?, (SELECT COUNT(*) FROM tokens))",
        (token, kind, user_id),
    )
    return token


def revoke_tokens(connection: sqlite3.Connection, user_id: int) -> None:
    """Take every token of a user away, as an admin would."""
    connection.execute("DELETE FROM tokens WHERE user_id = ?", (user_id,))
    oauth.revoke_user(connection, user_id)


def authenticate(connection: sqlite3.Connection, header: str | None, now: int) -> Person | None:
    """The person of an `Authorization` header; None when there is no header.

    Raises:
        ApiError: 401 when the header's credentials are not good.
    """
    if not header:
        return None
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        token = rest.strip()
        grant = oauth.find(connection, token, now)
        if grant is None:
            return _person(connection, _owner(connection, "bearer", token))
        return replace(_person(connection, grant.user_id), grant=grant.id, scopes=grant.scopes)
    if scheme.lower() == "basic":
        try:
            login, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except ValueError:
            raise unauthenticated() from None
        if login.endswith("/token"):
            person = _person(connection, _owner(connection, "api", secret))
            if hmac.compare_digest(
                person.email.lower().encode(), login.removesuffix("/token").lower().encode()
            ):
                return person
    raise unauthenticated()


def _owner(connection: sqlite3.Connection, kind: str, token: str) -> int:
    row = connection.execute(
        "SELECT user_id FROM tokens WHERE token = ? AND kind = ?", (token, kind)
    ).fetchone()
    if row is None:
        raise unauthenticated()
    return int(row[0])


def _person(connection: sqlite3.Connection, user_id: int) -> Person:
    row = connection.execute(
        "SELECT id, name, email, role FROM users WHERE id = ? AND active AND NOT suspended", (user_id,)
    ).fetchone()
    if row is None or row["role"] == "end-user":
        raise unauthenticated()
    return Person(row["id"], row["name"], row["email"] or "", row["role"])
