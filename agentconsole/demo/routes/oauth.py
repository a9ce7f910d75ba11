"""Signing in by the browser: consent page, token endpoint, revocation (Zendesk: OAuth tokens)."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from typing import Final
from urllib.parse import parse_qsl, urlencode

from agentconsole.demo import oauth
from agentconsole.demo.call import Answer, Call, Endpoint, delete, get
from agentconsole.demo.clock import iso
from agentconsole.demo.database import get_meta
from agentconsole.demo.errors import ApiError, not_found
from agentconsole.demo.oauth import oauth_error

_PAGE_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_HTML: Final = "text/html; charset=utf-8"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_STYLE: Final = (
    "body{font:16px sans-serif;max-width:34em;margin:4em auto;padding:0 1em}"
    "button{font:inherit;padding:.4em 1.2em;margin-right:1em}"
)


def consent(call: Call) -> Answer:
    """`GET /oauth/authorizations/new`: asks the agent whether the client may act for them."""
    try:
        name = oauth.client_name(
            call.connection, call.query.get("client_id", ""), call.query.get("redirect_uri", "")
        )
        _check_request(call)
    except ApiError as error:
        return _page(f"<h1>This cannot be asked</h1><p>{_text(error.body['error_description'])}.</p>", 400)
    scope = " ".join(call.query.get("scope", "read").split())
    key = oauth.begin(
        call.connection,
        client=call.query["client_id"],
        redirect=call.query["redirect_uri"],
        scope=scope,
        state=call.query.get("state", ""),
        challenge=call.query["code_challenge"],
        now=call.now,
    )
    options = "".join(
        f'<option value="{row["id"]}">{_text(row["name"])} ({_text(row["role"])})</option>'
        for row in _agents(call.connection)
    )
    return _page(
        f"<h1>{_text(name)} asks to act for you</h1>"
        f"<p>On {_text(call.helpdesk.company_name)}, with the scopes <b>{_text(scope)}</b>.</p>"
        '<form method="post" action="/oauth/authorizations">'
        f'<input type="hidden" name="request" value="{key}">'
        f'<p><label>Sign in as <select name="user">{options}</select></label></p>'
        '<p><button name="decision" value="approve">Allow</button>'
        '<button name="decision" value="deny">Deny</button></p></form>'
    )


def _check_request(call: Call) -> None:
    if call.query.get("response_type") != "code":
        raise oauth_error("unsupported_response_type", "The response_type must be code")
    good = _CHALLENGE.fullmatch(call.query.get("code_challenge", ""))
    if call.query.get("code_challenge_method") != "S256" or good is None:
        raise oauth_error("invalid_request", "A public client needs PKCE with code_challenge_method S256")


def _agents(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """The agents one may sign in as: the demo's own first, then its admin."""
    first = [int(get_meta(connection, key) or 0) for key in ("agent_id", "admin_id")]
    return connection.execute(
        "SELECT id, name, role FROM users WHERE role <> 'end-user' AND active AND NOT suspended"
        " ORDER BY id <> ?, id <> ?, name",
        first,
    ).fetchall()


def decide(call: Call) -> Answer:
    """`POST /oauth/authorizations`: the agent's answer; sends the browser back to the client."""
    form = _form(call)
    try:
        request = oauth.take_pending(call.connection, form.get("request", ""), call.now)
    except ApiError as error:
        return _page(f"<h1>This cannot be answered</h1><p>{_text(error.body['error_description'])}.</p>", 400)
    told: dict[str, str] = {"state": request.state} if request.state else {}
    users = {str(row["id"]) for row in _agents(call.connection)}
    if form.get("decision") == "approve" and form.get("user") in users:
        told["code"] = oauth.issue_code(call.connection, request, int(form["user"]), call.now)
    else:
        told["error"] = "access_denied"
        told["error_description"] = "The end-user or authorization server denied the request."
    joint = "&" if "?" in request.redirect else "?"
    return Answer(None, 302, {**_PAGE_HEADERS, "Location": f"{request.redirect}{joint}{urlencode(told)}"})


