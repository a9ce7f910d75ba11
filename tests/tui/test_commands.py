"""Help, palette and hints: what they say is what works."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.tui.actions import ACTIONS, BY_ID, HINTS, Place
from agentconsole.tui.availability import Situation, cannot, why_not
from agentconsole.tui.fuzzy import match
from agentconsole.tui.screens.help import HelpScreen
from agentconsole.tui.screens.main import hint_words
from agentconsole.tui.screens.picker import Picker
from tests.tui.conftest import Running, Start


async def help_text(running: Running) -> str:
    screen = running.app.screen
    assert isinstance(screen, HelpScreen)
    await running.until(lambda: "Esc closes" in running.screen_text())
    return running.screen_text()


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_help_shows_the_keys_of_the_queue_and_says_what_cannot_be_done(
    console: Start, size: tuple[int, int]
) -> None:
    async with console(size=size) as running:
        await running.press("question_mark")
        screen = running.app.screen
        assert isinstance(screen, HelpScreen)
        text = screen.text("").plain
        assert "Select the ticket" in text and "Insert a macro" not in text
        unfold = next(line for line in text.splitlines() if "Unfold" in line)
        assert "no open ticket" in unfold
        await running.until(lambda: "Esc closes" in running.screen_text())
        assert "that work in the queue" in running.screen_text()
        assert max(len(line) for line in text.splitlines()) <= 70
        assert "Reply to the customer" in running.screen_text() or size == (80, 24)
        assert text.index("Assign") < text.index("Second view") < text.index("Half a page down")
        if size == (80, 24):
            assert "Half a page down" not in running.screen_text()
            for _ in range(8):
                await running.press("pagedown")
            await running.until(lambda: "Half a page down" in running.screen_text())
        await running.press("escape")
        assert running.app.screen is running.main


async def test_help_finds_any_key_by_words_and_by_the_key(console: Start) -> None:
    async with console() as running:
        await running.press("question_mark")
        await running.burst("knowledge search")
        assert "No action fits" not in await help_text(running)
        await running.press("escape", "question_mark")
        await running.burst("macro")
        text = await help_text(running)
        assert "Insert a macro" in text and "only while writing" in text
        assert "Set the priority" not in text
        await running.press("escape", "question_mark", "e")
        assert "Solve, then the next ticket" in await help_text(running)


async def test_help_names_what_was_asked_for_in_keys_and_cannot_be_had(console: Start) -> None:
    long = "a_name_that_no_action_has_ever_had_and_that_is_longer_than_a_line"
    async with console(bindings={"replay": "x", "reply": "c", long: "x"}) as running:
        await running.press("question_mark")
        text = " ".join((await help_text(running)).replace("│", " ").split())
        assert "Asked for in [keys]" in text and "“replay”; did you mean “reply”?" in text
        assert "the help lists all." in text
        await running.burst("reply")
        assert "Asked for" not in await help_text(running)


async def test_help_while_writing_leaves_the_text_alone(console: Start) -> None:
    async with console() as running:
        await running.press("j", "enter")
        await running.burst("rWhy?")
        await running.press("f1")
        text = await help_text(running)
        assert "while writing" in text and "Send: choose the status" in text and "Editing" in text
        await running.press("f1")
        assert running.app.screen is running.main
        assert running.main.composer.text == "Why?" and running.main.place == "composer"


async def test_tab_in_a_list_leaves_the_field_where_it_is(console: Start) -> None:
    async with console() as running:
        await running.press("ctrl+p", "tab")
        await running.burst("tour of six")
        await running.until(lambda: "The tour of six steps" in running.screen_text())
        assert "Reply to the customer" not in running.screen_text()


async def test_the_palette_lists_every_action_and_does_it(console: Start) -> None:
    async with console() as running:
        labels = [command.label for command in running.main.commands.commands()]
        for action in ACTIONS:
            if action.id != "palette" and not action.id.startswith("view_"):
                assert f"{action.group}: {action.help}" in labels
        await running.press("ctrl+p")
        assert isinstance(running.app.screen, Picker)
        await running.burst("recently solved\r")
        await running.until(lambda: "Invoice for October" in running.screen_text())
        await running.press("ctrl+p")
        await running.burst("adremtg\r")
        await running.until(lambda: "Tags" in running.screen_text() or "tags" in running.screen_text())


async def test_what_cannot_be_done_now_is_there_but_is_not_done(console: Start) -> None:
    async with console() as running:
        await running.press("ctrl+p")
        await running.burst("unfold")
        assert "no open ticket" in running.screen_text()
        await running.press("enter")
        assert isinstance(running.app.screen, Picker)


def test_the_reasons() -> None:
    queue = Situation("queue", ticket=True, account="rt", capabilities={"tags": False, "priorities": True})
    assert why_not(BY_ID["reply"], queue) == ""
    assert why_not(BY_ID["reply"], Situation("queue")) == "no ticket"
    assert why_not(BY_ID["send"], queue) == "only while writing"
    assert why_not(BY_ID["reply"], Situation("composer", ticket=True)) == "not while writing"
    assert why_not(BY_ID["drop_change"], queue) == "nothing is held"
    assert cannot(BY_ID["tags"], queue) == "rt has no tags"
    assert cannot(BY_ID["priority"], queue) == ""
    assert cannot(BY_ID["tags"], Situation("queue")) == ""


async def test_a_key_for_what_the_account_cannot_do_says_so(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console() as running:
        now = Situation("queue", ticket=True, account="rt", capabilities={"tags": False})
        monkeypatch.setattr(running.main.commands, "situation", lambda: now)
        await running.press("t")
        assert running.app.screen is running.main
        assert any("rt has no tags" in one for one in running.notices())


@pytest.mark.parametrize("width", [58, 78, 118])
@pytest.mark.parametrize("place", sorted(HINTS))
async def test_hints_fit_and_are_never_cut(console: Start, place: Place, width: int) -> None:
    async with console() as running:
        words = hint_words(running.main.keymap_used, place, width)
        text = "".join(word for word, _ in words)
        assert len(text.rstrip()) <= width
        if width >= 78:
            assert text.count("   ") >= len(HINTS[place])


@pytest.mark.parametrize(
    ("typed", "text", "fits"),
    [
        ("sync", "Sync now", True),
        ("now sync", "Sync now", True),
        ("sn", "Sync now", True),
        ("nsz", "Sync now", False),
        ("", "anything", True),
    ],
)
def test_letters_find_what_was_meant(typed: str, text: str, fits: bool) -> None:
    assert (match(typed, text) is not None) == fits


def test_beginnings_come_first() -> None:
    def rank(typed: str, text: str) -> tuple[int, int]:
        found = match(typed, text)
        assert found is not None
        return found.rank

    assert (
        rank("note", "Note it")
        < rank("note", "Write a note")
        < rank("note", "Denoted")
        < rank("note", "No tie")
    )


@given(st.text(max_size=12), st.text(max_size=40))
def test_marks_stand_on_what_was_typed(typed: str, text: str) -> None:
    found = match(typed, text)
    if found is not None:
        assert all(0 <= start < stop <= len(text) for start, stop in found.spans)
        assert list(found.spans) == sorted(found.spans)
