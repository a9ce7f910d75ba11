"""Names of keys: as people write them, as Textual has them, and which of them a terminal can send."""

from __future__ import annotations

from typing import Final

from textual.keys import Keys

_SHOWN: Final = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "comma": ",",
    "shift+tab": "shift+Tab",
}

_OTHER_NAMES: Final = {
    "esc": "escape",
    "return": "enter",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "del": "delete",
    "ins": "insert",
    "bs": "backspace",
    "control": "ctrl",
    "option": "alt",
    "meta": "alt",
    "cmd": "super",
}

_MODIFIERS: Final = ("alt", "ctrl", "hyper", "shift", "super")

_NAMED: Final = frozenset(
    key.value for key in Keys if not key.value.startswith(("<", "ctrl+", "shift+", "alt+"))
) | frozenset(
    "comma full_stop slash backslash question_mark exclamation_mark plus minus asterisk equals_sign "
    "less_than_sign greater_than_sign colon semicolon apostrophe quotation_mark underscore tilde "
    "number_sign percent_sign dollar_sign ampersand vertical_line at circumflex_accent grave_accent "
    "left_square_bracket right_square_bracket left_curly_bracket right_curly_bracket "
    "left_parenthesis right_parenthesis".split()
)

_SENT_AS: Final = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+[": "escape",
    "ctrl+left_square_bracket": "escape",
}

_FUNCTION_KEYS: Final = frozenset(f"f{number}" for number in range(1, 25))
_ARROWS: Final = frozenset("up down left right home end pageup pagedown insert delete tab".split())

TEXT_KEYS: Final = frozenset(
    "up down left right home end pageup pagedown backspace delete enter tab "
    "ctrl+left ctrl+right ctrl+a ctrl+e ctrl+w ctrl+backspace ctrl+d ctrl+x ctrl+c ctrl+v ctrl+u ctrl+k "
    "ctrl+f ctrl+z ctrl+y ctrl+shift+left ctrl+shift+right ctrl+shift+k alt+backspace alt+delete "
    "super+backspace super+c super+v super+x super+y super+z "
    "shift+home shift+end shift+up shift+down shift+left shift+right f5 f6 f7".split()
)
"""What a text area needs itself; `ctrl+v`, `ctrl+c` and `f5` too, whoever handles them."""

LINE_KEYS: Final = TEXT_KEYS - {"up", "down", "pageup", "pagedown", "tab"}
"""What a field of one line needs itself."""


def shown_key(key: str) -> str:
    """Name a key as a person reads it."""
    return _SHOWN.get(key, key)


def types_a_character(key: str) -> bool:
    """Whether a key, as `key_named` gives it, puts a character into a text."""
    return len(key) == 1 or key in ("space", "comma")


def key_named(written: str) -> str | None:
    """Give Textual's name for what a person wrote: `ESC`, `Ctrl+X`, `shift+a`, `pgdn`; None for no key.

    A single character stands for itself, so that `R` and `r` are two keys.
    """
    if len(written) == 1:
        return "space" if written == " " else written if written.isprintable() else None
    parts = [part.strip() for part in written.split("+")]
    if written.endswith("++") or written == "+":
        parts = [*parts[:-2], "plus"]
    parts = [*(part.lower() for part in parts[:-1]), parts[-1] if len(parts[-1]) == 1 else parts[-1].lower()]
    parts = [_OTHER_NAMES.get(part, part) for part in parts]
    base, modifiers = parts[-1], sorted(set(parts[:-1]))
    if any(part not in _MODIFIERS for part in modifiers) or not base:
        return None
    if len(base) > 1 and base not in _NAMED:
        return None
    if modifiers == ["shift"] and len(base) == 1:
        return base.upper() if base.isalpha() else None
    if modifiers and len(base) == 1:
        base = base.lower()
    return "+".join([*modifiers, base])


def near_names(written: str) -> list[str]:
    """List names of keys that a person may have meant."""
    return sorted({*_NAMED, *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")} - {"ignore"})


def doubt(key: str) -> str:
    """Say why a key may never arrive from a terminal; an empty text where every terminal sends it."""
    if key in _SENT_AS:
        return f"terminals send {key} as {shown_key(_SENT_AS[key])}"
    if key == "ctrl+h":
        return "many terminals send ctrl+h as Backspace"
    modifiers, _, base = key.rpartition("+")
    if not modifiers or base in _FUNCTION_KEYS or base in _ARROWS:
        return ""
    if modifiers == "ctrl" and len(base) == 1 and (base.isalpha() or base in "@\\]^_"):
        return ""
    if modifiers == "alt" and (len(base) == 1 or base in ("enter", "backspace")):
        return ""
    if modifiers == "ctrl" and base in ("space", "backslash", "underscore", "right_square_bracket"):
        return ""
    return f"only some terminals (kitty, foot, WezTerm, Ghostty) send {key}"
