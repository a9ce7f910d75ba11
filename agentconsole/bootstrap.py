"""The one place that builds and wires everything: profile, database, desk, console, worker."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from agentconsole.clock import SystemClock
from agentconsole.config import HOME_VARIABLE, Config, Paths, profile_paths, read_config
from agentconsole.desk.context import Desk
from agentconsole.desk.mirror import mirror_accounts
from agentconsole.domain.errors import ConsoleError, StoreDamaged

if TYPE_CHECKING:
    import sqlite3

    from agentconsole.clock import Clock
    from agentconsole.secrets import Secrets
    from agentconsole.sync.spawn import WorkerHandle
    from agentconsole.tui.app import Worker

Role = Literal["console", "cli"]

Answer = Literal["", "demo", "added"]
"""Why the console was left: `demo` was chosen on the first screen of a profile without an account; an account
was `added`, so that it must be opened anew; an empty text otherwise."""

_NO_SCREEN: Final = ("", "dumb", "unknown")


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
    from agentconsole.store.opened import OpenedStore

    paths = profile_paths(home)
    config = read_config(paths.config_file)
    the_clock = clock if clock is not None else SystemClock()

    def open_once() -> sqlite3.Connection:
        return open_store(paths.database, role=role, now=the_clock.now())

    store = OpenedStore(open_once(), open_once, zone=config.zone)
    try:
        mirror_accounts(config, store, the_clock.now())
    except BaseException:
        store.close()
        raise
    return Desk(paths, config, the_clock, store, wake if wake is not None else _nothing)


def _nothing() -> None:
    """Do nothing: there is no worker to wake."""


@contextmanager
def desk_for_command(home: Path | None) -> Iterator[Desk]:
    """Open a profile for one command; a worker that runs looks for new work by itself.

    Raises:
        StoreDamaged: The database is damaged, be it found now or while the command reads; names the file.
        StoreError: It cannot be used otherwise.
    """
    with _naming_the_database(profile_paths(home)):
        desk = open_desk(home, role="cli")
        try:
            yield desk
        finally:
            desk.close()


@contextmanager
def _naming_the_database(paths: Paths) -> Iterator[None]:
    """Say which file is damaged, be it found when it is opened or later, by a read that knows no names."""
    try:
        yield
    except StoreDamaged as error:
        if str(paths.database) in error.sentence:
            raise
        raise StoreDamaged(f"{paths.database}: {error.sentence}") from error


def open_secrets(paths: Paths, *, may_ask: bool | None = None) -> Secrets:
    """Open the secret stores of a profile.

    Args:
        paths: The profile.
        may_ask: Whether a passphrase may be asked for; None: where there is a terminal.
    """
    from agentconsole.secrets import Secrets

    asks = sys.stdin.isatty() if may_ask is None else may_ask
    return Secrets(paths.secrets_dir, ask_passphrase=(lambda: ask_passphrase(paths)) if asks else None)


def ask_passphrase(paths: Paths) -> str:
    """Ask for the passphrase of the profile's secrets; processes started from here inherit it.

    Raises:
        SecretError: It was to be chosen, and the two times it was typed differ.
    """
    import getpass

    from agentconsole.domain.errors import SecretError
    from agentconsole.secrets_encrypted import PASSPHRASE_VARIABLE, secrets_file

    file = secrets_file(paths.secrets_dir)
    if file.exists():
        given = getpass.getpass(f"Passphrase of {file}: ")
    else:
        given = getpass.getpass(f"A new passphrase, for {file}: ")
        if given != getpass.getpass("The same once more: "):
            raise SecretError("The two passphrases differ; nothing was kept.")
    if given:
        os.environ[PASSPHRASE_VARIABLE] = given
    return given


def has_screen() -> bool:
    """Whether there is a terminal that a screen can be drawn on."""
    return (
        sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "").casefold() not in _NO_SCREEN
    )


def require_screen() -> None:
    """Refuse to open the console where it could not be seen.

    Raises:
        ConsoleError: Says what is missing.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConsoleError(
            "The console needs a terminal; commands such as `agentconsole list` work without one."
        )
    if not has_screen():
        named = os.environ.get("TERM", "")
        raise ConsoleError(
            f"This terminal cannot draw a screen (TERM is {f'“{named}”' if named else 'not set'}); "
            "set TERM, as to xterm-256color, or use commands such as `agentconsole list`."
        )


