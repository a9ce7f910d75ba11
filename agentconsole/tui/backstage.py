"""Two threads behind the screen: one that writes, in order, and one that reads what takes long.

The reader gives each thread a database connection of its own, and only the writing thread uses the writer's,
so that neither makes a key wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Concatenate, Final, ParamSpec, TypeVar

from agentconsole.desk.context import Desk

Given = ParamSpec("Given")
Result = TypeVar("Result")

_AGAIN_SECONDS: Final = 0.02
"""How long after a read was broken off it is looked whether it has ended; a new statement may have begun."""


class Backstage:
    """Runs desk functions off the event loop."""

    def __init__(self, desk: Desk) -> None:
        """Prepare; the threads come with the first job."""
        self._desk = desk
        self._writer = ThreadPoolExecutor(1, "console-writer")
        self._reading: threading.Thread | None = None
        self._reader = ThreadPoolExecutor(1, "console-reader", initializer=self._reading_begins)

    def write(
        self, job: Callable[Concatenate[Desk, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> asyncio.Future[Result]:
        """Run a job that writes; jobs run one after another, in order, even if nobody waits any more."""
        return asyncio.shield(asyncio.wrap_future(self._submit(self._writer, job, *args, **kwargs)))

    def read(
        self, job: Callable[Concatenate[Desk, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> asyncio.Future[Result]:
        """Run a job that only reads and may take long."""
        return asyncio.wrap_future(self._submit(self._reader, job, *args, **kwargs))

    def close(self) -> None:
        """Finish what is to be written, all of it, and break off what is only read."""
        self._reader.shutdown(wait=False, cancel_futures=True)
        while (reading := self._reading) is not None and reading.is_alive():
            self._desk.stop_reads(reading.ident or 0)
            reading.join(_AGAIN_SECONDS)
        self._writer.shutdown(wait=True)

    def _reading_begins(self) -> None:
        self._reading = threading.current_thread()

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        job: Callable[Concatenate[Desk, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Future[Result]:
        return pool.submit(job, self._desk, *args, **kwargs)
