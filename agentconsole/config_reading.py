"""Reading of config.toml: complaints carry file and line, and what a broken file still holds is saved."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from agentconsole.domain.accounts import (
    AUTH_KINDS,
    SECRET_SOURCES,
    AccountSettings,
    OptionValue,
    uuid_of_name,
)
from agentconsole.domain.errors import ConfigError, QueryError, UnknownField
from agentconsole.domain.queries import SORTS, OwnView, parse_query

_HEADER = re.compile(r"^[ \t]*\[{1,2}[ \t]*([A-Za-z0-9_-]+)[^\]\n]*\]{1,2}[ \t]*(?:#.*)?$")

_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")

_ACCOUNT_KEYS: Final = (
    "name",
    "kind",
    "url",
    "login",
    "uuid",
    "secret",
    "auth",
    "token_command",
    "token_variable",
    "read_only",
)
_OPTIONS: Final = "options"


@dataclass(frozen=True, slots=True)
class Source:
    """The file that settings come from, and the complaints about it."""

    content: str
    file: str
    problems: list[ConfigError]

    def complain(self, sentence: str, table: str, key: str | None = None, entry: int = 0) -> None:
        """Note what is wrong with a key of the `entry`th table of that name."""
        line = line_of(self.content, table, key, entry)
        self.problems.append(ConfigError(sentence, file=self.file, line=line))

    def table(self, data: Mapping[str, Any], name: str) -> Mapping[str, object]:
        """Read a table; anything else counts as an empty one."""
        found = data.get(name, {})
        if isinstance(found, dict):
            return found
        self.complain(f"“{name}” must be a table: [{name}]", name)
        return {}

    def only(self, table: Mapping[str, object], name: str, known: Sequence[str], entry: int = 0) -> None:
        """Complain of keys that nobody reads: most are slips of the pen."""
        for key in table:
            if key not in known:
                sentence = f"“{key}” is no setting of [{name}]; known are {', '.join(known)}"
                self.complain(sentence, name, key, entry)

    def text(self, table: Mapping[str, object], name: str, key: str, default: str) -> str:
        """Read a text."""
        value = table.get(key, default)
        if isinstance(value, str):
            return value
        self.complain(f"“{key}” must be a text in quotes", name, key)
        return default

    def number(
        self, table: Mapping[str, object], name: str, key: str, default: int, least: int, most: int
    ) -> int:
        """Read a whole number within bounds."""
        value = table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.complain(f"“{key}” must be a whole number from {least} to {most}", name, key)
        return default


def is_account_name(name: str) -> bool:
    """Whether a text can name an account: small letters, digits, `-` and `_`, as it stands before `#41`."""
    return _ACCOUNT_NAME.fullmatch(name) is not None


def accounts(source: Source, entries: object) -> tuple[AccountSettings, ...]:
    """Read the `[[accounts]]`; a wrong one is left out with a complaint."""
    if not isinstance(entries, list):
        source.complain("accounts are written as [[accounts]], each with a name", "accounts")
        return ()
    found: list[AccountSettings] = []
    for number, entry in enumerate(entries):
        try:
            account = _account(source, entry, number)
            if any(other.name == account.name for other in found):
                raise _Wrong("name", f"there are two accounts named “{account.name}”; the second is left out")
            if any(other.uuid == account.uuid for other in found):
                raise _Wrong("uuid", f"“{account.name}” has the uuid of another account; it is left out")
        except _Wrong as wrong:
            source.complain(wrong.sentence, "accounts", wrong.key, number)
        else:
            found.append(account)
    return tuple(found)


def own_views(source: Source, entries: object) -> tuple[OwnView, ...]:
    """Read the `[[views]]`; a wrong one is left out with a complaint.

    A query that names a field nobody knows here is let through: it may be one of the helpdesk's own.
    """
    if not isinstance(entries, list):
        source.complain("views are written as [[views]], each with a name and a query", "views")
        return ()
    found: list[OwnView] = []
    for number, entry in enumerate(entries):
        try:
            view = _own_view(source, entry, number)
            if any(other.name == view.name for other in found):
                raise _Wrong("name", f"there are two views named “{view.name}”; the second is left out")
        except _Wrong as wrong:
            source.complain(wrong.sentence, "views", wrong.key, number)
        else:
            found.append(view)
    return tuple(found)


def _own_view(source: Source, entry: object, number: int) -> OwnView:
    if not isinstance(entry, dict):
        raise _Wrong(None, "a view must be a table: [[views]]")
    source.only(entry, "views", ("name", "query", "sort"), number)
    given = {key: entry.get(key, "") for key in ("name", "query", "sort")}
    for key, value in given.items():
        if not isinstance(value, str):
            raise _Wrong(key, f"“{key}” must be a text in quotes; this view is left out")
    name, query, sort = given["name"].strip(), given["query"].strip(), given["sort"] or "due"
    if not name:
        raise _Wrong("name", "a view needs a name; this one is left out")
    if not query:
        raise _Wrong("query", f'“{name}” needs a query, as query = "status<solved tags:vip"; it is left out')
    if sort not in SORTS:
        raise _Wrong("sort", f"“sort” must be one of {', '.join(SORTS)}; “{name}” is left out")
    try:
        parse_query(query)
    except UnknownField:
        pass
    except QueryError as error:
        place = f"at character {error.position + 1} of the query: {error.sentence}"
        raise _Wrong("query", f"“{name}” is left out: {place}") from None
    return OwnView(name, query, sort, line_of(source.content, "views", "query", number))


class _Wrong(Exception):
    """An account or a view that cannot be used."""

    def __init__(self, key: str | None, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key
        self.sentence = sentence


def _account(source: Source, entry: object, number: int) -> AccountSettings:
    if not isinstance(entry, dict):
        raise _Wrong(None, "an account must be a table: [[accounts]]")
    source.only(entry, "accounts", (*_ACCOUNT_KEYS, _OPTIONS), number)
    given: dict[str, str] = {}
    for key in _ACCOUNT_KEYS:
        if key == "read_only":
            continue
        value = entry.get(key, "")
        if not isinstance(value, str):
            raise _Wrong(key, f"“{key}” must be a text in quotes; this account is left out")
        given[key] = value.strip()
    name = given["name"]
    if not is_account_name(name):
        raise _Wrong(
            "name",
            "an account needs a name of small letters, digits, - and _ (at most 32); this one is left out",
        )
    if not given["kind"]:
        raise _Wrong("kind", f'“{name}” does not say its kind, as kind = "zendesk"; it is left out')
    url = given["url"].rstrip("/")
    if not is_helpdesk_url(url):
        raise _Wrong("url", f"“{name}” needs an address that begins with https:// or http://; it is left out")
    secret = given["secret"] or "keyring"
    if secret not in SECRET_SOURCES:
        raise _Wrong("secret", f"“secret” must be one of {', '.join(SECRET_SOURCES)}; “{name}” is left out")
    auth = given["auth"] or "token"
    if auth not in AUTH_KINDS:
        raise _Wrong("auth", f"“auth” must be one of {', '.join(AUTH_KINDS)}; “{name}” is left out")
    if auth == "oauth" and secret in ("env", "command"):
        raise _Wrong(
            "secret", f"“{name}” renews its login, so its secret must be kept where it can be written"
        )
    read_only = entry.get("read_only", False)
    if not isinstance(read_only, bool):
        raise _Wrong("read_only", f"“read_only” must be true or false; “{name}” is left out")
    if secret == "command" and not given["token_command"]:  # noqa: S105
        raise _Wrong("secret", f"“{name}” takes its secret from a command and names no token_command")
    return AccountSettings(
        uuid=given["uuid"] or uuid_of_name(name),
        name=name,
        kind=given["kind"],
        url=url,
        login=given["login"],
        secret=secret,
        auth=auth,
        token_command=given["token_command"] or None,
        token_variable=given["token_variable"] or None,
        read_only=read_only,
        options=_options(entry.get(_OPTIONS, {}), name),
    )


def _options(table: object, name: str) -> dict[str, OptionValue]:
    """Read what is for the account's kind of helpdesk alone; the adapter knows which names there are."""
    if not isinstance(table, dict):
        raise _Wrong(_OPTIONS, f"“options” must be a table: options = {{ … }}; “{name}” is left out")
    found: dict[str, OptionValue] = {}
    for key, value in table.items():
        if isinstance(value, str):
            found[key] = value
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            found[key] = tuple(value)
        elif isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
            found[key] = dict(value)
        else:
            raise _Wrong(
                _OPTIONS, f"option “{key}” must be a text, a list or a table of texts; “{name}” is left out"
            )
    return found


