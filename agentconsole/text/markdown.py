"""Markdown as agents write it in a reply: read once, written as HTML for a helpdesk or drawn as a preview.

Not all of Markdown: what a letter to a customer needs, and nothing that would change a text which was never
meant as Markdown. A line of dashes makes no heading, four blanks no code, and a star or underscore within a
word or a sum stays what it is. Raw HTML is text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from agentconsole.text.links import safe_link

MOST_FORMATTED: Final = 100_000
"""Characters; a longer text is a log that somebody pasted, and is left as it is."""

_MOST_LEVELS: Final = 6


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, all of one look."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str | None = None
    """Where it leads, made safe."""
    escaped: bool = False
    """A backslash before it said that it is no mark."""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, an item of a list, or lines of code."""

    kind: Literal["paragraph", "heading", "item", "code"]
    lines: tuple[Line, ...]
    level: int = 0
    """Of a heading from 1; of an item how deep it lies, from 0."""
    number: int | None = None
    """Of an item in a numbered list; None: a bullet."""
    quotes: int = 0
    """How many quotations it lies in."""


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]{0,40}$")
_HEADING = re.compile(r"(#{1,4}) +(\S.*?)(?: +#+)?$")
_ITEM = re.compile(r"(?P<indent> {0,12})(?:(?P<bullet>[-*+•])|(?P<number>\d{1,4})[.)]) +(?P<text>\S.*)$")
_QUOTE = re.compile(r" {0,3}>+(?: |$|>| >)*")

_INLINE = re.compile(
    r"(?P<url>https?://[^\s<>\"]{1,2000})"
    r"|(?P<escape>\\[*_`\[\]])"
    r"|(?P<tick>`{1,3})(?!`)(?P<code>[^\n]{1,400}?)(?<!`)(?P=tick)(?!`)"
    r"|\[(?P<label>[^\[\]\n]{1,300})\]\((?P<target>[^\s()<>]{1,2000}(?:\([^\s()<>]{0,100}\)[^\s()<>]{0,500})?)\)"
    r"|\*\*(?=[^\s*])(?P<bold>[^\n]{1,400}?)(?<=[^\s*])\*\*(?!\*)"
    r"|(?<![\w*])\*(?=[^\s*\d])(?P<italic>[^\n*]{1,400}?)(?<=[^\s*])\*(?![\w*])"
    r"|(?<![\w_/])_(?=[^\s_])(?P<italic2>[^\n_]{1,400}?)(?<=[^\s_])_(?![\w_/])"
)