class _Bell:
    """Wakes the worker that the console has started, whichever it is now."""

    def __init__(self) -> None:
        self.worker: WorkerHandle | None = None

    def __call__(self) -> None:
        if self.worker is not None:
            self.worker.wake()


def run_console(home: Path | None, *, before_worker: Callable[[], None] | None = None) -> Answer:
    """Open the console on a profile and return when it is left.

    Args:
        home: Folder of the profile; None: AGENTCONSOLE_HOME, else the platform's.
        before_worker: Called off the screen's thread before the worker is started; may take seconds.

    Raises:
        ConsoleError: There is no screen, another console runs on the profile, or its database cannot be used.
    """
    require_screen()
    # Importing makes no garbage, and looking for it costs a tenth of a second; the app turns it on again.
    gc.disable()
    from agentconsole import logs
    from agentconsole.sync.lock import hold

    paths = profile_paths(home)
    log = logs.start_logging(paths.logs_dir, "console")
    logs.catch_surprises(log)
    bell = _Bell()
    with hold(paths.console_lock, "console"), _naming_the_database(paths):
        try:
            answer: Answer = "added"
            while answer == "added":
                desk = open_desk(home, wake=bell)
                try:
                    _ask_for_passphrase(desk.config, paths)
                    answer = _run_app(desk, bell, before_worker, log)
                finally:
                    desk.close()
                before_worker = None
            return answer
        finally:
            logs.stop_logging()


def _run_app(desk: Desk, bell: _Bell, before_worker: Callable[[], None] | None, log: Path | None) -> Answer:
    from agentconsole import logs
    from agentconsole.tui.app import ConsoleApp

    def start_worker(report: Callable[[str], None]) -> Worker:
        if before_worker is not None:
            try:
                before_worker()
            except ConsoleError as error:
                report(error.sentence)
                return _NoWorker()
        bell.worker = _start_worker(desk.paths, report)
        return bell.worker

    app = ConsoleApp(desk, start_worker=start_worker)
    try:
        answer = app.run()
    finally:
        app.finish(_say)
    if app.unforeseen is not None:
        logs.log_surprise(app.unforeseen)
        raise ConsoleError(logs.surprise_sentence(app.unforeseen, log))
    if answer == "demo":
        return "demo"
    return "added" if answer == "added" else ""


class _NoWorker:
    """Stands in where there is nothing that a worker could talk to."""

    pid = None

    def wake(self) -> None:
        """Do nothing."""

    def hurry(self) -> None:
        """Do nothing."""

    def close(self, *, linger: bool) -> None:
        """Do nothing."""


def _say(sentence: str) -> None:
    # The terminal may be gone already.
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


def worker_command() -> list[str]:
    """The command line of the worker that a console starts."""
    return [sys.executable, "-m", "agentconsole", "sync", "--watch", "--parent-pipe"]


def _start_worker(paths: Paths, report: Callable[[str], None]) -> WorkerHandle:
    from agentconsole.sync.spawn import WorkerHandle

    return WorkerHandle(worker_command(), log_file=paths.logs_dir / "worker-errors.log", report=report)


def _ask_for_passphrase(config: Config, paths: Paths) -> None:
    """Ask for the passphrase while there is a plain terminal; the worker, which has none, inherits it."""
    if not any(account.secret == "encrypted" for account in config.accounts):  # noqa: S105
        return
    from agentconsole.secrets_encrypted import PASSPHRASE_VARIABLE

    if not os.environ.get(PASSPHRASE_VARIABLE):
        ask_passphrase(paths)


def share_home(home: Path | None) -> None:
    """Let processes that are started from here work on the same profile."""
    if home is not None:
        os.environ[HOME_VARIABLE] = str(home.expanduser().absolute())
