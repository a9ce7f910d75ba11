from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentconsole.text.cleaning import clean_text
from agentconsole.text.html import CUT_NOTICE, MAX_HTML_LENGTH, html_to_text
from tests.unit.text.strategies import foreign_text

_TAGS = st.sampled_from(
    "<p> </p> <div> </div> <blockquote> </blockquote> <table> <tr> <td> </td> </tr> </table>"
    " <ul> <ol> <li> </ul> <pre> </pre> <a\thref='https://x.example/?a=b'>"
    " <a\thref='http://[::1'> </a> <br> <img\talt='pic'> <!-- --> <script> </script> <svg> &amp;"
    " &#27; &#xd800; &#0; &nbsp; <p\tstyle='display:none'> <b> </b> < > <? ]]> <![CDATA[".split(" ")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_TAGS, foreign_text), max_size=20).map("".join))
@example("<p>a\u0338</p>\u0338")
def test_any_markup_gives_clean_text(html: str) -> None:
    text = html_to_text(html)
    assert clean_text(text) == text
    assert text == text.strip("\n")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("<!-- nothing -->", ""),
        ("<p>Hello <b>Sam</b>,</p><p>second</p>", "Hello Sam,\n\nsecond"),
        ("a<br>b", "a\nb"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<ul><li>one</li><li>two<ol><li>a</li></ol></li></ul>", "* one\n* two\n  1. a"),
        ("<p>x</p><pre>  a\n   b</pre>", "x\n\n  a\n   b"),
        ("<script>alert(1)</script><style>p{}</style><p>seen</p><title>t</title>", "seen"),
        ("<p style='display: none'>hidden</p><p>seen</p><p hidden>x</p>", "seen"),
        ("<p style='font-size:0.9em'>seen</p>", "seen"),
        ("<img src=x alt='Our logo'>", "[image: Our logo]"),
        ("<img alt='🙂'>", "🙂"),
        ("<img src=t width=1 height=1 alt='open me'>", ""),
        ("<p>1 &lt; 2 &amp;&amp; 3 &gt; 2</p>", "1 < 2 && 3 > 2"),
        ("a < b", "a < b"),
        ("<?xml version='1.0' encoding='utf-16'?><p>hi</p>", "hi"),
        ("unclosed <b>bold <i>both", "unclosed bold both"),
    ],
)
def test_readable(html: str, expected: str) -> None:
    assert html_to_text(html) == expected


def test_a_table_that_lists_things_keeps_its_columns() -> None:
    html = "<table><tr><th>Item</th><th>Qty</th></tr><tr><td>Card</td><td>2</td></tr></table>"
    assert html_to_text(html) == "Item  Qty\nCard  2"


def test_a_table_for_layout_becomes_blocks() -> None:
    inner = "<table><tr><td>left</td><td>right</td></tr></table>"
    html = f"<table><tr><td>{inner}</td><td><p>other</p></td></tr></table>"
    assert [line.split() for line in html_to_text(html).split("\n") if line] == [["left", "right"], ["other"]]
    wide = f"<table><tr><td>{'word ' * 30}</td><td>{'more ' * 30}</td></tr></table>"
    assert "word more" not in html_to_text(wide)


def test_a_wide_table_with_a_head_becomes_a_line_a_row() -> None:
    html = "<table><thead><tr><th>Reason</th><th>What to do</th></tr></thead><tbody>"
    html += f"<tr><td>Frozen</td><td>Unfreeze {'it ' * 40}</td></tr></tbody></table>after"
    assert html_to_text(html) == f"Reason | What to do\nFrozen | Unfreeze {'it ' * 39}it\n\nafter"


def test_block_quotes_are_set_off_by_depth() -> None:
    html = "On Monday, Bob wrote:<blockquote>Hi<br>there<blockquote>deep</blockquote>again</blockquote>me"
    assert html_to_text(html) == "On Monday, Bob wrote:\n> Hi\n> there\n> > deep\n> again\nme"


def test_foreign_text_can_not_forge_a_quote() -> None:
    assert html_to_text("<p>&#xe0f0;mine</p><p>also</p>") == "mine\n\nalso"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<a href='https://x.example/a?b=1&amp;c=2'>here</a>", "here <https://x.example/a?b=1&c=2>"),
        ("<a href='https://x.example/'>https://x.example/</a>", "https://x.example/"),
        ("<a href='https://x.example/'>x.example</a>", "x.example"),
        (
            "<a href='https://evil.example/'>https://bank.example/</a>",
            "https://bank.example/ <https://evil.example/>",
        ),
        ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example"),
        ("<a href='mailto:a@b.example'>write</a>", "write <mailto:a@b.example>"),
        ("<a href='javascript:alert(1)'>click</a>", "click"),
        ("<a href='data:text/html,x'>click</a>", "click"),
        ("<a href='/relative'>click</a>", "click"),
        ("<a href='#anchor'>click</a>", "click"),
        ("<a href='https://x.example/p'><img src=i></a>", "<https://x.example/p>"),
    ],
)
def test_links_show_where_they_lead(html: str, expected: str) -> None:
    assert html_to_text(html) == expected


def test_absurd_depth_keeps_the_words() -> None:
    text = html_to_text("<div>" * 5000 + "deep" + "</div>" * 5000 + "tail")
    assert text.split() == ["deep", "tail"]
    assert "deep" in html_to_text("<blockquote>" * 1500 + "deep")


def test_what_is_too_long_is_cut_and_says_so() -> None:
    text = html_to_text("<p>word</p>" * (MAX_HTML_LENGTH // 10))
    assert text.endswith(CUT_NOTICE)
    assert text.startswith("word\n\nword")


@pytest.mark.parametrize(
    "piece", ["<a href='http://x.y'>z", "<table><tr><td>", "<b>x", "<ul><li>x", "<!--", "<p ", "&", "<td>a"]
)
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    html_to_text(piece * 15_000)
