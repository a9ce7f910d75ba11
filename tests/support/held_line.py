"""A loopback proxy whose line can go silent: connections stay open, and nothing passes until it is let go."""

from __future__ import annotations

import asyncio
import contextlib


class HeldLine:
    """Passes everything on to `target_port`, but while it is held."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._links: set[asyncio.Task[None]] = set()
        self.waiting = asyncio.Event()
        """Set once something has come that is not passed on."""

    @property
    def url(self) -> str:
        """The proxy's own address."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        """End all connections."""
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def hold(self) -> None:
        """Pass nothing on from now on."""
        self.waiting.clear()
        self._open.clear()

    def let_go(self) -> None:
        """Pass on what has waited, and all that follows."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                back = asyncio.create_task(self._pass_on(far_reader, writer, held=False))
                try:
                    await self._pass_on(reader, far_writer, held=True)
                finally:
                    back.cancel()
                    await asyncio.gather(back, return_exceptions=True)
            finally:
                far_writer.close()
        except ConnectionError:
            pass
        finally:
            self._links.discard(task)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, held: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if held and not self._open.is_set():
                    self.waiting.set()
                    await self._open.wait()
                writer.write(data)
                await writer.drain()
