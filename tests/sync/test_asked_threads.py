"""A thread that was asked for stays so until it has been read, and keeps nothing else waiting for ever."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, cast

import pytest

from agentconsole.clock import FixedClock
from agentconsole.domain.errors import HelpdeskError, ServerFailed, Unreachable
from agentconsole.store.ingest import Ingest
from agentconsole.sync.pull import Puller
from agentconsole.sync.reading import ThreadReader
from agentconsole.sync.threads import StoreThread


class Asked:
    """Threads that are asked for, and a helpdesk that fails at them."""

    def __init__(self, *wanted: str) -> None:
        self.wanted = list(wanted)
        self.fault: HelpdeskError | None = None
        self.read: list[str] = []

    def thread_asked(self, put_off: Collection[str]) -> tuple[str, int] | None:
        return next(((each, 5) for each in reversed(self.wanted) if each not in put_off), None)

    def forget_asked(self, remote: str, asked_at: int) -> None:
        assert asked_at == 5
        self.wanted.remove(remote)

    async def thread(self, remote: str) -> None:
        if self.fault is not None and remote == "2":
            raise self.fault
        self.read.append(remote)


async def in_store(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


async def test_a_thread_is_asked_for_until_it_is_read_and_put_off_where_the_server_fails_at_it() -> None:
    asked = Asked("1", "2")
    reader = ThreadReader("demo", cast(Ingest, asked), cast(StoreThread, in_store), FixedClock(0), once=False)
    puller = cast(Puller, asked)
    asked.fault = Unreachable("demo: no line.")
    for _ in range(9):
        with pytest.raises(Unreachable):
            await reader.asked(puller)
    assert asked.wanted == ["1", "2"], "what a lost line keeps from being read is read later"
    asked.fault = ServerFailed("demo: it failed.")
    for _ in range(2):
        with pytest.raises(ServerFailed):
            await reader.asked(puller)
    assert await reader.asked(puller) and await reader.asked(puller) and asked.read == ["1"]
    assert not await reader.asked(puller), "it is put off until tickets are polled"
    reader.polled(changed=False)
    assert await reader.asked(puller) and not await reader.asked(puller) and asked.wanted == ["2"]
    reader.polled(changed=False)
    asked.fault = None
    assert await reader.asked(puller) and asked.read == ["1", "2"] and not asked.wanted


async def test_where_the_server_fails_at_one_thread_after_another_no_more_are_read_ahead_for_now() -> None:
    wanted = [str(number) for number in range(9)]

    class Failing(Asked):
        def threads_of_sleepers(self, limit: int, at: int) -> list[str]:
            return []

        def threads_wanted(self, limit: int) -> list[str]:
            return wanted[:limit]

        def threads_cut(self, limit: int) -> list[str]:
            return [each for each in ("a", "b") if each not in self.read or each == "a"][:limit]

        async def thread(self, remote: str) -> None:
            self.read.append(remote)
            if remote != "b":
                raise ServerFailed("demo: it failed.")

    failing = Failing()
    reader = ThreadReader(
        "demo", cast(Ingest, failing), cast(StoreThread, in_store), FixedClock(0), once=True
    )
    puller = cast(Puller, failing)
    for _ in range(2):
        for _ in range(2):
            with pytest.raises(ServerFailed):
                await reader.ahead(puller)
        assert not await reader.ahead(puller) and not await reader.ahead(puller)
        assert failing.read == ["0", "1", "2"]
        failing.read.clear()
        reader.polled(changed=True)
    # Nor is one that nobody waits for tried for ever.
    for _ in range(2):
        with pytest.raises(ServerFailed):
            await reader.fill(puller)
    assert await reader.fill(puller) and await reader.fill(puller) and not await reader.fill(puller)
    assert failing.read == ["a", "a", "a", "b"]
