"""Turning a deed: taking it back, or making it again, some dozens of Changes at a time.

What is still held is taken back as if it had never been. Fields that have gone out get a counter-change, but
only where they still are what the agent made them. What cannot be unsaid (a reply that was sent, a merge, a
new ticket) is not undone, and nothing that went out with it is either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed, LocalAct
from agentconsole.desk.submission import FieldsMissing, plan_edits
from agentconsole.desk.tickets import ticket_without_thread
from agentconsole.desk.wording import edit_words, field_word, value_word
from agentconsole.domain.changes import Change, FieldEdit, MergeInto, NewTicket, Removal
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import normalised_status, status_key
from agentconsole.domain.merge import SET_FIELDS, replay_set
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import Draft, TicketDetail

SLICE: Final = 50
"""Changes that are taken back in one transaction."""

_NOT_BEGUN: Final = ("held", "queued")
_ON_ITS_WAY: Final = ("sending", "unknown", "held", "queued")


class Ledger(Protocol):
    """Who keeps account of what was done and undone."""

    @property
    def counters(self) -> set[str]:
        """UUIDs of Changes that take others back."""

    def claim(self, uuids: Iterable[str]) -> None:
        """Take Changes for a turn's own: nobody did them by themselves."""

    def keep(self, deed: Deed, uuid: str) -> None:
        """Have a Change that was on its way taken back by the next undo."""

    def finished(self, desk: Desk, turn: Turn) -> None:
        """Take note that nothing of a turn is left to do."""


