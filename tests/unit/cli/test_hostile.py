"""No command lets what a ticket, an article or a macro says steer the terminal."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from dataclasses import replace

import pytest

from agentconsole.cli_commands import output
from agentconsole.desk import replies, tickets
from tests.support.profile import HOSTILE, FilledProfile
from tests.unit.cli.conftest import Run

COMMANDS = [
    ["list"],
    ["list", "--sort", "newest"],
    ["show", "42"],
    ["show", "42", "--quotes"],
    ["macro", "list"],
    ["macro", "show", "shop:m2"],
    ["macro", "show", "shop:m2", "--ticket", "42"],
    ["macro", "show", "First reply", "--ticket", "42"],
    ["macro", "show", f"x{HOSTILE.replace(chr(0), '')}"],
    ["kb", "search", "refund"],
    ["kb", "search", HOSTILE.replace("\x00", "")],
    ["kb", "show", "2"],
    ["outbox"],
    ["outbox", "list", "--all"],
    ["outbox", "show", "ENTRY"],
    ["drafts"],
    ["account", "list"],
    ["doctor", "--offline"],
    ["show", f"x{HOSTILE.replace(chr(0), '')}"],
    ["list", f"x:{HOSTILE.replace(chr(0), '')}"],
    ["frob\x1b[2J"],
    ["list", "--\x1b[2J\u202e"],
    ["list", "--sort", "\x1b[2J\u202e"],
]


def forbidden(text: str) -> set[str]:
    """Code points that could steer a terminal or hide."""
    return {
        f"U+{ord(char):04X}"
        for char in text
        if (
            char != "\n"
            and (unicodedata.category(char) in ("Cc", "Cs") or char in "\u202e\u202c\u2066\u2069\u200b")
        )
        or 0xE0000 <= ord(char) <= 0xE0FFF
    }


@pytest.fixture
def entry(profile: FilledProfile) -> str:
    """A hostile reply in the outbox and a hostile draft."""
    desk = profile.open_desk()
    ticket = tickets.resolve(desk, "42")
    replies.save_draft(desk, tickets.resolve(desk, "41"), text=HOSTILE, public=True, last_seen_message=None)
    uuid = replies.send(desk, ticket, text=HOSTILE, public=True, last_seen_message=None)
    [change] = [one for one in desk.reader.changes(None, None) if one.uuid == uuid]
    assert replace(change).message is not None
    return uuid


def test_no_command_prints_a_control_character(run: Run, entry: str) -> None:
    for words in COMMANDS:
        told = run(*[entry if word == "ENTRY" else word for word in words])
        assert forbidden(told.out) == set(), words
        assert forbidden(told.err) == set(), words
        assert "Traceback" not in told.err


def test_json_escapes_everything_and_loses_nothing(run: Run, entry: str) -> None:
    for words in COMMANDS:
        told = run(*[entry if word == "ENTRY" else word for word in words], "--json")
        assert told.out == "" or re.fullmatch(r"[\n\x20-\x7e]*", told.out), words
        if told.code == 0:
            json.loads(told.out)
    shown = run("outbox", "show", entry, "--json").document
    assert shown["message"]["text"] == HOSTILE


def test_a_line_that_is_cut_to_the_terminal_is_still_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.cells import cell_len

    monkeypatch.setattr(output, "terminal_width", lambda: 60)
    for line in run("list").out.splitlines():
        assert cell_len(line) <= 60
        assert forbidden(line) == set()


def test_a_terminal_of_another_encoding_ends_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    told = run("list")
    assert told.code == 0
    assert b"shop#43" in raw.getvalue()
