"""Which helpdesks there are: those of this package, and those that others have installed.

Importing this costs no adapter: each is loaded when it is first asked for, and looking for installed ones
waits until an account has a kind that is not among the built-in ones.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import Change, StepPlan
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.tickets import FieldValues
from agentconsole.helpdesks.kinds import BrowserLogin, HelpdeskKind

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from agentconsole.helpdesks.base import Helpdesk, LoginAttempt, Rights

GROUP: Final = "agentconsole.helpdesks"
"""The entry points by which other packages bring adapters; the name is the kind."""

BUILT_IN: Final = ("zendesk", "rt")

DEFAULT_KIND: Final = "zendesk"

TITLES: Final[dict[str, str]] = {"zendesk": "Zendesk", "rt": "Request Tracker"}
"""What each kind is called."""

MARKDOWN_KINDS: Final = frozenset({"zendesk"})
"""Kinds whose replies go as HTML, made of the Markdown that the agent wrote; the others send plain text."""

DEFAULT_CLIENT: Final = "agentconsole"
"""The identifier under which the guide has an admin register the OAuth client."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")

_log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")


def kinds() -> tuple[str, ...]:
    """Words that an account's `kind` may be: the built-in ones, then the installed ones by name.

    Nothing is loaded, so one that turns out to be broken is among them.
    """
    return (*BUILT_IN, *sorted(_installed()))


def kind_of(name: str) -> HelpdeskKind:
    """Give what is known of a kind of helpdesk, loaded at the first call.

    Raises:
        UsageError: There is none of that name, or its adapter cannot be used; says why.
    """
    if name in BUILT_IN:
        return _built_in(name)
    found = _installed().get(name)
    if found is None:
        raise UsageError(f"“{name}” is no helpdesk that is known here; it can be {', '.join(kinds())}.")
    return _loaded(found)


def faults() -> tuple[str, ...]:
    """Say of each installed adapter that cannot be used why, in a sentence."""
    told: list[str] = []
    for entry in _entries():
        if _installed().get(entry.name) is entry:
            try:
                _loaded(entry)
            except UsageError as error:
                told.append(error.sentence)
        elif entry.name in BUILT_IN:
            told.append(f"{_whose(entry)} is left aside: this kind of helpdesk is built in.")
        elif _NAME.fullmatch(entry.name) is None:
            told.append(f"{_whose(entry)} is left aside: a kind has small letters, digits, - and _.")
        else:
            told.append(f"{_whose(entry)} is left aside: another package brings that kind too.")
    return tuple(told)


def steps_for(kind: str, change: Change) -> tuple[StepPlan, ...]:
    """Plan the requests that a Change needs; its own `steps` are not looked at.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    return _asked(kind, lambda one: one.steps(change))


def missing_to_solve(
    kind: str, fields: Sequence[TicketField], values: FieldValues, form: str | None = None
) -> tuple[TicketField, ...]:
    """Tell which fields the helpdesk would ask for if a ticket were solved with these values.

    Args:
        kind: The account's kind.
        fields: The account's fields.
        values: The ticket's values as they would be, edits included.
        form: Remote id of the ticket's form; by default what the values name as `form`.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    return _asked(kind, lambda one: one.missing_to_solve(fields, values, form))


def first_statuses(kind: str) -> tuple[str, ...]:
    """List the normalised statuses, beside `new`, that a ticket can be made with.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    return kind_of(kind).first_statuses


def deleted_means(kind: str) -> str:
    """Say what becomes of a ticket that is deleted; empty where there is nothing to add.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    return kind_of(kind).deleted_means


