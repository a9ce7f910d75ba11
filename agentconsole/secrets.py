"""Where secrets lie, and nowhere else: never in the database, the config, a log or a traceback.

An account in config.toml says which store holds its secret; it is filed under the account's uuid, so that
a new name or address costs nothing.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from agentconsole.domain.accounts import AccountSettings, SecretSource
from agentconsole.domain.errors import SecretError
from agentconsole.private_files import write_private
from agentconsole.secrets_encrypted import for_other_programs

SERVICE: Final = "agentconsole"

KEYRING_DEADLINE_SECONDS: Final = 20.0
"""A keyring may ask for a password in a window that nobody sees."""

DEADLINE_VARIABLE: Final = "AGENTCONSOLE_KEYRING_SECONDS"
"""Another deadline for the keyring, in whole seconds, where a person unlocks it slowly."""

COMMAND_DEADLINE_SECONDS: Final = 60.0

_PROBE: Final = "agentconsole-probe"
"""Kept for a moment, to see whether the keyring works."""

Result = TypeVar("Result")


class SecretStore(Protocol):
    """Keeps the secrets of accounts. Every method may take seconds and raises SecretError alone."""

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret.

        Raises:
            SecretError: There is none, or the store does not open.
        """

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep an account's secret.

        Raises:
            SecretError: The store is only read, or does not open.
        """

    def delete(self, account: AccountSettings) -> None:
        """Forget an account's secret; one that is not there is no error."""


class Secrets:
    """All stores behind one: each account's own settings say which is used."""

    def __init__(
        self,
        folder: Path,
        *,
        ask_passphrase: Callable[[], str] | None = None,
        keyring_deadline: float | None = None,
    ) -> None:
        from agentconsole.secrets_encrypted import EncryptedSecrets, secrets_file

        self.folder = folder
        """Where files that belong to secrets lie."""
        self._keyring = KeyringSecrets(keyring_deadline or _deadline_wished())
        self._stores: dict[SecretSource, SecretStore] = {
            "keyring": self._keyring,
            "env": EnvironmentSecrets(),
            "command": CommandSecrets(),
            "encrypted": EncryptedSecrets(secrets_file(folder), ask_passphrase),
            "file": FileSecrets(folder),
        }

    def keyring_trouble(self) -> str:
        """Tell in a sentence why the keyring cannot keep a secret; empty where it can."""
        return self._keyring.trouble()

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""
        return self._stores[account.secret].get(account)

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep an account's secret."""
        self._stores[account.secret].put(account, secret)

    def delete(self, account: AccountSettings) -> None:
        """Forget an account's secret."""
        self._stores[account.secret].delete(account)


def _deadline_wished() -> float:
    """How long the keyring may take: as the environment says, where it says a number of seconds."""
    text = os.environ.get(DEADLINE_VARIABLE, "")
    return float(text) if re.fullmatch(r"[1-9]\d{0,3}", text) else KEYRING_DEADLINE_SECONDS


class KeyringSecrets:
    """The system's keyring, through the keyring library; every call has a deadline."""

    def __init__(self, deadline: float = KEYRING_DEADLINE_SECONDS) -> None:
        self._deadline = deadline

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""
        import keyring

        secret = self._call(account, lambda: keyring.get_password(SERVICE, account.uuid))
        if not secret:
            raise SecretError(
                f"The keyring holds no secret for “{account.name}”: "
                f"set it with `agentconsole account add {account.name}`."
            )
        return secret

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep an account's secret."""
        import keyring

        self._call(account, lambda: keyring.set_password(SERVICE, account.uuid, secret))

    def delete(self, account: AccountSettings) -> None:
        """Forget an account's secret."""
        import keyring
        import keyring.errors

        def forget() -> None:
            try:
                keyring.delete_password(SERVICE, account.uuid)
            except keyring.errors.PasswordDeleteError:
                return

        self._call(account, forget)

    def trouble(self) -> str:
        """Try to keep something: tell in a sentence why it fails; empty where it works."""
        import keyring

        def try_it() -> bool:
            keyring.set_password(SERVICE, _PROBE, _PROBE)
            kept = keyring.get_password(SERVICE, _PROBE) == _PROBE
            keyring.delete_password(SERVICE, _PROBE)
            return kept

        try:
            kept = self._within_deadline(try_it)
        except _KeyringFault as error:
            return f"{_keyring_fault(error.fault, self._deadline)}."
        return "" if kept else "The keyring forgets what it is given."

    def _call(self, account: AccountSettings, work: Callable[[], Result]) -> Result:
        try:
            return self._within_deadline(work)
        except _KeyringFault as error:
            raise SecretError(
                _keyring_sentence(account, error.fault, self._deadline), brief=_keyring_brief(error.fault)
            ) from None

    def _within_deadline(self, work: Callable[[], Result]) -> Result:
        results: list[Result] = []
        faults: list[Exception] = []

        def run() -> None:
            try:
                results.append(work())
            except Exception as fault:  # Backends raise whatever their system does.
                faults.append(fault)

        # A daemon thread: a keyring that hangs must not keep the program from ending.
        thread = threading.Thread(target=run, name="keyring", daemon=True)
        thread.start()
        thread.join(self._deadline)
        if results:
            return results[0]
        raise _KeyringFault(faults[0] if faults else None)


