"""What a login may do on Zendesk, found out by reading, and by one write that meets no ticket."""

from __future__ import annotations

from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import HelpdeskError, NotAllowed, NotFound, Rejected, Throttled
from agentconsole.domain.times import DAY, MINUTE, SECOND, format_instant
from agentconsole.helpdesks.base import Rights
from agentconsole.helpdesks.zendesk.client import ZendeskClient

MOST_TICKETS: Final = 10**9

NO_TICKET: Final = "tickets/0"
"""No ticket has this id: a write to it is refused for want of the ticket, or for want of the right."""


async def find_rights(client: ZendeskClient, clock: Clock, history_months: int, *, read_only: bool) -> Rights:
    """Find out what a login may do.

    Args:
        client: The account's API.
        clock: Tells where the history begins.
        history_months: How far back it is read.
        read_only: Don't even try a write.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
    """
    me = (await client.get("users/me", urgent=True)).get("user")
    mine: dict[str, Any] = me if isinstance(me, dict) else {}
    since = format_instant(max(clock.now() - history_months * 30 * DAY, SECOND) // SECOND * SECOND)
    history = f" updated>={since}" if history_months else " status<solved"
    return Rights(
        reads=await _allowed(client, "tickets/count"),
        writes=None if read_only else await _writes(client),
        exports=await _allowed(
            client,
            "incremental/tickets/cursor",
            {"start_time": str((clock.now() - 5 * MINUTE) // SECOND), "per_page": "1"},
        ),
        notes_only=mine.get("only_private_comments") is True,
        tickets=await _count(client, f"type:ticket{history}"),
        mine=await _count(client, "type:ticket status<solved assignee:me"),
        requests_a_minute=client.http.quota.limit,
    )


async def _allowed(client: ZendeskClient, path: str, params: dict[str, str] | None = None) -> bool:
    try:
        await client.get(path, params, urgent=True)
    except (NotAllowed, NotFound):
        return False
    except Throttled:
        # Its limit is used up, so there is one for this login.
        return True
    return True


async def _writes(client: ZendeskClient) -> bool | None:
    try:
        await client.send("PUT", NO_TICKET, {"ticket": {}})
    except NotAllowed:
        return False
    except (NotFound, Rejected):
        return True
    except HelpdeskError:
        return None
    return True


async def _count(client: ZendeskClient, query: str) -> int | None:
    try:
        data = await client.get("search/count", {"query": query}, urgent=True)
    except (Rejected, NotFound, NotAllowed):
        return None
    count = data.get("count")
    # A count beyond all tickets there are is none.
    return count if type(count) is int and 0 <= count <= MOST_TICKETS else None
