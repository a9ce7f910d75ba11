"""The console's end of the worker: starts it as a process, wakes it, and starts it again if it dies.

The pipe to the worker's standard input is both bell and life line: a byte wakes it, its end tells that the
console is gone, however it went. The worker has no terminal and a session of its own, so Ctrl+C in the
console spares it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

WAKE: Final = b"w"
HURRY: Final = b"r"
"""Poll now: the agent asked for what is new."""
LINGER: Final = b"l"
"""When the line ends, first send what waits in the outbox."""

EXIT_IN_USE: Final = 3
"""The worker's exit code when another one holds the profile."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_IN_USE_PAUSE: Final = 5.0
_STEADY_SECONDS: Final = 60.0
_LOG_LIMIT: Final = 1_000_000


class WorkerHandle:
    """A running worker, kept running by a thread. All methods are quick and may be called from any thread."""

    def __init__(self, command: Sequence[str], *, log_file: Path, report: Callable[[str], None]) -> None:
        """Start the worker.

        Args:
            command: The worker's command line; it must read its standard input as `--parent-pipe` says.
            log_file: Where its standard error goes.
            report: Told in a sentence when it has died; called from another thread.
        """
        self._command = list(command)
        self._log_file = log_file
        self._report = report
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        with self._lock:
            process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def wake(self) -> None:
        """Tell the worker that there is something to send or to read."""
        self._say(WAKE)

    def hurry(self) -> None:
        """Have the worker poll at once."""
        self._say(HURRY)

    def close(self, *, linger: bool, timeout: float = 5.0) -> None:
        """Let the worker go.

        Args:
            linger: Leave it running until the outbox is empty; else it ends after what is under way.
            timeout: Seconds to wait for its end when it doesn't linger.
        """
        self._closing.set()
        if linger:
            self._say(LINGER)
        with self._lock:
            process = self._process
            if process is not None:
                _hang_up(process)
        if process is not None and not linger:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout)
        self._keeper.join(0.1 if linger else timeout)

    def _say(self, byte: bytes) -> None:
        with self._lock:
            process = self._process
            if process is None or process.stdin is None or process.stdin.closed:
                return
            with contextlib.suppress(OSError, ValueError):
                # A full pipe means that enough rings are waiting there already.
                os.write(process.stdin.fileno(), byte)

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            started = self._start()
            if started is None and self._closing.is_set():
                return
            if started is None:
                self._report("The sync worker cannot be started; nothing is sent or fetched. See the log.")
                self._closing.wait(_LONGEST_PAUSE)
                continue
            began = time.monotonic()
            code = started.wait()
            with self._lock:
                _hang_up(started)
            if self._closing.is_set():
                return
            if code == EXIT_IN_USE:
                # Another one does the work; this one stands by in case it ends.
                self._closing.wait(_IN_USE_PAUSE)
                continue
            if time.monotonic() - began > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            self._report(f"The sync worker ended {how}; it is started again. The log: {self._log_file}")
            self._closing.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _start(self) -> subprocess.Popen[bytes] | None:
        try:
            self._log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            full = self._log_file.exists() and self._log_file.stat().st_size > _LOG_LIMIT
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if full else 0)
            log = os.open(self._log_file, flags, 0o600)
        except OSError:
            log = os.open(os.devnull, os.O_WRONLY)
        try:
            with self._lock:
                if self._closing.is_set():
                    return None
                self._process = subprocess.Popen(  # noqa: S603
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                    close_fds=True,
                )
                if self._process.stdin is not None:
                    os.set_blocking(self._process.stdin.fileno(), False)
                return self._process
        except OSError:
            return None
        finally:
            os.close(log)


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
