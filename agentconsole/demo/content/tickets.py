"""All tickets of the demo in the order of their ids: the hand-written ones among the bulk."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from agentconsole.demo.content.bulk import Writer
from agentconsole.demo.content.chance import generator, rank_by_weight
from agentconsole.demo.content.clock_face import DAY, HOUR, moments
from agentconsole.demo.content.story import Story, stories
from agentconsole.demo.content.threads import Threads
from agentconsole.demo.records import CompanyRecord, TicketRecord

FIRST_TICKET = 1001
_DEFAULT_COUNT, _DEFAULT_UNSOLVED = 1500, 180


def unsolved_among(count: int) -> int:
    """Return how many of `count` tickets are unsolved: 180 of 1,500, some 2,200 of 100,000."""
    return min(count, int(_DEFAULT_UNSOLVED * (count / _DEFAULT_COUNT) ** 0.6))


def people_for(count: int) -> int:
    """Return how many customers suit `count` tickets: 400 for 1,500, at most 4,000."""
    return int(min(4000, max(120, 400 * (count / _DEFAULT_COUNT) ** 0.6)))


def tickets(company: CompanyRecord, count: int, seed: int, now: int) -> Iterator[TicketRecord]:
    """Yield `count` tickets with their threads, ids ascending by creation, as of `now` (seconds).

    The same arguments give the same tickets. With fewer than the hand-written ones the first of those
    are given: the agent's own come first.
    """
    told = sorted(stories(company, now)[:count], key=lambda story: story.created_at)
    rng = generator(seed, "tickets")
    times = moments(count - len(told), now, rng)
    before = [bisect_right(times, story.created_at) for story in told]
    ids = {
        story.key: FIRST_TICKET + at + rank for rank, (story, at) in enumerate(zip(told, before, strict=True))
    }
    wanted = unsolved_among(count) - sum(story.unsolved for story in told)
    unsolved = rank_by_weight(rng, [_likely_unsolved(now - at) for at in times], max(0, wanted))
    threads = Threads(Writer(company), now, rng)
    threads.colleagues(_by_organization(company))
    waiting: list[Story] = told[::-1]
    positions = before[::-1]
    number = FIRST_TICKET
    for at, created_at in enumerate(times):
        while waiting and positions[-1] <= at:
            positions.pop()
            yield waiting.pop().record(ids)
            number += 1
        yield threads.ticket(number, created_at, unsolved=at in unsolved)
        number += 1
    while waiting:
        yield waiting.pop().record(ids)


def _likely_unsolved(age: int) -> float:
    if age < 6 * HOUR:
        return 12.0
    if age < DAY:
        return 5.0
    return 2.0 * math.exp(-age / (6 * DAY)) + 1e-9


def _by_organization(company: CompanyRecord) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    strangers = {profile.user_id for profile in company.profiles if profile.key is None}
    for user in company.users:
        if user.organization_id is not None and user.id in strangers:
            found[user.organization_id].append(user.id)
    return found
