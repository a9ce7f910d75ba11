"""Looks a text over before it goes out: what the ticket tells about it, and which checks the agent wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from agentconsole.desk.context import Desk
from agentconsole.domain.views import MessageItem, TicketDetail

if TYPE_CHECKING:
    from agentconsole.replies.checks import Finding

_MESSAGES_LOOKED_AT: Final = 20
_SIGNED_WITHIN: Final = 4
"""Lines at a letter's end among which the writer's name is looked for."""
_MOST_WORDS_OF_A_NAME: Final = 4


def findings(
    desk: Desk,
    detail: TicketDetail | None,
    text: str,
    *,
    public: bool,
    files: int,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Tell what looks wrong with a text; nothing is refused for it. Reads no database.

    Args:
        desk: The profile; its config says which checks are off.
        detail: The ticket that it answers; None for a new one.
        text: As it would go out.
        public: A reply, not a note.
        files: How many files go with it.
        to: Who else it is addressed to: names or addresses.
        cc: Who is in copy beside the ticket's own people.
    """
    # Its patterns in many languages take long to compile: none is needed before a text goes out.
    from agentconsole.replies.checks import Reading, check

    requester = list(to)
    others = list(cc)
    last_note = None
    if detail is not None:
        if detail.requester is not None:
            known = (detail.requester.name, detail.requester.email or "")
            requester += [name for name in known if name]
            requester += _signed(detail, detail.requester.email)
        for person in detail.ccs:
            others += [name for name in (person.name, person.email or "") if name]
        last_note = _last_note(detail)
    reading = Reading(text, public, files, tuple(requester), tuple(others), last_note)
    return check(reading, off=desk.config.checks.off)


def _last_note(detail: TicketDetail) -> str | None:
    """Return the newest message where it is a note, one that is still to go out included."""
    for change in reversed(detail.pending):
        if change.message is not None:
            return None if change.message.public else change.message.text
    for message in reversed(detail.messages):
        if message.kind != "event":
            return _body(message) if message.kind == "note" else None
    return None


def _signed(detail: TicketDetail, address: str | None) -> Iterator[str]:
    """List what the customer signs with: who writes from a firm's address has a name of their own."""
    from agentconsole.replies.greetings import greeted, same_person

    theirs = [
        one
        for one in detail.messages[-_MESSAGES_LOOKED_AT:]
        if one.kind == "reply"
        and (one.author_role == "customer" or (address is not None and one.author_email == address))
    ]
    agents = {one.author for one in detail.messages if one.author_role in ("agent", "admin")}
    for message in theirs:
        written = "\n".join(part.text for part in message.parts if part.kind != "quote")
        lines = [line.strip(" ,.!-–—") for line in written.splitlines() if line.strip()]
        for line in lines[-_SIGNED_WITHIN:]:
            words = line.split()
            short = 0 < len(words) <= _MOST_WORDS_OF_A_NAME
            if short and words[-1][:1].isupper() and greeted(line) is None:
                if not any(same_person(line, agent) for agent in agents):
                    yield line


def _body(message: MessageItem) -> str:
    return "\n".join(part.text for part in message.parts if part.kind == "body")