def tokens(call: Call) -> Answer:
    """`POST /oauth/tokens`: a pair of tokens for a code, or for the refresh token of a former pair."""
    form = _form(call)
    client = form.get("client_id", "")
    settings = call.helpdesk.settings
    if form.get("grant_type") == "authorization_code":
        body = oauth.exchange_code(
            call.connection,
            settings,
            client=client,
            code=form.get("code", ""),
            redirect=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
            now=call.now,
        )
    elif form.get("grant_type") == "refresh_token":
        body = oauth.refresh(
            call.connection, settings, client=client, token=form.get("refresh_token", ""), now=call.now
        )
    else:
        raise oauth_error(
            "unsupported_grant_type", "The grant_type must be authorization_code or refresh_token"
        )
    return Answer(body, 200, {"Cache-Control": "no-store", "Pragma": "no-cache"})


def list_tokens(call: Call) -> Answer:
    """`GET /oauth/tokens`: the signed-in person's own."""
    rows = call.connection.execute(
        "SELECT * FROM oauth_tokens WHERE user_id = ? ORDER BY id", (call.me.id,)
    ).fetchall()
    return Answer({"tokens": [_shown(row, call.api) for row in rows]})


def show_token(call: Call) -> Answer:
    """`GET /oauth/tokens/{id}`; `current` is the one that the request came with."""
    return Answer({"token": _shown(_row(call), call.api)})


def revoke_token(call: Call) -> Answer:
    """`DELETE /oauth/tokens/{id}`: the access token and its refresh token are dead."""
    oauth.revoke(call.connection, int(_row(call)["id"]))
    return Answer(None, 204)


def _row(call: Call) -> sqlite3.Row:
    named = str(call.params["id"])
    wanted = call.me.grant if named == "current" else int(named) if named.isdecimal() else None
    row: sqlite3.Row | None = None
    if wanted is not None:
        row = call.connection.execute(
            "SELECT * FROM oauth_tokens WHERE id = ? AND (user_id = ? OR ?)",
            (wanted, call.me.id, call.me.is_admin),
        ).fetchone()
    if row is None:
        raise not_found()
    return row


def _shown(row: sqlite3.Row, api: str) -> dict[str, object]:
    return {
        "id": row["id"],
        "url": f"{api}/oauth/tokens/{row['id']}.json",
        "client_id": row["client"],
        "user_id": row["user_id"],
        "scopes": str(row["scope"]).split(),
        "created_at": iso(row["created_at"]),
        "expires_at": iso(row["expires_at"]),
        "refresh_token_expires_at": iso(row["refresh_expires_at"]),
        "token": str(row["access"])[:10],
    }


def _form(call: Call) -> dict[str, str]:
    """The posted fields, as a form or as JSON."""
    try:
        if "json" in call.headers.get("content-type", ""):
            document = json.loads(call.body or b"{}")
            if not isinstance(document, dict):
                raise ValueError
            return {str(key): value for key, value in document.items() if isinstance(value, str)}
        return dict(parse_qsl(call.body.decode("ascii"), max_num_fields=20))
    except (ValueError, RecursionError):
        raise oauth_error("invalid_request", "The body can be read neither as a form nor as JSON") from None


def _page(body: str, status: int = 200) -> Answer:
    document = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    return Answer(document.encode(), status, _PAGE_HEADERS, _HTML)


def _text(value: object) -> str:
    return html.escape(str(value))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/oauth/authorizations/new", consent, access="anyone", writes=True),
    Endpoint("POST", "/oauth/authorizations", decide, access="anyone", writes=True, raw=True),
    Endpoint("POST", "/oauth/tokens", tokens, access="anyone", writes=True, raw=True),
    get("/oauth/tokens", list_tokens, scoped=False),
    get("/oauth/tokens/{id}", show_token, scoped=False),
    delete("/oauth/tokens/{id}", revoke_token, scoped=False),
)
