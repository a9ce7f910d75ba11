"""The embedded helpdesk's OAuth: consent, PKCE, rotation, expiry, scopes, revocation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from agentconsole.demo.oauth import challenge_of
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.signing_in import REDIRECT, approve
from tests.support.tiny_company import ADMIN, AGENT

VERIFIER = "v" * 43


@pytest.fixture(scope="module")
def desk() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=12) as running:
        yield running


def ask_url(desk: RunningHelpdesk, **changes: str) -> str:
    query = {
        "response_type": "code",
        "client_id": "agentconsole",
        "redirect_uri": REDIRECT,
        "scope": "read write",
        "state": "st&te",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    return str(httpx.URL(f"{desk.url}/oauth/authorizations/new", params=query))


def tokens(desk: RunningHelpdesk, **fields: str) -> httpx.Response:
    return httpx.post(f"{desk.url}/oauth/tokens", json=fields, trust_env=False, timeout=30)


def exchange(desk: RunningHelpdesk, code: str, **changes: str) -> httpx.Response:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "agentconsole",
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **changes,
    }
    return tokens(desk, **fields)


def code_of(desk: RunningHelpdesk, user: int = AGENT, **changes: str) -> str:
    return httpx.URL(approve(ask_url(desk, **changes), user)).params["code"]


def pair(desk: RunningHelpdesk, user: int = AGENT, **changes: str) -> dict[str, Any]:
    answer = exchange(desk, code_of(desk, user, **changes))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refresh(desk: RunningHelpdesk, token: str, client: str = "agentconsole") -> httpx.Response:
    return tokens(desk, grant_type="refresh_token", refresh_token=token, client_id=client)


def call(desk: RunningHelpdesk, access: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {access}"}
    return httpx.request(method, f"{desk.api}/{path}", headers=headers, trust_env=False, timeout=30, **more)


def test_an_agent_who_agrees_gives_a_pair_that_acts_for_them(desk: RunningHelpdesk) -> None:
    back = httpx.URL(approve(ask_url(desk), AGENT))
    assert back.copy_with(query=None) == httpx.URL(REDIRECT)
    assert back.params["state"] == "st&te"
    answer = exchange(desk, back.params["code"])
    assert answer.headers["cache-control"] == "no-store"
    got = answer.json()
    assert (got["token_type"], got["expires_in"], got["refresh_token_expires_in"]) == (
        "bearer",
        1800,
        30 * 86_400,
    )
    assert call(desk, got["access_token"], "users/me.json").json()["user"]["id"] == AGENT


def test_who_says_no_gives_nothing(desk: RunningHelpdesk) -> None:
    back = httpx.URL(approve(ask_url(desk), AGENT, decision="deny"))
    assert back.params["error"] == "access_denied"
    assert "code" not in back.params


def test_a_form_is_good_as_well_as_json(desk: RunningHelpdesk) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": pair(desk)["refresh_token"]}
    answer = httpx.post(
        f"{desk.url}/oauth/tokens", data={**fields, "client_id": "agentconsole"}, trust_env=False
    )
    assert answer.status_code == 200


def test_a_code_is_good_once(desk: RunningHelpdesk) -> None:
    code = code_of(desk)
    assert exchange(desk, code).status_code == 200
    assert exchange(desk, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"client_id": "other"},
        {"redirect_uri": "http://127.0.0.1:2/callback"},
        {"code": "guessed"},
    ],
)
def test_a_code_needs_what_it_was_asked_with(desk: RunningHelpdesk, changes: dict[str, str]) -> None:
    answer = exchange(desk, **{"code": code_of(desk), **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_lasts_two_minutes(desk: RunningHelpdesk) -> None:
    code = code_of(desk)
    desk.advance(121)
    assert exchange(desk, code).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:1/elsewhere"},
        {"redirect_uri": "http://127.0.0.1@evil.example:1/callback"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
    ],
)
def test_what_cannot_be_asked_is_told_on_a_page_and_sends_nobody_anywhere(
    desk: RunningHelpdesk, changes: dict[str, str]
) -> None:
    page = httpx.get(ask_url(desk, **changes), trust_env=False)
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "<form" not in page.text


def test_the_page_cannot_be_framed_nor_answered_twice_and_escapes_what_it_shows(
    desk: RunningHelpdesk,
) -> None:
    url = ask_url(desk, scope="<script>alert(1)</script>")
    page = httpx.get(url, trust_env=False)
    assert "<script>" not in page.text
    assert page.headers["x-frame-options"] == "DENY"
    key = page.text.partition('name="request" value="')[2].partition('"')[0]
    answers = [
        httpx.post(
            f"{desk.url}/oauth/authorizations",
            data={"request": key, "user": str(AGENT), "decision": "approve"},
            trust_env=False,
        ).status_code
        for _ in range(2)
    ]
    assert answers == [302, 400]


def test_a_customer_cannot_be_signed_in_as(desk: RunningHelpdesk) -> None:
    customer = desk.query("SELECT id FROM users WHERE role = 'end-user' LIMIT 1")[0]["id"]
    assert "code" not in httpx.URL(approve(ask_url(desk), customer)).params


def test_a_refresh_gives_a_new_pair_and_kills_the_old(desk: RunningHelpdesk) -> None:
    old = pair(desk)
    new = refresh(desk, old["refresh_token"]).json()
    assert call(desk, old["access_token"], "tickets/count").status_code == 401
    assert refresh(desk, old["refresh_token"]).json()["error"] == "invalid_grant"
    assert call(desk, new["access_token"], "tickets/count").status_code == 200
    assert new["scope"] == "read write"


def test_another_client_cannot_refresh(desk: RunningHelpdesk) -> None:
    old = pair(desk)
    assert refresh(desk, old["refresh_token"], client="other").status_code == 400
    assert refresh(desk, old["refresh_token"]).status_code == 200


def test_tokens_end(desk: RunningHelpdesk) -> None:
    got = pair(desk)
    desk.advance(1801)
    refused = call(desk, got["access_token"], "tickets/count")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    fresh = refresh(desk, got["refresh_token"]).json()
    desk.advance(30 * 86_400 + 1)
    assert refresh(desk, fresh["refresh_token"]).status_code == 400


def test_scopes_hold(desk: RunningHelpdesk) -> None:
    reading = pair(desk, scope="read")["access_token"]
    assert call(desk, reading, "tickets/count").status_code == 200
    assert call(desk, reading, "tickets/1", "PUT", json={"ticket": {}}).status_code == 403
    tickets = pair(desk, scope="tickets:read tickets:write")["access_token"]
    assert call(desk, tickets, "tickets/1", "PUT", json={"ticket": {}}).status_code == 200
    assert call(desk, tickets, "users").status_code == 403
    unknown = pair(desk, scope="everything")["access_token"]
    assert call(desk, unknown, "tickets/count").status_code == 403
    assert call(desk, unknown, "users/me").status_code == 403


@pytest.mark.parametrize("named", ["current", "id"])
def test_a_revoked_pair_is_dead(desk: RunningHelpdesk, named: str) -> None:
    got = pair(desk, scope="read")
    shown = call(desk, got["access_token"], "oauth/tokens/current.json").json()["token"]
    assert shown["scopes"] == ["read"]
    assert got["access_token"] not in str(shown)
    key = "current" if named == "current" else str(shown["id"])
    assert call(desk, got["access_token"], f"oauth/tokens/{key}", "DELETE").status_code == 204
    assert call(desk, got["access_token"], "tickets/count").status_code == 401
    assert refresh(desk, got["refresh_token"]).status_code == 400


def test_only_an_admin_revokes_others(desk: RunningHelpdesk) -> None:
    of_admin = pair(desk, ADMIN)
    key = call(desk, of_admin["access_token"], "oauth/tokens/current").json()["token"]["id"]
    assert call(desk, pair(desk)["access_token"], f"oauth/tokens/{key}", "DELETE").status_code == 404
    assert call(desk, of_admin["access_token"], "tickets/count").status_code == 200


@pytest.mark.parametrize("body", [b"\xff", b"[1]", b"{", b"grant_type=password"])
def test_nonsense_is_refused(desk: RunningHelpdesk, body: bytes) -> None:
    kind = "application/json" if body[:1] in b"[{" else "application/x-www-form-urlencoded"
    answer = httpx.post(
        f"{desk.url}/oauth/tokens", content=body, headers={"Content-Type": kind}, trust_env=False
    )
    assert answer.status_code == 400
    assert "error_description" in answer.json()


def test_other_tokens_stay_as_they_were(desk: RunningHelpdesk, request: pytest.FixtureRequest) -> None:
    probe: Callable[[str], int] = lambda token: call(desk, token, "tickets/count").status_code  # noqa: E731
    assert probe(desk.agent_bearer) == 200
    assert probe("made-up") == 401
