"""Keyrings that fail, as a person meets them: setting up, syncing, and looking at the console.

Each process has a backend of its own making; each failure is one sentence, and nothing is lost.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.config import Paths, read_config
from tests.e2e.programs import environment, program
from tests.e2e.test_processes import Terminal
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread

BACKEND = """
import time
import keyring.backend, keyring.errors

class Keyring(keyring.backend.KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        {fault}
    def set_password(self, service, username, password):
        {fault}
    def delete_password(self, service, username):
        {fault}
"""

FAULTS = {
    "none": ("raise keyring.errors.NoKeyringError('none')", "This machine has no keyring", "no keyring"),
    "locked": ("raise keyring.errors.KeyringLocked('locked')", "The keyring is locked", "keyring locked"),
    "broken": (
        "raise OSError('broken with ' + str(locals()))",
        "The keyring failed (OSError)",
        "keyring failed",
    ),
    "hanging": ("time.sleep(60)", "The keyring did not answer within 1 s", "keyring does not answer"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=5) as running:
        yield running


@pytest.fixture(scope="module")
def working(server: RunningHelpdesk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile that was set up while all worked, with a reply that waits."""
    home = tmp_path_factory.mktemp("working") / "p"
    adding = ("account", "add", "shop", "--url", server.url, "--login", server.login, "--secret", "file")
    for words, given in (
        ((*adding, "--no-test"), f"{server.token}\n"),
        (("sync", "--once"), ""),
        (("reply", "1", "--yes"), "Still here"),
    ):
        done = run(home, {}, *words, given=given)
        assert done.returncode == 0, done.stderr
    config = Paths(home).config_file
    config.write_text(config.read_text().replace('secret = "file"', 'secret = "keyring"'))
    return home


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, str], str, str]:
    """The environment of a process with a failing keyring, and what is said of it."""
    code, words, brief = FAULTS[request.param]
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "failing_keyring.py").write_text(BACKEND.format(fault=code))
    more = {"PYTHON_KEYRING_BACKEND": "failing_keyring.Keyring", "AGENTCONSOLE_KEYRING_SECONDS": "1"}
    return {**more, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}, words, brief


def run(home: Path, more: dict[str, str], *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(*words),
        env=environment(home, **more),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_is_set_up_without_its_secret(
    server: RunningHelpdesk, tmp_path: Path, fault: tuple[dict[str, str], str, str]
) -> None:
    more, words, _ = fault
    home = tmp_path / "p"
    adding = ("account", "add", "shop", "--url", server.url, "--login", server.login)
    refused = run(home, more, *adding, given=f"{server.token}\n")
    assert refused.returncode == 1
    assert words in refused.stderr and "--secret encrypted" in refused.stderr
    assert not Paths(home).config_file.exists()
    assert "Traceback" not in refused.stderr and server.token not in refused.stdout + refused.stderr


def test_what_was_set_up_stays_and_waits(
    server: RunningHelpdesk, working: Path, tmp_path: Path, fault: tuple[dict[str, str], str, str]
) -> None:
    more, words, brief = fault
    home = tmp_path / "p"
    shutil.copytree(working, home)
    synced = run(home, more, "sync", "--once", "--json")
    assert synced.returncode == 1
    [account] = json.loads(synced.stdout)["accounts"]
    assert words in account["sentence"], account
    assert "Traceback" not in synced.stderr
    [change] = json.loads(run(home, more, "outbox", "list", "--json").stdout)["changes"]
    assert change["state"] == "queued"
    assert read_config(Paths(home).config_file).account("shop") is not None
    terminal = Terminal(home, **more)  # type: ignore[arg-type]
    terminal.wait_for(b"shop")
    terminal.wait_for(f"paused: {brief}".encode())
    listed = run(home, more, "account", "list")
    assert words in listed.stderr and "paused" in listed.stdout
    terminal.type(b"\x11")
    terminal.wait_for(b"keep it")
    terminal.type(b"k")
    assert terminal.end() == 0
    assert server.token.encode() not in terminal.told
    for file in home.rglob("*.log"):
        assert server.token not in file.read_text()
