"""The browser of whoever sits here: whether there is one, and showing a page in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from agentconsole.secrets_encrypted import for_other_programs

# A browser is started with the environment of whoever starts it, so that is a process without the passphrase.
_OPEN: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"


def has_browser(environment: Mapping[str, str]) -> bool:
    """Whether a page opened here is seen by who sits here: not over SSH, and not in this terminal."""
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_page(address: str) -> bool:
    """Show a page in the browser; False where there is none. May take seconds."""
    try:
        # This very Python, and no shell reads the address.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-c", _OPEN, address],
            env=for_other_programs(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0
