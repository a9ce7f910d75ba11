"""What all helpdesks share: HTTP requests whose every fault becomes one of the domain's errors.

A fault before the first byte of a request left is `Unreachable`: nothing can have been processed. A fault
after it is `AnswerLost`. Credentials are asked for at each request, kept nowhere, and sent to the account's
own origin alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, runtime_checkable

import httpx

from agentconsole import __version__
from agentconsole.domain.errors import AnswerLost, BadAnswer, NotAllowed, Rejected, Throttled
from agentconsole.helpdesks.addresses import checked_base, is_loopback, same_origin, shown, with_path
from agentconsole.helpdesks.answers import JsonTooLarge, check_packing, load_json
from agentconsole.helpdesks.causes import LONGEST_WAIT_SECONDS
from agentconsole.helpdesks.faults import Faults, ReadRefusal
from agentconsole.helpdesks.quota import Quota

MAX_JSON_BYTES: Final = 64 * 1024 * 1024
MAX_DOWNLOAD_BYTES: Final = 256 * 1024 * 1024
SLOWEST_DOWNLOAD: Final = 1000
"""Bytes a second; a file that comes more slowly keeps all others waiting for nothing."""
MAX_REDIRECTS: Final = 4
LONGEST_PAUSE_SECONDS: Final = 5.0
"""A longer wait for the quota is told as `Throttled`, so that something else can be done meanwhile."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a status below 300."""

    status: int
    headers: Mapping[str, str]
    data: Any
    """The JSON it carried; None for an empty body."""


@runtime_checkable
class Renewal(Protocol):
    """A secret that runs out and is renewed on the way."""

    async def ready(self) -> None:
        """Renew it if it is about to run out, or another process has done so. Nothing was sent yet.

        Raises:
            LoginRefused: It cannot be renewed.
            Unreachable: Not now.
            SecretError: The secret store does not give or take it.
        """

    async def refused(self) -> bool:
        """Renew it, since the helpdesk refused it (401); False: it is of no use to ask again.

        Raises:
            LoginRefused: It cannot be renewed.
            Unreachable: Not now.
            SecretError: The secret store does not give or take it.
        """


