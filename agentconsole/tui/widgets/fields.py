"""Text fields that let nothing in that could steer the terminal."""

from __future__ import annotations

from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from agentconsole.text.cleaning import clean_text


class CleanInput(Input):
    """A one-line field; what is pasted into it is cleaned."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        # Selecting all on focus would let the first key wipe what is there to be changed.
        super().__init__(value, placeholder=placeholder, id=id, compact=True, select_on_focus=False)

    def validate_value(self, value: str) -> str:
        """Clean whatever the field is set to."""
        return self.cleaned(value)

    @staticmethod
    def cleaned(value: str) -> str:
        """Tell what becomes of a text in a field."""
        return clean_text(value, keep_newlines=False)


class CleanTextArea(TextArea):
    """A text of several lines; what is typed, pasted or loaded into it is cleaned."""

    def edit(self, edit: Edit) -> EditResult:
        """Clean a piece of text before it goes in."""
        cleaned = clean_text(edit.text)
        if cleaned != edit.text:
            edit.text = cleaned
        return super().edit(edit)

    def load_text(self, text: str) -> None:
        """Replace the whole text by another, cleaned."""
        super().load_text(clean_text(text))
