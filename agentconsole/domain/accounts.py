"""Accounts: a login on a helpdesk, as the config names it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SecretSource = Literal["keyring", "env", "command", "encrypted", "file"]
"""Where an account's secret lies: the system's keyring; an environment variable or a command, both only read;
a file under a passphrase; a bare 0600 file (the demo's own)."""

SECRET_SOURCES: Final[tuple[SecretSource, ...]] = ("keyring", "env", "command", "encrypted", "file")

AuthKind = Literal["token", "bearer", "oauth", "password"]
"""`token`: the login with an API token (Zendesk: Basic `{email}/token`, RT: `token {secret}`); `bearer`: an
OAuth token that stays; `oauth`: a pair of an access token and a refresh token, renewed by itself;
`password`: the login with its password, for helpdesks that have nothing better (RT)."""

AUTH_KINDS: Final[tuple[AuthKind, ...]] = ("token", "bearer", "oauth", "password")

OptionValue = str | tuple[str, ...] | Mapping[str, str]
"""A text, a list of texts, or a table of texts."""

_NAMESPACE: Final = uuid.UUID("9c1f6a3e-8a35-4d0e-9d0f-6c1c6f4d5a11")


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One `[[accounts]]` entry of config.toml."""

    uuid: str
    """Its identity for the database and the secret store; stays when the name or the address changes."""
    name: str
    """Short and unique, as in `demo#41`."""
    kind: str
    """Which helpdesk system: `zendesk`, ..."""
    url: str
    """Where the helpdesk answers, without a trailing slash."""
    login: str
    """Mail address of the agent; empty where a bearer token says it all."""
    secret: SecretSource = "keyring"  # noqa: S105
    auth: AuthKind = "token"
    token_command: str | None = None
    """For `command`: prints the secret; run without a shell."""
    token_variable: str | None = None
    """For `env`: the variable's name; None: `AGENTCONSOLE_TOKEN_` and the account's name in capitals."""
    read_only: bool = False
    """Nothing is ever written to the helpdesk; what is written here is held back."""
    options: Mapping[str, OptionValue] = field(default_factory=dict, hash=False)
    """What only this kind of helpdesk needs to be told; its adapter says what there is (RT: `tags_field`,
    `article_classes`, `statuses`, `spam_status`)."""


def read_only_sentence(name: str) -> str:
    """Say why something is not sent, and what to do."""
    return (
        f"{name} is set up read-only: this is kept here and not sent. To send, run "
        f"`agentconsole account add {name} --no-read-only`, then `agentconsole outbox retry` with its id."
    )


def new_account_uuid() -> str:
    """Make an identity for a new account."""
    return str(uuid.uuid4())


def uuid_of_name(name: str) -> str:
    """Give a hand-written account without a uuid the same identity at every start."""
    return str(uuid.uuid5(_NAMESPACE, name))
