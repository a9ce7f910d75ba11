"""Which feed is read when."""

from __future__ import annotations

import random

from agentconsole.domain.times import MINUTE, SECOND
from agentconsole.sync.schedule import EXPORT_LAG, STREAMS, Backoff, Clockwork, wait_after

NOW = 1_000 * MINUTE


def test_what_the_agent_works_on_comes_first() -> None:
    clockwork = Clockwork.starting(NOW, 60, STREAMS)
    order: list[str] = []
    while (stream := clockwork.next(NOW)) is not None:
        order.append(stream)
        pages = order.count(stream)
        more = stream in ("tickets", "messages", "people") and pages < 3
        clockwork.read(stream, NOW, more=more, changed=True, history=stream == "tickets" and pages >= 2)
    assert order[:4] == ["fields", "groups", "tickets", "tickets"]
    assert set(order[4:7]) == {"macros", "views", "articles"}
    # History takes turns with the other long feeds instead of keeping them waiting.
    assert sorted(order[7:11]) == ["messages", "organisations", "people", "tickets"]


def test_an_idle_account_polls_tickets_alone() -> None:
    clockwork = Clockwork.starting(NOW, 60, ("tickets", "messages"))
    for stream in ("tickets", "messages"):
        clockwork.read(stream, NOW, more=False, changed=False, history=True)
    polled: list[str] = []
    for minute in range(1, 11):
        while (due := clockwork.next(NOW + minute * MINUTE)) is not None:
            polled.append(due)
            clockwork.read(due, NOW + minute * MINUTE, more=False, changed=False, history=True)
    assert polled == ["tickets"] * 10


def test_changed_tickets_bring_their_messages_when_the_export_shows_them() -> None:
    clockwork = Clockwork.starting(NOW, 60, ("tickets", "messages"))
    clockwork.read("messages", NOW, more=False, changed=False)
    clockwork.read("tickets", NOW, more=False, changed=True, history=True)
    assert clockwork.due["messages"] == NOW + EXPORT_LAG


def test_a_feed_can_be_postponed_dropped_and_hurried() -> None:
    clockwork = Clockwork.starting(NOW, 60, ("tickets", "macros"))
    clockwork.postpone("tickets", NOW + MINUTE)
    clockwork.drop("macros")
    assert clockwork.next(NOW) is None and clockwork.next_at() == NOW + MINUTE
    clockwork.hurry(NOW)
    assert clockwork.next(NOW) == "tickets"


def test_who_asks_during_a_poll_gets_another() -> None:
    """What came after the poll's first page was read may be what the agent waits for."""
    clockwork = Clockwork.starting(NOW, 60, ("tickets",))
    for more in (True, False):
        assert clockwork.next(NOW) == "tickets"
        clockwork.hurry(NOW)
        clockwork.read("tickets", NOW, more=more, changed=False)
    assert clockwork.next(NOW) == "tickets"
    clockwork.read("tickets", NOW, more=False, changed=False)
    assert clockwork.next(NOW) is None


def test_waits_grow_with_jitter_up_to_a_limit() -> None:
    backoff = Backoff(SECOND, 8 * SECOND, random.Random(1))
    waits = [backoff.failed() for _ in range(8)]
    assert all(SECOND // 2 <= wait <= 8 * SECOND for wait in waits)
    assert min(waits[4:]) >= 4 * SECOND and len(set(waits)) > 4
    backoff.succeeded()
    assert backoff.failed() <= SECOND
    assert wait_after(1, random.Random(1)) <= 2 * SECOND
    assert 150 * SECOND <= wait_after(99, random.Random(1)) <= 300 * SECOND
