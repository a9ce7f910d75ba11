"""A Request Tracker that sends whatever it likes: odd rows are set aside, the rest of their page goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentconsole.cli import main
from agentconsole.cli_commands import output
from agentconsole.clock import FixedClock
from agentconsole.config import Paths
from agentconsole.config_writing import put_account
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.rt.adapter import RtHelpdesk
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.support.hostile import SAMPLES, forbidden
from tests.support.mutants import ODDER, mutants
from tests.support.profile import account_settings, filled_profile
from tests.unit.store.bench import Bench, empty_bench

NOW = parse_instant("2026-11-22T12:00:00Z")
WHEN = "2026-11-20T10:00:00Z"


def user(name: str, **more: Any) -> dict[str, Any]:
    named = {"id": name, "Name": name, "RealName": "Ada", "EmailAddress": "ada@rt.example"}
    return {"type": "user", **named, **more}


ME = user("ada", Privileged=1, Memberships=[], Timezone="Europe/Oslo", Signature="Ada")
TICKET: dict[str, Any] = {
    "id": "7", "type": "ticket", "Subject": "Kettle", "Status": "open", "Priority": "40",
    "Owner": user("ada"), "Queue": {"type": "queue", "id": "3"}, "Created": WHEN, "LastUpdated": WHEN,
    "Due": WHEN, "Creator": user("c@example.com"), "Requestor": [user("c@example.com")],
    "Cc": [user("d@example.com")],
    "CustomFields": [{"id": "4", "values": ["x"]}, {"id": "6", "values": ["y", {"filename": "z"}]}],
    "_hyperlinks": [{"ref": "depends-on", "type": "ticket", "id": "8"}, {"ref": "correspond"}],
}  # fmt: skip
SPOKEN = {"id": "9", "Type": "Correspond", "Creator": user("ada"), "Created": WHEN, "ObjectId": "7"}
CHANGED = {
    "id": "10", "Type": "CustomField", "Field": "4", "OldValue": "a", "NewValue": "b",
    "Creator": user("ada"), "Created": WHEN, "ObjectId": "7",
}  # fmt: skip
LINKED = {**CHANGED, "id": "11", "Type": "AddLink", "Field": "RefersTo"}
BODY = {
    "id": "20", "TransactionId": {"id": "9"}, "ContentType": "text/plain", "Filename": "",
    "Content": "Hello", "ContentLength": "5",
}  # fmt: skip
HTML = {**BODY, "id": "21", "ContentType": "text/html"}
FILE = {**BODY, "id": "22", "ContentType": "image/png", "Filename": "a.png"}
FIELD = {"id": "4", "Name": "Order", "Type": "Select", "MaxValues": "1", "SortOrder": "2"}
MANY = {**FIELD, "id": "6", "Name": "Colours", "Type": "Freeform", "MaxValues": "0"}
QUEUE = {"id": "3", "Name": "General", "Lifecycle": "own", "Disabled": "0"}
SEARCH = {"id": "5", "Name": "Mine", "Description": "[_1] mine"}
CONTENT = {"SearchType": "Ticket", "Query": "Owner = '__CurrentUser__' AND Queue = 'General'"}
ARTICLE = {
    "id": "6", "Name": "Descaling", "Summary": "How", "LastUpdated": WHEN, "Class": {"id": "1", "Name": "A"},
    "CustomFields": [{"id": "12", "name": "Text", "values": ["once a month"]}],
}  # fmt: skip

ROWS: dict[str, list[dict[str, Any]]] = {
    "tickets": [TICKET],
    "transactions": [SPOKEN, CHANGED],
    "history": [SPOKEN, CHANGED, LINKED],
    "attachments": [BODY, HTML, FILE],
    "customfields": [FIELD, MANY, {**MANY, "id": "12", "Name": "Text", "Type": "Text"}],
    "queues/all": [QUEUE],
    "users": [user("c@example.com")],
    "searches": [SEARCH],
    "articles": [ARTICLE],
}


@dataclass
class OddRt:
    """Answers each listing with its good rows and, before them, one in which something is odd."""

    odd: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    whole: dict[str, Any] = field(default_factory=dict)
    """Answers of other paths."""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/REST/2.0/")
        last = path.rpartition("/")[2] if path.startswith("ticket/") else path
        if path in self.whole:
            data = self.whole[path]
        elif path == "rt":
            data = {"Version": "5", "Plugins": []}
        elif path == "user/ada":
            data = ME
        elif path.startswith("search/"):
            data = {"Content": CONTENT}
        elif path.startswith("customfield/"):
            data = {"Values": ["a", {"name": "b"}]}
        elif last in ROWS:
            page = int(request.url.params.get("page", "1"))
            again = "id <" in request.url.params.get("query", "") or page > 1
            rows = [] if again else [*self.odd.get(last, ()), *ROWS[last]]
            data = {"items": rows, "total": len(rows)}
        else:
            return httpx.Response(404, json={"message": "Not Found"})
        text = json.dumps(data)
        return httpx.Response(200, content=text, headers={"Content-Type": "application/json", **self.headers})


def helpdesk(rt: OddRt) -> RtHelpdesk:
    account = AccountSettings("u", "rt", "rt", "http://127.0.0.1:1", "ada")
    return RtHelpdesk(account, lambda: "1-2-x", FixedClock(NOW), transport=httpx.MockTransport(rt))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with empty_bench(tmp_path_factory.mktemp("store") / "a.db") as made:
        yield made


async def read_all(rt: OddRt, ingest: Ingest) -> dict[str, set[str]]:
    """Read everything as the worker does and store it; gives what came of each kind."""
    desk = helpdesk(rt)
    found: dict[str, set[str]] = {}

    def note(kind: str, rows: Any) -> None:
        found.setdefault(kind, set()).update(each.remote_id for each in rows)

    await desk.whoami()
    await desk.rights()
    fields = await desk.fields()
    found["field"] = {each.name for each in fields}
    ingest.put_fields(fields, at=NOW)
    groups = await desk.groups(None)
    note("group", groups.items)
    ingest.put_groups(groups, first=True, at=NOW, vanishing=True)
    people = await desk.people(None)
    ingest.put_people(people, at=NOW)
    note("person", await desk.people_by_id(["c@example.com"]))
    views = await desk.views(None)
    note("view", views.items)
    ingest.put_views(views, first=True, at=NOW)
    articles = await desk.articles(None)
    note("article", articles.items)
    ingest.put_articles(articles, first=True, at=NOW)
    cursor: str | None = None
    for _ in range(12):
        page = await desk.changes(cursor)
        note("ticket", page.tickets)
        ingest.put_tickets(page, at=NOW)
        cursor = page.cursor
        if not page.more:
            break
    else:
        raise AssertionError("the feed does not end")
    thread = await desk.thread("7")
    note("message", thread.messages)
    ingest.put_thread(thread, at=NOW)
    await desk.close()
    return found


GOOD = {
    "group": {"3"},
    "person": {"c@example.com"},
    "view": {"5"},
    "article": {"6"},
    "ticket": {"7"},
    "message": {"9", "10"},
}


def all_there(found: dict[str, set[str]]) -> None:
    for kind, ids in GOOD.items():
        assert ids <= found[kind], (kind, found[kind])
    assert {"subject", "custom:4", "custom:6"} <= found["field"]


async def test_the_good_server_is_read(store: Bench) -> None:
    all_there(await read_all(OddRt(), store.ingest))


@pytest.mark.parametrize("kind", list(ROWS))
async def test_an_odd_row_takes_none_of_the_others_along(store: Bench, kind: str) -> None:
    rows = [made for row in ROWS[kind] for made in mutants(row, ODDER)]
    all_there(await read_all(OddRt({kind: [*rows, 7, None, "x", []]}), store.ingest))  # type: ignore[list-item]


def hostile_rows(row: dict[str, Any], keep: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The row once for each sample, which stands wherever a text may."""

    def put(value: Any, text: str, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: put(each, text, name) for name, each in value.items()}
        if isinstance(value, list):
            return [put(each, text, key) for each in value]
        return text if isinstance(value, str) and key not in keep else value

    for number, text in enumerate(SAMPLES.values(), 1000):
        made: dict[str, Any] = put(row, text)
        if "id" in row:
            made["id"] = str(number)
        yield made


