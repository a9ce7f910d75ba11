"""What the console has to know of a helpdesk system before anything of it is opened.

Each adapter has one HelpdeskKind. An adapter of another package names it by an entry point of the group
`agentconsole.helpdesks`, whose name is the word that an account's `kind` has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings, AuthKind
from agentconsole.domain.changes import Change, StepPlan
from agentconsole.domain.fields import TicketField
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.tickets import FieldValues

if TYPE_CHECKING:
    from agentconsole.helpdesks.base import Helpdesk, LoginAttempt

LoginWay = Literal["browser", "pair", "bearer", "token", "password"]
"""How a person comes by a login: in the browser, or by giving a pair of tokens, one token or a password."""


class OpensHelpdesk(Protocol):
    """Opens an account; nothing is connected yet."""

    def __call__(
        self,
        account: AccountSettings,
        secret: Callable[[], str],
        clock: Clock,
        *,
        history_months: int = 12,
        read_file: Callable[[str], bytes] | None = None,
    ) -> Helpdesk:
        """Open it.

        Args:
            account: Name, address, login and options.
            secret: Gives the token or password; asked for each request, may raise SecretError.
            clock: Tells how far back the history begins.
            history_months: How far back history is read; 0: only what is unsolved.
            read_file: Gives a file to send by its SHA-256.

        Raises:
            Unreachable: The address is none.
            Rejected: The account's options cannot be used.
        """


class BrowserLogin(Protocol):
    """Signing in by the browser (OAuth with PKCE); every verb raises HelpdeskError, LoginRefused for a no."""

    def begin(self, base_url: str, client_id: str, redirect: str, *, read_only: bool = False) -> LoginAttempt:
        """Prepare a login: where the browser is sent, and what only this program knows."""

    async def exchange(
        self, name: str, base_url: str, attempt: LoginAttempt, code: str, now: int
    ) -> TokenPair:
        """Get the first pair of tokens for the code that the browser came back with."""

    async def renew(self, name: str, base_url: str, pair: TokenPair, now: int) -> TokenPair:
        """Get the next pair; the old one is dead from then on."""

    async def revoke(self, name: str, base_url: str, access: str) -> None:
        """Have the helpdesk forget a token."""


def nothing_missing(
    fields: Sequence[TicketField], values: FieldValues, form: str | None
) -> tuple[TicketField, ...]:
    """For helpdesks that solve any ticket."""
    return ()


def nothing_wrong(account: AccountSettings) -> str | None:
    """For helpdesks that have no rules of their own for an account."""
    return None


@dataclass(frozen=True, slots=True)
class HelpdeskKind:
    """One helpdesk system.

    Its module is imported in the console too, so it must be light: no network library before `open` or
    `browser` is called.
    """

    name: str
    """The word in config.toml, as `zendesk`: small letters, digits, `-` and `_`."""
    title: str
    """What people call it, as `Request Tracker 5`."""
    auths: tuple[AuthKind, ...]
    """The logins that it takes; the first is the usual one."""
    ways: tuple[tuple[LoginWay, str], ...]
    """How a person can come by a login, and what to say of each; the usual one first."""
    open: OpensHelpdesk
    steps: Callable[[Change], tuple[StepPlan, ...]]
    """Plans the writing requests of a Change: each step is one, and can be settled by itself. Pure."""
    address: Callable[[str], str]
    """Finds the helpdesk's address in what a person pastes; raises UsageError."""
    ticket_url: Callable[[str, str], str | None]
    """Where a browser shows a ticket, by address and remote id; None for an id that cannot be one."""
    missing_to_solve: Callable[[Sequence[TicketField], FieldValues, str | None], tuple[TicketField, ...]] = (
        nothing_missing
    )
    """Which fields it would ask for if a ticket were solved with these values and this form's id. Pure."""
    login_needed: frozenset[AuthKind] = frozenset()
    """The logins that need a name beside the secret."""
    login_question: str = "Your login"
    """How that name is asked for."""
    wrong: Callable[[AccountSettings], str | None] = nothing_wrong
    """Says in a sentence what is wrong with an account's settings, where only this kind can know."""
    browser: Callable[[], BrowserLogin] | None = None
    """Gives what signs in by the browser, for the login `oauth`."""
    new_again: bool = True
    """Whether a ticket that was once open can have the status new again, as when that is taken back."""
    first_statuses: tuple[str, ...] = ("open", "pending", "hold", "solved")
    """The normalised statuses, beside `new`, that a ticket can be made with."""
    deleted_means: str = ""
    """What becomes of a ticket that is deleted, in a sentence; empty where there is nothing to add."""
    exports: bool = False
    """Whether some logins may read history in bulk and others may not, which is worth telling."""
