"""Signing in to Zendesk by OAuth: a public client with PKCE, and pairs of tokens that rotate.

Facts (Zendesk: OAuth; PKCE; refresh tokens): consent at `/oauth/authorizations/new`, tokens from
`POST /oauth/tokens`, revocation by `DELETE /api/v2/oauth/tokens/current`. A refresh gives a new pair and
kills the old one, so the new one must be stored before it is used. An unknown scope is granted without
complaint and then refused at every call.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import urlencode

import httpx

from agentconsole import __version__
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    HelpdeskError,
    LoginRefused,
    ServerFailed,
    Throttled,
    Unreachable,
)
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.addresses import checked_base, is_loopback
from agentconsole.helpdesks.answers import check_packing, load_json
from agentconsole.helpdesks.base import LoginAttempt
from agentconsole.text.cleaning import clean_line

SCOPES: Final = "read write"
READ_SCOPES: Final = "read"

_DEADLINE_SECONDS: Final = 30.0
_MOST_BYTES: Final = 100_000
_LONGEST_LIFE: Final = 10 * 365 * 86_400
"""Seconds that a token is taken to live at most."""


def begin(base_url: str, client_id: str, redirect: str, *, read_only: bool = False) -> LoginAttempt:
    """Prepare a try to sign in.

    Args:
        base_url: The helpdesk's address.
        client_id: The registered client's identifier.
        redirect: Where the browser is sent back to, on this machine.
        read_only: Ask for reading alone.

    Raises:
        Unreachable: The address is none, or not secure.
    """
    base = checked_base("sign-in", base_url)
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    scope = READ_SCOPES if read_only else SCOPES
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": scope,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
        "code_challenge_method": "S256",
    }
    url = f"{base.scheme}://{base.netloc.decode('ascii')}/oauth/authorizations/new?{urlencode(query)}"
    return LoginAttempt(url, state, verifier, redirect, client_id, scope)


async def exchange(name: str, base_url: str, attempt: LoginAttempt, code: str, now: int) -> TokenPair:
    """Get the first pair of tokens for the code that the browser came back with.

    Raises:
        LoginRefused: The code, the client or its redirect is not accepted.
        HelpdeskError: It cannot be asked now.
    """
    data = await _asked(
        name,
        base_url,
        {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": attempt.client_id,
            "redirect_uri": attempt.redirect,
            "code_verifier": attempt.verifier,
            "scope": attempt.scope,
        },
        refused="begin again, and check that the client is public and registered with this redirect",
    )
    return _pair(name, data, attempt.client_id, attempt.scope, now)


async def renew(name: str, base_url: str, pair: TokenPair, now: int) -> TokenPair:
    """Get a new pair for the refresh token of an old one, which is dead from then on.

    Raises:
        LoginRefused: The refresh token was used before, has expired or was revoked.
        HelpdeskError: It cannot be asked now; it may have been processed all the same.
    """
    data = await _asked(
        name,
        base_url,
        {"grant_type": "refresh_token", "refresh_token": pair.refresh, "client_id": pair.client_id},
        refused=f"sign in again with `agentconsole account add {name}`",
    )
    return _pair(name, data, pair.client_id, pair.scope, now)


async def revoke(name: str, base_url: str, access: str) -> None:
    """Have the helpdesk forget a pair.

    Raises:
        HelpdeskError: It cannot be asked now, or does not do it.
    """
    base = checked_base(name, base_url)
    status, _ = await _exchanged(
        name, base, "DELETE", "/api/v2/oauth/tokens/current", None, {"Authorization": f"Bearer {access}"}
    )
    if status >= 300 and status not in (401, 404):
        raise LoginRefused(f"{name}: {base.host} did not revoke the login (error {status}).")


async def _asked(name: str, base_url: str, body: Mapping[str, str], *, refused: str) -> dict[str, Any]:
    base = checked_base(name, base_url)
    status, data = await _exchanged(name, base, "POST", "/oauth/tokens", body, {})
    if status == 200:
        return data
    if status in (400, 401, 403):
        why = data.get("error_description") or data.get("error") or f"error {status}"
        raise LoginRefused(f"{name}: {base.host} refused the login ({_short(why)}): {refused}.")
    if status in (429, 503):
        raise Throttled(f"{name}: {base.host} asks to wait before signing in.", wait_seconds=30.0)
    raise ServerFailed(f"{name}: {base.host} could not answer the login (error {status}); try again.")


async def _exchanged(
    name: str,
    base: httpx.URL,
    method: str,
    path: str,
    body: Mapping[str, str] | None,
    headers: Mapping[str, str],
) -> tuple[int, dict[str, Any]]:
    """Make one request to the account's own origin; redirects are not followed, so no secret leaves it."""
    try:
        async with (
            asyncio.timeout(_DEADLINE_SECONDS),
            httpx.AsyncClient(
                follow_redirects=False,
                trust_env=not is_loopback(base),
                timeout=_DEADLINE_SECONDS,
                headers={
                    "User-Agent": f"agentconsole/{__version__}",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip, deflate",
                },
            ) as client,
            client.stream(
                method,
                base.copy_with(path=path, query=None),
                json=dict(body) if body is not None else None,
                headers=dict(headers),
            ) as answer,
        ):
            check_packing(answer)
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > _MOST_BYTES:
                    raise BadAnswer(f"{name}: {base.host} answered the login with more than any login has.")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError):
        raise Unreachable(f"{name}: no connection to {base.host}; it is tried again by itself.") from None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        # Without the cause: a protocol error's text can hold a header's value.
        raise AnswerLost(
            f"{name}: {base.host} did not finish its answer to the login ({type(error).__name__})."
        ) from None
    try:
        found = load_json(bytes(content)) if content else {}
    except (ValueError, RecursionError):
        found = {}
    return answer.status_code, found if isinstance(found, dict) else {}


def _pair(name: str, data: Mapping[str, Any], client_id: str, scope: str, now: int) -> TokenPair:
    access, refresh = data.get("access_token"), data.get("refresh_token")
    if not _is_token(access):
        raise BadAnswer(f"{name}: the login was answered without a token.")
    if not _is_token(refresh):
        raise HelpdeskError(
            f"{name}: the login was answered without a refresh token: have the OAuth client give tokens that "
            "expire, or use the access token alone: `--auth bearer`."
        )
    seconds = data.get("expires_in")
    told = data.get("scope")
    return TokenPair(
        access=access,
        refresh=refresh,
        client_id=client_id,
        expires_at=_end_of(seconds, now),
        scope=told if isinstance(told, str) and told.isascii() and told.isprintable() and told else scope,
    )


def _is_token(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def _end_of(seconds: object, now: int) -> int | None:
    if isinstance(seconds, int | float) and seconds > 0:
        return now + int(min(seconds, _LONGEST_LIFE) * SECOND)
    return None


def _short(text: object) -> str:
    return clean_line(str(text)[:1000])[:200].rstrip(".")
