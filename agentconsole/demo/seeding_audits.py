"""The course of a seeded ticket as its audits tell it: who wrote, who took it, what was set and when.

A ticket's record says how it stands and what was written. How it came to stand so is told here, from the
record and its number alone, so that the same record always has the same past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agentconsole.demo.records import CompanyRecord, MessageRecord, TicketRecord

_DAY: Final = 86_400
RECENT: Final = 5 * _DAY
"""What has changed since is told more closely: who took it before the answer, who solved it after the last
word."""
_TAKEN_BEFORE: Final = 900
"""Seconds by which a ticket is taken before the first answer, at most."""
_FINISHED: Final = frozenset({"solved", "closed"})
URGENT_RULE: Final = {
    "channel": "rule",
    "source": {"from": {"id": 4, "title": "Urgent words raise the priority"}, "to": {}, "rel": "trigger"},
}

Event = dict[str, Any]


@dataclass(slots=True)
class Audit:
    """One update of a ticket, not yet numbered."""

    author_id: int
    at: int
    channel: str
    message: MessageRecord | None
    events: list[Event] = field(default_factory=list)

    def change(self, name: str, before: Any, after: Any, via: Event | None = None) -> None:
        """Note a change, unless it is none."""
        if before != after:
            told = {"type": "Change", "field_name": name, "value": after, "previous_value": before}
            self.events.append(told if via is None else {**told, "via": via})


class Histories:
    """Tells the courses of one company's tickets."""

    def __init__(self, company: CompanyRecord, now: int) -> None:
        self._agents = {user.id for user in company.users if user.role != "end-user"}
        self._groups = [group.id for group in company.groups]
        self._asked_to_solve = {each.id for each in company.fields if each.required}
        self._now = now

    def audits(self, ticket: TicketRecord) -> list[Audit]:
        """Return a ticket's audits, oldest first: one for each message, and those between."""
        return _Course(ticket, self._agents, self._groups, self._asked_to_solve, self._now).told()


