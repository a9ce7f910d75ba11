"""Which helpdesks there are. Importing this costs no network library: adapters are imported when opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings, AuthKind
from agentconsole.domain.changes import Change, StepPlan
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValues
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.rt import steps as rt_steps
from agentconsole.helpdesks.zendesk import steps as zendesk_steps

KINDS: Final[tuple[str, ...]] = ("zendesk", "rt")
"""Words that an account's `kind` may be."""

AUTHS: Final[dict[str, tuple[AuthKind, ...]]] = {
    "zendesk": ("token", "bearer"),
    "rt": ("token", "password"),
}
"""How one can log in to each kind."""


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


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no helpdesk that is known here; it can be {', '.join(KINDS)}.")