@dataclass(slots=True)
class Turn:
    """Taking a deed back or making it again, some dozens of Changes at a time."""

    ledger: Ledger
    deed: Deed
    again: bool
    """Making it again."""
    pending: list[str] = field(default_factory=list)
    """UUIDs of Changes that are still to be turned."""
    acts: list[LocalAct] = field(default_factory=list)
    countered: dict[str, str] = field(default_factory=dict)
    """Change to the counter-change that took it back."""
    turned: Deed = field(default_factory=lambda: Deed("", 0))
    """What the other direction has to turn."""
    taken: list[Change] = field(default_factory=list)
    """Taken back before they went out."""
    fresh: list[Change] = field(default_factory=list)
    """Made for this: counter-changes, or those made again."""
    recalled: int = 0
    """Counter-changes that had not gone out yet, so that what they would have undone stays."""
    local: int = 0
    late: list[str] = field(default_factory=list)
    """Names of tickets whose Change is on its way just now."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Ticket name, and why it stays as it is, in a sentence."""
    drafts: list[Draft] = field(default_factory=list)
    """Texts that are drafts again."""

    @property
    def left(self) -> int:
        """How many Changes and marks are still to be turned."""
        return len(self.pending) + len(self.acts)

    @property
    def more(self) -> bool:
        """Whether something is left to do."""
        return bool(self.left)

    def stop(self) -> None:
        """Leave what is still to be turned as it is."""
        self.pending, self.acts = [], []

    def step(self, desk: Desk) -> None:
        """Turn the next slice; in the writing thread only."""
        if self.pending:
            window, self.pending = self.pending[:SLICE], self.pending[SLICE:]
            found = [one for uuid in window if (one := desk.reader.change(uuid)) is not None]
            if self.again:
                self._again(desk, found)
            else:
                self._back(desk, found)
        elif self.acts:
            acts, self.acts = self.acts[: SLICE * 10], self.acts[SLICE * 10 :]
            self._act(desk, acts)
        if not self.more:
            self.ledger.finished(desk, self)

    def _back(self, desk: Desk, changes: Sequence[Change]) -> None:
        waiting = [one.uuid for one in changes if one.state in _NOT_BEGUN]
        taken = set(desk.writer.undo_changes(waiting, desk.clock.now())) if waiting else set()
        planned: list[Change] = []
        for change in changes:
            if change.uuid in taken:
                self.taken.append(change)
                self.turned.changes.append(change.uuid)
                if change.message is not None:
                    draft = desk.reader.draft(change.ticket_id, change.message.public)
                    self.drafts.extend([draft] if draft is not None else [])
                continue
            # The sender may have been first since it was read.
            now = desk.reader.change(change.uuid) or change
            if now.state == "sent":
                counter = self._counter(desk, now)
                if counter is not None:
                    planned.append(counter)
                    self.turned.changes.append(now.uuid)
                    self.countered[now.uuid] = counter.uuid
                    self.ledger.counters.add(counter.uuid)
            elif now.state in _ON_ITS_WAY:
                self.late.append(_name(desk, now))
                self.ledger.keep(self.deed, now.uuid)
            elif now.state in ("conflict", "rejected"):
                self.refused.append((_name(desk, now), "it waits for your decision, so decide it there."))
        self._queue(desk, planned)

    def _again(self, desk: Desk, changes: Sequence[Change]) -> None:
        counters = [self.countered[one.uuid] for one in changes if one.uuid in self.countered]
        recalled = set(desk.writer.undo_changes(counters, desk.clock.now())) if counters else set()
        planned: list[Change] = []
        for change in changes:
            if self.countered.get(change.uuid) in recalled:
                self.recalled += 1
                self.turned.changes.append(change.uuid)
            elif isinstance(change.action, MergeInto | Removal):
                self.refused.append((_name(desk, change), "merging and removing ask first, so do it anew."))
            elif change.message is not None:
                what = "reply" if change.message.public else "note"
                self.refused.append(
                    (_name(desk, change), f"the {what} is a draft again, so send it from the composer.")
                )
            elif (fresh := self._repeated(desk, change)) is not None:
                planned.append(fresh)
                self.turned.changes.append(fresh.uuid)
        self._queue(desk, planned)

    def _queue(self, desk: Desk, planned: Sequence[Change]) -> None:
        if planned:
            self.ledger.claim(one.uuid for one in planned)
            desk.writer.queue_changes(planned)
            self.fresh.extend(planned)
            desk.wake()

    def _counter(self, desk: Desk, change: Change) -> Change | None:
        if (why := final(change)) is not None:
            self.refused.append((_name(desk, change), why))
            return None
        return self._turned(desk, change, [_reversed(edit) for edit in change.edits])

    def _repeated(self, desk: Desk, change: Change) -> Change | None:
        return self._turned(desk, change, list(change.edits))

    def _turned(self, desk: Desk, change: Change, wanted: Sequence[FieldEdit]) -> Change | None:
        """Plan edits for those fields that are still what they start from."""
        try:
            detail = ticket_without_thread(desk, change.ticket_id)
            if detail.row.status == "closed":
                raise ConsoleError("it is closed by now, and nothing of a closed ticket can be changed.")
            edits, kept = _still_holding(desk, detail, wanted)
            self.refused.extend((detail.row.name, _stays(desk, change, detail, name)) for name in kept)
            planned = plan_edits(desk, detail, edits, at=self.turned.made_at)
        except ConsoleError as error:
            why = error.lacks if isinstance(error, FieldsMissing) else error.sentence
            self.refused.append((_name(desk, change), why))
            return None
        if planned is None and not kept:
            self.refused.append((_name(desk, change), "it is so already."))
        return planned

    def _act(self, desk: Desk, acts: Sequence[LocalAct]) -> None:
        rows = desk.reader.queue_rows([act.ticket_id for act in acts])
        until: dict[int, int | None] = {}
        unread: dict[bool, list[int]] = {True: [], False: []}
        for act in acts:
            row = rows.get(act.ticket_id)
            start, end = (act.before, act.after) if self.again else (act.after, act.before)
            if row is None:
                continue
            if act.kind == "snooze" and row.snoozed_until == start:
                until[act.ticket_id] = end
            elif act.kind == "unread" and int(row.unread) == start:
                unread[bool(end)].append(act.ticket_id)
            else:
                woke = "it has woken up meanwhile." if act.kind == "snooze" else "you have opened it since."
                self.refused.append((row.name, woke))
                continue
            self.turned.acts.append(act)
            self.local += 1
        if until:
            desk.writer.snooze(until)
        for state, ids in unread.items():
            if ids:
                desk.writer.set_unread(ids, state)

    def sentence(self, desk: Desk) -> str:
        """Say what has been done, once all is."""
        said = []
        turned = {one.ticket_id for one in (*self.taken, *self.fresh)}
        single = len(turned) + self.recalled + self.local == 1 and len({name for name, _ in self.refused}) < 2
        if self.taken and single and not self.drafts:
            said.append(f"Taken back: {self._fields(desk, self.taken[0])} of {_name(desk, self.taken[0])}.")
        elif self.taken and not (single and self.drafts):
            said.append(f"Taken back on {_tickets(len(self.taken))}: {self.deed.what}.")
        if self.fresh and single:
            one = self.fresh[0]
            how = " (a new change)" if not self.again else ""
            back = "" if self.again else "back "
            values = ", ".join(
                f"{name} {back}to {value}" for name, value in edit_words(desk, one.account_id, one.edits)
            )
            said.append(f"{_name(desk, one)}: {values}{how}.")
        elif self.fresh and self.again:
            said.append(f"Made again on {_tickets(len(self.fresh) + self.recalled)}: {self.deed.what}.")
        elif self.fresh:
            which = "" if self.taken else f"{self.deed.what[:1].upper()}{self.deed.what[1:]}: "
            said.append(f"{which}{len(self.fresh):,} had gone out: a new change puts the old values back.")
        if self.recalled and not (self.fresh and not single):
            said.append(f"Made again on {_tickets(self.recalled)}: {self.deed.what}.")
        if self.local:
            said.append(
                f"{'Made again' if self.again else 'Taken back'} on {_tickets(self.local)}: {self.deed.what}."
            )
        if self.late:
            said.append(f"{_some(self.late)}: going out just now; take it back again in a moment.")
        by_reason: dict[str, list[str]] = {}
        for name, why in self.refused:
            by_reason.setdefault(why, []).append(name)
        said.extend(f"{_some(names)}: {why}" for why, names in by_reason.items())
        return " ".join(said) or "There was nothing left to turn."

    def _fields(self, desk: Desk, change: Change) -> str:
        return (
            ", ".join(name for name, _ in edit_words(desk, change.account_id, change.edits)) or "the change"
        )


