from __future__ import annotations

import re

from agentconsole.demo.content.agreements import FIRST_REPLY, NEXT_REPLY
from agentconsole.demo.records import CompanyRecord, TicketRecord

Desk = tuple[TicketRecord, ...]
NUMBER = re.compile(r"\bN-\d{5,6}\b")
SERIAL = re.compile(r"\b(?:LK|HN|WR|TN)-\d{4}-\d{4}\b")
ENDING = re.compile(r"\b(?:card ending|card ends in|card \(ending|ending) (\d{4})\b", re.IGNORECASE)
GREETING = re.compile(r"(?:Hi|Hello|Dear|Good day) (?:Mr )?([^,]+),")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# Printed in an internal note: the reader that is lent to a merchant belongs to nobody.
LOAN_READER = "TN-2210-4471"


def test_everybody_named_exists(nettlebay: CompanyRecord, desk: Desk) -> None:
    users = {user.id: user for user in nettlebay.users}
    groups = {(m.user_id, m.group_id) for m in nettlebay.memberships}
    organizations = {organization.id for organization in nettlebay.organizations}
    for ticket in desk:
        assert users[ticket.requester_id].role == "end-user"
        assert ticket.organization_id == users[ticket.requester_id].organization_id
        assert ticket.organization_id is None or ticket.organization_id in organizations
        if ticket.assignee_id is not None:
            assert (ticket.assignee_id, ticket.group_id) in groups
        assert all(users[number].role == "end-user" for number in ticket.email_cc_ids)
        assert ticket.requester_id not in ticket.email_cc_ids
        for message in ticket.messages:
            author = users[message.author_id]
            assert message.public or author.role != "end-user"
            assert author.role != "end-user" or author.id == ticket.requester_id


def test_times_ascend_and_lie_in_the_past(nettlebay: CompanyRecord, desk: Desk, now: int) -> None:
    joined = {user.id: user.created_at for user in nettlebay.users}
    for ticket in desk:
        times = [message.created_at for message in ticket.messages]
        assert times == sorted(times), ticket.id
        assert ticket.created_at == times[0]
        assert times[-1] <= ticket.updated_at < now
        assert ticket.status in {"solved", "closed"} or ticket.updated_at == times[-1]
        assert joined[ticket.requester_id] < ticket.created_at


def test_numbers_in_texts_are_those_of_the_customers_record(nettlebay: CompanyRecord, desk: Desk) -> None:
    profiles = {profile.user_id: profile for profile in nettlebay.profiles}
    notes = {user.id: user.notes for user in nettlebay.users}
    seen = 0
    for ticket in desk:
        profile = profiles[ticket.requester_id]
        texts = [ticket.subject, *(message.body for message in ticket.messages)]
        texts += [str(value) for name, value in ticket.custom_fields if name == 4001]
        text = "\n".join(texts)
        for number in NUMBER.findall(text):
            seen += 1
            assert number in {order.number for order in profile.orders}
            assert f"{number}: " in notes[ticket.requester_id]
        for serial in SERIAL.findall(text):
            assert serial == LOAN_READER or serial in notes[ticket.requester_id]
        for ending in ENDING.findall(text):
            assert ending == profile.card_ending
            assert f"Card ending {ending}." in notes[ticket.requester_id]
    assert seen > 300


def test_orders_lie_before_the_questions_about_them(nettlebay: CompanyRecord, desk: Desk) -> None:
    orders = {order.number: order for profile in nettlebay.profiles for order in profile.orders}
    every = [order for profile in nettlebay.profiles for order in profile.orders]
    assert len(orders) == len(every)
    by_number = sorted(every, key=lambda order: int(order.number[2:]))
    assert [order.ordered_at for order in by_number] == sorted(order.ordered_at for order in every)
    for ticket in desk:
        for name, value in ticket.custom_fields:
            if name == 4001:
                assert orders[str(value)].ordered_at < ticket.created_at


def test_agents_greet_their_customer_and_sign_with_their_name(nettlebay: CompanyRecord, desk: Desk) -> None:
    users = {user.id: user for user in nettlebay.users}
    given = {profile.user_id: profile.given for profile in nettlebay.profiles}
    greeted = 0
    for ticket in desk:
        for message in ticket.messages:
            author = users[message.author_id]
            if author.role == "end-user" or not message.public:
                continue
            first_line, *_ = message.body.split("\n")
            match = GREETING.fullmatch(first_line)
            if match:
                greeted += 1
                customer = users[ticket.requester_id]
                assert match[1] in {given[customer.id], customer.name.split()[-1]}
            else:
                assert (
                    users[ticket.requester_id].name in first_line or given[ticket.requester_id] in first_line
                )
            assert author.name.split()[0] in message.body
    assert greeted > 1000


def test_texts_are_filled_in_and_have_no_control_characters(nettlebay: CompanyRecord, desk: Desk) -> None:
    texts = [user.notes + user.name for user in nettlebay.users]
    texts += [article.title + article.body_html for article in nettlebay.articles]
    texts += [str(value) for macro in nettlebay.macros for _, value in macro.actions]
    assert not any(CONTROL.search(text) for text in texts)
    for ticket in desk:
        for text in (ticket.subject, *(message.body for message in ticket.messages)):
            assert text.strip() == text
            assert text
            assert not CONTROL.search(text)
            assert "[[" not in text
            assert "{" not in text


def test_clocks_follow_priority_and_thread(desk: Desk, now: int) -> None:
    running = 0
    for ticket in desk:
        if ticket.status in {"solved", "closed"}:
            assert ticket.slas == ()
            continue
        (sla,) = ticket.slas
        assert (sla.stage == "paused") == (ticket.status in {"pending", "hold"})
        assert (sla.breach_at is None) == (sla.stage != "active")
        if sla.breach_at is None or ticket.priority is None:
            continue
        running += 1
        public = [message for message in ticket.messages if message.public]
        answered = any(message.author_id != ticket.requester_id for message in public)
        assert sla.metric == ("next_reply_time" if answered else "first_reply_time")
        limit = (NEXT_REPLY if answered else FIRST_REPLY)[ticket.priority]
        assert sla.breach_at - limit in {m.created_at for m in public if m.author_id == ticket.requester_id}
    overdue = sum(1 for t in desk for sla in t.slas if sla.breach_at is not None and sla.breach_at < now)
    assert 0 < overdue < running / 3


def test_chinese_customers_are_answered_in_chinese(desk: Desk) -> None:
    chinese = [ticket for ticket in desk if "zh" in ticket.tags]
    assert len(chinese) > 40
    for ticket in chinese:
        for message in ticket.messages:
            if message.public:
                assert re.search("[\u4e00-\u9fff]", message.body)
