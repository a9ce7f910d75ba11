"""What screens and commands show: rows and details read from the local database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from agentconsole.domain.changes import Change
from agentconsole.domain.fields import TicketField
from agentconsole.domain.messages import MessageKind
from agentconsole.domain.tickets import FieldValue, Priority, SlaClock, Status


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

    @property
    def name(self) -> str:
        """How the ticket is called: `#41`, or `~7` while unsent."""
        return f"#{self.remote_id}" if self.remote_id is not None else f"~{self.ticket_id}"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as shown beside a ticket."""

    remote_id: str
    name: str
    email: str | None
    role: str
    organisation: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    phone: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a message: `body`, `quote` or `signature` (the last two are folded)."""

    kind: Literal["body", "quote", "signature"]
    text: str


@dataclass(frozen=True, slots=True)
class AttachmentItem:
    """A file on a message of the thread."""

    id: int
    file_name: str
    content_type: str
    size: int
    malware: bool = False


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One message of the thread, cleaned and folded at ingest."""

    id: int
    remote_id: str
    author: str
    author_role: str
    """`customer`, `agent`, `admin` or an empty text."""
    author_email: str | None
    kind: MessageKind
    created_at: int
    channel: str
    parts: tuple[TextPart, ...]
    attachments: tuple[AttachmentItem, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with all that its pane shows."""

    row: QueueRow
    fields: dict[str, FieldValue]
    """Effective values."""
    labels: dict[str, str]
    """Field name to the shown value, for choices and people."""
    field_defs: tuple[TicketField, ...]
    requester: Contact | None
    ccs: tuple[Contact, ...]
    messages: tuple[MessageItem, ...]
    pending: tuple[Change, ...]
    """Open Changes, oldest first; their replies are drawn behind the thread."""
    slas: tuple[SlaClock, ...]
    version: str
    thread_read_at: int | None
    """When the thread was last whole; None: not read yet."""
    last_message: str | None
    """Remote id of the newest message, for `last_seen_message`."""
    url: str | None = None
    thread_fresh: bool = True
    """False when the ticket has changed since its thread was read, or the thread was never read."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent is writing."""

    id: int
    ticket_id: int
    public: bool
    text: str
    last_seen_message: str | None
    updated_at: int
    macro: str | None = None
    changes: tuple[tuple[str, FieldValue], ...] = ()
    """Field values that a macro set and that go out with the reply; for `tags` the whole new set."""
    attachments: tuple[str, ...] = ()
    """Paths of files to send, copied only at send."""


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """A kept state of a draft."""

    id: int
    draft_id: int
    text: str
    public: bool
    saved_at: int
    reason: str
    """`autosave`, `sent`, `discarded`, `undone`, `rejected`, ..."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account and how it stands with its helpdesk."""

    id: int
    uuid: str
    name: str
    kind: str
    url: str
    login: str
    me: str | None
    """Remote id of the agent, once known."""
    me_name: str
    state: str
    """`ok`, `syncing`, `offline`, `paused` (login refused), `throttled`, `new`."""
    sentence: str
    """Why it is not `ok`, and what to do; empty when it is."""
    last_sync_at: int | None
    retry_at: int | None
    progress: tuple[StreamProgress, ...] = ()
    me_email: str = ""
    me_domains: tuple[str, ...] = ()
    """Mail domains of the agent's own organisation; other recipients count as outside."""
    me_signature: str = ""
    capabilities: dict[str, Any] = field(default_factory=dict)
    """What the account can do, by the names of `helpdesks.base.Capabilities`; empty until first asked."""


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far one feed of an account has come."""

    stream: str
    """`tickets`, `messages`, `people`, `macros`, `articles`, ..."""
    phase: str
    done: int
    total: int | None
    finished: bool
    updated_at: int


@dataclass(frozen=True, slots=True)
class ArticleItem:
    """A knowledge article."""

    id: int
    account: str
    remote_id: str
    locale: str
    title: str
    text: str
    """Cleaned plain text."""
    url: str
    section: str
    labels: tuple[str, ...]
    updated_at: int


@dataclass(frozen=True, slots=True)
class FeedDelta:
    """What changed since a sequence number of the change feed."""

    sequence: int
    tickets: tuple[int, ...]
    """Local ids whose row changed."""
    bulk: bool
    """True: too many to name; read the list anew."""
    other: tuple[str, ...] = field(default=())
    """Other things that changed: `accounts`, `macros`, `articles`, `outbox`."""
