"""What is told to an agent, and what is not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.notices import SEVERAL, Watch, Watched, sentence, told
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import DAY, HOUR, MINUTE, parse_instant

NOW = parse_instant("2026-11-22T15:00:00Z")


def watched(number: int = 41, *, mine: bool = True, answered: int | None = None, **values: object) -> Watched:
    row = QueueRow(
        ticket_id=number,
        account="demo",
        remote_id=str(number),
        status="open",
        status_label="Open",
        priority="high",
        channel="email",
        requester="Mara Klein",
        subject="Refund",
        tags=(),
        assignee="Sam" if mine else "",
        assigned_to_me=mine,
        group="",
        due_at=None,
        sla_paused=False,
        created_at=NOW - DAY,
        updated_at=NOW - HOUR,
        unread=False,
        waiting=None,
        has_draft=False,
    )
    return Watched(replace(row, **values), answered)  # type: ignore[arg-type]


def watch(*known: Watched) -> Watch:
    one = Watch(NOW)
    one.absorb(known)
    return one


def kinds(one: Watch, *after: Watched, fresh: tuple[str, ...] = ()) -> list[str]:
    return [notice.kind for notice in one.news(after, NOW, fresh)]


def test_what_was_there_is_no_news() -> None:
    assert kinds(watch(watched(answered=NOW - HOUR)), watched(answered=NOW - HOUR)) == []


def test_a_ticket_that_becomes_mine_is_told_once() -> None:
    one = watch(watched(mine=False))
    assert kinds(one, watched()) == ["assigned"]
    assert kinds(one, watched()) == []


def test_a_new_ticket_for_me_is_told_and_one_for_others_is_not() -> None:
    assert kinds(watch(), watched()) == ["assigned"]
    assert kinds(watch(), watched(mine=False)) == []


def test_what_i_took_myself_is_not_told_before_or_after_it_is_sent() -> None:
    one = watch(watched(mine=False))
    assert kinds(one, watched(waiting="held"), watched(waiting="queued"), watched()) == []


def test_a_customers_answer_is_told_once_and_only_on_my_tickets() -> None:
    one = watch(watched(answered=NOW - HOUR), watched(42, mine=False))
    assert kinds(one, watched(answered=NOW + MINUTE)) == ["answered"]
    assert kinds(one, watched(answered=NOW + MINUTE)) == []
    assert kinds(one, watched(42, mine=False, answered=NOW + MINUTE)) == []


def test_a_solved_ticket_of_mine_that_a_customer_opens_again_was_answered_and_not_assigned() -> None:
    one = Watch(NOW)
    one.absorb((), resting=[41, 42, 43])
    assert kinds(one, watched(answered=NOW - HOUR, unread=True)) == ["answered"]
    assert kinds(one, watched(42, answered=NOW - DAY)) == []
    # Given to somebody else and back.
    assert kinds(one, watched(43, mine=False), watched(43)) == ["assigned"]


def test_an_old_thread_that_is_read_for_the_first_time_is_no_answer() -> None:
    assert kinds(watch(watched()), watched(answered=NOW - DAY)) == []
    assert kinds(watch(watched()), watched(answered=NOW + MINUTE)) == ["answered"]


def test_what_needs_me_is_told_once() -> None:
    one = watch(watched(waiting="sending"))
    assert kinds(one, watched(waiting="rejected")) == ["failed"]
    assert kinds(one, watched(waiting="rejected")) == []
    one = watch(watched(waiting="unknown"))
    assert kinds(one, watched(waiting="unknown")) == []
    assert kinds(one, replace(watched(waiting="unknown"), needs_agent=True)) == ["failed"]


def test_it_is_told_why_it_needs_me() -> None:
    refused = watch(watched()).news([watched(waiting="rejected")], NOW, ())
    assert [sentence(one) for one in refused] == [
        "#41 needs you: what you sent was refused by the helpdesk: Refund"
    ]
    asking = watch(watched()).news([replace(watched(waiting="unknown"), needs_agent=True)], NOW, ())
    assert [sentence(one) for one in asking] == [
        "#41 needs you: what you sent may or may not have arrived: Refund"
    ]


def test_a_first_sync_brings_no_news() -> None:
    one = watch()
    assert kinds(one, *(watched(number) for number in range(50)), fresh=("demo",)) == []
    assert kinds(one, watched(50)) == ["assigned"]


def test_a_deadline_is_told_once_and_a_new_one_again() -> None:
    one = watch(watched(due_at=NOW + 14 * MINUTE), watched(42, mine=False, due_at=NOW + MINUTE))
    assert [notice.ticket_id for notice in one.due(NOW)] == [41]
    assert one.due(NOW + MINUTE) == []
    one.absorb([watched(due_at=NOW + 10 * MINUTE)])
    assert [notice.detail for notice in one.due(NOW)] == ["due in 10 min"]
    assert watch(watched(due_at=NOW + 16 * MINUTE)).due(NOW) == []
    assert watch(watched(due_at=NOW - MINUTE)).due(NOW) == []
    assert watch(watched(due_at=NOW + MINUTE, status="solved")).due(NOW) == []
    assert watch(watched(due_at=NOW + MINUTE, sla_paused=True)).due(NOW) == []


def test_a_ticket_that_went_to_somebody_else_is_due_no_more() -> None:
    one = watch(watched(due_at=NOW + MINUTE))
    one.absorb([watched(mine=False, due_at=NOW + MINUTE)])
    assert one.due(NOW) == []


@given(st.integers(0, 60))
def test_many_at_once_are_one_sentence(count: int) -> None:
    found = watch().news([watched(number) for number in range(count)], NOW)
    said = told(found)
    assert len(said) == (count if count <= SEVERAL else 1)
    if count > SEVERAL:
        assert said == [("assigned", f"{count} tickets were assigned to you.")]


def test_sentences() -> None:
    one = watch(watched(mine=False))
    [notice] = one.news([watched()], NOW)
    assert sentence(notice) == "#41 was assigned to you: Refund"
    [notice] = one.news([watched(answered=NOW + 1)], NOW)
    assert sentence(notice) == "#41 was answered by Mara Klein: Refund"
