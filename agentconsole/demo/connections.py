"""Open connections by client address, so that a fault can cut one."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class Connections:
    """The transports of one server."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}

    def transport(self, scope: Scope) -> asyncio.Transport | None:
        """The transport that a request came by."""
        client = scope.get("client")
        return None if client is None else self._open.get((client[0], client[1]))

    def protocol(self) -> type[asyncio.Protocol]:
        """Uvicorn's HTTP protocol, keeping this register."""
        register = self._open

        class RegisteredProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    register[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    register.pop(self.client, None)
                super().connection_lost(exc)

        return RegisteredProtocol


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class DroppedResponse(Response):
    """No answer: the connection is cut."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection."""
        transport = self._connections.transport(scope)
        if transport is not None:
            transport.abort()
        await _until_gone(receive)


class CutResponse(Response):
    """The first bytes of an answer, then the connection is cut."""

    def __init__(self, connections: Connections, whole: Response, at_byte: int) -> None:
        super().__init__()
        self._connections = connections
        self._whole = whole
        self._at_byte = at_byte

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the part and cut."""
        transport = self._connections.transport(scope)
        if transport is not None:
            transport.write(serialised(self._whole)[: self._at_byte])
            transport.close()
        await _until_gone(receive)


def serialised(response: Response) -> bytes:
    """A response as it goes over the wire."""
    lines = [f"HTTP/1.1 {response.status_code} ".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    body: Any = response.body
    return b"\r\n".join(lines) + b"\r\n\r\n" + bytes(body)
