"""What a ticket's audits and the event export tell, in every spelling that is known of them."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any, cast

import pytest

from agentconsole.clock import FixedClock
from agentconsole.domain.change_words import DEED, change_words
from agentconsole.domain.errors import NotFound
from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.messages import FieldChange, RemoteMessage
from agentconsole.domain.times import DAY, SECOND, parse_instant
from agentconsole.helpdesks.zendesk import audit_wire
from agentconsole.helpdesks.zendesk.client import Rows, ZendeskClient
from agentconsole.helpdesks.zendesk.listings import Listings
from agentconsole.helpdesks.zendesk.threads import Threads
from agentconsole.helpdesks.zendesk.wire import Statuses

STATUSES = Statuses({"9006": "hold"}, {"9002": "open", "9003": "pending"})
RULE = {"channel": "rule", "source": {"to": {}, "from": {"id": 4, "title": "A trigger"}, "rel": "trigger"}}
FIELDS = (
    TicketField("status", "Status", "choice", (FieldOption("open", "Open"), FieldOption("9006", "Carrier"))),
    TicketField("custom:31", "Order", "text"),
    TicketField("custom:32", "Product", "choice", (FieldOption("lark", "Lark One"),)),
    TicketField("custom:34", "VIP", "checkbox"),
    TicketField("due", "Due", "date"),
)
FORM = TicketField("form", "Form", "choice", (FieldOption("5", "Request"), FieldOption("6", "Refund")))


def audit(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 8999,
        "ticket_id": 41,
        "created_at": "2026-03-02T09:20:31Z",
        "author_id": 77,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "metadata": {"system": {}, "custom": {"agentconsole_change": "u-1"}},
        "events": [{"id": 9001 + place, **event} for place, event in enumerate(events)],
        **more,
    }


def exported(*children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 8999,
        "ticket_id": 41,
        "timestamp": 1772443231,
        "created_at": "2026-03-02T09:20:31Z",
        "updater_id": 77,
        "via": "Web form",
        "event_type": "Audit",
        "child_events": [
            {"id": 9001 + place, "via": "Web form", "via_reference_id": None, **child}
            for place, child in enumerate(children)
        ],
        **more,
    }


def change(name: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Change", "field_name": name, "previous_value": before, "value": after, **more}


def child(before: Any, **named: Any) -> dict[str, Any]:
    return {"event_type": "Change", "previous_value": before, **named}


def read(*rows: dict[str, Any]) -> list[RemoteMessage]:
    return audit_wire.in_order([audit_wire.audit(row, STATUSES) for row in rows])


def told(row: dict[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(each for message in read(row) for each in message.changes)


def said(*changes: FieldChange) -> str:
    def name(field: str, key: str) -> str | None:
        return {"77": "Mira Holt", "3": "Cards"}.get(key)

    return change_words(changes, {each.name: each for each in FIELDS}, name, timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("events", "children", "words"),
    [
        ([change("status", "new", "open")], [child("new", status="open")], "Status: new → Open"),
        ([change("assignee_id", None, "77")], [child(None, assignee_id=77)], "Assignee: – → Mira Holt"),
        ([change("group_id", "3", "5")], [child(3, group_id=5)], "Group: Cards → 5"),
        (
            [change("tags", ["a", "b"], ["b", "c"])],
            [child(["a", "b"], tags=["b", "c"], added_tags=["c"], removed_tags=["a"])],
            "Tags: +c −a",
        ),
        (
            [change("32", None, "lark"), change("tags", [], ["lark", "x"])],
            [
                child(None, custom_ticket_fields={"32": "lark"}),
                child([], tags=["lark", "x"], added_tags=["lark", "x"], removed_tags=[]),
            ],
            "Product: – → Lark One · Tags: +x",
        ),
        (
            [change("34", "0", "1"), change("99", "a", None)],
            [child(False, custom_ticket_fields={"34": "1"}), child("a", custom_ticket_fields={"99": None})],
            "VIP: no → yes · Field 99: a → –",
        ),
        (
            [change("due_at", None, "2026-03-04T22:30:00Z")],
            [child(None, due_at="2026-03-04T22:30:00Z")],
            "Due: – → 2026-03-05 00:30",
        ),
        (
            [change("status", "open", "hold"), change("custom_status_id", "9002", "9006")],
            [child("open", status="hold"), child(9002, custom_status_id=9006)],
            "Status: Open → Carrier",
        ),
        (
            [change("custom_status_id", "9002", "9003")],
            [child(9002, custom_status_id=9003)],
            "Status: Open → pending",
        ),
        ([change("type", None, "incident")], [child(None, type="incident")], "Type: – → incident"),
        ([change("ticket_form_id", "5", "6")], [child(5, ticket_form_id=6)], "Form changed"),
        ([change("problem_id", None, "40")], [child(None, problem_id=40)], "Problem: – → #40"),
    ],
)
def test_both_ways_tell_the_same(
    events: list[dict[str, Any]], children: list[dict[str, Any]], words: str
) -> None:
    (by_audit,), (in_bulk,) = read(audit(*events)), read(exported(*children))
    told_values = {str(part) for each in in_bulk.changes for part in (each.before, each.after)}
    assert by_audit.kind == in_bulk.kind == "event" and by_audit.remote_id == in_bulk.remote_id == "8999"
    assert by_audit.author == "77" and by_audit.created_at == in_bulk.created_at
    assert said(*by_audit.changes) == said(*in_bulk.changes) == words, told_values


def test_a_form_is_told_by_its_name_where_it_has_one() -> None:
    (found,) = read(audit(change("ticket_form_id", "5", "6")))
    told = change_words(found.changes, {FORM.name: FORM}, lambda *_: None, UTC)
    assert told == "Form: Request → Refund" and said(*found.changes) == "Form changed"


def test_what_was_written_comes_before_what_changed_with_it() -> None:
    comment = {"type": "Comment", "body": "Done", "author_id": 77, "public": True, "attachments": []}
    next_one = audit(change("priority", "low", "high"), id=9100)
    written, changed, last = read(next_one, audit(change("status", "open", "solved"), comment))
    assert last.remote_id == "9100", "of one second, in the order of their numbers"
    assert (written.kind, written.remote_id, written.channel) == ("reply", "9002", "web")
    assert written.marker == "u-1" and written.created_at == changed.created_at
    assert changed.kind == "event"


@pytest.mark.parametrize("kind", ["VoiceComment", "FacebookComment"])
def test_no_message_is_lost(kind: str) -> None:
    (one,) = read(audit({"type": kind, "body": "Call from +1", "public": False, "attachments": []}))
    assert one.raw_text == "Call from +1" and one.kind == "note" and one.author == "77"


def test_a_message_made_internal_is_internal_however_it_was_written() -> None:
    comment = {"type": "Comment", "body": "Oops", "author_id": 77, "public": True, "attachments": []}
    privacy = {"type": "CommentPrivacyChange", "comment_id": 9001, "public": False}
    later = audit(privacy, id=9100, created_at="2026-03-02T09:30:00Z", author_id=78)
    for rows in ([audit(comment), later], [later, audit(comment)]):
        written, event = read(*rows)
        assert written.kind == "note" and written.raw_text == "Oops"
        assert said(*event.changes) == "A public message was made internal" and event.author == "78"


class Played:
    """A server whose answers are given; it notes which listings were asked for."""

    name = "demo"

    def __init__(self, **listings: list[dict[str, Any]]) -> None:
        self.listings = listings
        self.asked: list[str] = []

    async def page(self, path: str, key: str, *_: Any, **__: Any) -> Rows:
        self.asked.append(key)
        if key not in self.listings:
            raise NotFound("demo: there is none.")
        return Rows(self.listings[key], None, False, {})

    def check_progress(self, *_: Any, **__: Any) -> None:
        """Every page of it brings something new."""

    async def get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        rows = self.listings.pop(next(iter(self.listings)))
        return {"ticket_events": rows, "end_time": NOW // SECOND, "end_of_stream": not self.listings}

    @property
    def client(self) -> ZendeskClient:
        return cast(ZendeskClient, self)


NOW = parse_instant("2026-03-02T09:20:31Z")
WRITTEN = {"type": "Comment", "body": "Hello", "author_id": 77, "public": True, "attachments": []}


async def test_a_thread_of_audits_takes_one_request() -> None:
    played = Played(audits=[audit(WRITTEN, change("status", "open", "solved"))])
    said = await Threads(played.client).read("41", STATUSES)
    assert [each.remote_id for each in said.messages] == ["9001", "8999"] and played.asked == ["audits"]


async def test_one_ticket_without_audits_takes_none_of_the_others_changes() -> None:
    when = {"created_at": "2026-03-02T09:20:31Z"}
    played = Played(comments=[{"id": 9001, **WRITTEN, **when}])
    threads = Threads(played.client)
    assert [each.remote_id for each in (await threads.read("40", STATUSES)).messages] == ["9001"]
    played.listings["audits"] = [audit(WRITTEN, change("status", "open", "solved"))]
    assert [each.kind for each in (await threads.read("41", STATUSES)).messages] == ["reply", "event"]


@pytest.mark.parametrize(
    "more",
    [
        audit({"type": "ChatStartedEvent", "value": {"history": []}}, id=9100),
        audit({**WRITTEN, "id": "no number"}, id=9100),
    ],
)
async def test_what_audits_tell_otherwise_or_unreadably_is_read_from_the_comments(
    more: dict[str, Any],
) -> None:
    when = {"created_at": "2026-03-02T09:20:31Z"}
    comments = [{"id": 9001, **WRITTEN, **when}, {"id": 9150, **WRITTEN, "body": "(09:20) Ann: Hi", **when}]
    played = Played(audits=[audit(WRITTEN, change("status", "open", "solved")), more], comments=comments)
    said = await Threads(played.client).read("41", STATUSES)
    assert [each.remote_id for each in said.messages] == ["9001", "9150", "8999"]


async def test_what_was_altered_while_the_first_reading_went_on_is_told() -> None:
    def altering(kind: str, number: int, at: str) -> dict[str, Any]:
        event = {"event_type": kind, "comment_id": 9001, "public": False}
        return exported(event, id=number, ticket_id=number, created_at=at)

    begun = [exported({**WRITTEN, "event_type": "Comment"}, created_at="2026-03-01T09:00:00Z")]
    later = [
        altering("CommentRedactionEvent", 9100, "2026-03-01T12:00:00Z"),
        altering("CommentRedactionEvent", 9200, "2026-03-02T12:00:00Z"),
        altering("CommentPrivacyChange", 9300, "2026-03-02T13:00:00Z"),
    ]
    played = Played(first=begun, second=later)
    page = await Listings(played.client, FixedClock(NOW), 12).messages(None, STATUSES)
    assert (page.messages[0].kind, page.altered, page.internal, page.more) == ("reply", (), (), True)
    page = await Listings(played.client, FixedClock(NOW + DAY), 12).messages(page.cursor, STATUSES)
    assert page.altered == ("9200", "9300") and page.internal == ("9001",)


def test_what_the_system_wrote_is_nobodys() -> None:
    (one,) = read(audit({**WRITTEN, "author_id": -1}, author_id=-1))
    assert one.author is None and one.raw_text == "Hello"


def test_what_is_taken_out_of_a_message_is_told() -> None:
    row = audit({"type": "CommentRedactionEvent", "comment_id": 9}, {"type": "AttachmentRedactionEvent"})
    assert [each.field for each in told(row)] == [DEED, DEED]


def test_who_came_into_copy_is_told_unless_the_ticket_was_made_with_them() -> None:
    copies = {
        "type": "EmailCcChange",
        "previous_email_ccs": ["a@x.example"],
        "current_email_ccs": ["b@x.example", "c@x.example"],
    }
    assert said(*told(audit(copies))) == "CC: +b@x.example, +c@x.example, −a@x.example"
    made = {"type": "Create", "field_name": "subject", "value": "Kettle"}
    assert read(audit(made, copies)) == []


def test_a_rule_is_not_taken_for_the_person_who_set_it_off() -> None:
    by_rule = change("priority", "normal", "urgent", via=RULE)
    mixed = read(audit(change("status", "new", "open"), by_rule))[0]
    assert mixed.author == "77" and said(*mixed.changes).endswith("Priority: normal → urgent (by a rule)")
    (alone,) = read(audit(by_rule))
    assert alone.author is None and said(*alone.changes) == "Priority: normal → urgent"
    in_bulk = child("normal", priority="urgent", via="Rule", via_reference_id=4)
    assert read(exported(in_bulk)) == [alone]
    (automatic,) = read(audit(change("status", "solved", "closed"), author_id=-1, via={"channel": "rule"}))
    assert automatic.author is None


@pytest.mark.parametrize(
    "event",
    [
        {"type": "Create", "field_name": "status", "value": "new"},
        {"type": "Notification", "subject": "Re:", "body": "x", "recipients": [1], "via": RULE},
        {"type": "NotificationWithCcs", "body": "x"},
        {"type": "AgentMacroReference", "macro_id": "5"},
        {"type": "SomethingNew", "field_name": "status", "value": "open", "public": True},
        change("brand_new_field", "a", "b"),
        change("priority", "high", "high"),
        change("subject", None, ""),
        change("tags", ["a", "b"], ["b", "a"]),
        change("custom_status_id", "1", "2"),
    ],
)
def test_the_systems_own_affairs_are_left_out(event: dict[str, Any]) -> None:
    assert read(audit(event)) == []


def test_a_value_may_be_long_or_of_several_lines() -> None:
    words = said(FieldChange("subject", "a\nb", "字" * 500), FieldChange("custom:31", None, "x" * 130))
    assert "\n" not in words and words.startswith("Subject: a b → 字") and len(words) < 300
