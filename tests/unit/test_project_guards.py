"""The guards that keep tests from the network, the keyring and the user's folders hold."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
from pathlib import Path

import keyring
import keyring.errors
import platformdirs
import pytest

from tests.guards import LeftTheMachineError, is_loopback, leave_user_alone

# TEST-NET-1 (RFC 5737): routed nowhere, so that nothing leaves even if the guard fails.
ELSEWHERE = ("192.0.2.1", 9)


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(LeftTheMachineError, match=r"192\.0\.2\.1"):
        sock.settimeout(0.1)
        sock.connect(ELSEWHERE)
    with socket.socket() as sock, pytest.raises(LeftTheMachineError):
        sock.setblocking(False)
        sock.connect_ex(ELSEWHERE)


async def test_a_connection_by_asyncio_is_refused_too() -> None:
    with pytest.raises(LeftTheMachineError):
        await asyncio.wait_for(asyncio.open_connection(*ELSEWHERE), 1)


def test_a_connection_to_this_machine_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            assert client.getpeername() == server.getsockname()


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("fe80::1%lo", False),
        ("localhost.example.com", False),
        ("example.com", False),
    ],
)
def test_what_counts_as_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_home_is_the_tests_own(home: Path, tmp_path: Path) -> None:
    users_own = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert Path.home() == home == tmp_path / "home"
    assert home != users_own
    for folder in (
        platformdirs.user_config_path(),
        platformdirs.user_data_path(),
        platformdirs.user_state_path(),
    ):
        assert folder.is_relative_to(home)


def test_there_is_no_keyring() -> None:
    with pytest.raises(keyring.errors.NoKeyringError):
        keyring.set_password("agentconsole", "someone", "made up")


def test_an_environment_for_a_child_process_holds_nothing_of_the_users(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "HOME": "/elsewhere", "XDG_DATA_HOME": "/elsewhere", "NO_COLOR": "1"}
    leave_user_alone(tmp_path, environment)
    assert environment == {
        "PATH": "/bin",
        "HOME": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
