"""Zendesk's paths and its two ways of paging, on top of the shared HTTP."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import BadAnswer, SecretError
from agentconsole.helpdesks.endless import Readings
from agentconsole.helpdesks.http import HelpdeskHttp, Method, Renewal
from agentconsole.helpdesks.zendesk import wire

PAGE: Final = 100
EXPORT_PAGE: Final = 1000
MANY: Final = 100
"""The most ids that one `show_many` takes."""

_API: Final = "/api/v2"
_MOST_PAGES: Final = 1000


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a listing paged by cursor."""

    rows: Any
    after: str | None
    more: bool
    data: Mapping[str, Any]
    """The whole answer, for what was loaded beside the rows."""


class ZendeskClient:
    """One account's API."""

    def __init__(
        self,
        account: AccountSettings,
        secret: Callable[[], str],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = account.name
        self._readings = Readings()
        base = account.url.rstrip("/")
        self.http = HelpdeskHttp(
            account.name,
            base if base.endswith(_API) else base + _API,
            lambda: authorization(account, secret()),
            read_refusal=wire.refusal,
            transport=transport,
            renewal=secret if isinstance(secret, Renewal) else None,
            read_only=account.read_only,
        )

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, urgent: bool = False
    ) -> dict[str, Any]:
        """Read one JSON object; `urgent`: also when the quota runs low.

        Raises:
            HelpdeskError: `BadAnswer` when it is no object.
        """
        answer = await self.http.read(path, params, urgent=urgent)
        return self._object(path, answer.data)

    async def send(self, method: Method, path: str, body: Any) -> dict[str, Any]:
        """Send exactly one write.

        Raises:
            TryAgain: 409 `DatabaseConflict`: nothing was written, ask again.
            Conflict: Another 409: the ticket has moved on since `updated_stamp`.
        """
        return self._object(path, (await self.http.write(method, path, body=body)).data)

    async def page(
        self,
        path: str,
        key: str,
        after: str | None,
        params: Mapping[str, str] | None = None,
        *,
        urgent: bool = False,
    ) -> Rows:
        """Read one page by cursor.

        `links.next` is set on the last page too, so only `meta.has_more` tells whether there is another.

        Raises:
            EndlessListing: One page after another has brought nothing new.
        """
        query = {**(params or {}), "page[size]": str(PAGE)}
        if after:
            query["page[after]"] = after
        data = await self.get(path, query, urgent=urgent)
        meta = data.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        found = meta.get("after_cursor")
        found = found if isinstance(found, str) and found else None
        more = bool(meta.get("has_more")) and found not in (None, after)
        self.check_progress(path, params or {}, data.get(key), first=not after, more=more)
        return Rows(data.get(key), found, more, data)

    def check_progress(
        self, path: str, params: Mapping[str, str], rows: Any, *, first: bool, more: bool
    ) -> None:
        """Note a page of a listing, whichever way it is paged.

        Args:
            path: The listing.
            params: What is asked for, but for the place in it.
            rows: What the page holds.
            first: It begins the listing.
            more: Another page is said to follow.

        Raises:
            EndlessListing: One page after another has brought nothing new.
        """
        listing = f"{path}?{sorted(params.items())}"
        self._readings.check(f"{self.name}: {self.http.host}", listing, rows, first=first, more=more)

    async def all_pages(self, path: str, key: str, params: Mapping[str, str] | None = None) -> list[Any]:
        """Read a short listing whole."""
        rows: list[Any] = []
        after: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self.page(path, key, after, params)
            rows += page.rows if isinstance(page.rows, list) else []
            after = page.after
            if not page.more:
                break
        return rows

    async def many(
        self, path: str, ids: Sequence[str], params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Read named records, at most 100, by `show_many`."""
        return await self.get(f"{path}/show_many", {**(params or {}), "ids": ",".join(ids[:MANY])})

    def _object(self, path: str, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise BadAnswer(
                f"{self.name}: {self.http.host} answered {path} with something other than expected."
            )
        return data


def authorization(account: AccountSettings, secret: str) -> str:
    """Make the `Authorization` header: Basic `{login}/token` for an API token, else Bearer.

    Raises:
        SecretError: The secret cannot stand in a header.
    """
    secret = secret.strip()
    if not secret or not secret.isascii() or not secret.isprintable():
        raise SecretError(f"{account.name}: the stored secret is empty or no token; set it again.")
    if account.auth != "token" or not account.login:
        return f"Bearer {secret}"
    pair = f"{account.login}/token:{secret}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"
