"""A console in a process of its own on a real pseudo-terminal, seen byte by byte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.tui import profile

ROOT = Path(__file__).resolve().parents[2]

# As `bootstrap.run_console` does it, on a clock that stands still.
RUN_CONSOLE = """
import gc, sys
gc.disable()
from pathlib import Path
from agentconsole.bootstrap import open_desk
from agentconsole.clock import FixedClock
desk = open_desk(Path(sys.argv[1]), clock=FixedClock(int(sys.argv[2])))
from agentconsole.tui.app import ConsoleApp
app = ConsoleApp(desk)
app.run()
app.finish(print)
desk.close()
print("ended well")
"""


class Terminal:
    """The master side of the pseudo-terminal."""

    def __init__(self, pid: int, master: int) -> None:
        self.pid = pid
        self._master = master
        self.output = b""

    def read(self, wait: float = 0.05) -> bytes:
        """Read what there is, waiting at most so many seconds for the first byte."""
        ready, _, _ = select.select([self._master], [], [], wait)
        if not ready:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return b""
        self.output += data
        return data

    def until(self, wanted: bytes | Callable[[bytes], bool], seconds: float = 20.0) -> None:
        """Read until something has been written."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = wanted(self.output) if callable(wanted) else wanted in self.output
            if seen:
                return
            self.read()
        raise AssertionError(f"{wanted!r} did not come; last: {self.output[-400:]!r}")

    def quiet(self, seconds: float = 0.3) -> bytes:
        """Read until nothing has come for a while; return what came."""
        got = b""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            data = self.read(seconds)
            if not data:
                return got
            got += data
        return got

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def size(self, columns: int, rows: int) -> None:
        """Change the terminal's size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self) -> int:
        """The terminal's local modes."""
        modes: int = termios.tcgetattr(self._master)[3]
        return modes

    def signal(self, number: signal.Signals) -> None:
        """Send the console a signal."""
        os.kill(self.pid, number)

    def wait(self, seconds: float = 20.0) -> int:
        """Wait for the end; return the exit code, or minus the signal."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                while self.read(0.02):
                    pass
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it did not end")


@contextmanager
def terminal(
    command: Sequence[str], *, columns: int = 120, rows: int = 40, env: dict[str, str] | None = None
) -> Iterator[Terminal]:
    """Run a command on a pseudo-terminal; it is killed at the end if it still runs."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            os.chdir(ROOT)
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)})
            os.environ.update(env or {})
            os.execv(command[0], list(command))  # noqa: S606
        finally:
            os._exit(127)
    one = Terminal(pid, master)
    one.size(columns, rows)
    try:
        yield one
    finally:
        if one.pid:
            os.kill(one.pid, signal.SIGKILL)
            os.waitpid(one.pid, 0)
        os.close(master)


@contextmanager
def console_terminal(home: Path, *, columns: int = 120, rows: int = 40) -> Iterator[Terminal]:
    """Run the console of a profile on a pseudo-terminal, opened as the program itself opens it."""
    command = [sys.executable, "-c", RUN_CONSOLE, str(home), str(profile.NOW)]
    with terminal(command, columns=columns, rows=rows) as one:
        yield one
