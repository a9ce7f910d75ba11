"""Setting an account up: what is to be chosen, what a form of it means, trying it, and keeping it.

Both the questions of `account add` and the console's own screen are made of this.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from agentconsole import logs
from agentconsole.desk import accounts, rights
from agentconsole.domain.accounts import AccountSettings, AuthKind, SecretSource, new_account_uuid
from agentconsole.domain.errors import SecretError, UsageError
from agentconsole.domain.logins import TokenPair
from agentconsole.helpdesks.kinds import LoginWay
from agentconsole.helpdesks.registry import DEFAULT_CLIENT, DEFAULT_KIND, address_of, kind_of, kinds

if TYPE_CHECKING:
    from pathlib import Path

    from agentconsole.clock import Clock
    from agentconsole.config import Config, Paths
    from agentconsole.desk.rights import Examined

_LONGEST_LOGIN: Final = 254

AUTH_OF: Final[dict[LoginWay, AuthKind]] = {
    "browser": "oauth",
    "pair": "oauth",
    "token": "token",
    "bearer": "bearer",
    "password": "password",
}

_STORES: Final[tuple[tuple[SecretSource, str], ...]] = (
    ("keyring", "in this system's keyring"),
    ("encrypted", "in a file under a passphrase, asked for at the start"),
    ("file", "in a bare file that only you can read"),
    ("command", "elsewhere: a command prints it"),
    ("env", "elsewhere: an environment variable holds it"),
)


def systems() -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """List the kinds of helpdesk, each with its name; and what is wrong with those that cannot be used."""
    usable: list[tuple[str, str]] = []
    faults: list[str] = []
    for kind in kinds():
        try:
            usable.append((kind, kind_of(kind).title))
        except UsageError as error:
            faults.append(error.sentence)
    return tuple(usable), tuple(faults)


def ways(kind: str) -> tuple[tuple[LoginWay, str], ...]:
    """List how one can sign in to a kind of helpdesk, in words; the usual way first."""
    return kind_of(kind).ways


def way_of(auth: AuthKind) -> LoginWay:
    """Tell how an account that is known signs in once more."""
    return next(way for way, one in AUTH_OF.items() if one == auth)


def stores(way: LoginWay) -> tuple[tuple[SecretSource, str], ...]:
    """List where a secret can be kept; a login that renews itself must lie where it can be written."""
    if AUTH_OF[way] == "oauth":
        return tuple(one for one in _STORES if one[0] not in ("command", "env"))
    return _STORES


def helpdesk_address(kind: str, pasted: str) -> str:
    """Find a helpdesk's address in what a person gives.

    Raises:
        UsageError: It is none.
    """
    return address_of(kind, pasted)


def offered_name(url: str, taken: Collection[str]) -> str:
    """Offer a short name for an account: its address's first word."""
    first = url.partition("://")[2].partition(".")[0].partition(":")[0].casefold()
    offered = first if first.isascii() and first.isalnum() and not first.isdigit() else "helpdesk"
    offered = offered[:24]
    number = 2
    fresh = offered
    while fresh in taken:
        fresh, number = f"{offered}{number}", number + 1
    return fresh


@dataclass(frozen=True, slots=True)
class Form:
    """What a person has filled in, as it stands; any of it may be wrong."""

    kind: str = DEFAULT_KIND
    address: str = ""
    """Any page of the helpdesk."""
    name: str = ""
    """Empty: the offered one."""
    way: LoginWay = "browser"
    login: str = ""
    secret: str = field(default="", repr=False)
    """Token or password; of a pair the access token."""
    refresh: str = field(default="", repr=False)
    client: str = DEFAULT_CLIENT
    store: SecretSource = "keyring"
    outside: str = ""
    """For `command` its line, for `env` its name."""
    passphrase: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    read_only: bool = False
    months: str = ""

    @property
    def needs_login(self) -> bool:
        """Whether the login must be given, as the helpdesk does not tell it."""
        return AUTH_OF[self.way] in kind_of(self.kind).login_needed

    @property
    def secret_word(self) -> str:
        """What the secret is called; empty where none is typed."""
        if self.way == "browser" or self.store in ("command", "env"):
            return ""
        return {"password": "Password", "token": "Token"}.get(self.way, "Access token")


def account_of(form: Form, config: Config) -> AccountSettings:
    """Make an account of a form.

    Raises:
        UsageError: Names the first thing that is missing or wrong.
    """
    if not form.address.strip():
        raise UsageError("The address is missing: paste any page of the helpdesk from your browser.")
    url = address_of(form.kind, form.address)
    taken = {one.name for one in config.accounts}
    name = form.name.strip() or offered_name(url, taken)
    if name in taken:
        raise UsageError(f"There is an account “{name}” already: give this one another name.")
    if form.needs_login and not form.login.strip():
        raise UsageError("Your login is missing.")
    if form.secret_word and not form.secret.strip():
        raise UsageError(f"The {form.secret_word.casefold()} is missing.")
    if form.way == "pair" and not form.refresh.strip():
        raise UsageError("The refresh token is missing: a pair is two tokens.")
    if form.store in ("command", "env") and not form.outside.strip():
        what = "command" if form.store == "command" else "environment variable"
        raise UsageError(f"Name the {what} that holds the secret.")
    months_of(form, config)
    account = AccountSettings(
        uuid=new_account_uuid(),
        name=name,
        kind=form.kind,
        url=url,
        login=form.login.strip() if form.needs_login else "",
        secret=form.store,
        auth=AUTH_OF[form.way],
        token_command=form.outside.strip() if form.store == "command" else None,
        token_variable=form.outside.strip() if form.store == "env" else None,
        read_only=form.read_only,
    )
    accounts.check(account)
    return account


