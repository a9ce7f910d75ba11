"""The agent's part of signing in by the browser, against the embedded helpdesk."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import SecretError
from agentconsole.domain.logins import TokenPair
from agentconsole.helpdesks.registry import begin_login, finish_login

REDIRECT = "http://127.0.0.1:1/callback"


def approve(url: str, user: int, *, decision: str = "approve") -> str:
    """Answer the consent page as a browser would; returns the address that it is sent to."""
    with httpx.Client(trust_env=False, timeout=30) as browser:
        page = browser.get(url)
        assert page.status_code == 200, page.text
        found = re.search(r'name="request" value="([^"]+)"', page.text)
        assert found is not None
        answer = browser.post(
            httpx.URL(url).join("/oauth/authorizations"),
            data={"request": found[1], "user": str(user), "decision": decision},
        )
    assert answer.status_code == 302
    return answer.headers["location"]


def come_back(address: str) -> httpx.Response:
    """Follow the redirect to the program that waits for it."""
    return httpx.get(address, trust_env=False, timeout=30)


def signed_in(account: AccountSettings, user: int, clock: Clock) -> TokenPair:
    """A pair of tokens, got the whole way."""
    attempt = begin_login(account, "agentconsole", REDIRECT)
    code = httpx.URL(approve(attempt.url, user)).params["code"]
    return asyncio.run(finish_login(account, attempt, code, clock.now()))


@dataclass
class PairsInMemory:
    """A secret store for one process; can be made to fail."""

    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)
    puts: int = 0
    locked: bool = False

    def get(self, account: AccountSettings) -> str:
        return self.secrets[account.uuid]

    def put(self, account: AccountSettings, secret: str) -> None:
        if self.locked:
            raise SecretError("The keyring is locked.")
        self.puts += 1
        self.secrets[account.uuid] = secret

    def delete(self, account: AccountSettings) -> None:
        self.secrets.pop(account.uuid, None)