def is_helpdesk_url(url: str) -> bool:
    """Whether a text is an address that a helpdesk could have: with a host, and without login or password."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and not parts.query
            and not parts.fragment
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def salvage(content: str, file: str, problems: list[ConfigError]) -> dict[str, Any]:
    """Read what can be read of a file that is no TOML as a whole: each table by itself.

    Args:
        content: The whole file.
        file: Its name, for the errors.
        problems: Takes one error for each table that cannot be read.
    """
    lines = content.splitlines(keepends=True)
    starts = [0, *(number for number, line in enumerate(lines) if number and _HEADER.match(line))]
    found: dict[str, Any] = {}
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        piece = "".join(lines[start:end])
        try:
            data = tomllib.loads(piece)
        except tomllib.TOMLDecodeError as fault:
            line, reason = _place(str(fault), piece)
            problems.append(ConfigError(f"not readable as TOML: {reason}", file=file, line=start + line))
            continue
        for key, value in data.items():
            if isinstance(value, list) and isinstance(found.get(key), list):
                found[key].extend(value)
            elif key in found:
                sentence = f"[{key}] is there twice; only the first is read"
                problems.append(ConfigError(sentence, file=file, line=start + 1))
            else:
                found[key] = value
    return found


def _place(reason: str, piece: str) -> tuple[int, str]:
    """Split tomllib's message into the line and the reason."""
    at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", reason)
    if at is None:
        return 1, reason
    line = int(at.group(1)) if at.group(1) else max(1, len(piece.splitlines()))
    return line, reason[: at.start()]


