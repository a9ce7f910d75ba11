"""Keys: the table of actions, the presets, and what config.toml may ask for."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.binding import Binding
from textual.widgets import Input, TextArea

from agentconsole.config import KeySettings, keys_in_text, parse_config
from agentconsole.tui.actions import ACTIONS, BY_ID, EVERYWHERE, HINTS, TEXT_FIELDS
from agentconsole.tui.dialog_actions import DIALOG_ACTIONS
from agentconsole.tui.key_names import TEXT_KEYS, doubt, key_named, types_a_character
from agentconsole.tui.keymap import PRESETS, Keymap, build_keymap


def keymap(preset: str = "default", **bindings: str) -> Keymap:
    return build_keymap(KeySettings(preset, {name: keys_in_text(keys) for name, keys in bindings.items()}))


def editing_keys(widget: type[TextArea] | type[Input]) -> set[str]:
    return {
        key
        for binding in widget.BINDINGS
        for key in (binding.key if isinstance(binding, Binding) else binding[0]).split(",")
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_every_key_of_a_preset_means_one_thing_in_a_place(preset: str) -> None:
    seen: dict[tuple[str, str], str] = {}
    for action in (*ACTIONS, *DIALOG_ACTIONS):
        for key in PRESETS[preset].get(action.id, action.keys):
            for place in action.places:
                if place in TEXT_FIELDS and types_a_character(key):
                    continue
                holder = seen.setdefault((place, key), action.id)
                assert holder == action.id, (
                    f"{preset}: {key} means {holder} and {action.id} in {place}; "
                    "give one of them other keys, or a line in keymap.PRESETS"
                )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_names_actions_and_keys_that_are_there(preset: str) -> None:
    assert set(PRESETS[preset]) <= {one.id for one in (*ACTIONS, *DIALOG_ACTIONS)}
    for action in (*ACTIONS, *DIALOG_ACTIONS):
        keys = PRESETS[preset].get(action.id, action.keys)
        assert keys, action.id
        for key in keys:
            assert key_named(key) == key, (action.id, key)
        assert any(not doubt(key) for key in keys), f"{action.id}: no terminal may send {keys}"


@pytest.mark.parametrize("preset", PRESETS)
def test_no_action_takes_an_editing_key_of_a_text(preset: str) -> None:
    for place, widget in (("composer", TextArea), ("filter", Input), ("ask", Input)):
        editing = editing_keys(widget)
        for action in ACTIONS:
            if place in action.places:
                taken = set(PRESETS[preset].get(action.id, action.keys)) & editing
                assert not taken, (place, action.id, taken)
    assert editing_keys(TextArea) <= TEXT_KEYS


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_alone_is_no_problem_and_every_action_can_be_reached(preset: str) -> None:
    built = keymap(preset)
    assert built.problems == ()
    for action in (*ACTIONS, *DIALOG_ACTIONS):
        places = [place for place in action.places if built.keys_in(action.id, place)]
        assert places, action.id


def test_hints_are_five_and_true() -> None:
    for place in EVERYWHERE:
        assert 2 <= len(HINTS[place]) <= 5
        for action_id in HINTS[place]:
            assert place in BY_ID[action_id].places
            assert BY_ID[action_id].hint


@pytest.mark.parametrize("preset", PRESETS)
def test_no_letter_acts_in_a_text_field(preset: str) -> None:
    built = keymap(preset, back="b", palette=":", quit="space")
    for place in TEXT_FIELDS:
        for code in range(32, 127):
            assert built.action(place, chr(code), chr(code)) is None
        assert built.action(place, "space", " ") is None
        assert built.action(place, "escape", None) == "back"


def test_keys_can_be_remapped_and_wrong_wishes_are_told() -> None:
    built = keymap(reply="Q", replay="x", send="ctrl+e,f9", note="ctrl+nn")
    assert built.action("queue", "Q", "Q") == "reply"
    assert built.action("queue", "r", "r") is None
    assert built.action("queue", "n", "n") == "note", "what cannot be had leaves the usual key"
    assert built.action("composer", "f9", None) == "send"
    assert built.action("composer", "ctrl+e", None) is None
    assert len(built.problems) == 3
    assert "“replay”" in built.problems[0] and "did you mean “reply”" in built.problems[0]
    assert "ctrl+e" in built.problems[1] and "text fields need it" in built.problems[1]
    assert "did you mean “ctrl+n”" in built.problems[2]


def test_a_letter_for_what_works_everywhere_acts_in_the_panes_alone() -> None:
    built = keymap(palette=":")
    assert built.problems == ()
    assert built.action("queue", "colon", ":") == "palette"
    assert built.action("queue", "ctrl+p", None) is None
    assert built.action("composer", "ctrl+p", None) == "palette"


def test_problems_carry_file_and_line_and_the_rest_works() -> None:
    text = '[ui]\ntheme = "x"\n[keys]\nreply = "~"\nnote = ["~", "&"]\nsolv = "e"\nmacro = "ctrl+m"\n'
    built = build_keymap(parse_config(text, "my/config.toml").keys)
    assert built.action("queue", "tilde", "~") == "reply"
    assert built.action("queue", "ampersand", "&") == "note"
    assert built.action("queue", "e", "e") == "solve"
    problems = "\n".join(built.problems)
    assert "my/config.toml:5: ~ is given to both reply (line 4) and note; reply has it" in problems
    assert "my/config.toml:6:" in problems and "did you mean “solve”" in problems
    assert "my/config.toml:7: macro: terminals send ctrl+m as Enter" in problems
    assert len(built.problems) == 3


def test_who_loses_all_that_was_asked_for_keeps_the_usual_key_where_it_is_free() -> None:
    built = keymap(reply="c", note="c", assign="c")
    assert built.action("ticket", "c", "c") == "reply" and built.action("ticket", "n", "n") == "note"
    assert (built.keys["note"], built.keys["assign"]) == (("n",), ("a",))
    taken = keymap(reply="n", note="n")
    assert taken.action("queue", "n", "n") == "reply" and taken.keys["note"] == ()


def test_what_loses_its_last_key_is_told() -> None:
    built = keymap(reply="a")
    assert built.action("queue", "a", "a") == "reply"
    assert built.keys["assign"] == ()
    [problem] = built.problems
    assert "assign has no key" in problem
    assert keymap(reply="a", assign="r").problems == ()


def test_an_answer_that_loses_its_key_in_one_question_alone_is_told() -> None:
    text = '[keys]\nmerge_confirm = "enter"\ndecide_mine = ["m", "enter"]\nsend_open = ["x", "enter"]\n'
    built = build_keymap(parse_config(text, "config.toml").keys)
    assert built.action("merge question", "enter", None) == "merge_confirm"
    assert built.action("spam question", "enter", None) == "accept"
    said = "config.toml:{}: Enter means {} now, so accept has no key in the {}: give it one here."
    assert sorted(built.problems) == [
        said.format(2, "merge_confirm", "merge question"),
        said.format(3, "decide_mine", "question of a conflict"),
        said.format(4, "send_open", "send menu"),
    ]
    built = keymap(merge_confirm="enter", accept="enter,f9", send_open="enter")
    assert [each for each in built.problems if "no key" in each] == []
    assert built.action("merge question", "f9", None) == "accept"


def test_an_action_can_be_left_without_a_key() -> None:
    built = keymap(solve="")
    assert built.problems == ()
    assert built.keys["solve"] == () and built.action("queue", "e", "e") is None


def test_an_unknown_preset_is_told_and_the_default_holds() -> None:
    built = keymap("vmi")
    assert "vmi" in built.problems[0] and "did you mean “vim”" in built.problems[0]
    assert built.action("ticket", "r", "r") == "reply"


def test_vim_moves_between_panes_with_h_and_l() -> None:
    built = keymap("vim")
    assert built.action("queue", "l", "l") == "next_pane"
    assert built.action("queue", "h", "h") == "previous_pane"
    assert built.action("queue", "ctrl+f", None) == "page_down"
    assert built.action("composer", "ctrl+f", None) is None


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("r", "r"),
        ("R", "R"),
        ("shift+a", "A"),
        ("Ctrl+X", "ctrl+x"),
        ("ESC", "escape"),
        ("PgDn", "pagedown"),
        ("control+alt+M", "alt+ctrl+m"),
        ("F2", "f2"),
        (" ", "space"),
        (",", ","),
        ("+", "+"),
        ("ctl+x", None),
        ("ctrl+", None),
        ("hello", None),
        ("", None),
        ("\x1b", None),
    ],
)
def test_keys_as_people_write_them(written: str, key: str | None) -> None:
    assert key_named(written) == key


@pytest.mark.parametrize(
    "key", ["ctrl+i", "ctrl+m", "ctrl+h", "ctrl+enter", "ctrl+shift+k", "alt+ctrl+m", "ctrl+1"]
)
def test_keys_that_may_never_arrive_are_doubted(key: str) -> None:
    assert doubt(key)


@pytest.mark.parametrize("key", ["r", "ctrl+s", "alt+x", "f12", "shift+tab", "escape", "ctrl+left", "?"])
def test_keys_that_every_terminal_sends_are_not(key: str) -> None:
    assert doubt(key) == ""


@example("default", {"quit": ""})
@example("default", {"quit": "nonsense"})
@given(st.text(max_size=12), st.dictionaries(st.text(max_size=8), st.text(max_size=12), max_size=4))
def test_nothing_asked_for_ends_the_console(preset: str, bindings: dict[str, str]) -> None:
    built = build_keymap(KeySettings(preset, {name: keys_in_text(keys) for name, keys in bindings.items()}))
    asked = [keys_in_text(keys) for name, keys in bindings.items() if name in BY_ID]
    assert built.keys_in("quit", "queue") or ("ctrl+q",) in asked
