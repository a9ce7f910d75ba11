"""Much text at once: pasting, the agent's own editor, and what is refused without losing anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual import events

from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.main import MainScreen
from tests.tui.conftest import Running, Start
from tests.tui.test_composing import draft_text, write_on_41


async def paste(running: Running, text: str) -> None:
    running.app.post_message(events.Paste(text))
    await running.settle()


async def test_a_megabyte_is_pasted_at_once_and_keys_are_answered(console: Start) -> None:
    text = "2026-11-22 15:00:00 a line of a log with some words in it\n" * 17_500
    async with console() as running:
        ticket = await write_on_41(running, "Log: ")
        began = time.process_time()
        # A terminal sends what Enter would.
        await paste(running, text.replace("\n", "\r"))
        assert time.process_time() - began < 4
        await running.burst("end")
        assert running.main.composer.text == f"Log: {text}end"
        began = time.process_time()
        await running.press("ctrl+z")
        await running.press("escape")
        assert time.process_time() - began < 3
        await running.settle()
        assert (draft_text(running, ticket) or "").startswith("Log: 2026")


@pytest.mark.parametrize(
    ("text", "why"),
    [("x" * 20_001, "a line of"), ("line\n" * 400_001, "characters")],
    ids=["a long line", "too much"],
)
async def test_what_would_make_keys_late_is_refused_in_a_sentence(
    console: Start, text: str, why: str
) -> None:
    async with console() as running:
        await write_on_41(running, "Before")
        await paste(running, text)
        assert running.main.composer.text == "Before"
        assert why in running.notices()[-1] and "f4" in running.notices()[-1]
        await paste(running, "after\x1b[31m")
        assert running.main.composer.text == "Beforeafter"


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], object]:
    """Gives the script that is the agent's editor another text; the terminal need not be given away."""
    monkeypatch.setattr(ConsoleApp, "suspend", lambda self: nullcontext())
    script = tmp_path / "editor.sh"
    monkeypatch.setenv("VISUAL", f"sh '{script}'")
    return script.write_text


async def test_the_editors_text_is_taken_and_saved_and_can_be_undone(
    console: Start, editor: Callable[[str], object]
) -> None:
    editor(
        'printf "\\033[31mFrom the \\360\\237\\221\\251\\342\\200\\215\\360\\237\\224\\247 editor\\n" > "$1"'
    )
    async with console() as running:
        ticket = await write_on_41(running, "From here")
        await running.press("ctrl+o")
        assert running.main.composer.text == "From the 👩\u200d🔧 editor"
        await running.settle()
        assert draft_text(running, ticket) == "From the 👩\u200d🔧 editor"
        await running.press("ctrl+z")
        assert running.main.composer.text == "From here"
        assert not list(running.desk.paths.data_dir.glob("reply-*"))


async def test_the_editor_is_not_told_the_passphrase(
    console: Start, editor: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCONSOLE_PASSPHRASE", "correct horse")
    editor('printf "%s" "told: ${AGENTCONSOLE_PASSPHRASE-nothing}" > "$1"')
    async with console() as running:
        await write_on_41(running, "From here")
        await running.press("ctrl+o")
        assert running.main.composer.text == "told: nothing"


async def test_an_editor_that_fails_loses_nothing(console: Start, editor: Callable[[str], object]) -> None:
    async with console() as running:
        await write_on_41(running, "From here")
        editor("exit 3")
        await running.press("ctrl+o")
        assert running.main.composer.text == "From here" and "code 3" in running.notices()[-1]
        editor('echo changed > "$1"; exit 1')
        await running.press("ctrl+o")
        assert isinstance(running.app.screen, Choice)
        # If the connection breaks now, which ends an editor like this, the text is still there.
        [kept] = running.desk.paths.data_dir.glob("reply-*")
        assert kept.read_text() == "changed\n"
        await running.press("escape")
        assert kept.exists() and running.notices()[-1] == f"What the editor wrote is kept in {kept}."
        kept.unlink()
        await running.press("ctrl+o", "enter")
        assert isinstance(running.app.screen, MainScreen) and running.main.composer.text == "From here"
        await running.press("ctrl+o", "t")
        assert running.main.composer.text == "changed"
        assert not list(running.desk.paths.data_dir.glob("reply-*"))


async def test_what_an_editor_wrote_when_the_console_was_killed_is_told(console: Start) -> None:
    async with console() as running:
        (running.desk.paths.data_dir / "reply-abc.txt").write_text("written long and lost?")
        (running.desk.paths.data_dir / "reply-nil.txt").touch()
    async with console() as running:
        [said] = [one for one in running.notices() if "What an editor wrote" in one]
        # It may also be what was refused, or turned down, so that it is not said how it came about.
        assert "reply-abc.txt, and in no text here" in said


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("'unbalanced", "names no program"),
        ("/nowhere/editor", "cannot be started"),
        (" ", "names no program"),
    ],
)
async def test_an_editor_that_is_none(
    console: Start, editor: Callable[[str], object], monkeypatch: pytest.MonkeyPatch, command: str, why: str
) -> None:
    monkeypatch.setenv("VISUAL", command)
    async with console() as running:
        await write_on_41(running, "From here")
        await running.press("ctrl+o")
        assert why in running.notices()[-1] and running.main.composer.text == "From here"
        assert not list(running.desk.paths.data_dir.glob("reply-*"))


async def test_an_emptied_file_is_told_and_undone(console: Start, editor: Callable[[str], object]) -> None:
    editor(': > "$1"')
    async with console() as running:
        await write_on_41(running, "From here")
        await running.press("ctrl+o")
        assert running.main.composer.text == "" and "ctrl+z" in running.notices()[-1]
        await running.press("ctrl+z")
        assert running.main.composer.text == "From here"


async def test_a_file_that_is_gone_or_huge_changes_nothing(
    console: Start, editor: Callable[[str], object]
) -> None:
    async with console() as running:
        await write_on_41(running, "From here")
        editor('rm "$1"')
        await running.press("ctrl+o")
        assert "cannot be read" in running.notices()[-1]
        editor('head -c 9000000 /dev/zero | tr "\\0" x > "$1"')
        await running.press("ctrl+o")
        assert "is too large" in running.notices()[-1] and running.main.composer.text == "From here"
        [kept] = running.desk.paths.data_dir.glob("reply-*")
        assert kept.stat().st_size == 9_000_000 and str(kept) in running.notices()[-1]
