"""The port: what the console needs of a helpdesk, in few verbs.

Every verb raises the errors of `domain.errors` under HelpdeskError and nothing else: `Unreachable` when no
byte can have been processed, `AnswerLost` / `ServerFailed` / `BadAnswer` when a write may have been, the
others as named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar, runtime_checkable

from agentconsole.domain.changes import Applied, Change, Found, Step
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.messages import MessagePage, RemoteAttachment, RemoteMessage
from agentconsole.domain.people import Identity, RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord, RemoteTicket, TicketPage

StaleWriteCheck = Literal["atomic", "best effort", "none"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an account can do; the console shows only that."""

    stale_write_check: StaleWriteCheck
    """Whether the server itself refuses a write based on an old version."""
    marker: bool
    """Whether a Change's UUID can be left on the server and found again."""
    priorities: bool = True
    tags: bool = True
    macros: bool = True
    articles: bool = True
    views: bool = True
    sla: bool = True
    bulk_threads: bool = False
    """Whether threads come in bulk (admin-only exports); else the agent's open tickets' first."""
    attachments: bool = True
    required_on_solve: bool = True
    merge: bool = False
    merge_comments: bool = False
    """Whether a comment on either side is part of the merge itself; else one text goes before it."""
    spam: bool = False
    delete: bool = False
    create: bool = False
    create_needs_group: bool = False
    cc: bool = False
    """Whether people can be put in copy of a reply."""
    links: bool = False
    """Whether tickets can be linked to one another: the field `links`."""
    due: bool = False
    """Whether tickets have a due date that can be set: the field `due`."""
    due_of_tasks: bool = False
    """Whether only tickets of type `task` have one."""
    bulk: bool = False
    """Whether one request may change many tickets with the same guarantees as one for each: a stale write is
    refused, and a lost answer can be settled. Where not, each Change goes out by itself, paced."""
    updates_a_minute: int | None = None
    """How many writes to tickets the whole account may make in a minute."""
    updates_a_ticket: int | None = None
    """How many writes to one ticket may be made in ten minutes."""
    settle_seconds: float = 5.0
    """How long after a lost answer the server may still be at work: look for the Change only then."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How a helpdesk gives its tickets, as it was measured while the login was looked at."""

    lists: int
    """Requests for all that is read beside tickets and threads."""
    tickets_a_request: int
    seconds_a_request: float
    """Of one that brings little."""
    seconds_a_ticket: float
    """That each ticket adds to the request which brings it."""
    requests_a_thread: int


@dataclass(frozen=True, slots=True)
class Rights:
    """What a login may do, and how much there is for it to read."""

    reads: bool
    writes: bool | None
    """None: not tried, or not to be told."""
    exports: bool
    """Whether history comes in bulk."""
    notes_only: bool = False
    """Whether it may write internal notes alone."""
    tickets: int | None = None
    """Tickets within the history that is read."""
    mine: int | None = None
    """The agent's own that are unsolved: their threads come with the first sync; None: not counted."""
    requests_a_minute: int | None = None
    articles: int | None = None
    """None: not counted."""
    speed: Speed | None = None
    """None: as quick as helpdesks commonly are."""


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One try to sign in: what the browser is sent with, and what only this program knows."""

    url: str
    """Where the browser goes."""
    state: str = field(repr=False)
    """Must come back unchanged."""
    verifier: str = field(repr=False)
    redirect: str
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A ticket with its whole thread, read in one go."""

    ticket: RemoteTicket
    messages: tuple[RemoteMessage, ...]
    """Oldest first."""
    people: tuple[RemotePerson, ...] = ()
    quarantined: tuple[QuarantinedRecord, ...] = ()

    @property
    def said(self) -> tuple[RemoteMessage, ...]:
        """What people wrote, without what the system tells of changes; oldest first."""
        return tuple(each for each in self.messages if each.kind != "event")


