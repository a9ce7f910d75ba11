"""Markdown to HTML, as far as the company's own articles use it.

Headings of the second level, paragraphs, flat lists, tables, bold, links and code. Raw HTML is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"\*([^*\s][^*]*)\*")
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_BULLET = re.compile(r"- +(.*)")
_NUMBER = re.compile(r"\d+\. +(.*)")


def to_html(text: str, link: Callable[[str], str]) -> str:
    """Return the HTML of `text`; `link` turns the target of each link into an address."""
    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        blocks.extend(_block(block.splitlines(), link))
    return "\n".join(blocks)


def _block(lines: list[str], link: Callable[[str], str]) -> list[str]:
    first = lines[0]
    if first.startswith("## "):
        rest = _block(lines[1:], link) if len(lines) > 1 else []
        return [f"<h2>{_inline(first[3:], link)}</h2>", *rest]
    if first.startswith("|"):
        return [_table(lines, link)]
    for pattern, tag in ((_BULLET, "ul"), (_NUMBER, "ol")):
        if pattern.match(first):
            return [_list(lines, pattern, tag, link)]
    for at, line in enumerate(lines):
        if at and (_BULLET.match(line) or _NUMBER.match(line)):
            return [_paragraph(lines[:at], link), *_block(lines[at:], link)]
    return [_paragraph(lines, link)]


def _paragraph(lines: list[str], link: Callable[[str], str]) -> str:
    return f"<p>{_inline(' '.join(lines), link)}</p>"


def _list(lines: list[str], pattern: re.Pattern[str], tag: str, link: Callable[[str], str]) -> str:
    items: list[str] = []
    for line in lines:
        match = pattern.match(line)
        if match:
            items.append(match[1])
        else:
            items[-1] += " " + line.strip()
    inner = "".join(f"<li>{_inline(item, link)}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>"


def _table(lines: list[str], link: Callable[[str], str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head, body = rows[0], rows[2:]
    parts = ["<table>"]
    if any(head):
        parts.append("<tr>" + "".join(f"<th>{_inline(cell, link)}</th>" for cell in head) + "</tr>")
    parts.extend(
        "<tr>" + "".join(f"<td>{_inline(cell, link)}</td>" for cell in row) + "</tr>" for row in body
    )
    return "".join(parts) + "</table>"


def _inline(text: str, link: Callable[[str], str]) -> str:
    text = escape(text, quote=False)
    text = _LINK.sub(lambda match: f'<a href="{escape(link(match[2]))}">{match[1]}</a>', text)
    text = _BOLD.sub(r"<strong>\1</strong>", text)
    text = _EMPHASIS.sub(r"<em>\1</em>", text)
    return _CODE.sub(r"<code>\1</code>", text)
