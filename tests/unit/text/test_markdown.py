"""Markdown of replies: what becomes of it, and what is left alone."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.text.html import html_to_text
from agentconsole.text.markdown import MOST_FORMATTED, is_formatted, markdown_html, read_markdown


def html(text: str) -> str:
    return markdown_html(read_markdown(text))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Hi\nthere\n\nBye", "<p>Hi<br>there</p><p>Bye</p>"),
        ("a **b** c", "<p>a <strong>b</strong> c</p>"),
        ("an *odd* _one_", "<p>an <em>odd</em> <em>one</em></p>"),
        ("**a *b* c**", "<strong>a </strong><strong><em>b</em></strong><strong> c</strong>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("[here](https://a.example/b)", '<p><a href="https://a.example/b">here</a></p>'),
        (
            "see https://a.example/b_c_d.",
            '<a href="https://a.example/b_c_d">https://a.example/b_c_d</a>.</p>',
        ),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b\n   more\n\nend", "<ol><li>a</li><li>b<br>more</li></ol><p>end</p>"),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("3) a", '<ol start="3"><li>a</li></ol>'),
        ("> a\n> b\n\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        ("## Head", "<h3>Head</h3>"),
        ("```\na < b\n*c*\n```", "<pre><code>a &lt; b\n*c*</code></pre>"),
        ("\\*not\\*", "<p>*not*</p>"),
    ],
)
def test_what_it_becomes(text: str, made: str) -> None:
    assert made in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4 and 5 * 6 * 7",
        "snake_case_name and __init__.py",
        "#41 is solved",
        "Thanks\n---\nSam",
        "Kind regards\n===",
        "    four blanks",
        "<b>bold</b>",
        "C:\\dir\\file",
        "a > b",
        "*** stars",
        "![x] (y)",
        "[1] see",
        "[x](javascript:alert(1))",
        "[x](file.md)",
        "mail a_b_c@d.example",
        "call *#06#",
        "```\nnever closed",
        "5* hotel and 4* hotel",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    blocks = read_markdown(text)
    assert not is_formatted(blocks)
    shown = re.sub("</?p>", "", markdown_html(blocks).replace("<br>", "\n"))
    assert unescape(shown) == text


def test_a_plain_text_with_an_address_needs_no_html() -> None:
    assert not is_formatted(read_markdown("See https://a.example/b.\n\nSam"))
    assert is_formatted(read_markdown("See [b](https://a.example/b)."))


def test_a_backslash_is_a_mark_too() -> None:
    assert is_formatted(read_markdown("\\*not\\*"))


def test_no_html_and_no_placeholder_gets_through() -> None:
    made = html('<script>x</script> {{ticket.id}} [a](https://b.example/"onclick=x) **{%x%}**')
    assert "<script" not in made and "{" not in made and "}" not in made and '"onclick' not in made
    assert html_to_text(html("**{{ticket.id}}**")).strip() == "{{ticket.id}}"


@given(st.one_of(st.text(), st.text(alphabet="*_`[]()>#-1. \n<ab{https://\\", max_size=300)))
def test_no_text_breaks_it_and_its_tags_are_balanced(text: str) -> None:
    made = html(text)
    stack: list[str] = []
    for closing, tag in re.findall(r"<(/?)([a-z]\w*)[^>]*>", made):
        if tag == "br":
            continue
        if closing:
            assert stack.pop() == tag
        else:
            stack.append(tag)
    assert not stack
    words = re.findall(r"[^\W\d_]+", text)
    assert all(word in made or "http" in text for word in words if not text.startswith(("`", "~")))


@pytest.mark.parametrize("piece", ["**a", "*a ", "[a", "`a", "> ", "- a\n", "__", "https://", "[a](b", "\\"])
def test_long_texts_take_no_long_time(piece: str) -> None:
    began = time.process_time()
    html(piece * (MOST_FORMATTED // len(piece)))
    assert time.process_time() - began < 2
    assert not is_formatted(read_markdown("**a**" * MOST_FORMATTED))
