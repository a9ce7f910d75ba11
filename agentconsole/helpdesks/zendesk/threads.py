"""A ticket's thread from its audits, which tell in one listing what was written and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from agentconsole.domain.errors import EndlessListing, NotAllowed, NotFound, Rejected
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord
from agentconsole.helpdesks.zendesk import audit_wire, wire
from agentconsole.helpdesks.zendesk.client import ZendeskClient
from agentconsole.helpdesks.zendesk.wire import Statuses

_MOST_AUDIT_PAGES: Final = 20
_MOST_COMMENT_PAGES: Final = 60
"""A ticket holds at most 5,000 comments."""
_WITH_PEOPLE: Final = {"include": "users"}


@dataclass(slots=True)
class Said:
    """What was read of a thread."""

    messages: list[RemoteMessage] = field(default_factory=list)
    people: list[RemotePerson] = field(default_factory=list)
    quarantined: list[QuarantinedRecord] = field(default_factory=list)
    whole: bool = True
    """Whether nothing that was written is known to be missing."""


class Threads:
    """Reads threads of one account."""

    def __init__(self, client: ZendeskClient) -> None:
        self._client = client
        self._comments_only = False
        """Whether audits are refused to this login where comments are not."""

    async def read(self, ticket: str, statuses: Statuses) -> Said:
        """Read all that was written and changed on a ticket, oldest first.

        Where audits are refused, as to a login whose scope is only tickets, or lack some of what was
        written, or are endless, the comments are read.

        Raises:
            NotFound: There is no such ticket.
        """
        if self._comments_only:
            return await _from_comments(self._client, ticket)
        try:
            said = await _from_audits(self._client, ticket, statuses)
        except (NotAllowed, NotFound, Rejected) as error:
            said = await _from_comments(self._client, ticket)
            # Else it is this ticket's alone, as an archive's may be.
            self._comments_only = isinstance(error, NotAllowed)
            return said
        if said.whole and any(each.kind != "event" for each in said.messages):
            return said
        comments = await _from_comments(self._client, ticket)
        written = {each.remote_id for each in comments.messages}
        comments.messages += [each for each in said.messages if each.remote_id not in written]
        comments.messages.sort(key=_place)
        comments.people += said.people
        comments.quarantined += said.quarantined
        return comments


async def _from_audits(client: ZendeskClient, ticket: str, statuses: Statuses) -> Said:
    said, parts = Said(), list[audit_wire.AuditParts]()
    after: str | None = None
    ended = False
    for _ in range(_MOST_AUDIT_PAGES):
        try:
            page = await client.page(f"tickets/{ticket}/audits", "audits", after, _WITH_PEOPLE, urgent=True)
        except EndlessListing:
            break
        found, bad = wire.parse_all("message", page.rows, lambda row: audit_wire.audit(row, statuses))
        parts += found
        said.quarantined += bad
        said.people += wire.parse_all("person", page.data.get("users"), wire.person)[0]
        after, ended = page.after, not page.more
        if ended:
            break
    said.messages = audit_wire.in_order(parts)
    # With an audit that cannot be read goes what was written in it.
    said.whole = ended and not said.quarantined and not any(each.elsewhere for each in parts)
    return said


async def _from_comments(client: ZendeskClient, ticket: str) -> Said:
    said = Said()
    after: str | None = None
    for _ in range(_MOST_COMMENT_PAGES):
        try:
            page = await client.page(
                f"tickets/{ticket}/comments",
                "comments",
                after,
                {"sort": "created_at", **_WITH_PEOPLE},
                urgent=True,
            )
        except EndlessListing:
            # All that was written is here.
            break
        found, bad = wire.parse_all("message", page.rows, lambda row: wire.message(row, ticket))
        said.messages += found
        said.quarantined += bad
        said.people += wire.parse_all("person", page.data.get("users"), wire.person)[0]
        after = page.after
        if not page.more:
            break
    said.messages.sort(key=_place)
    return said


def _place(message: RemoteMessage) -> tuple[int, bool, int]:
    return message.created_at, message.kind == "event", int(message.remote_id)
