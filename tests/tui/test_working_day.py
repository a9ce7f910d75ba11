"""A working day in small, by keys alone: what an agent does all day ends in the outbox, once each."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agentconsole.config import Paths
from agentconsole.desk import outbox, tickets
from agentconsole.domain.changes import Change
from agentconsole.tui.actions import ACTIONS
from agentconsole.tui.screens import main as main_screen
from agentconsole.tui.screens.main import MainScreen
from tests.tui import profile
from tests.tui.conftest import Running, Start
from tests.tui.test_triage import able

SIZES = ((160, 45), (80, 24))


def day(paths: Paths) -> None:
    """The helpdesk that can do everything, with its articles."""
    able(paths)
    profile.index_articles(paths)


def changes(running: Running) -> dict[str, list[Change]]:
    """What waits to go out, by the ticket's number."""
    found: dict[str, list[Change]] = {}
    for change in outbox.listing(running.desk, {"held"}):
        found.setdefault(change.remote_ticket or "new", []).append(change)
    return found


def edits(found: Sequence[Change], field: str) -> list[object]:
    """The values that Changes give a field."""
    return [edit.value for change in found for edit in change.edits if edit.field == field]


async def at(running: Running, number: str) -> None:
    """Go to a ticket in the queue, with the cursor's own keys."""
    wanted = tickets.resolve(running.desk, f"#{number}")
    await running.press("g")
    for _ in range(20):
        if running.main.queue.current == wanted:
            return
        await running.press("j")
    raise AssertionError(f"#{number} is not in the queue")


@pytest.mark.parametrize("size", SIZES)
async def test_a_day(console: Start, size: tuple[int, int]) -> None:
    async with console(size=size, fill=day) as running:
        main = running.main

        # The morning: look around, in sensible and silly ways.
        await running.press("8", "a", "s", "e", "r", "J", "space", "*", "M", "o")
        assert isinstance(running.app.screen, MainScreen) and "No ticket sleeps" in running.screen_text()
        await running.press("1", "G", "g", "ctrl+d", "ctrl+u", "S", "S", "S", "S", "z", "Z")
        assert changes(running) == {}

        # Fields of single tickets.
        await at(running, "44")
        await running.press("p", *"urg", "enter")
        await at(running, "45")
        await running.press("t", *"vip", "enter")
        await at(running, "48")
        await running.press("a", *"nobody", "enter")
        await at(running, "46")
        await running.press("h", *"tomorrow", "enter")
        await at(running, "43")
        await running.press("s", *"pend", "enter")
        await running.press("z", "Z")

        # A reply, left and gone on with, its status set; letters typed on do nothing.
        await at(running, "42")
        await running.burst("rDear Tom,")
        await running.press("escape")
        assert "Draft kept" in running.screen_text()
        await running.press("escape")
        assert main.pane == "queue" and "Draft kept" not in running.screen_text(), "the hints are back"
        await running.press("r")
        await running.burst(" it is on its way.")
        await running.press("ctrl+s", "p")
        await running.burst("ezX")
        await running.until_letters_act()

        # A note with its twin draft; the wrong send is taken back and made right.
        await running.press("escape", "escape")
        await at(running, "41")
        await running.burst("nJo, please look")
        await running.press("ctrl+s", "enter")
        await running.until_letters_act()
        await running.press("z")
        assert main.composer.text == "Jo, please look" and not main.composer.writing.public  # type: ignore[union-attr]
        await running.burst(" at batch 7731")
        await running.press("ctrl+s", "enter")
        await running.until_letters_act()

        # A macro and an article, in one reply.
        await running.press("escape", "escape")
        await at(running, "44")
        await running.press("m")
        await running.burst("card refund\r")
        await running.until(lambda: main.place == "composer")
        await running.press("ctrl+l")
        await running.burst("refund")
        await running.until(lambda: main.side.current is not None)
        await running.press("enter")
        await running.until(lambda: main.place == "composer" and "https://help" in main.composer.text)
        written = main.composer.text
        await running.press("ctrl+s", "enter")
        await running.until_letters_act()
        await running.press("escape", "escape", "escape", "1")

        made = changes(running)
        assert edits(made["44"], "priority") == ["urgent"]
        assert edits(made["45"], "tags") == [("device", "vip")], "a tag typed at once is one of its own"
        assert edits(made["48"], "assignee") == [None]
        assert edits(made["43"], "status") == ["pending"]
        assert (
            "46" not in made
            and tickets.open_ticket(running.desk, tickets.resolve(running.desk, "#46")).row.snoozed_until
        ), "it sleeps here alone"
        said = {number: [one.message for one in found if one.message] for number, found in made.items()}
        assert [(one.text, one.public) for one in said["42"]] == [("Dear Tom, it is on its way.", True)]
        assert edits(made["42"], "status") == ["pending"]
        assert [(one.text, one.public) for one in said["41"]] == [("Jo, please look at batch 7731", False)]
        assert [(one.text, one.public) for one in said["44"]] == [(written, True)]
        assert len(outbox.listing(running.desk, {"held"})) == 7
        assert not running.desk.reader.drafts(), "nothing is left unsent"


