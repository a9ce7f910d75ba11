"""Which key does what: a preset, changed by what config.toml says.

Zendesk lists the keys of its web page in “Viewing and deactivating keyboard shortcuts” (support.zendesk.com,
article 4408832849946). The preset of that name follows lists that agents keep of them; the article has
not been compared itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from agentconsole.config import KeySettings
from agentconsole.domain.errors import ConfigError
from agentconsole.tui.actions import ACTIONS, TEXT_FIELDS, Action, Place
from agentconsole.tui.key_names import (
    LINE_KEYS,
    TEXT_KEYS,
    doubt,
    key_named,
    shown_key,
    types_a_character,
)

__all__ = ["PRESETS", "Keymap", "build_keymap", "shown_key"]

PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "default": {},
    "vim": {
        "previous_pane": ("h", "left", "shift+tab"),
        "snooze": ("H",),
        "next_pane": ("l", "right", "tab"),
        "page_down": ("ctrl+f", "pagedown"),
        "page_up": ("ctrl+b", "pageup"),
        "find": ("ctrl+g",),
    },
    "zendesk": {
        "open": ("enter", "o"),
        "unfold": ("Q",),
        "reply": ("c", "alt+ctrl+c"),
        "note": ("x", "alt+ctrl+x"),
        "toggle_context": ("C",),
        "macro": ("m", "alt+ctrl+m"),
        "select": ("space",),
        "insert_macro": ("ctrl+t", "alt+ctrl+m"),
        "send": ("ctrl+s", "ctrl+enter", "alt+ctrl+u"),
        "send_hold": ("d", "h"),
        "next_ticket": ("J", "alt+ctrl+down"),
        "filter": ("/", "alt+ctrl+f"),
    },
}
"""Preset name to the actions whose keys it changes; no key of a preset may mean two things in one place."""

_NEEDED: Final[Mapping[Place, frozenset[str]]] = {
    **dict.fromkeys(TEXT_FIELDS, TEXT_KEYS),
    "pick": LINE_KEYS,
    "gather": LINE_KEYS - {"delete"},
    "form": TEXT_KEYS - {"tab"},
}
"""Place to the keys that a text needs there, beside those that type a character."""

_WHERE: Final[Mapping[Place, str]] = {"decide": "question of a conflict", "told": "notice"}
"""Places whose names alone would not say which question is meant."""

_PARTS: Final = (("\n", re.compile("\n")), (" · ", re.compile(" · ")), (" ", re.compile(r"(?<=[.:;]) ")))
"""What parts a text that names keys: where it is joined again, and where it is split."""

_NAMED: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys by action, and actions by place and key."""

    keys: Mapping[str, tuple[str, ...]]
    """Action id to the keys that mean it somewhere, the one to show first."""
    problems: tuple[str, ...] = ()
    """Sentences about what config.toml asked for and could not have."""
    _by_place: Mapping[tuple[Place, str], str] = field(default_factory=dict)

    def action(self, place: Place, key: str, character: str | None) -> str | None:
        """Find the action of a key press.

        Args:
            place: What has the focus.
            key: Textual's name of the key.
            character: What it types, if anything.
        """
        found = self._by_place.get((place, key))
        if found is None and character is not None:
            found = self._by_place.get((place, character))
        return found

    def shown(self, action_id: str, place: Place | None = None) -> str:
        """Name the first key of an action as a person reads it; empty if it has none.

        Args:
            action_id: The action.
            place: Where the key shall work; None: anywhere.
        """
        keys = self.keys_in(action_id, place)
        return shown_key(keys[0]) if keys else ""

    def told(self, text: str, place: Place | None = None) -> str:
        """Write into a text of our own the keys that it is about.

        Args:
            text: `{reply}` in it is the key of that action. What stands between line ends, middle dots, full
                stops, colons and semicolons is left out where its action has no key.
            place: Where the keys shall work; None: anywhere.
        """
        return self._told(text, place, 0)

    def _told(self, text: str, place: Place | None, depth: int) -> str:
        if "{" not in text:
            return text
        if depth < len(_PARTS):
            joint, end = _PARTS[depth]
            parts = [self._told(part, place, depth + 1) for part in end.split(text)]
            told = joint.join(part for part in parts if part)
            if told.endswith((":", ";")) and not parts[-1]:
                return told[:-1] + "." * text.endswith(".")
            return told
        keys = {action_id: self.shown(action_id, place) for action_id in _NAMED.findall(text)}
        return _NAMED.sub(lambda named: keys[named[1]], text) if all(keys.values()) else ""

    def keys_in(self, action_id: str, place: Place | None) -> tuple[str, ...]:
        """List the keys that mean an action in a place; None: anywhere."""
        keys = self.keys.get(action_id, ())
        if place is None:
            return keys
        return tuple(key for key in keys if self._by_place.get((place, key)) == action_id)


