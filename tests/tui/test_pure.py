"""What the screen computes without drawing: wrapping, columns, layout, times, keys."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import DAY, HOUR, MINUTE, SECOND, parse_instant
from agentconsole.tui import foreign, queue_line, when
from agentconsole.tui.flows.tagging import tags_edit
from agentconsole.tui.layout import too_small
from agentconsole.tui.wrapping import wrap_text

NOW = parse_instant("2026-11-22T15:00:00Z")


def row(**values: object) -> QueueRow:
    plain: dict[str, object] = {
        "ticket_id": 1,
        "account": "demo",
        "remote_id": "41",
        "status": "open",
        "status_label": "Open",
        "priority": "high",
        "channel": "email",
        "requester": "Mara Klein",
        "subject": "Refund has not arrived",
        "tags": ("refund", "card"),
        "assignee": "Sam",
        "assigned_to_me": True,
        "group": "Cards",
        "due_at": NOW + 20 * MINUTE,
        "sla_paused": False,
        "created_at": NOW - DAY,
        "updated_at": NOW - HOUR,
        "unread": True,
        "waiting": None,
        "has_draft": False,
    }
    return QueueRow(**{**plain, **values})  # type: ignore[arg-type]


_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Mn", "Me", "Mc")), max_size=400)


@settings(max_examples=200, deadline=None)
@given(_TEXTS, st.integers(8, 100))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    text = foreign.block(text)
    lines = wrap_text(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_breaks_at_spaces_and_between_wide_characters() -> None:
    assert wrap_text("the refund has not arrived", 12) == ["the refund", "has not", "arrived"]
    assert wrap_text("我的退款什么时候到账", 8) == ["我的退款", "什么时候", "到账"]
    assert wrap_text("https://example.net/a/very/long/path", 10)[0] == "https://ex"
    assert wrap_text("one\n\ntwo", 20) == ["one", "", "two"]


@pytest.mark.parametrize("width", [40, 48, 60, 78, 80, 96, 100, 120, 140, 160, 200])
@pytest.mark.parametrize(
    "subject", ["Refund", "我的退款什么时候到账？" * 9, "x" * 400, foreign.line("a\x1b[31mb\u202e")]
)
def test_a_queue_line_is_exactly_as_wide_as_the_pane(width: int, subject: str) -> None:
    runs = queue_line.runs(row(subject=subject, requester="陈丽"), width, NOW, selected=True)
    assert sum(cell_len(text) for text, _ in runs) == width
    assert cell_len(queue_line.header(width)) == width


def test_a_queue_line_has_few_colours() -> None:
    busy = row(waiting="held", due_at=NOW - HOUR, priority="urgent")
    assert len(queue_line.runs(busy, 160, NOW, selected=False)) <= 9


def test_columns_go_by_importance() -> None:
    def names(width: int) -> set[str]:
        return {column.name for column in queue_line.columns(width)}

    assert {"status", "priority", "subject", "due", "requester"} <= names(40)
    assert "tags" not in names(80)
    assert {"age", "name"} <= names(80)
    full = {
        "mark",
        "status",
        "priority",
        "channel",
        "name",
        "requester",
        "subject",
        "tags",
        "assignee",
        "due",
        "age",
    }
    assert names(138) == full


def test_the_smallest_terminal() -> None:
    assert too_small(59, 30) and too_small(80, 14) and not too_small(60, 15)


def test_times_are_short() -> None:
    assert [when.span(x) for x in (5 * SECOND, 3 * MINUTE, 2 * HOUR, 5 * DAY, 30 * DAY, 800 * DAY)] == [
        "5s",
        "3m",
        "2h",
        "5d",
        "4w",
        "2y",
    ]
    assert when.due(NOW - 90 * MINUTE, NOW) == "-1h"
    assert when.stamp(NOW - HOUR, NOW, UTC) == "14:00"
    assert when.stamp(NOW - 5 * DAY, NOW, UTC) == "17 Nov 15:00"
    assert when.stamp(NOW - 400 * DAY, NOW, UTC) == "2025-10-18 15:00"


def test_tags_are_read_as_a_list_or_as_changes() -> None:
    assert tags_edit("a b c", {"a", "d"}).add == ("b", "c")
    assert tags_edit("a b c", {"a", "d"}).remove == ("d",)
    assert tags_edit("+x -a", {"a"}).add == ("x",)
    assert tags_edit("+x -a", {"a"}).remove == ("a",)
    assert tags_edit("", {"a"}).remove == ("a",)


@given(st.text(max_size=200), st.integers(0, 60))
def test_fit_is_exact_whatever_the_text(text: str, width: int) -> None:
    shown = foreign.fit(text, width)
    assert cell_len(shown) == width
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
