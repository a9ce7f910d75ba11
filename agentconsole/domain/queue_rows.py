"""The lines of the queue."""

from __future__ import annotations

from dataclasses import dataclass

from agentconsole.domain.ticket_words import Priority, Status


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One ticket as a line of the queue: effective values, pending Changes included."""

    ticket_id: int
    """Local id."""
    account: str
    """The account's short name."""
    remote_id: str | None
    """None: not on the helpdesk yet; shown as `~` and the local id."""
    status: Status
    status_label: str
    """The helpdesk's own word for it."""
    priority: Priority | None
    channel: str
    requester: str
    """The requester's name, or address, or an empty text."""
    subject: str
    tags: tuple[str, ...]
    assignee: str
    assigned_to_me: bool
    group: str
    due_at: int | None
    """The next SLA deadline; None when no clock runs."""
    sla_paused: bool
    created_at: int
    updated_at: int
    unread: bool
    waiting: str | None
    """The most pressing state of its open Changes: `rejected conflict unknown sending queued held`; None."""
    has_draft: bool
    snoozed_until: int | None = None
    """Once it is past the ticket has woken up, until it is opened."""
    several_accounts: bool = False
    """Whether the profile has other accounts too, so that `#41` alone does not say which ticket it is."""

    @property
    def number(self) -> str:
        """How the ticket's own helpdesk calls it: `#41`, or `~7` while unsent."""
        return f"#{self.remote_id}" if self.remote_id is not None else f"~{self.ticket_id}"

    @property
    def name(self) -> str:
        """How the ticket is called here: `#41`, or `acme#41` where there are several accounts."""
        named = self.several_accounts and self.remote_id is not None
        return f"{self.account}{self.number}" if named else self.number
