"""Rewrites a parsed HTML tree as a shallow, well-formed one that a text renderer can be trusted with."""

from __future__ import annotations

import re
from html import escape
from typing import Final, Literal, NamedTuple

from lxml import etree

from agentconsole.text.cleaning import clean_line, clean_text
from agentconsole.text.links import MAX_ADDRESS_LENGTH, safe_link

QUOTE_START: Final = "\ue0f0"
"""Stands on a line of its own before a block quote in the simplified tree; foreign text can't contain it."""

QUOTE_END: Final = "\ue0f1"
"""Stands on a line of its own after a block quote."""

MARKERS = re.compile(f"[{QUOTE_START}{QUOTE_END}]")

# The renderer calls itself for each level: this bounds its stack.
_MAX_DEPTH: Final = 60
_MAX_LIST_DEPTH: Final = 8

_MAX_TABLE_NODES: Final = 4000
_MAX_COLUMNS_WIDTH: Final = 100
_MAX_ROW_CELL: Final = 400
_LABEL_PIECES: Final = 50

_DROPPED_TAGS = frozenset(
    "applet audio base canvas embed frame frameset head iframe input link math meta noframes object option"
    " optgroup script select style svg template title video".split()
)
_BLOCK_TAGS = frozenset(
    "address article aside blockquote caption center dd details div dl dt fieldset figcaption figure"
    " footer form header hgroup main nav section summary table tbody td tfoot th thead tr".split()
)
_KEPT_TAGS = frozenset("h1 h2 h3 h4 h5 h6 li p pre".split())
_LIST_TAGS = frozenset(("ol", "ul"))
_COLUMN_TAGS = {"tr": "tr", "td": "td", "th": "td"}
_CELL_TAGS = frozenset(("td", "th"))
_ROW_GROUPS = frozenset(("thead", "tbody", "tfoot"))
_CELL_SEPARATOR: Final = " | "

_TableKind = Literal["columns", "rows", "layout"]
"""What a table becomes: aligned columns, a line a row, or the blocks that it only places on a page."""

_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])"
    r"|max-height\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_PIXEL_SIZE = re.compile(r"[0-2]\s*(?:px)?", re.IGNORECASE)
_PIXEL_STYLE = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[0-2]\s*(?:px|;|\Z)", re.IGNORECASE)


class Simplifier:
    """Copies one tree into XML of headings, blocks, lists, tables and text; an instance serves one tree."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._plain: list[str] = []
        self._closing: list[_Closing | _OpenLink | None] = []
        self._depth = 0
        self._lists = 0
        self._table: _TableKind | None = None

    def simplify(self, root: etree._Element) -> str:
        """Return well-formed XML for `root`, some sixty levels deep at most, in time linear in its size."""
        self._out.append("<body>")
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if self._open(element):
                    self._text(element.text)
                else:
                    walk.skip_subtree()
            else:
                self._close()
                if element is not root:
                    self._text(element.tail)
        self._out.append("</body>")
        return "".join(self._out)

    def _open(self, element: etree._Element) -> bool:
        """Write the start of `element`; False if nothing inside it is wanted."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _DROPPED_TAGS or _is_hidden(element):
            self._closing.append(None)
            return False
        if tag == "br":
            self._leaf("<br/>")
        elif tag == "hr":
            self._leaf("<div>----------</div>")
        elif tag == "img":
            self._leaf(escape(_image_text(element)))
        elif tag == "a" and (address := safe_link(element.get("href") or "")) is not None:
            self._closing.append(_OpenLink(address, len(self._plain)))
        elif tag == "blockquote":
            self._element("blockquote")
        elif tag in _LIST_TAGS and self._lists < _MAX_LIST_DEPTH:
            self._lists += 1
            self._element(tag, set_apart=self._lists == 1)
        elif tag == "table" and (kind := _table_kind(element)) != "layout":
            self._table = kind
            self._element("table" if kind == "columns" else "div", set_apart=True, role="table")
        elif self._table == "columns" and tag in _COLUMN_TAGS:
            self._element(_COLUMN_TAGS[tag])
        elif self._table and tag in _ROW_GROUPS:
            self._closing.append(None)
        elif self._table == "rows" and tag in _CELL_TAGS:
            self._leaf("" if element.getprevious() is None else _CELL_SEPARATOR)
        elif tag in _KEPT_TAGS:
            self._element(tag, set_apart=tag == "pre")
        elif tag in _BLOCK_TAGS or tag in _LIST_TAGS:
            self._element("div")
        else:
            self._closing.append(None)
        return True

    def _close(self) -> None:
        closing = self._closing.pop()
        if closing is None:
            return
        if isinstance(closing, _OpenLink):
            pieces = self._plain[closing.start : closing.start + _LABEL_PIECES]
            # A longer label is no address, and is read once more for each link that it lies in.
            label = "".join(piece[: MAX_ADDRESS_LENGTH * 2] for piece in pieces)[: MAX_ADDRESS_LENGTH * 2]
            self._out.append(escape(closing.address_after(label)))
            return
        self._out.append(closing.markup)
        self._depth -= 1
        self._leave(closing.role)

    def _element(self, tag: str, *, set_apart: bool = False, role: str | None = None) -> None:
        """Open `tag`, with a blank line before and after it if `set_apart`.

        `role` says what is left when it closes, if that is not `tag`.
        """
        role = role or tag
        if self._depth >= _MAX_DEPTH:
            self._leaf("<br/>")
            self._leave(role)
            return
        self._depth += 1
        opening, closing = f"<{tag}>", f"</{tag}>"
        if tag == "blockquote":
            opening, closing = f"<div><div>{QUOTE_START}</div>", f"<div>{QUOTE_END}</div></div>"
        elif set_apart:
            opening, closing = f"<p>{opening}", f"{closing}</p>"
        self._out.append(opening)
        self._closing.append(_Closing(closing, role))

    def _leave(self, role: str) -> None:
        if role in _LIST_TAGS:
            self._lists -= 1
        elif role == "table":
            self._table = None

    def _leaf(self, markup: str) -> None:
        self._out.append(markup)
        self._closing.append(None)

    def _text(self, text: str | None) -> None:
        if text:
            text = MARKERS.sub("", clean_text(text))
            self._plain.append(text)
            self._out.append(escape(text))


