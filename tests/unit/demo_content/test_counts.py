from __future__ import annotations

from collections import Counter

import pytest

from agentconsole.demo.content import company, people_for, tickets, unsolved_among
from agentconsole.demo.records import CompanyRecord, TicketRecord

Desk = tuple[TicketRecord, ...]
DONE = {"solved", "closed"}


def mine(nettlebay: CompanyRecord, desk: Desk) -> list[TicketRecord]:
    return [t for t in desk if t.assignee_id == nettlebay.agent_id and t.status not in DONE]


def test_there_are_as_many_tickets_as_promised(nettlebay: CompanyRecord, desk: Desk) -> None:
    assert len(desk) == 1500
    assert sum(ticket.status not in DONE for ticket in desk) == 180
    assert len(mine(nettlebay, desk)) == 14
    assert len({ticket.id for ticket in desk}) == 1500
    assert {"new", "open", "pending", "hold", "solved", "closed"} == {ticket.status for ticket in desk}


def test_ids_ascend_with_the_time_of_creation(desk: Desk) -> None:
    assert [ticket.id for ticket in desk] == list(range(desk[0].id, desk[0].id + 1500))
    created = [ticket.created_at for ticket in desk]
    assert created == sorted(created)


@pytest.mark.parametrize("count", [0, 1, 5, 14, 40, 200, 3000])
def test_other_numbers_of_tickets(count: int, now: int) -> None:
    made = list(tickets(company(3, now, people_for(count)), count, 3, now))
    assert len(made) == count
    own = [t for t in made if t.assignee_id == 5001 and t.status not in DONE]
    assert len(own) == min(count, 14)
    if count >= 200:
        assert sum(ticket.status not in DONE for ticket in made) == unsolved_among(count)


def test_the_company_has_its_people(nettlebay: CompanyRecord) -> None:
    roles = Counter(user.role for user in nettlebay.users)
    assert roles == {"agent": 12, "admin": 1, "end-user": 400}
    assert [group.name for group in nettlebay.groups] == ["Cards", "Orders", "Sign-in", "Devices"]
    own = [m for m in nettlebay.memberships if m.user_id == nettlebay.agent_id]
    assert len(own) > 1
    assert sum(membership.default for membership in own) == 1
    assert len({user.email for user in nettlebay.users}) == len(nettlebay.users)
    reserved = (".example", "example.com", "example.org", "example.net")
    assert all(user.email.endswith(reserved) for user in nettlebay.users)
    assert all(user.email.isascii() for user in nettlebay.users)


def test_the_story_of_the_agents_own_tickets(nettlebay: CompanyRecord, desk: Desk, now: int) -> None:
    own = mine(nettlebay, desk)
    due = [sla.breach_at - now for t in own for sla in t.slas if sla.breach_at is not None]
    assert sum(0 < seconds <= 3600 for seconds in due) == 2
    assert sum(seconds < 0 for seconds in due) == 1
    roles = Counter(ticket.role for ticket in own)
    for role in ("reopened", "chinese", "attachments", "colleague_note", "refund"):
        assert roles[role] == 1
    first, second = (ticket for ticket in own if ticket.role == "duplicate")
    assert first.requester_id == second.requester_id
    noted = next(ticket for ticket in own if ticket.role == "colleague_note")
    assert any(not m.public and m.author_id != nettlebay.agent_id for m in noted.messages)
    angry = next(ticket for ticket in own if ticket.role == "reopened")
    assert "reopened" in angry.tags
    assert angry.messages[-1].author_id == angry.requester_id
    html = next(ticket for ticket in own if ticket.role == "html")
    assert "<table>" in (html.messages[0].html_body or "")


def test_files_are_what_they_say(told: Desk) -> None:
    files = [file for t in told if t.role == "attachments" for m in t.messages for file in m.attachments]
    assert {file.content_type for file in files} == {"image/png", "text/csv"}
    assert any(not file.file_name.isascii() for file in files)
    for file in files:
        if file.content_type == "image/png":
            assert file.content.startswith(b"\x89PNG\r\n\x1a\n")
            assert file.content.endswith(b"IEND\xaeB`\x82")
        else:
            assert file.content.decode().startswith("order,")


def test_a_ticket_of_the_story_lacks_what_solving_requires(nettlebay: CompanyRecord, desk: Desk) -> None:
    required = {field.id for field in nettlebay.fields if field.required}
    assert required
    own = mine(nettlebay, desk)
    assert any(required - {name for name, _ in ticket.custom_fields} for ticket in own)
    for ticket in desk:
        if ticket.status in DONE:
            assert required <= {name for name, value in ticket.custom_fields if value}


def test_a_refund_that_is_done_has_what_its_form_shows_for_its_cause(
    nettlebay: CompanyRecord, desk: Desk
) -> None:
    conditions = {form.id: form.conditions for form in nettlebay.forms}
    done = [
        (conditions.get(one.form_id or 0, ()), dict(one.custom_fields)) for one in desk if one.status in DONE
    ]
    met = [
        values.get(rule.child_id)
        for rules, values in done
        for rule in rules
        if values[rule.parent_id] == rule.value
    ]
    assert met and all(met)
    fields = {field.id: [option.value for option in field.options] for field in nettlebay.fields}
    for form in nettlebay.forms:
        for rule in form.conditions:
            assert {rule.parent_id, rule.child_id} <= set(form.field_ids)
            assert rule.value in fields[rule.parent_id]


def test_history_reaches_back_and_comes_close(desk: Desk, now: int) -> None:
    assert now - desk[0].created_at > 400 * 86_400
    assert now - max(ticket.updated_at for ticket in desk) < 3600
    hours = Counter(ticket.created_at % 86_400 // 3600 for ticket in desk)
    assert sum(hours[hour] for hour in range(8, 18)) > 0.55 * len(desk)
