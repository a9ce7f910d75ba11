"""A loopback TCP proxy that breaks the exchange at a chosen byte.

    proxy = CuttingProxy(server_port)
    await proxy.start()
    proxy.cut(request_bytes=120)     # the helpdesk gets 120 bytes of the next matching request, then the
    line is dead proxy.cut(answer_bytes=0)        # the helpdesk gets it all, the console not a byte of the
    answer

A cut strikes the first connection whose request begins with `begins`, once, and resets it on both sides.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Cut:
    """Where the exchange is to break."""

    begins: bytes
    request_bytes: int | None
    answer_bytes: int | None
    struck: asyncio.Event = field(default_factory=asyncio.Event)


class CuttingProxy:
    """Passes everything on to `target_port`, but for what it is told to cut."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._server: asyncio.Server | None = None
        self._cut: Cut | None = None
        self._links: set[asyncio.Task[None]] = set()
        self.requests: list[bytes] = []
        """First line of each request that reached the proxy."""
        self.on_exchange: Callable[[bytes, bytes], None] | None = None
        """Told each whole exchange of a PUT."""

    @property
    def url(self) -> str:
        """The proxy's own address."""
        if self._server is None:
            raise RuntimeError("the proxy has not been started")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def cut(
        self, *, begins: bytes = b"PUT ", request_bytes: int | None = None, answer_bytes: int | None = None
    ) -> Cut:
        """Break the next exchange whose request begins so, after that many bytes of request or answer."""
        self._cut = Cut(begins, request_bytes, answer_bytes)
        return self._cut

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._links.add(task)
        try:
            await self._link(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._links.discard(task)
            writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a request at a time, so that requests on a kept-alive connection are seen apart."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            while True:
                request = await _message(reader)
                if request is None:
                    return
                self.requests.append(request.split(b"\r\n", 1)[0])
                cut = self._cut if self._cut is not None and request.startswith(self._cut.begins) else None
                if cut is not None:
                    self._cut = None
                if cut is not None and cut.request_bytes is not None:
                    far_writer.write(request[: cut.request_bytes])
                    await far_writer.drain()
                    # Closed, not reset: what was passed on reaches the server for certain.
                    far_writer.write_eof()
                    with contextlib.suppress(TimeoutError):
                        # A whole request may have been passed on; its work must be over before the line is
                        # dead.
                        async with asyncio.timeout(0.3 if cut.request_bytes < len(request) else 5):
                            await far_reader.read(1)
                    _reset(writer)
                    cut.struck.set()
                    return
                far_writer.write(request)
                await far_writer.drain()
                answer = await _message(far_reader)
                if answer is None:
                    return
                if cut is not None and cut.answer_bytes is not None:
                    writer.write(answer[: cut.answer_bytes])
                    await writer.drain()
                    _reset(writer)
                    cut.struck.set()
                    return
                if self.on_exchange is not None and request.startswith(b"PUT "):
                    self.on_exchange(request, answer)
                writer.write(answer)
                await writer.drain()
        finally:
            far_writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """One HTTP message with its body; None when the line ends."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return head + (await reader.readexactly(length) if length else b"")


def _reset(writer: asyncio.StreamWriter) -> None:
    """Drop the connection as a broken line does: with a reset."""
    transport = writer.transport
    handle = transport.get_extra_info("socket")
    if handle is not None:
        with contextlib.suppress(OSError):
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
