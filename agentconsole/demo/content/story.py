"""The hand-written tickets: the demo's story, told relative to the present."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agentconsole.demo.content import clock_face
from agentconsole.demo.content.agreements import clocks
from agentconsole.demo.content.clock_face import offset
from agentconsole.demo.content.files import read_yaml
from agentconsole.demo.content.pictures import attachment
from agentconsole.demo.content.structure import AGENT_KEYS, FIELD_KEYS, GROUP_KEYS, REFUND_FORM
from agentconsole.demo.records import (
    CompanyRecord,
    MessageRecord,
    OrderRecord,
    ProfileRecord,
    TicketRecord,
    UserRecord,
)

_TOKEN = re.compile(r"\[\[(\w+):([^\]]+)\]\]")
_FILES = ("mine", "team", "solved")


@dataclass(frozen=True, slots=True)
class Story:
    """One hand-written ticket, not yet numbered."""

    key: str
    created_at: int
    unsolved: bool
    record: Callable[[Mapping[str, int]], TicketRecord]
    """Makes the ticket, given the ids of all hand-written ones by key."""


def stories(company: CompanyRecord, now: int) -> list[Story]:
    """Return the hand-written tickets in the order of their files, the demo agent's own first."""
    teller = _Teller(company, now)
    return [teller.story(row) for name in _FILES for row in read_yaml(f"company/story/{name}.yaml")]


class _Teller:
    def __init__(self, company: CompanyRecord, now: int) -> None:
        self._now = now
        self._users = {user.id: user for user in company.users}
        self._profiles: dict[str, ProfileRecord] = {
            profile.key: profile for profile in company.profiles if profile.key
        }
        self._orders: dict[str, OrderRecord] = {
            order.key: order for profile in self._profiles.values() for order in profile.orders if order.key
        }

    def story(self, row: dict[str, Any]) -> Story:
        created_at = self._now - offset(row["messages"][0]["at"])
        unsolved = row["status"] not in {"solved", "closed"}

        def record(ids: Mapping[str, int]) -> TicketRecord:
            return self._record(row, created_at, ids)

        return Story(row["key"], created_at, unsolved, record)

    def _record(self, row: dict[str, Any], created_at: int, ids: Mapping[str, int]) -> TicketRecord:
        requester = self._person(row["requester"], row)
        messages = tuple(self._message(message, row, ids) for message in row["messages"])
        fields = row.get("fields", {})
        values: list[tuple[int, str | bool | int | None]] = [
            (FIELD_KEYS[name], self._fill(str(value), row, ids)) for name, value in fields.items()
        ]
        tags = [*row.get("tags", ()), *(fields[name] for name in ("product", "cause") if name in fields)]
        priority = row.get("priority")
        ended = row.get("ended")
        assignee = row.get("assignee")
        return TicketRecord(
            id=ids[row["key"]],
            subject=self._fill(row["subject"], row, ids),
            requester_id=requester.id,
            assignee_id=AGENT_KEYS[assignee] if assignee else None,
            group_id=GROUP_KEYS[row["group"]],
            organization_id=requester.organization_id,
            status=row["status"],
            priority=priority,
            type=row.get("type", "question"),
            channel=row.get("channel", "email"),
            tags=tuple(tags),
            created_at=created_at,
            updated_at=self._now - offset(ended) if ended else messages[-1].created_at,
            messages=messages,
            custom_fields=tuple(values),
            slas=clocks(row["status"], priority, messages, requester.id),
            email_cc_ids=tuple(self._person(name, row).id for name in row.get("cc", ())),
            satisfaction=row.get("satisfaction"),
            true_article=row["article"],
            role=row.get("role"),
            form_id=REFUND_FORM if row.get("form") == "refund" else None,
            key=row["key"],
        )

    def _person(self, name: str, row: dict[str, Any]) -> UserRecord:
        if name == "requester":
            name = row["requester"]
        if name in AGENT_KEYS:
            return self._users[AGENT_KEYS[name]]
        return self._users[self._profiles[name].user_id]

    def _message(self, message: dict[str, Any], row: dict[str, Any], ids: Mapping[str, int]) -> MessageRecord:
        author = self._person(message["from"], row)
        html = message.get("html")
        by_customer = author.role == "end-user"
        return MessageRecord(
            author_id=author.id,
            public=not message.get("note", False),
            body=self._fill(message["text"], row, ids).strip(),
            created_at=self._now - offset(message["at"]),
            html_body=self._fill(html, row, ids).strip() if html else None,
            channel=row.get("channel", "email") if by_customer else "web",
            attachments=tuple(
                attachment(
                    file["kind"],
                    self._fill(file["name"], row, ids),
                    self._fill(file.get("text", ""), row, ids),
                )
                for file in message.get("files", ())
            ),
        )

    def _fill(self, text: str, row: dict[str, Any], ids: Mapping[str, int]) -> str:
        """Put in what depends on the present or on the customers' records: `[[order:KEY]]` and the like."""

        def value(match: re.Match[str]) -> str:
            kind, name = match[1], match[2]
            if kind == "order":
                return self._orders[name].number
            if kind == "serial":
                return self._orders[name].serial or ""
            if kind == "price":
                return self._orders[name].price
            if kind == "item":
                return self._orders[name].item
            if kind == "ordered":
                return clock_face.day_and_month(self._orders[name].ordered_at)
            if kind == "card":
                return self._profiles[name].card_ending or ""
            if kind == "ticket":
                return f"#{ids[name]}" if name in ids else "my other request"
            return _DATES[kind](self._now - offset(name))

        return _TOKEN.sub(value, text)


_DATES: dict[str, Callable[[int], str]] = {
    "date": clock_face.day_and_month,
    "zhdate": clock_face.chinese_date,
    "mail": clock_face.mail_date,
    "weekday": clock_face.weekday,
    "iso": clock_face.iso_date,
}
