"""The profile: where its files lie, and what config.toml says."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import Final

from agentconsole import config_reading as reading
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConfigError
from agentconsole.domain.queries import OwnView

HOME_VARIABLE: Final = "AGENTCONSOLE_HOME"

_APPLICATION: Final = "agentconsole"

_TABLES: Final = ("accounts", "keys", "ui", "notifications", "sync", "checks", "views")


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the files of one profile lie.

    Everything is under `home`, unless the platform keeps data and logs elsewhere.
    """

    home: Path
    """Folder of config.toml, themes and macros."""
    data_home: Path | None = None
    """Folder of the database and what belongs to it; None: `home/data`."""
    log_home: Path | None = None
    """Folder of the logs; None: `home/logs`."""

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.home / "config.toml"

    @property
    def data_dir(self) -> Path:
        """Folder of all that the program writes but logs."""
        return self.data_home if self.data_home is not None else self.home / "data"

    @property
    def database(self) -> Path:
        """The local database."""
        return self.data_dir / "agentconsole.db"

    @property
    def index_dir(self) -> Path:
        """The knowledge index; it can be deleted, the worker builds it again."""
        return self.data_dir / "knowledge"

    @property
    def blobs_dir(self) -> Path:
        """Copies of the files to send."""
        return self.data_dir / "files"

    @property
    def downloads_dir(self) -> Path:
        """Files of threads that were read, up to a limit; it can be deleted."""
        return self.data_dir / "downloads"

    @property
    def logs_dir(self) -> Path:
        """The logs."""
        return self.log_home if self.log_home is not None else self.home / "logs"

    @property
    def worker_lock(self) -> Path:
        """Held by the one sync worker."""
        return self.data_dir / "worker.lock"

    @property
    def console_lock(self) -> Path:
        """Held by the one console."""
        return self.data_dir / "console.lock"

    @property
    def secrets_dir(self) -> Path:
        """Folder of the opted-in secret files."""
        return self.data_dir / "secrets"

    @property
    def demo_marker(self) -> Path:
        """There only in the profile of a demo, whose customers are made up; says how it was made."""
        return self.home / "demo.json"

    @property
    def themes_dir(self) -> Path:
        """The user's own themes."""
        return self.home / "themes"

    @property
    def macros_dir(self) -> Path:
        """The user's own macros."""
        return self.home / "macros"


def profile_paths(home: Path | None = None) -> Paths:
    """Find the profile: `home`, else what AGENTCONSOLE_HOME names, else the platform's own folders."""
    if home is None:
        named = os.environ.get(HOME_VARIABLE, "")
        home = Path(named) if named else None
    if home is not None:
        return Paths(home.expanduser().absolute())
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(_APPLICATION, appauthor=False)
    return Paths(Path(dirs.user_config_dir), Path(dirs.user_data_dir), Path(dirs.user_log_dir))


@dataclass(frozen=True, slots=True)
class UiSettings:
    """`[ui]`."""

    theme: str = ""
    """A theme's name; empty: the one that fits the terminal."""
    timezone: str = ""
    """IANA name; empty: the machine's."""
    locale: str = ""
    """Preferred language of knowledge articles, as `en-us`; empty: any."""
    downloads: str = ""
    """Folder that files are saved into; empty: `~/Downloads`."""


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """`[notifications]`: what each kind does: `off`, `show`, or `bell` (show it and ring the bell)."""

    assigned: str = "show"
    answered: str = "show"
    due: str = "bell"
    failed: str = "bell"
    do_not_disturb: str = ""
    """Hours in the agent's own zone, as `22:00-07:00`, in which things are only collected; empty: none."""

    def quiet_at(self, hour: int, minute: int) -> bool:
        """Whether a time of day lies in the hours in which nothing is shown."""
        span = quiet_hours(self.do_not_disturb)
        if span is None:
            return False
        begin, end = span
        now = hour * 60 + minute
        return begin <= now < end if begin <= end else now >= begin or now < end


def quiet_hours(text: str) -> tuple[int, int] | None:
    """Read hours as `22:00-07:00` into minutes of the day, from and to; None for an empty text.

    Raises:
        ValueError: It is written otherwise.
    """
    if not text:
        return None
    minutes = []
    for part in text.split("-"):
        hour, minute = (int(number) for number in part.strip().split(":"))
        if not (0 <= hour <= 24 and 0 <= minute < 60 and hour * 60 + minute <= 24 * 60):
            raise ValueError(text)
        minutes.append(hour * 60 + minute)
    begin, end = minutes
    return begin, end


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """`[sync]`."""

    poll_seconds: int = 60
    history_months: int = 12
    undo_seconds: int = 10
    """How long a Change is held so that it can be taken back; 0 sends at once."""


CHECK_NAMES: Final = ("placeholder", "greeting", "attachment", "card", "secret", "empty", "link", "internal")
"""What is looked at before a text goes out; each can be switched off."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """`[checks]`."""

    off: frozenset[str] = frozenset()
    """The checks that the agent does not want."""


@dataclass(frozen=True, slots=True)
class KeySettings:
    """`[keys]`."""

    preset: str = "default"
    bindings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Action id to its keys as they were written; none: the action has no key."""
    lines: Mapping[str, int | None] = field(default_factory=dict)
    """Where in the file each entry stands; whether there are such actions and keys, only the screen knows."""
    file: str = "config.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """What config.toml says, with defaults for what it leaves out or gets wrong."""

    accounts: tuple[AccountSettings, ...] = ()
    keys: KeySettings = field(default_factory=KeySettings)
    ui: UiSettings = field(default_factory=UiSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    checks: CheckSettings = field(default_factory=CheckSettings)
    views: tuple[OwnView, ...] = ()
    """The agent's own views, in the order of the file."""
    problems: tuple[ConfigError, ...] = ()
    """What could not be used, with file and line; the rest holds."""

    @property
    def zone(self) -> tzinfo:
        """The agent's time zone."""
        return reading.zone_of(self.ui.timezone)

    def account(self, name: str) -> AccountSettings | None:
        """Find an account by its short name."""
        return next((account for account in self.accounts if account.name == name), None)

    def account_by_uuid(self, uuid: str) -> AccountSettings | None:
        """Find an account by its identity."""
        return next((account for account in self.accounts if account.uuid == uuid), None)


