"""Who is asking: their other tickets on all helpdesks, what is noted about them, and their time of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agentconsole.desk.context import Desk
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.ticket_words import UNSOLVED
from agentconsole.domain.views import TicketDetail

SHOWN: Final = 5
"""How many of a customer's other tickets are listed."""


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of a ticket's customer beside the ticket itself."""

    ticket_id: int
    """The ticket that it was read for."""
    tickets: tuple[QueueRow, ...] = ()
    """Their other tickets, the last changed first, at most `SHOWN`."""
    total: int = 0
    open: int = 0
    """How many of all their other tickets are not solved."""
    elsewhere: tuple[str, ...] = ()
    """Other accounts that know somebody of the same mail address."""


def customer_of(desk: Desk, detail: TicketDetail) -> Customer:
    """Read what is known of a ticket's customer; goes through all tickets, so it is read behind."""
    person = detail.requester
    if person is None:
        return Customer(detail.row.ticket_id)
    account_id = desk.account(detail.row.account).id
    people = [(account_id, person.remote_id)]
    if person.email:
        people += [one for one in desk.reader.people_of_address(person.email) if one not in people]
    found = [one for one in desk.reader.tickets_asked_by(people) if one[0] != detail.row.ticket_id]
    first = [ticket_id for ticket_id, _ in found[:SHOWN]]
    rows = desk.reader.queue_rows(first)
    names = {state.id: state.name for state in desk.reader.account_states()}
    others = dict.fromkeys(names[account] for account, _ in people[1:] if account in names)
    return Customer(
        ticket_id=detail.row.ticket_id,
        tickets=tuple(rows[one] for one in first if one in rows),
        total=len(found),
        open=sum(status in UNSOLVED for _, status in found),
        elsewhere=tuple(name for name in others if name != detail.row.account),
    )


@lru_cache(maxsize=64)
def zone_named(name: str | None) -> tzinfo | None:
    """Find a time zone by its IANA name; None for a name that is none."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
