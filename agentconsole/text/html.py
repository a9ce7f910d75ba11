"""Turns the HTML of a message or an article into text that reads well in a terminal."""

from __future__ import annotations

import re
from typing import Final

from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from lxml import etree

from agentconsole.text.cleaning import clean_text
from agentconsole.text.html_simplifier import MARKERS, QUOTE_END, QUOTE_START, Simplifier

MAX_HTML_LENGTH: Final = 1_000_000
"""Characters of HTML that are read; a cut is said at the end of the text."""

CUT_NOTICE: Final = "[… the rest of this message is too long to show]"

_MAX_QUOTE_DEPTH: Final = 10

_UNREAD = re.compile(r"<(script|style|head)\b|<!--", re.IGNORECASE)
_UNREAD_ENDS: Final = {
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "head": re.compile(r"</head\s*>", re.IGNORECASE),
    "": re.compile("-->"),
}
"""Of scripts, styles, heads and comments."""
_ANY_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]*>")
_TOO_MANY_BLANKS = re.compile(r"\n{3,}")

_CSS: Final = {
    **STRICT_CSS_PROFILE,
    "ul": HtmlElement(display=Display.block, padding_inline=2),
    "ol": HtmlElement(display=Display.block, padding_inline=3),
}


def html_to_text(html: str) -> str:
    r"""Return readable text for `html`: clean (as `clean_text`), lines separated by `\n`, no blank ends.

    Paragraphs, lists and data tables keep their shape, tables made for layout become plain blocks. A link is
    `text <https://host/...>`, only for http, https and mailto; an image is its alternative text; block
    quotes are set off by "> "; scripts, styles, comments, hidden elements and tracking pixels are gone.
    Nothing is fetched. Never raises: of broken markup as much is read as can be, and of more than
    `MAX_HTML_LENGTH` characters the first.
    """
    cut = len(html) > MAX_HTML_LENGTH
    body = _parse(html[:MAX_HTML_LENGTH])
    text = "" if body is None else _render(body)
    return f"{text}\n\n{CUT_NOTICE}".lstrip() if cut else text


def _parse(html: str) -> etree._Element | None:
    """Return the tree of `html`, None if there is nothing in it."""
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(_encoded(html), parser)
    except etree.XMLSyntaxError:
        return None
    if any(entry.level_name == "FATAL" for entry in parser.error_log):
        # The parser gives up on absurd depth and would lose the words behind it.
        flat = _ANY_TAG.sub(" ", _without_unread(html))
        root = etree.fromstring(_encoded(f"<pre>{flat}</pre>"), parser)
    return root


def _without_unread(html: str) -> str:
    """Take out what is never read; what has no end is left."""
    read: list[str] = []
    done = position = 0
    # One that has no end here has none further on either; looking again for each would take for ever.
    endless: set[str] = set()
    while (found := _UNREAD.search(html, position)) is not None:
        position = found.end()
        kind = (found[1] or "").lower()
        if kind in endless:
            continue
        inside = html.find(">", position) + 1 if kind else position
        end = _UNREAD_ENDS[kind].search(html, inside) if inside or not kind else None
        if end is None:
            endless.add(kind)
            continue
        read += (html[done : found.start()], " ")
        done = position = end.end()
    return "".join((*read, html[done:]))


def _encoded(html: str) -> bytes:
    html = html.replace("\x00", "")
    try:
        return html.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates
        return html.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def _render(root: etree._Element) -> str:
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
    tree = etree.fromstring(Simplifier().simplify(root), parser)
    config = ParserConfig(css=dict(_CSS), display_links=False, display_images=False)
    text = clean_text(Inscriptis(tree, config).get_text())
    lines = [line.rstrip() for line in _quoted_lines(text.split("\n"))]
    return _TOO_MANY_BLANKS.sub("\n\n", "\n".join(lines)).strip("\n")


def _quoted_lines(lines: list[str]) -> list[str]:
    """Replace the marks around block quotes by "> " before each line between them."""
    depth = 0
    quoted: list[str] = []
    for line in lines:
        if MARKERS.search(line) is not None:
            # A mark has a line of its own, save within a table, where the line's other cells count as
            # quoted too.
            starts, ends = line.count(QUOTE_START), line.count(QUOTE_END)
            line = MARKERS.sub("", line)
            if line.strip():
                quoted.append("> " * min(depth + starts, _MAX_QUOTE_DEPTH) + line.strip())
            depth = max(0, depth + starts - ends)
            continue
        quoted.append("> " * min(depth, _MAX_QUOTE_DEPTH) + line)
    return quoted
