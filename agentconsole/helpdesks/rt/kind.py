"""Request Tracker, as the registry knows it; the network is imported when an account is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.kinds import HelpdeskKind
from agentconsole.helpdesks.rt import steps


def _open(
    account: AccountSettings,
    secret: Callable[[], str],
    clock: Clock,
    *,
    history_months: int = 12,
    read_file: Callable[[str], bytes] | None = None,
) -> Helpdesk:
    from agentconsole.helpdesks.rt.adapter import RtHelpdesk

    return RtHelpdesk(account, secret, clock, history_months=history_months, read_file=read_file)


def _address(pasted: str) -> str:
    from agentconsole.helpdesks.rt.client import base_of

    return base_of(pasted)


def _wrong(account: AccountSettings) -> str | None:
    if not account.login:
        return "Request Tracker does not tell whose a token is: give your login with --login."
    return None


KIND: Final = HelpdeskKind(
    name="rt",
    title="Request Tracker 5",
    auths=("token", "password"),
    ways=(
        ("token", "with an authentication token from your settings"),
        ("password", "with your password"),
    ),
    open=_open,
    steps=steps.plan,
    address=_address,
    ticket_url=steps.ticket_url,
    login_needed=frozenset({"token", "password"}),
    # The default lifecycle has no way from nothing to stalled.
    first_statuses=("open", "solved"),
    deleted_means="Request Tracker gives it the status deleted: no search there finds it any more.",
    wrong=_wrong,
)
