"""What screens and commands show: rows and details read from the local database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentconsole.domain.changes import Change
from agentconsole.domain.fields import TicketField
from agentconsole.domain.messages import MessageKind
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.tickets import FieldValue, SlaClock


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
    organisation_notes: str = ""
    tags: tuple[str, ...] = ()


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
class DownloadState:
    """How far a file has come that an agent asked for."""

    state: Literal["wanted", "reading", "done", "failed"]
    got: int
    """Bytes that are here."""
    sha256: str
    error: str
    """Why it could not be read, in a sentence."""


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
    mine: bool = False
    """Whether the agent wrote it."""


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """What a Change does to the fields of its ticket, in the helpdesk's words; foreign text."""

    edits: tuple[str, ...]
    conflicts: tuple[str, ...]
    """Of fields that somebody else changed too: both sides."""


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
    woke_up: bool = False
    """Its snooze has ended, and the agent has not opened it since."""
    read_at: int | None = None
    """When the agent last opened it while something in it was new; None: never."""
    drafts: tuple[bool, ...] = ()
    """What is being written on it: True for a reply, False for a note."""
    merged: tuple[str, ...] = ()
    """Remote ids of tickets that were merged into it."""
    merged_into: str | None = None
    """Remote id of the ticket that it was merged into."""
    gone: Literal["", "deleted", "spam"] = ""
    """Why the helpdesk lists it no more."""
    pending_words: dict[str, ChangeWords] = field(default_factory=dict)
    """UUID of each open Change to what it does to fields."""


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
    """What goes out with the text, as `draft_fields` writes it."""
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