def final(change: Change) -> str | None:
    """Say why a Change that has gone out cannot be taken back; None where its fields can be put back."""
    if isinstance(change.action, MergeInto):
        return f"it has been merged into #{change.action.target}, which cannot be taken back."
    if isinstance(change.action, Removal):
        what = "marked as spam" if change.action.spam else "deleted"
        return f"it has been {what}, which cannot be taken back from here."
    if isinstance(change.action, NewTicket):
        return "the ticket has been made on the helpdesk and cannot be taken back."
    if change.message is not None:
        what = "reply" if change.message.public else "note"
        fields = "; nothing that went with it is taken back either" if change.edits else ""
        return f"the {what} has been sent and cannot be taken back{fields}."
    if not change.edits:
        return "it has gone out and cannot be taken back."
    return None


def _reversed(edit: FieldEdit) -> FieldEdit:
    return FieldEdit(edit.field, edit.value, edit.base)


def _still_holding(
    desk: Desk, detail: TicketDetail, wanted: Iterable[FieldEdit]
) -> tuple[tuple[FieldEdit, ...], list[str]]:
    """Base edits on the present values; those of fields that somebody has changed since are named instead."""
    edits: list[FieldEdit] = []
    kept: list[str] = []
    for edit in wanted:
        now = detail.fields.get(edit.field)
        joined = edit.field in SET_FIELDS
        value = replay_set(edit, now) if joined else _possible(desk, detail, edit)
        if now == value or (joined and not now and not value):
            continue
        if joined or now == edit.base:
            edits.append(FieldEdit(edit.field, now, value))
        else:
            kept.append(edit.field)
    return tuple(edits), kept


def _possible(desk: Desk, detail: TicketDetail, edit: FieldEdit) -> FieldValue:
    """Some helpdesks let nothing be new again that was ever open."""
    if edit.field != "status" or normalised_status(edit.value, detail.field_defs) != "new":
        return edit.value
    from agentconsole.helpdesks.registry import kind_of

    if detail.row.status == "new" or kind_of(desk.account(detail.row.account).kind).new_again:
        return edit.value
    if any(item.name == "status" for item in detail.field_defs):
        return status_key("open", detail.field_defs) or edit.value
    return "open"


def _stays(desk: Desk, change: Change, detail: TicketDetail, name: str) -> str:
    fields = detail.field_defs
    now = value_word(desk, change.account_id, fields, name, detail.fields.get(name))
    return f"{field_word(fields, name)} is {now} by now, so that stays."


def _name(desk: Desk, change: Change) -> str:
    row = desk.reader.queue_rows([change.ticket_id]).get(change.ticket_id)
    return row.name if row is not None else f"~{change.ticket_id}"


def _tickets(count: int) -> str:
    return "one ticket" if count == 1 else f"{count:,} tickets"


def _some(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
