"""The tour of six steps: done by doing, left by Esc, offered once."""

from __future__ import annotations

import pytest

from agentconsole.config import KeySettings
from agentconsole.desk import kept
from agentconsole.tui.actions import BY_ID
from agentconsole.tui.flows.touring import SEEN, STEPS, tour_text
from agentconsole.tui.keymap import PRESETS, build_keymap
from tests.support.profile import TOUR_SEEN
from tests.tui.conftest import Start


def test_filled_profiles_are_those_of_a_second_start() -> None:
    assert TOUR_SEEN == SEEN


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_each_step_is_done_by_doing_it(console: Start, size: tuple[int, int]) -> None:
    async with console(size=size) as running:
        running.main.touring.offer()
        await running.until(lambda: "1 of 6" in running.screen_text())
        await running.press("j", "enter")
        await running.until(lambda: "2 of 6" in running.screen_text())
        await running.press("r")
        await running.until(lambda: "3 of 6" in running.screen_text())
        await running.burst("Hello")
        assert running.main.composer.text == "Hello"
        await running.press("escape", "f8", "f8", "f8")
        await running.until(lambda: "6 of 6" in running.screen_text())
        assert "next step" not in running.screen_text() and "f8 or Esc ends" in running.screen_text()
        await running.press("question_mark", "escape")
        await running.until(lambda: "of 6" not in running.screen_text())
        assert running.notices()[-1].endswith("? shows the keys. While you write, f1 does.")


async def test_esc_ends_it_and_it_is_never_offered_again(console: Start) -> None:
    async with console() as running:
        running.main.touring.offer()
        await running.until(lambda: "1 of 6" in running.screen_text())
        await running.settle()
        await running.press("escape")
        await running.until(lambda: "of 6" not in running.screen_text())
        assert kept.read(running.desk, (SEEN,)) == {SEEN: True}
        running.main.touring.offer()
        await running.settle()
        assert running.main.touring.step is None
        await running.press("f8")
        await running.until(lambda: "1 of 6" in running.screen_text())


async def test_a_console_without_a_worker_of_its_own_offers_none(console: Start) -> None:
    async with console() as running:
        assert running.main.touring.step is None


@pytest.mark.parametrize("preset", PRESETS)
def test_every_step_names_keys_and_fits(preset: str) -> None:
    keymap = build_keymap(KeySettings(preset))
    assert len(STEPS) == 6
    for number, step in enumerate(STEPS):
        lines = tour_text(keymap, number).plain.splitlines()
        assert max(len(line) for line in lines) <= 58, lines
        for actions, _ in step.said:
            assert all(keymap.shown(action) for action in actions.split())
        assert step.done_by <= set(BY_ID)
