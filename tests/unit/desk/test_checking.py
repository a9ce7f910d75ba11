"""What the desk tells the reply checks about a ticket, and what the shipped macros may never set off."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from agentconsole.config import CHECK_NAMES, CheckSettings
from agentconsole.desk import checking, macros, replies, tickets
from agentconsole.desk.context import Desk
from agentconsole.domain.messages import MessageKind
from agentconsole.domain.views import MessageItem, TextPart, TicketDetail
from agentconsole.replies.checks import CHECKS
from agentconsole.resources import shipped_macros_dir
from tests.support.profile import NOW

DEMO_MACROS = Path(checking.__file__).parents[1] / "demo/content/data/company/macros"


@pytest.fixture
def detail(desk: Desk) -> TicketDetail:
    return tickets.open_ticket(desk, tickets.resolve(desk, "41"))


def found(
    desk: Desk, detail: TicketDetail | None, text: str, *, public: bool = True, files: int = 0
) -> set[str]:
    return {one.check for one in checking.findings(desk, detail, text, public=public, files=files)}


def said(
    text: str, *, kind: MessageKind = "reply", role: str = "customer", author: str = "Anna Smith"
) -> MessageItem:
    return MessageItem(
        99,
        "99",
        author,
        role,
        None,
        kind,
        NOW,
        "email",
        (TextPart("body", text),),
    )


def test_config_and_checks_name_the_same(desk: Desk) -> None:
    assert CHECK_NAMES == CHECKS


def test_the_requester_and_those_in_copy_are_known(desk: Desk, detail: TicketDetail) -> None:
    assert found(desk, detail, "Hello Anna,\n") == set()
    assert found(desk, detail, "Hello Carl,\n") == set()
    assert found(desk, detail, "Hello Boris,\n") == {"greeting"}
    assert found(desk, None, "Hello Boris,\n") == set()


def test_what_the_customer_signs_with_is_a_name_too(desk: Desk, detail: TicketDetail) -> None:
    shared = replace(detail, messages=(*detail.messages, said("Please help.\n\nThanks,\nBoris Becker")))
    assert found(desk, shared, "Hello Boris,\n") == set()
    quoted = replace(detail, messages=(*detail.messages, said("Hello Boris,\nany news?")))
    assert found(desk, quoted, "Hello Boris,\n") == {"greeting"}
    agent = replace(
        detail,
        messages=(*detail.messages, said("Hi", role="agent", author="Boris Lind"), said("Thanks\nBoris")),
    )
    assert found(desk, agent, "Hello Boris,\n") == {"greeting"}


def test_the_last_message_counts_and_so_does_what_still_waits(desk: Desk, detail: TicketDetail) -> None:
    assert found(desk, detail, "Hello Anna, soon.") == set()
    asked = replace(detail, messages=(*detail.messages, said("Maren, can you?", kind="note", role="agent")))
    assert found(desk, asked, "Sure.") == {"internal"}
    event = replace(asked, messages=(*asked.messages, said("", kind="event")))
    assert found(desk, event, "Sure.") == {"internal"}
    assert found(desk, asked, "Sure.", public=False) == set()
    replies.send(desk, detail.row.ticket_id, text="@bo please look", public=False, last_seen_message=None)
    waiting = tickets.open_ticket(desk, detail.row.ticket_id)
    assert found(desk, waiting, "Sure.") == {"internal"}


def test_a_check_that_is_off_says_nothing(desk: Desk, detail: TicketDetail) -> None:
    quiet = replace(desk, config=replace(desk.config, checks=CheckSettings(frozenset({"greeting"}))))
    assert found(quiet, detail, "Hello Boris, I have attached it.") == {"attachment"}


def test_no_macro_that_comes_with_the_console_sets_off_a_check(desk: Desk, detail: TicketDetail) -> None:
    items, errors = macros.all_macros(desk)
    own = [item for item in items if item.account is None]
    assert not errors and len(own) >= len(list(shipped_macros_dir().glob("*.md"))) > 5
    for item in own:
        shown = macros.preview(desk, item, detail)
        if not shown.missing and shown.text.strip():
            assert found(desk, detail, shown.text, public=shown.public is not False) == set(), item.name


@pytest.mark.parametrize("file", sorted(DEMO_MACROS.glob("*.md")), ids=lambda file: file.stem)
def test_no_macro_of_the_demo_sets_off_a_check(desk: Desk, detail: TicketDetail, file: Path) -> None:
    body = file.read_text(encoding="utf-8").split("---\n", 2)[2]
    values = {"ticket.requester.first_name": "Anna", "ticket.requester.name": "Anna Smith", "ticket.id": "41"}
    text = re.sub(r"\{\{\s*([\w.]+)\s*\}\}", lambda match: values.get(match.group(1), "Maren"), body)
    assert found(desk, detail, text) == set()
