"""The composer: what the agent is writing, and who will read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from agentconsole.desk.attachments import FileFacts
from agentconsole.desk.replies import Recipients
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.fields import TicketField
from agentconsole.tui import foreign, when
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.widgets.fields import CleanTextArea

SAVE_WITHIN = 0.6
"""Seconds from a keystroke to its save; a crash may cost a second of typing at most."""

MOST_TEXT = 2_000_000
"""Characters that a text may have."""

LONGEST_LINE = 20_000
"""Characters of a line; each key within it wraps it anew, and beyond this that can be felt."""

_MOST_SHOWN = 4
"""Names of files, and of people in copy, that the header has room for."""

_NOT_LOOKED_AT: FileFacts | None = FileFacts("", "", 0, "")


@dataclass(slots=True)
class Writing:
    """What is being written on one ticket."""

    ticket_id: int
    ticket_name: str
    public: bool
    last_seen_message: str | None
    recipients: Recipients
    draft_id: int | None = None
    macro: str | None = None
    changes: tuple[FieldChange, ...] = ()
    """Fields that a macro set and that go out with the text."""
    attachments: tuple[str, ...] = ()
    """Absolute paths."""
    cc: tuple[str, ...] | None = None
    """Whom the agent has put in copy; None: those of the ticket."""
    field_defs: tuple[TicketField, ...] = ()
    """The ticket's fields, for the names of what will be set."""


class ComposerText(CleanTextArea):
    """The composer's text area."""

    attach_key = ""
    """The key that attaches a file, as it is shown."""

    def __init__(self, *, id: str = "composer-text") -> None:
        super().__init__(
            id=id,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="indent",
            theme="css",
            highlight_cursor_line=False,
        )

    async def _on_paste(self, event: events.Paste) -> None:
        """Refuse what would make every key late; the clipboard still has it."""
        wrong = too_much(event.text, had=len(self.text))
        if wrong:
            event.stop()
            event.prevent_default()
            key = self.attach_key
            instead = f"attach it as a file{f' ({key})' if key else ''} instead"
            foreign.tell(self, f"This paste {wrong}: {instead}.", severity="warning", seconds=10)

    def before_caret(self, count: int) -> str:
        """The characters before the caret on its line, at most `count`."""
        row, column = self.cursor_location
        return self.document.get_line(row)[max(0, column - count) : column]

    def go_to(self, place: int) -> None:
        """Put the caret at a place of the text, counted in characters."""
        before = self.text[:place]
        self.move_cursor((before.count("\n"), len(before) - before.rfind("\n") - 1))

    def insert_at_caret(self, text: str, *, replacing: int = 0) -> None:
        """Put a text at the caret, in place of some characters before it; one undo takes it back."""
        row, column = self.cursor_location
        self.replace(text, (row, max(0, column - replacing)), (row, column), maintain_selection_offset=False)
        self.history.checkpoint()

    def put(self, text: str, *, replacing: str = "", paragraph: bool = False) -> None:
        """Put a foreign text at the caret, set apart from what stands before it.

        Args:
            text: What to put in.
            replacing: What the agent typed to ask for it, and which goes away.
            paragraph: Begin a paragraph of its own, where the caret stands behind other words.
        """
        count = len(replacing) if self.before_caret(len(replacing)) == replacing else 0
        before = self.before_caret(10_000)
        before = before[: len(before) - count]
        if paragraph and before.strip():
            text = f"\n\n{text}"
        elif before and not before[-1].isspace() and before[-1] not in "(<[":
            text = f" {text}"
        self.insert_at_caret(foreign.block(text), replacing=count)

    def replace_all(self, text: str) -> None:
        """Put another text in place of the whole, as one edit that ctrl+z takes back."""
        self.history.checkpoint()
        self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
        self.history.checkpoint()
        self.move_cursor(self.document.end)