KEPT = frozenset(
    {
        "id",
        "type",
        "Created",
        "LastUpdated",
        "Due",
        "Priority",
        "Type",
        "ContentLength",
        "TransactionId",
        "ref",
    }
    | {"ContentType", "MaxValues", "SortOrder", "Disabled", "ObjectId", "_url"}
)
"""What RT itself fills in."""


def test_the_corpus_over_the_wire_is_shown_harmless(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "profile"
    with filled_profile(home):
        pass
    put_account(Paths(home).config_file, replace(account_settings(), kind="rt"))
    rt = OddRt(
        {kind: [made for row in rows for made in hostile_rows(row, KEPT)] for kind, rows in ROWS.items()}
    )
    with closing(open_store(Paths(home).database, role="worker", create=False)) as conn:
        ingest = Ingest(conn, 1, sleep=lambda _: None)
        found = asyncio.run(read_all(rt, ingest))
    assert len(found["ticket"]) > len(SAMPLES) and len(found["message"]) > 1
    monkeypatch.setattr(output, "terminal_width", lambda: 100)
    said = ""
    for words in (
        ["list", "--limit", "99"],
        ["show", "7", "--quotes"],
        ["show", "1004"],
        ["views"],
        ["kb", "search", "descaling"],
    ):
        capsys.readouterr()
        code = main(["--home", str(home), *words])
        told = capsys.readouterr()
        assert code == 0 and not forbidden(told.out + told.err), words
        said += told.out
    assert "[@click=app.bell]pwned[/]" in said
