"""The same change for many tickets: each is planned by itself, and what one cannot do keeps no other back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from agentconsole.desk import submission
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.desk.edits import would_solve
from agentconsole.desk.macros import MacroItem
from agentconsole.desk.submission import FieldsMissing
from agentconsole.desk.tickets import missing_before, open_ticket, ticket_without_thread
from agentconsole.domain.changes import Change, FieldChange, OutgoingMessage, Removal
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.views import TicketDetail

Wishes = Mapping[str, Sequence[FieldChange]]
"""Account to what is wished for its tickets; an account that is not named cannot do it."""

Filled = Mapping[tuple[str, str], FieldChange]
"""(Account, field) to the value for tickets that lack it when they are solved."""

SLICE = 50
"""Tickets that are changed in one transaction: a draft's saving waits no longer than that takes."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a change for many tickets."""

    changed: int = 0
    same: int = 0
    """Of how many it was so already."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Ticket name and why, in a sentence, for those that stay as they are."""

    def and_then(self, more: Done) -> Done:
        """Add what became of further tickets."""
        return Done(self.changed + more.changed, self.same + more.same, (*self.left_out, *more.left_out))


def left_out_words(left_out: Sequence[tuple[str, str]]) -> str:
    """Say in one sentence which tickets stay as they are, and why; the reasons' most frequent first."""
    by_reason: dict[str, list[str]] = {}
    for name, why in left_out:
        by_reason.setdefault(why, []).append(name)
    said = []
    for why, names in sorted(by_reason.items(), key=lambda one: -len(one[1])):
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        said.append(f"{shown}: {why}")
    return " ".join(said)


def change_slice(
    desk: Desk,
    ticket_ids: Sequence[int],
    wishes: Wishes,
    deed: Deed,
    *,
    filled: Filled | None = None,
) -> Done:
    """Change the same fields of some dozens of tickets, in one transaction.

    Args:
        desk: The profile.
        ticket_ids: Local ids.
        wishes: What is wished, an account each.
        deed: What the agent does; the Changes become part of it, so that they are taken back together.
        filled: Values for fields that solving needs, used where a ticket lacks them.
    """

    def plan(detail: TicketDetail) -> Change | None:
        wish = wishes.get(detail.row.account)
        if wish is None:
            raise ConsoleError(f"{detail.row.account} cannot do this.")
        return submission.plan(desk, detail, changes=_with(desk, detail, wish, filled), at=deed.made_at)

    return _each(desk, ticket_ids, plan, deed)


def removal_slice(removal: Removal, desk: Desk, ticket_ids: Sequence[int], deed: Deed) -> Done:
    """Mark some dozens of tickets as spam, or delete them, where their account can do it.

    They stay in the queue until the helpdesk has done it; once it is out it cannot be taken back from here.
    Spam: Zendesk deletes the ticket and suspends its requester; Request Tracker gives it the status that the
    account's options name, `rejected` by itself. The login may lack the right to either, which the helpdesk
    says only when asked to: the Change is then rejected with its sentence, and the ticket stays.
    """
    ability, what = ("spam", "mark spam") if removal.spam else ("delete", "delete tickets")

    def plan(detail: TicketDetail) -> Change | None:
        submission.require(desk.account(detail.row.account), ability, what)
        return submission.act(desk, detail, removal, at=deed.made_at)

    return _each(desk, ticket_ids, plan, deed)


def macro_slice(desk: Desk, ticket_ids: Sequence[int], macro: MacroItem, deed: Deed) -> Done:
    """Use a macro on some dozens of tickets: its text as a reply or note of each, with its fields.

    A text with variables that have no value for a ticket is not sent to it.
    """
    from agentconsole.desk import macros, replies

    def plan(detail: TicketDetail) -> Change | None:
        if macro.account not in (None, detail.row.account):
            raise ConsoleError(f"{detail.row.account} does not have this macro.")
        shown = macros.preview(desk, macro, detail)
        if shown.missing:
            raise ConsoleError(f"{', '.join(shown.missing)} has no value there.")
        message = None
        if shown.text.strip():
            public = shown.public is not False
            who = replies.recipients(detail, public, ())
            message = OutgoingMessage(shown.text.strip(), public, to=who.to, cc=who.cc)
        return submission.plan(
            desk, detail, changes=shown.changes, message=message, macro=shown.macro, at=deed.made_at
        )

    return _each(desk, ticket_ids, plan, deed, read=open_ticket)


def _each(
    desk: Desk,
    ticket_ids: Sequence[int],
    plan: Callable[[TicketDetail], Change | None],
    deed: Deed,
    *,
    read: Callable[[Desk, int], TicketDetail] = ticket_without_thread,
) -> Done:
    planned: list[Change] = []
    same = 0
    left_out: list[tuple[str, str]] = []
    for ticket_id in ticket_ids:
        if deed.over:
            break
        try:
            detail = read(desk, ticket_id)
        except ConsoleError as error:
            left_out.append((f"~{ticket_id}", error.sentence))
            continue
        if detail.row.status == "closed":
            left_out.append((detail.row.name, "closed, so nothing of it can be changed any more."))
            continue
        try:
            change = plan(detail)
        except FieldsMissing as error:
            left_out.append((detail.row.name, error.lacks))
            continue
        except ConsoleError as error:
            left_out.append((detail.row.name, error.sentence))
            continue
        if change is None:
            same += 1
        else:
            planned.append(change)
    if planned:
        # Named first: once they are in the outbox nothing must take them for somebody else's.
        deed.changes.extend(change.uuid for change in planned)
        desk.writer.queue_changes(planned)
        desk.wake()
    return Done(len(planned), same, tuple(left_out))


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that tickets must have filled before a change of them can go out."""

    account: str
    needs: TicketField
    tickets: int
    """How many lack it."""
    example: TicketDetail
    """One of them."""
    solves: bool
    """Whether that one would be solved."""


def missing_of_all(
    desk: Desk, ticket_ids: Collection[int], wishes: Wishes, filled: Filled | None = None
) -> tuple[Missing, ...]:
    """List the fields that some of the tickets lack; takes a moment for thousands.

    Args:
        desk: The profile.
        ticket_ids: Local ids.
        wishes: What is wished, an account each.
        filled: What is given already for tickets that lack it; by it other fields can be asked for.
    """
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str], tuple[TicketField, TicketDetail, bool]] = {}
    for ticket_id in ticket_ids:
        try:
            detail = ticket_without_thread(desk, ticket_id)
            wish = _with(desk, detail, wishes.get(detail.row.account, ()), filled)
            missing = missing_before(desk, detail, wish)
        except ConsoleError:
            continue
        for one in missing:
            key = (detail.row.account, one.name)
            counts[key] += 1
            if key not in found:
                found[key] = (one, detail, would_solve(detail, wish))
    return tuple(
        Missing(account, needs, counts[account, name], example, solves)
        for (account, name), (needs, example, solves) in found.items()
    )


def _with(
    desk: Desk, detail: TicketDetail, wish: Sequence[FieldChange], filled: Filled | None
) -> Sequence[FieldChange]:
    """Add to a wish what is given for the fields that the ticket lacks, and for those that these bring."""
    account = detail.row.account
    left = {name: change for (whose, name), change in (filled or {}).items() if whose == account}
    while left:
        more = [left.pop(one.name) for one in missing_before(desk, detail, wish) if one.name in left]
        if not more:
            break
        wish = [*wish, *more]
    return wish
