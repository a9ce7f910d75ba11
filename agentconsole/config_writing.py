"""Changing config.toml in place: accounts are added and removed as text, so that comments and order stay."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from agentconsole.config import Config, parse_config
from agentconsole.domain.accounts import AccountSettings, OptionValue
from agentconsole.domain.errors import ConfigError
from agentconsole.private_files import write_private

_ANY_HEADER = re.compile(r"^[ \t]*\[")
_ACCOUNT_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*accounts[ \t]*\]\]")


def put_account(path: Path, account: AccountSettings) -> None:
    """Write an account into config.toml: a new one at the end, a known one (by its name) in place.

    Raises:
        ConfigError: The file is broken, or cannot be changed for the user; it stays as it is.
    """
    text, config = _read(path)
    block = _block(account)
    if config.account(account.name) is None:
        before = text.rstrip("\n")
        changed = f"{before}\n\n{block}" if before else block
    else:
        start, end = _span(path, text, config, account.name)
        lines = text.splitlines(keepends=True)
        changed = "".join(lines[:start]) + block + "".join(lines[end:])
    _write(path, changed, {**_by_name(config), account.name: account})


def remove_account(path: Path, name: str) -> None:
    """Take an account out of config.toml.

    Raises:
        ConfigError: The file is broken, has no such account, or is written in a way that cannot be changed.
    """
    text, config = _read(path)
    start, end = _span(path, text, config, name)
    lines = text.splitlines(keepends=True)
    left = _by_name(config)
    del left[name]
    _write(path, "".join(lines[:start]) + "".join(lines[end:]), left)


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


def _by_name(config: Config) -> dict[str, AccountSettings]:
    return {account.name: account for account in config.accounts}


def _span(path: Path, text: str, config: Config, name: str) -> tuple[int, int]:
    """Find the lines of an account's entry: from its head to its last line that says something."""
    numbers = [number for number, account in enumerate(config.accounts) if account.name == name]
    if not numbers:
        raise ConfigError(f"has no account “{name}”.", file=str(path))
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if _ACCOUNT_HEADER.match(line)]
    if len(heads) != len(config.accounts):
        raise ConfigError("writes its accounts in a way of its own: change it by hand.", file=str(path))
    start = heads[numbers[0]]
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
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, text: str, expected: dict[str, AccountSettings]) -> None:
    """Write the file only if it now says what it shall."""
    try:
        tomllib.loads(text)
        known = _by_name(parse_config(text, str(path)))
    except tomllib.TOMLDecodeError:
        known = {}
    if known != expected:
        raise ConfigError("could not be changed for you: change it by hand.", file=str(path))
    try:
        write_private(path, text.encode())
    except OSError as fault:
        raise ConfigError(f"cannot be written: {fault.strerror}.", file=str(path)) from None
