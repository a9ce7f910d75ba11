"""When a ticket shall come back, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.errors import UsageError
from agentconsole.domain.snooze import read_snooze
from agentconsole.domain.times import DAY, HOUR, MINUTE, instant_of, moment_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = instant_of(datetime(2026, 11, 25, 15, 20, tzinfo=BERLIN))
"""A Wednesday afternoon."""


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("tomorrow 9:00", "2026-11-26 09:00"),
        ("tomorrow", "2026-11-26 09:00"),
        ("Tomorrow at 14", "2026-11-26 14:00"),
        ("tomorrow 8", "2026-11-26 08:00"),
        ("tomorrow afternoon", "2026-11-26 14:00"),
        ("day after tomorrow noon", "2026-11-27 12:00"),
        ("in 3 hours", "2026-11-25 18:20"),
        ("3h", "2026-11-25 18:20"),
        ("1h30", "2026-11-25 16:50"),
        ("1 h 30 m", "2026-11-25 16:50"),
        ("half an hour", "2026-11-25 15:50"),
        ("in four hours", "2026-11-25 19:20"),
        ("twelve days at 10:30", "2026-12-07 10:30"),
        ("an hour", "2026-11-25 16:20"),
        ("90 minutes", "2026-11-25 16:50"),
        ("monday", "2026-11-30 09:00"),
        ("mon 14:30", "2026-11-30 14:30"),
        ("tue", "2026-12-01 09:00"),
        ("next tue", "2026-12-01 09:00"),
        ("next thu", "2026-12-03 09:00"),
        ("thu", "2026-11-26 09:00"),
        ("wednesday", "2026-12-02 09:00"),
        ("next week", "2026-11-30 09:00"),
        ("weekend", "2026-11-28 09:00"),
        ("next month", "2026-12-01 09:00"),
        ("2 weeks", "2026-12-09 09:00"),
        ("in 2 weeks 16:00", "2026-12-09 16:00"),
        ("1 month", "2026-12-25 09:00"),
        ("3 days", "2026-11-28 09:00"),
        ("30 Nov", "2026-11-30 09:00"),
        ("Nov 30, 8:15", "2026-11-30 08:15"),
        ("30th of November", "2026-11-30 09:00"),
        ("30.11.", "2026-11-30 09:00"),
        ("1/12", "2026-12-01 09:00"),
        ("3 March", "2027-03-03 09:00"),
        ("29 feb", "2028-02-29 09:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00", "2026-12-01 14:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("17:00", "2026-11-25 17:00"),
        ("9am", "2026-11-26 09:00"),
        ("12am", "2026-11-26 00:00"),
        ("tonight", "2026-11-25 18:00"),
        ("evening", "2026-11-25 18:00"),
    ],
)
def test_words_are_understood(text: str, then: str) -> None:
    understood = read_snooze(text, now=NOW, zone=BERLIN)
    assert f"{moment_of(understood, BERLIN):%Y-%m-%d %H:%M}" == then


@pytest.mark.parametrize(
    "text",
    ["", "  ", "soon", "tomorrow 25:00", "31 feb", "today 9:00", "2020-01-01", "in", "0 days", "0h", "13pm",
     "999999 weeks", "99999 days", "next", "9", "tomorrow tomorrow", "-3 hours", "1e3 h", "٣ hours ٣",
     "9999-12-31", "0000-01-01"],
)  # fmt: skip
def test_what_is_no_time_to_come_is_told(text: str) -> None:
    with pytest.raises(UsageError):
        read_snooze(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize("text", ["yesterday", "yesterday 23:00", "today 1:00", "2020-01-01"])
def test_what_has_passed_is_said_to_have_passed(text: str) -> None:
    with pytest.raises(UsageError, match="has passed"):
        read_snooze(text, now=NOW, zone=BERLIN)


def test_days_keep_their_hour_when_the_clocks_change() -> None:
    before = instant_of(datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN))
    assert moment_of(read_snooze("tomorrow 9:00", now=before, zone=BERLIN), BERLIN).hour == 9
    assert read_snooze("in 24 hours", now=before, zone=BERLIN) == before + DAY


@given(
    now=st.integers(1_577_836_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    zone=st.sampled_from(
        [ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")]
    ),
    ahead=st.integers(1, 3000),
)
def test_every_date_and_span_reads_back(now: datetime, zone: ZoneInfo, ahead: int) -> None:
    at = instant_of(now)
    day = moment_of(at, zone).date() + timedelta(days=ahead)
    for text in (f"{day:%Y-%m-%d}", f"in {ahead} days", f"{day.day} {day:%B} {day.year}", f"{day:%d.%m.%Y}"):
        understood = moment_of(read_snooze(text, now=at, zone=zone), zone)
        assert (understood.date(), understood.hour) == (day, 9), text
    assert read_snooze(f"{ahead} min", now=at, zone=zone) == at + ahead * MINUTE
    assert read_snooze(f"{ahead}h", now=at, zone=zone) == at + ahead * HOUR


@given(text=st.text(max_size=30) | st.from_regex(r"[a-z0-9:./ -]{1,20}", fullmatch=True))
def test_any_text_is_a_time_to_come_or_a_sentence(text: str) -> None:
    try:
        assert read_snooze(text, now=NOW, zone=BERLIN) > NOW
    except UsageError as error:
        assert error.sentence.endswith(".")
