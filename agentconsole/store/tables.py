"""The schema's one source: the SQLModel tables that migrations are made from and the raw SQL is held against.

Times are whole UTC microseconds (`*_at`). Lists and maps are JSON text. Remote ids are text. Rows never leave
`store/`.
Tables read or written by the thousand have no foreign keys: SQLite would look each one up at ingest.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Text, text
from sqlmodel import Field, SQLModel

_KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite makes only a plain INTEGER key the row's own number."""

_NO_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}

_LISTED = text("hidden = 0")
_OPEN = text("hidden = 0 AND status < 4")


def _key() -> Any:
    return Field(default=None, sa_column=Column(_KEY, primary_key=True))


def _int(default: int | None = None) -> Any:
    return Field(sa_column=Column(BigInteger, nullable=False, server_default=_default(default)))


def _int_or_none() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


def _text(default: str | None = None) -> Any:
    shown = None if default is None else text(f"'{default}'")
    return Field(sa_column=Column(Text, nullable=False, server_default=shown))


def _text_or_none() -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=True))


def _part_int() -> Any:
    return Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


def _part_text() -> Any:
    return Field(sa_column=Column(Text, primary_key=True))


def _default(value: int | None) -> Any:
    return None if value is None else text(str(value))


class AccountTable(SQLModel, table=True):
    """An account, mirrored from the config, and how it stands with its helpdesk."""

    __tablename__ = "account"

    id: int | None = _key()
    uuid: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = _text()
    kind: str = _text()
    url: str = _text()
    login: str = _text()
    position: int = _int(0)
    removed: int = _int(0)
    me: str | None = _text_or_none()
    me_name: str = _text("")
    me_email: str = _text("")
    me_domains: str = _text("[]")
    me_signature: str = _text("")
    capabilities: str = _text("{}")
    state: str = _text("new")
    sentence: str = _text("")
    last_sync_at: int | None = _int_or_none()
    retry_at: int | None = _int_or_none()
    threads_until: int | None = _int_or_none()
    """Threads of tickets changed up to this instant are whole (bulk feed)."""
    threads_at: int | None = _int_or_none()
    threads_since: int | None = _int_or_none()
    """The bulk feed began here: of tickets older than this the first messages may be missing."""
    why: str = _text("")
    """Why it is not `ok`, in a few words."""
    asked_at: int | None = _int_or_none()
    """A request that left then is not answered yet; only of one that takes long."""


class PersonTable(SQLModel, table=True):
    """A person of a helpdesk: customer or agent."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_email", "email"),
        Index("ix_person_role", "account_id", "role"),
        _NO_ROWID,
    )

    account_id: int = _part_int()
    remote_id: str = _part_text()
    name: str = _text()
    email: str | None = _text_or_none()
    role: str = _text()
    organisation: str | None = _text_or_none()
    locale: str | None = _text_or_none()
    time_zone: str | None = _text_or_none()
    phone: str | None = _text_or_none()
    notes: str = _text("")
    signature: str = _text("")
    active: int = _int(1)
    updated_at: int = _int(0)
    tags: str = _text("[]")
    """A JSON list."""


class AgentGroupTable(SQLModel, table=True):
    """A group of agents; `members` is a JSON list of remote ids."""

    __tablename__ = "agent_group"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    remote_id: str = _part_text()
    name: str = _text()
    members: str = _text("[]")
    deleted: int = _int(0)
    listing: int = _int(0)


class OrganisationTable(SQLModel, table=True):
    """A customer's organisation; `domains` is a JSON list."""

    __tablename__ = "organisation"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    remote_id: str = _part_text()
    name: str = _text()
    domains: str = _text("[]")
    notes: str = _text("")


