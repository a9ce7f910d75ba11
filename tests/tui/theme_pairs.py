"""Which colours stand on which: found in the style sheets and the sources, so that no list grows stale."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.color import Color as RichColor
from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

from agentconsole.tui.styled_lines import StyledLines
from agentconsole.tui.themes import CONSOLE_COLORS
from agentconsole.tui.widgets import pick_list, queue, ticket, views

WIDGETS = (pick_list, queue, ticket, views)
"""Where the widgets are that draw their lines themselves; to be imported, so that they are known."""

TUI = Path(__file__).resolve().parents[2] / "agentconsole" / "tui"

Pair = tuple[str, str]
"""Names of the text's colour and of the ground's."""

PLAIN_GROUNDS = ("background", "surface", "panel", "internal-ground")
"""What a line of plain text may stand on: panes, titles and status, focused titles, the note's composer."""

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_PROPERTY = re.compile(r"(?:^|;)\s*(color|background):\s*\$([a-z-]+)\s*(?=;|$)")
_COMPONENT = re.compile(r">\s*\.([a-z-]+)--([a-z-]+)")
_INLINE = re.compile(r"\$((?:[a-z-]|\{[^{}]*\})+)(?: on \$((?:[a-z-]|\{[^{}]*\})+))?")

_TEXT_COLORS = frozenset("primary secondary accent foreground warning error success".split())
_ALL = _TEXT_COLORS | frozenset(CONSOLE_COLORS)


def style_rules() -> Iterator[tuple[str, dict[str, str]]]:
    """Give each rule of the style sheets: its selectors, and its two colours."""
    for sheet in sorted((TUI / "styles").glob("*.tcss")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selectors, body in _RULE.findall(text):
            yield selectors, dict(_PROPERTY.findall(body))


def component_pairs() -> set[Pair]:
    """Pairs of widgets that draw their lines themselves: any role may stand on any ground of its widget."""
    roles: dict[str, set[str]] = {}
    grounds: dict[str, set[str]] = {}
    pairs: set[Pair] = set()
    said = [
        (prefix, colors) for selectors, colors in style_rules() for prefix, _ in _COMPONENT.findall(selectors)
    ]
    for widget in StyledLines.__subclasses__():
        for style in widget.ROLES.values():
            found = re.fullmatch(r"(?:[a-z ]* )?\$([a-z-]+)(?: on \$([a-z-]+))?", style)
            assert found is not None, style
            text, ground = found.groups()
            said.append((widget.PREFIX, {"color": text, **({"background": ground} if ground else {})}))
    for prefix, colors in said:
        if "background" not in colors and "color" in colors:
            roles.setdefault(prefix, set()).add(colors["color"])
        elif colors.get("color") == "foreground":
            grounds.setdefault(prefix, set()).add(colors["background"])
        elif "color" in colors:
            pairs.add((colors["color"], colors["background"]))
    for prefix, texts in roles.items():
        pairs |= {(text, ground) for text in texts | {"foreground"} for ground in grounds.get(prefix, ())}
    # A line at the left of a message that has none is drawn in the ground's own colour, to be unseen.
    return {pair for pair in pairs if pair[0] in _ALL and pair[0] not in ("line", "background")}


def plain_pairs() -> set[Pair]:
    """Pairs of plain texts: those that a rule or a source names together, else any plain ground."""
    pairs: set[Pair] = set()
    for selectors, colors in style_rules():
        if _COMPONENT.search(selectors) or "color" not in colors or colors["color"] not in _ALL - {"line"}:
            continue
        on = [colors["background"]] if "background" in colors else PLAIN_GROUNDS
        pairs |= {(colors["color"], ground) for ground in on}
    for source in sorted(TUI.rglob("*.py")):
        for text, ground in _INLINE.findall(source.read_text(encoding="utf-8")):
            for one in _expand(text):
                on = [ground] if ground and "{" not in ground else PLAIN_GROUNDS
                if "{" in ground:
                    on = [one.removesuffix("-text")]
                pairs |= {(one, each) for each in on}
    return pairs


def _expand(name: str) -> list[str]:
    """Give the colours that a name with a placeholder may become."""
    if "{" not in name:
        return [name] if name in _ALL else []
    if re.fullmatch(r"\{[^{}]*\}", name):
        # A name that is nothing but a placeholder is that of the readers: it goes with `{...}-text`.
        return [color.removesuffix("-text") for color in _ALL if color.endswith("-text")]
    wanted = re.compile(re.sub(r"\\\{.*?\\\}", "[a-z]+", re.escape(name)))
    return [color for color in _ALL if wanted.fullmatch(color)]


def all_pairs() -> set[Pair]:
    """All pairs of the console."""
    return component_pairs() | plain_pairs()


def values_of(theme: Theme) -> Mapping[str, str]:
    """The colours of a theme by name."""
    return {**CONSOLE_COLORS, **theme.to_color_system().generate(), **theme.variables}


def contrast(text: Color, ground: Color) -> float:
    """The contrast of two colours as WCAG 2 has it."""
    light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def shown_in(color: str, palette: TerminalTheme, *, text: bool) -> Color:
    """The colour that a terminal with a palette shows for one of the sixteen, or for its default."""
    if color == "transparent":
        color = "ansi_default"
    name = color.removeprefix("ansi_")
    return Color(*RichColor.parse(name).get_truecolor(palette, foreground=text))
