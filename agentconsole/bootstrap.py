"""The one place that builds and wires everything: profile, database, desk, console, worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agentconsole.clock import SystemClock
from agentconsole.config import Config, Paths, profile_paths, read_config
from agentconsole.desk import accounts
from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConsoleError

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.secrets import Secrets

Role = Literal["console", "cli"]


def open_desk(
    home: Path | None,
    *,
    role: Role = "console",
    wake: Callable[[], None] | None = None,
    clock: Clock | None = None,
) -> Desk:
    """Open a profile: its config, its database (made if it is not there) and what works on them.

    Costs no network, keyring, index or schema library where the database is up to date.

    Args:
        home: Folder of the profile; None: AGENTCONSOLE_HOME, else the platform's.
        role: Who opens it.
        wake: Tells the worker that there is work.
        clock: By default the machine's.

    Raises:
        StoreError: The database cannot be used.
    """
    from agentconsole.store.database import open_store
    from agentconsole.store.reader import Reader
    from agentconsole.store.writer import Writer

    paths = profile_paths(home)
    config = read_config(paths.config_file)
    the_clock = clock if clock is not None else SystemClock()
    reading = open_store(paths.database, role=role, now=the_clock.now())
    try:
        writing = open_store(paths.database, role=role, now=the_clock.now())
    except BaseException:
        reading.close()
        raise

    def close() -> None:
        writing.close()
        reading.close()

    try:
        reader, writer = Reader(reading), Writer(writing)
        accounts.mirror(config, reader, writer, the_clock.now())
    except BaseException:
        close()
        raise
    return Desk(paths, config, the_clock, reader, writer, wake if wake is not None else _nothing, close)


def _nothing() -> None:
    """Do nothing: there is no worker to wake."""


@contextmanager
def desk_for_command(home: Path | None) -> Iterator[Desk]:
    """Open a profile for one command; a worker that runs looks for new work by itself."""
    desk = open_desk(home, role="cli")
    try:
        yield desk
    finally:
        desk.close()


def open_secrets(paths: Paths, *, ask_passphrase: Callable[[], str] | None = None) -> Secrets:
    """Open the secret stores of a profile."""
    from agentconsole.secrets import Secrets

    return Secrets(paths.secrets_dir, ask_passphrase=ask_passphrase)