def build_keymap(settings: KeySettings, actions: Sequence[Action] | None = None) -> Keymap:
    """Lay the user's keys over a preset's; what cannot be had is told, with file and line, and left out.

    Args:
        settings: What the user wants.
        actions: Whose keys are wanted; None: all there are, those of the dialogs too.
    """
    if actions is None:
        # They wait until after the first frame.
        from agentconsole.tui.dialog_actions import ANSWERS, DIALOG_ACTIONS

        actions = (*ACTIONS, *DIALOG_ACTIONS)
        dialogs = frozenset(one.id for one in DIALOG_ACTIONS)
        answers = frozenset(one.id for one in ANSWERS)
    else:
        dialogs = answers = frozenset()
    needed = {"quit", *answers}
    wishes = _Wishes(settings, {action.id: action for action in actions}, dialogs)
    preset = PRESETS.get(settings.preset)
    if preset is None:
        wishes.complain("preset", f"there is no key preset {_meant(settings.preset, PRESETS)}")
        preset = {}
    wished = {
        action_id: wishes.keys_of(action_id, written)
        for action_id, written in settings.bindings.items()
        if wishes.is_action(action_id)
    }
    # What was asked for and cannot be had leaves the usual keys.
    wished = {one: keys for one, keys in wished.items() if keys or not settings.bindings[one]}
    for action_id in [one for one, keys in wished.items() if not keys and one in needed]:
        wishes.complain(action_id, f"{action_id} must have a key, so it keeps its usual one")
        del wished[action_id]
    by_place: dict[tuple[Place, str], str] = {}
    # First come, first served: what the user asks for, then what the preset changes, then the rest.
    for action in sorted(actions, key=lambda one: (one.id not in wished, one.id not in preset)):
        usual = preset.get(action.id, action.keys)
        for place in sorted(action.places):
            mine = wished.get(action.id)
            fitting = [key for key in mine if _may(key, place)] if mine is not None else []
            if mine is not None and mine and not fitting:
                # A letter that was asked for acts in the panes alone: in a text the usual key stays.
                fitting = [key for key in usual if _may(key, place)]
            for key in fitting if mine is not None else [key for key in usual if _may(key, place)]:
                holder = by_place.setdefault((place, key), action.id)
                if holder != action.id:
                    wishes.clash(key, holder, action.id, place, wished)
    for action in actions:
        # Who lost all that was asked for to another wish is left with what is usual, where that is free.
        asked = wished.get(action.id, ())
        if asked and not _held(action, asked, by_place):
            for place in action.places:
                for key in preset.get(action.id, action.keys):
                    if _may(key, place):
                        by_place.setdefault((place, key), action.id)
    keys = {
        action.id: _held(action, [*wished.get(action.id, ()), *preset.get(action.id, action.keys)], by_place)
        for action in actions
    }
    wishes.tell_the_keyless(keys, wished)
    wishes.tell_the_unanswerable(answers, {(place, one) for (place, _), one in by_place.items()}, wished)
    return Keymap(keys, tuple(dict.fromkeys(wishes.problems)), by_place)