class _Closing(NamedTuple):
    """What ends an element that was written."""

    markup: str
    role: str


class _OpenLink:
    """A link whose label is being read."""

    __slots__ = ("_address", "start")

    def __init__(self, address: str, start: int) -> None:
        self._address = address
        self.start = start

    def address_after(self, label: str) -> str:
        """Return what follows the label: the address, unless the label says the same."""
        label = clean_line(label)
        shown = self._address.removeprefix("mailto:")
        if label in (self._address, shown) or self._address in (
            safe_link(label),
            safe_link(f"https://{label}"),
        ):
            return ""
        if self._address.endswith("/") and self._address[:-1] in (
            label,
            f"https://{label}",
            f"http://{label}",
        ):
            return ""
        return f" <{self._address}>" if label else f"<{self._address}>"


def _is_hidden(element: etree._Element) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


def _image_text(image: etree._Element) -> str:
    sizes = (image.get("width") or "", image.get("height") or "")
    if any(size and _PIXEL_SIZE.fullmatch(size.strip()) for size in sizes) or _PIXEL_STYLE.search(
        image.get("style") or ""
    ):
        return ""
    words = MARKERS.sub("", clean_line(image.get("alt") or ""))
    # Mail programs send emoji as small pictures with the emoji itself as their text.
    return words if not words or (len(words) <= 3 and not words.isascii()) else f"[image: {words}]"


def _table_kind(table: etree._Element) -> _TableKind:
    """Tell a table that lists things from one that only places blocks on a page."""
    if (table.get("role") or "").lower() in ("none", "presentation"):
        return "layout"
    widths: list[int] = []
    column = cell_length = rows = 0
    headed = False
    for count, node in enumerate(table.iter()):
        if count > _MAX_TABLE_NODES or (count and node.tag == "table") or node.tag == "blockquote":
            return "layout"
        if node.tag == "tr":
            column = 0
            rows += 1
        elif node.tag in _CELL_TAGS:
            column += 1
            cell_length = 0
            headed = headed or node.tag == "th"
            if column > len(widths):
                widths.append(0)
        if column:
            # A cell of several short lines counts as one long line, which errs on the side of blocks.
            cell_length += len((node.text or "").strip())
            if node.tag not in _CELL_TAGS:
                cell_length += len((node.tail or "").strip())
            widths[column - 1] = max(widths[column - 1], cell_length)
    if len(widths) < 2:
        return "layout"
    if sum(widths) <= _MAX_COLUMNS_WIDTH:
        return "columns"
    return "rows" if headed and rows > 1 and max(widths) <= _MAX_ROW_CELL else "layout"
