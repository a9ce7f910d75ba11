"""A reply as its reader will see it, before it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agentconsole.text.markdown import Block, Line, read_markdown
from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Deeds, Dialog

MOST_DRAWN = 60_000
"""Characters that are drawn; who pastes more looks at the beginning."""


class PreviewScreen(Dialog[None]):
    """The text as it will look, with what is to be known about it."""

    place = "read"

    def __init__(
        self, title: str, lines: Sequence[str], body: Content, files: Sequence[str], *, kind: str
    ) -> None:
        """Prepare the preview.

        Args:
            title: Whose eyes it is seen with.
            lines: What is to be known about it.
            body: The text, drawn.
            files: What goes with it.
            kind: `public` or `internal`.
        """
        super().__init__(classes=f"-{kind}")
        self._title_text = title
        self._lines = lines
        self._body = body
        self._files = files

    def compose(self) -> ComposeResult:
        """Lay out the text under its title."""
        with Vertical(classes="box preview"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            text = Content("\n").join([foreign.content(line, "$dim") for line in self._lines])
            yield Static(text, classes="box-text", markup=False)
            with VerticalScroll(id="preview-scroll", can_focus=False):
                yield Static(self._body, id="preview-text", markup=False)
            for name in self._files:
                yield Static(foreign.content(f"+ {name}", "$accent"), classes="box-file", markup=False)
            hint = self.told("Esc back to the text · {read_up} {read_down} scroll")
            yield Static(hint, classes="box-hint", markup=False)

    def deeds(self) -> Deeds:
        """What its actions do."""
        return {
            "read_down": lambda: self._scroll(1),
            "read_up": lambda: self._scroll(-1),
            "read_page_down": lambda: self._scroll(10),
            "read_page_up": lambda: self._scroll(-10),
            "read_top": lambda: self._scroll(-1_000_000),
            "read_end": lambda: self._scroll(1_000_000),
            "read_close": self.action_leave,
        }

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; what has shown the preview puts it away too."""
        if super().take_key(event):
            return True
        again = self.keymap.action("composer", event.key, event.character) == "preview"
        if again:
            self.action_leave()
        return again

    def _scroll(self, by: int) -> None:
        self.query_one("#preview-scroll", VerticalScroll).scroll_relative(y=by, animate=False)


def drawn_plain(text: str) -> Content:
    """Draw a text that is sent as it stands."""
    return foreign.paragraphs(_cut(text), most=2 * MOST_DRAWN)


def drawn_markdown(text: str) -> Content:
    """Draw a text as the HTML made of it will look; links with where they truly lead, none of them live."""
    blocks = read_markdown(foreign.block(_cut(text)))
    out: list[Content] = []
    before: Block | None = None
    for block in blocks:
        together = before is not None and before.kind == block.kind == "item"
        if before is not None and not together:
            out.append(_rail(min(before.quotes, block.quotes)))
        out += _drawn(block)
        before = block
    return Content("\n").join(out)


def _drawn(block: Block) -> list[Content]:
    rail = _rail(block.quotes)
    if block.kind == "code":
        return [Content.assemble(rail, (f"  {_text(line)}", "$accent")) for line in block.lines]
    if block.kind == "heading":
        return [Content.assemble(rail, *_runs(line, "bold underline")) for line in block.lines]
    if block.kind == "item":
        mark = f"{block.number}. " if block.number is not None else "• "
        indent = "  " * block.level
        return [
            Content.assemble(rail, (indent + (mark if number == 0 else " " * len(mark)), ""), *_runs(line))
            for number, line in enumerate(block.lines)
        ]
    return [Content.assemble(rail, *_runs(line)) for line in block.lines]


def _rail(quotes: int) -> Content:
    return Content.styled("▎ " * quotes, "$dim")


def _runs(line: Line, look: str = "") -> list[tuple[str, str]]:
    runs = []
    for span in line:
        style = [look] if look else []
        style += ["bold"] * span.bold + ["italic"] * span.italic + ["$accent"] * span.code
        if span.link is not None:
            runs.append((span.text, " ".join([*style, "underline $accent"])))
            if span.text != span.link:
                runs.append((f" ({foreign.cut(span.link, 60)})", "$dim"))
        else:
            runs.append((span.text, " ".join(style)))
    return runs


def _text(line: Line) -> str:
    return "".join(span.text for span in line)


def _cut(text: str) -> str:
    if len(text) <= MOST_DRAWN:
        return text
    return f"{text[:MOST_DRAWN]}\n\n[{len(text) - MOST_DRAWN:,} more characters are not drawn here]"
