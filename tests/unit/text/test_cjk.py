from __future__ import annotations

from hypothesis import given

from agentconsole.text.cjk import has_cjk, split_cjk
from tests.unit.text.strategies import foreign_text


def test_runs_become_single_characters_and_pairs() -> None:
    assert split_cjk("退款申请").split() == ["退", "退款", "款", "款申", "申", "申请", "请"]
    assert split_cjk("USB线 broke").split() == ["USB", "线", "broke"]
    assert split_cjk("カード").split() == ["カ", "カー", "ー", "ード", "ド"]
    assert split_cjk("카드").split() == ["카", "카드", "드"]


def test_other_text_is_untouched() -> None:
    assert split_cjk("Grüße, мир! 100 €") == "Grüße, мир! 100 €"


def test_has_cjk() -> None:
    assert has_cjk("order 退款")
    assert not has_cjk("order Größe €")


@given(foreign_text)
def test_loses_nothing(text: str) -> None:
    rest = "".join(split_cjk(text).split())
    assert set("".join(text.split())) == set(rest)