class TicketTable(SQLModel, table=True):
    """A ticket's effective values, which the queue reads: the server's with open Changes laid over them."""

    __tablename__ = "ticket"
    __table_args__ = (
        # Partial, so that a view of open tickets is read from one index alone, and the many solved ones cost
        # no more than they must: at ingest, each index over all tickets is one more page to write a ticket.
        Index("ix_ticket_remote", "account_id", "remote_id", unique=True),
        # They end with the columns of their own condition, which SQLite would else look up in the table.
        Index("ix_ticket_updated", "updated_at", "id", "hidden", "status", "priority", sqlite_where=_LISTED),
        Index("ix_ticket_created", "created_at", "id", "hidden", "status", sqlite_where=_OPEN),
        Index("ix_ticket_due", "due_at", "id", "hidden", "status", sqlite_where=_OPEN),
        Index("ix_ticket_priority", "priority", "updated_at", "id", "hidden", "status", sqlite_where=_OPEN),
        Index("ix_ticket_assignee", "assignee", "account_id", sqlite_where=_OPEN),
        Index("ix_ticket_waiting", "waiting", sqlite_where=text("waiting IS NOT NULL")),
        Index("ix_ticket_snoozed", "snoozed_until", sqlite_where=text("snoozed_until IS NOT NULL")),
    )

    id: int | None = _key()
    account_id: int = _int()
    remote_id: str | None = _text_or_none()
    status: int = _int()
    """Rank in `domain.tickets.STATUSES`."""
    priority: int = _int(0)
    """0 for none, else one more than the rank in `domain.tickets.PRIORITIES`."""
    hidden: int = _int(0)
    """1 when deleted or spam."""
    due_at: int | None = _int_or_none()
    sla_paused: int = _int(0)
    unread: int = _int(0)
    waiting: str | None = _text_or_none()
    """The most pressing state among its open Changes."""
    snoozed_until: int | None = _int_or_none()
    """1 once its customer has answered: what is past says that it has woken up."""
    created_at: int = _int()
    updated_at: int = _int()
    solved_at: int | None = _int_or_none()
    """When it was first seen solved: the ticket's own time of change then."""
    assignee: str | None = _text_or_none()
    assigned_group: str | None = _text_or_none()
    requester: str | None = _text_or_none()
    organisation: str | None = _text_or_none()
    channel: str = _text("")
    status_key: str = _text("")
    priority_key: str | None = _text_or_none()
    subject: str = _text("")
    tags_text: str = _text("")
    """The tags, cleaned, one a line."""
    satisfaction: str | None = _text_or_none()
    deleted: int = _int(0)
    spam: int = _int(0)
    thread_read_at: int | None = _int_or_none()
    thread_version: str | None = _text_or_none()
    """The server's version that the stored thread belongs to."""
    read_at: int | None = _int_or_none()
    snoozed_seen: int | None = _int_or_none()
    """Its last change when it was put to sleep, by the helpdesk's clock: what its customer writes later
    wakes it."""


class TicketServerTable(SQLModel, table=True):
    """A ticket's values as the helpdesk has them."""

    __tablename__ = "ticket_server"

    ticket_id: int | None = _key()
    stamp: int = _int()
    version: str = _text()
    status: int = _int()
    priority: int = _int(0)
    field_values: str = _text("{}")
    """JSON of FieldValues."""
    slas: str = _text("[]")
    """JSON list of [metric, stage, due_at]."""
    ccs: str = _text("[]")
    """JSON list of remote ids."""


class TicketTagTable(SQLModel, table=True):
    """A tag of a ticket, effective, for filters."""

    __tablename__ = "ticket_tag"
    __table_args__ = _NO_ROWID

    tag: str = _part_text()
    ticket_id: int = _part_int()


class TicketAliasTable(SQLModel, table=True):
    """A merged ticket and the one it went into."""

    __tablename__ = "ticket_alias"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    remote_id: str = _part_text()
    target: str = _text()
    """Remote id of the ticket it was merged into."""


class MessageTable(SQLModel, table=True):
    """A message of a thread, cleaned and as received; what a pane reads comes first in the row."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_remote", "account_id", "remote_id", unique=True),
        Index("ix_message_thread", "ticket_id", "created_at"),
    )

    id: int | None = _key()
    account_id: int = _int()
    ticket_id: int = _int()
    remote_id: str = _text()
    author: str | None = _text_or_none()
    kind: str = _text()
    created_at: int = _int()
    channel: str = _text("")
    marker: str | None = _text_or_none()
    """UUID of the Change that made it."""
    attachments: int = _int(0)
    """How many files it has."""
    cleaner: int = _int()
    """The cleaner's version that made `parts`."""
    parts: str = _text("[]")
    """JSON list of [kind, text]; of an event that came in keys an object with the list `changes`: [field,
    before, after, whether a rule made it]."""
    raw_text: str = _text("")
    raw_html: str | None = _text_or_none()


