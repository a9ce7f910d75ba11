"""Which verb of the port cost which requests: counted at the server's door, told by what they were for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agentconsole.helpdesks.base import Helpdesk, TellsUnmoved

Asked = tuple[str, str]
"""Method and path."""

_VERBS: Final = (
    *("whoami", "capabilities", "changes", "messages", "thread", "people", "groups", "organisations"),
    *("fields", "macros", "views", "articles"),
)


@dataclass(frozen=True)
class Call:
    """One call of a verb that reads."""

    verb: str
    about: Any
    """Its argument: a cursor, or the ticket of a thread."""
    requests: tuple[Asked, ...]
    answer: Any


@dataclass
class Ledger:
    """All calls of one account's helpdesk, in order.

    An account reads one thing at a time, so what comes to its door during a call belongs to the call.
    """

    door: Sequence[Asked]
    """All requests that came to the server so far; the account alone may use this door."""
    calls: list[Call] = field(default_factory=list)

    def watch(self, helpdesk: Helpdesk) -> Helpdesk:
        """Note from now on what each verb costs."""
        for verb in _VERBS:
            setattr(helpdesk, verb, self._noted(verb, getattr(helpdesk, verb)))
        if isinstance(helpdesk, TellsUnmoved):
            # Another way of reading a thread.
            setattr(helpdesk, "thread_since", self._noted("thread", helpdesk.thread_since))  # noqa: B010
        return helpdesk

    def _noted(self, verb: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def noted(*about: Any) -> Any:
            before = len(self.door)
            answer = await call(*about)
            asked = tuple(self.door[before:])
            self.calls.append(Call(verb, about[0] if about else None, asked, answer))
            return answer

        return noted

    def polls(self) -> list[tuple[Asked, ...]]:
        """The requests of each reading of what changed, to its last page."""
        done: list[tuple[Asked, ...]] = []
        begun: tuple[Asked, ...] = ()
        for call in self.calls:
            if call.verb == "changes":
                begun += call.requests
                if not call.answer.more:
                    done.append(begun)
                    begun = ()
        return done

    def openings(self, ticket: str) -> list[tuple[Asked, ...]]:
        """The requests of each reading of a ticket with its thread."""
        return [call.requests for call in self.calls if call.verb == "thread" and call.about == ticket]

    def requests(self, *verbs: str) -> int:
        """How many requests these verbs took together."""
        return sum(len(call.requests) for call in self.calls if call.verb in verbs)
