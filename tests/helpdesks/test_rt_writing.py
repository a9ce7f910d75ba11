"""The order in which Request Tracker is written to, against a made-up server."""

from __future__ import annotations

import uuid
from dataclasses import replace

import httpx
import pytest

from agentconsole.clock import FixedClock
from agentconsole.domain.changes import Change, OutgoingMessage, Step
from agentconsole.domain.errors import Conflict
from agentconsole.helpdesks.registry import steps_for
from tests.helpdesks.test_rt_feed import NOW, Feed, MadeUpRt

READ = "2026-01-01T00:00:00Z"
"""The version of every ticket of the made-up server."""


async def test_nobody_is_put_in_copy_of_a_ticket_that_has_moved_on() -> None:
    written: list[str] = []

    class Watched(MadeUpRt):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.method != "GET":
                written.append(f"{request.method} {request.content.decode()}")
            return super().__call__(request)

    feed = Feed(Watched(FixedClock(NOW), {7: "open"}))
    change = Change(
        uuid=str(uuid.uuid4()),
        account_id=1,
        ticket_id=1,
        remote_ticket="7",
        state="sending",
        created_at=NOW,
        held_until=NOW,
        base_version="2025-12-31T00:00:00Z",
        last_seen_message=None,
        edits=(),
        message=OutgoingMessage("Hello both", public=True, cc_added=("carl@copy.example",)),
        steps=(),
    )
    plans = steps_for("rt", change)
    steps = tuple(Step(place, "u", place, one.kind, one.payload, "queued") for place, one in enumerate(plans))
    assert [step.kind for step in steps] == ["recipients", "correspond"] and steps[0].payload.get(
        "leads_message"
    )
    for step in steps:
        with pytest.raises(Conflict):
            await feed.helpdesk.apply(replace(change, steps=steps), step, change.base_version)
    assert written == []
    with pytest.raises(Exception, match="in copy"):
        await feed.helpdesk.apply(replace(change, steps=steps, base_version=READ), steps[0], READ)
    assert [one.split(" ")[0] for one in written] == ["PUT"], "over the newest version it is written"
    await feed.helpdesk.close()