class _Wishes:
    """What config.toml asks for, and the complaints about it."""

    def __init__(self, settings: KeySettings, actions: Mapping[str, Action], dialogs: frozenset[str]) -> None:
        self._settings = settings
        self._actions = actions
        self._dialogs = dialogs
        self.problems: list[str] = []
        self._robbed: dict[str, tuple[str, str]] = {}
        """Action to the first key that it has lost, and to which other."""
        self._robbed_there: dict[tuple[str, Place], tuple[str, str]] = {}
        """The same by action and place."""

    def complain(self, name: str, sentence: str) -> None:
        """Note what is wrong with an entry of `[keys]`."""
        line = self._settings.lines.get(name)
        ended = sentence if sentence.endswith("?") else f"{sentence}."
        self.problems.append(ConfigError(ended, file=self._settings.file, line=line).sentence)

    def is_action(self, action_id: str) -> bool:
        """Whether there is such an action; complains if not."""
        if action_id in self._actions:
            return True
        self.complain(action_id, f"[keys] has no action {_meant(action_id, self._actions)}")
        return False

    def keys_of(self, action_id: str, written: Sequence[str]) -> tuple[str, ...]:
        """Read the keys of an action; those that are none, or that a text needs, are left out."""
        action = self._actions[action_id]
        keys: list[str] = []
        for one in written:
            key = key_named(one)
            if key is None:
                from agentconsole.tui.key_names import near_names

                self.complain(
                    action_id, f"{action_id}: no key is named {_meant(one, near_names(one), listed=False)}"
                )
            elif key == "escape" and action_id in self._dialogs:
                self.complain(action_id, f"{action_id} cannot have Esc: it always leaves a dialog")
            elif not any(_may(key, place) for place in action.places):
                self.complain(action_id, f"{action_id} cannot have {shown_key(key)}: text fields need it")
            else:
                keys.append(key)
        doubts = [doubt(key) for key in keys]
        if keys and all(doubts):
            # Another key beside it would be there for the terminals that do not send this one.
            self.complain(action_id, f"{action_id}: {doubts[0]}; give it another key too")
        return tuple(keys)

    def clash(self, key: str, holder: str, other: str, place: Place, wished: Mapping[str, object]) -> None:
        """Note that two actions want one key in one place."""
        if other in wished:
            line = self._settings.lines.get(holder)
            at = f" (line {line})" if line is not None else ""
            self.complain(
                other, f"{shown_key(key)} is given to both {holder}{at} and {other}; {holder} has it"
            )
        else:
            self._robbed.setdefault(other, (key, holder))
            self._robbed_there.setdefault((other, place), (key, holder))

    def tell_the_keyless(self, keys: Mapping[str, tuple[str, ...]], wished: Mapping[str, object]) -> None:
        """Note whose last key went to what the user asked for."""
        for other, (key, holder) in self._robbed.items():
            if not keys[other] and other not in wished and holder in wished:
                self.complain(
                    holder, f"{shown_key(key)} means {holder} now, so {other} has no key: give it one here"
                )

    def tell_the_unanswerable(
        self, answers: Set[str], held: Set[tuple[Place, str]], wished: Mapping[str, object]
    ) -> None:
        """Note which answers have no key in a question of theirs, though they have one in others.

        Args:
            answers: Ids of all answers.
            held: Places, and the actions that have a key there.
            wished: The actions that config.toml has keys for.
        """
        reachable = answers & {one for _, one in held}
        for (other, place), (key, holder) in self._robbed_there.items():
            if other in reachable and (place, other) not in held and holder in wished:
                where = _WHERE.get(place, place)
                self.complain(
                    holder,
                    f"{shown_key(key)} means {holder} now, so {other} has no key in the {where}: give it one "
                    "here",
                )


def _may(key: str, place: Place) -> bool:
    """Whether a key may act in a place: none may that a text needs there."""
    return place not in _NEEDED or not (types_a_character(key) or key in _NEEDED[place])


def _held(action: Action, keys: Iterable[str], by_place: Mapping[tuple[Place, str], str]) -> tuple[str, ...]:
    return tuple(
        key
        for key in dict.fromkeys(keys)
        if any(by_place.get((place, key)) == action.id for place in action.places)
    )


def _meant(written: str, known: Iterable[str], *, listed: bool = True) -> str:
    import difflib

    names = list(known)
    near = difflib.get_close_matches(written.lower(), names, n=1, cutoff=0.6)
    if near:
        return f"“{written}”; did you mean “{near[0]}”?"
    if listed and len(names) <= 8:
        return f"“{written}”; known: {', '.join(names)}"
    return f"“{written}”" + ("; the help lists all" if listed else "")
