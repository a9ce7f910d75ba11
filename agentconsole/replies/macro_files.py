"""Reads folders of macro files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agentconsole.replies.errors import MacroError
from agentconsole.replies.macros import MAX_MACRO_LENGTH, Macro, parse_macro

_MAX_BYTES: Final = 4 * MAX_MACRO_LENGTH


def read_macro_folder(paths: Sequence[Path]) -> tuple[list[Macro], list[MacroError]]:
    """Read every `*.md` file of the folders, by name; a folder that is not there is an empty one.

    A macro of a later folder takes the place of one with the same file name or the same name. A file that
    cannot be used is reported, the rest goes on; `README.md` is no macro.

    Returns:
        The macros by name, and what is wrong with the others.
    """
    found: dict[str, Macro] = {}
    errors: list[MacroError] = []
    for folder in paths:
        here: dict[str, Macro] = {}
        for path in _macro_files(folder, errors):
            try:
                macro = parse_macro(_read(path), str(path))
            except MacroError as error:
                errors.append(error)
                continue
            twin = next((m for m in here.values() if m.name.casefold() == macro.name.casefold()), None)
            if twin is not None:
                reason = f'"{macro.name}" is the name of {Path(twin.source).name} too; give one another name'
                errors.append(MacroError(str(path), None, reason))
                continue
            here[macro.id] = macro
        names = {macro.name.casefold() for macro in here.values()}
        kept = {key: m for key, m in found.items() if key not in here and m.name.casefold() not in names}
        found = kept | here
    return sorted(found.values(), key=lambda macro: (macro.name.casefold(), macro.id)), errors


def _macro_files(folder: Path, errors: list[MacroError]) -> list[Path]:
    try:
        return sorted(
            path for path in folder.iterdir() if path.suffix == ".md" and path.name.casefold() != "readme.md"
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        errors.append(MacroError(str(folder), None, f"the folder can't be read: {error.strerror or error}"))
        return []


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        return data.decode("utf-8-sig")
    except OSError as error:
        raise MacroError(str(path), None, f"it can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise MacroError(str(path), line, "it is not UTF-8; save it as UTF-8") from None
