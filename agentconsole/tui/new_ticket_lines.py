"""What the form of a new ticket says around its fields: who reads it, what goes with it, what keys do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len
from textual.content import Content

from agentconsole.desk.attachments import FileFacts
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.tui import foreign
from agentconsole.tui.widgets.composer import size_note

KEYS = (
    ("send", "make it"),
    ("insert_macro", "macro"),
    ("insert_knowledge", "article"),
    ("switch_mode", "public/internal"),
    ("attach", "files"),
    ("recipients", "CC"),
    ("editor", "editor"),
    ("preview", "preview"),
)
"""Actions of the composer that the form has too, and what they are called there; the most useful first."""

_ALWAYS = ("{form_next} next", "Esc leaves, all is kept")


def head(title: str, form: NewTicketForm) -> Content:
    """Say what the form is for, and who reads the text."""
    word, color, said = (
        ("PUBLIC", "public", "the requester reads it")
        if form.public
        else ("INTERNAL", "internal", "only your team reads the text")
    )
    return Content.assemble(
        (f" {word} ", f"bold ${color}-text on ${color}"),
        (f"  {foreign.cut(title, 40)}", "bold"),
        (f"  on {foreign.line(form.account)}: {said}", f"${color}"),
    )


def goes_with(
    form: NewTicketForm,
    files: Mapping[str, FileFacts | None],
    fields: Sequence[tuple[str, str]],
    unsent: Sequence[tuple[str, str]],
) -> Content | None:
    """List what goes out with the text; None where nothing does.

    Args:
        form: As it is filled in.
        files: What is known of the files to send; None: it cannot be sent as it is.
        fields: Name and shown value of what is set beyond the form's own fields.
        unsent: The same of what stays here, as the helpdesk's form lacks it.
    """
    parts: list[tuple[str, str]] = []
    for name, value in unsent:
        parts.append((f"not sent: {foreign.cut(name, 24)} {foreign.cut(value, 30)}  ", "$warning"))
    if form.ccs:
        parts += [("CC ", "$dim"), (foreign.cut(", ".join(form.ccs), 60), "$foreground"), ("  ", "")]
    for name, value in fields:
        parts += [(f"{foreign.cut(name, 24)} ", "$dim"), (f"{foreign.cut(value, 30)}  ", "$foreground")]
    for path in form.attachments:
        facts = files.get(str(path))
        size = f" {size_note(facts)}" if facts is not None else ""
        wrong = str(path) in files and facts is None
        said = f"{foreign.cut(Path(path).name, 30)}{' cannot be sent' if wrong else size}  "
        parts.append((said, "bold $error" if wrong else "$accent"))
    return Content.assemble(*parts) if parts else None


def foot(told: Callable[[str], str], able: Sequence[str], width: int) -> str:
    """Say what keys do; what does not fit whole on two lines is left out.

    Args:
        told: Writes the keys of actions into a text, and nothing where there is none.
        able: Actions that the form has.
        width: Cells of a line.
    """
    words = [told(f"{{{action}}} {said}") for action, said in KEYS if action in able]
    words = [word for word in words if word]
    always = told(" · ".join(_ALWAYS))
    while words and cell_len(" · ".join([*words, always])) > 2 * width - 20:
        words.pop()
    return " · ".join([*words, always])
