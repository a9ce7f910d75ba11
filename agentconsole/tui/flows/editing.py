"""A text in the agent's own editor, whichever text it is."""

from __future__ import annotations

from collections.abc import Callable

from agentconsole.tui import foreign
from agentconsole.tui.editor import edit_elsewhere, left_behind
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

        def answered(answer: str | None) -> None:
            if answer == "take_edited":
                take()
            else:
                back()
            if edited.kept is not None and answer is None:
                flow.tell(f"What the editor wrote is kept in {edited.kept}.", severity="warning")
            elif edited.kept is not None:
                edited.kept.unlink(missing_ok=True)

        flow.screen.app.push_screen(question, answered)
    else:
        take()
        if not edited.text.strip():
            # A text's own keys are not remapped.
            flow.tell("The editor left an empty text; ctrl+z brings the old one back.")


def tell_of_left_behind(flow: Flow) -> None:
    """Say where that is what an editor wrote and the console has not taken."""
    for file in left_behind(flow.desk.paths.data_dir):
        said = f"What an editor wrote is still in {file}, and in no text here. Attach, move or remove it."
        foreign.tell(flow.screen, said, severity="warning", seconds=20)
