"""Tickets: the server's values, the normalised words, and what a queue row shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.ticket_words import PRIORITIES as PRIORITIES
from agentconsole.domain.ticket_words import STATUSES as STATUSES
from agentconsole.domain.ticket_words import UNSOLVED as UNSOLVED
from agentconsole.domain.ticket_words import FieldValue as FieldValue
from agentconsole.domain.ticket_words import FieldValues as FieldValues
from agentconsole.domain.ticket_words import Priority as Priority
from agentconsole.domain.ticket_words import Status as Status


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One running clock of a service level agreement."""

    metric: str
    """The helpdesk's own name: `first_reply_time`, `next_reply_time`, ..."""
    stage: str
    """`active`, `paused` or `achieved`."""
    due_at: int | None
    """When it is breached; None while paused."""


@dataclass(frozen=True, slots=True)
class RemoteTicket:
    """A ticket as the helpdesk has it, in the words of the domain."""

    remote_id: str
    fields: FieldValues
    """The mergeable fields, in the server's own keys (a Zendesk custom status by its id, ...)."""
    status: Status
    """Normalised from `fields["status"]`."""
    priority: Priority | None
    channel: str
    """`email`, `web`, `chat`, `phone`, `api`, ..."""
    requester: str | None
    """Remote id of the person who asked."""
    organisation: str | None
    created_at: int
    updated_at: int
    version: str
    """What the server compares on write (Zendesk: `updated_at` as it was spelled)."""
    stamp: int
    """Grows with every change on the server, system ones included; an older one never replaces a newer
    (Zendesk: `generated_timestamp` where given, else `updated_at`), in microseconds."""
    ccs: tuple[str, ...] = ()
    """Remote ids of people in copy."""
    slas: tuple[SlaClock, ...] = ()
    slas_known: bool = False
    """False when this answer carried no clocks: what is stored stays."""
    spam: bool = False
    deleted: bool = False
    merged_into: str | None = None
    satisfaction: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record of a page that could not be read; the rest of the page goes on."""

    kind: str
    """`ticket`, `message`, `person`, ..."""
    remote_id: str | None
    reason: str
    raw: str
    """The record as received, cut to 10 kB."""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One page of a ticket feed."""

    tickets: tuple[RemoteTicket, ...]
    cursor: str
    """Opaque; give it back to get what follows. Stored in the same transaction as the page's last rows."""
    more: bool
    """Whether another page can be had at once."""
    people: tuple[RemotePerson, ...] = ()
    messages: tuple[RemoteMessage, ...] = ()
    done: int = 0
    """Records so far in this feed, for the progress bar."""
    total: int | None = None
    """Records in all, where the helpdesk tells."""
    phase: str = ""
    """What is being read, in words for the progress line: `your open tickets`, `history`, `changes`."""
    quarantined: tuple[QuarantinedRecord, ...] = field(default=())