class OrphanMessageTable(SQLModel, table=True):
    """A message whose ticket is not stored yet; adopted when the ticket comes."""

    __tablename__ = "orphan_message"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    ticket: str = _part_text()
    remote_id: str = _part_text()
    record: str = _text()
    """JSON of the RemoteMessage."""


class AttachmentTable(SQLModel, table=True):
    """A file on a message."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_message", "message_id"),)

    id: int | None = _key()
    message_id: int = _int()
    remote_id: str = _text()
    file_name: str = _text()
    content_type: str = _text()
    size: int = _int(0)
    url: str = _text()
    malware: int = _int(0)


class ChangeTable(SQLModel, table=True):
    """One thing an agent did to one ticket."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_ticket", "ticket_id"),
        Index("ix_change_state", "state", sqlite_where=text("state NOT IN ('sent', 'undone', 'dropped')")),
    )

    sequence: int | None = _key()
    """Order of making."""
    uuid: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    account_id: int = _int()
    ticket_id: int = _int()
    state: str = _text()
    created_at: int = _int()
    held_until: int = _int()
    settled_at: int | None = _int_or_none()
    base_version: str = _text()
    last_seen_message: str | None = _text_or_none()
    edits: str = _text("[]")
    """JSON list of [field, base, value]."""
    message: str | None = _text_or_none()
    """JSON of the OutgoingMessage."""
    macro: str | None = _text_or_none()
    ask: int = _int(0)
    moved: str = _text("[]")
    conflicts: str = _text("[]")
    """JSON list of [field, base, mine, theirs]."""
    candidates: str = _text("[]")
    send_anyway: int = _int(0)
    error: str | None = _text_or_none()
    draft_id: int | None = _int_or_none()
    action: str | None = _text_or_none()
    """JSON of the Action; null for a Change of fields and a message alone."""


class ChangeStepTable(SQLModel, table=True):
    """One request of a Change."""

    __tablename__ = "change_step"
    __table_args__ = (Index("ix_change_step", "change", "position", unique=True),)

    id: int | None = _key()
    change: str = _text()
    position: int = _int()
    kind: str = _text()
    payload: str = _text("{}")
    state: str = _text()
    attempts: int = _int(0)
    started_at: int | None = _int_or_none()
    next_attempt_at: int | None = _int_or_none()
    result: str | None = _text_or_none()
    expires_at: int | None = _int_or_none()
    error: str | None = _text_or_none()


class DraftTable(SQLModel, table=True):
    """What an agent is writing; at most one live draft a ticket and mode."""

    __tablename__ = "draft"
    __table_args__ = (
        Index("ix_draft_ticket", "ticket_id"),
        Index("ix_draft_live", "ticket_id", "public", unique=True, sqlite_where=text("ended_at IS NULL")),
    )

    id: int | None = _key()
    ticket_id: int = _int()
    public: int = _int()
    body: str = _text()
    last_seen_message: str | None = _text_or_none()
    macro: str | None = _text_or_none()
    changes: str = _text("[]")
    attachments: str = _text("[]")
    created_at: int = _int()
    updated_at: int = _int()
    ended_at: int | None = _int_or_none()
    """Set when it was sent or discarded."""


class DraftVersionTable(SQLModel, table=True):
    """A kept state of a draft."""

    __tablename__ = "draft_version"
    __table_args__ = (Index("ix_draft_version", "draft_id"),)

    id: int | None = _key()
    draft_id: int = _int()
    body: str = _text()
    public: int = _int()
    saved_at: int = _int()
    reason: str = _text()


class MacroTable(SQLModel, table=True):
    """A macro of the helpdesk's own; `actions` is a JSON list of [field, value]."""

    __tablename__ = "macro"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    remote_id: str = _part_text()
    title: str = _text()
    description: str = _text("")
    actions: str = _text("[]")
    active: int = _int(1)
    updated_at: int = _int(0)
    listing: int = _int(0)


