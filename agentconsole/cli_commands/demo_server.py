"""The embedded helpdesk as the demo's child: it ends with the demo, however that ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agentconsole.domain.errors import ConsoleError
from agentconsole.private_files import make_private_folder

START_SECONDS: Final = 120.0
"""A hundred thousand tickets take up to a minute."""

_SAYS: Final = "agentconsole: "
"""How this program's own sentences begin on standard error."""

_FIRST_PORT: Final = 20_000
_PORTS: Final = 10_000
"""Below the ports that systems give out by themselves."""


def usual_port(data: Path) -> int:
    """Give each demo a port of its own that stays the same, since addresses in its articles name it."""
    return _FIRST_PORT + zlib.crc32(str(data).encode()) % _PORTS


@dataclass(frozen=True, slots=True)
class Announcement:
    """The helpdesk's first line: where it is, and how to log in."""

    url: str
    login: str
    token: str


class DemoServer:
    """A running embedded helpdesk. Its standard input is its life line: when that ends, so does it."""

    def __init__(self, *, data: Path, tickets: int, port: int, log: Path) -> None:
        """Start it; it is ready once `announcement` returns.

        Args:
            data: Folder of its state.
            tickets: How many it makes if it has none yet.
            port: Where it listens, or at the next free one.
            log: Takes its standard error.
        """
        self.port = free_port(port)
        make_private_folder(log.parent)
        self._log = log
        self._stopped = False
        self._words = ["--data", str(data), "--tickets", str(tickets), "--port", str(self.port)]
        self._launch()

    def _launch(self) -> None:
        handle = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-m", "agentconsole", "helpdesk", "--parent-pipe", *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=handle,
                start_new_session=True,
            )
        except OSError as fault:
            raise ConsoleError(f"The embedded helpdesk cannot be started: {fault.strerror}.") from fault
        finally:
            os.close(handle)
        self._announced = threading.Event()
        self._line = b""
        # Read in a thread, so that a slow start keeps nobody waiting and a full pipe blocks nothing.
        self._listener = threading.Thread(target=self._listen, name="demo-helpdesk", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        output = self._process.stdout
        if output is not None:
            self._line = output.readline()
            self._announced.set()
            while output.readline():
                continue

    def announcement(self, before_retry: Callable[[], None]) -> Announcement:
        """Wait until it answers; one that ended at once is started once more.

        A demo that was killed a moment ago may have left a helpdesk that had not yet taken its lock when this
        one looked for it, and took it first.

        Args:
            before_retry: Called before that; waits for the former one.

        Raises:
            ConsoleError: It did not start.
        """
        self._announced.wait(START_SECONDS)
        if self._announced.is_set() and not self._line and not self._stopped:
            self._process.wait()
            self._tidy()
            before_retry()
            self._launch()
            self._announced.wait(START_SECONDS)
        try:
            said = json.loads(self._line)
            return Announcement(str(said["url"]), str(said["login"]), str(said["token"]))
        except (ValueError, KeyError, TypeError):
            raise ConsoleError(f"The embedded helpdesk did not start: {self._last_words()}") from None

    def _last_words(self) -> str:
        """Tell what it said at its end."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        said = [line for line in lines if line.startswith(_SAYS)]
        return said[-1].removeprefix(_SAYS) if said else f"its log may say why: {self._log}"

    def stop(self) -> None:
        """End it and wait for its end."""
        self._stopped = True
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:
                pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._tidy()

    def _tidy(self) -> None:
        self._listener.join(2)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()


def free_port(wanted: int) -> int:
    """Find a free loopback port: `wanted`, else one of the next, else any."""
    for port in [*range(wanted, min(wanted + 50, 65_536)), 0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = trial.getsockname()[1]
            return found
    raise ConsoleError("This machine has no free port for the embedded helpdesk.")