def read_markdown(text: str) -> tuple[Block, ...]:
    """Read a text; one that is too long comes back as plain paragraphs. Never raises."""
    plain = len(text) > MOST_FORMATTED
    blocks: list[Block] = []
    paragraph: list[str] = []
    quotes = 0

    def end_paragraph() -> None:
        if paragraph:
            lines = tuple((Span(line),) if plain else _spans(line) for line in paragraph)
            blocks.append(Block("paragraph", lines, quotes=quotes))
            paragraph.clear()

    fence: str | None = None
    code: list[str] = []
    for line in text.split("\n"):
        if fence is not None:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                blocks.append(Block("code", tuple((Span(one, code=True),) for one in code)))
                fence = None
            else:
                code.append(line)
            continue
        if plain:
            quoted, rest = 0, line
        else:
            mark = _QUOTE.match(line)
            quoted = min(mark.group().count(">"), _MOST_LEVELS) if mark else 0
            rest = line[mark.end() :] if mark else line
        if quoted != quotes:
            end_paragraph()
            quotes = quoted
        if not rest.strip():
            end_paragraph()
        elif plain:
            paragraph.append(rest)
        elif (opened := _FENCE.match(rest)) and not quoted:
            end_paragraph()
            fence, code = opened.group(1), []
        elif heading := _HEADING.match(rest):
            end_paragraph()
            blocks.append(Block("heading", (_spans(heading.group(2)),), len(heading.group(1)), quotes=quotes))
        elif item := _ITEM.match(rest):
            end_paragraph()
            number = int(item.group("number")) if item.group("number") else None
            depth = min(len(item.group("indent")) // 2, _MOST_LEVELS)
            blocks.append(Block("item", (_spans(item.group("text")),), depth, number, quotes))
        elif blocks and not paragraph and rest.startswith("  ") and _is_item(blocks[-1], quotes):
            blocks[-1] = replace(blocks[-1], lines=(*blocks[-1].lines, _spans(rest.strip())))
        else:
            paragraph.append(rest)
    if fence is not None:
        # Never closed, so it was none.
        paragraph += [fence, *code]
    end_paragraph()
    return tuple(blocks)


def _is_item(last: Block, quotes: int) -> bool:
    return last.kind == "item" and last.quotes == quotes


def is_formatted(blocks: tuple[Block, ...]) -> bool:
    """Whether anything in a text is more than lines of plain text."""
    return any(
        block.kind != "paragraph"
        or block.quotes
        or any(
            span.bold or span.italic or span.code or span.escaped or _leads_elsewhere(span)
            for line in block.lines
            for span in line
        )
        for block in blocks
    )


def _leads_elsewhere(span: Span) -> bool:
    return span.link is not None and not span.text.startswith(("http://", "https://"))


def _spans(line: str, look: Span = Span(""), depth: int = 0) -> Line:
    """Take a line apart; `look` is what it is within."""
    found: list[Span] = []
    done = 0
    for match in _INLINE.finditer(line):
        inner = _inner(match, look, depth)
        if inner is None:
            continue
        if match.start() > done:
            found.append(replace(look, text=line[done : match.start()]))
        found += inner
        done = match.end()
    if done < len(line):
        found.append(replace(look, text=line[done:]))
    return _joined(found)


def _inner(match: re.Match[str], look: Span, depth: int) -> list[Span] | None:
    groups = match.groupdict()
    if groups["url"] is not None:
        address = groups["url"].rstrip(".,;:!?'»”)*_")
        link = safe_link(address)
        rest = groups["url"][len(address) :]
        parts = [replace(look, text=address, link=look.link or link)]
        return [*parts, replace(look, text=rest)] if rest else parts
    if groups["escape"] is not None:
        return [replace(look, text=groups["escape"][1:], escaped=True)]
    if groups["code"] is not None:
        return [replace(look, text=groups["code"].strip() or groups["code"], code=True)]
    if groups["label"] is not None:
        link = safe_link(groups["target"])
        if link is None or look.link is not None or depth > 2:
            return None
        return list(_spans(groups["label"], replace(look, link=link), depth + 1))
    if depth > 2:
        return None
    if groups["bold"] is not None:
        return list(_spans(groups["bold"], replace(look, bold=True), depth + 1))
    italic = groups["italic"] or groups["italic2"] or ""
    return list(_spans(italic, replace(look, italic=True), depth + 1))


def _joined(spans: list[Span]) -> Line:
    joined: list[Span] = []
    for span in spans:
        if joined and replace(joined[-1], text="") == replace(span, text=""):
            joined[-1] = replace(span, text=joined[-1].text + span.text)
        elif span.text:
            joined.append(span)
    return tuple(joined)


# HTML


def markdown_html(blocks: tuple[Block, ...]) -> str:
    """Write blocks as HTML, braces as character references: no template engine sees a placeholder."""
    out: list[str] = []
    open_lists: list[str] = []
    quotes = 0
    for block in blocks:
        if block.quotes != quotes or block.kind != "item":
            _close_lists(out, open_lists, 0)
        if block.quotes != quotes:
            change = block.quotes - quotes
            out.append("<blockquote>" * change if change > 0 else "</blockquote>" * -change)
            quotes = block.quotes
        inner = "<br>".join(_line_html(line) for line in block.lines)
        if block.kind == "item":
            _item_html(out, open_lists, block, inner)
        elif block.kind == "heading":
            level = min(block.level + 1, 5)
            out.append(f"<h{level}>{inner}</h{level}>")
        elif block.kind == "code":
            code = "\n".join(_escaped("".join(span.text for span in line)) for line in block.lines)
            out.append(f"<pre><code>{code}</code></pre>")
        else:
            out.append(f"<p>{inner}</p>")
    _close_lists(out, open_lists, 0)
    return "".join(out) + "</blockquote>" * quotes


def _item_html(out: list[str], open_lists: list[str], block: Block, inner: str) -> None:
    tag = "ul" if block.number is None else "ol"
    depth = min(block.level, len(open_lists)) + 1
    _close_lists(out, open_lists, depth)
    if len(open_lists) == depth and open_lists[-1] != tag:
        _close_lists(out, open_lists, depth - 1)
    if len(open_lists) < depth:
        start = f' start="{block.number}"' if block.number not in (None, 1) else ""
        out.append(f"<{tag}{start}>")
        open_lists.append(tag)
    else:
        out.append("</li>")
    out.append(f"<li>{inner}")


def _close_lists(out: list[str], open_lists: list[str], keep: int) -> None:
    while len(open_lists) > keep:
        out.append(f"</li></{open_lists.pop()}>")


def _line_html(line: Line) -> str:
    pieces = []
    for span in line:
        piece = _escaped(span.text)
        if span.code:
            piece = f"<code>{piece}</code>"
        if span.italic:
            piece = f"<em>{piece}</em>"
        if span.bold:
            piece = f"<strong>{piece}</strong>"
        if span.link is not None:
            piece = f'<a href="{_escaped(span.link)}">{piece}</a>'
        pieces.append(piece)
    return "".join(pieces)


def _escaped(text: str) -> str:
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")
