"""What a first sync costs: time and disk, estimated from what was measured.

Measured on 2026-11-25 on two shared cores against the embedded helpdesk with 500, 2,000 and 5,000 tickets,
as `agentconsole helpdesk --tickets N` makes them, a history of 12 months and a fresh profile. Requests were
counted in the client, sizes after the last connection was closed.

                          requests           database, MB        knowledge index, MB
    tickets read      453  1,805  4,511    453  1,805  4,511
    an agent's login   78     99    163    3.7    4.7    6.6             6.1
    an admin's login   23     32     53    5.1   10.6   21.3             6.1

An agent reads tickets by search and only the threads that will be opened next; an admin reads all threads by
the exports. There were 760 articles, 400 people, and 3.1 messages a ticket, each of 180 characters of
text and somewhat more HTML. Request Tracker 5 with 294 tickets and 4 articles took 9 s and 0.5 MB on the
same machine; what it needs for a request and a ticket is measured anew each time, since servers differ
tenfold. Helpdesks whose messages are long mails need more disk, which the sentence says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agentconsole.helpdesks.base import Rights

_BYTES_AT_LEAST: Final = 400_000
"""The empty tables, people, macros."""
_BYTES_AN_ARTICLE: Final = 12_000
"""With its index."""
_ARTICLES: Final = 760
"""Where they are not counted."""
_BYTES_A_TICKET: Final = 750
_BYTES_A_THREAD: Final = 3_300
"""On disk with the indexes: a ticket alone, and what its thread adds."""

_REQUESTS_BY_SEARCH: Final = 48
_TICKETS_A_SEARCH_REQUEST: Final = 39
"""Lists and the first threads; then, of a search, a page of ids and a page of what they stand for."""
_REQUESTS_BY_EXPORT: Final = 20
_TICKETS_AN_EXPORT_REQUEST: Final = 137
_TICKETS_A_LIMITED_EXPORT: Final = 237
_LIMITED_EXPORTS_A_MINUTE: Final = 10
"""Zendesk's limit for all its incremental exports, whatever the plan."""
_THREADS_FILLED: Final = 20
"""Read with the first sync besides the agent's own where threads come one by one; others come when opened."""
_MINE_MEASURED: Final = 14
"""The agent's own unsolved tickets, where the requests by search were counted."""
_REQUESTS_A_THREAD: Final = 2

_SECONDS_AT_LEAST: Final = 2.0
"""The libraries."""
_SECONDS_AN_ARTICLE: Final = 0.005
_SECONDS_A_REQUEST: Final = 0.4
"""Over a network; the embedded helpdesk is quicker."""
_SECONDS_A_TICKET: Final = 0.001
_SECONDS_A_THREAD: Final = 0.0025
"""Parsing, cleaning, storing and indexing, with the pauses that leave the console its turn."""
_SPARE: Final = 0.5
"""The share of the helpdesk's requests a minute that a first sync takes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a first sync will take."""

    tickets: int
    """Changed within the history that is read."""
    months: int
    requests: int
    minutes: float
    megabytes: float

    @property
    def sentence(self) -> str:
        """It in words."""
        span = f"the last {self.months} months" if self.months else "what is unsolved"
        about = "under a minute" if self.minutes < 1 else f"about {self.minutes:.0f} minutes"
        if 1 <= self.minutes < 1.5:
            about = "about a minute"
        if self.minutes >= 120:
            about = f"about {self.minutes / 60:.0f} hours"
        size = f"{max(self.megabytes, 1):,.0f} MB"
        count = "1 ticket" if self.tickets == 1 else f"{self.tickets:,} tickets"
        return (
            f"A first sync reads {count} of {span}: {about}, {size} on this disk, "
            "more where messages are long. Your open tickets come first, within seconds; "
            "you can work meanwhile."
        )


def estimate(rights: Rights, months: int) -> Estimate | None:
    """Tell what a first sync will take; None where the helpdesk does not count.

    Args:
        rights: What the login may do, and how much there is.
        months: How far back history is read.
    """
    if rights.tickets is None:
        return None
    tickets = rights.tickets
    speed = rights.speed
    mine = _MINE_MEASURED if rights.mine is None else rights.mine
    threads = min(mine + _THREADS_FILLED, tickets)
    a_request, given = _SECONDS_A_REQUEST, 0.0
    if speed is not None:
        requests = speed.lists + tickets / speed.tickets_a_request + threads * speed.requests_a_thread
        limited = 0.0
        a_request, given = speed.seconds_a_request, tickets * speed.seconds_a_ticket
    elif rights.exports:
        requests = _REQUESTS_BY_EXPORT + tickets / _TICKETS_AN_EXPORT_REQUEST
        threads = tickets
        limited = tickets / _TICKETS_A_LIMITED_EXPORT / _LIMITED_EXPORTS_A_MINUTE * 60
    else:
        requests = _REQUESTS_BY_SEARCH + tickets / _TICKETS_A_SEARCH_REQUEST
        requests += max(0, mine - _MINE_MEASURED) * _REQUESTS_A_THREAD
        limited = 0.0
    articles = _ARTICLES if rights.articles is None else rights.articles
    work = (
        _SECONDS_AT_LEAST
        + articles * _SECONDS_AN_ARTICLE
        + tickets * _SECONDS_A_TICKET
        + threads * _SECONDS_A_THREAD
    )
    seconds = max(requests * a_request + given + work, limited)
    if rights.requests_a_minute:
        seconds = max(seconds, requests / (rights.requests_a_minute * _SPARE) * 60)
    size = (
        _BYTES_AT_LEAST + articles * _BYTES_AN_ARTICLE + tickets * _BYTES_A_TICKET + threads * _BYTES_A_THREAD
    )
    return Estimate(tickets, months, round(requests), seconds / 60, size / 1e6)
