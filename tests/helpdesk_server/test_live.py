from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from agentconsole.demo.content.live import LiveMaterial
from agentconsole.demo.live import LivePlay
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread


@pytest.fixture(scope="module")
def company() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(content="company", tickets=80) as running:
        yield running


@pytest.fixture
def demo(company: RunningHelpdesk) -> RunningHelpdesk:
    company.reset()
    return company


@pytest.fixture
def play(demo: RunningHelpdesk) -> LivePlay:
    company = demo.company
    return LivePlay(demo.helpdesk, LiveMaterial(company), company.agent_id, random.Random(3))


def number_in(told: str | None) -> int:
    assert told is not None
    return int(told.rpartition("#")[2])


def test_a_customer_asks(demo: RunningHelpdesk, play: LivePlay) -> None:
    ticket = demo.ticket(number_in(play.new_ticket()))
    assert (ticket["status"], ticket["updated_at"]) == ("new", ticket["created_at"])
    assert ticket["subject"]
    assert demo.query("SELECT 1 FROM ticket_slas WHERE ticket_id = ?", ticket["id"])
    requester = demo.query("SELECT role FROM users WHERE id = ?", ticket["requester_id"])[0]
    assert requester["role"] == "end-user"


def test_a_customer_answers_and_the_ticket_is_open_again(demo: RunningHelpdesk, play: LivePlay) -> None:
    number = number_in(play.customer_answers())
    assert demo.ticket(number)["status"] == "open"
    comment = demo.query("SELECT * FROM comments WHERE ticket_id = ? ORDER BY id DESC", number)[0]
    assert (comment["author_id"], comment["public"]) == (demo.ticket(number)["requester_id"], 1)


def test_a_colleague_takes_a_ticket(demo: RunningHelpdesk, play: LivePlay) -> None:
    ticket = demo.ticket(number_in(play.colleague_takes()))
    assert ticket["assignee_id"] not in (None, demo.company.agent_id)
    assert ticket["status"] == "open"
    assert demo.private_texts(ticket["id"])


def test_a_colleague_leaves_a_note(demo: RunningHelpdesk, play: LivePlay) -> None:
    number = number_in(play.colleague_notes())
    comment = demo.query("SELECT * FROM comments WHERE ticket_id = ? ORDER BY id DESC", number)[0]
    assert comment["public"] == 0
    assert comment["author_id"] != demo.company.agent_id


def test_many_steps_never_fail(play: LivePlay) -> None:
    told = [play.step() for _ in range(60)]
    assert None not in told
    assert {step.partition("#")[0] for step in told if step} == {
        "new ticket ",
        "answer on ",
        "colleague took ",
        "note on ",
    }
