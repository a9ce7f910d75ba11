from __future__ import annotations

import pytest

from agentconsole.demo.content import company, tickets
from agentconsole.demo.records import CompanyRecord, TicketRecord

NOW = 1_795_370_000
SEED = 7


@pytest.fixture(scope="package")
def now() -> int:
    return NOW


@pytest.fixture(scope="package")
def nettlebay() -> CompanyRecord:
    return company(SEED, NOW)


@pytest.fixture(scope="package")
def desk(nettlebay: CompanyRecord) -> tuple[TicketRecord, ...]:
    return tuple(tickets(nettlebay, 1500, SEED, NOW))


@pytest.fixture(scope="package")
def told(desk: tuple[TicketRecord, ...]) -> tuple[TicketRecord, ...]:
    return tuple(ticket for ticket in desk if ticket.key is not None)
