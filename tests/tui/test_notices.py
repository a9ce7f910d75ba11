"""Notifications: told in passing and in a list, rung where wanted, never in floods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentconsole.config import NotificationSettings, Paths, parse_config
from agentconsole.desk import tickets
from agentconsole.domain.tickets import RemoteTicket
from agentconsole.domain.times import DAY, MINUTE
from agentconsole.helpdesks.base import Thread
from agentconsole.tui import foreign
from tests.tui import profile
from tests.tui.conftest import Running, Start


def with_jo() -> list[RemoteTicket]:
    """Tickets that are Jo's."""
    return [
        profile.ticket(60 + number, assignee=profile.JO, subject=f"Question {number}", requester="502")
        for number in range(12)
    ]


def to_me(one: RemoteTicket) -> RemoteTicket:
    return replace(one, fields={**one.fields, "assignee": profile.ME}, stamp=one.stamp + 1)


def others(running: Running) -> list[RemoteTicket]:
    profile.fill(running.desk.paths, with_jo())
    return with_jo()


async def ready(running: Running) -> None:
    await running.settle()
    await running.until(lambda: running.main.notices._ready)


async def test_a_ticket_that_is_given_to_me_is_told_and_listed_and_opens(console: Start) -> None:
    async with console() as running:
        await ready(running)
        one = others(running)[0]
        profile.fill(running.desk.paths, [to_me(one)])
        await running.until(lambda: any("#60 was assigned to you" in said for said in running.notices()))
        await running.until(lambda: "1 new · i" in running.screen_text())
        await running.press("i")
        await running.until(lambda: "What has happened meanwhile" in running.screen_text())
        assert "#60 was assigned to you: Question 0" in running.screen_text()
        await running.press("enter")
        await running.until(lambda: running.main.detail is not None)
        assert running.main.detail is not None and running.main.detail.row.remote_id == "60"
        assert "1 new" not in running.screen_text()


async def test_what_slept_or_was_solved_when_the_console_began_was_mine_already(console: Start) -> None:
    def asleep(paths: Paths) -> None:
        profile.standard(paths)
        profile.fill(paths, [profile.ticket(59, subject="Solved", status="solved")])
        with profile.open_profile(paths.home) as desk:
            desk.writer.snooze({tickets.resolve(desk, "#41"): profile.NOW + DAY})

    async with console(fill=asleep) as running:
        await ready(running)
        one, solved = profile.standard_tickets()[0], profile.ticket(59, subject="Solved", status="open")
        for changed in (replace(one, stamp=one.stamp + 1), replace(solved, stamp=solved.stamp + 1)):
            profile.fill(running.desk.paths, [changed])
        profile.fill(running.desk.paths, [to_me(others(running)[0])])
        await running.until(lambda: any("#60 was assigned to you" in said for said in running.notices()))
        assert not [said for said in running.notices() if "#41" in said or "#59" in said]


async def test_twelve_at_once_are_one_sentence(console: Start) -> None:
    async with console() as running:
        await ready(running)
        profile.fill(running.desk.paths, [to_me(one) for one in others(running)])
        await running.until(lambda: "12 tickets were assigned to you." in running.notices())
        assert not any("#60 was" in said for said in running.notices())
        assert len(running.main.notices.kept) == 12


