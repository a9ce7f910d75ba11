"""Which key does what: a preset, changed by what config.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agentconsole.tui.actions import ACTIONS, BY_ID, PANES, TEXT_FIELDS, Action, Place

PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {"default": {}}
"""Preset name to the actions whose keys it changes."""

_SHOWN: Final = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "down": "↓",
    "up": "↑",
    "home": "Home",
    "end": "End",
    "shift+tab": "shift+Tab",
}

_TEXT_KEYS: Final = frozenset(
    "up down left right home end pageup pagedown backspace delete enter tab "
    "ctrl+left ctrl+right ctrl+a ctrl+e ctrl+w ctrl+backspace ctrl+d ctrl+x ctrl+c ctrl+v ctrl+u ctrl+k "
    "ctrl+f ctrl+z ctrl+y ctrl+shift+left ctrl+shift+right ctrl+shift+k alt+backspace alt+delete "
    "shift+home shift+end shift+up shift+down shift+left shift+right f5 f6 f7".split()
)
"""What a text area needs itself."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys by action, and actions by place and key."""

    keys: Mapping[str, tuple[str, ...]]
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

    def shown(self, action_id: str) -> str:
        """Name the first key of an action as a person reads it; empty if it has none."""
        keys = self.keys.get(action_id, ())
        return shown_key(keys[0]) if keys else ""


def shown_key(key: str) -> str:
    """Name a key as a person reads it."""
    return _SHOWN.get(key, key)


def build_keymap(preset: str, bindings: Mapping[str, str]) -> Keymap:
    """Lay the user's keys over a preset's; what cannot be had is told and left out.

    Args:
        preset: Name of a preset.
        bindings: Action id to its keys, comma separated.
    """
    problems: list[str] = []
    changed: dict[str, tuple[str, ...]] = dict(PRESETS.get(preset, {}))
    if preset not in PRESETS:
        problems.append(f"config.toml: there is no key preset “{preset}”; known: {', '.join(PRESETS)}.")
    for action_id, text in bindings.items():
        if action_id not in BY_ID:
            problems.append(f"config.toml: [keys] names no action “{action_id}”; the help lists all.")
            continue
        wanted = tuple(key.strip() for key in text.split(",") if key.strip())
        refused = [key for key in wanted if _spoils_typing(BY_ID[action_id], key)]
        if refused:
            problems.append(
                f"config.toml: {action_id} cannot have {', '.join(refused)}: text fields need it."
            )
            wanted = tuple(key for key in wanted if key not in refused)
        changed[action_id] = wanted
    keys = {action.id: changed.get(action.id, action.keys) for action in ACTIONS}
    by_place: dict[tuple[Place, str], str] = {}
    # What the user asked for wins over a default on the same key.
    for action in sorted(ACTIONS, key=lambda action: action.id not in changed):
        for place in action.places:
            for key in keys[action.id]:
                holder = by_place.setdefault((place, key), action.id)
                if holder != action.id and action.id in changed:
                    problems.append(
                        f"config.toml: {shown_key(key)} is given to both {holder} and {action.id}."
                    )
    return Keymap(keys, tuple(dict.fromkeys(problems)), by_place)


def _spoils_typing(action: Action, key: str) -> bool:
    if action.places <= PANES:
        return False
    return bool(action.places & TEXT_FIELDS) and (len(key) == 1 or key in _TEXT_KEYS)
