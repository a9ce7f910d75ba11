"""Getting a helpdesk's folder ready: locked, seeded when it must be, its clock set."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from agentconsole.demo.clock import ServerClock
from agentconsole.demo.database import FILE_NAME, get_meta, set_meta
from agentconsole.demo.records import CompanyRecord, TicketRecord
from agentconsole.demo.schema import SCHEMA_VERSION
from agentconsole.demo.seeding import seed
from agentconsole.domain.errors import ConsoleError

LOCK_NAME = "helpdesk.lock"
REANCHOR_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the helpdesk should hold when it has to be filled."""

    tickets: int
    seed: int
    now: int | None
    """Epoch seconds at which it begins; None: the present."""
    reanchor: bool = False
    """Fill anew when the state is over a day old, or of another version."""


@dataclass(frozen=True, slots=True)
class State:
    """What a folder holds."""

    seeded_now: int
    seed: int
    tickets: int
    clock_offset: int


class FolderLock:
    """Keeps a second helpdesk out of a folder; given back by the system however the process ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            ConsoleError: another helpdesk holds it.
        """
        self._file = os.open(folder / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise ConsoleError(
                f"Another helpdesk is running on {folder}: stop it first, or name another folder with --data."
            ) from None

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._file)


def read_state(folder: Path) -> State | None:
    """What is in the folder; None when there is nothing yet.

    Raises:
        ConsoleError: the file is no helpdesk's, is damaged, or is of another version.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(path, timeout=30)
        try:
            version = get_meta(connection, "schema")
            state = State(
                seeded_now=int(get_meta(connection, "seeded_now") or 0),
                seed=int(get_meta(connection, "seed") or 0),
                tickets=int(get_meta(connection, "tickets") or 0),
                clock_offset=int(get_meta(connection, "clock_offset") or 0),
            )
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ConsoleError(
            f"{path} cannot be read as a helpdesk ({error}): "
            "move it away, or name another folder with --data."
        ) from error
    if version != str(SCHEMA_VERSION):
        raise ConsoleError(
            f"{path} was made by another version: move it away, or name another folder with --data."
        )
    return state


def prepare(
    folder: Path,
    wanted: Wanted,
    *,
    wall: Callable[[], float] = time.time,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[State, ServerClock]:
    """Fill the folder if need be; returns what it holds and the clock to run by.

    `progress` is told (tickets in, tickets wanted) while it is filled.

    Raises:
        ConsoleError: the folder cannot be used.
    """
    present = int(wall())
    try:
        state = read_state(folder)
    except ConsoleError:
        if not wanted.reanchor:
            raise
        state = None
    if state is not None and wanted.reanchor:
        if abs(present + state.clock_offset - state.seeded_now) > REANCHOR_SECONDS:
            state = None
    if state is None:
        now = present if wanted.now is None else wanted.now
        state = State(now, wanted.seed, wanted.tickets, now - present)
        _fill(folder, state, progress)
    elif wanted.now is not None:
        state = State(state.seeded_now, state.seed, state.tickets, wanted.now - present)
        with sqlite3.connect(folder / FILE_NAME, timeout=30) as connection:
            set_meta(connection, "clock_offset", str(state.clock_offset))
        connection.close()
    return state, ServerClock(state.clock_offset, wall)


def company_of(state: State) -> CompanyRecord:
    """The company that a state was filled with."""
    from agentconsole.demo import content

    return content.company(state.seed, state.seeded_now, content.people_for(state.tickets))


def _fill(folder: Path, state: State, progress: Callable[[int, int], None] | None) -> None:
    from agentconsole.demo import content

    company = company_of(state)
    records: Iterable[TicketRecord] = content.tickets(company, state.tickets, state.seed, state.seeded_now)
    seed(
        folder,
        company,
        records,
        now=state.seeded_now,
        seed_number=state.seed,
        ticket_count=state.tickets,
        clock_offset=state.clock_offset,
        progress=None if progress is None else (lambda done: progress(done, state.tickets)),
    )


def tell_progress(done: int, total: int) -> None:
    """Say on standard error how far the filling is: in place on a terminal, else now and then."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\rPreparing tickets: {done:,} of {total:,}{end}")
    elif done >= total or done % 10_000 == 0:
        sys.stderr.write(f"Preparing tickets: {done:,} of {total:,}\n")
    sys.stderr.flush()
