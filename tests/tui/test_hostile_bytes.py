"""What the console writes to a real terminal over hostile texts: what Textual writes of itself, and text."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from agentconsole.config import Paths
from tests.support.hostile import Written, forbidden
from tests.tui import hostile_profile
from tests.tui.terminal import console_terminal

Filled = Callable[[Callable[[Paths], None]], Path]

# Esc as terminals of today send it: alone it is told from the start of a longer key by waiting only.
DOWN, ESC, ENTER, TAB = "\x1b[B", "\x1b[27u", "\r", "\t"
F2, F3, F4, F9 = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[20~"

OUT = (ESC, "")
"""Leave a dialog: what was under it is painted anew."""

STEPS: tuple[tuple[str, str], ...] = (
    # A thread, unfolded and read, then the views.
    *((ENTER, "quoted text"), ("o", ""), ("g", ""), ("\x04", "")),
    *(("J", "#42"), ("\x04", ""), ("K", "#41"), ("b", ""), (DOWN, ""), ("b", "")),
    # What triage asks.
    *(("a", "Assign:"), (DOWN, ""), OUT, ("s", "Status:"), OUT, ("p", "Priority:"), OUT),
    *(("t", "Tags of"), (DOWN, ""), (TAB, ""), OUT, ("F", "Field:"), (DOWN, ""), OUT),
    *(("h", "Snooze"), OUT, ("M", "Merge"), ("42", "#42"), (ENTER, "leaves all as"), OUT),
    *(("z", "nothing to take back"), ("L", "Links of"), OUT, ("O", "Files of"), OUT),
    # Writing: macros, preview, the send menu, files, people, knowledge, earlier texts.
    *(("r", "PUBLIC REPLY"), ("Dear x\r", "Dear x"), ("\x14", "Macro for"), (DOWN, ""), (ENTER, "will set")),
    *((F2, "customer will see it"), OUT, ("\x13", "solved"), OUT, (F4, "Files to send"), OUT),
    *(("\x07", "Who gets this"), ("p5", ""), OUT, ("\x0c", ""), ("card", "card a["), (DOWN, "")),
    *(("\x12", "ctrl+s"), (F3, "There is no earlier text"), (ESC, "Draft kept"), (ESC, "Enter open|subject")),
    # The queue: searching, marking many.
    *(("/", "words, #41"), ("tags:", ""), (DOWN, ""), (TAB, ""), (ENTER, "Search:")),
    *(("+", "Name of the new"), OUT, ("1", "Mine  37")),
    *(("*", "selected"), ("X", "as spam"), OUT),
    # All the rest.
    *(("?", "The keys that work"), OUT, ("\x10", "What to do"), ("theme", ""), OUT),
    *(("T", "Theme"), OUT, (F9, "Esc back, all typed"), (ESC, "Enter open|subject")),
)  # fmt: skip
"""Keys, and what must be painted before the next ones: one of the texts between bars."""


@pytest.mark.parametrize(("columns", "rows"), [(160, 45), (80, 24)])
def test_only_what_textual_writes_and_text_leaves(
    tmp_path: Path, filled: Filled, columns: int, rows: int
) -> None:
    home = Path(shutil.copytree(filled(hostile_profile.fill), tmp_path / "console"))

    def painted(start: int, step: tuple[str, str], output: bytes) -> bool:
        said = "".join(Written(output[start:], columns).texts)
        return any(one in said for one in step[1].split("|")) and (
            step is not OUT or len(said) > columns * rows // 2
        )

    with console_terminal(home, columns=columns, rows=rows) as one:
        one.until(b"Mine")
        one.quiet()
        former = ("", "")
        for step in STEPS:
            seen = partial(painted, len(one.output), step)
            one.send(step[0].encode())
            try:
                one.until(seen, 4 if former is OUT else 20)
            except AssertionError:
                if former is not OUT:
                    raise
                # Where the machine is slow, a key may meet the dialog that is being left.
                one.send(step[0].encode())
                one.until(seen)
            former = step
            if not step[1]:
                one.quiet(0.05)
        assert b"\x1b]52" not in one.output
        one.send(b"y")
        one.until(b"\x1b]52;")
        one.send(b"Y")
        one.until(lambda output: output.count(b"\x1b]52;") == 2)
        one.quiet(0.1)
        # Not `q`, of which it would take as many as there are things to leave first.
        one.send(b"\x11")
        assert one.wait() == 0
        written = Written(one.output, columns)
    assert not written.stray, written.stray[:5]
    copied = [base64.b64decode(text).decode() for text in written.copied]
    assert copied[0].startswith("#41 #42") and copied[1].startswith("http://127.0.0.1:9/")
    assert not any(forbidden(text) for text in copied)
    assert not written.overflows, written.overflows[:5]
    said = "\n".join(written.texts)
    assert "[@click=app.bell]pwned[/]" in said and "[/] [/b]" in said
