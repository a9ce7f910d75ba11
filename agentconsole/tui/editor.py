"""Hands a text to the agent's own editor and takes it back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

from agentconsole.domain.errors import ConsoleError
from agentconsole.tui import foreign


def edit_elsewhere(app: App[str], text: str, folder: Path) -> str | None:
    """Open a text in $VISUAL or $EDITOR and wait for its end.

    The file lies in the profile, readable by this user alone, and is removed afterwards.

    Returns:
        The text as it was left; None where the editor failed.

    Raises:
        ConsoleError: There is no editor, or the terminal cannot be handed over.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    words = shlex.split(command)
    handle, name = tempfile.mkstemp(prefix="reply-", suffix=".txt", dir=folder)
    file = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        try:
            with app.suspend():
                done = subprocess.run([*words, name], check=False)  # noqa: S603
        except SuspendNotSupported as error:
            raise ConsoleError("This terminal cannot be handed to an editor.") from error
        except OSError as error:
            raise ConsoleError(
                f"The editor “{command}” cannot be started ({error.strerror}): set EDITOR to another."
            ) from error
        if done.returncode != 0:
            raise ConsoleError(
                f"The editor “{command}” ended with code {done.returncode}; the text is as it was."
            )
        return foreign.block(file.read_text(encoding="utf-8", errors="replace")).rstrip("\n")
    finally:
        file.unlink(missing_ok=True)