class _Course:
    """Walks through a ticket's messages and notes what changed with each."""

    def __init__(
        self,
        ticket: TicketRecord,
        agents: set[int],
        groups: Sequence[int],
        asked_to_solve: set[int],
        now: int,
    ) -> None:
        self._ticket = ticket
        self._agents = agents
        self._recent = ticket.updated_at > now - RECENT
        answers = [at for at, message in enumerate(ticket.messages) if at and message.author_id in agents]
        handled = bool(answers)
        self._last_answer = answers[-1] if handled else 0
        finished = ticket.status in _FINISHED
        # How it stands now, and how it stood at first.
        self._fields = {str(key): _value(value) for key, value in ticket.custom_fields}
        late = {str(key) for key in asked_to_solve} if finished and handled else set()
        tags = sorted(ticket.tags)
        brought = {self._fields.get(key) for key in late}
        self._first: dict[str, Any] = {
            "status": "new" if handled else ticket.status,
            "assignee_id": None if handled else _value(ticket.assignee_id),
            "priority": _first_priority(ticket, handled=handled),
            "group_id": _value(_first_group(ticket, groups) if handled else ticket.group_id),
            "tags": [tag for tag in tags if tag not in brought],
            **{key: value for key, value in self._fields.items() if key not in late},
        }
        if handled and ticket.id % 5 == 0 and len(self._first["tags"]) > 2:
            self._first["tags"] = self._first["tags"][:-1]
        self._now_is = dict(self._first)
        self._late = sorted(late & self._fields.keys())
        self._tags = tags

    def told(self) -> list[Audit]:
        """Return the audits."""
        ticket, found = self._ticket, list[Audit]()
        last = len(ticket.messages) - 1
        taken = False
        for place, message in enumerate(ticket.messages):
            by_agent = message.author_id in self._agents
            audit = Audit(message.author_id, message.created_at, message.channel, message)
            if place == 0:
                self._begin(audit)
            if by_agent and place and not taken:
                taken = True
                before = self._taking(found, message)
                self._take(before or audit)
                if before is not None:
                    found.append(before)
            solves_later = self._solved_by_itself()
            if place == last and not solves_later:
                self._end(audit)
            elif message.public and place:
                self._set(audit, "status", "pending" if by_agent else "open")
            if place == self._last_answer and place and not solves_later:
                self._fill_in(audit)
            found.append(audit)
            if place == last and solves_later:
                solved = Audit(ticket.assignee_id or 0, ticket.updated_at, "web", None)
                self._end(solved)
                found.append(solved)
        return found

    def _begin(self, audit: Audit) -> None:
        """Note the values that the ticket was made with, and what a rule made of them."""
        ticket = self._ticket
        made = {
            "subject": ticket.subject,
            **{name: value for name, value in self._first.items() if name != "priority"},
            "type": ticket.type,
            "requester_id": _value(ticket.requester_id),
            "organization_id": _value(ticket.organization_id),
            "priority": self._first["priority"],
        }
        audit.events += [
            {"type": "Create", "field_name": name, "value": value}
            for name, value in made.items()
            if value not in (None, [])
        ]
        if ticket.priority == "urgent":
            audit.change("priority", self._first["priority"], "urgent", URGENT_RULE)
            self._now_is["priority"] = "urgent"

    def _taking(self, so_far: Sequence[Audit], message: MessageRecord) -> Audit | None:
        """Return the audit in which somebody takes the ticket before writing; None: both are one."""
        ticket, since = self._ticket, so_far[-1].at
        gap = message.created_at - since
        if not self._recent or ticket.id % 3 or gap < 120 or ticket.assignee_id is None:
            return None
        return Audit(message.author_id, message.created_at - min(gap // 2, _TAKEN_BEFORE), "web", None)

    def _take(self, audit: Audit) -> None:
        ticket = self._ticket
        self._set(audit, "group_id", _value(ticket.group_id))
        self._set(audit, "assignee_id", _value(ticket.assignee_id))
        self._set(audit, "priority", ticket.priority)
        if audit.message is None or not audit.message.public:
            self._set(audit, "status", "open" if ticket.assignee_id is not None else "new")
        if not self._late:
            self._set(audit, "tags", self._tags)

    def _solved_by_itself(self) -> bool:
        """Whether an agent solved it after the customer's last word."""
        ticket = self._ticket
        last = ticket.messages[-1]
        return (
            self._recent
            and ticket.status in _FINISHED
            and ticket.assignee_id is not None
            and last.author_id not in self._agents
            and ticket.updated_at > last.created_at
        )

    def _end(self, audit: Audit) -> None:
        """Let the ticket be as it is now."""
        self._fill_in(audit)
        # What has been solved long enough is closed by the helpdesk itself.
        self._set(audit, "status", "solved" if self._ticket.status == "closed" else self._ticket.status)

    def _fill_in(self, audit: Audit) -> None:
        """Fill in what is asked for before a ticket is solved."""
        for key in self._late:
            self._set(audit, key, self._fields[key])
        self._set(audit, "tags", self._tags)

    def _set(self, audit: Audit, name: str, value: Any) -> None:
        audit.change(name, self._now_is.get(name), value)
        self._now_is[name] = value


def _first_priority(ticket: TicketRecord, *, handled: bool) -> str | None:
    """Return the priority before a rule or an agent set it."""
    if ticket.priority == "urgent" or (ticket.priority == "high" and handled):
        return "normal"
    return None if handled and ticket.id % 7 == 2 else ticket.priority


def _first_group(ticket: TicketRecord, groups: Sequence[int]) -> int | None:
    """Return the group that had the ticket first: now and then another."""
    if ticket.group_id in groups and len(groups) > 1 and ticket.id % 6 == 1:
        return groups[(groups.index(ticket.group_id) + 1) % len(groups)]
    return ticket.group_id


def _value(value: Any) -> Any:
    """Write a value as audits do."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value
