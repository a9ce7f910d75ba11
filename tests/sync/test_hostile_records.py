"""Records with values that no database takes: set aside or made harmless, the rest of their page goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agentconsole.domain.messages import MessagePage
from agentconsole.domain.tickets import TicketPage
from agentconsole.helpdesks.base import ListPage
from agentconsole.helpdesks.zendesk import audit_wire, setup_wire, wire
from tests.support.mutants import ODDER, mutants
from tests.unit.store.bench import Bench, empty_bench

WHEN = "2026-11-20T10:00:00Z"
TICKET = {
    "id": 41,
    "via": {"channel": "mail", "source": {"rel": None}},
    "created_at": WHEN,
    "updated_at": WHEN,
    "generated_timestamp": 1_795_000_000,
    "type": "question",
    "subject": "Kettle",
    "raw_subject": "Kettle",
    "priority": "high",
    "status": "open",
    "requester_id": 501,
    "assignee_id": 77,
    "organization_id": 9,
    "group_id": 3,
    "email_cc_ids": [12],
    "tags": ["a", "b"],
    "custom_fields": [{"id": 36, "value": "x"}],
    "satisfaction_rating": {"score": "good"},
    "custom_status_id": 1,
    "ticket_form_id": 5,
    "slas": {"policy_metrics": [{"metric": "first_reply_time", "stage": "active", "breach_at": WHEN}]},
}
CHILDREN: tuple[dict[str, Any], ...] = (
    {"id": 901, "event_type": "Change", "status": "open", "previous_value": "new"},
    {"id": 902, "event_type": "Change", "custom_status_id": 1, "previous_value": 2},
    {"id": 903, "event_type": "Change", "assignee_id": 77, "previous_value": None},
    {"id": 904, "event_type": "Change", "due_at": WHEN, "previous_value": ""},
    {"id": 905, "event_type": "Change", "custom_ticket_fields": {"36": "x"}, "previous_value": "y"},
    {"id": 906, "event_type": "Change", "tags": ["a"], "added_tags": ["a"], "removed_tags": ["b"]},
    {"id": 907, "event_type": "CommentPrivacyChange", "comment_id": 900, "public": False},
    {
        "id": 908,
        "event_type": "EmailCcChange",
        "previous_email_ccs": [],
        "current_email_ccs": ["a@b.example"],
    },
)
COMMENT = {
    "id": 900,
    "author_id": 77,
    "body": "Hello",
    "html_body": "<p>Hello</p>",
    "plain_body": "Hello",
    "public": True,
    "attachments": [
        {
            "id": 8,
            "file_name": "a.txt",
            "content_type": "text/plain",
            "size": 3,
            "content_url": "https://x.example/a",
            "malware_scan_result": "x",
        }
    ],
    "via": {"channel": "web"},
    "created_at": WHEN,
    "metadata": {"custom": {"agentconsole_change": "u", "agentconsole_step": "0"}},
}
USER = {
    "id": 501,
    "name": "Ann",
    "email": "ann@example.com",
    "role": "end-user",
    "organization_id": 9,
    "locale": "en",
    "iana_time_zone": "Europe/Oslo",
    "phone": "1",
    "details": "d",
    "notes": "n",
    "signature": "s",
    "active": True,
    "updated_at": WHEN,
}
STATUSES = wire.Statuses({"1": "pending"})
ORGANISATION = {"id": 9, "name": "Acme", "domain_names": ["acme.org"], "details": "d", "notes": "n"}
GROUP = {"id": 3, "name": "Cards", "deleted": False}
MACRO = {
    "id": 5,
    "title": "Close",
    "raw_title": "Close",
    "description": "d",
    "active": True,
    "updated_at": WHEN,
    "actions": [{"field": "status", "value": "solved"}, {"field": "comment_value", "value": ["a", "b"]}],
}
VIEW = {
    "id": 6,
    "title": "Mine",
    "raw_title": "Mine",
    "conditions": {"all": [{"field": "status", "operator": "is", "value": "open"}], "any": []},
}
ARTICLE = {
    "id": 7,
    "locale": "en-us",
    "title": "T",
    "body": "<p>b</p>",
    "html_url": "https://x.example/7",
    "section_id": 1,
    "label_names": ["l"],
    "draft": False,
    "updated_at": WHEN,
}
FIELD = {
    "id": 36,
    "type": "tagger",
    "title": "Colour",
    "required": True,
    "active": True,
    "position": 3,
    "custom_field_options": [{"value": "red", "name": "Red"}],
}
STATUS = {"id": 1, "status_category": "open", "agent_label": "Open", "default": False, "active": True}


def odd(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return mutants(row, ODDER)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with empty_bench(tmp_path_factory.mktemp("store") / "a.db") as made:
        yield made


def page(items: Any, bad: Any = ()) -> ListPage[Any]:
    return ListPage(tuple(items), "", False, quarantined=tuple(bad))


def test_tickets(store: Bench) -> None:
    for row in odd(TICKET):
        found, bad = wire.parse_all(
            "ticket", [row, {**TICKET, "id": 42}], lambda each: wire.ticket(each, STATUSES)
        )
        store.ingest.put_tickets(TicketPage(tuple(found), "c", False, quarantined=tuple(bad)), at=5)
        assert store.reader.find_ticket(None, "42")


def test_messages(store: Bench) -> None:
    store.ingest.put_tickets(TicketPage((wire.ticket(TICKET),), "c", False), at=5)
    for row in odd(COMMENT):
        found, bad = wire.parse_all("message", [row], lambda each: wire.message(each, "41"))
        store.ingest.put_messages(MessagePage(tuple(found), "c", False, quarantined=tuple(bad)), at=5)
    for row in odd(
        {
            "id": 1,
            "ticket_id": 41,
            "created_at": WHEN,
            "updater_id": 77,
            "via": "Mail",
            "child_events": [{**COMMENT, "event_type": "Comment"}, *CHILDREN],
        }
    ):
        events, bad = wire.parse_all("message", [row], lambda each: audit_wire.audit(each, STATUSES))
        messages = tuple(audit_wire.in_order(events))
        store.ingest.put_messages(MessagePage(messages, "c", False, quarantined=tuple(bad)), at=5)
        assert all(part.text for one in store.detail(1).messages for part in one.parts)


def test_people_and_what_is_set_up(store: Bench) -> None:
    ingest = store.ingest
    for row in odd(USER):
        ingest.put_people(page(*wire.parse_all("person", [row], wire.person)), at=5)
    for row in odd(ORGANISATION):
        ingest.put_organisations(page(*wire.parse_all("organisation", [row], wire.organisation)), at=5)
    for row in odd(GROUP):
        groups = page(*wire.parse_all("group", [row], lambda each: wire.group(each, {})))
        ingest.put_groups(groups, first=True, at=5, vanishing=True)
    for row in odd(MACRO):
        ingest.put_macros(page(*wire.parse_all("macro", [row], setup_wire.macro)), first=True, at=5)
    for row in odd(VIEW):
        views = page(*wire.parse_all("view", [row], lambda each: setup_wire.view(each, 1)))
        ingest.put_views(views, first=True, at=5)


def test_articles(store: Bench) -> None:
    for row in odd(ARTICLE):
        articles = page(*wire.parse_all("article", [row], lambda each: setup_wire.article(each, {})))
        store.ingest.put_articles(articles, first=True, at=5)


def test_fields(store: Bench) -> None:
    for row in odd(FIELD):
        store.ingest.put_fields(setup_wire.ticket_fields([row], [], [STATUS]), at=5)
    for row in odd(STATUS):
        store.ingest.put_fields(setup_wire.ticket_fields([FIELD], [], [row]), at=5)
        wire.statuses([row])
