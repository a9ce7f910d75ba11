from __future__ import annotations

from typing import Any

import httpx
import pytest

from agentconsole.demo.settings import Settings
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import (
    AGENT,
    CAUSE_FIELD,
    FIRST_CUSTOMER,
    FORM,
    MINE_VIEW,
    NOTE_MACRO,
    ORDERS_MACRO,
    SOLVED_VIEW,
    THANKS_MACRO,
    UNASSIGNED_VIEW,
)


@pytest.fixture
def client(shared: RunningHelpdesk) -> httpx.Client:
    return shared.client()


def found(client: httpx.Client, query: str) -> list[int]:
    answer = client.get("/search", params={"query": query, "sort_by": "created_at", "sort_order": "asc"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == client.get("/search/count", params={"query": query}).json()["count"]
    return [row["id"] for row in answer.json()["results"]]


def sql(helpdesk: RunningHelpdesk, where: str) -> list[int]:
    rows = helpdesk.query(f"SELECT id FROM tickets WHERE {where} ORDER BY created_at, id")  # noqa: S608
    return [row["id"] for row in rows]


def test_offset_pages(client: httpx.Client) -> None:
    first = client.get("/tickets", params={"per_page": 20}).json()
    assert (len(first["tickets"]), first["count"], first["previous_page"]) == (20, 50, None)
    second = client.get(first["next_page"]).json()
    third = client.get(second["next_page"]).json()
    assert third["next_page"] is None
    assert third["tickets"][-1]["id"] == 50
    assert ".json?" in first["next_page"]
    capped = client.get("/tickets", params={"per_page": 5000}).json()
    assert len(capped["tickets"]) == 50


@pytest.mark.parametrize("params", [{"page": "101"}, {"page": "102", "per_page": "100"}])
def test_offset_pages_end_at_ten_thousand(client: httpx.Client, params: dict[str, str]) -> None:
    answer = client.get("/tickets", params=params)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidPaginationDepth"


@pytest.mark.parametrize("sort", [None, "id", "-id", "updated_at", "-updated_at", "status", "-status"])
def test_cursor_pages_go_through_everything_once(client: httpx.Client, sort: str | None) -> None:
    params = {"page[size]": "9", **({"sort": sort} if sort else {})}
    page = client.get("/tickets", params=params).json()
    ids = [ticket["id"] for ticket in page["tickets"]]
    while page["meta"]["has_more"]:
        page = client.get(page["links"]["next"]).json()
        ids += [ticket["id"] for ticket in page["tickets"]]
    assert sorted(ids) == list(range(1, 51))
    assert page["links"]["next"] is not None, "the original names a next page even on the last"
    back = client.get(page["links"]["prev"]).json()
    assert [ticket["id"] for ticket in back["tickets"]] == ids[-(5 + 9) : -5]


def test_a_sort_that_is_none_is_refused_and_mixed_styles_drop_it(client: httpx.Client) -> None:
    answer = client.get("/tickets", params={"page[size]": 5, "sort": "subject"})
    assert answer.json()["errors"][0]["code"] == "InvalidPaginationParameter"
    mixed = client.get("/tickets", params={"page[size]": 5, "page": 1, "sort": "-id"}).json()
    assert [ticket["id"] for ticket in mixed["tickets"]] == [1, 2, 3, 4, 5]
    assert client.get("/tickets", params={"page[after]": "garbage"}).status_code == 400


def test_many_by_id_and_sideloads(client: httpx.Client) -> None:
    params = {"ids": "3,1,999", "include": "users,groups,organizations,slas,comment_count"}
    body = client.get("/tickets/show_many", params=params).json()
    assert [ticket["id"] for ticket in body["tickets"]] == [1, 3]
    assert {user["id"] for user in body["users"]} >= {FIRST_CUSTOMER, AGENT}
    assert body["groups"][0]["name"] == "Cards"
    assert body["organizations"][0]["name"] == "Acme"
    assert body["tickets"][0]["comment_count"] == 4
    assert body["tickets"][0]["slas"]["policy_metrics"][0]["stage"] == "active"
    assert client.get("/tickets/show_many", params={"ids": "1,x"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("type:ticket status<solved", "status IN ('new','open','pending','hold')"),
        ("type:ticket status>=solved", "status IN ('solved','closed')"),
        ("type:ticket status:open status:pending", "status IN ('open','pending')"),
        ("type:ticket -status:open", "status != 'open'"),
        ("type:ticket assignee:me", "assignee_id = 101"),
        ("type:ticket assignee:none", "assignee_id IS NULL"),
        ('type:ticket assignee:"Jon Berg"', "assignee_id = 102"),
        ("type:ticket requester:customer3@acme.example", "requester_id = 204"),
        ("type:ticket group:Cards priority>=high", "priority IN ('high','urgent')"),
        ("type:ticket tags:batch_2", "id % 5 = 2"),
        ("type:ticket tags:batch_2 tags:batch_3", "id % 5 IN (2, 3)"),
        ("type:ticket -tags:batch_2 tags:order", "id % 5 != 2"),
        ("type:ticket via:email", "id % 2 = 1"),
        ("type:ticket organization:Acme", "organization_id = 21"),
        ("type:ticket custom_field_31:N-10007", "id = 7"),
        ('type:ticket "transit"', "status != 'new'"),
        ("type:ticket subject:N-10012", "id = 12"),
        ("type:ticket N-10033", "id = 33"),
        ("type:ticket 17", "id = 17"),
        ("type:ticket created>2026-11-23T06:00:00Z", "created_at > 1795413600"),
        ("type:ticket created>=2026-11-23 created<2026-11-24", "created_at >= 1795392000"),
        ("type:ticket updated<2026-11-23T06:00:00Z", "updated_at < 1795413600"),
        ("type:ticket solved>2020-01-01", "status IN ('solved','closed')"),
        ("type:ticket has_attachment:true", "id = 1"),
        ("type:ticket commenter:customer9", "0"),
        ("type:ticket nonsense:1", "0"),
        ("type:ticket 100%", "0"),
    ],
)
def test_search_finds_what_sql_finds(
    shared: RunningHelpdesk, client: httpx.Client, query: str, where: str
) -> None:
    assert found(client, query) == sql(shared, where)


def test_search_over_all_kinds(client: httpx.Client) -> None:
    body = client.get("/search", params={"query": "acme"}).json()
    assert {row["result_type"] for row in body["results"]} == {"user", "organization"}
    users = client.get("/search", params={"query": "type:user role:agent"}).json()["results"]
    assert {user["name"] for user in users} == {"Mira Holt", "Jon Berg", "Ada Okoro"}


def test_search_limits(client: httpx.Client) -> None:
    answer = client.get("/search", params={"query": "type:ticket", "page": 11})
    assert answer.status_code == 422
    assert "Search Response Limits" in answer.json()["description"]
    assert client.get("/search", params={"query": "x", "page[size]": 5}).status_code == 400
    assert client.get("/search").status_code == 400
    assert client.get("/search", params={"query": "type:ticket created>yesterday"}).status_code == 422


def test_search_export(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    params: dict[str, Any] = {"query": "status<solved", "filter[type]": "ticket", "page[size]": 10}
    page = agent.get("/search/export", params=params).json()
    ids = [row["id"] for row in page["results"]]
    assert page["results"][0]["result_type"] == "ticket"
    while page["meta"]["has_more"]:
        page = agent.get(page["links"]["next"]).json()
        ids += [row["id"] for row in page["results"]]
    unsolved = "SELECT id FROM tickets WHERE status IN ('new','open','pending','hold') ORDER BY id"
    assert ids == [row["id"] for row in helpdesk.query(unsolved)]
    helpdesk.advance(3601)
    assert agent.get(page["links"]["next"]).status_code == 400
    assert agent.get("/search/export", params={"query": "x"}).status_code == 400


def test_search_can_lag() -> None:
    settings = Settings(rate_limit=1_000_000, search_delay_seconds=30)
    with helpdesk_in_thread(settings=settings) as helpdesk:
        client = helpdesk.client()
        client.put("/tickets/1", json={"ticket": {"priority": "low"}})
        assert 1 not in found(client, "type:ticket assignee:me")
        helpdesk.advance(31)
        assert 1 in found(client, "type:ticket assignee:me")


@pytest.mark.parametrize(
    ("view", "where"),
    [
        (MINE_VIEW, "assignee_id = 101 AND status IN ('new','open','pending','hold')"),
        (UNASSIGNED_VIEW, "assignee_id IS NULL AND status IN ('new','open','pending','hold')"),
        (SOLVED_VIEW, "status = 'solved'"),
    ],
)
def test_views(shared: RunningHelpdesk, client: httpx.Client, view: int, where: str) -> None:
    expected = sql(shared, where)
    tickets = client.get(f"/views/{view}/tickets").json()["tickets"]
    assert sorted(ticket["id"] for ticket in tickets) == sorted(expected)
    count = client.get(f"/views/{view}/count").json()["view_count"]
    assert (count["value"], count["view_id"]) == (len(expected), view)
    executed = client.get(f"/views/{view}/execute").json()
    assert [row["ticket"]["id"] for row in executed["rows"]] == [ticket["id"] for ticket in tickets]
    assert executed["columns"][0]["id"] == "status"
    many = client.get("/views/count_many", params={"ids": f"{view},{MINE_VIEW}"}).json()["view_counts"]
    assert next(entry for entry in many if entry["view_id"] == view)["value"] == len(expected)
    assert client.get(f"/views/{view}").json()["view"]["conditions"]["all"]


def test_a_views_order_and_cursor(client: httpx.Client) -> None:
    tickets = client.get(f"/views/{MINE_VIEW}/tickets").json()["tickets"]
    stamps = [ticket["updated_at"] for ticket in tickets]
    assert stamps == sorted(stamps, reverse=True)
    page = client.get(f"/views/{MINE_VIEW}/tickets", params={"page[size]": 4}).json()
    assert [ticket["id"] for ticket in page["tickets"]] == [ticket["id"] for ticket in tickets[:4]]


def test_macros_are_applied_by_the_server_and_change_nothing(
    shared: RunningHelpdesk, client: httpx.Client
) -> None:
    before = dict(shared.ticket(1))
    result = client.get(f"/macros/{THANKS_MACRO}/apply").json()["result"]["ticket"]
    assert result["status"] == "solved"
    assert result["comment"]["scoped_body"] == [["channel:all", result["comment"]["body"]]]
    assert "subject" not in result
    whole = client.get(f"/tickets/1/macros/{THANKS_MACRO}/apply").json()["result"]["ticket"]
    assert whole["comment"]["body"] == "Hello Customer,\n\nThank you.\n\nMira Holt"
    assert {"thanked", "polite", "order"} <= set(whole["tags"])
    assert {"id": CAUSE_FIELD, "value": "cause_fault"} in whole["fields"]
    note = client.get(f"/tickets/1/macros/{NOTE_MACRO}/apply").json()["result"]["ticket"]["comment"]
    assert (note["body"], note["public"]) == ("Checked ticket 1", False)
    take = client.get(f"/tickets/2/macros/{ORDERS_MACRO}/apply").json()["result"]["ticket"]
    assert take["assignee_id"] == AGENT
    assert dict(shared.ticket(1)) == before


def test_macros_of_a_group_are_for_its_agents(shared: RunningHelpdesk, client: httpx.Client) -> None:
    assert ORDERS_MACRO in [macro["id"] for macro in client.get("/macros").json()["macros"]]
    jon = httpx.Client(
        base_url=shared.api, auth=("jon.berg@tiny.example/token", shared.token_for(102)), trust_env=False
    )
    with jon:
        assert ORDERS_MACRO not in [macro["id"] for macro in jon.get("/macros").json()["macros"]]
        assert jon.get(f"/macros/{ORDERS_MACRO}").status_code == 404
    assert client.get("/macros/categories").json()["categories"] == ["General", "Orders"]
    titles = [
        macro["title"]
        for macro in client.get("/macros/search", params={"query": "internal"}).json()["macros"]
    ]
    assert titles == ["General::Internal note"]


def test_fields_forms_and_statuses(client: httpx.Client) -> None:
    fields = client.get("/ticket_fields").json()["ticket_fields"]
    cause = next(field for field in fields if field["id"] == CAUSE_FIELD)
    assert cause["required"] is True
    assert [option["value"] for option in cause["custom_field_options"]] == ["cause_delivery", "cause_fault"]
    assert next(field for field in fields if field["type"] == "status")["system_field_options"]
    form = client.get(f"/ticket_forms/{FORM}").json()["ticket_form"]
    assert set(form["ticket_field_ids"]) == {field["id"] for field in fields}
    categories = {row["status_category"] for row in client.get("/custom_statuses").json()["custom_statuses"]}
    assert categories == {"new", "open", "pending", "hold", "solved"}
    assert client.get("/slas/policies").status_code == 403


def test_people(shared: RunningHelpdesk, client: httpx.Client) -> None:
    me = client.get("/users/me").json()["user"]
    assert (me["id"], me["role"]) == (AGENT, "agent")
    assert client.get(f"/users/{FIRST_CUSTOMER}").json()["user"]["notes"] == "Note on customer 0"
    names = [user["name"] for user in client.get("/users/search", params={"query": "okoro"}).json()["users"]]
    assert names == ["Ada Okoro"]
    staff = client.get("/users", params={"role[]": ["agent", "admin"]}).json()["users"]
    assert len(staff) == 4
    requested = client.get(f"/users/{FIRST_CUSTOMER}/tickets/requested").json()["tickets"]
    assert [ticket["id"] for ticket in requested] == [1, 11, 21, 31, 41]
    memberships = client.get("/group_memberships", params={"include": "users"}).json()
    assert len(memberships["group_memberships"]) == 5
    assert len(memberships["users"]) == 4
    assert client.get("/organizations/21/users").json()["count"] == 4


def test_changing_people(helpdesk: RunningHelpdesk, agent: httpx.Client, admin: httpx.Client) -> None:
    made = agent.post("/users", json={"user": {"name": "New Person", "email": "np@acme.example"}})
    assert (made.status_code, made.json()["user"]["organization_id"]) == (201, 21)
    again = agent.post("/users", json={"user": {"name": "Other", "email": "NP@acme.example"}})
    assert again.status_code == 422
    upsert = {"user": {"name": "Newer", "email": "np@acme.example"}}
    merged = agent.post("/users/create_or_update", json=upsert)
    assert (merged.status_code, merged.json()["user"]["name"]) == (200, "Newer")
    promoted = agent.post("/users", json={"user": {"name": "Boss", "email": "b@x.example", "role": "admin"}})
    assert promoted.status_code == 403
