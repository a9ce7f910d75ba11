"""Request Tracker in the words of the conformance suite: a customer who mails, a colleague, a broken line."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from agentconsole.clock import SystemClock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.registry import open_helpdesk
from tests.helpdesks.conformance import FaultName, Side
from tests.live.rt.server import RtServer
from tests.support.faulty_proxy import Fault, FaultyProxy

AGENT = "ada"
COLLEAGUE = "kenji"
CUSTOMER = "olive@customers.example"
TAGS = "Tags"

_STATUSES = {"pending": "stalled", "solved": "resolved"}
_PRIORITIES = {"low": "10", "normal": "50", "high": "75", "urgent": "100"}
_numbers = itertools.count(1)


def matches(side: Side, method: str, path: str) -> bool:
    """Whether a request belongs to a side of the conformance suite."""
    if side == "write":
        return method in ("PUT", "POST")
    if side == "create":
        return method == "POST" and path.partition("?")[0].endswith("/ticket")
    words = {"read": "", "thread": "/history", "listing": "/queues/all"}
    return method == "GET" and words[side] in path


def spoil(data: Any) -> Any:
    """Make the first message of a history unreadable."""
    first = next(row for row in data["items"] if row["Type"] in ("Create", "Correspond"))
    first["Created"] = "never"
    return data


@dataclass
class RtWorld:
    """Request Tracker, behind a proxy for the adapter and without it for everybody else."""

    server: RtServer
    proxy: FaultyProxy
    kind: str = "rt"
    me: str = AGENT
    many: int = 8
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._clients: dict[str, httpx.Client] = {}

    @property
    def url(self) -> str:
        return self.proxy.url

    @property
    def now(self) -> int:
        return SystemClock().now()

    def connect(self, *, admin: bool = False, url: str | None = None, secret: str | None = None) -> Helpdesk:
        return self.connect_as("root" if admin else AGENT, url=url, secret=secret)

    def connect_as(self, login: str, *, url: str | None = None, secret: str | None = None) -> Helpdesk:
        token = secret or self.server.tokens[login]
        account = AccountSettings("uuid", "test", "rt", url or self.url, login, options={"tags_field": TAGS})
        return open_helpdesk(
            "rt",
            account,
            lambda: token,
            SystemClock(),
            history_months=36,
            read_file=self.files.__getitem__,
        )

    def client(self, login: str = "root") -> httpx.Client:
        if login not in self._clients:
            self._clients[login] = self.server.client(login)
        return self._clients[login]

    def get(self, path: str, login: str = "root", **params: str) -> Any:
        answer = self.client(login).get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, ticket: str, login: str = "root", **values: Any) -> list[str]:
        answer = self.client(login).put(f"ticket/{ticket}", json=values)
        assert answer.status_code == 200, answer.text
        said: list[str] = answer.json()
        return said

    def ticket(self, **more: Any) -> str:
        subject = f"Kettle {next(_numbers)}-{time.time_ns()}"
        self.server.mail(CUSTOMER, subject, "It does not boil.")
        found = self.get("tickets", query=f"Subject = '{subject}'")
        number = str(found["items"][0]["id"])
        values = {"Owner": AGENT, "Status": "open", "Due": "2030-01-01 12:00:00", **self._values(more)}
        self.put(number, **values)
        return number

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        put: dict[str, Any] = {}
        for name, value in values.items():
            if name == "tags":
                put["CustomFields"] = {TAGS: list(value)}
            elif name == "status":
                put["Status"] = self.key("status", value)
            elif name == "priority":
                put["Priority"] = self.key("priority", value)
            else:
                raise AssertionError(name)
        return put

    def customer_answers(self, ticket: str, text: str) -> None:
        self.server.mail(CUSTOMER, f"Re: [helpdesk.test #{ticket}] Kettle", text)

    def colleague_writes(self, ticket: str, text: str, *, public: bool = False) -> None:
        self.says(COLLEAGUE, ticket, text, public=public)

    def says(self, login: str, ticket: str, text: str, *, public: bool) -> None:
        verb = "correspond" if public else "comment"
        answer = self.client(login).post(
            f"ticket/{ticket}/{verb}", json={"Content": text, "ContentType": "text/plain"}
        )
        assert answer.status_code == 201, answer.text

    def colleague_sets(self, ticket: str, **values: Any) -> None:
        self.put(ticket, COLLEAGUE, **self._values(values))

    def key(self, field: str, word: str) -> str:
        return _STATUSES.get(word, word) if field == "status" else _PRIORITIES[word]

    def colleague(self) -> str:
        return COLLEAGUE

    def close_ticket(self, ticket: str) -> None:
        self.put(ticket, Status="rejected")

    def is_gone(self, ticket: str) -> bool:
        return self.get(f"ticket/{ticket}")["Status"] in ("deleted", "rejected")

    def merged_into(self, ticket: str) -> str | None:
        number = str(self.get(f"ticket/{ticket}")["id"])
        return number if number != ticket else None

    def merges(self, ticket: str) -> int:
        rows = self.get(f"ticket/{ticket}/history", fields="Type,Field,ObjectId", per_page="100")["items"]
        # The other ticket has such a transaction too.
        merges = [row for row in rows if (row["Type"], row["Field"]) == ("AddLink", "MergedInto")]
        return sum(str(row["ObjectId"]) == ticket for row in merges)

    def subjects(self, subject: str) -> list[str]:
        return sorted(self.numbers(f"Subject = '{subject}'"), key=int)

    def copied(self, ticket: str) -> set[str]:
        row = self.get(f"ticket/{ticket}", **{"fields[Cc]": "EmailAddress"})
        return {str(each.get("EmailAddress") or each["id"]) for each in row["Cc"]}

    def group(self) -> str:
        rows = self.get("queues/all", AGENT, fields="Name")["items"]
        return str(next(row["id"] for row in rows if row["Name"] == "Kettles"))

    def requester_of(self, ticket: str) -> str:
        row = self.get(f"ticket/{ticket}", **{"fields[Requestor]": "EmailAddress"})
        (person,) = row["Requestor"]
        return str(person.get("EmailAddress") or person["id"])

    def delete(self, ticket: str) -> None:
        assert self.client().delete(f"ticket/{ticket}").status_code == 204

    def texts(self, ticket: str, *, public: bool) -> list[str]:
        """The texts, by requests of the test's own: transaction by transaction."""
        kinds = ("Create", "Correspond") if public else ("Comment",)
        texts: list[str] = []
        for row in self.history(ticket):
            if row["Type"] in kinds:
                parts = self.get(
                    f"transaction/{row['id']}/attachments",
                    fields="Filename,ContentType,Content",
                    orderby="id",
                    per_page="100",
                )["items"]
                bodies = [one for one in parts if one["ContentType"] == "text/plain" and not one["Filename"]]
                texts += [one["Content"] for one in bodies[:1]]
        return [text.removesuffix("\n") for text in texts]

    def history(self, ticket: str) -> list[Any]:
        rows: list[Any] = []
        for page in range(1, 100):
            found = self.get(
                f"ticket/{ticket}/history",
                fields="Type,Creator,Created",
                orderby="id",
                per_page="100",
                page=str(page),
            )["items"]
            if not found:
                break
            rows += found
        return sorted(rows, key=lambda row: int(row["id"]))

    def plant(self, fault: FaultName, side: Side, *, times: int | None = 1) -> None:
        self.proxy.faults.append(Fault(fault, lambda method, path: matches(side, method, path), times))

    def clear(self) -> None:
        self.proxy.faults.clear()

    def pass_time(self, seconds: int) -> None:
        """The server's clock cannot be moved: wait for its next second, by which versions are told apart."""
        begun = int(time.time())
        while int(time.time()) <= begun:
            time.sleep(0.02)

    def unsolved(self, *, mine: bool) -> set[str]:
        query = "Status = '__Active__'" + (f" AND Owner = '{AGENT}'" if mine else "")
        return self.numbers(query)

    def everything(self) -> set[str]:
        return self.numbers("Queue != 'General'")

    def numbers(self, query: str) -> set[str]:
        """Remote ids of what a search finds."""
        found: set[str] = set()
        for page in range(1, 100):
            rows = self.get("tickets", query=query, orderby="id", per_page="100", page=str(page))["items"]
            if not rows:
                break
            found |= {str(row["id"]) for row in rows}
        return found

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