def ticket_url(kind: str, address: str, remote_ticket: str) -> str | None:
    """Tell where an agent finds a ticket in the helpdesk's own pages; None for one that is not there.

    Args:
        kind: The account's kind.
        address: The account's address.
        remote_ticket: Remote id of the ticket.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    return _asked(kind, lambda one: one.ticket_url(address, remote_ticket))


def address_of(kind: str, pasted: str) -> str:
    """Find a helpdesk's address in what a person gives: a host, or any address from the browser.

    Raises:
        UsageError: There is no such kind of helpdesk, or it is no address.
    """
    return _asked(kind, lambda one: one.address(pasted))


def check_account(account: AccountSettings) -> None:
    """Refuse an account that its kind of helpdesk cannot use.

    Raises:
        UsageError: Names what is wrong.
    """
    kind = kind_of(account.kind)
    if account.auth not in kind.auths:
        ways = " or ".join(kind.auths)
        raise UsageError(f"“{kind.name}” takes no {account.auth}: log in with --auth {ways}.")
    wrong = _asked(account.kind, lambda one: one.wrong(account))
    if wrong is not None:
        raise UsageError(wrong)


def open_helpdesk(
    kind: str,
    account: AccountSettings,
    secret: Callable[[], str],
    clock: Clock,
    *,
    history_months: int = 12,
    read_file: Callable[[str], bytes] | None = None,
) -> Helpdesk:
    """Open an account's helpdesk; nothing is connected yet.

    Args:
        kind: One of `kinds`.
        account: Name, address and login.
        secret: Gives the token; called for each request, may raise SecretError.
        clock: Tells how far back the history begins.
        history_months: How far back history is read.
        read_file: Gives a file to send by its SHA-256.

    Raises:
        UsageError: There is no such kind of helpdesk, or its adapter cannot be used.
        Unreachable: The address is none.
    """
    return _asked(
        kind,
        lambda one: one.open(account, secret, clock, history_months=history_months, read_file=read_file),
    )


def begin_login(account: AccountSettings, client_id: str, redirect: str) -> LoginAttempt:
    """Prepare signing in by the browser; a read-only account asks for reading alone.

    Raises:
        UsageError: Its kind of helpdesk has no such login.
        Unreachable: The address is none.
    """
    return _browser(account).begin(account.url, client_id, redirect, read_only=account.read_only)


async def finish_login(account: AccountSettings, attempt: LoginAttempt, code: str, now: int) -> TokenPair:
    """Get the first pair of tokens for the code that the browser came back with.

    Raises:
        LoginRefused: The code, the client or its redirect is not accepted.
        HelpdeskError: It cannot be asked now.
    """
    return await _browser(account).exchange(account.name, account.url, attempt, code, now)


async def renew_login(account: AccountSettings, pair: TokenPair, now: int) -> TokenPair:
    """Have an account's helpdesk give the next pair of tokens; the old one is dead from then on.

    Raises:
        LoginRefused: The refresh token is not good any more.
        HelpdeskError: It cannot be asked now.
    """
    return await _browser(account).renew(account.name, account.url, pair, now)


async def revoke_login(account: AccountSettings, pair: TokenPair) -> None:
    """Have an account's helpdesk forget a pair of tokens.

    Raises:
        HelpdeskError: It cannot be asked now, or does not do it.
    """
    await _browser(account).revoke(account.name, account.url, pair.access)


async def rights_of(helpdesk: Helpdesk) -> Rights:
    """Find out what the login of an opened helpdesk may do; writes nothing.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
    """
    from agentconsole.helpdesks.base import KnowsRights

    if isinstance(helpdesk, KnowsRights):
        return await helpdesk.rights()
    capabilities = await helpdesk.capabilities()
    return Rights(reads=True, writes=None, exports=capabilities.bulk_threads)


def _browser(account: AccountSettings) -> BrowserLogin:
    kind = kind_of(account.kind)
    if kind.browser is None or "oauth" not in kind.auths:
        raise UsageError(f"“{account.kind}” has no login by the browser.")
    return kind.browser()


def _asked(name: str, ask: Callable[[HelpdeskKind], _Answer]) -> _Answer:
    """Ask a kind something; what an adapter of others raises by mistake becomes a sentence."""
    kind = kind_of(name)
    try:
        return ask(kind)
    except ConsoleError:
        raise
    except Exception as fault:
        if name in BUILT_IN:
            raise
        _log.info("The adapter of %s failed", name, exc_info=True)
        raise UsageError(
            f"The adapter for “{name}” failed ({type(fault).__name__}): its makers have to mend it; the log "
            "has the place."
        ) from fault


@lru_cache(maxsize=len(BUILT_IN))
def _built_in(name: str) -> HelpdeskKind:
    found: HelpdeskKind = importlib.import_module(f"agentconsole.helpdesks.{name}.kind").KIND
    return found


@lru_cache(maxsize=1)
def _entries() -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


@lru_cache(maxsize=1)
def _installed() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in _entries():
        if entry.name not in BUILT_IN and _NAME.fullmatch(entry.name):
            found.setdefault(entry.name, entry)
    return found


_kinds: Final[dict[str, HelpdeskKind]] = {}


def _loaded(entry: EntryPoint) -> HelpdeskKind:
    if entry.name not in _kinds:
        try:
            kind = entry.load()
        except Exception as fault:
            # A sentence tells it; a command that has no log must not print a traceback.
            _log.info("The adapter of %s cannot be loaded", entry.name, exc_info=True)
            said = " ".join(str(fault).split())[:120]
            why = f"{type(fault).__name__}: {said}" if said else type(fault).__name__
            raise UsageError(f"{_whose(entry)} cannot be used ({why}): update that package.") from fault
        if not isinstance(kind, HelpdeskKind) or kind.name != entry.name:
            what = "another kind" if isinstance(kind, HelpdeskKind) else type(kind).__name__
            raise UsageError(
                f"{_whose(entry)} cannot be used: {entry.value} is {what}, no HelpdeskKind “{entry.name}”."
            )
        _kinds[entry.name] = kind
    return _kinds[entry.name]


def forget_installed() -> None:
    """Look for installed adapters anew."""
    _entries.cache_clear()
    _installed.cache_clear()
    _kinds.clear()


def _whose(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist is not None else "an unknown package"
    return f"The adapter for “{entry.name}” of the package {package}"
