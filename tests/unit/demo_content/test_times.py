from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentconsole.demo.content import clock_face
from agentconsole.demo.content.chance import generator, rank_by_weight


@given(st.integers(1_600_000_000, 2_000_000_000), st.integers(0, 10_000))
def test_working_hours_are_later_and_by_day(moment: int, seed: int) -> None:
    found = clock_face.in_working_hours(moment, generator(seed, "test"))
    assert moment <= found < moment + 14 * 3600
    assert 7 <= found % 86_400 // 3600 < 20


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 300), st.integers(1_700_000_000, 1_900_000_000))
def test_moments_ascend_within_the_history(count: int, now: int) -> None:
    found = list(clock_face.moments(count, now, generator(1, "test")))
    assert len(found) == count
    assert found == sorted(found)
    assert all(now - 426 * 86_400 <= moment < now for moment in found)


@pytest.mark.parametrize(("text", "seconds"), [("-40m", 2400), ("-1d3h", 97_200), ("-2h5m", 7500)])
def test_offsets(text: str, seconds: int) -> None:
    assert clock_face.offset(text) == seconds


@pytest.mark.parametrize("text", ["", "-", "40m", "-3", "-3h2d"])
def test_other_offsets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        clock_face.offset(text)


def test_dates_as_people_write_them() -> None:
    moment = 1_793_700_740
    assert clock_face.day_and_month(moment) == "3 November"
    assert clock_face.mail_date(moment) == "Tue, 3 Nov 2026 at 10:12"
    assert clock_face.chinese_date(moment) == "11月3日"
    assert clock_face.iso_date(moment) == "2026-11-03"


def test_ranks_prefer_weight() -> None:
    chosen = rank_by_weight(generator(2, "test"), [0.001] * 500 + [10.0] * 20, 20)
    assert len(chosen) == 20
    assert sum(position >= 500 for position in chosen) >= 15
