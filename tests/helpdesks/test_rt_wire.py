"""Request Tracker's JSON, read and written; no server."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import Change, FieldEdit, OutgoingMessage, Step
from agentconsole.domain.errors import Rejected, SecretError
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.registry import steps_for
from agentconsole.helpdesks.rt import client, setup_wire, steps, thread_wire, wire
from agentconsole.helpdesks.rt.options import CustomField, Known, RtOptions, options_of

UNSET = "1970-01-01T00:00:00Z"


def known(**more: Any) -> Known:
    fields = {
        "3": CustomField("3", "Tags", "Freeform", many=True),
        "4": CustomField("4", "Order", "Freeform", many=False),
        "5": CustomField("5", "Call", "DateTime", many=False),
        "6": CustomField("6", "Colours", "Select", many=True),
    }
    return Known(RtOptions(), me="ada", fields=fields, tags="3", **more)


def user(name: str, **more: str) -> dict[str, str]:
    return {"type": "user", "id": name, "_url": f"http://rt.example/user/{name}", **more}


TICKET: dict[str, Any] = {
    "id": "7",
    "type": "ticket",
    "Subject": "水壶",
    "Status": "stalled",
    "Priority": "40",
    "Owner": user("ada", Name="ada", RealName="Ada", EmailAddress="ada@rt.example"),
    "Queue": {"type": "queue", "id": "3"},
    "Created": "2026-01-01T10:00:00Z",
    "LastUpdated": "2026-01-02T10:00:00Z",
    "Due": UNSET,
    "Creator": user("c@example.com"),
    "Requestor": [user("c@example.com", Name="c@example.com"), user("d@example.com", Name="d@example.com")],
    "Cc": [{"type": "group", "id": "9"}, user("e@example.com", Name="e@example.com")],
    "CustomFields": [
        {"id": "3", "values": ["vip", "急ぎ"]},
        {"id": "4", "values": [None]},
        {"id": "5", "values": ["2026-01-03T01:00:00Z"]},
        {"id": "6", "values": []},
    ],
}


def test_a_ticket_is_read() -> None:
    read = wire.ticket(TICKET, known())
    assert read.fields["tags"] == ("vip", "急ぎ")
    assert (read.status, read.fields["status"]) == ("pending", "stalled")
    assert (read.priority, read.fields["priority"]) == ("normal", "40")
    assert read.requester == "c@example.com" and read.ccs == ("d@example.com", "e@example.com")
    assert read.fields["custom:4"] is None, "a stored null is nothing"
    assert read.fields["custom:6"] == () and read.fields["custom:5"] == "2026-01-03T01:00:00Z"
    assert read.slas == () and read.slas_known and read.fields["due"] is None
    assert read.version == "2026-01-02T10:00:00Z" and read.channel == "email"


def test_the_same_ticket_by_itself_reads_alike() -> None:
    """A single record has its number as a number, and people without their names."""
    single = {**TICKET, "id": 7, "Owner": user("ada"), "EffectiveId": {"type": "ticket", "id": "7"}}
    assert wire.ticket(single, known()) == wire.ticket(TICKET, known())


@pytest.mark.parametrize(
    ("number", "word"),
    [("0", None), ("", None), ("10", "low"), ("50", "normal"), ("75", "high"), ("100", "urgent")],
)
def test_priorities_are_named(number: str, word: str | None) -> None:
    assert wire.ticket({**TICKET, "Priority": number}, known()).priority == word


def test_a_due_date_is_a_clock_and_nobody_is_nobody() -> None:
    read = wire.ticket({**TICKET, "Due": "2026-12-01T10:00:00Z", "Owner": user("Nobody")}, known())
    assert [(each.metric, each.due_at) for each in read.slas] == [("due", parse_instant("2026-12-01T10:00Z"))]
    assert read.fields["assignee"] is None and read.fields["due"] == "2026-12-01T10:00:00Z"


@pytest.mark.parametrize(
    "broken", [{"Status": None}, {"LastUpdated": "never"}, {"id": "x"}, {"Created": 7}, {"Priority": "High"}]
)
def test_a_broken_ticket_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        wire.ticket({**TICKET, **broken}, known())


def test_owners_are_agents_and_customers_are_not() -> None:
    it = known()
    roles = {each.remote_id: each.role for each in wire.people_of(TICKET, it)}
    assert roles == {
        "ada": "agent",
        "c@example.com": "customer",
        "d@example.com": "customer",
        "e@example.com": "customer",
    }


def part(number: int, kind: str, name: str = "", content: Any = "", **more: Any) -> thread_wire.Part:
    row = {"id": str(number), "TransactionId": "9", "ContentType": kind, "Filename": name, "Content": content}
    return thread_wire.part({**row, "ContentLength": str(len(content)), **more})


def test_a_message_is_its_body_and_its_files() -> None:
    parts = [
        part(1, "multipart/mixed"),
        part(2, "text/plain", content="Hello"),
        part(3, "text/html", content="<p>Hello</p>"),
        part(4, "text/plain", "log.txt", "a log"),
        part(5, "image/png", content="x"),
        part(6, "text/plain", content="-- \nsent by a list"),
        part(7, "message/rfc822"),
    ]
    row = {"id": "9", "Type": "Correspond", "Created": "2026-01-01T10:00:00Z", "Creator": user("ada")}
    read = thread_wire.message(row, parts, "7", "http://rt.example/attachment/")
    assert read.raw_text == "Hello\n\n-- \nsent by a list" and read.raw_html == "<p>Hello</p>"
    assert [each.file_name for each in read.attachments] == ["log.txt", "attachment-5.png"]
    assert read.attachments[0].url == "http://rt.example/attachment/4"


def test_copies_of_sent_mail_are_no_messages() -> None:
    parts = thread_wire.parts_by_transaction([part(1, "text/plain", content="x")])
    assert thread_wire.is_message({"id": "9", "Type": "Comment"}, parts)
    assert not thread_wire.is_message({"id": "9", "Type": "EmailRecord"}, parts)
    assert not thread_wire.is_message({"id": "8", "Type": "Create"}, parts), "nothing was written"
    assert thread_wire.newest([{"id": "5", "Type": "Set"}, {"id": "8", "Type": "EmailRecord"}, None]) == 5


def change(text: str | None, *edits: FieldEdit, public: bool = True) -> Change:
    message = OutgoingMessage(text, public) if text is not None else None
    made = Change("u", 1, 1, "7", "queued", 0, 0, "", None, edits, message, ())
    return made


def test_a_message_and_its_fields_are_two_steps() -> None:
    edit = FieldEdit("status", "open", "resolved")
    kinds = [
        [step.kind for step in steps_for("rt", each)]
        for each in (change("Hi", edit), change("Hi", edit, public=False), change("Hi"), change(None, edit))
    ]
    assert kinds == [["correspond", "update"], ["comment", "update"], ["correspond"], ["update"]]


def test_the_message_counts_as_sent_with_its_own_step() -> None:
    made = change("Hi", FieldEdit("status", "open", "resolved"))
    first, second = (
        Step(place, "u", place, plan.kind, plan.payload, state)  # type: ignore[arg-type]
        for place, (plan, state) in enumerate(zip(steps_for("rt", made), ("sent", "queued"), strict=True))
    )
    assert replace(made, steps=(first, second)).message_sent
    assert not replace(made, steps=(replace(first, state="unknown"), second)).message_sent
    assert not change("Hi").message_sent


def test_fields_are_written_as_rt_takes_them() -> None:
    now = wire.ticket(TICKET, known()).fields
    wanted = {
        "subject": "two\nlines",
        "status": "stalled",
        "priority": None,
        "assignee": None,
        "due": "2026-12-01T10:00:00Z",
        "tags": (),
        "custom:4": None,
        "custom:5": "2026-12-01T10:00:00Z",
        "custom:6": "red",
    }
    edits = [FieldEdit(name, now.get(name), value) for name, value in wanted.items()]
    body = steps.update_body(edits, now, known(zone=ZoneInfo("Asia/Tokyo")))
    assert body == {
        "Subject": "two lines",
        "Priority": "0",
        "Owner": "Nobody",
        "Due": "2026-12-01 10:00:00",
        "CustomFields": {"3": [], "5": "2026-12-01 19:00:00", "6": ["red"]},
    }, "what is so already is left out, and a null is never sent for nothing"


def test_a_body_with_files_is_a_form_only_where_it_must_be() -> None:
    plain, kind = steps.message_body("Ü", [steps.Upload('a "b".bin', "text/plain", b"\x00\xff")])
    assert kind == "application/json"
    (sent,) = json.loads(plain)["Attachments"]
    assert (sent["FileName"], base64.b64decode(sent["FileContent"])) == ('a "b".bin', b"\x00\xff")
    form, kind = steps.message_body("Ü", [steps.Upload("日本\r\n語.bin", "no type\r\n", b"\x00\xff")])
    assert kind.startswith("multipart/form-data; boundary=")
    assert 'filename="日本  語.bin"\r\nContent-Type: application/octet-stream'.encode() in form
    for given, told in (("image/png", "image/png"), ("none", "application/octet-stream")):
        form, _ = steps.message_body("Ü", [steps.Upload("図.png", given, b"\x00")])
        assert f"Content-Type: {told}\r\n".encode() in form


def test_an_empty_priority_is_the_lowest_and_no_other_empty_field_is() -> None:
    assert steps.same("priority", None, "0", known()) and not steps.same("priority", None, "40", known())
    assert steps.same("subject", None, "", known()) and not steps.same("subject", "", "0", known())


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("https://rt.example/", "https://rt.example"),
        ("https://rt.example/REST/2.0", "https://rt.example"),
        ("https://rt.example/rt/Ticket/Display.html", "https://rt.example/rt"),
        ("https://rt.example/index.html", "https://rt.example"),
    ],
)
def test_a_browsers_address_will_do(url: str, web: str) -> None:
    assert client.web_address(url) == web


def test_login_by_token_or_password() -> None:
    token = AccountSettings("u", "rt", "rt", "https://rt.example", "ada")
    assert client.authorization(token, " 1-2-abc\n") == "token 1-2-abc"
    by_password = AccountSettings("u", "rt", "rt", "https://rt.example", "ada", auth="password")
    told = client.authorization(by_password, "pässword\n").removeprefix("Basic ")
    assert base64.b64decode(told).decode() == "ada:pässword"
    for account, secret in ((token, ""), (token, "ü"), (by_password, "")):
        with pytest.raises(SecretError):
            client.authorization(account, secret)


def test_options_are_read_and_wrong_ones_told() -> None:
    made = AccountSettings(
        "u",
        "rt",
        "rt",
        "https://rt.example",
        "ada",
        options={"tags_field": "Tags", "article_classes": ("KB",), "statuses": {"waiting": "hold"}},
    )
    assert options_of(made) == RtOptions("Tags", ("KB",), {"waiting": "hold"})
    for wrong in ({"tags": "Tags"}, {"tags_field": ("a",)}, {"statuses": {"waiting": "asleep"}}):
        broken = AccountSettings("u", "rt", "rt", "https://rt.example", "ada", options=wrong)
        with pytest.raises(Rejected):
            options_of(broken)


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("Owner = '__CurrentUser__' AND Status = '__Active__'", "assignee:me status<solved"),
        ("Owner = 'Nobody' AND ( Status = 'new' )", "assignee:none status:new"),
        ("Queue = 'Kettles' AND CF.{Tags} = 'vip'", "group:3 tags:vip"),
        ("Status != '__Active__'", "status>=solved"),
        ("Priority > 50", None),
        ("Status = 'open' OR Status = 'new'", None),
        ("CF.{Other} = 'x'", None),
        ("", None),
    ],
)
def test_saved_searches_become_queries_where_they_can(sql: str, query: str | None) -> None:
    view = setup_wire.view({"id": "1", "Name": "N"}, {"Query": sql}, 0, known(), {"Kettles": "3"})
    assert view.query == query


def test_an_article_is_made_of_its_fields() -> None:
    kinds = {
        "1": CustomField("1", "Answer", "Text", many=False),
        "2": CustomField("2", "Rich", "HTML", many=False),
        "3": CustomField("3", "Keywords", "Freeform", many=True),
    }
    row = {
        "id": "5",
        "Name": "Title",
        "Summary": "Short",
        "LastUpdated": "2026-01-01T10:00:00Z",
        "Class": {"id": "2", "Name": "KB"},
        "CustomFields": [
            {"id": "3", "name": "Keywords", "values": ["a", "b"]},
            {"id": "2", "name": "Rich", "values": ["<p>rich</p>"]},
            {"id": "1", "name": "Answer", "values": ["one <b>\n\ntwo\nthree"]},
        ],
    }
    read = setup_wire.article(row, kinds, "https://rt.example")
    assert read.html == ("<h3>Answer</h3><p>one &lt;b&gt;</p><p>two<br>three</p><h3>Rich</h3><p>rich</p>")
    assert read.labels == ("a", "b") and read.section == "KB"
    assert setup_wire.is_in(row, ("kb",)) and setup_wire.is_in(row, ()) and not setup_wire.is_in(row, ("x",))


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        ({"message": "Unknown field: Bogus at /usr/share/x.pm line 7.\n"}, ("Unknown field: Bogus",)),
        ({"message": 7}, ()),
        (None, ()),
        ([], ()),
    ],
)
def test_refusals_are_read_without_the_servers_paths(data: Any, reasons: tuple[str, ...]) -> None:
    assert client.refusal(400, data).reasons == reasons


def changed(kind: str, field: str = "", old: Any = "", new: Any = "") -> str:
    return thread_wire.change_text(
        {"Type": kind, "Field": field, "OldValue": old, "NewValue": new}, {"4": "Severity"}
    )


def test_transactions_that_changed_something_are_said_in_words() -> None:
    assert changed("Status", "Status", "new", "open") == "Status: new → open"
    assert changed("Set", "Priority", "0", "70") == "Priority: 0 → 70"
    assert changed("Set", "Owner", "6", "27") == "Owner changed"
    assert changed("CustomField", "4", "", "Critical") == "Severity: +Critical"
    assert changed("CustomField", "4", "Critical", None) == "Severity: −Critical"
    assert changed("CustomField", "9", "a", "b") == "Field 9: a → b"
    assert changed("AddLink", "RefersTo", "", "fsck.com-rt://rt.test/ticket/308") == "RefersTo: +#308"
    assert changed("DeleteLink", "MemberOf", "https://x.example/", "") == "MemberOf: −https://x.example/"
    assert changed("AddWatcher", "Cc", "", "31") == "Cc: one added"
    for quiet in ("Create", "Correspond", "EmailRecord", "SetWatcher", "Told"):
        assert changed(quiet, "Owner", "6", "27") == ""
    assert changed("Set", "Told", "", "2026-01-01 10:00:00") == ""


def test_a_change_is_an_event_of_its_ticket() -> None:
    row = {"id": "9", "Type": "Status", "Field": "Status", "OldValue": "new", "NewValue": "open\x1b[31m"}
    read = thread_wire.event({**row, "Created": "2026-01-01T10:00:00Z", "Creator": user("ada")}, "7", {})
    assert read is not None and (read.kind, read.ticket, read.author) == ("event", "7", "ada")
    assert thread_wire.event({**row, "Type": "EmailRecord"}, "7", {}) is None
