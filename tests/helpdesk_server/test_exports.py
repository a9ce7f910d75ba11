from __future__ import annotations

import base64
import threading
from typing import Any

import httpx
import pytest

from agentconsole.demo.settings import Settings
from tests.support.helpdesk import NOW, RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import FIRST_CUSTOMER

CURSOR = "/incremental/tickets/cursor"
TIME = "/incremental/tickets"


def drain(client: httpx.Client, cursor: str | None, **params: Any) -> tuple[list[dict[str, Any]], str]:
    """Every ticket from `cursor` (or from the beginning) on, and the cursor to go on from."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"cursor": cursor} if cursor else {"start_time": 1}
    while True:
        page = client.get(CURSOR, params={**params, **query}).json()
        found += page["tickets"]
        query = {"cursor": page["after_cursor"]}
        if page["end_of_stream"]:
            return found, page["after_cursor"]


@pytest.mark.parametrize(
    "path",
    [CURSOR, TIME, "/incremental/ticket_events", "/incremental/users/cursor", "/incremental/users",
     "/incremental/organizations", "/help_center/incremental/articles", "/incremental/tickets/sample"],
)  # fmt: skip
def test_exports_are_for_admins(shared: RunningHelpdesk, path: str) -> None:
    answer = shared.client().get(path, params={"start_time": 1})
    assert answer.status_code == 403
    assert answer.json()["error"]["title"] == "Forbidden"
    assert shared.client(admin=True).get(path, params={"start_time": 1}).status_code == 200


def test_the_cursor_goes_through_everything_once(shared: RunningHelpdesk) -> None:
    client = shared.client(admin=True)
    found, cursor = drain(client, None, per_page=7)
    assert sorted(ticket["id"] for ticket in found) == list(range(1, 51))
    keys = [(ticket["generated_timestamp"], ticket["id"]) for ticket in found]
    assert keys == sorted(keys)
    last = found[-1]
    assert base64.b64decode(cursor).decode() == f"{last['generated_timestamp']}.0||{last['id']}|"
    page = client.get(CURSOR, params={"cursor": cursor}).json()
    assert (page["tickets"], page["end_of_stream"], page["after_cursor"]) == ([], True, cursor)
    assert page["after_url"].startswith(f"{shared.api}/incremental/tickets/cursor.json?")


def test_nothing_is_missed_within_one_second(helpdesk: RunningHelpdesk, admin: httpx.Client) -> None:
    _, cursor = drain(admin, None)
    for number in (30, 20, 10, 40, 5):
        admin.put(f"/tickets/{number}", json={"ticket": {"comment": {"body": f"now {number}"}}})
        found, cursor = drain(admin, cursor)
        assert [ticket["id"] for ticket in found] == [number]


def test_nothing_is_missed_while_others_write(helpdesk: RunningHelpdesk, admin: httpx.Client) -> None:
    _, cursor = drain(admin, None)
    seen: set[int] = set()
    numbers = [number for number in range(1, 51) if number % 10 != 7]

    def write() -> None:
        for number in reversed(numbers):
            helpdesk.act(FIRST_CUSTOMER, number, {"additional_tags": ["later"]})

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        found, cursor = drain(admin, cursor)
        seen |= {ticket["id"] for ticket in found}
    writer.join()
    found, cursor = drain(admin, cursor)
    seen |= {ticket["id"] for ticket in found}
    assert seen == set(numbers)


def test_a_time_page_never_splits_a_second(helpdesk: RunningHelpdesk, admin: httpx.Client) -> None:
    second = NOW - 500
    for number in (3, 9, 21):
        helpdesk.execute("UPDATE tickets SET generated_at = ? WHERE id = ?", second, number)
    page = admin.get(TIME, params={"start_time": second, "per_page": 1}).json()
    assert sorted(ticket["id"] for ticket in page["tickets"]) == [3, 9, 21]
    assert (page["count"], page["end_time"], page["end_of_stream"]) == (3, second + 1, True)
    assert f"start_time={second + 1}" in page["next_page"]


def test_a_full_thousand_sends_its_last_second_again() -> None:
    with helpdesk_in_thread(tickets=1100) as helpdesk:
        helpdesk.execute("UPDATE tickets SET generated_at = 1000 + id / 30")
        page = helpdesk.client(admin=True).get(TIME, params={"start_time": 1}).json()
        assert page["count"] == 1000
        assert page["end_time"] == page["tickets"][-1]["generated_timestamp"]
        rest = helpdesk.client(admin=True).get(page["next_page"]).json()
        ids = {ticket["id"] for ticket in page["tickets"]} | {ticket["id"] for ticket in rest["tickets"]}
        assert ids == set(range(1, 1101))
        assert len(page["tickets"]) + len(rest["tickets"]) > 1100


def test_events_carry_comments_when_asked(helpdesk: RunningHelpdesk, admin: httpx.Client) -> None:
    admin.put(
        "/tickets/1", json={"ticket": {"comment": {"body": "Sent"}, "priority": "urgent", "tags": ["x"]}}
    )
    plain = admin.get("/incremental/ticket_events", params={"start_time": NOW - 5}).json()["ticket_events"]
    kinds = {event["event_type"] for event in plain[-1]["child_events"]}
    assert kinds == {"Comment", "Change"}
    assert all("body" not in event for event in plain[-1]["child_events"])
    params: dict[str, str | int] = {"start_time": 1, "include": "comment_events"}
    page = admin.get("/incremental/ticket_events", params=params).json()
    comments = [
        event
        for audit in page["ticket_events"]
        for event in audit["child_events"]
        if event["event_type"] == "Comment"
    ]
    assert len(comments) == helpdesk.query("SELECT COUNT(*) AS n FROM comments")[0]["n"]
    assert comments[-1]["body"] == "Sent"
    changes = [
        event for event in page["ticket_events"][-1]["child_events"] if event["event_type"] == "Change"
    ]
    assert {"priority": "urgent", "previous_value": "high"}.items() <= changes[0].items()
    with_tags = next(event for event in changes if "tags" in event)
    assert (with_tags["added_tags"], "order" in with_tags["removed_tags"]) == (["x"], True)


def test_people_and_organisations(helpdesk: RunningHelpdesk, admin: httpx.Client) -> None:
    page = admin.get("/incremental/users/cursor", params={"start_time": 1, "per_page": 1000}).json()
    assert len(page["users"]) == 14
    admin.put(f"/users/{FIRST_CUSTOMER}", json={"user": {"notes": "met in person"}})
    later = admin.get("/incremental/users/cursor", params={"cursor": page["after_cursor"]}).json()
    assert [user["notes"] for user in later["users"]] == ["met in person"]
    page = admin.get("/incremental/organizations", params={"start_time": 1}).json()
    assert {row["name"] for row in page["organizations"]} == {"Acme", "Bolt"}


@pytest.fixture
def strict() -> Any:
    with helpdesk_in_thread(settings=Settings(rate_limit=1_000_000)) as running:
        yield running


def test_the_last_minute_is_withheld(strict: RunningHelpdesk) -> None:
    admin = strict.client(admin=True)
    _, cursor = drain(admin, None)
    admin.put("/tickets/1", json={"ticket": {"comment": {"body": "fresh"}}})
    assert drain(admin, cursor)[0] == []
    strict.advance(61)
    assert [ticket["id"] for ticket in drain(admin, cursor)[0]] == [1]
    start = strict.clock.now() - 30
    answer = admin.get(TIME, params={"start_time": start})
    assert answer.status_code == 400
    assert answer.json()["error"] == "StartTimeTooRecent"


@pytest.mark.parametrize("params", [{}, {"start_time": "soon"}, {"cursor": "!!"}, {"cursor": "bm9wZQ=="}])
def test_nonsense_is_told(shared: RunningHelpdesk, params: dict[str, str]) -> None:
    assert shared.client(admin=True).get(CURSOR, params=params).status_code == 400
