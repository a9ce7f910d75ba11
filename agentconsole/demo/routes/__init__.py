"""The endpoints, a module per kind of record."""

from __future__ import annotations

from agentconsole.demo.call import Endpoint
from agentconsole.demo.routes import (
    attachments,
    bulk,
    comments,
    groups,
    help_center,
    incremental,
    macros,
    oauth,
    search,
    setup,
    testing,
    tickets,
    users,
    views,
)
from agentconsole.demo.settings import Settings


def all_endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    """Every endpoint, in the order in which paths are tried."""
    return (
        *bulk.ENDPOINTS,
        *tickets.ENDPOINTS,
        *comments.ENDPOINTS,
        *incremental.ENDPOINTS,
        *users.ENDPOINTS,
        *groups.ENDPOINTS,
        *macros.ENDPOINTS,
        *views.ENDPOINTS,
        *setup.ENDPOINTS,
        *attachments.ENDPOINTS,
        *oauth.ENDPOINTS,
        *search.ENDPOINTS,
        *help_center.ENDPOINTS,
        *(testing.ENDPOINTS if settings.fault_endpoint else ()),
    )
