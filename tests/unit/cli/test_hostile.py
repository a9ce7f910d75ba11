"""No command lets what a ticket, an article or a macro says steer the terminal."""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
from dataclasses import replace
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from agentconsole import logs
from agentconsole.cli_arguments import command_parser
from agentconsole.cli_commands import output
from agentconsole.config import Paths, read_config
from agentconsole.desk import replies, tickets
from tests.support import hostile
from tests.support.odd_server import answer, odd_server
from tests.support.profile import HOSTILE, FilledProfile
from tests.tui import hostile_profile
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
    ["views"],
    ["account", "list"],
    ["doctor", "--offline"],
    ["show", f"x{HOSTILE.replace(chr(0), '')}"],
    ["list", f"x:{HOSTILE.replace(chr(0), '')}"],
    ["frob\x1b[2J"],
    ["list", "--\x1b[2J\u202e"],
    ["list", "--sort", "\x1b[2J\u202e"],
]


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
        assert not hostile.forbidden(told.out), words
        assert not hostile.forbidden(told.err), words
        assert "Traceback" not in told.err


def test_json_escapes_everything_and_loses_nothing(run: Run, entry: str) -> None:
    for words in COMMANDS:
        told = run(*[entry if word == "ENTRY" else word for word in words], "--json")
        assert told.out == "" or re.fullmatch(r"[\n\x20-\x7e]*", told.out), words
        if told.code == 0:
            json.loads(told.out)
    shown = run("outbox", "show", entry, "--json").document
    assert shown["message"]["text"] == HOSTILE


ELSEWHERE = {
    *("demo", "helpdesk", "sync", "account add", "account test", "account remove"),
    *("reply", "note", "set", "outbox retry", "outbox drop"),
}
"""Commands that ask, or go on for long: they have tests of their own, and write through the same door."""


def every_command() -> set[str]:
    """All commands, by their words."""

    def within(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> set[str]:
        found: set[str] = set()
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, inner in action.choices.items():
                    found |= within(inner, (*words, name))
        return found or {" ".join(words)}

    return within(command_parser(), ())


def test_every_command_is_looked_at() -> None:
    looked_at = {" ".join(words) for words in COMMANDS} | ELSEWHERE
    missing = {
        one for one in every_command() if not any(f"{have} ".startswith(f"{one} ") for have in looked_at)
    }
    assert not missing


def test_the_whole_corpus_through_every_listing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "corpus"
    home.mkdir()
    hostile_profile.fill(Paths(home))
    monkeypatch.setattr(output, "terminal_width", lambda: 80)
    count = len(hostile.SAMPLES)
    for words in (
        *(
            ["list"],
            ["account", "list"],
            ["macro", "list"],
            ["doctor", "--offline"],
            ["kb", "search", "card"],
        ),
        *(
            ["show", "41", "--quotes"],
            ["show", "42"],
            ["show", "43"],
            ["kb", "search", "card", "--limit", "99"],
        ),
        *(["macro", "show", f"demo:{8100 + number}", "--ticket", "41"] for number in range(count)),
        *(["kb", "show", str(number)] for number in range(1, count + 1)),
        *(["set", "41", f"subject={text}"] for text in hostile.SAMPLES.values() if "\0" not in text),
        *(["outbox"], ["outbox", "list", "--all"]),
    ):
        told = run(*words, home=home)
        assert not hostile.forbidden(told.out + told.err), words
        assert "Traceback" not in told.err
        if words[0] != "set" and words[1:2] != ["show"]:
            assert re.fullmatch(r"[\n\x20-\x7e]*", run(*words, "--json", home=home).out), words
    for log in home.rglob("*.log*"):
        assert not hostile.forbidden(log.read_text("utf-8")), log


def test_the_log_is_as_clean_as_the_screen(tmp_path: Path) -> None:
    path = logs.start_logging(tmp_path / "logs", "cli")
    assert path is not None
    [handler] = [one for one in logging.getLogger().handlers if isinstance(one, RotatingFileHandler)]
    for text in hostile.SAMPLES.values():
        fault = ValueError(text)
        what = ("agentconsole", logging.ERROR, text, 1, "the server said: %s", (text,))
        # To this handler alone: half a character in what is logged ends pytest's own.
        handler.handle(logging.LogRecord(*what, exc_info=(ValueError, fault, None)))
    logs.stop_logging()
    assert not hostile.forbidden(path.read_text("utf-8"))


def test_a_line_that_is_cut_to_the_terminal_is_still_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.cells import cell_len

    monkeypatch.setattr(output, "terminal_width", lambda: 60)
    for line in run("list").out.splitlines():
        assert cell_len(line) <= 60
        assert not hostile.forbidden(line)


def test_a_terminal_of_another_encoding_ends_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    told = run("list")
    assert told.code == 0
    assert b"shop#43" in raw.getvalue()


def test_account_add_against_a_hostile_server(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "new"
    refused = {"error": hostile.ALL, "description": hostile.ALL}
    me = {"user": {"id": 1, "name": hostile.ALL, "email": "a\x1b]0;x\x07\u202e@b.example", "role": "admin"}}
    told = [answer(me)]

    def route(method: str, path: str) -> bytes:
        return told[0] if "users/me" in path else answer({"count": 10**400, hostile.ALL: hostile.ALL})

    options = ("--login", "a@b.example", "--secret", "file")
    with odd_server(route) as odd:
        for odd_answer in (
            answer(refused, "422 x"),
            answer(refused, "429 x", "Retry-After: \u00b2"),
            answer("<title>\x1b]52;c;x\x07</title>"),
            answer("", "302 x", f"Location: https://evil.example/\u202e{'x' * 3000}"),
        ):
            told[0] = odd_answer
            tried = run("account", "add", "odd", "--url", odd.url, *options, home=home, given="token-1\n")
            assert tried.code == 1 and "Traceback" not in tried.err and len(tried.err) < 1500
            assert not hostile.forbidden(tried.out + tried.err)
            assert "The account is kept as given" in tried.err
        told[0] = answer(me)
        for more in ((), ("--json",)):
            works = run("account", "add", "odd", "--url", odd.url, "--auth", "bearer", *options[2:], *more,
                        home=home, given="token-1\n")  # fmt: skip
            assert works.code == 0, works.err
            assert not hostile.forbidden(works.out + works.err)
    [account] = read_config(Paths(home).config_file).accounts
    assert account.login == "a@b.example"
