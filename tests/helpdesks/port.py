"""What the conformance suite is made with: the world behind an adapter, and Changes as the desk does."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Literal, Protocol

from agentconsole.domain.changes import (
    Action,
    Applied,
    Change,
    FieldEdit,
    NewTicket,
    OutgoingAttachment,
    OutgoingMessage,
    Step,
)
from agentconsole.domain.errors import (
    HelpdeskError,
)
from agentconsole.domain.tickets import RemoteTicket
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.registry import steps_for

FaultName = Literal[
    "server_error",
    "unavailable",
    "rate_limited",
    "unauthorized",
    "forbidden",
    "not_json",
    "malformed_record",
    "drop_before",
    "drop_after",
]
Side = Literal["read", "write", "create", "thread", "listing"]


class World(Protocol):
    """The helpdesk behind an adapter, and what happens to it."""

    kind: str
    me: str
    """Remote id of the agent."""
    files: dict[str, bytes]
    """Files to send, by SHA-256."""
    many: int
    """How many messages make a long thread; more than a page where that takes no time."""

    @property
    def url(self) -> str:
        """Where the adapter reaches it."""

    @property
    def now(self) -> int:
        """The helpdesk's present instant."""

    def connect(self, *, admin: bool = False, url: str | None = None, secret: str | None = None) -> Helpdesk:
        """Open the adapter, as the agent unless told otherwise."""

    def ticket(self, **more: Any) -> str:
        """A new open ticket of a customer's, assigned to the agent, with one message."""

    def customer_answers(self, ticket: str, text: str) -> None:
        """The requester writes."""

    def colleague_writes(self, ticket: str, text: str, *, public: bool = False) -> None:
        """Another agent writes."""

    def colleague_sets(self, ticket: str, **values: Any) -> None:
        """Another agent changes fields: `status`, `priority` (normalised words), `tags`."""

    def key(self, field: str, word: str) -> str:
        """The helpdesk's own key of a normalised status or priority."""

    def delete(self, ticket: str) -> None:
        """The ticket is deleted."""

    def texts(self, ticket: str, *, public: bool) -> list[str]:
        """The texts on the ticket, oldest first, as the helpdesk has them."""

    def plant(self, fault: FaultName, side: Side, *, times: int | None = 1) -> None:
        """Let the next requests of one side fail."""

    def clear(self) -> None:
        """Take the faults away."""

    def pass_time(self, seconds: int) -> None:
        """Let time pass at the helpdesk."""

    def colleague(self) -> str:
        """Remote id of another agent."""

    def unsolved(self, *, mine: bool) -> set[str]:
        """Remote ids of the tickets not yet solved."""

    def everything(self) -> set[str]:
        """Remote ids of all tickets."""

    def close_ticket(self, ticket: str) -> None:
        """The ticket is closed for good."""

    def is_gone(self, ticket: str) -> bool:
        """Whether the ticket is deleted, or closed as spam is."""

    def merged_into(self, ticket: str) -> str | None:
        """Which ticket this one is part of now; an empty text where that is not told, None: it is not."""

    def merges(self, ticket: str) -> int:
        """How often other tickets were merged into this one."""

    def subjects(self, subject: str) -> list[str]:
        """Remote ids of the tickets with that subject."""

    def copied(self, ticket: str) -> set[str]:
        """Mail addresses of who is in copy."""

    def group(self) -> str:
        """Remote id of a group that the agent may make tickets in."""

    def requester_of(self, ticket: str) -> str:
        """Mail address of whose ticket it is."""


def change_of(
    world: World,
    ticket: RemoteTicket,
    text: str | None = None,
    *,
    public: bool = True,
    files: tuple[OutgoingAttachment, ...] = (),
    added: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
    action: Action | None = None,
    **values: Any,
) -> Change:
    """A Change as the desk makes it, with its first step being sent."""
    edits = tuple(
        FieldEdit(name.replace("__", ":"), ticket.fields.get(name.replace("__", ":")), value)
        for name, value in values.items()
    )
    change = Change(
        uuid=str(uuid.uuid4()),
        account_id=1,
        ticket_id=1,
        remote_ticket=ticket.remote_id,
        state="sending",
        created_at=world.now,
        held_until=world.now,
        base_version=ticket.version,
        last_seen_message=None,
        edits=edits,
        message=OutgoingMessage(text, public, files, (), added, added, removed) if text is not None else None,
        steps=(),
        action=action,
    )
    return planned(world, change)


