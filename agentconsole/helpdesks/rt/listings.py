"""What RT lists beside tickets: queues, custom fields, people, saved searches, articles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import NotAllowed, NotFound, Rejected, ServerFailed
from agentconsole.domain.fields import RemoteArticle, RemoteView, TicketField
from agentconsole.domain.people import RemoteGroup, RemotePerson
from agentconsole.domain.times import DAY, HOUR, format_instant
from agentconsole.helpdesks.base import ListPage
from agentconsole.helpdesks.endless import never_ends
from agentconsole.helpdesks.parsing import parse_all, whole
from agentconsole.helpdesks.rt import setup_wire, wire
from agentconsole.helpdesks.rt.client import NEARLY_FULL, PAGE, USER_FIELDS, RtClient, json_query, quoted
from agentconsole.helpdesks.rt.options import DELETED, CustomField, Known

MANY: Final = 100
_WHOLE_AGAIN: Final = 6 * HOUR
_BY_ID: Final = {"orderby": "id", "order": "ASC"}
_ARTICLE_FIELDS: Final = {"fields": "Name,Summary,LastUpdated,Class,CustomFields", "fields[Class]": "Name"}
_CUSTOM_FIELDS: Final = {"fields": "Name,Type,MaxValues,SortOrder", **_BY_ID}
_USUAL_LIFECYCLE: Final = "default"


class Listings:
    """Reads listings page by page; all it knows between two pages is in the cursor."""

    def __init__(self, client: RtClient, known: Known, clock: Clock) -> None:
        self._client = client
        self._known = known
        self._clock = clock
        self._article_fields: dict[str, CustomField] | None = None
        self._fields_known = False
        self._one_at_a_time = asyncio.Lock()

    async def groups(self) -> ListPage[RemoteGroup]:
        """Read the queues, whole."""
        rows = await self._queues()
        groups, bad = parse_all("group", rows, setup_wire.queue)
        return ListPage(tuple(groups), "", False, complete=not bad, first=True, quarantined=tuple(bad))

    async def fields(self) -> tuple[TicketField, ...]:
        """Read the custom fields and, where queues have lifecycles of their own, their words."""
        await self._read_fields()
        await self._read_statuses()
        return setup_wire.ticket_fields(self._known)

    async def know_fields(self) -> None:
        """Have the custom fields, by which tickets are read.

        Raises:
            Rejected: The custom field that shall hold tags is not there.
        """
        async with self._one_at_a_time:
            if not self._fields_known:
                await self._read_fields()

    async def _read_fields(self) -> None:
        found = await self._custom_fields("RT::Queue-RT::Ticket")
        name = self._known.options.tags_field.casefold()
        tags = next((each.remote_id for each in found.values() if each.name.casefold() == name), None)
        if name and tags is None:
            raise Rejected(
                f"{self._client.name}: Request Tracker shows this login no ticket custom field named "
                f"“{self._known.options.tags_field}”; correct tags_field in config.toml."
            )
        for field_id, one in found.items():
            if one.kind == "Select":
                found[field_id] = replace(one, values=await self._choices(one))
        self._known.fields, self._known.tags, self._fields_known = found, tags, True

    async def _custom_fields(self, belongs_to: str) -> dict[str, CustomField]:
        query = json_query({"field": "LookupType", "value": belongs_to})
        rows = await self._client.all_rows("customfields", {"query": query, **_CUSTOM_FIELDS})
        found, _ = parse_all("field", rows, setup_wire.custom_field)
        return {each.remote_id: each for each in found}

    async def _choices(self, one: CustomField) -> tuple[str, ...]:
        try:
            return setup_wire.choices(await self._client.get(f"customfield/{one.remote_id}"))
        except (NotAllowed, NotFound, ServerFailed):
            # The right to see it can be given for a queue alone, which is not enough here.
            return ()

    async def _read_statuses(self) -> None:
        """Learn the words of own lifecycles from the tickets that have them: RT lists them nowhere."""
        own = {
            whole(str(row.get("Lifecycle")))
            for row in await self._queues()
            if isinstance(row, dict) and row.get("Lifecycle") not in (None, "", _USUAL_LIFECYCLE)
        }
        for lifecycle in sorted(own):
            for end in ("__Active__", "__Inactive__"):
                query = f"Lifecycle = {quoted(lifecycle)} AND Status = '{end}'"
                page = await self._client.page(
                    "tickets", {"query": query, "fields": "Status", "orderby": "id", "order": "DESC"}
                )
                for row in page.rows:
                    word = row.get("Status") if isinstance(row, dict) else None
                    word = whole(word) if isinstance(word, str) else ""
                    if word and word not in self._known.statuses and word != DELETED:
                        self._known.statuses[word] = "open" if end == "__Active__" else "solved"

    async def _queues(self) -> list[Any]:
        return await self._client.all_rows(
            "queues/all", {"fields": "Name,Lifecycle,Disabled"}, thorough=False
        )

    async def people(self, domains: Sequence[str]) -> ListPage[RemotePerson]:
        """Read the colleagues, whole: people with an address of the login's own mail domain.

        RT tells nobody's role but one's own; customers come beside their tickets.
        """
        people: dict[str, RemotePerson] = {}
        for domain in domains:
            query = json_query({"field": "EmailAddress", "operator": "ENDSWITH", "value": f"@{domain}"})
            rows = await self._client.all_rows("users", {"query": query, "fields": USER_FIELDS, **_BY_ID})
            self._known.agents |= {
                str(row["Name"]) for row in rows if isinstance(row, dict) and "Name" in row
            }
            found, _ = parse_all("person", rows, lambda row: wire.person(row, self._known))
            people |= {each.remote_id: each for each in found}
        return ListPage(tuple(people.values()), "", False, first=True)

    async def people_by_id(self, names: Sequence[str]) -> tuple[RemotePerson, ...]:
        """Read named people, at most 100."""
        if not names:
            return ()
        query = json_query(
            *({"field": "Name", "value": name, "entry_aggregator": "OR"} for name in names[:MANY])
        )
        page = await self._client.page("users", {"query": query, "fields": USER_FIELDS})
        found, _ = parse_all("person", page.rows, lambda row: wire.person(row, self._known))
        wanted = set(names)
        return tuple(each for each in found if each.remote_id in wanted)

    async def views(self) -> ListPage[RemoteView]:
        """Read the saved searches for tickets that this login may load, whole."""
        rows = await self._client.all_rows("searches", {"fields": "Name,Description", **_BY_ID})
        queues = {
            str(row.get("Name")): str(row.get("id")) for row in await self._queues() if isinstance(row, dict)
        }
        pairs: list[dict[str, Any]] = []
        for row in rows:
            number = wire.id_of(row)
            if number is None:
                continue
            try:
                content = (await self._client.get(f"search/{number}")).get("Content")
            except (NotAllowed, NotFound, ServerFailed):
                continue
            if isinstance(content, dict) and content.get("SearchType", "Ticket") == "Ticket":
                pairs.append({"id": row.get("id"), "row": row, "content": content, "place": len(pairs)})
        views, bad = parse_all(
            "view",
            pairs,
            lambda one: setup_wire.view(one["row"], one["content"], one["place"], self._known, queues),
        )
        return ListPage(tuple(views), "", False, complete=not bad, first=True, quarantined=tuple(bad))

    async def articles(self, cursor: str | None) -> ListPage[RemoteArticle]:
        """Read a page of articles; later only what changed.

        The whole listing comes first and again every few hours, since nothing tells what was deleted.
        """
        told = _told(cursor)
        now = self._clock.now()
        if told.get("after") is not None or int(told.get("whole_at") or 0) <= now - _WHOLE_AGAIN:
            return await self._all_articles(told, now)
        return await self._new_articles(told)

    async def _all_articles(self, told: Mapping[str, Any], now: int) -> ListPage[RemoteArticle]:
        after = int(told["after"]) if told.get("after") is not None else None
        if after is None:
            self._article_fields = None
        rows = await self._article_rows({"field": "id", "operator": ">", "value": after or 0}, "id", "ASC")
        numbers = [number for row in rows if (number := wire.id_of(row)) is not None]
        if numbers and max(numbers) <= (after or 0):
            raise never_ends(f"{self._client.name}: {self._client.http.host}", "articles")
        articles, bad = await self._parsed(rows)
        newest = max([int(told.get("newest") or 0), *(each.updated_at for each in articles)])
        broken = bool(bad) or told.get("broken") is True
        # Only an empty page is surely the last: rows that may not be seen are missing from a page.
        more = bool(numbers)
        following: dict[str, Any] = {"newest": newest, "whole_at": now}
        if more:
            following = {"newest": newest, "after": max(numbers), "broken": broken}
        return ListPage(
            articles,
            json.dumps(following),
            more,
            complete=not more and not broken,
            first=after is None,
            quarantined=tuple(bad),
        )

    async def _new_articles(self, told: Mapping[str, Any]) -> ListPage[RemoteArticle]:
        since = int(told.get("newest") or 0)
        date = format_instant(max(since - DAY, 0))[:10]
        rows = await self._article_rows(
            {"field": "LastUpdated", "operator": ">", "value": date}, "LastUpdated", "DESC"
        )
        articles, bad = await self._parsed(rows)
        fresh = tuple(each for each in articles if each.updated_at > since)
        newest = max([since, *(each.updated_at for each in fresh)])
        return ListPage(fresh, json.dumps({**told, "newest": newest}), False, quarantined=tuple(bad))

    async def count_articles(self) -> int | None:
        """Count the articles; None where there are more than a page."""
        rows = await self._article_rows({"field": "id", "operator": ">", "value": 0}, "id", "ASC")
        return len(rows) if len(rows) < NEARLY_FULL else None

    async def _article_rows(self, limit: Mapping[str, Any], orderby: str, order: str) -> list[Any]:
        params = {**_ARTICLE_FIELDS, "query": json_query(limit), "orderby": orderby, "order": order}
        return (await self._client.page("articles", {**params, "per_page": str(PAGE)})).rows

    async def _parsed(self, rows: Sequence[Any]) -> tuple[tuple[RemoteArticle, ...], list[Any]]:
        if self._article_fields is None:
            self._article_fields = await self._custom_fields("RT::Class-RT::Article")
        kinds = self._article_fields
        wanted = [row for row in rows if setup_wire.is_in(row, self._known.options.article_classes)]
        articles, bad = parse_all(
            "article", wanted, lambda row: setup_wire.article(row, kinds, self._client.web)
        )
        return tuple(articles), bad


def _told(cursor: str | None) -> dict[str, Any]:
    try:
        told = json.loads(cursor) if cursor else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