class Composer(Vertical):
    """Header with the readers, the text, and a line that says what keys do."""

    class SaveDue(Message):
        """What was typed is to be saved now."""

    class Left(Message):
        """The text lost the focus."""

    def __init__(self, keymap: Keymap) -> None:
        """Prepare the composer.

        Args:
            keymap: The keys that its texts name.
        """
        super().__init__(id="composer")
        self._keymap_used = keymap
        self.writing: Writing | None = None
        self._save_planned = False
        self._known_text = ""
        self._saved_note = ""
        self.files: dict[str, FileFacts | None] = {}
        """What is known of the files to send; None: it cannot be sent as it is."""
        self.other_draft = ""
        """A word for the draft of the other mode, where there is one."""

    def compose(self) -> ComposeResult:
        """Lay out the header, the text and the hints."""
        yield Static("", id="composer-header", markup=False)
        area = ComposerText()
        area.attach_key = self._keymap_used.shown("attach", "composer")
        yield area
        yield Static("", id="composer-foot", markup=False)

    @property
    def area(self) -> ComposerText:
        """The text area."""
        return self.query_one(ComposerText)

    @property
    def text(self) -> str:
        """What has been typed."""
        return self.area.text

    @property
    def unsaved(self) -> bool:
        """Whether something has been typed since the last save."""
        return self.writing is not None and self.text != self._known_text

    def save_begun(self, text: str) -> None:
        """Note that this text is on its way to the disk."""
        self._known_text = text

    def open(self, writing: Writing, text: str) -> None:
        """Begin or go on writing; the caret is at the end. Takes effect at once, before the next key."""
        self.writing = writing
        self.area.load_text(text)
        self.area.move_cursor(self.area.document.end)
        self._known_text = self.area.text
        leaves = self._keymap_used.told("{back} leaves and keeps the text", "composer")
        self._saved_note = "saved" if text else leaves
        self.display = True
        self.show_header()

    def close(self) -> None:
        """Put the composer away; its text has been saved or sent."""
        self.writing = None
        self.display = False
        self._save_planned = False
        self.area.load_text("")
        self._known_text = ""

    def show_header(self) -> None:
        """Tell who will read the text, in word, colour and border."""
        writing = self.writing
        if writing is None:
            return
        self.set_class(writing.public, "-public")
        self.set_class(not writing.public, "-internal")
        self.query_one("#composer-header", Static).update(_header(writing, self.files))
        self._show_foot()

    def saved(self, note: str) -> None:
        """Say how the last save went."""
        if note != self._saved_note:
            self._saved_note = note
            self._show_foot()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Plan a save; typing on does not put it off."""
        event.stop()
        if self.writing is None or self._save_planned or not self.unsaved:
            return
        self._save_planned = True
        self.set_timer(SAVE_WITHIN, self._save_due)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Save when the agent looks elsewhere."""
        if self.writing is not None:
            self.post_message(self.Left())

    def _save_due(self) -> None:
        if self._save_planned:
            self._save_planned = False
            self.post_message(self.SaveDue())

    def _show_foot(self) -> None:
        writing = self.writing
        if writing is None:
            return
        parts: list[tuple[str, str]] = [(self._saved_note or "not saved yet", "$faint")]
        if with_it := _changes_shown(writing.changes, writing.field_defs):
            parts.append((f"   will set {with_it}", "$accent"))
        if self.other_draft:
            parts.append((f"   there is a {self.other_draft} too", "$dim"))
        self.query_one("#composer-foot", Static).update(Content.assemble(*parts), layout=False)


def too_much(text: str, *, had: int = 0) -> str:
    """Say what makes a text more than the composer takes; empty if nothing does.

    Args:
        text: What is to go in.
        had: How many characters there are already.
    """
    if had + len(text) > MOST_TEXT:
        return f"has {len(text):,} characters, and {MOST_TEXT:,} is the most"
    longest = max(map(len, text.split("\n")), default=0) if len(text) > LONGEST_LINE else 0
    if longest > LONGEST_LINE:
        return f"has a line of {longest:,} characters, and {LONGEST_LINE:,} is the most"
    return ""


def _header(writing: Writing, files: Mapping[str, FileFacts | None]) -> Content:
    head = _readers(writing)
    return Content.assemble(head, "\n", _files(writing.attachments, files)) if writing.attachments else head


def _files(paths: Sequence[str], files: Mapping[str, FileFacts | None]) -> Content:
    parts: list[tuple[str, str]] = [
        (f" {len(paths)} {'file' if len(paths) == 1 else 'files'} ", "bold $foreground on $panel")
    ]
    for path in paths[:_MOST_SHOWN]:
        name = foreign.cut(path.rpartition("/")[2], 30)
        known = files.get(path, _NOT_LOOKED_AT)
        if known is _NOT_LOOKED_AT:
            parts.append((f"  {name}", "$foreground"))
        elif isinstance(known, FileFacts):
            parts += [(f"  {name}", "$foreground"), (f" {size_note(known)}", "$dim")]
        else:
            parts.append((f"  {name} cannot be sent", "bold $error"))
    if len(paths) > _MOST_SHOWN:
        parts.append((f"  and {len(paths) - _MOST_SHOWN} more", "$dim"))
    return Content.assemble(*parts)


def size_note(file: FileFacts) -> str:
    """Say how large a file is, and where it is only the copy of one that is gone."""
    return f"{when.size(file.size)}{', the copy' if file.copy else ''}"


def _readers(writing: Writing) -> Content:
    if not writing.public:
        return Content.assemble(
            (" INTERNAL NOTE ", "bold $internal-text on $internal"),
            ("  only your team reads this; nothing goes to the customer", "$internal"),
        )
    who = writing.recipients
    to = ", ".join(foreign.line(address) for address in who.to) or "nobody"
    parts: list[tuple[str, str]] = [
        (" PUBLIC REPLY ", "bold $public-text on $public"),
        ("  To ", "$dim"),
        (to, "$foreground"),
    ]
    if who.cc:
        shown = [foreign.line(one) for one in who.cc[:_MOST_SHOWN]]
        if len(who.cc) > _MOST_SHOWN:
            shown.append(f"{len(who.cc) - _MOST_SHOWN} more")
        parts += [("  CC ", "$dim"), (", ".join(shown), "$foreground")]
    count = who.outside
    parts.append((f"  {count} outside" if count else "  nobody outside", "$public" if count else "$dim"))
    return Content.assemble(*parts)


def _changes_shown(changes: Sequence[FieldChange], field_defs: Sequence[TicketField]) -> str:
    known = {item.name: item for item in field_defs}
    said = []
    for change in changes:
        item = known.get(change.field)
        label = item.label if item is not None else change.field.removeprefix("custom:")
        options = {option.key: option.label for option in item.options} if item is not None else {}
        if isinstance(change.value, TagsEdit):
            said += [f"+{tag}" for tag in change.value.add] + [f"-{tag}" for tag in change.value.remove]
        elif isinstance(change.value, tuple):
            said.append(f"{label} {' '.join(change.value)}")
        else:
            said.append(f"{label} {options.get(str(change.value), change.value)}")
    return foreign.cut(", ".join(said), 70)
