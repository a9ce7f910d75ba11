"""What is worth telling an agent about, found by comparing tickets before and after; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import MINUTE

NoticeKind = Literal["assigned", "answered", "due", "failed"]

NOTICE_KINDS: Final[tuple[NoticeKind, ...]] = ("assigned", "answered", "due", "failed")

DUE_SOON: Final = 15 * MINUTE
"""How long before its deadline a ticket is told of."""

SEVERAL: Final = 3
"""As many of one kind at a time are told one by one; more become one sentence."""

_FAILED: Final = ("rejected", "conflict")
_UNSOLVED: Final = ("new", "open", "pending", "hold")


@dataclass(frozen=True, slots=True)
class Watched:
    """A ticket as it is looked at: its line, and when a customer last wrote, if that is known."""

    row: QueueRow
    answered_at: int | None
    needs_agent: bool = False
    """Whether it cannot be found out if a change of it has arrived."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a ticket."""

    kind: NoticeKind
    ticket_id: int
    name: str
    """How the ticket is called."""
    subject: str
    """As the helpdesk has it: cleaned only where it is shown."""
    at: int
    detail: str = ""
    """Who wrote, or what failed, in the same way."""


@dataclass(slots=True)
class Watch:
    """What has been seen so far."""

    began_at: int
    seen: dict[int, Watched] = field(default_factory=dict)
    told_due: set[tuple[int, int]] = field(default_factory=set)
    """Ticket and deadline of what has been told, so that each deadline is told once."""
    resting: set[int] = field(default_factory=set)
    """Solved tickets of the agent's that nothing has happened to: too many to be looked at one by one."""

    def absorb(self, tickets: Iterable[Watched], resting: Iterable[int] = ()) -> None:
        """Take tickets as they are, without telling anything: at the start, and while a first sync runs."""
        for one in tickets:
            self._keep(one)
        self.resting.update(resting)

    def _keep(self, one: Watched) -> None:
        if one.row.assigned_to_me or one.row.waiting is not None or one.needs_agent:
            self.seen[one.row.ticket_id] = one
        else:
            self.seen.pop(one.row.ticket_id, None)

    def news(self, tickets: Iterable[Watched], now: int, fresh: Collection[str] = ()) -> list[Notice]:
        """Compare tickets with what they were.

        Args:
            tickets: Those that may have changed.
            now: The present instant.
            fresh: Accounts whose first sync was still going on: what it brings is no news.

        Returns:
            What others did to the agent's tickets, and which of the agent's own changes need a decision.
        """
        found: list[Notice] = []
        for one in tickets:
            before = self.seen.get(one.row.ticket_id)
            rested = before is None and one.row.ticket_id in self.resting
            self.resting.discard(one.row.ticket_id)
            self._keep(one)
            if one.row.account not in fresh:
                found += self._changes(before, one, now, rested=rested)
        return found

    def due(self, now: int) -> list[Notice]:
        """Tell which of the agent's tickets come within `DUE_SOON` of their deadline, each deadline once."""
        found: list[Notice] = []
        for one in self.seen.values():
            row = one.row
            if row.due_at is None or row.sla_paused or not row.assigned_to_me or row.status not in _UNSOLVED:
                continue
            key = (row.ticket_id, row.due_at)
            if 0 < row.due_at - now <= DUE_SOON and key not in self.told_due:
                self.told_due.add(key)
                minutes = max(1, (row.due_at - now) // MINUTE)
                found.append(_notice("due", row, now, f"due in {minutes} min"))
        return found

    def _changes(self, before: Watched | None, one: Watched, now: int, *, rested: bool) -> list[Notice]:
        row = one.row
        found: list[Notice] = []
        mine_before = rested or (before is not None and before.row.assigned_to_me)
        # With a change of the agent's own on its way, the new value is the agent's doing.
        if row.assigned_to_me and not mine_before and row.waiting is None and row.status in _UNSOLVED:
            found.append(_notice("assigned", row, now))
        elif row.assigned_to_me and one.answered_at is not None:
            known = before.answered_at if before is not None else None
            # The answer that opened it again may have been written before the console began.
            reopened = rested and row.unread and row.status in _UNSOLVED
            if reopened or one.answered_at > (known if known is not None else self.began_at):
                found.append(_notice("answered", row, now, row.requester))
        failed_before = before is not None and (before.row.waiting in _FAILED or before.needs_agent)
        if (row.waiting in _FAILED or one.needs_agent) and not failed_before:
            found.append(
                _notice("failed", row, now, _WHY.get(row.waiting or "", "may or may not have arrived"))
            )
        return found


_WHY: Final[Mapping[str, str]] = {
    "rejected": "was refused by the helpdesk",
    "conflict": "was changed there meanwhile",
}


def _notice(kind: NoticeKind, row: QueueRow, now: int, detail: str = "") -> Notice:
    return Notice(kind, row.ticket_id, row.name, row.subject, now, detail)


def sentence(notice: Notice) -> str:
    """Tell a notice in a sentence; it holds foreign text."""
    what = {
        "assigned": "was assigned to you",
        "answered": f"was answered by {notice.detail or 'the customer'}",
        "due": f"is {notice.detail}",
        "failed": f"needs you: what you sent {notice.detail}",
    }[notice.kind]
    return f"{notice.name} {what}: {notice.subject}"


def told(notices: Iterable[Notice]) -> list[tuple[NoticeKind, str]]:
    """Put notices into sentences, those of one kind that are many into one."""
    by_kind: dict[NoticeKind, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    said: list[tuple[NoticeKind, str]] = []
    for kind in NOTICE_KINDS:
        some = by_kind.get(kind, [])
        if len(some) > SEVERAL:
            said.append((kind, f"{len(some)} {_MANY[kind]}"))
        else:
            said += [(kind, sentence(notice)) for notice in some]
    return said


_MANY: Final[Mapping[NoticeKind, str]] = {
    "assigned": "tickets were assigned to you.",
    "answered": "of your tickets were answered by customers.",
    "due": "of your tickets are due within 15 minutes.",
    "failed": "tickets need you: something you sent was refused, or was changed there meanwhile.",
}
