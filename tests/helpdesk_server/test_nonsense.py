"""Whatever a client sends, the answer is one of the dialect's: never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentconsole.demo.ticket_edit import HANDLED_KEYS, READ_ONLY_KEYS
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=20)
WORDS = st.sampled_from("id value body user_id user_email action uploads custom name".split())
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(sorted(HANDLED_KEYS | READ_ONLY_KEYS))
SEARCH_NAMES = (
    "status priority created updated tags assignee group id type via custom_field_31 custom_field_x "
    "has_attachment order_by subject organization"
)
SEARCH_VALUES = ["open", "me", "none", "*", "2026-01-01", "4hours", "9" * 20, "%", '"a b"', "~"]
QUERIES = st.text(max_size=40) | st.lists(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "-"]),
        st.sampled_from(SEARCH_NAMES.split()),
        st.sampled_from([":", "<", "<=", ">", ">=", "=", ""]),
        st.sampled_from(SEARCH_VALUES),
    ),
    max_size=4,
).map(" ".join)
DOCUMENT_PATHS = [
    "/users",
    "/tickets/2/tags",
    "/tickets/create_many",
    "/tickets/2/merge",
    "/users/create_or_update",
]
LIST_PATHS = (
    "/tickets /incremental/tickets/cursor /incremental/ticket_events /views/61/tickets /macros /users "
    "/help_center/articles /help_center/incremental/articles /tickets/1/comments /search /tickets/show_many "
    "/views/count_many /deleted_tickets /group_memberships"
)
PARAMETERS = (
    "page per_page page[size] page[after] page[before] sort sort_by ids sort_order start_time cursor include "
    "query role locale active"
)
CURSORS = ["WzEsIDJd", "W10", "bnVsbA", "WyJhIiwgImIiXQ", "MS4wfHwyfA==", "id", "-updated_at"]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with helpdesk_in_thread(tickets=10) as running:
        yield running.client(admin=True)


def is_told(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    answer.json()


@given(ticket=st.dictionaries(KEYS, ANYTHING, max_size=4))
@QUICK
def test_any_ticket(client: httpx.Client, ticket: dict[str, Any]) -> None:
    is_told(client.put("/tickets/1", json={"ticket": ticket}))
    is_told(client.post("/tickets", json={"ticket": ticket}))


@given(document=ANYTHING, path=st.sampled_from(DOCUMENT_PATHS))
@QUICK
def test_any_document(client: httpx.Client, document: Any, path: str) -> None:
    wrapped = {"user": document, "tags": document, "tickets": document, "ids": document}
    for body in (document, wrapped):
        is_told(client.post(path, json=body))


@given(query=QUERIES)
@QUICK
def test_any_search(client: httpx.Client, query: str) -> None:
    safe = query.encode("utf-8", "replace").decode()
    is_told(client.get("/search", params={"query": safe}))
    is_told(client.get("/search/export", params={"query": safe, "filter[type]": "ticket"}))
    is_told(client.get("/help_center/articles/search", params={"query": safe, "locale": "*"}))
    is_told(client.get("/users/search", params={"query": safe}))


@given(
    path=st.sampled_from(LIST_PATHS.split()),
    params=st.dictionaries(
        st.sampled_from(PARAMETERS.split()),
        st.text(max_size=12) | st.integers().map(str) | st.sampled_from(CURSORS),
        max_size=4,
    ),
)
@QUICK
def test_any_parameters(client: httpx.Client, path: str, params: dict[str, str]) -> None:
    safe = {name: value.encode("utf-8", "replace").decode() for name, value in params.items()}
    is_told(client.get(f"{path}?{urlencode(safe)}"))


@pytest.mark.parametrize("number", ["0", "99999999999999999999999999"])
def test_ids_out_of_range(shared: RunningHelpdesk, number: str) -> None:
    client = shared.client(admin=True)
    for path in (
        f"/tickets/{number}",
        f"/users/{number}",
        f"/views/{number}/count",
        f"/macros/{number}/apply",
    ):
        assert client.get(path).status_code == 404
    assert client.put(f"/tickets/{number}", json={"ticket": {}}).status_code == 404
