"""The composer: what the agent is writing, and who will read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
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
from agentconsole.text.cleaning import clean_text
from agentconsole.tui import foreign, when
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.widgets.fields import CleanTextArea
from agentconsole.tui.wrapping import wrap_text

SAVE_WITHIN = 0.6
"""Seconds from a keystroke to its save; a crash may cost a second of typing at most."""

MOST_TEXT = 2_000_000
"""Characters that a text may have."""

LONGEST_LINE = 20_000
"""Characters of a line; each key within it wraps it anew, and beyond this that can be felt."""

_MOST_SHOWN = 4
"""Names of files, and of people in copy, that the header has room for."""

_MOST_LINES = 3
"""Lines of the header for those who read the text; its files have one of their own."""

_BETWEEN = "   "
"""Between two things that the foot says."""

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
        # Most terminals paste a carriage return at the end of a line.
        wrong = too_much(clean_text(event.text), had=len(self.text))
        if wrong:
            event.stop()
            event.prevent_default()
            key = self.attach_key
            instead = f"attach it as a file{f' ({key})' if key else ''} instead"
            foreign.tell(self, f"This paste {wrong}: {instead}.", severity="warning", seconds=10)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the caret in sight."""
        self.call_after_refresh(self.scroll_cursor_visible)

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
        self._leaves = keymap.told("{back} leaves and keeps the text", "composer")
        self.files: dict[str, FileFacts | None] = {}
        """What is known of the files to send; None: it cannot be sent as it is."""
        self.other_draft = ""
        """A word for the draft of the other mode, where there is one."""

    def compose(self) -> ComposeResult:
        """Lay out the header, the files, the text and the hints."""
        yield Static("", id="composer-header", markup=False)
        yield Static("", id="composer-files", markup=False)
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
        self._saved_note = "saved" if text else self._leaves
        self.display = True
        self._place_notices()
        self.show_header()

    def close(self) -> None:
        """Put the composer away; its text has been saved or sent."""
        self.writing = None
        self.display = False
        self._place_notices()
        self._save_planned = False
        self.area.load_text("")
        self._known_text = ""

    def _place_notices(self) -> None:
        """Have passing notices at the top while something is written: below they would cover it."""
        top = self.writing is not None
        for rack in self.screen.query("ToastRack"):
            rack.styles.dock = "top" if top else "bottom"
            rack.styles.align = ("right", "top" if top else "bottom")
            rack.styles.margin = (1, 0, 0, 0) if top else (0, 0, 2, 0)

    def show_header(self) -> None:
        """Tell who will read the text, in word, colour and border."""
        writing = self.writing
        if writing is None:
            return
        self.set_class(writing.public, "-public")
        self.set_class(not writing.public, "-internal")
        width = max(16, self.size.width - 2)
        self.query_one("#composer-header", Static).update(_readers(writing, width))
        files = self.query_one("#composer-files", Static)
        files.display = bool(writing.attachments)
        if writing.attachments:
            files.update(_files(writing.attachments, self.files, width))
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

    def on_resize(self, event: events.Resize) -> None:
        """Share the header's room anew."""
        self.show_header()

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
        saved = self._saved_note or "not saved yet"
        other = f"there is a {self.other_draft} too" if self.other_draft else ""
        if other and len(saved + _BETWEEN + other) > self.size.width - 2:
            other = f"a {self.other_draft} too"
            # Who has written two texts knows how to leave one.
            saved = "" if saved == self._leaves else saved
        set_too = _changes_shown(writing.changes, writing.field_defs)
        said = [(saved, "$faint"), (other, "$dim"), (f"will set {set_too}" if set_too else "", "$accent")]
        told = [one for one in said if one[0]]
        parts = [(_BETWEEN * bool(place) + text, style) for place, (text, style) in enumerate(told)]
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


def _files(paths: Sequence[str], files: Mapping[str, FileFacts | None], width: int) -> Content:
    """Name the files on one line: first those that cannot be sent, then as many as there is room for."""
    said = []
    for path in paths:
        name = foreign.cut(path.rpartition("/")[2], min(30, width // 3))
        known = files.get(path, _NOT_LOOKED_AT)
        if known is None:
            said.append((0, f"{name} cannot be sent", "bold $error", ""))
        else:
            size = "" if known is _NOT_LOOKED_AT else f" {size_note(known)}"
            said.append((1, name, "$foreground", size))
    said.sort(key=lambda one: one[0])
    head = f" {len(paths)} {'file' if len(paths) == 1 else 'files'} "
    for count in range(min(len(said), _MOST_SHOWN), 0, -1):
        rest = f"  and {len(said) - count} more" if len(said) > count else ""
        needed = cell_len(head + rest) + sum(2 + cell_len(name + size) for _, name, _, size in said[:count])
        if needed <= width:
            break
    parts: list[tuple[str, str]] = [(head, "bold $foreground on $panel")]
    for _, name, style, size in said[:count]:
        parts += [(f"  {name}", style), (size, "$dim")]
    return Content.assemble(*parts, (rest, "$dim"))


def size_note(file: FileFacts) -> str:
    """Say how large a file is, and where it is only the copy of one that is gone."""
    return f"{when.size(file.size)}{', the copy' if file.copy else ''}"


def _readers(writing: Writing, width: int) -> Content:
    """Tell who reads it: always how many are outside, and as many in copy as there is room for."""
    if not writing.public:
        return Content.assemble(
            (" INTERNAL NOTE ", "bold $internal-text on $internal"),
            ("  only your team reads this; nothing goes to the customer", "$internal"),
        )
    who = writing.recipients
    for shown in range(min(len(who.cc), _MOST_SHOWN), -1, -1):
        header = _addressed(who, shown, width)
        if len(wrap_text(header.plain, width)) <= _MOST_LINES:
            break
    return header


def _addressed(who: Recipients, shown: int, width: int) -> Content:
    """Name who gets a reply, and the first `shown` of those in copy."""
    to = ", ".join(foreign.cut(address, width) for address in who.to) or "nobody"
    parts: list[tuple[str, str]] = [
        (" PUBLIC REPLY ", "bold $public-text on $public"),
        ("  To ", "$dim"),
        (to, "$foreground"),
    ]
    if who.cc:
        copied = [foreign.cut(one, width) for one in who.cc[:shown]]
        if len(who.cc) > shown:
            copied.append(f"{len(who.cc) - shown} more" if shown else f"{len(who.cc)} people")
        parts += [("  CC ", "$dim"), (", ".join(copied), "$foreground")]
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
