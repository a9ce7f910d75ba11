"""Keys that texts name: they are those of config.toml, and none is named that does not work."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from textual.widgets import Static

import agentconsole
from agentconsole.config import KeySettings, keys_in_text, parse_config
from agentconsole.desk.views import BUILT_IN
from agentconsole.tui.actions import ACTIONS, HINTS, Place
from agentconsole.tui.dialog_actions import ANSWERS, DIALOG_ACTIONS
from agentconsole.tui.flows.touring import STEPS, tour_text
from agentconsole.tui.keymap import build_keymap, shown_key
from agentconsole.tui.screens.decision import DecisionDialog, TwoSides
from agentconsole.tui.screens.dialog import Choice, Dialog
from agentconsole.tui.screens.main import hint_words
from agentconsole.tui.widgets.pick_list import PickList
from tests.tui.conftest import Running, Start
from tests.tui.test_composing import able

ROOM = Path(agentconsole.__file__).parent

TABLES = frozenset({"actions.py", "dialog_actions.py", "keymap.py", "key_names.py", "help.py"})
"""Where keys are given, and those that a text does not share with anybody are listed."""

A_TEXTS_OWN = "ctrl+z brings the old one back"
"""A text's own keys are not remapped."""

NAMES_A_KEY = re.compile(
    r"\b(?:ctrl|alt|shift)\+\w|\bf\d{1,2}\b|"
    r"(?:^|[·:.;(\n] ?)(?:[B-HJ-Zb-z!?*+/<>]|\d(?= shows)) [a-z]+(?: \w|$)"
)

EVERY_ACTION = (*ACTIONS, *DIALOG_ACTIONS)

IN_TEXTS: frozenset[Place] = frozenset({"composer", "filter", "ask", "pick", "gather", "form"})


def elsewhere() -> dict[str, str]:
    """Other keys than the usual ones for all actions, each its own."""
    letters = map(chr, range(ord("ぁ"), ord("ん")))
    more = map(chr, range(ord("ァ"), ord("ヺ")))
    with_alt = (f"alt+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789")
    free = chain(letters, more)
    return {one.id: next(with_alt if one.places & IN_TEXTS else free) for one in EVERY_ACTION}


USUAL = {shown_key(key) for one in EVERY_ACTION for key in one.keys} - {
    *("a", "Enter", "Esc", "PgDn", "↑", "↓"),
    *"123456789",
}
"""But for a word, numbers, and keys that fields and dialogs have for themselves."""


FIELDS_OWN = {"Enter", "Tab", "↑↓", "PgDn"}


