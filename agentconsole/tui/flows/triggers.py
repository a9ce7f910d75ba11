"""`::` and `??`, typed at the beginning of a word, ask for a macro or an article."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from textual import events

from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.widgets.composer import ComposerText

TRIGGERS: Final[Mapping[str, str]] = {":": "insert_macro", "?": "insert_knowledge"}
"""The character that is typed twice, and the action that it asks for."""


def watch_trigger(
    flow: Flow, area: ComposerText, event: events.Key, asked: Callable[[str, str], None]
) -> bool:
    """Look for a trigger while a key is on its way into a text; the keys after it wait for what it opens.

    Args:
        flow: Whose screen it is.
        area: The text.
        event: The key.
        asked: Given the action and the characters that asked for it; it sees to it that keys are released.

    Returns:
        Whether this key may complete a trigger.
    """
    char = event.character
    if char is None or char not in TRIGGERS:
        return False
    typed, action = char * 2, TRIGGERS[char]
    app = flow.screen.the_app

    def look() -> None:
        before = area.before_caret(3)
        if area.has_focus and before[-2:] == typed and before[:-2].strip() == "":
            asked(action, typed)
        else:
            app.release_keys()

    app.hold_keys()
    # Behind the keys that the text area has not dealt with yet, this one included.
    app.call_later(lambda: area.call_later(look))
    return True
