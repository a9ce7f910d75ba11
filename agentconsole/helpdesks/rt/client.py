"""RT's paths and its ways of paging, on top of the shared HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import BadAnswer, SecretError
from agentconsole.domain.times import instant_of
from agentconsole.helpdesks.endless import Reading, never_ends
from agentconsole.helpdesks.faults import Refusal
from agentconsole.helpdesks.http import Answer, HelpdeskHttp

PAGE: Final = 100
"""The most rows of a page; RT caps silently."""
NEARLY_FULL: Final = 50
"""RT drops rows that the login may not see after it has cut the page, so that a page with fewer rows than
asked for need not be the last. Below this count it is taken as such where a page more would be waste."""
CONNECTIONS: Final = 2
"""Each holds a worker of the server, of which there are often as few as two."""
IDLE_SECONDS: Final = 2.0
"""RT's servers close idle connections without a word, some after 5 s."""

_API: Final = "/REST/2.0"
_MOST_PAGES: Final = 1000
_MOST_ROWS: Final = 10**9
_BROWSER_PATHS: Final = ("/Ticket/", "/Search/", "/Articles/", "/SelfService", "/Dashboards/", "/index.html")

USER_FIELDS: Final = "Name,RealName,EmailAddress"
TICKET_FIELDS: Final[dict[str, str]] = {
    "fields": "Subject,Status,Owner,Queue,LastUpdated,Created,Priority,Due,CustomFields,Requestor,Cc,Creator,"
    "EffectiveId,_hyperlinks",
    "fields[Owner]": USER_FIELDS,
    "fields[Requestor]": USER_FIELDS,
    "fields[Cc]": USER_FIELDS,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a listing."""

    rows: list[Any]
    total: int | None
    """Rows in all, where RT tells."""


class RtClient:
    """One account's REST 2 interface."""

    def __init__(
        self,
        account: AccountSettings,
        secret: Callable[[], str],
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = account.name
        self.login = account.login
        self.web = web_address(account.url)
        self._clock = clock
        self.server_now: int | None = None
        """The server's instant at its last answer, in whole seconds' microseconds."""
        self.answered_at: int | None = None
        """The same moment by this machine's clock."""
        self.http = HelpdeskHttp(
            account.name,
            self.web + _API,
            lambda: authorization(account, secret()),
            read_refusal=refusal,
            transport=transport,
            connections=CONNECTIONS,
            idle_seconds=IDLE_SECONDS,
            read_only=account.read_only,
        )

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read one JSON object.

        Raises:
            HelpdeskError: `BadAnswer` when it is no object.
        """
        return (await self.get_with_tag(path, params))[0]

    async def get_with_tag(
        self, path: str, params: Mapping[str, str] | None = None
    ) -> tuple[dict[str, Any], str]:
        """Read one JSON object with its ETag, quotes included; an empty text where there is none."""
        answer = await self.http.read(path, params)
        self._note_time(answer)
        if not isinstance(answer.data, dict):
            raise BadAnswer(
                f"{self.name}: {self.http.host} answered {path} with something other than expected."
            )
        return answer.data, answer.headers.get("etag", "")

    async def page(self, path: str, params: Mapping[str, str], number: int = 1) -> Rows:
        """Read one page of a listing."""
        data = await self.get(path, {"per_page": str(PAGE), "page": str(number), **params})
        items, total = data.get("items"), data.get("total")
        counted = type(total) is int and 0 <= total <= _MOST_ROWS
        return Rows(items if isinstance(items, list) else [], total if counted else None)

    async def all_rows(self, path: str, params: Mapping[str, str], *, thorough: bool = True) -> list[Any]:
        """Read a short listing whole.

        Args:
            path: The listing.
            params: What is asked for.
            thorough: Go on until a page is empty; else until one is far from full.

        Raises:
            EndlessListing: One page after another has brought nothing new.
        """
        rows: list[Any] = []
        reading = Reading()
        for number in range(1, _MOST_PAGES):
            page = await self.page(path, params, number)
            # Rows move on to the next page when others come in before them.
            rows += reading.unseen(page.rows)
            if reading.in_vain and page.rows:
                raise never_ends(f"{self.name}: {self.http.host}", path)
            known_end = page.total is not None and len(rows) >= page.total
            if not page.rows or known_end or (not thorough and len(page.rows) < NEARLY_FULL):
                break
        return rows

    def check_descent(self, path: str, numbers: Sequence[int], *, below: int | None) -> None:
        """Look whether a page of a listing that is walked down by numbers has led further.

        Args:
            path: The listing.
            numbers: Of the page's rows.
            below: All were asked to be below this; None on the first page.

        Raises:
            EndlessListing: None of them is, so that the walk would never end.
        """
        if numbers and below is not None and min(numbers) >= below:
            raise never_ends(f"{self.name}: {self.http.host}", path)

    async def tickets(self, query: str, *, newest_first: bool = True) -> Rows:
        """Read the first page of a ticket search, with everything that a ticket's row needs."""
        order = "DESC" if newest_first else "ASC"
        return await self.page("tickets", {**TICKET_FIELDS, "query": query, "orderby": "id", "order": order})

    async def put(self, path: str, body: Mapping[str, Any], tag: str) -> tuple[str, ...]:
        """Send exactly one PUT; return RT's sentences, of which a refusal is one too.

        Raises:
            Conflict: The record is no longer what `tag` says.
        """
        headers = {"If-Match": tag} if tag else None
        answer = await self.http.write("PUT", path, body=dict(body), headers=headers)
        return _sentences(answer.data)

    async def post(self, path: str, content: bytes, content_type: str) -> tuple[str, tuple[str, ...]]:
        """Send exactly one POST; return where the new record is, and RT's sentences."""
        answer = await self.http.write("POST", path, content=content, content_type=content_type)
        return answer.headers.get("location", ""), _sentences(answer.data)

    async def post_json(self, path: str, content: bytes, content_type: str) -> dict[str, Any]:
        """Send exactly one POST; return the record that it answers.

        Raises:
            BadAnswer: It answers none.
        """
        answer = await self.http.write("POST", path, content=content, content_type=content_type)
        self._note_time(answer)
        if not isinstance(answer.data, dict):
            raise BadAnswer(f"{self.name}: {self.http.host} answered {path} with something unexpected.")
        return answer.data

    def by_its_clock(self, instant: int) -> int:
        """Turn an instant of this machine's clock into one of the server's, as far as it is known."""
        if self.server_now is None or self.answered_at is None:
            return instant
        return instant + self.server_now - self.answered_at

    def _note_time(self, answer: Answer) -> None:
        try:
            now = instant_of(parsedate_to_datetime(answer.headers.get("date", "")))
        except (TypeError, ValueError, OverflowError):
            return
        self.server_now, self.answered_at = now, self._clock.now()


def json_query(*limits: Mapping[str, Any]) -> str:
    """Write a search as the listings other than tickets and transactions take it."""
    return json.dumps(list(limits))


def quoted(text: str) -> str:
    """Write a text as TicketSQL takes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def user_path(name: str) -> str:
    """Return the path of a person."""
    return f"user/{quote(name, safe='@')}"


def any_of(field: str, values: Sequence[str]) -> str:
    """Write the condition that a field has one of these values (numbers)."""
    return " OR ".join(f"{field} = {value}" for value in values)


def web_address(url: str) -> str:
    """Find where RT lies in an address as a browser shows it."""
    url = url.strip().rstrip("/").removesuffix(_API).rstrip("/")
    for part in _BROWSER_PATHS:
        url = url.partition(part)[0]
    return url.rstrip("/")


def base_of(pasted: str) -> str:
    """Find RT's address in what a person gives: a host, or any address from the browser."""
    text = pasted.strip().strip("<>\"'")
    if "://" not in text:
        text = f"https://{text}"
    return web_address(text.partition("?")[0].partition("#")[0])


def authorization(account: AccountSettings, secret: str) -> str:
    """Make the `Authorization` header: `token ...`, or Basic for login and password.

    Raises:
        SecretError: The secret cannot stand in a header, or a password has no login.
    """
    if account.auth == "password":
        password = secret.rstrip("\r\n")
        if not account.login or not password:
            raise SecretError(f"{account.name}: login and password are both needed; set them again.")
        pair = f"{account.login}:{password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"
    secret = secret.strip()
    if not secret or not secret.isascii() or not secret.isprintable():
        raise SecretError(f"{account.name}: the stored secret is empty or no token; set it again.")
    return f"token {secret}"


def refusal(status: int, data: Any) -> Refusal:
    """Read RT's `{"message": ...}`; failures inside have no body at all."""
    message = data.get("message") if isinstance(data, dict) else None
    if not isinstance(message, str) or status in (401, 403, 404, 412):
        return Refusal()
    # What follows names a file of the server.
    words = " ".join(message.partition(" at /")[0].split())[:300].rstrip(".")
    return Refusal(reasons=(words,) if words else ())


def _sentences(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list):
        return ()
    return tuple(" ".join(each.split()) for each in data if isinstance(each, str) and each.strip())