def literals(file: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_no_text_names_a_key_that_can_be_remapped() -> None:
    files = [one for one in ROOM.joinpath("tui").rglob("*.py") if one.name not in TABLES]
    found = [
        f"{file.name}:{line}: {text!r}"
        for file in (*files, ROOM / "desk" / "views.py")
        for line, text in literals(file)
        if NAMES_A_KEY.search(text) and A_TEXTS_OWN not in text
    ]
    assert found == []


def test_what_is_about_a_key_goes_with_it() -> None:
    keymap = build_keymap(KeySettings(bindings={"sync": ("Q",), "undo": (), "macro": ("ctrl+b",)}))
    assert keymap.told("Nothing.\n{undo} back · {sync} syncs") == "Nothing.\nQ syncs"
    assert keymap.told("It is open. {sync} syncs now. {undo} does not.") == "It is open. Q syncs now."
    assert keymap.told("Draft kept: {undo} takes it back.") == "Draft kept."
    assert keymap.told("; {undo} takes it back.") == "."
    assert keymap.told("{undo} or {sync} it is") == ""
    assert keymap.told("{macro} uses one", "queue") == "Ctrl+b uses one".lower()
    assert keymap.told("{reply} begins") == "r begins"
    for view in BUILT_IN:
        assert "{" not in keymap.told(view.empty) and keymap.told(view.empty).startswith(
            view.empty.partition("\n")[0]
        )


def in_use(text: str) -> None:
    """Check that a text names no key that means nothing any more."""
    words = {word.strip("().,;:") for word in text.split()}
    assert not words & USUAL, text


def hints(running: Running) -> str:
    wanted = ".box-hint, .box-choices, #hints, #composer-foot, #tour, #status"
    found = running.app.screen.query(wanted).results(Static)
    return "\n".join(str(one.visual) for one in found if one.display)


async def test_with_every_key_elsewhere_no_usual_one_is_named(console: Start) -> None:
    mine = elsewhere()
    named = build_keymap(KeySettings(bindings={name: keys_in_text(keys) for name, keys in mine.items()}))
    assert named.problems == ()
    for place in HINTS:
        keys = (word for word, style in hint_words(named, place, 500) if style == "$foreground")
        in_use(" ".join(key for key in keys if key not in FIELDS_OWN))
    for step in range(len(STEPS)):
        in_use(tour_text(named, step).plain)
    for view in BUILT_IN:
        in_use(named.told(view.empty, "queue"))
    async with console(fill=able, bindings=mine) as running:
        main = running.main
        in_use(hints(running))
        in_use(main.side.hits.empty_text)
        seen = []

        async def look(action: str) -> None:
            await running.press(mine[action])
            assert running.app.screen is not main, action
            seen.append(hints(running))
            in_use(hints(running))
            await running.press("escape")

        await running.press(mine["view_8"])
        in_use(main.queue.empty_text)
        assert main.queue.empty_text and not set(main.queue.empty_text) & set("123456789")
        await running.press(mine["view_1"])
        await look("tags")
        await look("palette")
        await look("help")
        await look("snooze")
        await running.press(mine["open"], mine["reply"])
        await running.burst("On its way")
        await look("send")
        assert f"{mine['send_solved']}  send as solved" in seen[-1]
        await look("recipients")
        await look("attach")
        await look("preview")
        await look("switch_mode")
        in_use(hints(running))
        await running.press(mine["back"])
        in_use(hints(running))
        await look("new_ticket")
        running.app.push_screen(DecisionDialog("Both", [TwoSides("status", "Status", "a", "b", "c")]))
        await running.settle()
        in_use(hints(running))
        for notice in running.notices():
            in_use(notice)


async def test_a_dialog_is_answered_by_the_keys_of_the_config(console: Start) -> None:
    mine = {"spam_confirm": "y", "pick_down": "alt+d", "accept": "!", "read_close": "", "decide_theirs": "9"}
    async with console(bindings=mine) as running:
        await running.press("*", "X")
        assert " y " in hints(running)
        question = running.app.screen
        await running.press("x")
        assert question.is_current
        await running.press("y")
        assert running.main.is_current
        await running.press("ctrl+p", "down", "ctrl+n")
        picks = running.app.screen.query_one(PickList)
        assert picks.cursor == 0
        await running.press("alt+d")
        assert picks.cursor == 1
        await running.press("escape")
        dialog = DecisionDialog("Both", [TwoSides("status", "Status", "a", "b", "c")])
        running.app.push_screen(dialog)
        await running.press("t")
        assert dialog.sides == {"status": "mine"}
        await running.press("9")
        assert dialog.sides == {"status": "theirs"}
        assert "9 theirs" in hints(running) and "! decides and sends" in hints(running)
        await running.press("!")
        assert running.app.screen is running.main


def test_what_dialogs_cannot_have_is_told_with_its_line() -> None:
    text = """
[keys]
quit_send = "b"
quit_background = "b"
spam_confirm = []
pick_down = "n"
gather_done = "ctrl+a"
decide_mine = "esc"
quit_sent = "q"
send = "shift+tab"
"""
    built = build_keymap(parse_config(text, "config.toml").keys)
    told = "\n".join(built.problems)
    for said in (
        "config.toml:4: b is given to both quit_send (line 3) and quit_background; quit_send has it",
        "config.toml:5: spam_confirm must have a key",
        "config.toml:6: pick_down cannot have n: text fields need it",
        "config.toml:7: gather_done cannot have ctrl+a: text fields need it",
        "config.toml:8: decide_mine cannot have Esc",
        "config.toml:9: [keys] has no action “quit_sent”; did you mean “quit_send”",
        "config.toml:10: shift+Tab means send now, so form_previous has no key",
    ):
        assert said in told
    assert len(built.problems) == 7
    assert built.action("quit question", "b", "b") == "quit_send"
    assert built.action("spam question", "x", "x") == "spam_confirm"
    assert built.action("queue", "b", "b") == "toggle_views"


def test_the_manual_lists_every_key_of_a_dialog() -> None:
    manual = (ROOM.parent / "docs" / "keys.md").read_text(encoding="utf-8")
    assert [one.id for one in DIALOG_ACTIONS if f"`{one.id}`" not in manual] == []


def test_every_answer_has_a_key_and_esc_is_none_of_any_dialogs_keys() -> None:
    for action in DIALOG_ACTIONS:
        assert "escape" not in action.keys and action.id not in {one.id for one in ACTIONS}
    built = build_keymap(KeySettings(bindings={one.id: () for one in DIALOG_ACTIONS}))
    assert len(built.problems) == len(ANSWERS)
    for action in ANSWERS:
        for place in action.places:
            assert built.keys_in(action.id, place)


@pytest.mark.parametrize("dialog", [Dialog, DecisionDialog, Choice])
def test_esc_leaves_whatever_the_mapping(dialog: type[Dialog[object]]) -> None:
    assert "escape" in dialog._merged_bindings.key_to_bindings  # type: ignore[union-attr]
