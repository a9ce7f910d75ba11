"""What keeps the tests on this machine and out of the user's folders and keyring."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import pytest

# What the user's shell may have set and the program, its libraries or Textual would follow.
USER_SETTINGS = (
    "AGENTCONSOLE_HOME",
    "ALL_PROXY",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "DBUS_SESSION_BUS_ADDRESS",
    "EDITOR",
    "FORCE_COLOR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LINES",
    "NO_COLOR",
    "NO_PROXY",
    "TMUX",
    "VISUAL",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


class LeftTheMachineError(BaseException):
    """A test connected to another machine. No `except Exception` of the program's may hide it."""


class NetworkGuard:
    """Refuses every connection of this process that is not to this machine itself, unless told otherwise."""

    def __init__(self) -> None:
        self.allow_all = False
        self.offline = False
        """Whether this machine itself is refused too."""

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put the guard in front of the sockets of this process."""
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

        def guarded_connect(sock: socket.socket, address: Any) -> None:
            self._judge(sock, address)
            connect(sock, address)

        def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
            self._judge(sock, address)
            return connect_ex(sock, address)

        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)

    def _judge(self, sock: socket.socket, address: Any) -> None:
        if sock.family == socket.AF_UNIX or self.allow_all:
            return
        if self.offline:
            raise LeftTheMachineError(f"a test connected to {address[0]}: there is to be no network at all")
        if not is_loopback(address[0]):
            raise LeftTheMachineError(f"a test connected to {address[0]}: tests talk to this machine alone")


def is_loopback(host: str) -> bool:
    """Whether a host as given to `connect` is this machine; other names than localhost are not looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def leave_user_alone(home: Path, environment: Any = os.environ) -> None:
    """Take from an environment what would lead a process to the user's own folders and settings."""
    for name in [*USER_SETTINGS, *(name for name in environment if name.startswith(("XDG_", "TEXTUAL")))]:
        environment.pop(name, None)
    environment["HOME"] = str(home)
    environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
