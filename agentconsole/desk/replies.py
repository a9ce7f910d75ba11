"""Replies and notes: drafts, recipients, sending and taking back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentconsole.desk import attachments as files
from agentconsole.desk import submission
from agentconsole.desk.context import Desk
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.changes import FieldChange, OutgoingMessage
from agentconsole.domain.errors import UsageError
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import Contact, Draft, DraftVersion, TicketDetail


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who will read what is being written."""

    to: tuple[str, ...]
    """Addresses; the name of a requester who has none."""
    cc: tuple[str, ...]
    outside: int
    """How many of them are outside the agent's own organisation."""

    @property
    def outside_words(self) -> str:
        """How many are outside, in words."""
        return f"{self.outside} outside your organisation" if self.outside else "nobody outside"


def recipients(
    detail: TicketDetail, public: bool, me_domains: Iterable[str], cc: Sequence[str] | None = None
) -> Recipients:
    """Tell who gets a reply; a note goes to nobody.

    Args:
        detail: The ticket.
        public: A reply rather than an internal note.
        me_domains: Mail domains of the agent's own organisation.
        cc: Whom the agent has put in copy; None: those of the ticket.
    """
    if not public:
        return Recipients((), (), 0)
    to = (_address(detail.requester),) if detail.requester is not None else ()
    copied = [_address(person) for person in detail.ccs] if cc is None else cc
    shown = tuple(dict.fromkeys(address for address in copied if address not in to))
    own = {domain.casefold() for domain in me_domains}
    outside = sum(address.rpartition("@")[2].casefold() not in own for address in (*to, *shown))
    return Recipients(to, shown, outside)


def require_copies(desk: Desk, account: str) -> None:
    """Refuse to change who is in copy where the account cannot.

    Raises:
        UsageError: It cannot, or that is not known yet.
    """
    submission.require(desk.account(account), "cc", "put people in copy")


def needs_recipient_check(desk: Desk, account: str) -> bool:
    """Whether the agent must still confirm who reads public replies: before the first one of an account.

    The demo's customers are made up, so that nobody is asked there.

    Args:
        desk: The profile.
        account: The account's short name.
    """
    if desk.paths.demo_marker.exists():
        return False
    return not desk.reader.recipients_confirmed(desk.account(account).uuid)


def recipients_confirmed(desk: Desk, account: str) -> None:
    """Remember for good that the agent has seen who reads the public replies of an account."""
    desk.writer.confirm_recipients(desk.account(account).uuid, desk.clock.now())


def _address(person: Contact) -> str:
    return person.email or person.name


def own_domains(desk: Desk, account: str) -> tuple[str, ...]:
    """List the mail domains of the agent's own organisation, as far as they are known."""
    state = desk.account(account)
    own = (state.me_email or state.login).rpartition("@")[2]
    return state.me_domains or ((own,) if own else ())


def draft(desk: Desk, ticket_id: int, public: bool | None = None) -> Draft | None:
    """Find what the agent was writing on a ticket; with None the newest, reply or note."""
    return desk.reader.draft(ticket_id, public)


def save_draft(
    desk: Desk,
    ticket_id: int,
    *,
    text: str,
    public: bool,
    last_seen_message: str | None,
    macro: str | None = None,
    changes: Sequence[tuple[str, FieldValue]] = (),
    attachments: Sequence[str] = (),
) -> int:
    """Keep what is being written, at once and safe against a crash.

    Returns:
        The draft's id.
    """
    return desk.writer.save_draft(
        ticket_id,
        public,
        text,
        last_seen_message,
        macro=macro,
        changes=tuple(changes),
        attachments=tuple(attachments),
        at=desk.clock.now(),
    )


def discard_draft(desk: Desk, draft_id: int) -> None:
    """Put a draft away; its text stays among the draft's versions."""
    desk.writer.discard_draft(draft_id, desk.clock.now())


def versions(desk: Desk, ticket_id: int) -> tuple[DraftVersion, ...]:
    """List what has been written on a ticket before, sent and discarded texts included, the latest first.

    A text that was kept several times, as when it was sent, taken back and dropped, is there once.
    """
    latest: dict[tuple[bool, str], DraftVersion] = {}
    for version in desk.reader.ticket_versions(ticket_id):
        latest.setdefault((version.public, version.text), version)
    return tuple(latest.values())


