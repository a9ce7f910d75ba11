"""Secret stores: each failure is a sentence, and no sentence holds a secret."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import SecretError
from agentconsole.secrets import KeyringSecrets, Secrets

SECRET = "s3cr3t-of-the-shop"


def account(**changes: str) -> AccountSettings:
    values = {
        "uuid": "0000-11",
        "name": "shop",
        "kind": "zendesk",
        "url": "https://shop.example.com",
        "login": "me@shop.example",
        **changes,
    }
    return AccountSettings(**values)  # type: ignore[arg-type]


class MemoryKeyring(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("none")
        del self.kept[service, username]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    memory = MemoryKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", memory)
    return memory


def test_the_keyring_keeps_a_secret_under_the_accounts_uuid(tmp_path: Path, backend: MemoryKeyring) -> None:
    secrets = Secrets(tmp_path)
    secrets.put(account(), SECRET)
    assert backend.kept == {("agentconsole", "0000-11"): SECRET}
    assert secrets.get(account(name="renamed")) == SECRET
    secrets.delete(account())
    secrets.delete(account())
    with pytest.raises(SecretError, match="holds no secret"):
        secrets.get(account())
    assert not list(tmp_path.glob("*s*e*c*"))


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (keyring.errors.NoKeyringError("x"), "no keyring"),
        (keyring.errors.KeyringLocked("x"), "locked"),
        (RuntimeError(f"backend broke with {SECRET}"), "RuntimeError"),
    ],
)
def test_a_keyring_that_fails_is_one_sentence_without_the_secret(
    backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch, fault: Exception, word: str
) -> None:
    def fail(*_: Any) -> None:
        raise fault

    monkeypatch.setattr(backend, "get_password", fail)
    with pytest.raises(SecretError, match=word) as told:
        KeyringSecrets().get(account())
    assert SECRET not in told.value.sentence
    assert "--secret encrypted" in told.value.sentence
    assert told.value.__cause__ is None


def test_a_keyring_that_hangs_is_given_up(backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(backend, "get_password", lambda *_: release.wait(20))
    began = time.monotonic()
    with pytest.raises(SecretError, match="did not answer"):
        KeyringSecrets(deadline=0.1).get(account())
    assert time.monotonic() - began < 5
    release.set()


def test_the_environment_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = Secrets(tmp_path)
    entry = account(secret="env", name="my-shop")
    monkeypatch.setenv("AGENTCONSOLE_TOKEN_MY_SHOP", SECRET + "\n")
    assert secrets.get(entry) == SECRET
    monkeypatch.setenv("OTHER", "x")
    assert secrets.get(account(secret="env", token_variable="OTHER")) == "x"
    monkeypatch.delenv("OTHER")
    with pytest.raises(SecretError, match="OTHER"):
        secrets.get(account(secret="env", token_variable="OTHER"))
    with pytest.raises(SecretError, match="only read"):
        secrets.put(entry, SECRET)


def command(code: str) -> AccountSettings:
    return account(secret="command", token_command=f"{sys.executable} -c '{code}'")


def test_a_command_gives_its_first_line(tmp_path: Path) -> None:
    assert Secrets(tmp_path).get(command(f'print("{SECRET}"); print("more")')) == SECRET


def test_a_command_is_not_told_the_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCONSOLE_PASSPHRASE", "correct horse")
    told = command('import os; print(os.environ.get("AGENTCONSOLE_PASSPHRASE", "nothing"))')
    assert Secrets(tmp_path).get(told) == "nothing"


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (command(f'import sys; print("{SECRET}"); sys.exit("{SECRET}")'), "status 1"),
        (command("pass"), "printed nothing"),
        (account(secret="command", token_command="/nowhere/at/all"), "cannot be run"),
        (account(secret="command", token_command="'"), "no command line"),
    ],
)
def test_a_command_that_fails_is_a_sentence(tmp_path: Path, entry: AccountSettings, word: str) -> None:
    with pytest.raises(SecretError, match=word) as told:
        Secrets(tmp_path).get(entry)
    assert SECRET not in told.value.sentence


def test_a_command_runs_without_a_shell(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(SecretError):
        Secrets(tmp_path).get(account(secret="command", token_command=f"false; touch {mark}"))
    assert not mark.exists()


def test_a_file_is_the_owners_alone(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    entry = account(secret="file")
    secrets.put(entry, SECRET)
    [path] = (tmp_path / "secrets").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert secrets.get(entry) == SECRET
    path.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        secrets.get(entry)
    secrets.delete(entry)
    with pytest.raises(SecretError, match="no secret"):
        secrets.get(entry)


def test_the_encrypted_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    entry, other = account(secret="encrypted"), account(secret="encrypted", uuid="2222", name="other")
    secrets = Secrets(tmp_path, ask_passphrase=lambda: "open sesame")
    secrets.put(entry, SECRET)
    secrets.put(other, "another")
    sealed = (tmp_path / "secrets.enc").read_bytes()
    assert SECRET.encode() not in sealed
    assert (tmp_path / "secrets.enc").stat().st_mode & 0o777 == 0o600
    again = Secrets(tmp_path, ask_passphrase=lambda: "open sesame")
    assert (again.get(entry), again.get(other)) == (SECRET, "another")
    again.delete(other)
    with pytest.raises(SecretError, match="no secret"):
        again.get(other)
    with pytest.raises(SecretError, match="does not open"):
        Secrets(tmp_path, ask_passphrase=lambda: "wrong").get(entry)
    assert again.get(entry) == SECRET


def test_the_passphrase_comes_from_the_environment_or_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = account(secret="encrypted")
    with pytest.raises(SecretError, match="AGENTCONSOLE_PASSPHRASE"):
        Secrets(tmp_path).put(entry, SECRET)
    monkeypatch.setenv("AGENTCONSOLE_PASSPHRASE", "p")
    Secrets(tmp_path).put(entry, SECRET)
    assert Secrets(tmp_path).get(entry) == SECRET


@pytest.mark.parametrize("damage", ["{", "[]", '{"n": 8}', "flip"])
def test_a_damaged_encrypted_file_is_a_sentence(tmp_path: Path, damage: str) -> None:
    entry = account(secret="encrypted")
    Secrets(tmp_path, ask_passphrase=lambda: "p").put(entry, SECRET)
    path = tmp_path / "secrets.enc"
    if damage == "flip":
        sealed = json.loads(path.read_text())
        sealed["data"] = "A" * len(sealed["data"])
        damage = json.dumps(sealed)
    path.write_text(damage)
    with pytest.raises(SecretError) as told:
        Secrets(tmp_path, ask_passphrase=lambda: "p").get(entry)
    assert SECRET not in told.value.sentence
