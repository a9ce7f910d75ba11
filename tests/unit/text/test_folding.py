from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentconsole.text.folding import fold
from tests.unit.text.strategies import foreign_text, message_lines


@settings(max_examples=400, deadline=None)
@given(st.one_of(foreign_text, message_lines.map("\n".join), message_lines.map("\r\n".join)))
def test_parts_joined_give_the_text_back(text: str) -> None:
    folded = fold(text)
    assert "".join(part.text for part in folded.parts) == text
    assert all(part.text for part in folded.parts)
    kinds = [part.kind for part in folded.parts]
    assert all(a != b for a, b in itertools.pairwise(kinds))
    if text.strip():
        assert folded.body or not any(part.text.strip() for part in folded.parts if part.kind == "body")
        assert folded.body


def kinds_of(text: str) -> list[tuple[str, str]]:
    return [(part.kind, part.text.strip()) for part in fold(text).parts]


@pytest.mark.parametrize(
    "header",
    [
        "On Mon, 3 Nov 2026 at 10:00, Support <s@x.example> wrote:",
        "On 3 Nov 2026, at 10:00,\nSupport <s@x.example> wrote:",
        "Am 03.11.26 um 10:00 schrieb Support:",
        "Le lun. 3 nov. 2026 à 10:00, Support <s@x.example> a écrit :",
        "El lun, 3 nov 2026 a las 10:00, Support (<s@x.example>) escribió:",
        "Il giorno lun 3 nov 2026 alle ore 10:00 Support ha scritto:",
        "Op ma 3 nov 2026 om 10:00 schreef Support:",
        "Em seg., 3 de nov. de 2026, Support escreveu:",
        "张三 于2026年11月3日周一 10:00写道：",
        "2026年11月3日(月) 10:00 Support <s@x.example>:",
        "2026년 11월 3일 (월) 오전 10:00, Support님이 작성:",
        "3 нояб. 2026 г., 10:00, Support написал(а):",
    ],
)
def test_quoted_history_in_many_languages(header: str) -> None:
    marked = f"It still fails.\n\n{header}\n> Hello\n>\n> did it work?"
    assert kinds_of(marked) == [
        ("body", "It still fails."),
        ("quote", f"{header}\n> Hello\n>\n> did it work?"),
    ]
    unmarked = f"It still fails.\n\n{header}\n\nHello\n\nRegards\nSupport"
    assert kinds_of(unmarked)[0] == ("body", "It still fails.")
    assert [kind for kind, _ in kinds_of(unmarked)] == ["body", "quote"]


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "-----Ursprüngliche Nachricht-----",
        "-----原始邮件-----",
        "From: Bob <b@x.example>\nSent: Monday\nTo: Ann\nSubject: hi",
        "Von: Bob <b@x.example>\nGesendet: Montag\nAn: Ann\nBetreff: hi",
        "发件人: 客服\n发送时间: 2026年11月3日\n收件人: 张三\n主题: 你好",
    ],
)
def test_history_below_a_separator(separator: str) -> None:
    assert kinds_of(f"See below.\n\n{separator}\n\nold") == [
        ("body", "See below."),
        ("quote", f"{separator}\n\nold"),
    ]


def test_answers_between_quoted_lines_stay_body() -> None:
    text = "> do you have the number?\nyes: 123\n> and the date?\nMonday"
    assert [kind for kind, _ in kinds_of(text)] == ["quote", "body", "quote", "body"]
    below = "On Mon, Ann wrote:\n> question\n\nmy answer"
    assert kinds_of(below)[-1] == ("body", "my answer")


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nBob Jones\nACME Ltd\n+353 1 555",
        "Best regards,\nAnn Smith\nACME Ltd",
        "Kind Regards\nAnn",
        "Thanks!\nBob",
        "Viele Grüße\nJens",
        "Mit freundlichen Grüßen\nJens Meier",
        "Cordialement,\nMarie",
        "Saludos,\nAna",
        "Sent from my iPhone",
        "Gesendet von meinem Telefon",
        "谢谢，\n张三",
    ],
)
def test_signatures(signature: str) -> None:
    assert kinds_of(f"It still fails.\n\n{signature}") == [
        ("body", "It still fails."),
        ("signature", signature),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, I tried that.\nBut it still fails.",
        "Thank you,\nI did it. It works now, but I still have one question about my order.",
        "My list:\n- one\n- two",
        "I fly\nFrom: Berlin\nTo: Paris\nplease help",
        "Take a look\nat /path\n/home/x here",
        "I wrote:\nsome stuff",
        "> nothing but a quote",
        "Regards,\nBob",
        "Totals: 5 > 3",
    ],
)
def test_what_only_looks_like_it_stays_body(text: str) -> None:
    assert fold(text).body == text


def test_empty() -> None:
    assert fold("").parts == ()
    assert fold("").body == ""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("On " + "x " * 75 + ":\n", 2000),
        ("x ", 100_000),
        (">\n\n", 50_000),
        (">\nx\n", 50_000),
        ("From: a\nx\n", 20_000),
        ("Regards,\n>\n", 20_000),
        ("--\n", 50_000),
    ],
)
def test_hostile_text_takes_linear_time(line: str, count: int) -> None:
    text = f"On {line * count}wrote:"
    assert "".join(part.text for part in fold(text).parts) == text