def restore(desk: Desk, version_id: int) -> Draft:
    """Make an earlier text the draft again; the present one becomes a version first.

    What goes out with the present draft (files, fields, copies) stays with it.

    Raises:
        UsageError: There is no such version.
    """
    return desk.writer.restore_version(version_id, desk.clock.now())


def send(
    desk: Desk,
    ticket_id: int,
    *,
    text: str,
    public: bool,
    status: str | None = None,
    changes: Sequence[FieldChange] = (),
    attachments: Sequence[Path] = (),
    last_seen_message: str | None,
    draft_id: int | None = None,
    macro: str | None = None,
    cc: Sequence[str] | None = None,
    undo_seconds: int | None = None,
) -> str:
    """Queue a reply or note with its field changes, in one transaction; awaits no network.

    It is held for the undo window and then goes out by itself, exactly once.

    Args:
        desk: The profile.
        ticket_id: Local id.
        text: What the requester (or, internal, the team) will read.
        public: A reply rather than an internal note.
        status: The new status: the helpdesk's own key, or the normalised word; None leaves it.
        changes: Other fields that go out with it.
        attachments: Files; copied here, so that they may go away afterwards.
        last_seen_message: Remote id of the newest message that was on screen.
        draft_id: The draft that this text is; it ends, its versions stay.
        macro: Remote id of the helpdesk macro that it came from.
        cc: Mail addresses of everybody who shall be in copy of a reply, and from then on of the ticket; None
            leaves it as it is. A note goes to nobody.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        UUID of the Change.

    Raises:
        UsageError: There is neither text nor a file, or a value is no choice of its field.
        FieldsMissing: Fields are empty that solving it, or its form, needs.
    """
    if not text.strip() and not attachments:
        raise UsageError("There is nothing to send yet: the text is empty.")
    detail = open_ticket(desk, ticket_id)
    wanted = list(changes)
    if status is not None:
        wanted.append(FieldChange("status", status))
    who = recipients(detail, public, ())
    copied, added, removed = _copied(desk, detail, who.cc, cc if public else None)
    copies = files.copies_of(desk, ticket_id, draft_id) if draft_id is not None and attachments else {}
    message = OutgoingMessage(
        text=text,
        public=public,
        attachments=tuple(files.keep(desk, path, copies) for path in attachments),
        to=who.to,
        cc=copied,
        cc_added=added,
        cc_removed=removed,
    )
    change = submission.plan(
        desk,
        detail,
        changes=wanted,
        message=message,
        last_seen_message=last_seen_message,
        macro=macro,
        draft_id=draft_id,
        undo_seconds=undo_seconds,
    )
    if change is None:
        raise UsageError("There is nothing to send yet.")
    desk.writer.queue_change(change)
    desk.wake()
    return change.uuid


def _copied(
    desk: Desk, detail: TicketDetail, shown: tuple[str, ...], wanted: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Tell who is in copy, who comes to it, and who goes: those by remote id who have no address."""
    if wanted is None:
        return shown, (), ()
    copied = tuple(dict.fromkeys(address_of(each) or each.strip() for each in wanted if each.strip()))
    had = {each.casefold() for each in shown}
    has = {each.casefold() for each in copied}
    added = tuple(each for each in copied if each.casefold() not in had)
    removed = tuple(
        person.email or person.remote_id for person in detail.ccs if _address(person).casefold() not in has
    )
    for each in added:
        if address_of(each) is None:
            raise UsageError(f"“{each}” is no mail address, so it cannot be put in copy.")
    if added or removed:
        submission.require(desk.account(detail.row.account), "cc", "put people in copy")
    return copied, added, removed


def address_of(text: str) -> str | None:
    """Read the mail address of `Name <address>` or of an address alone; None where there is none."""
    from email.utils import parseaddr

    address = parseaddr(text)[1].strip()
    local, at, domain = address.rpartition("@")
    fine = at and local and domain and not any(char.isspace() or ord(char) < 32 for char in address)
    return address if fine else None


def undo(desk: Desk, uuid: str) -> Draft | None:
    """Take a held Change back; its text is a draft again.

    Raises:
        ChangeTooLate: It is already going out.
    """
    return desk.writer.undo_change(uuid, desk.clock.now())
