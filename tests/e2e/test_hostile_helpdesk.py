"""A helpdesk in which every text is hostile, read over HTTP by the real sync: nothing steers a terminal."""

# Statements are put together from names that stand here.
# ruff: noqa: S608

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli import main
from agentconsole.cli_commands import output
from agentconsole.demo import server as demo_server
from agentconsole.demo.errors import ApiError
from tests.support import hostile
from tests.support.helpdesk import RunningHelpdesk, open_helpdesk
from tests.support.profile import profile_of
from tests.tui.terminal import console_terminal
from tests.unit.cli.conftest import Outcome

TEXTS = [text for text in hostile.SAMPLES.values() if not re.search("[\ud800-\udfff]", text)]
"""Those that the helpdesk's own database takes."""

Command = Callable[..., Outcome]


def fill(helpdesk: RunningHelpdesk) -> None:
    """Put hostile texts into every column that holds text which the server sends."""
    plain = {
        "organizations": ("name", "notes"),
        "users": ("name", "phone", "notes", "details", "signature", "locale", "iana_time_zone"),
        "groups": ("name", "description"),
        "ticket_fields": ("title",),
        "ticket_forms": ("name",),
        "custom_statuses": ("label", "end_user_label", "description"),
        "macros": ("title", "description"),
        "views": ("title",),
        "tickets": ("subject", "description", "channel"),
        "comments": ("body", "html_body", "channel"),
        "attachments": ("file_name", "content_type"),
        "categories": ("name",),
        "sections": ("name",),
        "articles": ("title", "body"),
    }
    number = 0
    for table, columns in plain.items():
        for row in helpdesk.query(f"SELECT id AS place FROM {table}"):
            for column in columns:
                text = TEXTS[number % len(TEXTS)]
                number += 1
                if column == "html_body":
                    text = f"<p>{text}</p><blockquote>{text}</blockquote><a href='http://e/{text[:99]}'>{text}</a>"
                elif column == "title" and table == "articles":
                    text = f"card {text}"
                helpdesk.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", text, row["place"])
    helpdesk.execute("UPDATE tickets SET tags = ?", " ".join(TEXTS))
    helpdesk.execute("UPDATE articles SET labels = ?", json.dumps([text[:200] for text in TEXTS]))
    choices = [{"id": place, "name": text, "value": f"v{place}"} for place, text in enumerate(TEXTS, 900)]
    helpdesk.execute("UPDATE ticket_fields SET options = ? WHERE options != '[]'", json.dumps(choices))
    said = [{"field": "comment_value", "value": f"Dear {{{{ticket.requester.name}}}}, {hostile.ALL}"}]
    helpdesk.execute("UPDATE macros SET actions = ?", json.dumps(said))


@pytest.fixture(scope="module")
def helpdesk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHelpdesk]:
    running = open_helpdesk(tmp_path_factory.mktemp("helpdesk"), tickets=40)
    fill(running)
    yield running
    running.close()


@pytest.fixture(scope="module")
def home(helpdesk: RunningHelpdesk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("synced") / "profile"
    profile_of(helpdesk, home)
    return home


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command, and see that nothing of what it says steers a terminal."""
    monkeypatch.setattr(output, "terminal_width", lambda: 100)

    def command(*words: str, code: int = 0) -> Outcome:
        capsys.readouterr()
        ended = main(["--home", str(home), *words])
        told = capsys.readouterr()
        assert not hostile.forbidden(told.out + told.err), words
        assert "Traceback" not in told.err and ended == code, (words, told.err)
        if "--json" in words:
            assert re.fullmatch(r"[\n\x20-\x7e]*", told.out)
        return Outcome(ended, told.out, told.err)

    return command


def test_all_that_a_hostile_helpdesk_sends_is_read_and_shown_harmless(
    helpdesk: RunningHelpdesk, home: Path, run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [account] = run("sync", "--once", "--json").document["accounts"]
    assert account["state"] == "ok" and account["me_name"]
    with desk_for_command(home) as desk:
        assert not desk.reader.quarantined()
    numbers = [row["remote_id"] for row in run("list", "--json").document["tickets"]]
    assert len(numbers) > 20
    seen = run("list").out
    for words in (
        ("list", "--sort", "newest"),
        ("kb", "search", "card"),
        ("outbox",),
        ("views",),
        ("account", "list"),
    ):
        seen += run(*words).out
        run(*words, "--json")
    for number in numbers[:8]:
        seen += run("show", number, "--quotes").out
    for macro in run("macro", "list", "--json").document["macros"]:
        if macro["account"]:
            seen += run("macro", "show", macro["id"], "--ticket", numbers[0]).out
    for place in range(1, 5):
        seen += run("kb", "show", str(place)).out
    assert "[@click=app.bell]pwned[/]" in seen and "[/] [/b]" in seen, "texts are there as they were written"

    # What it says of a write that it does not take, in every envelope and with every header.
    refused = {
        "error": "RecordInvalid\x1b]0;x\x07",
        "description": hostile.ALL,
        "details": {"base": [{"description": hostile.ALL}]},
    }
    told = [
        # The last one: no other write is tried then.
        ApiError(403, {"error": {"title": hostile.ALL, "message": hostile.ALL}}),
        ApiError(422, refused),
        ApiError(400, {"errors": [{"code": hostile.ALL, "title": hostile.ALL, "detail": hostile.ALL}]}),
        ApiError(413, {"error": hostile.ALL, "description": hostile.ALL}),
    ]

    def refuse(fault: object) -> None:
        raise told.pop()

    monkeypatch.setattr(demo_server, "_refuse", refuse)
    for number in numbers[: len(told)]:
        run("set", number, "+looked-at")
        helpdesk.plant("server_error", method="PUT")
    run("sync", "--once")
    waiting = run("outbox", "list", "--all", "--json").document["changes"]
    assert not told
    said = run("outbox").out + run("outbox", "list", "--all").out
    for one in waiting:
        said += run("outbox", "show", one["id"]).out
    assert "[@click=app.bell]" in said
    told += [
        ApiError(500, refused),
        ApiError(429, refused, {"Retry-After": "\u00b2"}),
        ApiError(401, refused, {"WWW-Authenticate": "x\x1b"}),
    ]
    for _ in told[:]:
        helpdesk.plant("server_error", path="users/me")
        run("account", "test", "desk", code=1)
    assert not told
    for log in home.rglob("*.log*"):
        assert not hostile.forbidden(log.read_text("utf-8"))

    # And the console over all of it, in a terminal.
    with console_terminal(home, columns=120, rows=40) as one:
        one.until(b"Mine")
        one.quiet()
        back = b"\x1b[27u"
        for keys in (b"\r", b"o", *[b"J"] * 4, back, b"f", b"card", b"\x1b[B", back, back, b"6", b"i"):
            one.send(keys)
            one.quiet(0.1)
        one.send(b"\x11")
        one.quiet(0.2)
        one.send(b"\r")
        one.wait()
        written = hostile.Written(one.output, 120)
    assert not written.stray, written.stray[:5]
    assert not written.overflows, written.overflows[:5]
    assert not written.copied
    said = "\n".join(written.texts)
    marks = ("[@click=", "[/] [/b]", "[link=", "[bold]b", "{{ ticket.id }}", "**b**", "fdp.exe", "Invoice 99")
    assert sum(mark in said for mark in marks) > 2, "texts are there as they were written"
