"""Running the helpdesk on a loopback socket, in this thread or in one of its own."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

import uvicorn

from agentconsole.demo.connections import Connections
from agentconsole.demo.helpdesk import Helpdesk
from agentconsole.demo.server import create_app

HOST = "127.0.0.1"


def loopback_socket(port: int) -> socket.socket:
    """A listening loopback socket: on `port`, else the next free one above; 0 takes any.

    Raises:
        OSError: no port near is free.
    """
    last_error: OSError | None = None
    for candidate in range(port, port + 50) if port else (0,):
        # With the protocol named, asyncio turns off Nagle's algorithm, which would hold small answers 40 ms.
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, candidate))
            bound.listen(128)
        except OSError as error:
            bound.close()
            last_error = error
        else:
            return bound
    raise last_error or OSError("no free port")


class _Uvicorn(uvicorn.Server):
    """uvicorn that says when it is ready."""

    ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()


class HelpdeskServer:
    """One helpdesk listening on one socket."""

    def __init__(self, helpdesk: Helpdesk, bound: socket.socket) -> None:
        self.helpdesk = helpdesk
        self._socket = bound
        self.port = int(bound.getsockname()[1])
        self.url = f"http://{HOST}:{self.port}"
        connections = Connections()
        config = uvicorn.Config(
            create_app(helpdesk, connections),
            http=connections.protocol(),
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
        self._uvicorn = _Uvicorn(config)
        self._thread: threading.Thread | None = None

    def run(self, ready: Callable[[], None]) -> None:
        """Serve in this thread until told to stop; `ready` is called when requests are answered."""
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        self._uvicorn.ready = ready
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def start(self) -> None:
        """Serve in a thread of its own; returns when requests are answered."""
        listening = threading.Event()
        self._thread = threading.Thread(target=self.run, args=(listening.set,), name="helpdesk", daemon=True)
        self._thread.start()
        if not listening.wait(20):
            raise TimeoutError("the embedded helpdesk did not start within 20 seconds")

    def stop(self) -> None:
        """Ask the server to end; may be called from any thread."""
        self._uvicorn.should_exit = True

    def join(self) -> None:
        """Wait until a server that was started has ended."""
        self.stop()
        if self._thread is not None:
            self._thread.join(20)
