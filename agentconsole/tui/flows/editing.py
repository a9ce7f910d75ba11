"""A text in the agent's own editor, whichever text it is."""

from __future__ import annotations

from collections.abc import Callable

from agentconsole.tui.editor import edit_elsewhere
from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.widgets.composer import ComposerText, too_much


def edit_in_editor(flow: Flow, area: ComposerText, back: Callable[[], None]) -> None:
    """Hand a text to $EDITOR; what it leaves takes the text's place, as one edit that ctrl+z takes back.

    An editor that failed and changed the text all the same is asked about.

    Args:
        flow: Whose screen it is.
        area: Where the text stands.
        back: Called when the agent is back at the text.

    Raises:
        ConsoleError: There is no editor, or what it wrote cannot be taken; the text is as it was.
    """
    key = flow.screen.keymap_used.shown("attach", "composer")
    edited = edit_elsewhere(flow.screen.app, area.text, flow.desk.paths.data_dir, too_much, attach_key=key)

    def take() -> None:
        area.replace_all(edited.text)
        back()

    if edited.text == area.text.rstrip("\n"):
        if edited.failed:
            flow.tell(f"{edited.failed}; the text is as it was.", severity="warning")
    elif edited.failed:
        question = Choice(
            "Take what the editor wrote?",
            (f"{edited.failed}, but it changed the text.",),
            (("accept", "leave the text as it was"), ("take_edited", "take what the editor wrote")),
            kind="alarm",
        )
        flow.screen.app.push_screen(question, lambda answer: take() if answer == "take_edited" else back())
    else:
        take()
        if not edited.text.strip():
            # A text's own keys are not remapped.
            flow.tell("The editor left an empty text; ctrl+z brings the old one back.")