def line_of(content: str, table: str, key: str | None, entry: int = 0) -> int | None:
    """Find the line of a key in the `entry`th table of a name, or of its head where the key is not there."""
    inside = False
    seen = -1
    head: int | None = None
    for number, line in enumerate(content.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            inside = header.group(1) == table
            if inside:
                seen += 1
                if seen == entry:
                    head = number
                    if key is None:
                        return head
            continue
        named = re.match(r"[ \t]*(?:\"([^\"]+)\"|'([^']+)'|([A-Za-z0-9_-]+))[ \t]*[.=]", line)
        if named is None:
            continue
        name = named.group(1) or named.group(2) or named.group(3)
        if inside and seen == entry and name == key:
            return number
        if head is None and seen == -1 and name == table:
            head = number
    return head


def is_zone(name: str) -> bool:
    """Whether this machine knows a time zone; an empty name is the machine's own."""
    if not name:
        return True
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=8)
def zone_of(name: str) -> tzinfo:
    """Give the time zone of a name; of an empty one the machine's own, with its summer times."""
    if name and is_zone(name):
        return ZoneInfo(name)
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and is_zone(named):
        return ZoneInfo(named)
    machine = Path("/etc/localtime")
    try:
        target = str(machine.resolve())
        _, found, zone = target.partition("/zoneinfo/")
        if found and is_zone(zone):
            return ZoneInfo(zone)
        with machine.open("rb") as file:
            return ZoneInfo.from_file(file, key="local")
    except (OSError, ValueError):
        return UTC
