"""The lines of a thread: known in number before they are made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from agentconsole.config import KeySettings, Paths
from agentconsole.desk.tickets import open_ticket
from agentconsole.tui.keymap import build_keymap
from agentconsole.tui.thread_lines import Look, thread_shape
from tests.tui import profile

KEYS = build_keymap(KeySettings())


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("width", [24, 80])
def test_a_thread_is_as_long_as_was_said_before_its_lines_were_made(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path], width: int, unfolded: bool
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with profile.open_profile(home) as desk:
        [ticket_id] = desk.reader.find_ticket(None, "41")
        detail = open_ticket(desk, ticket_id)
        shape = thread_shape(detail, width, lambda: profile.NOW, UTC, KEYS, Look(unfolded=unfolded))
    assert len(shape.starts) == len(detail.messages) > 3
    # From the end, so that no block is made before it is asked for.
    lines = [shape.lines[place] for place in reversed(range(len(shape.lines)))][::-1]
    for start, end in zip(shape.starts, [*shape.starts[1:], len(lines)], strict=True):
        assert lines[start].runs and not lines[end - 1].runs
    text = "\n".join("".join(text for text, _ in line.runs) for line in lines)
    assert ("We have received your parcel" in " ".join(text.split())) == unfolded
    assert list(shape.lines) == lines
    with pytest.raises(IndexError):
        shape.lines[len(lines)]
