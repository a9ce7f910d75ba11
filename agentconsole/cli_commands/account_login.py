"""How `account add` gets a login: by the browser, by a pair of tokens, or by one token."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys

from agentconsole import logs
from agentconsole.cli_commands.output import tell
from agentconsole.cli_commands.questions import asked
from agentconsole.clock import SystemClock
from agentconsole.desk.browser import has_browser
from agentconsole.desk.sign_in import show_in_browser, sign_in
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.logins import TokenPair
from agentconsole.helpdesks.registry import DEFAULT_CLIENT
from agentconsole.secrets import Secrets


def by_browser(
    account: AccountSettings, client_id: str, *, port: int | None, open_browser: bool, paste: bool
) -> str:
    """Sign in by the browser; gives the secret to keep.

    Args:
        account: Which helpdesk.
        client_id: The registered OAuth client's identifier.
        port: Of the redirect; None: as usual.
        open_browser: Whether to open one here, where there is a screen.
        paste: Whether an address may be pasted on the terminal.

    Raises:
        ConsoleError: It came to nothing.
    """

    def announce(url: str, redirect: str) -> None:
        opened = open_browser and has_browser(os.environ)
        tell("Your browser opens, or open this address:" if opened else "Open this address in a browser:")
        # As it is, in one line, so that it can be copied.
        tell(f"  {url}")
        tell(
            f"It asks whether “{client_id}” may act for you. If it does not know that client, an admin has "
            f"to register it once, with the redirect {redirect} (docs/accounts.md tells how)."
        )
        if paste:
            tell(
                "Is the browser on another machine? Then its last page cannot be shown: copy the address of "
                "that page from the browser, and paste it here."
            )
        if opened:
            show_in_browser(url, lambda: tell("No browser could be opened here."))

    pair = asyncio.run(
        sign_in(
            account,
            client_id,
            SystemClock(),
            announce=announce,
            port=port,
            pasted=_pasted_line if paste else None,
            complain=tell,
        )
    )
    return _hidden(pair).spelled()


async def _pasted_line() -> str:
    """Wait for a line on the terminal without keeping the loop from anything else."""
    loop = asyncio.get_running_loop()
    handle = sys.stdin.fileno()
    got: asyncio.Future[bytes] = loop.create_future()

    def readable() -> None:
        if not got.done():
            got.set_result(os.read(handle, 65_536))

    loop.add_reader(handle, readable)
    try:
        line = await got
    finally:
        loop.remove_reader(handle)
    if not line:
        # The terminal has ended; the browser may still come back.
        await asyncio.Event().wait()
    return line.decode("utf-8", "replace")


def asked_client(asking: bool) -> str:
    """Ask for the OAuth client's identifier; without a terminal it is the one of the guide."""
    if not asking:
        return DEFAULT_CLIENT
    return asked("The OAuth client's identifier, as your admin registered it", DEFAULT_CLIENT, True, "")


def former_client(account: AccountSettings, secrets: Secrets) -> str | None:
    """Tell with which client an account that is known signed in before."""
    if account.auth != "oauth":
        return None
    try:
        return TokenPair.read(secrets.get(account), account.name).client_id
    except ConsoleError:
        return None


def may_write(secret: str, name: str) -> bool:
    """Whether a pair was given for more than reading."""
    scope = TokenPair.read(secret, name).scope.split()
    return not scope or any(one == "write" or one.endswith(":write") for one in scope)


def given_pair(account: AccountSettings, client_id: str) -> str:
    """Take a pair of tokens from prompts, or from two lines of standard input; gives the secret to keep.

    Raises:
        UsageError: One is missing.
    """
    access = _line(f"Access token for {account.name} (not shown): ")
    refresh = _line(f"Refresh token for {account.name} (not shown): ")
    if not access or not refresh:
        raise UsageError("A pair is two tokens: the access token, then the refresh token, a line each.")
    return _hidden(TokenPair(access, refresh, client_id)).spelled()


def given_token(account: AccountSettings) -> str:
    """Take one token from a prompt, or from standard input.

    Raises:
        UsageError: There is none.
    """
    what = {"token": "Token", "password": "Password"}.get(account.auth, "Access token")
    secret = _line(f"{what} for {account.name} (not shown): ")
    if not secret:
        raise UsageError("There is no token: type it, pipe it in, or name a --token-command.")
    return secret


def _line(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    return sys.stdin.readline().strip()


def _hidden(pair: TokenPair) -> TokenPair:
    logs.hide(pair.access)
    logs.hide(pair.refresh)
    return pair
