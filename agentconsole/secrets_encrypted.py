"""Secrets in one file under a passphrase, for machines without a keyring.

The key comes from the passphrase by scrypt; the content is sealed by AES-GCM, so that a wrong passphrase or a
changed file is noticed. Kept apart from `secrets` because the cipher library loads only when it is used.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import SecretError
from agentconsole.private_files import make_private_folder, write_private

PASSPHRASE_VARIABLE: Final = "AGENTCONSOLE_PASSPHRASE"  # noqa: S105

_SCRYPT_N: Final = 2**15
_SCRYPT_R: Final = 8
_SCRYPT_P: Final = 1
_MAX_N: Final = 2**20
_LABEL: Final = b"agentconsole secrets 1"


def for_other_programs(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment for a program that is not this one: the passphrase is none of its business.

    Args:
        environment: What it would inherit; None: this process's own.
    """
    given = os.environ if environment is None else environment
    return {name: value for name, value in given.items() if name != PASSPHRASE_VARIABLE}


def secrets_file(folder: Path) -> Path:
    """Tell where the encrypted secrets lie in a profile's folder of secrets."""
    return folder / "secrets.enc"


class EncryptedSecrets:
    """A passphrase-encrypted file. The passphrase is asked for, or in AGENTCONSOLE_PASSPHRASE."""

    def __init__(self, path: Path, ask_passphrase: Callable[[], str] | None) -> None:
        self._path = path
        self._ask = ask_passphrase
        self._passphrase: str | None = None

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""
        secret = self._read().get(account.uuid)
        if not secret:
            raise SecretError(
                f"{self._path} holds no secret for “{account.name}”: "
                f"set it with `agentconsole account add {account.name}`."
            )
        return secret

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep an account's secret."""
        with self._locked():
            entries = self._read()
            entries[account.uuid] = secret
            self._write(entries)

    def delete(self, account: AccountSettings) -> None:
        """Forget an account's secret."""
        if not self._path.exists():
            return
        with self._locked():
            entries = self._read()
            if entries.pop(account.uuid, None) is not None:
                self._write(entries)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep two programs from writing at once."""
        lock = self._path.with_suffix(".lock")
        try:
            make_private_folder(lock.parent)
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise SecretError(f"{lock} cannot be written: {fault.strerror}.") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _phrase(self) -> bytes:
        if self._passphrase is None:
            given = os.environ.get(PASSPHRASE_VARIABLE, "")
            if not given and self._ask is not None:
                given = self._ask()
            if not given:
                raise SecretError(
                    f"The passphrase for {self._path} is not known: set AGENTCONSOLE_PASSPHRASE, "
                    "or run this in a terminal to be asked.",
                    brief="passphrase needed",
                )
            self._passphrase = given
        return self._passphrase.encode()

    def _read(self) -> dict[str, str]:
        try:
            sealed = json.loads(self._path.read_text(encoding="utf-8"))
            n, r, p = int(sealed["n"]), int(sealed["r"]), int(sealed["p"])
            salt, nonce, data = (
                base64.b64decode(sealed[key], validate=True) for key in ("salt", "nonce", "data")
            )
        except FileNotFoundError:
            return {}
        except OSError as fault:
            raise SecretError(f"{self._path} cannot be read: {fault.strerror}.") from None
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise SecretError(f"{self._path} is damaged: remove it and set the secrets anew.") from None
        if not (1 < n <= _MAX_N and r == _SCRYPT_R and p == _SCRYPT_P):
            raise SecretError(f"{self._path} is damaged: remove it and set the secrets anew.")
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            opened = AESGCM(_key(self._phrase(), salt, n)).decrypt(nonce, data, _LABEL)
            entries = json.loads(opened)
        except (InvalidTag, ValueError):
            self._passphrase = None
            raise SecretError(
                f"The passphrase does not open {self._path}; try again, or check AGENTCONSOLE_PASSPHRASE.",
                brief="wrong passphrase",
            ) from None
        return {str(name): str(secret) for name, secret in entries.items()}

    def _write(self, entries: dict[str, str]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, nonce = os.urandom(16), os.urandom(12)
        data = AESGCM(_key(self._phrase(), salt, _SCRYPT_N)).encrypt(
            nonce, json.dumps(entries).encode(), _LABEL
        )
        sealed = {
            "n": _SCRYPT_N,
            "r": _SCRYPT_R,
            "p": _SCRYPT_P,
            "salt": base64.b64encode(salt).decode(),
            "nonce": base64.b64encode(nonce).decode(),
            "data": base64.b64encode(data).decode(),
        }
        try:
            write_private(self._path, json.dumps(sealed).encode())
        except OSError as fault:
            raise SecretError(f"{self._path} cannot be written: {fault.strerror}.") from None


def _key(passphrase: bytes, salt: bytes, n: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=n, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase)