class ArticleTable(SQLModel, table=True):
    """A knowledge article in one language."""

    __tablename__ = "article"
    __table_args__ = (Index("ix_article_remote", "account_id", "remote_id", "locale", unique=True),)

    id: int | None = _key()
    account_id: int = _int()
    remote_id: str = _text()
    locale: str = _text()
    title: str = _text()
    body: str = _text()
    """Cleaned plain text."""
    cleaner: int = _int()
    url: str = _text("")
    section: str = _text("")
    labels: str = _text("[]")
    draft: int = _int(0)
    updated_at: int = _int(0)
    listing: int = _int(0)
    html: str = _text("")
    """As received."""


class ViewTable(SQLModel, table=True):
    """A saved view of the helpdesk."""

    __tablename__ = "view"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    remote_id: str = _part_text()
    title: str = _text()
    query: str | None = _text_or_none()
    position: int = _int(0)
    listing: int = _int(0)


class FieldTable(SQLModel, table=True):
    """A ticket field.

    `options` is a JSON list of [key, label, normalised], and `false` after that where the choice is switched
    off; `form` are the ids of the forms that have it with blanks between, NULL for all.
    """

    __tablename__ = "field"
    __table_args__ = (Index("ix_field_account", "account_id"),)

    id: int | None = _key()
    account_id: int = _int()
    name: str = _text()
    label: str = _text()
    kind: str = _text()
    options: str = _text("[]")
    required_to_solve: int = _int(0)
    form: str | None = _text_or_none()
    position: int = _int(0)


class StreamTable(SQLModel, table=True):
    """How far one feed of an account has come."""

    __tablename__ = "stream"
    __table_args__ = _NO_ROWID

    account_id: int = _part_int()
    stream: str = _part_text()
    cursor: str | None = _text_or_none()
    phase: str = _text("")
    done: int = _int(0)
    total: int | None = _int_or_none()
    finished: int = _int(0)
    listing: int = _int(0)
    """Number of the present reading of a listing; rows that keep an older one are gone."""
    updated_at: int = _int(0)


class FeedTable(SQLModel, table=True):
    """The change feed: each ticket with the number of its latest change."""

    __tablename__ = "feed"
    __table_args__ = (Index("ix_feed_sequence", "sequence"),)

    ticket_id: int | None = _key()
    sequence: int = _int()


class FeedMarkTable(SQLModel, table=True):
    """The change feed's marks: `last` (the newest number), `bulk`, and other things that changed."""

    __tablename__ = "feed_mark"
    __table_args__ = _NO_ROWID

    kind: str = _part_text()
    sequence: int = _int()


class QuarantineTable(SQLModel, table=True):
    """A record that could not be read."""

    __tablename__ = "quarantine"
    __table_args__ = (Index("ix_quarantine_record", "account_id", "kind", "remote_id", unique=True),)

    id: int | None = _key()
    account_id: int = _int()
    kind: str = _text()
    remote_id: str = _text("")
    reason: str = _text()
    raw: str = _text()
    seen_at: int = _int()


class DirtyTable(SQLModel, table=True):
    """What full text has yet to index."""

    __tablename__ = "dirty"
    __table_args__ = _NO_ROWID

    kind: str = _part_text()
    """`ticket`, `message` or `article`."""
    id: int = _part_int()
    mark: int = _int()
    """Grows with each change, so that a change made while indexing is not cleared."""
    old: str | None = _text_or_none()
    """The text as it was indexed, which a contentless index needs to forget it; None: not indexed yet."""


class RequestTable(SQLModel, table=True):
    """A thread that the console wants read."""

    __tablename__ = "request"

    ticket_id: int | None = _key()
    asked_at: int = _int()


class DownloadTable(SQLModel, table=True):
    """A file that an agent has asked for."""

    __tablename__ = "download"

    attachment_id: int | None = _key()
    account_id: int = _int()
    asked_at: int = _int()
    state: str = _text()
    """`wanted`, `reading`, `done` or `failed`."""
    got: int = _int(0)
    """Bytes that have come."""
    sha256: str = _text("")
    error: str = _text("")


class MetaTable(SQLModel, table=True):
    """Single values."""

    __tablename__ = "meta"
    __table_args__ = _NO_ROWID

    key: str = _part_text()
    value: str = _text()


METADATA: MetaData = SQLModel.metadata
