"""A worker in a process of its own that is killed, as by kill -9, at a chosen point.

python -m tests.sync.killed POINT HOME UUID URL LOGIN SHIFT     (the token in TEST_TOKEN)
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentconsole.config import Config, Paths, SyncSettings
from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Capabilities, Helpdesk
from agentconsole.helpdesks.zendesk import tickets_feed
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.sync.worker import Worker
from tests.sync.rig import FixedSecrets, ShiftedClock

SMALL_PAGE = 20


class Quick(ZendeskHelpdesk):
    """Is done with a request soon, so that a lost answer is looked for soon."""

    async def capabilities(self) -> Capabilities:
        return replace(await super().capabilities(), settle_seconds=0.05)


def die() -> None:
    """End as with kill -9: nothing is closed, nothing is written."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> None:
    """Die instead of calling a method."""
    setattr(owner, name, lambda *args, **kwargs: die())


def after(owner: Any, name: str) -> None:
    """Die when a method has done its work, before its caller hears of it."""
    whole: Callable[..., Any] = getattr(owner, name)

    if asyncio.iscoroutinefunction(whole):

        async def called(*args: Any, **kwargs: Any) -> Any:
            result = await whole(*args, **kwargs)
            die()
            return result

        setattr(owner, name, called)
        return

    def called_at_once(*args: Any, **kwargs: Any) -> Any:
        result = whole(*args, **kwargs)
        die()
        return result

    setattr(owner, name, called_at_once)


def in_page(number: int) -> None:
    """Die in the middle of storing a page of tickets."""
    whole = Ingest._put_slice
    calls = 0

    def called(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            die()
        return whole(*args, **kwargs)

    Ingest._put_slice = called  # type: ignore[method-assign]


POINTS: dict[str, Callable[[], None]] = {
    "before the claim": lambda: before(Outbox, "claim"),
    "after the claim": lambda: after(Outbox, "claim"),
    "before the request": lambda: before(ZendeskHelpdesk, "apply"),
    "after the request": lambda: after(ZendeskHelpdesk, "apply"),
    "before settling": lambda: before(Outbox, "settle_sent"),
    "after settling": lambda: after(Outbox, "settle_sent"),
    "in page 3": lambda: in_page(3),
    "in page 6": lambda: in_page(6),
}


def main() -> None:
    """Run the worker until it dies."""
    point, home, identity, url, login, shift = sys.argv[1:]
    vars(tickets_feed)["EXPORT_PAGE"] = SMALL_PAGE
    POINTS[point]()
    account = AccountSettings(identity, "demo", "zendesk", url, login)
    clock = ShiftedClock(int(shift))
    months = 12 if point.startswith("in page") else 0

    def connect(settings: AccountSettings, secret: Callable[[], str]) -> Helpdesk:
        return Quick(settings, secret, clock, history_months=months)

    worker = Worker(
        Paths(Path(home)),
        once=True,
        clock=clock,
        secrets=FixedSecrets({"demo": os.environ["TEST_TOKEN"]}),
        report=lambda report: None,
        connect=connect,
    )
    asyncio.run(worker.run(Config(accounts=(account,), sync=SyncSettings(history_months=months))))


if __name__ == "__main__":
    main()
