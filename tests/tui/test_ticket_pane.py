"""The ticket pane: changes, fields, files, what is new, finding, links, and text of every script."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agentconsole.config import KeySettings, Paths
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.messages import FieldChange, RemoteAttachment, RemoteMessage
from agentconsole.domain.times import HOUR, MINUTE
from agentconsole.domain.views import TicketDetail
from agentconsole.helpdesks.base import Thread
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.text.links import host_of, links_in
from agentconsole.tui import foreign
from agentconsole.tui.flows import links as links_flow
from agentconsole.tui.keymap import build_keymap
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.line import LineDialog
from agentconsole.tui.screens.picker import Picker
from agentconsole.tui.thread_lines import Look, search_pattern, thread_shape
from agentconsole.tui.widgets.ticket_header import TicketHeader, state_runs
from agentconsole.tui.wrapping import belongs_to_last, wrap_text
from tests.tui import profile
from tests.tui.conftest import Running, Start

KEYS = build_keymap(KeySettings())

CLUSTERS = ("👩‍👩‍👧", "🇩🇪", "🇫🇷", "❤️", "👍🏽", "é", "e\u0301", "क्षि", "中", "字", "한", "ا", "ש", "a", " ")


def event(number: int, text: str, *, author: str = profile.JO, at: int) -> RemoteMessage:
    return replace(profile.message(number, 41, author=author, kind="event", text=text, at=at), channel="")


AT = profile.NOW - 2 * HOUR

BUSY = (
    *profile.THREAD_41,
    event(11, "Status: new → open\nPriority: normal → high", at=AT),
    event(12, "Group: Orders → Cards", author=profile.ME, at=AT + MINUTE),
    profile.message(
        13,
        41,
        at=AT + 2 * MINUTE,
        text="The letter is at https://bank.example/letters/7 and http://bank.example@evil.example/x).\n\n"
        "家人 👩‍👩‍👧 🇩🇪 مرحبا بالعالم شكرا جزيلا\n\nMara\n\n"
        "On Fri, 6 Nov 2026 at 09:12, Brightcart <help@brightcart.example> wrote:\n> the zebra clause\n",
        attachments=(
            RemoteAttachment("a2", "../../inv\u202efdp.exe", "application/pdf", 12, "http://127.0.0.1:9/2"),
            RemoteAttachment("a3", "worm.zip", "application/zip", 9, "http://127.0.0.1:9/3", malware=True),
        ),
    ),
    event(14, "Tags: +refund", at=AT + 3 * MINUTE),
)  # fmt: skip

KEYED = replace(
    event(15, "", author=profile.ME, at=AT + 4 * MINUTE),
    author=None,
    changes=(
        FieldChange("assignee", None, profile.JO),
        FieldChange("subject", "字" * 40, "[@click=app.quit]x[/] \x1b[2Jy"),
        FieldChange("custom:3601", "topic_card", None),
    ),
)
"""What the system changed, told in keys."""


def busy(paths: Paths) -> None:
    """The usual profile, with more in the thread of #41."""
    tickets = profile.standard_tickets()
    tickets[0] = profile.with_text(tickets[0], **{"custom:3601": "topic_card"})
    profile.fill(paths, tickets, [Thread(tickets[0], BUSY, profile.PEOPLE)])


def detail_of(home: Path) -> TicketDetail:
    with profile.open_profile(home) as desk:
        [ticket_id] = desk.reader.find_ticket(None, "41")
        return open_ticket(desk, ticket_id)


@pytest.fixture
def detail(tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]) -> TicketDetail:
    return detail_of(Path(shutil.copytree(filled(busy), tmp_path / "copy")))


def text_of(detail: TicketDetail, look: Look, width: int = 80) -> str:
    shape = thread_shape(detail, width, lambda: profile.NOW, UTC, KEYS, look)
    return "\n".join("".join(text for text, _ in line.runs) for line in shape.lines)


async def open_41(running: Running) -> None:
    await running.press("j", "enter")
    assert running.main.detail is not None and running.main.detail.row.remote_id == "41"
    await running.until(lambda: "Topic Card payment" in running.screen_text())


