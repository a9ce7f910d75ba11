"""What the store's tests are made with: short ways to tickets, messages and Changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from agentconsole.domain.changes import Action, Change, FieldEdit, OutgoingMessage, Step
from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.people import Identity, RemotePerson
from agentconsole.domain.tickets import FieldValue, Priority, RemoteTicket, SlaClock, Status, TicketPage
from agentconsole.domain.views import TicketDetail
from agentconsole.store.database import open_store, prepare_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.store.reader import Reader
from agentconsole.store.writer import Writer


@dataclass(frozen=True)
class Account:
    uuid: str = "6f1f"
    name: str = "demo"
    kind: str = "zendesk"
    url: str = "http://127.0.0.1:1"
    login: str = "nora@example.com"


STATUS_FIELD = TicketField(
    "status",
    "Status",
    "choice",
    (
        FieldOption("open", "Open", "open"),
        FieldOption("pending", "Waiting for you", "pending"),
        FieldOption("501", "Parts ordered", "hold"),
        FieldOption("solved", "Solved", "solved"),
    ),
)


class Bench:
    """The store's parts over one database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.conn = open_store(path, role="console", create=False)
        self.bulk = open_store(path, role="worker", create=False)
        self.sending = open_store(path, role="outbox", create=False)
        self.reader = Reader(self.conn)
        self.writer = Writer(self.conn)
        self.account = self.writer.put_accounts([Account()], 0)[Account.uuid]
        self.ingest = Ingest(self.bulk, self.account, sleep=lambda _: None)
        self.outbox = Outbox(self.sending)
        self.ingest.set_identity(Identity("7", "Nora", "nora@example.com", "agent", ("example.com",)))

    def close(self) -> None:
        self.reader.close()
        for conn in (self.conn, self.bulk, self.sending):
            conn.close()

    def put(self, *tickets: RemoteTicket, at: int = 100) -> tuple[int, ...]:
        """Ingest tickets as one page."""
        return self.ingest.put_tickets(TicketPage(tickets, "cursor", False), at=at)

    def detail(self, ticket_id: int) -> TicketDetail:
        found = self.reader.ticket_detail(ticket_id, 0)
        assert found is not None
        return found

    def queue(self, uuid: str, ticket_id: int = 1, at: int = 1_000, held: int = 10, **named: Any) -> Change:
        made = change(uuid, self.account, ticket_id, at=at, held=held, **named)
        self.writer.queue_change(made)
        stored = self.reader.change(uuid)
        assert stored is not None
        return stored

    def claimed(self, uuid: str, at: int = 5_000) -> Change:
        """Claim the next step of a Change that is due."""
        self.outbox.release_held(at)
        found = next(one for one in self.outbox.due(at, self.account) if one.uuid == uuid)
        step = next(step for step in found.steps if step.state != "sent")
        assert self.outbox.claim(step.id, at)
        after = self.reader.change(uuid)
        assert after is not None
        return after

    def state(self, uuid: str) -> str:
        found = self.reader.change(uuid)
        assert found is not None
        return found.state


def ticket(
    number: int,
    *,
    status: str = "open",
    normalised: Status | None = None,
    priority: str | None = "normal",
    subject: str = "A card was charged twice",
    tags: Iterable[str] = (),
    stamp: int = 10,
    due: int | None = None,
    assignee: str | None = "7",
    **named: object,
) -> RemoteTicket:
    fields: dict[str, FieldValue] = {
        "subject": subject,
        "status": status,
        "priority": priority,
        "assignee": assignee,
        "group": "3",
        "tags": tuple(sorted(tags)),
    }
    extra = {"created_at": number, "updated_at": stamp, "requester": "9", **named}
    return RemoteTicket(
        remote_id=str(number),
        fields=fields,
        status=normalised or cast(Status, status),
        priority=cast(Priority | None, priority),
        channel="email",
        organisation=None,
        version=f"v{stamp}",
        stamp=stamp,
        slas=() if due is None else (SlaClock("next_reply_time", "active", due),),
        slas_known=True,
        **extra,  # type: ignore[arg-type]
    )


def message(
    remote_id: str, *, number: int = 1, at: int = 5, text: str = "It was charged twice.", **named: object
) -> RemoteMessage:
    columns: dict[str, object] = {
        "author": "9",
        "kind": "reply",
        "channel": "email",
        "raw_html": None,
        **named,
    }
    return RemoteMessage(remote_id=remote_id, ticket=str(number), created_at=at, raw_text=text, **columns)  # type: ignore[arg-type]


def person(
    remote_id: str = "9",
    name: str = "Ann Lee",
    email: str | None = "ann@customer.org",
    role: str = "customer",
) -> RemotePerson:
    return RemotePerson(remote_id, name, email, role)


def change(
    uuid: str,
    account_id: int,
    ticket_id: int = 1,
    *,
    at: int = 1_000,
    held: int = 10,
    text: str | None = "We have sent the money back.",
    public: bool = True,
    edits: Sequence[FieldEdit] = (),
    steps: int = 1,
    version: str = "v10",
    seen: str | None = None,
    draft_id: int | None = None,
    action: Action | None = None,
) -> Change:
    return Change(
        uuid=uuid,
        account_id=account_id,
        ticket_id=ticket_id,
        remote_ticket=str(ticket_id),
        state="held",
        created_at=at,
        held_until=at + held,
        base_version=version,
        last_seen_message=seen,
        edits=tuple(edits),
        message=None if text is None else OutgoingMessage(text, public),
        steps=tuple(Step(0, uuid, position, "update", {}, "held") for position in range(steps)),
        draft_id=draft_id,
        action=action,
    )


@contextmanager
def empty_bench(path: Path) -> Iterator[Bench]:
    """Make a store without tickets, and its parts."""
    prepare_store(path, now=0)
    made = Bench(path)
    yield made
    made.close()
