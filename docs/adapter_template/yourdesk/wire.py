"""From the server's JSON to the words of the domain. Pure; raise ValueError or KeyError for no record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.people import Identity
from agentconsole.domain.tickets import RemoteTicket
from agentconsole.helpdesks.faults import Refusal
from yourdesk.filling_in import fill_in


def identity(data: Any) -> Identity:
    """Read who the login is."""
    raise fill_in("wire.identity", "id, name, mail address, role and the organisation's own mail domains")


def ticket(row: Mapping[str, Any]) -> RemoteTicket:
    """Read a ticket: `fields` in the server's own keys, `status` and `priority` normalised."""
    raise fill_in("wire.ticket", "a RemoteTicket of one row of a listing, times in UTC microseconds")


def message(row: Mapping[str, Any], ticket: str) -> RemoteMessage:
    """Read a message of a thread, its text as received."""
    raise fill_in("wire.message", "a RemoteMessage; `note` for whatever a customer never sees")


def refusal(status: int, data: Any) -> Refusal:
    """Read an error answer's own words; None where it is no JSON."""
    return Refusal()
