from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings

from agentconsole.text.cleaning import MAX_COMBINING_MARKS, clean_line, clean_text
from tests.unit.text.strategies import foreign_text

# Format characters that are drawn (Arabic number signs and their kin) and so may stay.
DRAWN_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


@settings(max_examples=600, deadline=None)
@given(foreign_text)
def test_nothing_that_steers_a_terminal_is_left_and_cleaning_again_changes_nothing(text: str) -> None:
    cleaned = clean_text(text)
    for char in cleaned:
        category = unicodedata.category(char)
        assert char == "\n" or category not in {"Cc", "Cs", "Zl", "Zp"}, hex(ord(char))
        assert category != "Cf" or char in "\u200c\u200d" or ord(char) in DRAWN_FORMATS, hex(ord(char))
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean_line(clean_line(text)) == clean_line(text)
    assert "\n" not in clean_line(text)
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;aGk=\x1b\\after", "after"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b\x1b[0m[0m", "[0m"),
        ("\x1b(0lqk", "lqk"),
        ("bell\x07 back\x08 nul\x00 del\x7f", "bell back nul del"),
        ("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\tb", "a   b"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066hidden\u2069 \u200eL\u200fR\u061cA", "hidden LRA"),
        ("pay\u200bpal \ufeffx\u00ady \u2060z", "paypal xy z"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("\u3164\u115fblank", "blank"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("pair \ud83d\ude00", "pair \U0001f600"),
        ("e\u0301", "\u00e9"),
        ("e\u200d\u0301", "\u00e9"),
        ("no\u00a0break", "no break"),
        ("\ufdd0\U0001ffff", "\ufffd\ufffd"),
    ],
)
def test_known_tricks(given_text: str, expected: str) -> None:
    assert clean_text(given_text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, naïve, Ελληνικά, עברית, 你好，世界, 한국어, ไทย",
        "family 👩‍👩‍👧 heart ❤️ keycap 1️⃣ skin 👍🏽 flag 🇮🇪",
        "می‌خواهم",
        "क्‍ष",
        "line one\n\nline two",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text", ["a\u200db", "x\u200cy", "abc\ufe0f", "\u200d\u200d", "❤\u200d", "❤\ufe0f\ufe0f\u200d!"]
)
def test_joiners_out_of_place_go(text: str) -> None:
    assert "\u200c" not in clean_text(text)
    assert "\u200d" not in clean_text(text)
    assert clean_text(text).count("\ufe0f") <= 1


def test_stacked_marks_are_capped() -> None:
    cleaned = clean_text("z" + "\u0335\u0489" * 50 + "algo")
    marks = sum(unicodedata.category(char)[0] == "M" for char in cleaned)
    assert marks == MAX_COMBINING_MARKS
    assert cleaned.startswith("z")
    assert cleaned.endswith("algo")


def test_one_line() -> None:
    assert clean_text("a\nb", keep_newlines=False) == "a b"
    assert clean_line("  Re:\u00a0 \r\n lost\tcard \n") == "Re: lost card"
    assert clean_line("") == ""


@pytest.mark.parametrize(
    "piece", ["\x1b]", "\x1b[1", "\u200d\ufe0f", "\u0301", "❤\u200d", "\u0627\u200c", "\x9d;"]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    # Quadratic work on this much would take minutes; the suite's timeout is the judge.
    clean_text("x" + piece * 150_000)
