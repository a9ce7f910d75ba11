"""What line-by-line widgets share: role names turned into styles, and strips built of them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip


class StyledLines(ScrollView):
    """A scrolling widget that draws its lines itself, coloured by component classes.

    A subclass with the prefix `queue` names role `dim` by the component class `queue--dim`.
    """

    PREFIX = "lines"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._role_styles: dict[tuple[str, str], Style] = {}

    def role_style(self, role: str, ground: str) -> Style:
        """Give the style of a role on a ground, both component classes without the prefix."""
        known = self._role_styles.get((role, ground))
        if known is None:
            base = self.get_component_rich_style(f"{self.PREFIX}--{ground}")
            known = base
            if role != ground:
                known = base + self.get_component_rich_style(f"{self.PREFIX}--{role}", partial=True)
            self._role_styles[role, ground] = known
        return known

    def notify_style_update(self) -> None:
        """Forget the styles, as the theme or a class has changed."""
        self._role_styles.clear()
        super().notify_style_update()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Keep the style: what the focus changes is drawn by the lines themselves.

        Styling anew would lay out and paint the whole screen at each change of the focus.
        """

    def strip_of(self, runs: Iterable[tuple[str, str]], width: int, ground: str) -> Strip:
        """Build a line of runs on a ground, filled up to the width."""
        strip = Strip([Segment(text, self.role_style(role, ground)) for text, role in runs])
        return strip.adjust_cell_length(width, self.role_style(ground, ground))
