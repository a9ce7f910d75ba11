"""What the ticket is: subject, state, people, tags and fields, above its thread."""

from __future__ import annotations

from datetime import tzinfo

from textual.content import Content
from textual.widgets import Static

from agentconsole.domain.times import parse_instant
from agentconsole.domain.views import TicketDetail
from agentconsole.tui import foreign, when
from agentconsole.tui.thread_lines import field_values

Run = tuple[str, str]

_LINK_WORDS = {
    "depends-on": "depends on",
    "depended-on-by": "needed by",
    "refers-to": "refers to",
    "referred-to-by": "referred to by",
    "parent": "part of",
    "child": "has part",
}
_NAMED = 4
"""Tickets that a fact names at most."""


class TicketHeader(Static):
    """Three lines above the thread."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__("", id="ticket-header", markup=False)
        self._zone = zone

    def show(self, detail: TicketDetail, now: int, round_words: str = "") -> None:
        """Show a ticket's head.

        Args:
            detail: The ticket.
            now: The present instant.
            round_words: Where a round over many tickets is; empty without one.
        """
        row = detail.row
        title = Content.assemble(
            (f"{row.name} ", "$dim"),
            (foreign.line(row.subject) or "(no subject)", "bold"),
        )
        runs = [*state_runs(detail, now, self._zone), *_people_runs(detail)]
        self.update(
            Content("\n").join([title, Content.assemble(*runs), _last_line(detail, round_words)]),
            layout=False,
        )


def state_runs(detail: TicketDetail, now: int, zone: tzinfo) -> list[Run]:
    """Say how a ticket stands: status, priority, clocks, sleep, what is being written."""
    row = detail.row
    runs: list[Run] = [(f" {detail.gone} ", "bold $error on $panel")] if detail.gone else []
    runs += [(f" {row.status} ", f"bold $status-{row.status} on $panel")]
    label = foreign.line(row.status_label)
    if label and label.lower() != row.status:
        runs.append((f" {label}", "$dim"))
    if row.priority is not None:
        runs.append((f"  {row.priority}", "bold $warning" if row.priority in ("high", "urgent") else "$dim"))
    if row.sla_paused:
        runs.append(("  clock held", "$dim"))
    elif row.due_at is not None:
        over = row.due_at < now
        said = f"overdue {when.span(now - row.due_at)}" if over else f"due in {when.due(row.due_at, now)}"
        runs.append((f"  {said}", "bold $error" if over else "$dim"))
    due = _due_date(detail)
    if due is not None and due != row.due_at:
        runs.append((f"  due {when.day_and_time(due, now, zone)}", "$dim"))
    if detail.woke_up:
        runs.append(("  woke up", "bold $warning"))
    elif row.snoozed_until is not None:
        runs.append((f"  snoozed until {when.day_and_time(row.snoozed_until, now, zone)}", "$warning"))
    if detail.drafts:
        what = " and ".join("reply" if public else "note" for public in detail.drafts)
        runs.append((f"  ✎ {what} begun", "$warning"))
    if detail.merged_into is not None:
        runs.append((f"  merged into #{foreign.line(detail.merged_into)}", "bold $warning"))
    return runs


def _due_date(detail: TicketDetail) -> int | None:
    """The date that people have set, which is no clock of an agreement."""
    try:
        return parse_instant(str(detail.fields["due"])) if detail.fields.get("due") else None
    except ValueError:
        return None


def _people_runs(detail: TicketDetail) -> list[Run]:
    row = detail.row
    assignee = "you" if row.assigned_to_me else foreign.line(row.assignee) or "nobody"
    where = f" · {foreign.line(row.group)}" if row.group else ""
    return [(f"  {assignee}{where}", "$dim"), (f"  {foreign.line(row.account)}", "$faint")]


def _last_line(detail: TicketDetail, round_words: str) -> Content:
    runs: list[Run] = []
    if round_words:
        runs += [(f" {round_words} ", "bold $background on $accent"), (" ", "")]
    runs.append((foreign.line(" ".join(detail.row.tags)) or "no tags", "$faint"))
    if detail.merged:
        runs.append((f"  ← {_some([f'#{foreign.line(one)}' for one in detail.merged])} merged in", "$dim"))
    links = detail.fields.get("links")
    if isinstance(links, tuple) and links:
        runs.append((f"  ⇄ {_some([_link_words(one) for one in links])}", "$dim"))
    runs += [(f"  {label} ", "$faint") if part == 0 else (value, "$dim")
             for label, value in field_values(detail) for part in (0, 1)]  # fmt: skip
    return Content.assemble(*runs)


def _link_words(link: str) -> str:
    kind, _, ticket = foreign.line(link).partition(":")
    return f"{_LINK_WORDS.get(kind, kind)} #{ticket}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
