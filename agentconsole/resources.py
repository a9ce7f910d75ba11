"""Where the files that ship with the program lie: themes and macros.

A wheel carries them inside the package; an editable install reads them from the top of the repository, so
that editing one takes effect at once.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped_themes_dir() -> Path:
    """Return the folder of the themes that ship with the program, one TOML file a theme."""
    return _shipped("themes")


def shipped_macros_dir() -> Path:
    """Return the folder of the macros that ship with the program, one Markdown file a macro."""
    return _shipped("macros")


def _shipped(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
