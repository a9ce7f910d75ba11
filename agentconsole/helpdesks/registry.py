"""Which helpdesks there are. Importing this costs no network library: adapters are imported when opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings, AuthKind
from agentconsole.domain.changes import Change, StepPlan
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.tickets import FieldValues
from agentconsole.helpdesks.base import Helpdesk, KnowsRights, LoginAttempt, Rights
from agentconsole.helpdesks.rt import steps as rt_steps
from agentconsole.helpdesks.zendesk import addresses as zendesk_addresses
from agentconsole.helpdesks.zendesk import steps as zendesk_steps

KINDS: Final[tuple[str, ...]] = ("zendesk", "rt")
"""Words that an account's `kind` may be."""

AUTHS: Final[dict[str, tuple[AuthKind, ...]]] = {
    "zendesk": ("token", "bearer", "oauth"),
    "rt": ("token", "password"),
}
"""How one can log in to each kind."""

DEFAULT_CLIENT: Final = "agentconsole"
"""The identifier under which the guide has an admin register the OAuth client."""


def steps_for(kind: str, change: Change) -> tuple[StepPlan, ...]:
    """Plan the requests that a Change needs; its own `steps` are not looked at.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    _check(kind)
    return rt_steps.plan(change) if kind == "rt" else zendesk_steps.plan(change)


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
    _check(kind)
    if kind == "rt":
        return ()
    return zendesk_steps.missing_to_solve(fields, values, form)


def ticket_url(kind: str, address: str, remote_ticket: str) -> str | None:
    """Tell where an agent finds a ticket in the helpdesk's own pages; None for one that is not there.

    Args:
        kind: The account's kind.
        address: The account's address.
        remote_ticket: Remote id of the ticket.

    Raises:
        UsageError: There is no such kind of helpdesk.
    """
    _check(kind)
    if kind == "rt":
        return rt_steps.ticket_url(address, remote_ticket)
    return zendesk_steps.ticket_url(address, remote_ticket)


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
        kind: One of KINDS.
        account: Name, address and login.
        secret: Gives the token; called for each request, may raise SecretError.
        clock: Tells how far back the history begins.
        history_months: How far back history is read.
        read_file: Gives a file to send by its SHA-256.

    Raises:
        UsageError: There is no such kind of helpdesk.
        Unreachable: The address is none.
    """
    _check(kind)
    if kind == "rt":
        from agentconsole.helpdesks.rt.adapter import RtHelpdesk

        return RtHelpdesk(account, secret, clock, history_months=history_months, read_file=read_file)
    from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk

    return ZendeskHelpdesk(account, secret, clock, history_months=history_months, read_file=read_file)


def begin_login(account: AccountSettings, client_id: str, redirect: str) -> LoginAttempt:
    """Prepare signing in by the browser; a read-only account asks for reading alone.

    Raises:
        UsageError: Its kind of helpdesk has no such login.
        Unreachable: The address is none.
    """
    _check_oauth(account)
    from agentconsole.helpdesks.zendesk import oauth

    return oauth.begin(account.url, client_id, redirect, read_only=account.read_only)


async def finish_login(account: AccountSettings, attempt: LoginAttempt, code: str, now: int) -> TokenPair:
    """Get the first pair of tokens for the code that the browser came back with.

    Raises:
        LoginRefused: The code, the client or its redirect is not accepted.
        HelpdeskError: It cannot be asked now.
    """
    _check_oauth(account)
    from agentconsole.helpdesks.zendesk import oauth

    return await oauth.exchange(account.name, account.url, attempt, code, now)


async def revoke_login(account: AccountSettings, pair: TokenPair) -> None:
    """Have an account's helpdesk forget a pair of tokens.

    Raises:
        HelpdeskError: It cannot be asked now, or does not do it.
    """
    _check_oauth(account)
    from agentconsole.helpdesks.zendesk import oauth

    await oauth.revoke(account.name, account.url, pair.access)


async def rights_of(helpdesk: Helpdesk) -> Rights:
    """Find out what the login of an opened helpdesk may do; writes nothing.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
    """
    if isinstance(helpdesk, KnowsRights):
        return await helpdesk.rights()
    capabilities = await helpdesk.capabilities()
    return Rights(reads=True, writes=None, exports=capabilities.bulk_threads)


def address_of(kind: str, pasted: str) -> str:
    """Find a helpdesk's address in what a person gives: a host, or any address from the browser.

    Raises:
        UsageError: There is no such kind of helpdesk, or it is no address.
    """
    _check(kind)
    if kind == "rt":
        from agentconsole.helpdesks.rt.client import base_of

        return base_of(pasted)
    return zendesk_addresses.base_of(pasted)


async def renew_login(account: AccountSettings, pair: TokenPair, now: int) -> TokenPair:
    """Have an account's helpdesk give the next pair of tokens; the old one is dead from then on.

    Raises:
        LoginRefused: The refresh token is not good any more.
        HelpdeskError: It cannot be asked now.
    """
    _check_oauth(account)
    from agentconsole.helpdesks.zendesk import oauth

    return await oauth.renew(account.name, account.url, pair, now)


def _check_oauth(account: AccountSettings) -> None:
    _check(account.kind)
    if "oauth" not in AUTHS[account.kind]:
        raise UsageError(f"“{account.kind}” has no login by the browser.")


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no helpdesk that is known here; it can be {', '.join(KINDS)}.")
