"""OAuth of the dialect: clients, codes with PKCE, pairs that rotate (Zendesk: OAuth, refresh tokens).

A code is good once and for two minutes. A refresh gives a new pair and kills the old one at that moment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from agentconsole.demo.errors import ApiError
from agentconsole.demo.settings import Settings

CODE_SECONDS: Final = 120
PENDING_SECONDS: Final = 600
"""How long a consent page can be answered."""

DEFAULT_CLIENT: Final = "agentconsole"
DEFAULT_REDIRECT: Final = "http://127.0.0.1/callback"
"""A loopback redirect is good on any port, as RFC 8252 has it."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS oauth_clients (identifier TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " redirects TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS oauth_pending (id TEXT PRIMARY KEY, client TEXT NOT NULL,"
    " redirect TEXT NOT NULL, scope TEXT NOT NULL, state TEXT NOT NULL, challenge TEXT NOT NULL,"
    " expires_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS oauth_codes (code TEXT PRIMARY KEY, client TEXT NOT NULL,"
    " redirect TEXT NOT NULL, scope TEXT NOT NULL, challenge TEXT NOT NULL, user_id INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS oauth_tokens (id INTEGER PRIMARY KEY, access TEXT NOT NULL UNIQUE,"
    " refresh TEXT NOT NULL UNIQUE, client TEXT NOT NULL, user_id INTEGER NOT NULL, scope TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, refresh_expires_at INTEGER NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks an agent for on the consent page."""

    id: str
    client: str
    redirect: str
    scope: str
    state: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token that is good now."""

    id: int
    user_id: int
    scopes: frozenset[str]


def oauth_error(error: str, description: str, status: int = 400) -> ApiError:
    """An error in the form of RFC 6749, as the token endpoint answers."""
    return ApiError(status, {"error": error, "error_description": description}, {"Cache-Control": "no-store"})


def invalid_token() -> ApiError:
    """401 for an access token that has expired or was revoked."""
    return ApiError(
        401,
        {
            "error": "invalid_token",
            "error_description": "The access token provided is expired, revoked, malformed or invalid for "
            "other reasons.",
        },
        {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables and the console's own client where they are not there yet."""
    for table in TABLES:
        connection.execute(table)
    register(connection, DEFAULT_CLIENT, "Agent Console", (DEFAULT_REDIRECT,))


def register(connection: sqlite3.Connection, identifier: str, name: str, redirects: tuple[str, ...]) -> None:
    """Register a public client, as an admin does; a known one stays as it is."""
    connection.execute(
        "INSERT OR IGNORE INTO oauth_clients (identifier, name, redirects) VALUES (?, ?, ?)",
        (identifier, name, "\n".join(redirects)),
    )


def client_name(connection: sqlite3.Connection, identifier: str, redirect: str) -> str:
    """The name of a client that may be answered at that address.

    Raises:
        ApiError: 400 where the client or its redirect is not registered: nothing is sent there.
    """
    row = connection.execute(
        "SELECT name, redirects FROM oauth_clients WHERE identifier = ?", (identifier,)
    ).fetchone()
    if row is None:
        raise oauth_error("invalid_client", "No such client is registered with this helpdesk")
    if not any(_same_redirect(known, redirect) for known in row["redirects"].split("\n")):
        raise oauth_error("invalid_request", "The redirect_uri is not registered for this client")
    return str(row["name"])


def _same_redirect(known: str, asked: str) -> bool:
    if known == asked:
        return True
    try:
        one, other = urlsplit(known), urlsplit(asked)
        loopback = one.hostname in LOOPBACK and other.hostname == one.hostname and other.port != 0
    except ValueError:
        return False
    same = (one.scheme, one.path, one.query) == (other.scheme, other.path, other.query)
    return loopback and same and not other.fragment and other.username is None


def begin(
    connection: sqlite3.Connection,
    *,
    client: str,
    redirect: str,
    scope: str,
    state: str,
    challenge: str,
    now: int,
) -> str:
    """Note what was asked for; returns the id that the consent page posts back."""
    connection.execute("DELETE FROM oauth_pending WHERE expires_at <= ?", (now,))
    key = secrets.token_urlsafe(24)
    connection.execute(
        "INSERT INTO oauth_pending (id, client, redirect, scope, state, challenge, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, client, redirect, scope, state, challenge, now + PENDING_SECONDS),
    )
    return key


def take_pending(connection: sqlite3.Connection, key: str, now: int) -> Request:
    """What was asked for on a consent page, once.

    Raises:
        ApiError: 400 when it was answered before, or too long ago.
    """
    row = connection.execute(
        "SELECT * FROM oauth_pending WHERE id = ? AND expires_at > ?", (key, now)
    ).fetchone()
    if row is None:
        raise oauth_error("invalid_request", "This page was answered before, or is too old: begin again")
    connection.execute("DELETE FROM oauth_pending WHERE id = ?", (key,))
    return Request(row["id"], row["client"], row["redirect"], row["scope"], row["state"], row["challenge"])


def issue_code(connection: sqlite3.Connection, request: Request, user_id: int, now: int) -> str:
    """A code for an agent who has agreed."""
    connection.execute("DELETE FROM oauth_codes WHERE expires_at <= ?", (now,))
    code = secrets.token_urlsafe(30)
    connection.execute(
        "INSERT INTO oauth_codes (code, client, redirect, scope, challenge, user_id, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            code,
            request.client,
            request.redirect,
            request.scope,
            request.challenge,
            user_id,
            now + CODE_SECONDS,
        ),
    )
    return code


