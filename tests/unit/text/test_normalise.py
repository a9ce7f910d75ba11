from __future__ import annotations

import html

import pytest
from hypothesis import given

from agentconsole.text.normalise import normalise_for_match
from tests.unit.text.strategies import foreign_text

SENT = 'Hi Ann,\n\nyour refund of 5 € & more is <b>on</b> its way: "soon".\n\n-- \nBob'


@pytest.mark.parametrize(
    "returned",
    [
        SENT,
        SENT.replace("\n", "\r\n"),
        SENT.replace("-- \n", "--\n"),
        SENT + "\n\n ",
        html.escape(SENT, quote=True),
        SENT.replace(" ", "\u00a0"),
        SENT.replace("\n", "<br>\n"),
        SENT.replace("soon", '<a href="https://x.example/">soon</a>'),
        html.escape(html.escape(SENT)),
        "<p>" + SENT.replace("\n\n", "</p><p>") + "</p>",
    ],
)
def test_a_helpdesks_copy_is_recognised(returned: str) -> None:
    assert normalise_for_match(returned) == normalise_for_match(SENT)


@pytest.mark.parametrize(
    "other", [SENT.replace("refund", "Refund"), SENT.replace("5", "6"), SENT + " x", SENT.replace(".", "")]
)
def test_another_text_is_not(other: str) -> None:
    assert normalise_for_match(other) != normalise_for_match(SENT)


def test_composition_does_not_matter() -> None:
    assert normalise_for_match("cafe\u0301") == normalise_for_match("caf\u00e9")


@given(foreign_text)
def test_total(text: str) -> None:
    assert normalise_for_match(text) == normalise_for_match(text + "\r\n")
