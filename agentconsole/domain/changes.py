"""Changes: what an agent did to one ticket, until the helpdesk has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.tickets import FieldValue, RemoteTicket

StepState = Literal[
    "held", "queued", "sending", "sent", "unknown", "conflict", "rejected", "undone", "dropped"
]

OPEN_STATES: Final[frozenset[str]] = frozenset(
    {"held", "queued", "sending", "unknown", "conflict", "rejected"}
)
"""States in which a Change is not settled: it is listed, and later Changes of its ticket wait behind it."""

REPLAYED_STATES: Final[frozenset[str]] = OPEN_STATES - {"rejected"}
"""States in which a Change's values are laid over the server's. A rejected Change's are not: the helpdesk
refused them, so they are shown with its sentence, never as if they held."""

WAITING_STATES: Final[frozenset[str]] = frozenset({"held", "queued", "sending", "unknown"})
"""States that settle by themselves."""

HELD_BACK: Final = 253_402_300_799_000_000
"""A Change held until this instant, the end of the year 9999, goes out only when the agent says so: it was
written for an account that is set up read-only."""


@dataclass(frozen=True, slots=True)
class TagsEdit:
    """Tags, or links, to add and to take away."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field and what it shall become, before it is known what it was."""

    field: str
    value: FieldValue | TagsEdit
    """A TagsEdit only for `tags` and `links`; `assignee` may be `me`."""


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """A field with the value it was based on and the value it shall have."""

    field: str
    base: FieldValue
    """The effective value that the agent saw."""
    value: FieldValue


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that both sides changed, differently."""

    field: str
    base: FieldValue
    mine: FieldValue
    theirs: FieldValue


@dataclass(frozen=True, slots=True)
class OutgoingAttachment:
    """A file to send, copied at send and kept by its hash."""

    sha256: str
    file_name: str
    content_type: str
    size: int
    source: str = ""
    """Absolute path that it was copied from; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A reply or note to send."""

    text: str
    public: bool
    attachments: tuple[OutgoingAttachment, ...] = ()
    to: tuple[str, ...] = ()
    """Mail addresses it will go to, as they were shown."""
    cc: tuple[str, ...] = ()
    """Mail addresses of everybody in copy, as they were shown."""
    cc_added: tuple[str, ...] = ()
    """Those of them whom the agent put in copy: from this message on they follow the ticket."""
    cc_removed: tuple[str, ...] = ()
    """Addresses that were in copy and whom the agent left out: they follow the ticket no more."""


@dataclass(frozen=True, slots=True)
class MergeInto:
    """The ticket is closed and becomes part of another; this cannot be taken back once it is done."""

    target: str
    """Remote id of the ticket that stays."""
    target_comment: str = ""
    """What is written on the ticket that stays; empty: the helpdesk's own words, or nothing."""
    source_comment: str = ""
    """What is written on the ticket that is closed."""
    target_public: bool = False
    source_public: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """The ticket is marked as spam, or deleted."""

    spam: bool


@dataclass(frozen=True, slots=True)
class NewTicket:
    """The ticket is made; the first message is the Change's own."""

    requester: str | None
    """Remote id of a person whom the helpdesk knows; None for one who is known by address alone."""
    requester_email: str = ""
    requester_name: str = ""
    fields: tuple[tuple[str, FieldValue], ...] = ()
    """Field name to value, subject included."""
    refers_to: str | None = None
    """Remote id of the ticket that it tells of (forwarding)."""


Action = MergeInto | Removal | NewTicket
"""What a Change does to its ticket as a whole, beyond fields and a message."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One request that a Change needs, before it has run."""

    kind: str
    """The adapter's own word: `upload`, `update`, ..."""
    payload: dict[str, Any]
    """What the adapter needs beyond the Change itself; JSON. With `carries_message` it is the step that sends
    the message; where none says so, the last one is. With `leads_message` it changes the ticket for the
    sake of the message that follows, and is held back with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a Change and how it went."""

    id: int
    change: str
    """UUID of its Change."""
    position: int
    kind: str
    payload: dict[str, Any]
    state: StepState
    attempts: int = 0
    started_at: int | None = None
    """When `sending` was last committed."""
    next_attempt_at: int | None = None
    result: dict[str, Any] | None = None
    """What the helpdesk answered that later steps need (upload token, message id)."""
    expires_at: int | None = None
    """After this instant the result is worthless and the step runs again (Zendesk: upload tokens, 3 days)."""
    error: str | None = None
    """One sentence for the agent."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing an agent did to one ticket."""

    uuid: str
    account_id: int
    ticket_id: int
    """Local id."""
    remote_ticket: str | None
    """Remote id; None for a ticket that is not on the helpdesk yet."""
    state: StepState
    created_at: int
    held_until: int
    """The undo window ends here."""
    base_version: str
    last_seen_message: str | None
    """Remote id of the newest message on screen when the agent wrote."""
    edits: tuple[FieldEdit, ...]
    message: OutgoingMessage | None
    steps: tuple[Step, ...]
    macro: str | None = None
    """Remote id of the helpdesk macro it came from."""
    ask: bool = False
    """`unknown` that could not be settled by looking: the agent is asked."""
    moved: tuple[str, ...] = ()
    """Remote ids of messages that came after `last_seen_message`: the thread has moved."""
    send_anyway: bool = False
    """The agent saw the newer messages and sends all the same."""
    error: str | None = None
    draft_id: int | None = None
    """The draft that the text came from; its versions stay."""
    conflicts: tuple[FieldConflict, ...] = ()
    """In state `conflict`: the fields that somebody else changed too, with both sides."""
    candidates: tuple[str, ...] = ()
    """With `ask`: remote ids of the messages on the helpdesk that may be this one."""
    action: Action | None = None

    @property
    def held_back(self) -> bool:
        """Whether it does not go out by itself: its account was read-only when it was written."""
        return self.state == "held" and self.held_until >= HELD_BACK

    @property
    def message_step(self) -> Step | None:
        """The step that sends the message; None where there is no message or no step."""
        if self.message is None or not self.steps:
            return None
        told = [step for step in self.steps if step.payload.get("carries_message")]
        return (told or self.steps)[-1]

    @property
    def message_sent(self) -> bool:
        """Whether the message has arrived, though later steps may wait: its text must not go out again."""
        step = self.message_step
        return step is not None and step.state == "sent"


@dataclass(frozen=True, slots=True)
class Applied:
    """The helpdesk's word that a step is done."""

    ticket: RemoteTicket | None = None
    """The ticket after the write, where the answer has it."""
    message: RemoteMessage | None = None
    """The message that the reply became, where the answer has it."""
    events: tuple[RemoteMessage, ...] = ()
    """What the thread tells of the fields that changed with it, where the answer has that."""
    result: dict[str, Any] | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What looking for a Change on the server gave."""

    verdict: Literal["applied", "absent", "unsure"]
    applied: Applied | None = None
    candidates: tuple[RemoteMessage, ...] = ()
    """For `unsure`: the messages that may be it, shown to the agent."""