class _KeyringFault(Exception):
    """The keyring did not do what was asked."""

    def __init__(self, fault: Exception | None) -> None:
        super().__init__()
        self.fault = fault
        """What its backend raised; None: it did not answer in time."""


def _keyring_sentence(account: AccountSettings, fault: Exception | None, deadline: float) -> str:
    elsewhere = (
        f"keep the secret elsewhere: `agentconsole account add {account.name} --secret encrypted` "
        "(a file under a passphrase), or --token-command, or --token-variable."
    )
    said = _keyring_fault(fault, deadline)
    if type(fault).__name__ == "NoKeyringError":
        return f"{said}: {elsewhere}"
    if fault is None or type(fault).__name__ in _LOCKED:
        return f"{said}. Unlock it, or {elsewhere}"
    return f"{said}. Mend it, or {elsewhere}"


_LOCKED: Final = ("KeyringLocked", "InitError")


def _keyring_brief(fault: Exception | None) -> str:
    if fault is None:
        return "keyring does not answer"
    kind = type(fault).__name__
    if kind == "NoKeyringError":
        return "no keyring"
    return "keyring locked" if kind in _LOCKED else "keyring failed"


def _keyring_fault(fault: Exception | None, deadline: float) -> str:
    """Say what is wrong with the keyring, without a full stop."""
    if fault is None:
        return f"The keyring did not answer within {deadline:g} s"
    kind = type(fault).__name__
    if kind == "NoKeyringError":
        return "This machine has no keyring"
    if kind in _LOCKED:
        return "The keyring is locked"
    # The fault's own text is left out: a backend may have put the secret into it.
    return f"The keyring failed ({kind})"


class EnvironmentSecrets:
    """An environment variable; only read."""

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""
        name = environment_name(account)
        secret = os.environ.get(name, "").strip()
        if not secret:
            raise SecretError(
                f"The environment variable {name}, which holds the secret of “{account.name}”, is not set."
            )
        return secret

    def put(self, account: AccountSettings, secret: str) -> None:
        """Refuse: an environment cannot be kept."""
        raise SecretError(
            f"Set the environment variable {environment_name(account)} yourself: it is only read here."
        )

    def delete(self, account: AccountSettings) -> None:
        """Do nothing: the variable is the user's."""


def environment_name(account: AccountSettings) -> str:
    """Tell which environment variable holds an account's secret."""
    return account.token_variable or "AGENTCONSOLE_TOKEN_" + re.sub(r"[^A-Z0-9]", "_", account.name.upper())


class CommandSecrets:
    """A command that prints the secret on its first line; only read."""

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""
        command = account.token_command or ""
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        if not words:
            raise SecretError(
                f"The token_command of “{account.name}” is no command line; mend it in config.toml."
            )
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
                words,
                env=for_other_programs(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_DEADLINE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SecretError(
                f"{words[0]}, which gives the secret of “{account.name}”, did not end within "
                f"{COMMAND_DEADLINE_SECONDS:g} s."
            ) from None
        except OSError as fault:
            raise SecretError(
                f"{words[0]}, which gives the secret of “{account.name}”, cannot be run: {fault.strerror}."
            ) from None
        if done.returncode != 0:
            raise SecretError(
                f"{words[0]}, which gives the secret of “{account.name}”, gave status {done.returncode}."
            )
        secret = (done.stdout.decode("utf-8", "replace").splitlines() or [""])[0].strip()
        if not secret:
            raise SecretError(f"{words[0]}, which gives the secret of “{account.name}”, printed nothing.")
        return secret

    def put(self, account: AccountSettings, secret: str) -> None:
        """Refuse: the command's own store is the user's."""
        raise SecretError(f"The secret of “{account.name}” comes from a command and is only read here.")

    def delete(self, account: AccountSettings) -> None:
        """Do nothing: the command's own store is the user's."""


class FileSecrets:
    """A file of its own for each account, readable by its owner alone; the demo's token lies so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""
        path = self._path(account)
        try:
            mode = path.stat().st_mode
            secret = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            secret = ""
            mode = 0
        except (OSError, UnicodeDecodeError):
            raise SecretError(f"The secret file of “{account.name}” cannot be read: {path}.") from None
        if mode & 0o077:
            raise SecretError(f"Others can read the secret file of “{account.name}”: chmod 600 {path}")
        if not secret:
            raise SecretError(f"There is no secret for “{account.name}” in {path}.")
        return secret

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep an account's secret."""
        _write(self._path(account), secret)

    def delete(self, account: AccountSettings) -> None:
        """Forget an account's secret."""
        self._path(account).unlink(missing_ok=True)

    def _path(self, account: AccountSettings) -> Path:
        return self._folder / f"{re.sub('[^A-Za-z0-9-]', '_', account.uuid)}.token"


def _write(path: Path, secret: str) -> None:
    try:
        write_private(path, secret.encode())
    except OSError as fault:
        raise SecretError(f"{path} cannot be written: {fault.strerror}.") from None