async def type_line(running: Running, key: str, text: str) -> None:
    await running.press(key)
    await running.until(lambda: isinstance(running.app.screen, LineDialog))
    await running.burst(text + "\r")


# What changed, and fields


def test_changes_in_a_row_are_folded_into_one_line_and_a_single_one_is_shown(detail: TicketDetail) -> None:
    folded = text_of(detail, Look())
    assert "⋯ 3 changes by Jo Park, Sam Okoye" in folded and "Status: new" not in folded
    assert "Jo Park: Tags: +refund" in folded
    unfolded = text_of(detail, Look(unfolded=True))
    assert "Jo Park: Status: new → open" in unfolded and "Sam Okoye: Group: Orders → Cards" in unfolded
    assert "changes by" not in unfolded


def test_a_long_change_takes_a_line_until_it_is_unfolded(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]
) -> None:
    def keyed(paths: Paths) -> None:
        tickets = profile.standard_tickets()
        profile.fill(paths, tickets, [Thread(tickets[0], (*profile.THREAD_41, KEYED), profile.PEOPLE)])

    home = tmp_path / "keyed"
    shutil.copytree(filled(keyed), home)
    detail = detail_of(home)
    [folded] = [line for line in text_of(detail, Look()).splitlines() if line.startswith("the system: ")]
    assert folded.startswith("the system: Assignee: – → Jo Park · Subject: 字")
    assert "Topic" not in folded and cell_len(folded) <= 76 and folded.endswith("…   13:04")
    unfolded = " ".join(text_of(detail, Look(unfolded=True)).split())
    assert "→ [@click=app.quit]x[/] y · Topic: Card payment → –" in unfolded


def test_what_changed_with_a_message_needs_no_name_again(detail: TicketDetail) -> None:
    *others, last, event = detail.messages
    event = replace(event, author=last.author, created_at=last.created_at)
    text = text_of(replace(detail, messages=(*others, last, event)), Look())
    assert "Tags: +refund\n" in text and f"{last.author}: Tags" not in text


def test_filled_fields_are_told_by_their_labels_folded_or_not(detail: TicketDetail) -> None:
    assert text_of(detail, Look()).splitlines()[0].startswith("⋯ 1 field: Topic Card payment")
    assert text_of(detail, Look(unfolded=True)).splitlines()[0] == "Topic: Card payment"


def test_changes_are_no_last_message_that_a_reply_could_have_seen(detail: TicketDetail) -> None:
    assert detail.last_message == "13"


def test_the_head_of_a_message_tells_time_and_age(detail: TicketDetail) -> None:
    assert "email · 13:02 · 1h" in text_of(detail, Look())


def test_files_are_named_safely_with_size_and_type(detail: TicketDetail) -> None:
    text = text_of(detail, Look())
    assert "▤ invfdp.exe  12 B · application/pdf" in text and "worm.zip" in text and "malware" in text
    assert "\u202e" not in text


