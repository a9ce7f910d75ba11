"""Themes: one TOML file each, shipped ones and the user's own read the same way.

A file names Textual's colours (`primary`, `background`, ...) under `[colors]`, and those of the console
(`status-open`, `internal`, ...) under `[console]`. Whatever is left out has a default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

from agentconsole.domain.errors import ConfigError

DEFAULT: Final = "agentconsole-dark"

FALLBACK: Final = "textual-dark"
"""Textual's own theme, for when no file can be used."""

_TEXTUAL_COLORS: Final = frozenset(
    "primary secondary warning error success accent foreground background surface panel boost".split()
)

CONSOLE_COLORS: Final[Mapping[str, str]] = {
    "public": "#5fb3a1",
    "public-text": "#0b1512",
    "internal": "#e0a93f",
    "internal-text": "#1a1305",
    "internal-ground": "#2a2720",
    "pending-ground": "#20252b",
    "customer": "#8fb4e8",
    "status-new": "#e5c07b",
    "status-open": "#e07a6b",
    "status-pending": "#6ea8e0",
    "status-hold": "#b08fd8",
    "status-solved": "#7d8a97",
    "status-closed": "#5b6570",
    "dim": "#8f969f",
    "faint": "#696f77",
    "cursor": "#2a4a73",
    "cursor-idle": "#292e34",
    "line": "#30353b",
}
"""The console's own colours and their defaults."""

_LINE = re.compile(r"at line (\d+)")


def read_themes(folders: Sequence[Path]) -> tuple[dict[str, Theme], list[ConfigError]]:
    """Read all theme files of some folders; a later folder's theme takes the place of one of the same name.

    Args:
        folders: The shipped themes first, then the user's; a folder that is not there has none.

    Returns:
        The themes by name, and the files that cannot be used, each with a sentence.
    """
    themes: dict[str, Theme] = {}
    problems: list[ConfigError] = []
    for folder in folders:
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                theme = read_theme(file)
            except ConfigError as problem:
                problems.append(problem)
            else:
                themes[theme.name] = theme
    return themes, problems


def find_theme(name: str, folders: Sequence[Path]) -> Theme | None:
    """Read one theme by its name, of the last folder that has it; None where no file of it can be used."""
    for folder in reversed(folders):
        with suppress(ConfigError):
            return read_theme(folder / f"{name}.toml")
    return None


def read_theme(file: Path) -> Theme:
    """Read one theme file; the theme is named like the file.

    Raises:
        ConfigError: It is no TOML, a colour is none, or a name is unknown; with file and line.
    """
    try:
        text = file.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"the theme cannot be read ({error.strerror})", file=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("the theme is not UTF-8 text", file=str(file)) from error
    except tomllib.TOMLDecodeError as error:
        match = _LINE.search(str(error))
        line = int(match.group(1)) if match else None
        raise ConfigError(f"the theme is not TOML: {error}", file=str(file), line=line) from error
    colors = _section(file, text, found, "colors", _TEXTUAL_COLORS)
    console = _section(file, text, found, "console", frozenset(CONSOLE_COLORS))
    if "primary" not in colors:
        raise ConfigError("the theme names no `primary` under [colors]", file=str(file))
    dark = found.get("dark", True)
    if not isinstance(dark, bool):
        raise ConfigError("`dark` is true or false", file=str(file), line=_line_of(text, "dark"))
    return Theme(
        name=file.stem,
        primary=colors["primary"],
        secondary=colors.get("secondary"),
        warning=colors.get("warning"),
        error=colors.get("error"),
        success=colors.get("success"),
        accent=colors.get("accent"),
        foreground=colors.get("foreground"),
        background=colors.get("background"),
        surface=colors.get("surface"),
        panel=colors.get("panel"),
        boost=colors.get("boost"),
        dark=dark,
        variables={**CONSOLE_COLORS, **console},
    )


def _section(
    file: Path, text: str, found: Mapping[str, object], name: str, known: frozenset[str]
) -> dict[str, str]:
    section = found.get(name, {})
    if not isinstance(section, dict):
        raise ConfigError(f"`{name}` is a table of colours", file=str(file), line=_line_of(text, name))
    colors: dict[str, str] = {}
    for key, value in section.items():
        if key not in known:
            raise ConfigError(
                f"[{name}] has no colour “{key}”; known: {', '.join(sorted(known))}",
                file=str(file),
                line=_line_of(text, key),
            )
        if not isinstance(value, str) or not _is_color(value):
            raise ConfigError(
                f"{key} = {value!r} is no colour, as “#5fb3a1” is",
                file=str(file),
                line=_line_of(text, key),
            )
        colors[key] = value
    return colors


def _is_color(value: str) -> bool:
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


def _line_of(text: str, key: str) -> int | None:
    wanted = re.compile(rf"""\s*\[?["']?{re.escape(key)}["']?\s*[\]=]""")
    for number, line in enumerate(text.splitlines(), start=1):
        if wanted.match(line):
            return number
    return None
