"""What Zendesk lists beside tickets: people, groups, fields, macros, views, articles, comments in bulk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import NotAllowed, NotFound, Rejected
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.messages import MessagePage
from agentconsole.domain.people import RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord
from agentconsole.domain.times import DAY, HOUR, MINUTE, SECOND
from agentconsole.helpdesks.base import ListPage
from agentconsole.helpdesks.zendesk import audit_wire, setup_wire, wire
from agentconsole.helpdesks.zendesk.client import EXPORT_PAGE, MANY, ZendeskClient

_CLOCKS_DIFFER: Final = 5 * MINUTE
_ARTICLES: Final = "help_center/articles"
_WITH_TRANSLATIONS: Final = {"include": "translations"}
_WHOLE_AGAIN: Final = 6 * HOUR


class Listings:
    """Reads listings page by page; all it knows between two pages is in the cursor."""

    def __init__(self, client: ZendeskClient, clock: Clock, history_months: int) -> None:
        self._client = client
        self._clock = clock
        self._history = max(history_months * 30 * DAY, 2 * MINUTE)
        self._sections: dict[str, str] | None = None

    async def messages(self, cursor: str | None, statuses: wire.Statuses) -> MessagePage:
        """Read comments and changes in bulk by the export of ticket events, which repeats its last second."""
        told = _told(cursor)
        start = int(told.get("start") or max(self._clock.now() - self._history, SECOND) // SECOND)
        since = int(told.get("since") or start)
        # The first reading can take days, and what it has read can be altered meanwhile.
        began = int(
            told.get("began") or (start if cursor else (self._clock.now() - _CLOCKS_DIFFER) // SECOND)
        )
        data = await self._client.get(
            "incremental/ticket_events", {"start_time": str(start), "include": "comment_events"}
        )
        found, bad = wire.parse_all(
            "message", data.get("ticket_events"), lambda row: audit_wire.audit(row, statuses)
        )
        end = data.get("end_time")
        end = end if isinstance(end, int) and end > 0 else start
        ended = data.get("end_of_stream") is not False
        self._client.check_progress(
            "incremental/ticket_events", {}, data.get("ticket_events"), first=not cursor, more=not ended
        )
        if not ended and end <= start:
            # A page full of one second would come again for ever; a thread is read whole when it is opened.
            end = start + 1
        # Comments that are read after they were altered are as they are now.
        late = (each.alters for each in found if each.place[0] >= began * SECOND)
        altered = dict.fromkeys(each for each in late if each is not None)
        internal = (number for each in found for number, public in each.privacy.items() if not public)
        return MessagePage(
            messages=tuple(audit_wire.in_order(found)),
            cursor=json.dumps({"start": end, "since": since, "began": began}),
            more=not ended,
            altered=tuple(altered),
            internal=tuple(internal),
            threads_complete_until=end * SECOND,
            threads_complete_since=since * SECOND,
            quarantined=tuple(bad),
        )

    async def people(self, cursor: str | None) -> ListPage[RemotePerson]:
        """Read everybody by the export; without it the agents, as customers come beside tickets."""
        told = _told(cursor)
        if told.get("export") is not False:
            query = {"cursor": str(told["after"])} if told.get("after") else {"start_time": "1"}
            try:
                data = await self._client.get(
                    "incremental/users/cursor", {**query, "per_page": str(EXPORT_PAGE)}
                )
            except NotAllowed:
                told = {"export": False}
            else:
                people, bad = wire.parse_all("person", data.get("users"), wire.person)
                after = data.get("after_cursor") or told.get("after")
                more = data.get("end_of_stream") is False and after != told.get("after")
                self._client.check_progress(
                    "incremental/users", {}, data.get("users"), first=not told.get("after"), more=more
                )
                return ListPage(tuple(people), json.dumps({"after": after}), more, quarantined=tuple(bad))
        page = await self._client.page("users", "users", told.get("after"), {"role[]": "agent"})
        people, bad = wire.parse_all("person", page.rows, wire.person)
        following = {"export": False, "after": page.after if page.more else None}
        return ListPage(tuple(people), json.dumps(following), page.more, quarantined=tuple(bad))

    async def people_by_id(self, ids: Sequence[str]) -> tuple[RemotePerson, ...]:
        """Read named people, at most 100."""
        if not ids:
            return ()
        data = await self._client.many("users", ids[:MANY])
        return tuple(wire.parse_all("person", data.get("users"), wire.person)[0])

    async def groups(self) -> ListPage[RemoteGroup]:
        """Read the groups with their members, whole."""
        members: dict[str, list[str]] = {}
        rows = await self._client.all_pages("group_memberships", "group_memberships")
        for group_id, user_id in wire.parse_all("membership", rows, wire.membership)[0]:
            members.setdefault(group_id, []).append(user_id)
        listed = await self._client.all_pages("groups", "groups")
        groups, bad = wire.parse_all("group", listed, lambda row: wire.group(row, members))
        return ListPage(tuple(groups), "", False, complete=not bad, first=True, quarantined=tuple(bad))

    async def organisations(self, cursor: str | None) -> ListPage[RemoteOrganisation]:
        """Read a page of organisations."""
        return await self._listed("organization", "organizations", cursor, wire.organisation, {})

    async def macros(self, cursor: str | None) -> ListPage[RemoteMacro]:
        """Read a page of the macros that are in use."""
        return await self._listed("macro", "macros", cursor, setup_wire.macro, {"active": "true"})

    async def views(self) -> ListPage[RemoteView]:
        """Read the views that are in use, whole."""
        rows = await self._client.all_pages("views", "views", {"active": "true"})
        places = {id(row): number for number, row in enumerate(rows)}
        views, bad = wire.parse_all("view", rows, lambda row: setup_wire.view(row, places[id(row)]))
        return ListPage(tuple(views), "", False, complete=not bad, first=True, quarantined=tuple(bad))

    async def fields(self) -> tuple[tuple[TicketField, ...], wire.Statuses]:
        """Read the ticket fields, and the custom statuses that tickets are parsed with."""
        rows = await self._client.all_pages("ticket_fields", "ticket_fields")
        forms = await self._if_there("ticket_forms", "ticket_forms")
        custom = await self._if_there("custom_statuses", "custom_statuses")
        return setup_wire.ticket_fields(rows, forms, custom), wire.statuses(custom)

    async def statuses(self) -> wire.Statuses:
        """Read the custom statuses; none where the account hasn't the feature."""
        return wire.statuses(await self._if_there("custom_statuses", "custom_statuses"))

    async def articles(self, cursor: str | None) -> ListPage[RemoteArticle]:
        """Read a page of articles with all their translations; later only what changed.

        The whole listing comes first and again every few hours, since nothing tells what was deleted; in
        between the newest are asked for. The export of articles is for admins, so it is not used.
        """
        told = _told(cursor)
        now = self._clock.now()
        due = int(told.get("whole_at") or 0) <= now - _WHOLE_AGAIN
        return await (self._all_articles(told, now) if told.get("after") or due else self._new_articles(told))

    async def _all_articles(self, told: Mapping[str, Any], now: int) -> ListPage[RemoteArticle]:
        after = told.get("after")
        await self._know_sections(anew=after is None)
        try:
            page = await self._client.page(_ARTICLES, "articles", after, _WITH_TRANSLATIONS)
        except Rejected:
            if after is None:
                raise
            # A cursor that does not hold any more: the listing begins anew.
            after = None
            page = await self._client.page(_ARTICLES, "articles", None, _WITH_TRANSLATIONS)
        articles, bad = self._articles_in(page.rows)
        newest = max([int(told.get("newest") or 0), *(each.updated_at for each in articles)])
        broken = bool(bad) or (told.get("broken") is True and after is not None)
        following: dict[str, Any] = {"newest": newest, "whole_at": now}
        if page.more:
            following = {"newest": newest, "after": page.after, "broken": broken}
        return ListPage(
            articles,
            json.dumps(following),
            page.more,
            complete=not page.more and not broken,
            first=after is None,
            quarantined=tuple(bad),
        )

    async def _new_articles(self, told: Mapping[str, Any]) -> ListPage[RemoteArticle]:
        """Read the last changed articles; more than a page of them comes with the next whole listing."""
        since = int(told.get("newest") or 0)
        await self._know_sections(anew=False)
        query = {**_WITH_TRANSLATIONS, "sort_by": "updated_at", "sort_order": "desc", "per_page": "100"}
        data = await self._client.get(_ARTICLES, query)
        articles, bad = self._articles_in(data.get("articles"))
        fresh = tuple(each for each in articles if each.updated_at > since)
        newest = max([since, *(each.updated_at for each in fresh)])
        return ListPage(fresh, json.dumps({**told, "newest": newest}), False, quarantined=tuple(bad))

    async def _know_sections(self, *, anew: bool) -> None:
        if anew or self._sections is None:
            rows = await self._client.all_pages("help_center/sections", "sections")
            self._sections = {
                str(row.get("id")): str(row.get("name", "")) for row in rows if isinstance(row, dict)
            }

    def _articles_in(self, rows: Any) -> tuple[tuple[RemoteArticle, ...], list[QuarantinedRecord]]:
        sections = self._sections or {}
        spread = [each for row in (rows if isinstance(rows, list) else ()) for each in _in_all_locales(row)]
        articles, bad = wire.parse_all("article", spread, lambda row: setup_wire.article(row, sections))
        return tuple(articles), bad

    async def _listed(
        self, kind: str, path: str, cursor: str | None, parse: Any, params: Any
    ) -> ListPage[Any]:
        after = cursor or None
        first = after is None
        try:
            page = await self._client.page(path, path, after, params)
        except Rejected:
            if after is None:
                raise
            first = True
            page = await self._client.page(path, path, None, params)
        items, bad = wire.parse_all(kind, page.rows, parse)
        following = (page.after or "") if page.more else ""
        return ListPage(
            tuple(items),
            following,
            page.more,
            complete=not page.more and not bad,
            first=first,
            quarantined=tuple(bad),
        )

    async def _if_there(self, path: str, key: str) -> list[Any]:
        """A listing that smaller plans lack."""
        try:
            return await self._client.all_pages(path, key)
        except (NotFound, NotAllowed, Rejected):
            return []


def _in_all_locales(row: Any) -> list[Any]:
    """An article as one row a language: its own, and those sideloaded as translations."""
    if not isinstance(row, dict):
        return [row]
    rows: list[Any] = [row]
    seen = {str(row.get("locale", "")).lower()}
    for translation in row.get("translations") or ():
        if isinstance(translation, dict) and str(translation.get("locale", "")).lower() not in seen:
            seen.add(str(translation.get("locale", "")).lower())
            taken = {
                name: translation[name]
                for name in ("locale", "title", "body", "draft", "updated_at", "html_url")
                if translation.get(name) is not None
            }
            rows.append({**row, **taken})
    return rows


def _told(cursor: str | None) -> dict[str, Any]:
    try:
        told = json.loads(cursor) if cursor else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
