"""Instants: any time that a server sends can be read, kept and shown."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from agentconsole.domain.times import format_instant, moment_of, parse_instant

ZONES = [ZoneInfo(name) for name in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York")]


@pytest.mark.parametrize(
    "spelled",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_the_ends_of_time_can_be_shown_in_every_zone(spelled: str) -> None:
    instant = parse_instant(spelled)
    assert {moment_of(instant, zone).year for zone in ZONES} <= {1, 9999}
    assert parse_instant(format_instant(instant)) == instant
