"""What a login may do, and what a first sync will cost: asked of the helpdesk, told in plain words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agentconsole.desk.accounts import no_helpdesk_there
from agentconsole.desk.first_sync_cost import Estimate, estimate
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import NotFound, Unreachable
from agentconsole.domain.people import Identity
from agentconsole.helpdesks.base import Rights
from agentconsole.sync.logins import credential

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.secrets import SecretStore

DEADLINE_SECONDS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about a login."""

    me: Identity
    rights: Rights
    estimate: Estimate | None
    """None where the helpdesk does not count."""


def examine(account: AccountSettings, secrets: SecretStore, clock: Clock, history_months: int) -> Examined:
    """Ask the helpdesk who the login is and what it may do; writes nothing there.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
        SecretError: The secret is not to be had.
    """
    return asyncio.run(examine_here(account, secrets, clock, history_months))


async def examine_here(
    account: AccountSettings, secrets: SecretStore, clock: Clock, history_months: int
) -> Examined:
    """Do as `examine`, on the loop that runs; cancelling it ends the requests.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
        SecretError: The secret is not to be had.
    """
    from agentconsole.helpdesks.registry import open_helpdesk, rights_of

    secret = await asyncio.to_thread(secrets.get, account)
    used = credential(account, secrets, clock, lambda: secret)
    # Network libraries take a moment to load, which must not stop a screen.
    helpdesk = await asyncio.to_thread(
        open_helpdesk, account.kind, account, used, clock, history_months=history_months
    )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                me = await helpdesk.whoami()
            except NotFound as error:
                raise no_helpdesk_there(account, error) from error
            rights = await rights_of(helpdesk)
    except TimeoutError:
        raise Unreachable(
            f"{account.name}: {account.url} did not answer within {DEADLINE_SECONDS:g} s."
        ) from None
    finally:
        await helpdesk.close()
    return Examined(me, rights, estimate(rights, history_months))


def words(account: AccountSettings, rights: Rights) -> tuple[str, ...]:
    """Say what a login may do, a sentence each."""
    from agentconsole.helpdesks.registry import kind_of

    told = ["It may read tickets." if rights.reads else "It may not read tickets: nothing can be shown."]
    if account.read_only:
        told.append("The account is read-only: what you write is kept here, nothing is sent.")
    elif rights.writes is None:
        told.append("Whether it may reply will show with the first reply.")
    elif not rights.writes:
        told.append("It may not write: replies will be refused. Ask an admin, or use it with --read-only.")
    elif rights.notes_only:
        told.append("It may write internal notes, but no public replies (a light agent).")
    else:
        told.append("It may reply, write notes and change tickets.")
    if not kind_of(account.kind).exports:
        return tuple(told)
    if rights.exports:
        told.append("It may use the exports (an admin's right), so history comes in large pages.")
    else:
        told.append(
            "It may not use the exports (they are for admins), so history comes by search, more slowly."
        )
    return tuple(told)
