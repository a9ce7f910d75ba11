"""What line-by-line widgets share: role names turned into styles, and strips built of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.scroll_view import ScrollView
from textual.strip import Strip


class StyledLines(ScrollView):
    """A scrolling widget that draws its lines itself, coloured by roles.

    A role's style stands in `ROLES`, or in a component class: with the prefix `thread` role `dim` is
    `thread--dim`. What the first frame draws has `ROLES`: a component class costs it a quarter millisecond.
    """

    PREFIX = "lines"

    ROLES: ClassVar[Mapping[str, str]] = {}
    """Role to its style, as `bold $warning` or `$foreground on $cursor`: colours are the theme's by name."""

    WITHOUT_GROUNDS: ClassVar[Mapping[str, Style]] = {
        "cursor": Style(reverse=True),
        "cursor-idle": Style(underline=True),
        "opened": Style(underline=True),
        "active": Style(underline=True),
    }
    """What grounds look like where colours are the terminal's own or none, so that they would not be seen."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._role_styles: dict[tuple[str, str], Style] = {}

    def role_style(self, role: str, ground: str) -> Style:
        """Give the style of a role on a ground, both component classes without the prefix."""
        known = self._role_styles.get((role, ground))
        if known is None:
            known = self._style_of(ground, partial=False)
            marked = Style.null()
            if self.app.native_ansi_color:
                marked = self.WITHOUT_GROUNDS.get(ground, marked)
            if role != ground:
                own = self._style_of(role, partial=True)
                # Turned round, each colour would be a ground of its own: the line is to be one bar.
                known += Style(bold=own.bold) if marked.reverse else own
            known += marked
            self._role_styles[role, ground] = known
        return known

    def _style_of(self, role: str, *, partial: bool) -> Style:
        if role not in self.ROLES:
            return self.get_component_rich_style(f"{self.PREFIX}--{role}", partial=partial)
        front, _, back = self.ROLES[role].partition(" on ")
        *words, color = front.split()
        return Style(
            color=self._color(color),
            bgcolor=self._color(back) if back else None,
            bold="bold" in words or None,
        )

    def _color(self, name: str) -> RichColor:
        value = self.app.theme_variables[name.removeprefix("$")]
        # Where the ground is the terminal's own, Textual makes the grounds on it transparent.
        return Color.parse("ansi_default" if value == "transparent" else value).rich_color

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
        segments: list[Segment] = []
        for text, role in runs:
            style = self.role_style(role, ground)
            if segments and segments[-1].style == style:
                # Each change of colour is forty bytes on the wire.
                segments[-1] = Segment(segments[-1].text + text, style)
            else:
                segments.append(Segment(text, style))
        strip = Strip(segments)
        return strip.adjust_cell_length(width, self.role_style(ground, ground))