@dataclass(frozen=True, slots=True)
class UnmovedThread:
    """The whole thread of a ticket which is as it was told, so that the ticket was not read with it."""

    remote_id: str
    version: str
    """The ticket's version, as the caller knew it."""
    messages: tuple[RemoteMessage, ...]
    """Oldest first."""
    people: tuple[RemotePerson, ...] = ()
    """Who acted on the ticket, for those of whom nothing is known yet."""
    quarantined: tuple[QuarantinedRecord, ...] = ()


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """One page of a listing that is read whole."""

    items: tuple[Item, ...]
    cursor: str
    """Opaque; give it back for the next page, or for what changed since."""
    more: bool
    complete: bool = False
    """True on the last page when those since the `first` are the whole listing: what is missing is gone."""
    first: bool = False
    """True on the page that begins a reading of the whole listing."""
    quarantined: tuple[QuarantinedRecord, ...] = ()


class Helpdesk(Protocol):
    """One account on one helpdesk. Methods may run side by side; `close` ends it."""

    async def whoami(self) -> Identity:
        """Tell who the login is, by a request that fails when the credentials are bad.

        Raises:
            LoginRefused: The credentials do not hold.
        """

    async def capabilities(self) -> Capabilities:
        """Tell what this login may do here; may ask the server."""

    async def changes(self, cursor: str | None) -> TicketPage:
        """Read the next page of tickets: the agent's own and open ones, then history, then what changed.

        Args:
            cursor: None to begin; else what the page before gave. Rows may repeat and may be older than
            known ones.
        """

    async def messages(self, cursor: str | None) -> MessagePage:
        """Read the next page of messages of all tickets in bulk. Only where `bulk_threads`."""

    async def thread(self, ticket: str) -> Thread:
        """Read one ticket and its whole thread.

        Raises:
            NotFound: There is no such ticket, or not any more.
        """

    async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
        """Make one step of a Change on the server, by exactly one writing request.

        Args:
            change: The Change; its UUID is left on the server where `marker`.
            step: The step to make; results of earlier ones are in `change.steps`.
            base_version: The version that the write is based on; the server refuses another where it can.

        Raises:
            Conflict: The ticket has another version; nothing was applied.

        A Change with an `action` concerns the ticket as a whole, and only what `capabilities` names is asked
        for. Making a ticket answers it as `Applied.ticket`; merging answers the ticket that is no more, with
        its `merged_into`.
        """

    async def find_applied(self, change: Change, step: Step) -> Found:
        """Look on the server whether a step whose answer was lost has been applied.

        Raises:
            TryAgain: It may still be under way; look later.
        """

    async def people(self, cursor: str | None) -> ListPage[RemotePerson]:
        """Read the next page of people."""

    async def people_by_id(self, ids: Sequence[str]) -> tuple[RemotePerson, ...]:
        """Read named people, at most 100; the unknown are left out."""

    async def groups(self, cursor: str | None) -> ListPage[RemoteGroup]:
        """Read the groups with their members."""

    async def organisations(self, cursor: str | None) -> ListPage[RemoteOrganisation]:
        """Read the next page of organisations."""

    async def fields(self) -> tuple[TicketField, ...]:
        """Read the ticket fields, statuses and priorities included, with what is required to solve."""

    async def macros(self, cursor: str | None) -> ListPage[RemoteMacro]:
        """Read the next page of the helpdesk's macros."""

    async def views(self, cursor: str | None) -> ListPage[RemoteView]:
        """Read the helpdesk's views."""

    async def articles(self, cursor: str | None) -> ListPage[RemoteArticle]:
        """Read the next page of articles, all languages; later only what changed."""

    def download(self, attachment: RemoteAttachment) -> AsyncIterator[bytes]:
        """Read an attachment's bytes. Credentials never go to another origin."""

    async def close(self) -> None:
        """End the connections."""


@runtime_checkable
class KnowsRights(Protocol):
    """A helpdesk that can be asked what the login may do."""

    async def rights(self) -> Rights:
        """Find out what the login may do; writes nothing."""


@runtime_checkable
class TellsUnmoved(Protocol):
    """A helpdesk whose threads tell whether the ticket has changed, so that it seldom has to be read too."""

    async def thread_since(self, ticket: str, version: str, cursor: str) -> Thread | UnmovedThread:
        """Read a ticket's whole thread; and the ticket, unless it is for certain as it is stored.

        Args:
            ticket: Its remote id; it is neither deleted nor merged, as far as is known.
            version: Its version as it is stored.
            cursor: Of `changes`, as it is stored: all that came before it is stored too.

        Raises:
            NotFound: There is no such ticket, or not any more.
        """