def read_config(path: Path) -> Config:
    """Read config.toml; a missing file is an empty one. Never raises: what is wrong is in `problems`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8"
        return Config(
            problems=(ConfigError(f"cannot be read: {reason}. Mend or remove it.", file=str(path)),)
        )
    return parse_config(text, str(path))


def parse_config(text: str, file: str) -> Config:
    """Parse the text of a config.toml.

    Where it is no TOML, each table is read by itself, so that one broken line costs its own table only.

    Args:
        text: The whole file.
        file: Its name, for the errors.
    """
    problems: list[ConfigError] = []
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        data = reading.salvage(text, file, problems)
    source = reading.Source(text, file, problems)
    for key in data:
        if key not in _TABLES:
            source.complain(
                f"“{key}” is no setting; known are {', '.join(_TABLES[:-1])} and {_TABLES[-1]}", key
            )
    config = Config(
        accounts=reading.accounts(source, data.get("accounts", [])),
        keys=_keys(source, source.table(data, "keys")),
        ui=_ui(source, source.table(data, "ui")),
        notifications=_notifications(source, source.table(data, "notifications")),
        sync=_sync(source, source.table(data, "sync")),
        checks=_checks(source, source.table(data, "checks")),
        views=reading.own_views(source, data.get("views", [])),
    )
    return replace(config, problems=tuple(problems))


def _checks(source: reading.Source, table: Mapping[str, object]) -> CheckSettings:
    source.only(table, "checks", CHECK_NAMES)
    off = set()
    for name in CHECK_NAMES:
        wanted = table.get(name, True)
        if not isinstance(wanted, bool):
            source.complain(f"“{name}” must be true or false", "checks", name)
        elif not wanted:
            off.add(name)
    return CheckSettings(frozenset(off))


def _notifications(source: reading.Source, table: Mapping[str, object]) -> NotificationSettings:
    kinds = ("assigned", "answered", "due", "failed")
    source.only(table, "notifications", (*kinds, "do_not_disturb"))
    default = NotificationSettings()
    chosen: dict[str, str] = {}
    for kind in kinds:
        word = source.text(table, "notifications", kind, getattr(default, kind))
        if word not in ("off", "show", "bell"):
            source.complain(f"“{kind}” must be off, show or bell", "notifications", kind)
            word = getattr(default, kind)
        chosen[kind] = word
    hours = source.text(table, "notifications", "do_not_disturb", "")
    try:
        quiet_hours(hours)
    except ValueError:
        source.complain(
            "“do_not_disturb” must be hours such as 22:00-07:00", "notifications", "do_not_disturb"
        )
        hours = ""
    return NotificationSettings(**chosen, do_not_disturb=hours)


def _ui(source: reading.Source, table: Mapping[str, object]) -> UiSettings:
    source.only(table, "ui", ("theme", "timezone", "locale", "downloads"))
    default = UiSettings()
    zone = source.text(table, "ui", "timezone", default.timezone)
    if not reading.is_zone(zone):
        source.complain(
            f"“{zone}” is no time zone of this machine, as Europe/Berlin would be", "ui", "timezone"
        )
        zone = default.timezone
    return UiSettings(
        theme=source.text(table, "ui", "theme", default.theme),
        timezone=zone,
        locale=source.text(table, "ui", "locale", default.locale).lower().replace("_", "-"),
        downloads=source.text(table, "ui", "downloads", default.downloads),
    )


def _sync(source: reading.Source, table: Mapping[str, object]) -> SyncSettings:
    source.only(table, "sync", ("poll_seconds", "history_months", "undo_seconds"))
    default = SyncSettings()
    return SyncSettings(
        poll_seconds=source.number(table, "sync", "poll_seconds", default.poll_seconds, 5, 86_400),
        history_months=source.number(table, "sync", "history_months", default.history_months, 0, 1200),
        undo_seconds=source.number(table, "sync", "undo_seconds", default.undo_seconds, 0, 600),
    )


def _keys(source: reading.Source, table: Mapping[str, object]) -> KeySettings:
    preset = source.text(table, "keys", "preset", "default")
    bindings: dict[str, tuple[str, ...]] = {}
    for action, keys in table.items():
        if action == "preset":
            continue
        if isinstance(keys, str):
            bindings[action] = keys_in_text(keys)
        elif isinstance(keys, list) and all(isinstance(key, str) for key in keys):
            bindings[action] = tuple(keys)
        else:
            source.complain(f"the keys of “{action}” must be a text or a list of texts", "keys", action)
    lines = {name: reading.line_of(source.content, "keys", name) for name in ("preset", *bindings)}
    return KeySettings(preset, bindings, lines, source.file)


def keys_in_text(text: str) -> tuple[str, ...]:
    """Split keys at the commas between them; a comma alone is the comma's key."""
    if text.strip() == ",":
        return (",",)
    return tuple(key.strip() or key for key in text.split(",") if key)
