"""Changing config.toml in place, as text, so that comments and order stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agentconsole.config import Config, parse_config
from agentconsole.domain.accounts import AccountSettings, OptionValue
from agentconsole.domain.errors import ConfigError
from agentconsole.domain.queries import OwnView
from agentconsole.private_files import write_private
from agentconsole.text.cleaning import escape_hidden

_VALUE = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_ANY_HEADER = re.compile(r"^[ \t]*\[")

Named = AccountSettings | OwnView


def put_account(path: Path, account: AccountSettings, *, history_months: int | None = None) -> None:
    """Write an account into config.toml: a new one at the end, a known one (by its name) in place.

    Args:
        path: The file; made if it is not there.
        account: The account.
        history_months: How far back history is read, by every account; None leaves it.

    Raises:
        ConfigError: The file is broken, or cannot be changed for the user; it stays as it is.
    """
    text, config = _read(path)
    if history_months is not None and history_months != config.sync.history_months:
        text = _with_setting(path, text, "sync", "history_months", history_months)
    block = _block(account)
    changed = _with_block(path, text, "accounts", config.accounts, account.name, block)
    _write(path, changed, _by_name(config) | {("accounts", account.name): account})


def put_view(path: Path, view: OwnView) -> None:
    """Write a view of the agent's own into config.toml, as `put_account` does an account.

    Raises:
        ConfigError: The file is broken, or cannot be changed for the user; it stays as it is.
    """
    text, config = _read(path)
    values = {"name": view.name, "query": view.query, "sort": view.sort}
    block = "[[views]]\n" + "".join(f"{key} = {_quoted(value)}\n" for key, value in values.items())
    changed = _with_block(path, text, "views", config.views, view.name, block)
    _write(path, changed, _by_name(config) | {("views", view.name): view})


def remove_account(path: Path, name: str) -> None:
    """Take an account out of config.toml.

    Raises:
        ConfigError: The file is broken, has no such account, or is written in a way that cannot be changed.
    """
    text, config = _read(path)
    if config.account(name) is None:
        raise ConfigError(f"has no account “{name}”.", file=str(path))
    start, end = _span(path, text, "accounts", config.accounts, name)
    lines = text.splitlines(keepends=True)
    left = _by_name(config)
    del left["accounts", name]
    _write(path, "".join(lines[:start]) + "".join(lines[end:]), left)


def rename_view(path: Path, name: str, new: str) -> None:
    """Give a view of the agent's own another name in config.toml; all else stays as it is.

    Raises:
        ConfigError: The file is broken, has no such view or has one of the new name already, or is written
            in a way that cannot be changed.
    """
    text, config = _read(path)
    old = _known_view(path, config, name)
    if any(view.name == new for view in config.views):
        raise ConfigError(f"has a view “{new}” already.", file=str(path))
    start, end = _span(path, text, "views", config.views, name)
    lines = text.splitlines(keepends=True)
    for number in range(start + 1, end):
        entry = re.match(rf"""([ \t]*name[ \t]*=[ \t]*){_VALUE}([ \t]*(?:#.*)?)$""", lines[number])
        if entry is not None:
            lines[number] = f"{entry.group(1)}{_quoted(new)}{entry.group(2)}\n"
    wanted = {key: one for key, one in _by_name(config).items() if key != ("views", name)}
    _write(path, "".join(lines), wanted | {("views", new): replace(old, name=new)})


def remove_view(path: Path, name: str) -> None:
    """Take a view of the agent's own out of config.toml; comments before and after it stay.

    Raises:
        ConfigError: The file is broken, has no such view, or is written in a way that cannot be changed.
    """
    text, config = _read(path)
    _known_view(path, config, name)
    start, end = _span(path, text, "views", config.views, name)
    lines = text.splitlines(keepends=True)
    left = _by_name(config)
    del left["views", name]
    _write(path, "".join(lines[:start]) + "".join(lines[end:]), left)


def _known_view(path: Path, config: Config, name: str) -> OwnView:
    for view in config.views:
        if view.name == name:
            return view
    raise ConfigError(f"has no view “{name}”.", file=str(path))


def put_setting(path: Path, table: str, key: str, value: str | int) -> None:
    """Write one setting into config.toml, in place where it is there; all else stays as it is.

    Args:
        path: The file; made if it is not there.
        table: Name of the table, as `ui`.
        key: Name of the setting.
        value: Its new value.

    Raises:
        ConfigError: The file is broken, or cannot be changed for the user; it stays as it is.
    """
    text, _ = _read(path)
    _put(path, _with_setting(path, text, table, key, value))


def _with_setting(path: Path, text: str, table: str, key: str, value: str | int) -> str:
    """Put a setting in place of what it was, or into its table."""
    before = tomllib.loads(text)
    wanted = {**before, table: {**before.get(table, {}), key: value}}
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if re.match(rf"[ \t]*\[[ \t]*{table}[ \t]*\]", line)]
    told = _quoted(value) if isinstance(value, str) else str(value)
    entry = f"{key} = {told}\n"
    if heads:
        start = heads[0] + 1
        after = [number for number in range(start, len(lines)) if _ANY_HEADER.match(lines[number])]
        end = after[0] if after else len(lines)
        for number in range(start, end):
            known = re.match(
                rf"""([ \t]*{key}[ \t]*=[ \t]*)(?:{_VALUE}|[0-9_]+)([ \t]*(?:#.*)?)$""",
                lines[number],
            )
            if known is not None:
                lines[number] = f"{known.group(1)}{told}{known.group(2)}\n"
                break
        else:
            if not lines[heads[0]].endswith("\n"):
                lines[heads[0]] += "\n"
            lines.insert(start, entry)
    else:
        kept = text.rstrip("\n")
        lines = [f"{kept}\n\n" if kept else "", f"[{table}]\n", entry]
    changed = "".join(lines)
    try:
        said = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        said = {}
    if said != wanted:
        raise ConfigError("could not be changed for you: change it by hand.", file=str(path))
    return changed


def _read(path: Path) -> tuple[str, Config]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "", Config()
    except OSError as fault:
        raise ConfigError(f"cannot be read: {fault.strerror}.", file=str(path)) from None
    config = parse_config(text, str(path))
    if config.problems:
        raise ConfigError(
            f"{config.problems[0].sentence.removeprefix(str(path)).lstrip(':')} "
            "- mend this first; nothing was changed.",
            file=str(path),
        )
    return text, config


def _by_name(config: Config) -> dict[tuple[str, str], Named]:
    accounts: dict[tuple[str, str], Named] = {("accounts", one.name): one for one in config.accounts}
    return accounts | {("views", one.name): one for one in config.views}


def _with_block(path: Path, text: str, table: str, known: Sequence[Named], name: str, block: str) -> str:
    """Put an entry in place of the one of its name, or at the end."""
    if any(one.name == name for one in known):
        start, end = _span(path, text, table, known, name)
        lines = text.splitlines(keepends=True)
        return "".join(lines[:start]) + block + "".join(lines[end:])
    before = text.rstrip("\n")
    return f"{before}\n\n{block}" if before else block


def _span(path: Path, text: str, table: str, known: Sequence[Named], name: str) -> tuple[int, int]:
    """Find the lines of an entry: from its head to its last line that says something."""
    number_of_entry = [one.name for one in known].index(name)
    lines = text.splitlines()
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{table}[ \t]*\]\]")
    heads = [number for number, line in enumerate(lines) if header.match(line)]
    if len(heads) != len(known):
        raise ConfigError(f"writes its {table} in a way of its own: change it by hand.", file=str(path))
    start = heads[number_of_entry]
    end = start + 1
    for number in range(start + 1, len(lines)):
        if _ANY_HEADER.match(lines[number]):
            break
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            end = number + 1
    return start, end


