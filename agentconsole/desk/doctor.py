"""What is wrong with a profile, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from agentconsole import logs
from agentconsole.config import Config, Paths, read_config
from agentconsole.desk import accounts
from agentconsole.domain.errors import ConfigError, ConsoleError, QueryError
from agentconsole.domain.queries import parse_query
from agentconsole.resources import shipped_macros_dir

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.secrets import SecretStore

Verdict = Literal["ok", "warn", "fail"]

_LOW_DISK_BYTES: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: str
    """`config`, `keys`, `secrets`, `terminal`, `database`, `index`, `macros`, `adapters`, `account`
    or `worker`."""
    verdict: Verdict
    sentence: str
    """What was found and, unless all is well, what to do."""


def examine(
    paths: Paths,
    secrets: SecretStore,
    clock: Clock,
    *,
    online: bool,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[Finding]:
    """Look a profile over, one finding after another.

    Args:
        paths: The profile.
        secrets: Where its secrets are.
        clock: Tells the present.
        online: Ask each helpdesk whether the login works.
        environment: For the terminal.
    """
    config = read_config(paths.config_file)
    yield from _config(paths, config)
    yield from _terminal(environment)
    yield from _guarded("database", lambda: _database(paths))
    yield from _guarded("config", lambda: _views(paths, config))
    yield from _guarded("account", lambda: _removed(paths))
    yield from _guarded("secrets", lambda: _rights(paths))
    yield from _guarded("index", lambda: _index(paths))
    yield from _guarded("macros", lambda: _macros(paths))
    yield from _guarded("worker", lambda: _worker(paths))
    yield from _guarded("adapters", _adapters)
    yield from _accounts(config, secrets, clock, online)


def _guarded(area: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """Turn whatever a look meets into a finding: the doctor must see the rest too."""
    try:
        return look()
    except ConsoleError as error:
        return [Finding(area, "fail", error.sentence)]
    except Exception as fault:  # What nobody foresaw is a finding as well.
        logs.log_surprise(fault)
        return [Finding(area, "fail", f"It cannot be looked at ({type(fault).__name__}).")]


def _config(paths: Paths, config: Config) -> Iterator[Finding]:
    for problem in config.problems:
        yield Finding("config", "fail", problem.sentence)
    if config.problems:
        return
    if not paths.config_file.exists():
        yield Finding("config", "ok", f"There is no {paths.config_file}; all settings have their defaults.")
    else:
        said = _counted(len(config.accounts), "account")
        yield Finding("config", "ok", f"{paths.config_file} is sound; it has {said}.")


def _views(paths: Paths, config: Config) -> list[Finding]:
    """Name the agent's own views that ask for a field which no helpdesk has."""
    from agentconsole.store.database import open_store
    from agentconsole.store.reader import Reader

    if not config.views or not paths.database.exists():
        return []
    with closing(open_store(paths.database, role="cli", create=False)) as connection:
        reader = Reader(connection)
        known = reader.custom_fields()
        reader.close()
    found = []
    for view in config.views:
        try:
            parse_query(view.query, known)
        except QueryError as error:
            said = f"view “{view.name}”: {error.sentence}"
            problem = ConfigError(said, file=str(paths.config_file), line=view.line)
            found.append(Finding("config", "warn", problem.sentence))
    return found


def _terminal(environment: Mapping[str, str]) -> Iterator[Finding]:
    if not sys.stdout.isatty():
        yield Finding("terminal", "ok", "There is no terminal here; commands work, the console needs one.")
        return
    term = environment.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        yield Finding("terminal", "fail", f"TERM is “{term}”: set it, as to xterm-256color.")
    else:
        colours = environment.get("COLORTERM", "")
        many = colours in ("truecolor", "24bit")
        said = "true colours" if many else "256 colours" if "256color" in term else "few colours"
        verdict: Verdict = "ok" if many or "256color" in term else "warn"
        advice = "" if verdict == "ok" else "; set TERM to a kind with 256color if the terminal has them"
        yield Finding("terminal", verdict, f"TERM is {term}, {said}{advice}.")
    size = shutil.get_terminal_size((0, 0))
    if size.columns and (size.columns < 60 or size.lines < 15):
        yield Finding(
            "terminal", "warn", f"{size.columns}x{size.lines} is too small: the console needs 60x15."
        )
    elif size.columns:
        yield Finding("terminal", "ok", f"{size.columns}x{size.lines} cells.")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        yield Finding("terminal", "warn", f"Text is written as {encoding or '?'}: set LANG, as to C.UTF-8.")


