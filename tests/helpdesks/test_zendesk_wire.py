"""Zendesk's JSON: what is read, what is tolerated, what is set aside."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.changes import FieldEdit, NewTicket, OutgoingMessage
from agentconsole.domain.fields import FieldCondition, FieldOption, TicketField
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks import registry
from agentconsole.helpdesks.cursors import place_of, spelled
from agentconsole.helpdesks.zendesk import audit_wire, setup_wire, steps, wire
from agentconsole.helpdesks.zendesk.tickets_feed import Position
from agentconsole.helpdesks.zendesk.time_zones import TIME_ZONES

TICKET: dict[str, Any] = {
    "id": 41,
    "via": {"channel": "native_messaging"},
    "created_at": "2026-03-02T09:15:00Z",
    "updated_at": "2026-03-02T09:20:31Z",
    "generated_timestamp": 1772443240,
    "type": "incident",
    "subject": "VPN drops",
    "priority": "high",
    "status": "open",
    "requester_id": 501,
    "assignee_id": 77,
    "organization_id": 9001,
    "group_id": 30,
    "email_cc_ids": [502],
    "tags": ["vpn", "beta"],
    "custom_fields": [{"id": 1, "value": "eu"}, {"id": 2, "value": ["b", "a"]}, {"id": 3, "value": None}],
    "custom_status_id": 12,
    "ticket_form_id": 5,
    "satisfaction_rating": {"score": "good"},
}


def test_a_person_has_tags_and_a_time_zone_that_tells_their_time() -> None:
    row = {"id": 501, "name": "Mara", "tags": ["vip", "beta"], "time_zone": "Eastern Time (US & Canada)"}
    person = wire.person(row)
    assert (person.tags, person.time_zone) == (("beta", "vip"), "America/New_York")
    assert wire.person({**row, "iana_time_zone": "America/Toronto"}).time_zone == "America/Toronto"
    assert wire.person({**row, "time_zone": "Atlantis", "tags": None}).time_zone == "Atlantis"
    assert set(TIME_ZONES.values()) <= available_timezones()
    assert TIME_ZONES["Mexico City"] == "America/Mexico_City"


def test_a_ticket_is_read_whole() -> None:
    ticket = wire.ticket(TICKET)
    assert ticket.remote_id == "41" and ticket.channel == "chat" and ticket.ccs == ("502",)
    assert ticket.fields == {
        "subject": "VPN drops",
        "status": "open",
        "priority": "high",
        "type": "incident",
        "assignee": "77",
        "group": "30",
        "due": None,
        "tags": ("beta", "vpn"),
        "form": "5",
        "custom:1": "eu",
        "custom:2": ("a", "b"),
        "custom:3": None,
    }
    assert ticket.version == "2026-03-02T09:20:31Z"
    assert ticket.stamp == 1772443240 * 1_000_000 and ticket.updated_at < ticket.stamp
    assert not ticket.slas_known and ticket.satisfaction == "good"


def test_the_stamp_is_the_time_of_change_where_the_export_gives_none() -> None:
    for generated in (None, 0):
        ticket = wire.ticket({**TICKET, "generated_timestamp": generated})
        assert ticket.stamp == ticket.updated_at


def test_a_custom_status_goes_by_its_id_unless_it_is_its_categorys_own() -> None:
    statuses = wire.statuses(
        [
            {"id": 12, "status_category": "open", "default": False, "agent_label": "With engineering"},
            {"id": 13, "status_category": "open", "default": True, "agent_label": "Open"},
        ]
    )
    custom = wire.ticket(TICKET, statuses)
    assert custom.fields["status"] == "12" and custom.status == "open"
    assert wire.ticket({**TICKET, "custom_status_id": 13}, statuses).fields["status"] == "open"


def test_a_deleted_ticket_of_the_export() -> None:
    ticket = wire.ticket({**TICKET, "status": "deleted"})
    assert ticket.deleted and ticket.status == "closed"


def test_sla_clocks() -> None:
    ticket = wire.ticket(
        {
            **TICKET,
            "slas": {
                "policy_metrics": [
                    {
                        "metric": "next_reply_time",
                        "stage": "active",
                        "breach_at": "2026-03-02T11:00:00Z",
                        "hours": 2,
                    },
                    {"metric": "requester_wait_time", "stage": "paused", "breach_at": None},
                ]
            },
        }
    )
    assert ticket.slas_known
    assert [(each.metric, each.stage, each.due_at) for each in ticket.slas] == [
        ("next_reply_time", "active", parse_instant("2026-03-02T11:00:00Z")),
        ("requester_wait_time", "paused", None),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "forty-one"},
        {"id": None},
        {"updated_at": "yesterday"},
        {"created_at": 7},
        {"status": None},
        {"id": True},
    ],
)
def test_a_broken_ticket_is_set_aside_and_the_rest_goes_on(broken: dict[str, Any]) -> None:
    tickets, bad = wire.parse_all("ticket", [{**TICKET, **broken}, TICKET, "no object"], wire.ticket)
    assert [each.remote_id for each in tickets] == ["41"]
    assert len(bad) == 2 and all(each.reason and each.raw for each in bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*TICKET, "slas"]), JSON), JSON)
def test_whatever_comes_parsing_never_raises(changes: dict[str, Any], whole: Any) -> None:
    for kind, parse in (
        ("ticket", wire.ticket),
        ("person", wire.person),
        ("message", lambda row: wire.message(row, "1")),
        ("audit", audit_wire.audit),
        ("macro", setup_wire.macro),
        ("view", lambda row: setup_wire.view(row, 0)),
        ("article", lambda row: setup_wire.article(row, {})),
    ):
        found, bad = wire.parse_all(kind, [{**TICKET, **changes}, whole], parse)
        assert len(found) + len(bad) == 2
    wire.refusal(422, whole)
    setup_wire.ticket_fields(whole, whole, whole)
    setup_wire.ticket_fields([whole], [whole], [whole])
    wire.statuses([whole])


@given(JSON)
def test_a_cursor_that_cannot_be_read_begins_anew(whole: Any) -> None:
    import json

    assert isinstance(place_of(Position, json.dumps(whole)), Position)


def test_a_cursor_comes_back_as_it_was() -> None:
    position = Position("export", "abc==", False, None, 1, 2, 3, 4, {"41": "2026-03-02T09:20:31Z"})
    assert place_of(Position, spelled(position)) == position


@pytest.mark.parametrize(
    ("status", "data", "code", "reasons"),
    [
        (404, {"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound", ("Not found",)),
        (
            422,
            {
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {"base": [{"description": "Assignee: is required when solving a ticket"}]},
            },
            "RecordInvalid",
            ("Assignee: is required when solving a ticket",),
        ),
        (403, {"error": {"title": "Forbidden", "message": "No access"}}, "Forbidden", ("No access",)),
        (
            400,
            {"errors": [{"code": "InvalidPaginationDepth", "title": "Too deep", "detail": "Stop"}]},
            "InvalidPaginationDepth",
            ("Stop",),
        ),
        (401, {"error": "Couldn't authenticate you"}, "Couldn't authenticate you", ()),
        (500, None, "", ()),
        (500, [1], "", ()),
    ],
)
def test_all_error_envelopes(status: int, data: Any, code: str, reasons: tuple[str, ...]) -> None:
    refusal = wire.refusal(status, data)
    assert (refusal.code, refusal.reasons) == (code, reasons)


def test_two_kinds_of_409() -> None:
    assert wire.refusal(409, {"error": "DatabaseConflict", "description": "Database collision"}).passing
    assert not wire.refusal(409, {"error": "UpdateConflict", "description": "outdated"}).passing


def test_the_one_put_carries_everything() -> None:
    body = steps.ticket_body(
        (
            FieldEdit("status", "open", "solved"),
            FieldEdit("tags", (), ("a", "b")),
            FieldEdit("assignee", "1", None),
            FieldEdit("group", None, "30"),
            FieldEdit("custom:360001", None, ("x",)),
        ),
        OutgoingMessage("Hello", False),
        uploads=["t1"],
        base_version="2026-03-02T09:20:31Z",
        metadata={"k": "v"},
        macro="9",
    )
    assert body == {
        "ticket": {
            "status": "solved",
            "tags": ["a", "b"],
            "assignee_id": None,
            "group_id": 30,
            "custom_fields": [{"id": 360001, "value": ["x"]}],
            "comment": {"public": False, "body": "Hello", "uploads": ["t1"]},
            "macro_id": 9,
            "metadata": {"k": "v"},
            "safe_update": True,
            "updated_stamp": "2026-03-02T09:20:31Z",
        }
    }


def test_a_new_ticket_carries_everything() -> None:
    fields = (("subject", "Kettle"), ("form", "5"), ("status", "solved"), ("custom:360001", "x"))
    body = steps.create_body(
        NewTicket("501", fields=fields),
        OutgoingMessage("Hello", True),
        uploads=(),
        metadata={"k": "v"},
        external_id="e",
        submitter="9",
        macro="8",
    )
    assert body == {
        "ticket": {
            "subject": "Kettle",
            "ticket_form_id": 5,
            "status": "solved",
            "custom_fields": [{"id": 360001, "value": "x"}],
            "requester_id": 501,
            "comment": {"public": True, "body": "Hello"},
            "metadata": {"k": "v"},
            "macro_ids": [8],
            "external_id": "e",
            "submitter_id": 9,
        }
    }


def test_a_custom_status_is_written_by_its_id() -> None:
    body = steps.ticket_body(
        (FieldEdit("status", "open", "12"),), None, uploads=(), base_version="", metadata={}, macro=None
    )
    assert body == {"ticket": {"custom_status_id": 12, "metadata": {}}}


@given(st.text(alphabet="{}%<>&\n ax", max_size=40))
def test_no_text_leaves_with_a_placeholder(text: str) -> None:
    comment = steps.comment_body(OutgoingMessage(text, True), ())
    sent = comment.get("body") or comment.get("html_body") or ""
    assert "{{" not in sent and "{%" not in sent


def test_what_solving_still_needs() -> None:
    cause = TicketField("custom:1", "Cause", "choice", required_to_solve=True)
    other_form = TicketField("custom:2", "Model", "text", required_to_solve=True, forms=("6", "7"))
    optional = TicketField("custom:3", "Order", "text")
    fields = (cause, other_form, optional)
    assert steps.missing_to_solve(fields, {"form": "5"}) == (cause,)
    assert steps.missing_to_solve(fields, {"form": "6", "custom:1": "x"}) == (other_form,)
    assert steps.missing_to_solve(fields, {"form": "5", "custom:1": "x"}, "7") == (other_form,)
    assert steps.missing_to_solve(fields, {"custom:1": "x", "custom:2": "y"}) == ()


def test_forms_are_choices_and_say_which_fields_they_have() -> None:
    rows = [
        {"id": number, "type": kind, "title": f"Field {number}"}
        for number, kind in ((1, "subject"), (2, "text"), (3, "text"), (4, "text"), (5, "text"))
    ]
    forms = [
        {"id": 7, "name": "Refund", "position": 0, "ticket_field_ids": [2, 3]},
        {"id": 6, "name": "Request", "position": 1, "default": True, "ticket_field_ids": [1, 2]},
        {"id": 8, "name": "Old", "position": 2, "active": False, "ticket_field_ids": [2, 4]},
        {"id": None, "name": "Broken"},
        {"id": 9, "name": None, "position": 3, "ticket_field_ids": 2},
    ]
    fields = {each.name: each for each in setup_wire.ticket_fields(rows, forms[:3], [])}
    assert fields["form"].options == (
        FieldOption("6", "Request"),
        FieldOption("7", "Refund"),
        FieldOption("8", "Old", active=False),
    )
    assert {name: each.forms for name, each in fields.items() if name.startswith("custom:")} == {
        "custom:2": None,
        "custom:3": ("7",),
        "custom:4": ("8",),
        "custom:5": (),
    }
    assert fields["subject"].forms is None, "a field of every helpdesk is on each form"
    broken = setup_wire.ticket_fields(rows, forms, [])
    assert [option.key for option in next(each for each in broken if each.name == "form").options] == [
        "6",
        "7",
        "8",
        "9",
    ]
    none = setup_wire.ticket_fields(rows, [], [])
    assert all(each.name != "form" and each.forms is None for each in none)


def form_of(conditions: Any, custom_statuses: Any = ()) -> tuple[FieldCondition, ...]:
    rows = [
        {"id": 1, "type": "tagger", "title": "Reason"},
        {"id": 2, "type": "integer", "title": "Amount"},
        {"id": 3, "type": "priority", "title": "Priority"},
        {"id": 4, "type": "subject", "title": "Subject"},
    ]
    forms = [{"id": 6, "name": "Request", "agent_conditions": conditions, "ticket_field_ids": [1, 2]}]
    fields = setup_wire.ticket_fields(rows, forms, list(custom_statuses))
    return next(each for each in fields if each.name == "form").options[0].conditions


def test_conditions_of_a_form_are_read() -> None:
    def required(**child: Any) -> tuple[str, ...] | None:
        [one] = form_of([{"parent_field_id": 1, "value": "money", "child_fields": [{"id": 2, **child}]}], own)
        assert (one.field, one.parent, one.value) == ("custom:2", "custom:1", "money")
        return one.required_on

    own: list[dict[str, Any]] = []
    some = {"type": "SOME_STATUSES", "statuses": ["new", "open"]}
    assert required(is_required=True, required_on_statuses={"type": "ALL_STATUSES"}) is None
    assert required(is_required=True, required_on_statuses={"type": "NO_STATUSES"}) == ()
    assert required(is_required=False, required_on_statuses=some) == ("new", "open")
    assert required(is_required=True) == ("solved", "closed") and required() == ()
    # An account with statuses of its own: a category means all of them, ids mean those alone.
    own = [
        {"id": 11, "status_category": "open", "agent_label": "Open", "default": True},
        {"id": 12, "status_category": "open", "agent_label": "With the carrier"},
        {"id": 14, "status_category": "solved", "agent_label": "Solved", "default": True},
    ]
    assert required(required_on_statuses=some) == ("new", "open", "12")
    assert required(required_on_statuses={**some, "custom_statuses": [12, 99]}) == ("12",)
    assert required(required_on_statuses={**some, "custom_statuses": [11, 14]}) == (
        "open",
        "solved",
        "closed",
    )
    ticked = form_of([{"parent_field_id": 1, "value": True, "child_fields": [{"id": 3}]}])
    assert ticked == (FieldCondition("priority", "custom:1", "true"),)


CHILD = {"id": 2, "required_on_statuses": {"type": "ALL_STATUSES"}}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "x",
        {"parent_field_id": 9, "value": "money", "child_fields": [CHILD]},
        {"parent_field_id": 1, "value": None, "child_fields": [CHILD]},
        {"parent_field_id": 1, "value": {"a": 1}, "child_fields": [CHILD]},
        {"parent_field_id": 1, "value": "money", "child_fields": {"id": 2}},
        {"parent_field_id": 1, "value": "money", "child_fields": [2, None, {"id": 9}, {"id": 1}, {"id": 4}]},
    ],
)
def test_a_condition_that_cannot_be_read_keeps_no_other_back(broken: Any) -> None:
    fine = {"parent_field_id": 1, "value": "money", "child_fields": [CHILD]}
    assert form_of([broken, fine]) == (FieldCondition("custom:2", "custom:1", "money", None),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 5) | st.sampled_from(["SOME_STATUSES", "money", "open"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "parent_field_id", "value", "child_fields", "required_on_statuses", "type", "statuses"]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_conditions_keep_the_fields_from_being_read(given: Any) -> None:
    assert all(one.field in ("custom:1", "custom:2", "priority") for one in form_of(given))


def test_a_view_becomes_a_query_where_the_words_exist() -> None:
    def view(*conditions: tuple[str, str, Any]) -> str | None:
        rows = [
            {"field": field, "operator": operator, "value": value} for field, operator, value in conditions
        ]
        return setup_wire.view({"id": 1, "title": "V", "conditions": {"all": rows, "any": []}}, 0).query

    assert view(("status", "less_than", "solved"), ("assignee_id", "is", "current_user")) == (
        "status<solved assignee:me"
    )
    assert view(("assignee_id", "is", "")) == "assignee:none"
    assert view(("current_tags", "includes", "refund")) == "tags:refund"
    assert view(("via_id", "is", "4")) is None


@pytest.mark.parametrize("address", ["https://acme.zendesk.com", "https://acme.zendesk.com/api/v2/"])
def test_a_ticket_has_a_page_of_its_own(address: str) -> None:
    assert registry.ticket_url("zendesk", address, "41") == "https://acme.zendesk.com/agent/tickets/41"
    assert registry.ticket_url("zendesk", address, "../41") is None


def test_markdown_goes_as_html_and_plain_text_as_it_is() -> None:
    plain = steps.comment_body(OutgoingMessage("Hello,\n2*3*4 is fine: https://a.example\n\nSam", True), ())
    assert plain["body"] == "Hello,\n2*3*4 is fine: https://a.example\n\nSam" and "html_body" not in plain
    rich = steps.comment_body(OutgoingMessage("**Bold** <b>\n\n- one\n- two", False), ())
    assert rich["html_body"] == ("<p><strong>Bold</strong> &lt;b&gt;</p><ul><li>one</li><li>two</li></ul>")
    assert "body" not in rich
