"""Which panes stand side by side, and how wide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.tui.layout import (
    LEAST,
    PANE_ORDER,
    Arrangement,
    Pane,
    PaneWishes,
    arrange,
    resized,
    wishes_of,
)

WISHES = st.builds(
    PaneWishes,
    views=st.none() | st.integers(0, 400),
    side=st.none() | st.integers(0, 400),
    queue=st.none() | st.integers(0, 1000),
    views_hidden=st.booleans(),
    side_hidden=st.booleans(),
)
PANES = st.sampled_from(PANE_ORDER)


def sound(shape: Arrangement, width: int, focus: Pane) -> None:
    assert sum(shape.widths.values()) == width
    assert focus in shape.widths
    assert all(size >= LEAST[pane] for pane, size in shape.widths.items())
    assert shape.narrow == (width < 100)
    assert len(shape.widths) == 1 or not shape.narrow


@given(st.integers(60, 400), PANES, st.booleans(), st.booleans(), WISHES)
def test_the_widths_are_the_terminals_and_the_focused_pane_is_seen(
    width: int, focus: Pane, ticket_open: bool, side_open: bool, wishes: PaneWishes
) -> None:
    shape = arrange(width, focus=focus, ticket_open=ticket_open, side_open=side_open, wishes=wishes)
    sound(shape, width, focus)
    if width >= 120:
        assert ("ticket" in shape.widths) == (ticket_open or focus == "ticket")
        assert "queue" in shape.widths
        if side_open:
            assert "side" in shape.widths


@given(
    st.integers(60, 400),
    PANES,
    st.booleans(),
    st.booleans(),
    WISHES,
    st.lists(st.sampled_from((-2, 2)), max_size=30),
)
def test_a_pane_grows_by_what_is_asked_until_nothing_is_left_to_take(
    width: int, focus: Pane, ticket_open: bool, side_open: bool, wishes: PaneWishes, steps: list[int]
) -> None:
    for by in steps:
        before = arrange(width, focus=focus, ticket_open=ticket_open, side_open=side_open, wishes=wishes)
        changed = resized(
            width, focus=focus, ticket_open=ticket_open, side_open=side_open, wishes=wishes, by=by
        )
        after = arrange(width, focus=focus, ticket_open=ticket_open, side_open=side_open, wishes=changed)
        sound(after, width, focus)
        moved = after.widths[focus] - before.widths[focus]
        assert moved == by or abs(moved) < 2
        assert (moved == 0) == (changed == wishes)
        wishes = changed


@pytest.mark.parametrize(
    ("width", "focus", "opened", "asked", "panes"),
    [
        (80, "ticket", True, True, "ticket"),
        (99, "views", False, False, "views"),
        (100, "queue", False, False, "views queue"),
        (110, "queue", True, False, "queue ticket"),
        (110, "ticket", True, False, "queue ticket"),
        (110, "views", True, False, "views ticket"),
        (110, "side", True, True, "ticket side"),
        (110, "ticket", True, True, "ticket side"),
        (110, "side", False, True, "queue side"),
        (120, "queue", False, False, "views queue"),
        (120, "queue", True, False, "views queue ticket side"),
        (120, "side", True, True, "queue ticket side"),
        (120, "views", True, True, "views queue ticket side"),
        (160, "side", True, True, "views queue ticket side"),
        (160, "queue", False, True, "views queue side"),
    ],
)
def test_what_stands_side_by_side(width: int, focus: Pane, opened: bool, asked: bool, panes: str) -> None:
    shape = arrange(width, focus=focus, ticket_open=opened, side_open=asked)
    assert " ".join(shape.widths) == panes


def test_hidden_panes_come_only_when_they_have_the_focus() -> None:
    hidden = PaneWishes(views_hidden=True, side_hidden=True)
    for width in (120, 200):
        at_queue = arrange(width, focus="queue", ticket_open=True, side_open=False, wishes=hidden)
        assert list(at_queue.widths) == ["queue", "ticket"]
        at_views = arrange(width, focus="views", ticket_open=True, side_open=False, wishes=hidden)
        assert list(at_views.widths) == ["views", "queue", "ticket"]
        asked = arrange(width, focus="queue", ticket_open=True, side_open=True, wishes=hidden)
        assert "side" in asked.widths


@pytest.mark.parametrize("kept", [None, [], "x", {"views": "wide"}, {"views": -1}, {"queue": 2000}, {"x": 1}])
def test_what_makes_no_sense_is_not_taken(kept: object) -> None:
    assert wishes_of(kept) == PaneWishes()


def test_wishes_are_read_back() -> None:
    kept = {"views": 20, "side": None, "queue": 440, "views_hidden": True, "side_hidden": False}
    assert wishes_of(kept) == PaneWishes(20, None, 440, True, False)
