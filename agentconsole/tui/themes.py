"""Themes: one TOML file each, shipped ones and the user's own read the same way.

A file names Textual's colours (`primary`, `background`, ...) under `[colors]`, and those of the console
(`status-open`, `internal`, ...) under `[console]`. Whatever is left out has a default. `ansi = true` leaves
what the colours look like to the terminal: they are then named, as `ansi_red` and `ansi_default`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from agentconsole.domain.errors import ConfigError

DEFAULT: Final = "agentconsole-dark"
SIXTEEN: Final = "16-colour"

FALLBACK: Final = "textual-dark"
"""Textual's own theme, for when no file can be used."""

_TEXTUAL_COLORS: Final = frozenset(
    "primary secondary warning error success accent foreground background surface panel boost".split()
)

CONSOLE_COLORS: Final[Mapping[str, str]] = {
    "public": "#5fb3a1",
    "public-text": "#0b1512",
    "internal": "#e5b04c",
    "internal-text": "#1d1503",
    "internal-ground": "#2a2720",
    "pending-ground": "#20252b",
    "customer": "#8fb4e8",
    "status-new": "#e5c07b",
    "status-open": "#ed8374",
    "status-pending": "#6ea8e0",
    "status-hold": "#b394dd",
    "status-solved": "#9aa5b1",
    "status-closed": "#98a1ab",
    "dim": "#a5acb5",
    "faint": "#9fa5ad",
    "cursor": "#1a3659",
    "cursor-idle": "#292e34",
    "line": "#30353b",
}
"""The console's own colours and their defaults."""

_LINE = re.compile(r"at line (\d+)")


def fitting(environment: Mapping[str, str]) -> str:
    """Name the theme for a terminal where none was asked for: one that has sixteen colours gets its own."""
    terminal = environment.get("TERM", "").casefold()
    few = terminal in ("linux", "ansi", "vt100", "vt220", "cons25") or terminal.endswith("-16color")
    return SIXTEEN if few and not environment.get("COLORTERM") else DEFAULT


def theme_files(folders: Sequence[Path]) -> dict[str, Path]:
    """List the theme files of some folders by the themes' names, without reading them.

    Args:
        folders: The shipped themes first, then the user's, which take the place of those of the same name; a
            folder that is not there has none.
    """
    return {
        file.stem: file
        for folder in folders
        for file in (sorted(folder.glob("*.toml")) if folder.is_dir() else ())
    }


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
    switches = {"dark": True, "ansi": False}
    for name in found:
        if name not in ("colors", "console", *switches):
            known = "dark, ansi, [colors] and [console]"
            raise ConfigError(
                f"a theme has no “{name}”; known: {known}", file=str(file), line=_line_of(text, name)
            )
    for name, default in switches.items():
        switch = found.get(name, default)
        if not isinstance(switch, bool):
            raise ConfigError(f"`{name}` is true or false", file=str(file), line=_line_of(text, name))
        switches[name] = switch
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
        dark=switches["dark"],
        ansi=switches["ansi"],
        variables={
            **(_textuals_own(switches["dark"]) if switches["ansi"] else {}),
            **CONSOLE_COLORS,
            **console,
        },
    )


def _textuals_own(dark: bool) -> dict[str, str]:
    """What Textual's widgets need by name where colours are the terminal's own."""
    return dict(BUILTIN_THEMES["ansi-dark" if dark else "ansi-light"].variables)


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
