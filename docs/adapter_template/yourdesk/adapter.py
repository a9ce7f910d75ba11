"""Your Desk as the port sees it. Fill the verbs in from top to bottom; run the suite after each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

import httpx

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import Applied, Change, Found, Step
from agentconsole.domain.fields import RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.messages import MessagePage, RemoteAttachment
from agentconsole.domain.people import Identity, RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import TicketPage
from agentconsole.helpdesks.base import Capabilities, ListPage, Thread, UnmovedThread
from agentconsole.helpdesks.http import HelpdeskHttp
from yourdesk import wire
from yourdesk.filling_in import fill_in


class YourHelpdesk:
    """One account on Your Desk."""

    def __init__(
        self,
        account: AccountSettings,
        secret: Callable[[], str],
        clock: Clock,
        *,
        history_months: int = 12,
        read_file: Callable[[str], bytes] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._history_months = history_months
        self._read_file = read_file
        self.http = HelpdeskHttp(
            account.name,
            f"{account.url}/api",
            lambda: f"Bearer {secret()}",
            read_refusal=wire.refusal,
            transport=transport,
            read_only=account.read_only,
        )

    async def whoami(self) -> Identity:
        """Tell who the login is."""
        raise fill_in(
            "whoami", "one read that fails with 401 where the secret is wrong, through wire.identity"
        )

    async def capabilities(self) -> Capabilities:
        """Tell what this login may do."""
        raise fill_in("capabilities", "what the console may offer here, and which guarantees are weaker")

    async def changes(self, cursor: str | None) -> TicketPage:
        """Read the next page of tickets."""
        raise fill_in("changes", "the agent's own open tickets, all open ones, history, then what changed")

    async def messages(self, cursor: str | None) -> MessagePage:
        """Read the next page of messages in bulk; an empty page where there is no such feed."""
        return MessagePage((), cursor or "", more=False)

    async def thread(self, ticket: str) -> Thread:
        """Read one ticket with its whole thread."""
        raise fill_in("thread", "the ticket and all its messages, oldest first, in two requests at most")

    async def thread_since(self, ticket: str, version: str, cursor: str) -> Thread | UnmovedThread:
        """Read a ticket's whole thread, and the ticket too where it may not be as it is stored."""
        raise fill_in(
            "thread_since", "the thread alone where it shows that the ticket is as stored; else delete this"
        )

    async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
        """Make one step of a Change by exactly one writing request."""
        raise fill_in("apply", "the one request of this step; Conflict where the ticket is not base_version")

    async def find_applied(self, change: Change, step: Step) -> Found:
        """Look whether a step whose answer was lost has been applied."""
        raise fill_in("find_applied", "`applied` or `absent` only when it is certain, else `unsure`")

    async def people(self, cursor: str | None) -> ListPage[RemotePerson]:
        """Read the next page of people."""
        raise fill_in("people", "the colleagues at least; customers may come beside their tickets")

    async def people_by_id(self, ids: Sequence[str]) -> tuple[RemotePerson, ...]:
        """Read named people, at most 100; the unknown are left out."""
        raise fill_in("people_by_id", "those of these ids that there are")

    async def groups(self, cursor: str | None) -> ListPage[RemoteGroup]:
        """Read the groups with their members."""
        raise fill_in("groups", "teams or queues; complete and first on a page that is the whole listing")

    async def organisations(self, cursor: str | None) -> ListPage[RemoteOrganisation]:
        """Read the organisations; an empty listing where there are none."""
        return ListPage((), "", more=False, complete=True, first=True)

    async def fields(self) -> tuple[TicketField, ...]:
        """Read the ticket fields with their choices."""
        raise fill_in("fields", "`status` and `priority` with normalised choices, then custom fields")

    async def macros(self, cursor: str | None) -> ListPage[RemoteMacro]:
        """Read the macros; an empty listing where there are none."""
        return ListPage((), "", more=False, complete=True, first=True)

    async def views(self, cursor: str | None) -> ListPage[RemoteView]:
        """Read the saved views; an empty listing where there are none."""
        return ListPage((), "", more=False, complete=True, first=True)

    async def articles(self, cursor: str | None) -> ListPage[RemoteArticle]:
        """Read the articles; an empty listing where there are none."""
        return ListPage((), "", more=False, complete=True, first=True)

    def download(self, attachment: RemoteAttachment) -> AsyncIterator[bytes]:
        """Read an attachment's bytes."""
        raise fill_in("download", "HelpdeskHttp's download, which keeps credentials from other origins")

    async def close(self) -> None:
        """End the connections."""
        await self.http.close()
