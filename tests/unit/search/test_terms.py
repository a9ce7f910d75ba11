from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given

from agentconsole.search.highlights import SNIPPET_LENGTH, highlight_spans, snippet
from agentconsole.search.terms import STOP_WORDS, query_terms, tokens
from tests.unit.text.strategies import foreign_text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("C++ and c#", ("c++", "c#")),
        ("can't", ("cant",)),
        ("the card's PIN", ("card", "pin")),
        ("log-in", ("log", "login")),
        ("deliveries delivered", ("deliveri", "deliv")),
        ("error: 42", ("error", "42")),
        ("退款", ("退", "退款", "款")),
        ("USB线", ("usb", "线")),
        ("ＡＢＣ café Straße", ("abc", "cafe", "strass")),
        ("and or not", ("and", "or", "not")),
        ("", ()),
        ("?!*", ()),
    ],
)
def test_what_a_query_asks_for(query: str, expected: tuple[str, ...]) -> None:
    assert query_terms(query) == expected


@given(foreign_text)
def test_terms_are_bounded_and_stand_in_the_text(text: str) -> None:
    for term, start, end in tokens(text):
        assert 0 < len(term) <= 64
        assert 0 <= start < end <= len(text)
        assert not any(char.isspace() for char in term)


def test_stop_words_stay_when_there_is_nothing_else() -> None:
    assert query_terms("how to") == ("how", "to")
    assert "to" in STOP_WORDS


def test_highlights_are_joined_and_in_order() -> None:
    text = "Reset your passcode: passcodes and 退款申请"
    spans = highlight_spans(text, {"passcod", "退", "退款", "款"})
    assert [text[a:b] for a, b in spans] == ["passcode", "passcodes", "退款"]


def test_the_snippet_is_the_stretch_that_says_most() -> None:
    text = "refund " + "filler " * 200 + "your refund\n\nof the   card fee is here " + "filler " * 200
    found, spans = snippet(text, {"refund", "card", "fee"})
    assert [found[a:b] for a, b in spans] == ["refund", "card", "fee"]
    assert len(found) <= SNIPPET_LENGTH + 4
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert "\n" not in found


@given(foreign_text, foreign_text)
def test_spans_lie_in_their_text(text: str, query: str) -> None:
    terms = frozenset(query_terms(query)) | frozenset(query_terms(text[:5]))
    for shown, spans in ((text, highlight_spans(text, terms)), snippet(text * 20, terms)):
        ends = [0, *(place for span in spans for place in span), len(shown)]
        assert ends == sorted(ends)
        assert all(start < end for start, end in spans)


def test_naming_the_index_imports_no_whoosh() -> None:
    code = (
        "import sys, pathlib, agentconsole.search, agentconsole.search.knowledge as k;"
        "k.KnowledgeIndex(pathlib.Path('nowhere'));"
        "sys.exit(any(name.split('.')[0] in ('whoosh', 'rapidfuzz') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