def months_of(form: Form, config: Config) -> int:
    """Read how far back history is to be read; as the config says where nothing is given.

    Raises:
        UsageError: It is no number of months.
    """
    text = form.months.strip()
    if not text:
        return config.sync.history_months
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_MONTHS):
        raise UsageError(f"How many months of history? A number from 0 to {MOST_MONTHS}.")
    return int(text)


MOST_MONTHS: Final = 1200


def secret_of(form: Form) -> str | None:
    """Give the secret to keep; None where it is got in the browser, or only read."""
    if not form.secret_word:
        return None
    secret = form.secret.strip()
    logs.hide(secret)
    if form.way == "pair":
        logs.hide(form.refresh.strip())
        return TokenPair(secret, form.refresh.strip(), form.client.strip() or DEFAULT_CLIENT).spelled()
    return secret


class Trial:
    """A secret that is tried before it is kept anywhere; a pair that was renewed meanwhile is the new one."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.folder = folder
        """Where the locks of a renewal lie."""
        self.secret = secret

    def get(self, account: AccountSettings) -> str:
        """Give the secret."""
        return self.secret

    def put(self, account: AccountSettings, secret: str) -> None:
        """Take a renewed one."""
        self.secret = secret

    def delete(self, account: AccountSettings) -> None:
        """Forget it."""
        self.secret = ""


async def try_out(
    paths: Paths, account: AccountSettings, trial: Trial | None, clock: Clock, months: int
) -> Examined:
    """Ask the helpdesk what a login may do before anything of it is kept.

    Args:
        paths: The profile.
        account: As it would be.
        trial: Its secret; None where a command or the environment gives it.
        clock: Tells the present.
        months: How far back history would be read.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
        SecretError: The command or the environment does not give the secret.
    """
    from agentconsole.secrets import Secrets

    return await rights.examine_here(account, trial or Secrets(paths.secrets_dir), clock, months)


def keep(
    paths: Paths,
    account: AccountSettings,
    secret: str | None,
    *,
    passphrase: str = "",
    months: int | None = None,
) -> AccountSettings:
    """Write a tried account into the profile; its secret goes where it says. May take seconds.

    Args:
        paths: The profile.
        account: As it was tried.
        secret: None where it is only read.
        passphrase: For `encrypted`; the processes that are started from here inherit it.
        months: How far back history is read, by every account; None leaves it.

    Raises:
        ConfigError: config.toml is broken or cannot be changed for the user; nothing has changed.
        SecretError: The store refused; nothing has changed.
    """
    from agentconsole.secrets import Secrets
    from agentconsole.secrets_encrypted import PASSPHRASE_VARIABLE

    sealed = account.secret == "encrypted"  # noqa: S105
    secrets = Secrets(paths.secrets_dir, ask_passphrase=(lambda: passphrase) if passphrase else None)
    kept = accounts.add(paths, account, secret, secrets, history_months=months)
    if sealed and passphrase:
        os.environ[PASSPHRASE_VARIABLE] = passphrase
    return kept


def known_login(account: AccountSettings, found: Examined) -> AccountSettings:
    """Give an account the login that the helpdesk knows it by, where none was given and it is an address."""
    email = found.me.email
    plain = "@" in email and " " not in email and email.isprintable() and len(email) <= _LONGEST_LOGIN
    return replace(account, login=email) if plain and not account.login else account


def keyring_trouble(paths: Paths) -> str:
    """Tell why the keyring cannot keep a secret; empty where it can. May take as long as its deadline."""
    from agentconsole.secrets import Secrets

    return Secrets(paths.secrets_dir).keyring_trouble()


PassphraseNeed = Literal["known", "the file's", "a new one"]


def passphrase_need(paths: Paths) -> PassphraseNeed:
    """Tell whether a passphrase must be given for the encrypted file, or chosen."""
    from agentconsole.secrets_encrypted import PASSPHRASE_VARIABLE, secrets_file

    if os.environ.get(PASSPHRASE_VARIABLE):
        return "known"
    return "the file's" if secrets_file(paths.secrets_dir).exists() else "a new one"


def check_passphrase(paths: Paths, form: Form) -> None:
    """See that the passphrase is there, twice the same where it is a new one.

    Raises:
        SecretError: It is not.
    """
    need = passphrase_need(paths)
    if form.store != "encrypted" or need == "known":
        return
    if not form.passphrase:
        raise SecretError("The passphrase is missing.")
    if need == "a new one" and form.passphrase != form.again:
        raise SecretError("The two passphrases differ.")
