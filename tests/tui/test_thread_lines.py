"""The lines of a thread: known in number before they are made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path

import pytest

from agentconsole.config import KeySettings, Paths
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.views import TextPart
from agentconsole.tui.keymap import build_keymap
from agentconsole.tui.thread_lines import Look, search_pattern, thread_shape
from tests.support.work import lines_run
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


def test_hits_of_a_search_cost_no_more_the_longer_the_message_is(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    with profile.open_profile(home) as desk:
        detail = open_ticket(desk, desk.reader.find_ticket(None, "41")[0])
    look = Look(pattern=search_pattern("a"))
    counts = []
    for size in (2_000, 4_000):
        for text in ("a ", "a b\n", "\U0001f1e9a"):
            message = replace(detail.messages[0], parts=(TextPart("body", text * (size // len(text))),))
            long = replace(detail, messages=(message,))
            counts.append(lines_run(partial(thread_shape, long, 40, lambda: profile.NOW, UTC, KEYS, look)))
    for once, twice in zip(counts[:3], counts[3:], strict=True):
        assert twice < 2.3 * once