async def test_an_answer_is_told_and_rings_only_where_wanted(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console() as running:
        await ready(running)
        rung: list[bool] = []
        monkeypatch.setattr(running.app, "bell", lambda: rung.append(True))
        answer = profile.message(9, 41, text="Any news?", at=profile.NOW + MINUTE)
        ticket = replace(profile.standard_tickets()[0], stamp=profile.NOW, updated_at=profile.NOW)
        profile.fill(
            running.desk.paths, [ticket], [Thread(ticket, (*profile.THREAD_41, answer), profile.PEOPLE)]
        )
        await running.until(lambda: any("#41 was answered by Mara Klein" in one for one in running.notices()))
        assert rung == []


async def test_a_near_deadline_is_told_and_rings(console: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console() as running:
        await ready(running)
        rung: list[bool] = []
        monkeypatch.setattr(running.app, "bell", lambda: rung.append(True))
        running.clock.instant = profile.NOW + 11 * MINUTE
        running.main.notices.tick()
        running.main.notices.tick()
        await running.until(lambda: any("#41 is due in 14 min" in one for one in running.notices()))
        assert rung == [True]


async def test_undisturbed_things_are_only_collected(console: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console() as running:
        await ready(running)
        rung: list[bool] = []
        monkeypatch.setattr(running.app, "bell", lambda: rung.append(True))
        await running.press("I")
        await running.until(lambda: "do not disturb" in running.screen_text())
        running.clock.instant = profile.NOW + 11 * MINUTE
        running.main.notices.tick()
        assert not [one for one in running.notices() if "due in" in one] and rung == []
        assert [one.kind for one in running.main.notices.kept] == ["due"]
        await running.press("I")
        await running.until(lambda: "do not disturb" not in running.screen_text())


async def test_my_own_doing_is_not_told(console: Start) -> None:
    async with console() as running:
        await ready(running)
        others(running)
        from agentconsole.desk import tickets
        from agentconsole.domain.changes import FieldChange

        one = tickets.resolve(running.desk, "#60")
        tickets.set_fields(running.desk, [one], [FieldChange("assignee", profile.ME)])
        running.main.pulse.look_now()
        await running.settle()
        await running.until(lambda: not running.main.notices._reading)
        assert not running.main.notices.kept


async def test_hostile_subjects_do_no_harm_in_a_notice(console: Start) -> None:
    async with console() as running:
        await ready(running)
        one = to_me(others(running)[0])
        profile.fill(running.desk.paths, [profile.with_text(one, subject=profile.hostile())])
        await running.until(lambda: any("#60 was assigned" in said for said in running.notices()))
        await running.press("i")
        await running.until(lambda: "What has happened meanwhile" in running.screen_text())
        assert "\x1b" not in running.screen_text() and "\u202e" not in running.screen_text()
        assert "[@click=app.quit]" in running.screen_text() or "[/]" in running.screen_text()


def test_settings_are_read_and_wrong_ones_told() -> None:
    text = '[notifications]\nassigned = "off"\ndue = "loud"\ndo_not_disturb = "22:00-07:00"\n'
    config = parse_config(text, "c.toml")
    settings = config.notifications
    assert (settings.assigned, settings.due) == ("off", "bell")
    assert [problem.line for problem in config.problems] == [3]
    assert settings.quiet_at(23, 0) and settings.quiet_at(6, 59)
    assert not settings.quiet_at(7, 0) and not settings.quiet_at(12, 0)
    assert NotificationSettings(do_not_disturb="12:00-13:00").quiet_at(12, 30)
    assert not NotificationSettings().quiet_at(0, 0)
    wrong = parse_config('[notifications]\ndo_not_disturb = "night"\n', "c.toml")
    assert wrong.notifications.do_not_disturb == "" and "22:00-07:00" in wrong.problems[0].sentence


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_a_dialogs_answers_are_never_covered(console: Start, size: tuple[int, int]) -> None:
    async with console(size=size) as running:
        await running.press("enter", "r")
        await running.burst("Dear Anna, see the attached file, card 4111 1111 1111 1111")
        told = "so long that it takes several lines, each of which would cover what can be answered below"
        foreign.tell(running.app, f"Before the menu: {told}")
        await running.press("ctrl+s")
        foreign.tell(running.app, f"Behind the menu: {told}", severity="error")
        last = "Behind the menu: so long"
        await running.until(lambda: last in running.screen_text().splitlines()[-1])
        text = running.screen_text()
        for word in ("Send this public reply", "It greets", "status stays", "as solved", "goes to its place"):
            assert word in text, word
        assert text.splitlines()[-1].rstrip().endswith("…"), "one line each"
        await running.press("escape")
        await running.until(lambda: "takes several lines" in running.screen_text())