async def test_a_key_unfolds_all_and_folds_it_again(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await running.press("o", "g")
        assert "Topic: Card payment" in running.screen_text()
        await running.press("o")
        assert "⋯ 1 field" in running.screen_text()


# Ages, heads


async def test_ages_go_on(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        assert "13:02 · 1h" in running.screen_text()
        running.clock.instant += 3 * HOUR
        running.main.thread.repaint_times()
        await running.until(lambda: "13:02 · 4h" in running.screen_text())


def test_the_head_tells_sleep_drafts_merges_and_due_date(detail: TicketDetail) -> None:
    told = replace(
        detail,
        row=replace(detail.row, snoozed_until=profile.NOW + 20 * HOUR),
        drafts=(True, False),
        merged_into="77",
        gone="deleted",
        fields={**detail.fields, "due": "2026-11-30T09:00:00Z"},
    )
    text = "".join(text for text, _ in state_runs(told, profile.NOW, UTC))
    assert "snoozed until Mon 23 Nov 11:00" in text and "reply and note begun" in text
    assert (
        text.startswith(" deleted ")
        and "merged into #77" in text
        and "due Mon 30 Nov 09:00" in text
        and "due in 25m" in text
    )


async def test_the_head_tells_links_and_merged_tickets(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        found = running.main.detail
        assert found is not None
        more = replace(
            found, merged=("12", "14"), fields={**found.fields, "links": ("depends-on:41", "refers-to:9")}
        )
        running.main.query_one(TicketHeader).show(more, profile.NOW)
        await running.until(lambda: "← #12, #14 merged in" in running.screen_text())
        running.main.query_one(TicketHeader).show(replace(more, merged=()), profile.NOW)
        await running.until(lambda: "depends on #41, refers to #9" in running.screen_text())


async def test_a_begun_reply_is_told_in_the_head(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await running.press("r")
        await running.burst("I am looking")
        await running.press("escape")
        running.main.pulse.look_now()
        await running.until(lambda: "✎ reply begun" in running.screen_text())


# What is new


def read_until(paths: Paths, at: int) -> None:
    with closing(open_store(paths.database, role="console", now=profile.NOW)) as conn:
        conn.execute("UPDATE ticket SET read_at = ?, unread = 1 WHERE remote_id = '41'", (at,))


async def test_what_came_since_the_last_look_is_marked_until_the_ticket_is_left(console: Start) -> None:
    async with console(fill=busy, size=(160, 18)) as running:
        read_until(running.desk.paths, AT)
        await open_41(running)
        await running.press("g")
        assert "new since you last looked" not in running.screen_text()
        await running.press("u")
        assert "new since you last looked" in running.screen_text().splitlines()[3]
        await running.press("escape", "j", "enter", "K")
        await running.until(
            lambda: running.main.detail is not None and running.main.detail.row.remote_id == "41"
        )
        assert "new since" not in running.screen_text()
        await running.press("u")
        assert any("Nothing is new" in one for one in running.notices())


def test_what_the_agent_wrote_is_not_new(detail: TicketDetail) -> None:
    mine = replace(detail, messages=tuple(replace(one, mine=True) for one in detail.messages))
    since = Look(since=profile.NOW - 30 * HOUR)
    assert "new since" in text_of(detail, since) and "new since" not in text_of(mine, since)


# Finding


async def test_finding_counts_hits_goes_round_and_unfolds_what_was_folded(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await type_line(running, "ctrl+f", "Zebra   clause")
        assert "the zebra clause" in running.screen_text() and "1/1" in running.screen_text()
        await type_line(running, "ctrl+f", "bank")
        total = running.main.thread.hit[1]
        assert running.main.thread.hit == (total, total) and total >= 3
        await running.press(".")
        assert f"“bank” 1/{total}" in running.screen_text()
        await running.press(",")
        assert f"“bank” {total}/{total}" in running.screen_text()
        await running.press("escape")
        assert running.main.pane == "ticket" and not running.main.thread.searching
        assert "“bank”" not in running.screen_text().splitlines()[-2]


async def test_what_is_nowhere_is_said(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await type_line(running, "ctrl+f", "[/]nothing such")
        assert any("“[/]nothing such” is nowhere" in one for one in running.notices())
        await running.press(".")
        assert any("Nothing is searched for" in one for one in running.notices())


def test_a_hit_over_the_end_of_a_line_is_one_hit_marked_on_both(detail: TicketDetail) -> None:
    pattern = search_pattern("has STILL not arrived")
    shape = thread_shape(detail, 30, lambda: profile.NOW, UTC, KEYS, Look(pattern=pattern))
    assert len(shape.hits) == 1
    marked = [
        "".join(text for text, _ in shape.lines[place].runs)[start:end]
        for place, marks in sorted(shape.marks.items())
        for start, end, _ in marks
    ]
    assert len(marked) > 1 and " ".join(marked) == "has still not arrived"


@settings(max_examples=60, deadline=None)
@given(st.text("ab 中👍🏽\n", max_size=120), st.integers(8, 30))
def test_every_hit_is_marked_where_it_is(text: str, width: int) -> None:
    from agentconsole.tui.thread_lines import _Layout

    pattern = search_pattern("a")
    layout = _Layout(width, lambda: 0, UTC, Look(pattern=pattern))
    lines = wrap_text(text, width)
    layout._mark(lines, text, 0)
    assert len(layout.shape.hits) == text.count("a")
    for place, marks in layout.shape.marks.items():
        for start, end, _ in marks:
            assert lines[place][start:end] == "a"


# Links


def test_links_are_found_without_what_is_around_them_and_with_their_true_host() -> None:
    text = (
        "See (https://a.example/x_(1)), <https://b.example/?q=1>; “http://good.example@evil.example/y”. "
        "javascript:alert(1) ftp://x.example/y HTTPS://A.example/x_(1) mailto:x@y.example, https://аpple.example"
    )
    found = links_in(text)
    assert found[:3] == ("https://a.example/x_%281%29", "https://b.example/?q=1", "http://evil.example/y")
    assert [host_of(one) for one in found[2:]] == ["evil.example", "x@y.example", "xn--pple-43d.example"]


async def test_a_link_is_picked_by_number_and_copied_or_opened(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(links_flow, "has_browser", lambda _: True)
    monkeypatch.setattr(links_flow, "open_page", lambda link: not opened.append(link))  # type: ignore[func-returns-value]
    async with console(fill=busy) as running:
        await open_41(running)
        await running.press("L")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.settle()
        assert "2 evil.example/x" in running.screen_text() and "bank.example@" not in running.screen_text()
        await running.burst("2\r")
        await running.until(lambda: isinstance(running.app.screen, Choice))
        await running.settle()
        assert "This leads to evil.example" in running.screen_text()
        await running.press("enter")
        await running.until(lambda: opened == ["http://evil.example/x"])
        await running.press("L")
        await running.until(lambda: isinstance(running.app.screen, Picker))
        await running.burst("1\r")
        await running.until(lambda: isinstance(running.app.screen, Choice))
        await running.press("y")
        assert running.app.clipboard == "https://bank.example/letters/7"


# Scripts and emoji


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(CLUSTERS), max_size=60), st.integers(8, 24))
def test_no_line_ends_inside_what_is_drawn_as_one(pieces: list[str], width: int) -> None:
    text = foreign.block("".join(pieces))
    lines = wrap_text(text, width)
    assert all(cell_len(line) <= width for line in lines)
    position = 0
    for line in lines:
        position = text.index(line, position) if line else position
        assert not belongs_to_last(text, position) if position < len(text) else True
        position += len(line)


async def test_lines_of_any_script_end_in_the_same_column(console: Start) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        text = running.screen_text()
        row = next(line for line in text.splitlines() if "家人" in line)
        other = next(line for line in text.splitlines() if "The letter is at" in line)
        assert cell_len(row.rstrip()) == cell_len(other.rstrip()) or row.count("▏") == other.count("▏")
        places = [cell_len(line[: line.rindex("▏")]) for line in (row, other)]
        assert places[0] == places[1]
        strip = running.main.thread.render_line(0)
        assert strip.cell_length == running.main.thread.size.width


def test_a_redacted_thread_of_events_alone_has_its_lines(detail: TicketDetail) -> None:
    only = replace(detail, messages=tuple(one for one in detail.messages if one.kind == "event"))
    assert "⋯ 4 changes" in text_of(only, Look())


def test_put_events_make_nothing_unread_and_are_not_searched(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "copy"))
    paths = Paths(home)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        conn.execute("UPDATE ticket SET unread = 0, read_at = 1 WHERE remote_id = '41'")
        ingest = Ingest(conn, profile.account_id(paths), sleep=lambda _: None)
        ingest.put_thread(
            Thread(profile.standard_tickets()[0], (*profile.THREAD_41, BUSY[4])), at=profile.NOW
        )
        assert conn.execute("SELECT unread FROM ticket WHERE remote_id = '41'").fetchone()[0] == 0
