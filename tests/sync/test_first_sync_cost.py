"""What a first sync is said to take is what it takes, within a factor of two."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentconsole.clock import Clock
from agentconsole.desk.first_sync_cost import estimate
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.sync.rig import Rig

MONTHS = 12


@pytest.fixture(scope="module")
def company() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=450, content="company", now=int(time.time()) - 3600) as server:
        yield server


@pytest.mark.parametrize("admin", [False, True])
async def test_an_estimate_is_right_within_a_factor_of_two(
    company: RunningHelpdesk, tmp_path: Path, admin: bool
) -> None:
    counted: list[str] = []

    class Counting(ZendeskHelpdesk):
        def __init__(self, account: Any, secret: Any, clock: Clock) -> None:
            super().__init__(account, secret, clock, history_months=MONTHS)
            read = self.client.http.read

            async def count(path: str, params: Any = None, *, urgent: bool = False) -> Any:
                counted.append(path)
                return await read(path, params, urgent=urgent)

            self.client.http.read = count  # type: ignore[method-assign]

    rig = Rig.make(company, tmp_path, admin=admin)
    rig.config = replace(rig.config, sync=replace(rig.config.sync, history_months=MONTHS))
    rig.connect = lambda account, secret: Counting(account, secret, rig.clock)
    asked = Counting(rig.config.accounts[0], lambda: rig.secrets.get(rig.config.accounts[0]), rig.clock)
    rights = await asked.rights()
    await asked.close()
    assert rights.exports is admin
    told = estimate(rights, MONTHS)
    assert told is not None
    counted.clear()
    began = time.monotonic()
    await rig.once()
    took = time.monotonic() - began
    rig.close()
    with closing(sqlite3.connect(rig.paths.database)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(tickets,)] = conn.execute("SELECT count(*) FROM ticket").fetchall()
    files = [rig.paths.database, *(path for path in rig.paths.index_dir.rglob("*") if path.is_file())]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    assert told.tickets == pytest.approx(tickets, rel=0.05)
    assert megabytes / 2 < told.megabytes < megabytes * 2
    assert len(counted) / 2 < told.requests < len(counted) * 2
    # This helpdesk is on the loopback: a network is what the rest of the time is for.
    assert told.minutes * 60 > took / 3
