"""Signing in by the browser: a redirect back to this machine, or the address it ended at, pasted."""

from __future__ import annotations

import asyncio
import hmac
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from agentconsole.desk.browser import open_page
from agentconsole.domain.errors import ConsoleError, LoginRefused
from agentconsole.domain.logins import TokenPair
from agentconsole.text.cleaning import clean_line

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.domain.accounts import AccountSettings

REDIRECT_PORTS: Final = (47319, 47320, 47321)
"""Tried first: a helpdesk that compares the whole redirect has to know them, as the guide has it."""

DEADLINE_SECONDS: Final = 600.0

_HOST: Final = "127.0.0.1"
_PATH: Final = "/callback"
_MOST_HEAD: Final = 16_384
_READ_SECONDS: Final = 10.0
_PAGE: Final = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Agent Console</title></head>'
    '<body style="font:16px sans-serif;max-width:34em;margin:4em auto">{}</body></html>'
)

Pasted = Callable[[], Awaitable[str]]
"""Waits for a line that the person pastes; cancelled when the browser was quicker."""


def show_in_browser(url: str, failed: Callable[[], None]) -> None:
    """Open a page in the browser of this machine, in the background.

    Args:
        url: The page.
        failed: Told, from another thread, when there is no browser after all.
    """

    def show() -> None:
        if not open_page(url):
            failed()

    threading.Thread(target=show, name="browser", daemon=True).start()


async def sign_in(
    account: AccountSettings,
    client_id: str,
    clock: Clock,
    *,
    announce: Callable[[str, str], None],
    port: int | None = None,
    pasted: Pasted | None = None,
    complain: Callable[[str], None] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> TokenPair:
    """Have the agent allow this program to act for them, in a browser.

    Args:
        account: Which helpdesk; a read-only account asks for reading alone.
        client_id: The registered OAuth client's identifier.
        clock: Tells when the tokens were got.
        announce: Told the address to open and the redirect; opens the browser and shows the address.
        port: Of the redirect on this machine; None: one of those registered, else any free one.
        pasted: Gives the address that the browser ended at, where it runs on another machine.
        complain: Told what is wrong with what was pasted.
        deadline_seconds: How long the person has.

    Raises:
        LoginRefused: The person or the helpdesk said no.
        HelpdeskError: The helpdesk cannot be asked.
        ConsoleError: The time is over, or the port is taken.
    """
    from agentconsole.helpdesks.registry import begin_login, finish_login

    bound = _bound(port)
    redirect = f"http://{_HOST}:{bound.getsockname()[1]}{_PATH}"
    try:
        attempt = begin_login(account, client_id, redirect)
        catcher = _Catcher(attempt.state, redirect)
        server = await asyncio.start_server(catcher.serve, sock=bound, limit=_MOST_HEAD)
    except BaseException:
        bound.close()
        raise
    try:
        announce(attempt.url, redirect)
        typing = _from_paste(catcher, pasted, complain) if pasted is not None else None
        code = await _first(catcher, typing, deadline_seconds)
    finally:
        server.close()
    return await finish_login(account, attempt, code, clock.now())


def _bound(port: int | None) -> socket.socket:
    """Listen on this machine alone."""
    wanted = (port,) if port is not None else (*REDIRECT_PORTS, 0)
    for number in wanted:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((_HOST, number))
            # Two sockets may be bound to one port as long as neither listens.
            bound.listen(16)
        except OSError:
            bound.close()
            continue
        return bound
    raise ConsoleError(f"The port {port}, to which the browser should come back, is taken: name another one.")


async def _first(catcher: _Catcher, paste: Coroutine[Any, Any, str] | None, seconds: float) -> str:
    waits: set[asyncio.Future[str]] = {catcher.code}
    typing = asyncio.ensure_future(paste) if paste is not None else None
    if typing is not None:
        waits.add(typing)
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if typing is not None:
            typing.cancel()
            with suppress(asyncio.CancelledError, ConsoleError):
                await typing
    if not done:
        raise ConsoleError(
            f"Nobody came back from the browser within {seconds / 60:.0f} minutes: "
            "begin again when you are ready."
        )
    return done.pop().result()


async def _from_paste(catcher: _Catcher, pasted: Pasted, complain: Callable[[str], None] | None) -> str:
    while True:
        line = (await pasted()).strip()
        code = catcher.code_of(line) if line else None
        if code is not None:
            return code
        if line and complain is not None:
            complain(
                "That is not the address of this sign-in's last page: it begins with " + catcher.redirect
            )


class _Catcher:
    """Waits for the browser to come back with a code."""

    def __init__(self, state: str, redirect: str) -> None:
        self.code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._state = state
        self.redirect = redirect

    def code_of(self, address: str) -> str | None:
        """Read the code out of the address that a browser ended at; None where it is not this try's.

        Raises:
            LoginRefused: The helpdesk, or the person there, said no.
        """
        try:
            query = parse_qs(urlsplit(address).query)
            state = (query.get("state") or [""])[0].encode()
        except ValueError:
            # Whatever else lay in the clipboard.
            return None
        if not hmac.compare_digest(state, self._state.encode()):
            return None
        if "error" in query:
            why = (query.get("error_description") or query["error"])[0]
            raise LoginRefused(f"The sign-in was not allowed: {clean_line(why[:1000])[:200].rstrip('.')}.")
        return (query.get("code") or [""])[0] or None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of the browser."""
        try:
            async with asyncio.timeout(_READ_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                status, text = self._answer(head)
                body = _PAGE.format(f"<p>{text}</p>").encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
                    f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n"
                    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
                    "Referrer-Policy: no-referrer\r\n\r\n".encode("ascii")
                    + body
                )
                await writer.drain()
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    def _answer(self, head: str) -> tuple[str, str]:
        lines = head.split("\r\n")
        words = lines[0].split(" ")
        hosts = [line[5:].strip() for line in lines[1:] if line.lower().startswith("host:")]
        if len(words) != 3 or words[0] != "GET" or hosts != [urlsplit(self.redirect).netloc]:
            return "400 Bad Request", "This is not for you."
        if urlsplit(words[1]).path != _PATH:
            return "404 Not Found", "There is nothing here."
        try:
            code = self.code_of(words[1])
        except LoginRefused as refused:
            if not self.code.done():
                self.code.set_exception(refused)
            return "200 OK", "Nothing was allowed. You can close this page."
        if code is None:
            return "400 Bad Request", "This does not belong to the sign-in that is under way: begin again."
        if not self.code.done():
            self.code.set_result(code)
        return "200 OK", "You are signed in. Close this page and go back to the terminal."
