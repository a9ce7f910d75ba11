"""Zendesk, as the registry knows it; the network is imported when an account is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.kinds import BrowserLogin, HelpdeskKind
from agentconsole.helpdesks.zendesk import addresses, steps


def _open(
    account: AccountSettings,
    secret: Callable[[], str],
    clock: Clock,
    *,
    history_months: int = 12,
    read_file: Callable[[str], bytes] | None = None,
) -> Helpdesk:
    from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk

    return ZendeskHelpdesk(account, secret, clock, history_months=history_months, read_file=read_file)


def _browser() -> BrowserLogin:
    from agentconsole.helpdesks.zendesk import oauth

    return oauth


def _wrong(account: AccountSettings) -> str | None:
    if account.auth == "token" and "@" not in account.login:
        return "An API token needs the login it belongs to: give your mail address with --login."
    return None


KIND: Final = HelpdeskKind(
    name="zendesk",
    title="Zendesk",
    auths=("token", "bearer", "oauth"),
    ways=(
        ("browser", "in the browser (OAuth), which is the usual way"),
        ("pair", "with an OAuth access token and its refresh token"),
        ("token", "with an API token (all of them end on 2027-04-30)"),
    ),
    open=_open,
    steps=steps.plan,
    address=addresses.base_of,
    ticket_url=steps.ticket_url,
    missing_to_solve=steps.missing_to_solve,
    login_needed=frozenset({"token"}),
    login_question="Your login, a mail address",
    wrong=_wrong,
    browser=_browser,
    new_again=False,
    deleted_means="Zendesk keeps a deleted ticket for 30 days: until then an admin can restore it there.",
    exports=True,
)