def exchange_code(
    connection: sqlite3.Connection,
    settings: Settings,
    *,
    client: str,
    code: str,
    redirect: str,
    verifier: str,
    now: int,
) -> dict[str, object]:
    """A first pair of tokens for a code, which is used up by that.

    Raises:
        ApiError: 400 `invalid_grant` unless code, client, redirect and verifier belong together.
    """
    row = connection.execute("SELECT * FROM oauth_codes WHERE code = ?", (code,)).fetchone()
    good = (
        row is not None
        and row["expires_at"] > now
        and row["client"] == client
        and row["redirect"] == redirect
        and hmac.compare_digest(challenge_of(verifier), row["challenge"])
    )
    if not good:
        raise oauth_error(
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection "
            "URI, or was issued to another client",
        )
    connection.execute("DELETE FROM oauth_codes WHERE code = ?", (code,))
    return _issue_pair(connection, settings, client, int(row["user_id"]), str(row["scope"]), now)


def refresh(
    connection: sqlite3.Connection, settings: Settings, *, client: str, token: str, now: int
) -> dict[str, object]:
    """A new pair for a refresh token; the pair it belonged to is dead.

    Raises:
        ApiError: 400 `invalid_grant` for a token that was used before, has expired, or is another client's.
    """
    row = connection.execute("SELECT * FROM oauth_tokens WHERE refresh = ?", (token,)).fetchone()
    if row is None or row["client"] != client or row["refresh_expires_at"] <= now:
        raise oauth_error(
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection "
            "URI, or was issued to another client",
        )
    connection.execute("DELETE FROM oauth_tokens WHERE id = ?", (row["id"],))
    return _issue_pair(connection, settings, client, int(row["user_id"]), str(row["scope"]), now)


def _issue_pair(
    connection: sqlite3.Connection, settings: Settings, client: str, user_id: int, scope: str, now: int
) -> dict[str, object]:
    access, fresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO oauth_tokens (access, refresh, client, user_id, scope, created_at, expires_at,"
        " refresh_expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            access,
            fresh,
            client,
            user_id,
            scope,
            now,
            now + settings.access_token_seconds,
            now + settings.refresh_token_seconds,
        ),
    )
    return {
        "access_token": access,
        "refresh_token": fresh,
        "token_type": "bearer",
        "scope": scope,
        "expires_in": settings.access_token_seconds,
        "refresh_token_expires_in": settings.refresh_token_seconds,
    }


def find(connection: sqlite3.Connection, access: str, now: int) -> Grant | None:
    """What an access token is good for; None when it is none of these.

    Raises:
        ApiError: 401 `invalid_token` when it has expired.
    """
    row = connection.execute(
        "SELECT id, user_id, scope, expires_at FROM oauth_tokens WHERE access = ?", (access,)
    ).fetchone()
    if row is None:
        return None
    if row["expires_at"] <= now:
        raise invalid_token()
    return Grant(int(row["id"]), int(row["user_id"]), frozenset(str(row["scope"]).split()))


def revoke(connection: sqlite3.Connection, token_id: int) -> bool:
    """Take a pair away; False when there is none of that id."""
    return connection.execute("DELETE FROM oauth_tokens WHERE id = ?", (token_id,)).rowcount > 0


def revoke_user(connection: sqlite3.Connection, user_id: int) -> None:
    """Take every pair of a user away, as an admin would."""
    connection.execute("DELETE FROM oauth_tokens WHERE user_id = ?", (user_id,))


def allows(scopes: frozenset[str], path: str, *, writes: bool) -> bool:
    """Whether scopes open an API path: `read`, `write`, or a resource's own as `tickets:read`."""
    deed = "write" if writes else "read"
    resource = path.strip("/").partition("/")[0]
    own = {"help_center": "hc", "incremental": "tickets", "search": "tickets"}.get(resource, resource)
    return deed in scopes or f"{own}:{deed}" in scopes


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