def new_ticket_of(
    world: World,
    subject: str,
    text: str = "It leaks.",
    *,
    email: str = "nina@new.example",
    public: bool = True,
    files: tuple[OutgoingAttachment, ...] = (),
    added: tuple[str, ...] = (),
    refers_to: str | None = None,
    **values: Any,
) -> Change:
    """A Change that makes a ticket, as the desk makes it."""
    fields = tuple((name.replace("__", ":"), value) for name, value in values.items())
    change = Change(
        uuid=str(uuid.uuid4()),
        account_id=1,
        ticket_id=1,
        remote_ticket=None,
        state="sending",
        created_at=world.now,
        held_until=world.now,
        base_version="",
        last_seen_message=None,
        edits=(),
        message=OutgoingMessage(text, public, files, (email,), added, added),
        steps=(),
        action=NewTicket(None, email, "Nina New", (("subject", subject), *fields), refers_to),
    )
    return planned(world, change)


def planned(world: World, change: Change) -> Change:
    """The Change with its steps."""
    steps = tuple(
        Step(number + 1, change.uuid, number, plan.kind, plan.payload, "sending", 1, world.now)
        for number, plan in enumerate(steps_for(world.kind, change))
    )
    return replace(change, steps=steps)


async def send(helpdesk: Helpdesk, change: Change) -> Applied:
    """Make all steps of a Change: the ticket after the last, and the message that one of them made."""
    applied = Applied()
    for number, step in enumerate(change.steps):
        made = await helpdesk.apply(change, step, change.base_version)
        applied = replace(made, message=made.message or applied.message)
        change = with_result(change, number, made)
    return applied


def with_result(change: Change, number: int, applied: Applied) -> Change:
    """The Change after one of its steps is done."""
    done = replace(change.steps[number], state="sent", result=applied.result, expires_at=applied.expires_at)
    if change.remote_ticket is None and applied.ticket is not None:
        change = replace(change, remote_ticket=applied.ticket.remote_id)
    return replace(change, steps=(*change.steps[:number], done, *change.steps[number + 1 :]))


async def send_until_lost(
    helpdesk: Helpdesk, change: Change, errors: tuple[type[HelpdeskError], ...]
) -> tuple[Change, int]:
    """Make steps until the answer of one is lost: the Change as it then stands, and that step's number."""
    for number, step in enumerate(change.steps):
        try:
            change = with_result(change, number, await helpdesk.apply(change, step, change.base_version))
        except errors as error:
            assert one_sentence(error)
            return change, number
    raise AssertionError("no answer was lost")


async def finish(helpdesk: Helpdesk, change: Change, number: int) -> Applied:
    """Make the steps from this one on."""
    applied = Applied()
    for place in range(number, len(change.steps)):
        applied = await helpdesk.apply(change, change.steps[place], change.base_version)
        change = with_result(change, place, applied)
    return applied


async def read_articles(helpdesk: Helpdesk) -> tuple[list[Any], str]:
    """Read the articles whole: all of them, and the cursor after."""
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(100):
        page = await helpdesk.articles(cursor)
        found += page.items
        cursor = page.cursor
        if not page.more:
            assert page.complete
            return found, cursor
    raise AssertionError("the articles do not end")


async def read_all(
    helpdesk: Helpdesk, cursor: str | None = None
) -> tuple[dict[str, RemoteTicket], str, list[str]]:
    """Read the ticket feed to its end: the newest of each ticket, the cursor, the phases in order."""
    tickets: dict[str, RemoteTicket] = {}
    phases: list[str] = []
    for _ in range(200):
        page = await helpdesk.changes(cursor)
        for each in page.tickets:
            known = tickets.get(each.remote_id)
            if known is None or each.stamp >= known.stamp:
                tickets[each.remote_id] = each
        if page.phase not in phases:
            phases.append(page.phase)
        cursor = page.cursor
        if not page.more:
            return tickets, cursor, phases
    raise AssertionError("the feed does not end")


def one_sentence(error: HelpdeskError) -> bool:
    """Whether a person can be shown this: who, what, on one line, without a traceback's debris."""
    text = error.sentence
    return (
        "\n" not in text
        and len(text) < 300
        and text.endswith(".")
        and "Error(" not in text
        and "httpx" not in text
    )
