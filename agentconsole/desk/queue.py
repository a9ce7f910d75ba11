"""The queue: which tickets, in which order, and their rows."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from agentconsole.desk.context import Desk
from agentconsole.domain.errors import QueryError, UnknownField
from agentconsole.domain.queries import Query, Sort, parse_query
from agentconsole.domain.queue_rows import QueueRow

if TYPE_CHECKING:
    from agentconsole.domain.query_completion import Vocabulary
    from agentconsole.domain.views import FeedDelta

FIRST: Final = 500
"""Tickets that are shown while the rest of a long list is being sorted."""


def query_of(desk: Desk, query_text: str) -> Query | None:
    """Read a query; an empty one is no query: every ticket that is not spam, deleted or snoozed.

    Raises:
        QueryError: It does not parse; carries the position.
    """
    if not query_text.strip():
        return None
    try:
        return parse_query(query_text)
    except UnknownField:
        # Only now are the helpdesks' own fields worth reading.
        return parse_query(query_text, desk.queue.custom_fields())


def ticket_ids(desk: Desk, query_text: str, sort: Sort) -> array[int]:
    """List the local ids of all tickets that a query finds, in order.

    Raises:
        QueryError: The query does not parse.
    """
    return desk.queue.ticket_ids(query_of(desk, query_text), sort, desk.clock.now())


def first_ids(desk: Desk, query_text: str, sort: Sort) -> array[int] | None:
    """List the first screens of `ticket_ids` where the whole takes longer; None where it does not.

    Raises:
        QueryError: The query does not parse.
    """
    return desk.queue.first_ids(query_of(desk, query_text), sort, desk.clock.now(), FIRST)


def counts(desk: Desk, query_texts: Sequence[str]) -> tuple[int | None, ...]:
    """Count the tickets that each query finds, all at once; None for one that does not parse."""
    parsed: list[Query | None] = []
    broken: set[int] = set()
    for place, text in enumerate(query_texts):
        try:
            parsed.append(query_of(desk, text))
        except QueryError:
            broken.add(place)
    found = iter(desk.queue.view_counts(parsed, desk.clock.now()))
    return tuple(None if place in broken else next(found) for place in range(len(query_texts)))


def vocabulary(desk: Desk) -> Vocabulary:
    """Read what queries can name; takes long where there are many tickets."""
    return desk.reader.vocabulary()


def rows(desk: Desk, ids: Sequence[int]) -> dict[int, QueueRow]:
    """Read the rows of at most 64 tickets; those that are gone are left out."""
    return desk.queue.queue_rows(ids)


def changes_since(desk: Desk, sequence: int) -> FeedDelta:
    """Tell what changed in the database since a sequence number of the change feed."""
    return desk.reader.feed_since(sequence)
