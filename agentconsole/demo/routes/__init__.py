"""The endpoints, a module per kind of record."""

from __future__ import annotations

from agentconsole.demo.call import Endpoint
from agentconsole.demo.routes import comments, groups, incremental, tickets, users
from agentconsole.demo.settings import Settings


def all_endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    """Every endpoint, in the order in which paths are tried."""
    return (
        *tickets.ENDPOINTS,
        *comments.ENDPOINTS,
        *incremental.ENDPOINTS,
        *users.ENDPOINTS,
        *groups.ENDPOINTS,
    )
