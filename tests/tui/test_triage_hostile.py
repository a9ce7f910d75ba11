"""Hostile text through what triage shows: pickers, questions, both sides, notices, the clipboard."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, replace

import pytest

from agentconsole.config import Paths
from agentconsole.desk import outbox, tickets
from agentconsole.domain.changes import FieldChange, FieldConflict
from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.people import RemoteGroup
from agentconsole.domain.times import HOUR
from agentconsole.helpdesks.base import Capabilities, ListPage
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.tui.screens.decision import DecisionDialog
from agentconsole.tui.screens.dialog import Choice
from tests.tui import profile
from tests.tui.conftest import Start
from tests.tui.test_hostile import HOSTILE, clean

FIELDS = (
    *profile.FIELDS[:2],
    TicketField("custom:1", HOSTILE, "choice", (FieldOption("k", HOSTILE),), position=3),
    TicketField("custom:2", f"several {HOSTILE}", "multichoice", (FieldOption("m", HOSTILE),), position=4),
)


def fill(paths: Paths) -> None:
    """Two tickets, and all that is said of them is hostile."""
    people = tuple(replace(person, name=f"{person.name} {HOSTILE}") for person in profile.PEOPLE)
    found = [
        profile.ticket(number, subject=f"{number} {HOSTILE}", tags=(f"tag{number}\x1b[31m[/]",))
        for number in (41, 42)
    ]
    profile.fill(paths, found, people=people)
    account = profile.account_id(paths)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, account, sleep=lambda _: None)
        ingest.put_fields(FIELDS, at=profile.NOW)
        groups = (RemoteGroup("601", f"Cards {HOSTILE}", (profile.ME,)),)
        ingest.put_groups(ListPage(groups, "", more=False, complete=True), first=True, at=profile.NOW)
        ingest.set_capabilities(asdict(Capabilities("atomic", marker=True, merge=True, spam=True)))


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_hostile_text_in_all_that_triage_asks(console: Start, size: tuple[int, int]) -> None:
    async with console(fill=fill, size=size) as running:
        for key in ("a", "t", "F", "h", "M"):
            await running.press(key)
            await running.settle()
            assert running.app.screen is not running.main, key
            clean(running)
            await running.press("escape")
        await running.press("F", "enter", "enter")
        await running.until(lambda: len(outbox.listing(running.desk, {"held"})) == 1)
        await running.press("F", "down", "enter", "enter")
        assert "Set" in clean(running)
        await running.press("escape", "z")
        await running.until(lambda: not outbox.listing(running.desk, {"held"}))
        clean(running)
        await running.press("*", "X")
        assert isinstance(running.app.screen, Choice)
        clean(running)
        await running.press("escape", "M", "enter")
        assert isinstance(running.app.screen, Choice)
        assert "merge into #41" in clean(running) or "merge into #42" in clean(running)
        await running.press("m")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        clean(running)
        await running.press("z")
        await running.until(lambda: not outbox.listing(running.desk, {"held"}))
        await running.press("*", "p", *"high", "enter")
        await running.until(lambda: len(outbox.listing(running.desk, {"held"})) == 2)
        clean(running)
        await running.press("y", "Y")
        assert running.app.clipboard.isprintable()
        assert running.app.is_running and not running.app._exit


async def test_hostile_text_on_both_sides_of_a_conflict(console: Start) -> None:
    async with console(fill=fill) as running:
        one = tickets.resolve(running.desk, "#41")
        running.main.tickets.open(one)
        [uuid] = tickets.set_fields(running.desk, [one], [FieldChange("custom:1", "k")])
        with closing(open_store(running.desk.paths.database, role="outbox", now=profile.NOW)) as conn:
            box = Outbox(conn)
            box.release_held(profile.NOW + HOUR)
            change = box.change(uuid)
            assert change is not None
            both = (FieldConflict("custom:1", HOSTILE, "k", HOSTILE),)
            box.settle_conflict(change, both, (), profile.NOW)
        await running.until(lambda: "A decide and send" in running.screen_text())
        await running.press("A")
        assert isinstance(running.app.screen, DecisionDialog)
        assert "theirs Re: [/]" in clean(running)