def _database(paths: Paths) -> list[Finding]:
    from agentconsole.store.database import SCHEMA_VERSION, check_store, open_store
    from agentconsole.store.reader import Reader

    if not paths.database.exists():
        return [Finding("database", "ok", f"There is none yet; {paths.database} is made when it is needed.")]
    with closing(open_store(paths.database, role="cli", create=False)) as connection:
        faults = check_store(connection)
        if faults:
            advice = (
                "move it away, then `agentconsole sync` reads all anew; keep it, since drafts and what "
                "waited in the outbox can often be read out of it"
            )
            first = next(iter(line for line in faults[0].splitlines() if not line.startswith("***")), "")
            return [Finding("database", "fail", f"{paths.database} is damaged ({first}): {advice}.")]
        reader = Reader(connection)
        counts = reader.outbox_counts()
        quarantined = len(reader.quarantined())
        reader.close()
    size = sum(path.stat().st_size for path in paths.database.parent.glob(f"{paths.database.name}*"))
    found = [
        Finding(
            "database",
            "ok",
            f"{paths.database} is sound: schema {SCHEMA_VERSION}, {size / 1e6:,.1f} MB on disk.",
        )
    ]
    free = shutil.disk_usage(paths.database.parent).free
    if free < _LOW_DISK_BYTES:
        found.append(
            Finding("database", "warn", f"Only {free / 1e6:,.0f} MB are left on its disk: make room.")
        )
    asking = {state: count for state, count in counts.items() if state in ("conflict", "rejected")}
    if asking:
        said = ", ".join(f"{count} in {state}" for state, count in sorted(asking.items()))
        found.append(
            Finding("database", "warn", f"The outbox needs you ({said}): `agentconsole outbox list`.")
        )
    if quarantined:
        said = _counted(quarantined, "record")
        found.append(
            Finding("database", "warn", f"{said} of the helpdesk could not be read and are left out.")
        )
    return found


def _removed(paths: Paths) -> list[Finding]:
    """Name what accounts that are gone have left here."""
    from agentconsole.store import purge
    from agentconsole.store.database import open_store

    if not paths.database.exists():
        return []
    found = []
    with closing(open_store(paths.database, role="cli", create=False)) as connection:
        for name, uuid in purge.removed_accounts(connection).items():
            key = purge.account_key(connection, uuid)
            held = purge.holding(connection, key) if key is not None else None
            if held is None:
                continue
            unsent = [_counted(held.drafts, "draft")] if held.drafts else []
            if held.waiting:
                unsent.append(f"{_counted(held.waiting, 'unsent change')} in the outbox")
            purges = f"`agentconsole account remove {name} --purge` deletes it"
            if unsent:
                said = " and ".join(unsent)
                found.append(
                    Finding(
                        "account",
                        "warn",
                        f"{name} was removed with {said} that will not be sent: `agentconsole outbox list` "
                        f"and `agentconsole drafts` have the texts; {purges} with all the rest.",
                    )
                )
            elif held.tickets:
                tickets = _counted(held.tickets, "ticket")
                found.append(
                    Finding("account", "ok", f"{name} was removed; {tickets} of it lie here still: {purges}.")
                )
    return found


def _index(paths: Paths) -> list[Finding]:
    from agentconsole.search.knowledge import KnowledgeIndex

    if not paths.index_dir.exists():
        return [Finding("index", "ok", "There is none yet; `agentconsole sync` builds it.")]
    if KnowledgeIndex(paths.index_dir).needs_rebuild():
        return [
            Finding("index", "warn", "The knowledge index must be built anew: `agentconsole sync` does it.")
        ]
    return [Finding("index", "ok", f"The knowledge index in {paths.index_dir} is sound.")]


def _macros(paths: Paths) -> list[Finding]:
    from agentconsole.replies.macro_files import read_macro_folder

    macros, errors = read_macro_folder([shipped_macros_dir(), paths.macros_dir])
    found = [Finding("macros", "warn", error.sentence) for error in errors]
    return [*found, Finding("macros", "ok", f"{_counted(len(macros), 'macro')} in files.")]


def _worker(paths: Paths) -> list[Finding]:
    from agentconsole.sync.lock import holder

    pid = holder(paths.worker_lock)
    said = "No sync is running now." if pid is None else f"A sync is running (process {pid})."
    return [Finding("worker", "ok", said)]


def _adapters() -> list[Finding]:
    from agentconsole.helpdesks import registry

    broken = [Finding("adapters", "fail", sentence) for sentence in registry.faults()]
    installed = [name for name in registry.kinds() if name not in registry.BUILT_IN]
    if installed and not broken:
        return [Finding("adapters", "ok", f"Installed beside the built-in ones: {', '.join(installed)}.")]
    return broken


def _accounts(config: Config, secrets: SecretStore, clock: Clock, online: bool) -> Iterator[Finding]:
    if not config.accounts:
        yield Finding("account", "warn", "No account is set up: `agentconsole account add`.")
    for account in config.accounts:
        try:
            secrets.get(account)
        except ConsoleError as error:
            yield Finding("secrets", "fail", error.sentence)
            continue
        yield Finding("secrets", "ok", f"{account.name}: its secret is there ({account.secret}).")
        if online:
            try:
                me = accounts.test(account, secrets, clock)
            except ConsoleError as error:
                yield Finding("account", "fail", error.sentence)
            else:
                yield Finding("account", "ok", f"{account.name}: {account.url} knows you as {me.name}.")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _rights(paths: Paths) -> list[Finding]:
    kept = [paths.database, *sorted(paths.secrets_dir.glob("*"))]
    exposed = [path for path in kept if path.exists() and path.stat().st_mode & 0o077]
    return [Finding("secrets", "fail", f"Others can read {path}: chmod 600 it.") for path in exposed]
