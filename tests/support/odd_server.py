"""A server on loopback that answers with any bytes whatever, in any pieces, without end if need be."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Pieces = Callable[[], AsyncIterator[bytes]]
"""Gives an answer's bytes, piece by piece."""

Route = Callable[[str, str], "bytes | Pieces"]
"""Gives the answer to a method and a path with its query."""


def answer(body: bytes | str | dict[str, Any], status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer; a JSON document is escaped as `json` does, so that it can hold half a character."""
    if isinstance(body, dict):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(head).encode("utf-8", "surrogatepass") + body


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Pieces:
    """An answer that never ends."""

    async def pieces() -> AsyncIterator[bytes]:
        yield head
        while True:
            yield piece
            await asyncio.sleep(pause)

    return pieces


@dataclass
class OddServer:
    """Answers as `route` says; every request is a connection."""

    route: Route
    url: str = ""
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    """Bytes of answers that were taken."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path = head.split(" ")[:2]
            self.asked.append(f"{method} {path}")
            told = self.route(method, path)
            if isinstance(told, bytes):
                writer.write(told)
                await writer.drain()
            else:
                async for piece in told():
                    writer.write(piece)
                    await writer.drain()
                    self.sent += len(piece)
        with suppress(OSError):
            writer.close()


@contextmanager
def odd_server(route: Route) -> Iterator[OddServer]:
    """Run one in a thread with a loop of its own."""
    server = OddServer(route)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="odd-server", daemon=True)
    thread.start()

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(server.serve, "127.0.0.1", 0)

    listening = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    async def end() -> None:
        listening.close()
        here = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not here]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