class HelpdeskHttp:
    """Requests to one account's origin, over kept-alive connections."""

    def __init__(
        self,
        name: str,
        base_url: str,
        authorization: Callable[[], str],
        *,
        read_refusal: ReadRefusal,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        deadline_seconds: float = 120.0,
        read_timeout_seconds: float = 60.0,
        renewal: Renewal | None = None,
        read_only: bool = False,
        connections: int = 8,
        idle_seconds: float = 4.0,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            name: The account's short name, which every sentence begins with.
            base_url: Scheme, host, port and, where the API has one, its path.
            authorization: Gives the `Authorization` header's value; called for each request.
            read_refusal: Reads an error answer's JSON.
            transport: Another way to the network; for tests.
            pause: Sleeps; for tests.
            deadline_seconds: A whole exchange may take no longer.
            read_timeout_seconds: No pause between two pieces of an answer may be longer.
            renewal: Renews what `authorization` gives; a request that met 401 is then sent once more, as
                that answer says that nothing was done.
            read_only: Refuse to write.
            connections: The most requests at the same time; the others wait their turn.
            idle_seconds: A connection that was idle for longer is not used again. The default is shorter
                than servers' own 5 s, so that a request seldom meets a connection being closed.

        Raises:
            Unreachable: The address is none, or would send the credentials in clear over a network.
        """
        self.name = name
        self._base = checked_base(name, base_url)
        self._faults = Faults(name, self.host, read_refusal)
        self._authorization = authorization
        self._pause = pause
        self._deadline = deadline_seconds
        self._read_timeout = read_timeout_seconds
        self._connections = connections
        self._idle_seconds = idle_seconds
        self._room = asyncio.Semaphore(connections)
        self._transport = transport
        self._renewal = renewal
        self._read_only = read_only
        self._client: httpx.AsyncClient | None = None
        self.quota = Quota()

    @property
    def host(self) -> str:
        """Host and, where it is not the usual one, port; for sentences."""
        return self._base.netloc.decode("ascii")

    async def read(
        self, path: str, params: Mapping[str, str] | None = None, *, urgent: bool = False
    ) -> Answer:
        """Send a GET; a broken exchange is tried once more.

        Args:
            path: Below the base address.
            params: The query.
            urgent: A person waits for it, so it doesn't wait when the quota runs low.

        Raises:
            HelpdeskError: As the module says; `Throttled` also where the last answers said that the quota is
            low.
        """
        wait = 0.0 if urgent else self.quota.wait_seconds(path, asyncio.get_running_loop().time())
        if wait > LONGEST_PAUSE_SECONDS:
            raise Throttled(
                f"{self.name}: the requests that {self.host} allows are used up for {wait:.0f} s; "
                "it goes on by itself.",
                wait_seconds=min(wait, LONGEST_WAIT_SECONDS),
            )
        if wait > 0:
            await self._pause(wait)
        try:
            return await self._exchange("GET", path, params, None, None)
        except AnswerLost:
            return await self._exchange("GET", path, params, None, None)

    async def write(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        content: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send exactly one writing request, at once and never twice.

        Args:
            method: The HTTP verb.
            path: Below the base address.
            params: The query.
            body: Sent as JSON.
            content: Sent as it is, instead of `body`.
            content_type: What `content` is.
            headers: More headers, such as `If-Match`.

        Raises:
            HelpdeskError: As the module says; a redirect is `Rejected`, since nothing was done.
        """
        if self._read_only:
            raise NotAllowed(f"{self.name} is set up read-only: nothing is sent to {self.host}.")
        if content is None:
            content = json.dumps(body, ensure_ascii=True).encode("ascii") if body is not None else b""
        return await self._exchange(method, path, params, content, content_type, headers)

    async def download(self, url: str) -> AsyncIterator[bytes]:
        """Read a file. The credentials go to the account's own origin only, also along redirects.

        Raises:
            HelpdeskError: As the module says; `BadAnswer` when the file is larger than 256 MB.
        """
        target = self._joined(self._base, url, "says that the file lies at")
        if self._renewal is not None:
            await self._renewal.ready()
        for _ in range(MAX_REDIRECTS + 1):
            if target.scheme != "https" and not (is_loopback(target) and is_loopback(self._base)):
                raise Rejected(
                    f"{self.name}: the file lies at {target.host}, which is not reached by https; not read."
                )
            headers = {"Authorization": self._authorization()} if same_origin(target, self._base) else {}
            request = self._opened().build_request("GET", target, headers=headers)
            with self._faults.translated(target):
                async with asyncio.timeout(self._deadline):
                    response = await self._opened().send(request, stream=True)
            try:
                with self._faults.translated(target):
                    check_packing(response)
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    target = self._joined(target, response.headers["location"], "points to")
                    continue
                if response.status_code >= 300:
                    raise self._faults.refused(target, response.status_code, response.headers, b"")
                size = 0
                clock = asyncio.get_running_loop().time
                began = clock()
                with self._faults.translated(target):
                    async for piece in response.aiter_bytes():
                        size += len(piece)
                        seconds = clock() - began
                        if seconds > self._deadline and size < SLOWEST_DOWNLOAD * seconds:
                            raise AnswerLost(
                                f"{self.name}: {self.host} sends the file too slowly; it was given up."
                            )
                        if size > MAX_DOWNLOAD_BYTES:
                            raise BadAnswer(
                                f"{self.name}: the file is larger than 256 MB and was not read further."
                            )
                        yield piece
                return
            finally:
                await response.aclose()
        raise BadAnswer(
            f"{self.name}: {self.host} sends the file's reader round in circles; it was given up."
        )

    async def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport,
                timeout=httpx.Timeout(30.0, connect=10.0, read=self._read_timeout),
                limits=httpx.Limits(max_connections=self._connections, keepalive_expiry=self._idle_seconds),
                follow_redirects=False,
                # A proxy of the environment is for the network, not for this machine.
                trust_env=not is_loopback(self._base),
                headers={
                    "User-Agent": f"agentconsole/{__version__}",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip, deflate",
                },
            )
        return self._client

    async def _exchange(
        self,
        method: Method,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        content_type: str | None,
        more_headers: Mapping[str, str] | None = None,
    ) -> Answer:
        url = with_path(self._base, path)
        renewed = self._renewal is None
        for _ in range(MAX_REDIRECTS + 2):
            if self._renewal is not None:
                await self._renewal.ready()
            headers = {**(more_headers or {}), "Authorization": self._authorization()}
            if content_type is not None:
                headers["Content-Type"] = content_type
            async with self._room:
                status, answer_headers, body = await self._raw(method, url, params, content, headers)
            self.quota.note(path, answer_headers, asyncio.get_running_loop().time())
            if status == 401 and not renewed and self._renewal is not None:
                renewed = True
                if await self._renewal.refused():
                    continue
            if status not in _REDIRECTS or "location" not in answer_headers:
                break
            target = self._joined(url, answer_headers["location"], "points to")
            if method != "GET":
                raise Rejected(
                    f"{self.name}: {self.host} wants the request at {shown(target)}; nothing was written: "
                    "correct the account's address."
                )
            if not same_origin(target, self._base):
                raise BadAnswer(
                    f"{self.name}: {self.host} points to another place, {shown(target)}, where the "
                    "credentials must not go; correct the account's address."
                )
            url, params = target, None
        if status >= 300:
            raise self._faults.refused(url, status, answer_headers, body)
        return Answer(status, answer_headers, self._parsed(url, body) if body.strip() else None)

    async def _raw(
        self,
        method: Method,
        url: httpx.URL,
        params: Mapping[str, str] | None,
        content: bytes | None,
        headers: dict[str, str],
    ) -> tuple[int, httpx.Headers, bytes]:
        client = self._opened()
        try:
            request = client.build_request(method, url, params=params, content=content, headers=headers)
        except (ValueError, httpx.InvalidURL):
            # Half a character in what is asked for; its text can hold a header's value.
            raise Rejected(f"{self.name}: the request to {self.host} could not be built; not sent.") from None
        with self._faults.translated(url):
            async with asyncio.timeout(self._deadline):
                response = await client.send(request, stream=True)
                try:
                    check_packing(response)
                    pieces = bytearray()
                    async for piece in response.aiter_bytes():
                        pieces += piece
                        if len(pieces) > MAX_JSON_BYTES:
                            raise BadAnswer(
                                f"{self.name}: {self.host} sent an answer of over 64 MB; not read further."
                            )
                    return response.status_code, response.headers, bytes(pieces)
                finally:
                    await response.aclose()

    def _parsed(self, url: httpx.URL, body: bytes) -> Any:
        try:
            return load_json(body)
        except JsonTooLarge as error:
            raise BadAnswer(
                f"{self.name}: {self.host} sent an answer of millions of values; not read further."
            ) from error
        except (ValueError, RecursionError) as error:
            raise BadAnswer(
                f"{self.name}: {shown(url)} answered with a page that is not JSON; check the address."
            ) from error

    def _joined(self, base: httpx.URL, place: str, says: str) -> httpx.URL:
        try:
            target = base.join(place)
            if target.scheme in ("http", "https") and target.host:
                return target
        except (httpx.InvalidURL, ValueError):
            pass
        raise BadAnswer(f"{self.name}: {self.host} {says} {place[:80]!a}, which is no web address.")
