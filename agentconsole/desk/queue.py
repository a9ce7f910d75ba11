"""The queue: which tickets, in which order, and their rows."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agentconsole.desk.context import Desk
from agentconsole.domain.queries import Query, Sort, parse_query
from agentconsole.domain.queue_rows import QueueRow

if TYPE_CHECKING:
    from agentconsole.domain.views import FeedDelta
    from agentconsole.store.read_knowledge import AccountView


def query_of(query_text: str) -> Query | None:
    """Read a query; an empty one is no query: every ticket that is not spam or deleted.

    Raises:
        QueryError: It does not parse; carries the position.
    """
    return parse_query(query_text) if query_text.strip() else None


def ticket_ids(desk: Desk, query_text: str, sort: Sort) -> array[int]:
    """List the local ids of all tickets that a query finds, in order.

    Raises:
        QueryError: The query does not parse.
    """
    return desk.queue.ticket_ids(query_of(query_text), sort, desk.clock.now())


def rows(desk: Desk, ids: Sequence[int]) -> dict[int, QueueRow]:
    """Read the rows of at most 64 tickets; those that are gone are left out."""
    return desk.queue.queue_rows(ids)


def changes_since(desk: Desk, sequence: int) -> FeedDelta:
    """Tell what changed in the database since a sequence number of the change feed."""
    return desk.reader.feed_since(sequence)


def saved_views(desk: Desk) -> tuple[AccountView, ...]:
    """List the helpdesks' saved views that the console can show, in their own order.

    Where there are several accounts, a view says whose it is, and finds that account's tickets alone.
    """
    shown = tuple(found for found in desk.reader.views() if found.view.query is not None)
    return tuple(_own(found) for found in shown) if desk.several_accounts else shown


def _own(found: AccountView) -> AccountView:
    view = found.view
    return replace(
        found,
        view=replace(
            view,
            title=f"{found.account}: {view.title}",
            query=f"account:{found.account} {view.query or ''}".rstrip(),
        ),
    )
