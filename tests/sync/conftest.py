"""One embedded helpdesk a module, a profile a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agentconsole.domain.times import SECOND
from agentconsole.sync import account, delivery, sender
from agentconsole.sync.schedule import wait_after
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.proxy import CuttingProxy
from tests.sync.rig import Rig


@pytest.fixture(scope="module")
def shared_server() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=12) as server:
        yield server


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again, and what is held is looked at, ten times as soon as else."""
    monkeypatch.setattr(account, "PROBE_FIRST", SECOND // 50)
    monkeypatch.setattr(sender, "_WAITING_SECONDS", 0.05)
    monkeypatch.setattr(delivery, "wait_after", lambda *args, **named: wait_after(*args, **named) // 10)


@pytest.fixture
def server(shared_server: RunningHelpdesk) -> RunningHelpdesk:
    shared_server.clear_faults()
    return shared_server


@pytest.fixture
def rig(server: RunningHelpdesk, tmp_path: Path) -> Iterator[Rig]:
    made = Rig.make(server, tmp_path)
    yield made
    server.clear_faults()
    made.close()


@pytest.fixture
async def proxy(server: RunningHelpdesk) -> AsyncIterator[CuttingProxy]:
    """The line to the helpdesk, which breaks where it is told to."""
    made = CuttingProxy(server.server.port)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def cut_rig(server: RunningHelpdesk, proxy: CuttingProxy, tmp_path: Path) -> Iterator[Rig]:
    """A profile whose helpdesk is behind the proxy and soon done with a request."""
    made = Rig.make(server, tmp_path, url=proxy.url)
    from tests.sync.test_push import quick

    quick(made)
    yield made
    made.close()