def _block(account: AccountSettings) -> str:
    values = {
        "name": account.name,
        "kind": account.kind,
        "url": account.url,
        "login": account.login,
        "auth": account.auth,
        "secret": account.secret,
        "token_command": account.token_command,
        "token_variable": account.token_variable,
        "uuid": account.uuid,
    }
    lines = [f"{key} = {_quoted(value)}\n" for key, value in values.items() if value is not None]
    if account.read_only:
        lines.append("read_only = true\n")
    if account.options:
        told = ", ".join(f"{_quoted(key)} = {_written(value)}" for key, value in account.options.items())
        lines.append(f"options = {{ {told} }}\n")
    return "[[accounts]]\n" + "".join(lines)


def _written(value: OptionValue) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_quoted(each) for each in value)}]"
    return "{ " + ", ".join(f"{_quoted(key)} = {_quoted(each)}" for key, each in value.items()) + " }"


def _quoted(value: str) -> str:
    # A name from a helpdesk must not reorder or hide what a person sees of the file.
    return escape_hidden(json.dumps(value, ensure_ascii=False))


def _write(path: Path, text: str, expected: dict[tuple[str, str], Named]) -> None:
    """Write the file only if it now says what it shall."""
    try:
        tomllib.loads(text)
        said = parse_config(text, str(path))
    except tomllib.TOMLDecodeError:
        said = None
    if said is None or _by_name(said) != expected:
        raise ConfigError("could not be changed for you: change it by hand.", file=str(path))
    _put(path, text)


def _put(path: Path, text: str) -> None:
    try:
        # A file's name can be bytes that are no text.
        text.encode()
    except UnicodeEncodeError:
        raise ConfigError("cannot hold a name that is not UTF-8: rename it first.", file=str(path)) from None
    try:
        write_private(path, text.encode())
    except OSError as fault:
        raise ConfigError(f"cannot be written: {fault.strerror}.", file=str(path)) from None
