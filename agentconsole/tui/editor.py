"""Hands a text to the agent's own editor and takes it back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.app import App, SuspendNotSupported

from agentconsole.domain.errors import ConsoleError
from agentconsole.secrets_encrypted import for_other_programs
from agentconsole.text.cleaning import clean_text

_PREFIX, _SUFFIX = "reply-", ".txt"

_MOST_BYTES: Final = 8_000_000
"""A larger file is not even read."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What an editor left behind."""

    text: str
    failed: str = ""
    """A sentence, where it ended as if something had gone wrong; the text may be wanted all the same."""
    kept: Path | None = None
    """Where what a failed editor wrote lies until it is taken or turned down: the console may end before."""


def left_behind(folder: Path) -> list[Path]:
    """List what editors wrote that is in no text: the console ended before, or it could not be taken."""
    return sorted(file for file in folder.glob(f"{_PREFIX}*{_SUFFIX}") if file.stat().st_size)


def edit_elsewhere(
    app: App[str], text: str, folder: Path, refuse: Callable[[str], str], *, attach_key: str = ""
) -> Edited:
    """Open a text in $VISUAL or $EDITOR and wait for its end.

    The file lies in the profile, readable by this user alone, and is removed afterwards, unless what is in it
    would be lost with it.

    Args:
        app: The app, which gives the terminal away meanwhile.
        text: What is edited.
        folder: Where the file lies meanwhile.
        refuse: Says what makes a text too much; empty if nothing does.
        attach_key: What attaches a file instead, as it is shown; empty: no key does.

    Raises:
        ConsoleError: There is no editor, the terminal cannot be handed over, or the text cannot be taken.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise ConsoleError(f"EDITOR is “{command}”, which names no program: set it to one.")
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    file = Path(name)
    keep = False
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as out:
            out.write(text)
        try:
            with app.suspend():
                done = subprocess.run([*words, name], env=for_other_programs(), check=False)  # noqa: S603
        except SuspendNotSupported as error:
            raise ConsoleError("This terminal cannot be handed to an editor.") from error
        except OSError as error:
            raise ConsoleError(
                f"The editor “{command}” cannot be started ({error.strerror}): set EDITOR to another."
            ) from error
        try:
            wrong = "is too large" if file.stat().st_size > _MOST_BYTES else ""
            left = (
                "" if wrong else clean_text(file.read_text(encoding="utf-8", errors="replace")).rstrip("\n")
            )
        except OSError as error:
            raise ConsoleError(
                f"What the editor wrote cannot be read ({error.strerror}); the text is as it was."
            ) from error
        wrong = wrong or refuse(left)
        if wrong:
            keep = True
            raise ConsoleError(
                f"What the editor wrote {wrong}; the text here is as it was. It is kept in {file}: "
                f"attach that file{f' ({attach_key})' if attach_key else ''}, or shorten it."
            )
        if done.returncode == 0:
            return Edited(left)
        keep = left != text.rstrip("\n")
        said = f"The editor “{command}” ended with code {done.returncode}"
        return Edited(left, said, file if keep else None)
    finally:
        if not keep:
            file.unlink(missing_ok=True)
