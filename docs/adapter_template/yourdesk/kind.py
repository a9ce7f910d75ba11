"""What the console knows of Your Desk before anything is opened. Import no network library up here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.kinds import HelpdeskKind
from yourdesk import steps


def _open(
    account: AccountSettings,
    secret: Callable[[], str],
    clock: Clock,
    *,
    history_months: int = 12,
    read_file: Callable[[str], bytes] | None = None,
) -> Helpdesk:
    from yourdesk.adapter import YourHelpdesk

    return YourHelpdesk(account, secret, clock, history_months=history_months, read_file=read_file)


KIND: Final = HelpdeskKind(
    name="yourdesk",
    title="Your Desk",
    auths=("bearer",),
    ways=(("bearer", "with an access token, which Your Desk makes in your profile"),),
    open=_open,
    steps=steps.plan,
    address=steps.address_of,
    ticket_url=steps.ticket_url,
)
