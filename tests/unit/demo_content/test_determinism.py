from __future__ import annotations

from random import Random

from agentconsole.demo.content import LiveMaterial, company, tickets
from agentconsole.demo.records import CompanyRecord, TicketRecord


def test_the_same_seed_and_time_give_the_same_company_and_tickets(
    nettlebay: CompanyRecord, desk: tuple[TicketRecord, ...], now: int
) -> None:
    again = company(7, now)
    assert again == nettlebay
    assert tuple(tickets(again, 1500, 7, now)) == desk


def test_another_seed_gives_other_customers(nettlebay: CompanyRecord, now: int) -> None:
    other = company(8, now)
    assert other.articles == nettlebay.articles
    assert [user.name for user in other.users] != [user.name for user in nettlebay.users]


def test_the_hand_written_tickets_move_with_the_present(told: tuple[TicketRecord, ...], now: int) -> None:
    later = now + 3 * 86_400
    moved = {t.key: t for t in tickets(company(7, later), 1500, 7, later) if t.key is not None}
    for ticket in told:
        assert ticket.key is not None
        assert now - ticket.created_at == later - moved[ticket.key].created_at
        assert now - ticket.updated_at == later - moved[ticket.key].updated_at


def test_live_questions_repeat_with_their_generator(nettlebay: CompanyRecord, now: int) -> None:
    material = LiveMaterial(nettlebay)
    people = {user.id for user in nettlebay.users if user.role == "end-user"}
    groups = {group.id for group in nettlebay.groups}
    rng, again = Random(5), Random(5)
    for _ in range(100):
        question = material.new_question(rng, now)
        assert question == material.new_question(again, now)
        assert question.requester_id in people
        assert question.group_id in groups
        assert question.subject
        assert question.body


def test_live_answers_are_whole_sentences(nettlebay: CompanyRecord) -> None:
    material = LiveMaterial(nettlebay)
    rng = Random(1)
    for chinese in (False, True):
        for happy in (True, False, None):
            for _ in range(30):
                answer = material.customer_answer(rng, chinese=chinese, happy=happy)
                assert answer
                assert "{" not in answer
    assert material.colleague_note(rng) != material.colleague_remark(rng)
