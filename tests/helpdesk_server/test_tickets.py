from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from agentconsole.demo.records import ConditionRecord
from agentconsole.demo.required_fields import dialect_of
from tests.support.helpdesk import RunningHelpdesk
from tests.support.tiny_company import (
    ADMIN,
    AGENT,
    CARDS,
    CAUSE_FIELD,
    COLLEAGUE,
    FIRST_CUSTOMER,
    ORDER_FIELD,
    ORDERS,
    OTHER_COLLEAGUE,
    PRODUCT_FIELD,
    SHORT_FORM,
)

OPEN_MINE, NEW, PENDING, SOLVED, CLOSED = 1, 2, 3, 4, 7
CAUSE = {"custom_fields": [{"id": CAUSE_FIELD, "value": "cause_fault"}]}


def put(client: httpx.Client, ticket_id: int, **ticket: Any) -> httpx.Response:
    return client.put(f"/tickets/{ticket_id}", json={"ticket": ticket})


def details(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"] == "RecordInvalid"
    return str(answer.json()["details"])


def test_a_reply_with_everything_is_one_audit(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    answer = put(
        agent,
        OPEN_MINE,
        comment={"body": "Here it is.\n\nBest <wishes>", "public": True},
        status="solved",
        tags=["Done", "two words"],
        metadata={"agentconsole": "uuid-1"},
        **CAUSE,
    )
    assert answer.status_code == 200
    body = answer.json()
    audit = body["audit"]
    comment = audit["events"][0]
    assert comment["type"] == "Comment"
    assert comment["html_body"].count("<p") == 2
    assert "Best &lt;wishes&gt;" in comment["html_body"]
    assert audit["metadata"]["custom"] == {"agentconsole": "uuid-1"}
    changes = {event["field_name"]: event for event in audit["events"] if event["type"] == "Change"}
    assert changes["status"]["previous_value"] == "open"
    assert changes["status"]["value"] == "solved"
    assert body["ticket"]["tags"] == ["done", "two", "words", "cause_fault"]
    notification = next(event for event in audit["events"] if event["type"] == "Notification")
    assert notification["recipients"] == [FIRST_CUSTOMER]
    listed = agent.get(f"/tickets/{OPEN_MINE}/comments").json()["comments"]
    assert listed[-1]["id"] == comment["id"]
    assert listed[-1]["audit_id"] == audit["id"]
    found = agent.get(f"/tickets/{OPEN_MINE}/audits").json()["audits"][-1]
    assert found["metadata"]["custom"] == {"agentconsole": "uuid-1"}
    assert helpdesk.public_texts(OPEN_MINE)[-1] == "Here it is.\n\nBest <wishes>"


def test_html_becomes_text_as_well(agent: httpx.Client) -> None:
    answer = put(
        agent, OPEN_MINE, comment={"html_body": "<p>One <b>two</b></p><p>three</p>", "public": False}
    )
    comment = answer.json()["audit"]["events"][0]
    assert comment["public"] is False
    assert (
        comment["html_body"] == '<div class="zd-comment" dir="auto"><p>One <b>two</b></p><p>three</p></div>'
    )
    assert comment["body"].split() == ["One", "two", "three"]


def test_a_note_leaves_the_status_alone(agent: httpx.Client) -> None:
    answer = put(agent, PENDING, comment={"body": "psst", "public": False})
    assert answer.json()["ticket"]["status"] == "pending"


def test_solving_needs_the_required_fields_of_the_tickets_form_alone(agent: httpx.Client) -> None:
    solved = {"subject": "Kettle", "comment": {"body": "Q"}, "status": "solved", "assignee_id": AGENT}
    refused = agent.post("/tickets", json={"ticket": solved})
    assert "Cause: is required" in details(refused)
    made = agent.post("/tickets", json={"ticket": {**solved, "ticket_form_id": SHORT_FORM}})
    assert made.status_code == 201 and made.json()["ticket"]["ticket_form_id"] == SHORT_FORM
    assert "Form: is invalid" in details(
        agent.post("/tickets", json={"ticket": {**solved, "ticket_form_id": 9}})
    )


def test_solving_needs_the_required_fields(agent: httpx.Client) -> None:
    answer = put(agent, OPEN_MINE, status="solved")
    entries = answer.json()["details"]["base"]
    assert [entry["ticket_field_id"] for entry in entries] == [CAUSE_FIELD]
    assert entries[0]["description"] == "Cause: is required when solving a ticket"
    assert "Assignee: is required" in details(put(agent, NEW, status="solved", **CAUSE))
    assert put(agent, NEW, status="solved", assignee_id=AGENT, **CAUSE).status_code == 200


def test_conditions_of_the_form_are_enforced(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    rules = (
        ConditionRecord(PRODUCT_FIELD, "product_kettle", ORDER_FIELD, ("pending", "solved")),
        ConditionRecord(PRODUCT_FIELD, "product_card", CAUSE_FIELD, None),
    )
    helpdesk.execute(
        "UPDATE ticket_forms SET agent_conditions = ? WHERE is_default", json.dumps(dialect_of(rules))
    )
    shown = agent.get("/ticket_forms").json()["ticket_forms"]
    assert [len(form["agent_conditions"]) for form in shown] == [2, 0]

    def product(value: str, **more: Any) -> dict[str, Any]:
        own = [{"id": PRODUCT_FIELD, "value": value}, {"id": ORDER_FIELD, "value": ""}]
        return {"custom_fields": [*own, *more.pop("custom_fields", ())], **more}

    # Hidden, a field is not needed, though it is required to solve.
    assert put(agent, OPEN_MINE, **product("product_kettle", status="open")).status_code == 200
    asked = details(put(agent, OPEN_MINE, **product("product_kettle", status="solved")))
    assert "is required when solving" in asked and "Cause" not in asked
    assert "when the status is pending" in details(put(agent, OPEN_MINE, status="pending"))
    order = [{"id": ORDER_FIELD, "value": "N-1"}]
    solved = put(agent, OPEN_MINE, **product("product_kettle", custom_fields=order, status="solved"))
    assert solved.status_code == 200
    # Always: with whatever an agent writes, never with what a customer does.
    assert put(agent, PENDING, **product("product_card")).status_code == 200
    note = {"body": "psst", "public": False}
    assert "Cause: is required when the status is pending" in details(put(agent, PENDING, comment=note))
    helpdesk.customer_answers(PENDING, "Any news?")
    assert put(agent, PENDING, comment=note, **CAUSE).status_code == 200
    made = {"subject": "Kettle", "comment": {"body": "Q"}, **product("product_card")}
    assert "Cause" in details(agent.post("/tickets", json={"ticket": made}))
    made["ticket_form_id"] = SHORT_FORM
    assert agent.post("/tickets", json={"ticket": made}).status_code == 201


def test_a_refused_write_changes_nothing(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    before = dict(helpdesk.ticket(OPEN_MINE))
    texts = helpdesk.public_texts(OPEN_MINE)
    details(put(agent, OPEN_MINE, comment={"body": "gone"}, priority="urgent", status="solved"))
    assert dict(helpdesk.ticket(OPEN_MINE)) == before
    assert helpdesk.public_texts(OPEN_MINE) == texts


def test_closed_tickets_refuse_everything(agent: httpx.Client) -> None:
    assert "closed prevents ticket update" in details(put(agent, CLOSED, comment={"body": "hello"}))


def test_safe_update_compares_the_second(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    stamp = agent.get(f"/tickets/{OPEN_MINE}").json()["ticket"]["updated_at"]
    helpdesk.customer_answers(OPEN_MINE, "One more thing")
    answer = put(agent, OPEN_MINE, comment={"body": "late"}, safe_update=True, updated_stamp=stamp)
    assert answer.status_code == 409
    assert answer.json()["error"] == "UpdateConflict"
    stamp = agent.get(f"/tickets/{OPEN_MINE}").json()["ticket"]["updated_at"]
    assert put(agent, OPEN_MINE, priority="low", safe_update=True, updated_stamp=stamp).status_code == 200
    assert helpdesk.public_texts(OPEN_MINE)[-1] == "One more thing"


@pytest.mark.parametrize("ticket_id", [PENDING, SOLVED])
def test_a_customers_answer_reopens(helpdesk: RunningHelpdesk, agent: httpx.Client, ticket_id: int) -> None:
    helpdesk.customer_answers(ticket_id, "Still broken")
    ticket = agent.get(f"/tickets/{ticket_id}", params={"include": "slas"}).json()["ticket"]
    assert ticket["status"] == "open"
    metrics = {metric["metric"]: metric for metric in ticket["slas"]["policy_metrics"]}
    assert metrics["next_reply_time"]["stage"] == "active"


def test_an_agents_reply_fulfils_the_reply_clock(agent: httpx.Client) -> None:
    def clocks() -> dict[str, Any]:
        ticket = agent.get(f"/tickets/{OPEN_MINE}", params={"include": "slas"}).json()["ticket"]
        return {metric["metric"]: metric for metric in ticket["slas"]["policy_metrics"]}

    assert clocks()["next_reply_time"]["stage"] == "active"
    assert {"hours", "minutes", "days"} & clocks()["next_reply_time"].keys()
    put(agent, OPEN_MINE, comment={"body": "note", "public": False})
    assert clocks()["next_reply_time"]["stage"] == "active"
    put(agent, OPEN_MINE, comment={"body": "reply", "public": True})
    assert clocks()["next_reply_time"] == {
        "breach_at": None,
        "stage": "achieved",
        "metric": "next_reply_time",
    }


def test_assigning_follows_the_groups(agent: httpx.Client) -> None:
    ticket = put(agent, NEW, assignee_id=OTHER_COLLEAGUE).json()["ticket"]
    assert (ticket["assignee_id"], ticket["group_id"], ticket["status"]) == (OTHER_COLLEAGUE, ORDERS, "open")
    ticket = put(agent, NEW, group_id=CARDS).json()["ticket"]
    assert (ticket["assignee_id"], ticket["group_id"]) == (None, CARDS)
    assert "not a member" in details(put(agent, NEW, assignee_id=COLLEAGUE, group_id=ORDERS))
    assert "Assignee: is invalid" in details(put(agent, NEW, assignee_id=FIRST_CUSTOMER))
    ticket = put(agent, NEW, assignee_email="JON.BERG@tiny.example").json()["ticket"]
    assert ticket["assignee_id"] == COLLEAGUE
    assert put(agent, NEW, assignee_id=None).json()["ticket"]["assignee_id"] is None


def test_drop_downs_and_tags_go_together(agent: httpx.Client) -> None:
    def value(ticket: dict[str, Any]) -> Any:
        return next(field["value"] for field in ticket["custom_fields"] if field["id"] == PRODUCT_FIELD)

    field = {"id": PRODUCT_FIELD, "value": "product_card"}
    ticket = put(agent, OPEN_MINE, custom_fields=[field]).json()["ticket"]
    assert "product_card" in ticket["tags"]
    ticket = put(agent, OPEN_MINE, custom_fields=[{**field, "value": "product_kettle"}]).json()["ticket"]
    assert "product_card" not in ticket["tags"]
    assert "product_kettle" in ticket["tags"]
    ticket = put(agent, OPEN_MINE, tags=["only"]).json()["ticket"]
    assert ticket["tags"] == ["only"]
    assert value(ticket) is None
    assert "is not valid" in details(put(agent, OPEN_MINE, custom_fields=[{**field, "value": "nonsense"}]))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "shiny"}, "Status"),
        ({"priority": "huge"}, "Priority"),
        ({"type": "joke"}, "Type"),
        ({"comment": {"body": "   "}}, "cannot be blank"),
        ({"comment": {"body": "x", "author_id": 999_999}}, "Author"),
        ({"comment": {"body": "x", "uploads": ["nope"]}}, "Uploads"),
        ({"requester_id": 999_999}, "Requester"),
        ({"group_id": 999_999}, "Group"),
        ({"custom_status_id": 1}, "Custom status"),
        ({"due_at": "someday"}, "Due"),
        ({"email_ccs": [{"user_id": 999_999}]}, "CCs"),
    ],
)
def test_bad_values_are_refused(agent: httpx.Client, change: dict[str, Any], word: str) -> None:
    assert word in details(put(agent, OPEN_MINE, **change))


def test_custom_statuses_carry_their_category(agent: httpx.Client) -> None:
    statuses = agent.get("/custom_statuses").json()["custom_statuses"]
    waiting = next(status for status in statuses if status["agent_label"] == "Waiting for carrier")
    ticket = put(agent, OPEN_MINE, custom_status_id=waiting["id"]).json()["ticket"]
    assert (ticket["status"], ticket["custom_status_id"]) == ("hold", waiting["id"])
    ticket = put(agent, OPEN_MINE, status="open").json()["ticket"]
    default = next(status for status in statuses if status["default"] and status["status_category"] == "open")
    assert ticket["custom_status_id"] == default["id"]


def test_unknown_keys_are_named_and_ignored(agent: httpx.Client) -> None:
    answer = put(agent, OPEN_MINE, priority="low", sparkle=1, description="new text")
    assert answer.status_code == 200
    assert '"sparkle"' in answer.headers["x-zendesk-api-warn"]
    assert answer.json()["ticket"]["description"].startswith("Where is my order")


def test_copied_people(agent: httpx.Client) -> None:
    ccs = [{"user_id": FIRST_CUSTOMER + 1, "action": "put"}, {"user_email": "friend@new.example"}]
    ticket = put(agent, OPEN_MINE, email_ccs=ccs).json()["ticket"]
    assert len(ticket["email_cc_ids"]) == 2
    gone = [{"user_id": FIRST_CUSTOMER + 1, "action": "delete"}]
    ticket = put(agent, OPEN_MINE, email_ccs=gone).json()["ticket"]
    assert FIRST_CUSTOMER + 1 not in ticket["email_cc_ids"]
    assert len(ticket["email_cc_ids"]) == 1


def test_an_empty_update_makes_no_event_and_moves_nothing(
    helpdesk: RunningHelpdesk, agent: httpx.Client
) -> None:
    before = helpdesk.ticket(OPEN_MINE)["updated_at"]
    assert put(agent, OPEN_MINE, status="open").json()["audit"] is None
    assert helpdesk.ticket(OPEN_MINE)["updated_at"] == before


def test_placeholders_in_a_sent_comment_are_rendered(agent: httpx.Client) -> None:
    answer = put(agent, OPEN_MINE, comment={"body": "Hi {{ticket.requester.name}}, {{nothing.known}}!"})
    assert answer.json()["audit"]["events"][0]["body"] == "Hi Customer 0 Example, !"


def test_creating(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    ticket = {
        "subject": "New one",
        "comment": {"body": "Help"},
        "requester": {"name": "Nia New", "email": "nia@acme.example"},
        "priority": "urgent",
        "tags": ["a"],
        "custom_fields": [{"id": ORDER_FIELD, "value": "N-1"}],
        "external_id": "x-1",
    }
    answer = agent.post("/tickets.json", json={"ticket": ticket})
    assert answer.status_code == 201
    made = answer.json()["ticket"]
    assert answer.headers["location"] == made["url"]
    assert made["status"] == "new"
    assert made["organization_id"] == 21
    requester = agent.get(f"/users/{made['requester_id']}").json()["user"]
    assert requester["email"] == "nia@acme.example"
    events = answer.json()["audit"]["events"]
    assert events[0]["type"] == "Comment"
    assert events[0]["author_id"] == made["requester_id"]
    assert {event["type"] for event in events[1:]} == {"Create"}
    shown = agent.get(f"/tickets/{made['id']}", params={"include": "slas"}).json()["ticket"]
    assert shown["slas"]["policy_metrics"][0]["metric"] == "first_reply_time"
    by_external_id = agent.get("/tickets", params={"external_id": "x-1"}).json()["tickets"]
    assert [found["id"] for found in by_external_id] == [made["id"]]
    assert "cannot be blank" in details(agent.post("/tickets", json={"ticket": {"subject": "no text"}}))


def test_an_idempotency_key_creates_once(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    body = {"ticket": {"subject": "Once", "comment": {"body": "only once"}}}
    first = agent.post("/tickets", json=body, headers={"Idempotency-Key": "k1"})
    again = agent.post("/tickets", json=body, headers={"Idempotency-Key": "k1"})
    assert first.headers["x-idempotency-lookup"] == "miss"
    assert again.headers["x-idempotency-lookup"] == "hit"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = agent.post(
        "/tickets", json={"ticket": {"comment": {"body": "else"}}}, headers={"Idempotency-Key": "k1"}
    )
    assert other.status_code == 400
    assert other.json()["error"] == "IdempotentRequestError"
    assert len(helpdesk.query("SELECT id FROM tickets WHERE subject = 'Once'")) == 1
    helpdesk.advance(2 * 3600 + 1)
    assert agent.post("/tickets", json=body, headers={"Idempotency-Key": "k1"}).headers[
        "x-idempotency-lookup"
    ] == ("miss")


def test_deleting_softly_and_restoring(agent: httpx.Client, admin: httpx.Client) -> None:
    assert agent.delete(f"/tickets/{OPEN_MINE}").status_code == 204
    assert agent.get(f"/tickets/{OPEN_MINE}").status_code == 404
    assert agent.get(f"/tickets/{OPEN_MINE}/comments").status_code == 404
    exported = admin.get("/incremental/tickets/cursor", params={"start_time": 1}).json()["tickets"]
    assert next(ticket for ticket in exported if ticket["id"] == OPEN_MINE)["status"] == "deleted"
    kept = admin.get(
        "/incremental/tickets/cursor", params={"start_time": 1, "exclude_deleted": "true"}
    ).json()
    assert OPEN_MINE not in [ticket["id"] for ticket in kept["tickets"]]
    assert [row["id"] for row in agent.get("/deleted_tickets").json()["deleted_tickets"]] == [OPEN_MINE]
    assert agent.put(f"/deleted_tickets/{OPEN_MINE}/restore").status_code == 200
    assert agent.get(f"/tickets/{OPEN_MINE}").json()["ticket"]["status"] == "open"
    assert agent.put(f"/deleted_tickets/{OPEN_MINE}/restore").status_code == 404


def test_tag_endpoints(agent: httpx.Client) -> None:
    path = f"/tickets/{OPEN_MINE}/tags"
    assert agent.post(path, json={"tags": ["a", "b"]}).status_code == 201
    assert agent.put(path, json={"tags": ["c"]}).json() == {"tags": ["a", "b", "c"]}
    assert agent.request("DELETE", path, json={"tags": ["a"]}).json() == {"tags": ["b", "c"]}
    stale = {"tags": ["z"], "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    assert agent.put(path, json=stale).status_code == 409


def test_many_at_once_fail_one_by_one(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    ids = f"{OPEN_MINE},{CLOSED},{PENDING}"
    change = {"ticket": {"priority": "urgent", "additional_tags": ["swept"]}}
    job = agent.put("/tickets/update_many", params={"ids": ids}, json=change).json()["job_status"]
    assert job["status"] == "queued"
    helpdesk.helpdesk.jobs.settle()
    done = agent.get(f"/job_statuses/{job['id']}").json()["job_status"]
    assert done["status"] == "completed"
    assert [result["success"] for result in done["results"]] == [True, False, True]
    assert helpdesk.ticket(OPEN_MINE)["priority"] == "urgent"
    assert " swept " in helpdesk.ticket(PENDING)["tags"]
    assert " swept " not in helpdesk.ticket(CLOSED)["tags"]
    too_many = ",".join(str(number) for number in range(1, 102))
    answer = agent.put("/tickets/update_many", params={"ids": too_many}, json=change)
    assert answer.json()["error"] == "TooManyValues"


def test_merging_closes_the_source(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    answer = agent.post(f"/tickets/{OPEN_MINE}/merge", json={"ids": [PENDING], "target_comment": "both here"})
    assert answer.json()["job_status"]["status"] == "queued"
    helpdesk.helpdesk.jobs.settle()
    assert helpdesk.ticket(PENDING)["status"] == "closed"
    assert " closed_by_merge " in helpdesk.ticket(PENDING)["tags"]
    assert helpdesk.private_texts(OPEN_MINE)[-1] == "both here"
    audit = agent.get(f"/tickets/{PENDING}/audits").json()["audits"][-1]
    assert audit["via"]["source"]["rel"] == "merge"


def test_making_private_and_redacting(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    comment_id = agent.get(f"/tickets/{OPEN_MINE}/comments").json()["comments"][0]["id"]
    path = f"/tickets/{OPEN_MINE}/comments/{comment_id}"
    answer = agent.put(f"{path}/redact", json={"text": "order"})
    assert "order" not in answer.json()["comment"]["body"]
    assert agent.put(f"{path}/make_private").status_code == 200
    assert agent.get(f"/tickets/{OPEN_MINE}/comments").json()["comments"][0]["public"] is False


def test_an_admins_name_is_in_the_audit(helpdesk: RunningHelpdesk, admin: httpx.Client) -> None:
    assert put(admin, OPEN_MINE, priority="low").json()["audit"]["author_id"] == ADMIN