async def test_every_action_may_be_pressed_in_an_empty_view(console: Start) -> None:
    """No key breaks or changes anything where there is nothing to act on."""
    elsewhere = {"quit", "close", "back", "add_account", "new_ticket", "palette", "help", "sync", "tour"}
    async with console(size=(80, 24), fill=day) as running:
        for action in ACTIONS:
            if action.id in elsewhere or "queue" not in action.places or action.id.startswith("view_"):
                continue
            await running.press("8")
            running.main.perform(action.id)
            await running.settle()
            for _ in range(4):
                await running.press("escape")
            assert isinstance(running.app.screen, MainScreen), action.id
            running.main.focus_pane("queue")
        assert changes(running) == {}


async def test_notices_are_few_and_leave_the_hints_in_sight(console: Start) -> None:
    async with console(size=(80, 24), fill=day) as running:
        await running.press("z", "z", "z")
        assert running.notices() == ["There is nothing to take back any more."], "said once"
        await running.press("8", "M", "r", "m", "Z", "J")
        assert len(running.notices()) == 3 and running.notices()[-1] == "There is no ticket here."
        await running.until(lambda: "There is no ticket here." in running.screen_text())
        assert "? keys" in running.screen_text(), "the hint line is whole"


async def test_an_empty_list_says_its_whole_sentence(console: Start) -> None:
    async with console(size=(80, 24), fill=day) as running:
        await running.press("M")
        await running.burst("zzz")
        said = " ".join(line.split("▏")[0].strip(" │•") for line in running.screen_text().split("\n"))
        assert "No ticket fits: type its number, or words of it." in " ".join(said.split())


async def test_a_thread_that_has_not_been_read_says_so(console: Start) -> None:
    async with console(fill=day) as running:
        await at(running, "43")
        await running.press("enter")
        assert "What was written has not been read yet" in running.screen_text()


async def test_the_palette_begins_with_what_is_useful_here(console: Start) -> None:
    async with console(fill=day) as running:
        labels = [command.label for command in running.main.commands.commands()]
        assert [label.partition(": ")[2] for label in labels[:5]] == [
            "Open the ticket, view or article",
            "Reply to the customer",
            "Solve, then the next ticket",
            "Search the tickets",
            "The keys that work here",
        ]


async def test_what_is_so_already_is_named(console: Start) -> None:
    async with console(fill=day) as running:
        await at(running, "41")
        await running.press("a", "enter")
        await running.until(lambda: "Nothing to change: assigned to you already." in running.notices())


async def test_a_text_whose_first_key_came_too_early_is_not_taken_for_commands(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed on without a pause, nothing of it acts: neither R nor e nor p."""
    # However slow the machine: no pause is taken for one that the agent makes.
    monkeypatch.setattr(main_screen, "QUIET_SECONDS", 60.0)
    async with console(fill=day) as running:
        await at(running, "41")
        await running.burst("rThanks")
        await running.press("ctrl+s", "enter")
        await running.until(lambda: running.main.composer.writing is None)
        for char in "rReply again, please":
            assert running.main._quiet, "each letter makes it wait anew"
            await running.burst(char)
        assert isinstance(running.app.screen, MainScreen) and len(changes(running)) == 1
        monkeypatch.setattr(main_screen, "QUIET_SECONDS", 0.05)
        await running.burst("!")
        await running.until_letters_act()
        await running.press("r")
        assert running.main.composer.writing is not None


async def test_a_terminal_made_too_small_while_writing_loses_nothing_and_does_nothing(console: Start) -> None:
    async with console(size=(80, 24), fill=day) as running:
        await at(running, "41")
        await running.burst("rDear Mara")
        await running.pilot.resize_terminal(50, 12)
        await running.until(lambda: "too small" in running.screen_text())
        await running.burst("eXs")
        assert isinstance(running.app.screen, MainScreen) and changes(running) == {}
        await running.pilot.resize_terminal(160, 45)
        await running.until(lambda: running.main.place == "composer")
        await running.burst(", hello")
        assert running.main.composer.text == "Dear Mara, hello"


@pytest.mark.parametrize("size", [(120, 35), (80, 24)])
async def test_an_article_has_lines_to_be_read_in(console: Start, size: tuple[int, int]) -> None:
    async with console(size=size, fill=day) as running:
        await at(running, "41")
        await running.press("enter", "r", "ctrl+l")
        await running.burst("refund")
        await running.until(lambda: running.main.side.current is not None)
        assert running.main.side.query_one("#article-box").size.height >= 3
