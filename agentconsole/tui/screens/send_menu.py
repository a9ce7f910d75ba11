"""The send menu: who will read the text, what looks wrong with it, and how it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.wrapping import wrap_text

if TYPE_CHECKING:
    from agentconsole.replies.checks import Finding

MOST_WARNINGS: Final = 4
"""Warnings that are listed; there is a key to each."""

_OTHER_LINES: Final = 10
"""Title, hint, borders and the blanks between."""

_WIDTH: Final = 58
"""Cells of a line in the box."""


class SendMenu(Choice):
    """A choice of how to send, with warnings that Enter passes over.

    It gives the action of the answer, or `warning_1`, `warning_2`, ... to go to that place. Esc gives None.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[str],
        choices: Sequence[tuple[str, str]],
        findings: Sequence[Finding],
        *,
        kind: str,
    ) -> None:
        """Prepare the menu.

        Args:
            title: What is sent.
            lines: Who will read it.
            choices: As in `Choice`.
            findings: What looks wrong with the text.
            kind: `public` or `internal`.
        """
        super().__init__(title, tuple(lines), tuple(choices), kind=kind)
        self.place = "send menu"
        self._findings = findings[:MOST_WARNINGS]
        self._unlisted = findings[MOST_WARNINGS:]
        if self._findings:
            self.hint = "Esc, or a warning’s key, goes to its place in the text"

    def more(self) -> ComposeResult:
        """Lay out the warnings."""
        if self._findings:
            yield Static(self._warnings(), classes="box-text", id="warnings", markup=False)

    def answers(self) -> list[str]:
        """List the actions that answer."""
        return [*super().answers(), *(f"warning_{one + 1}" for one in range(len(self._findings)))]

    def _warnings(self) -> Content:
        # A small terminal has no room for excerpts, or not for all: the answers must stay in sight.
        height = self.app.size.height
        above = min(sum(_rows(foreign.line(line)) for line in self._lines), int(height * 0.4))
        room = int(height * 0.92) - above - len(self._choices) - _OTHER_LINES
        most = len(self._findings)
        for count, brief in ((most, False), *((count, True) for count in range(most, 0, -1))):
            lines = self._listed(count, brief)
            if sum(_rows(line.plain) for line in lines) <= room:
                break
        return Content("\n").join(lines)

    def _listed(self, count: int, brief: bool) -> list[Content]:
        lines = []
        for number, one in enumerate(self._findings[:count]):
            key = self.keymap.shown(f"warning_{number + 1}", self.place) or "·"
            mark = (f" {key} ", "bold $background on $warning")
            lines.append(Content.assemble(mark, " ", foreign.content(one.sentence, "$warning")))
            if one.excerpt and not brief:
                lines.append(Content.assemble("    ", (foreign.cut(one.excerpt, 54), "$dim")))
        left_out = [one.check for one in (*self._findings[count:], *self._unlisted)]
        if left_out:
            kinds = ", ".join(dict.fromkeys(left_out))
            lines.append(Content.styled(f"    and {len(left_out)} more: {kinds}", "$warning"))
        return lines


def _rows(text: str) -> int:
    """How many lines of the box a cleaned text takes."""
    return len(wrap_text(text, _WIDTH))


def warning_place(answer: str | None) -> int | None:
    """Tell which warning's place an answer of the menu leads to; None for one that sends."""
    if answer is None:
        return 0
    return int(answer.removeprefix("warning_")) - 1 if answer.startswith("warning_") else None
