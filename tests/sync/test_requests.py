"""What the embedded helpdesk is asked for, counted by what it was for; `pytest -rP` shows the figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from tests.support.counting import Ledger
from tests.support.faulty_proxy import FaultyProxy
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import FIRST_CUSTOMER
from tests.sync.rig import Rig

TICKETS = 40


@pytest.fixture(scope="module")
def many() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=TICKETS) as server:
        yield server


@pytest.mark.parametrize("admin", [False, True])
async def test_few_requests_to_read_all_to_poll_and_to_open(
    many: RunningHelpdesk, tmp_path: Path, admin: bool
) -> None:
    others = many.new_ticket(FIRST_CUSTOMER, "Nobody's yet", "Hello?")
    # What changed in the last seconds is read once more.
    many.advance(10)
    proxy = FaultyProxy(many.server.port, lambda data: data)
    rig = Rig.make(many, tmp_path, url=proxy.url, admin=admin)
    rig.config = replace(rig.config, sync=replace(rig.config.sync, poll_seconds=600, history_months=24))
    ledger = Ledger(proxy.requests)

    def connect(account: AccountSettings, secret: Callable[[], str]) -> Helpdesk:
        return ledger.watch(ZendeskHelpdesk(account, secret, rig.clock, history_months=24))

    rig.connect = connect

    def unread() -> list[int]:
        with rig.console() as conn:
            rows = conn.execute(
                "SELECT id FROM ticket WHERE hidden = 0 AND thread_read_at IS NULL"
            ).fetchall()
        return [int(row[0]) for row in rows]

    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok", "the first sync", 60)
        if admin:
            in_bulk = [call for call in ledger.calls if call.verb == "messages"]
            assert in_bulk and not in_bulk[-1].answer.more
        else:
            begun = rig.clock.now()
            for local in unread():
                rig.writer.request_thread(local, begun)
            worker.wake()
            await rig.until(lambda: not unread(), "all threads", 60)
        with rig.console() as conn:
            tickets = conn.execute("SELECT count(*) FROM ticket").fetchone()[0]
        told: dict[str, float] = {
            "tickets": tickets,
            "first_sync_a_ticket": ledger.requests("changes", "thread", "messages") / tickets,
        }
        before = len(ledger.polls())
        worker.accounts[0].hurry()
        await rig.until(lambda: len(ledger.polls()) > before, "a poll")
        told["idle_poll"] = len(ledger.polls()[-1])
        number = str(others)
        opened = len(ledger.openings(number))
        rig.writer.request_thread(rig.detail(others).row.ticket_id, rig.clock.now())
        worker.wake()
        await rig.until(lambda: len(ledger.openings(number)) > opened, "the ticket to be opened")
        told["open_of_another"] = len(ledger.openings(number)[-1])
    rig.close()
    proxy.close()
    sys.stdout.write(json.dumps({"helpdesk": "embedded", "admin": admin, **told}) + "\n")
    assert tickets >= TICKETS
    assert told["first_sync_a_ticket"] <= 3
    assert 1 <= told["idle_poll"] <= 2, ledger.polls()[-1]
    assert 1 <= told["open_of_another"] <= 2, ledger.openings(number)[-1]
