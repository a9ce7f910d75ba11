"""Hostile text through every widget: it may spoil neither the terminal nor the console."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len

from agentconsole.config import Paths
from agentconsole.desk import outbox, replies
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.messages import RemoteAttachment
from agentconsole.helpdesks.base import Thread
from agentconsole.tui import foreign
from agentconsole.tui.flows.required import ask_required
from tests.support.hostile import HUGE, SAMPLES, Written, cells, forbidden
from tests.tui import profile
from tests.tui.conftest import Running, Start

HOSTILE = profile.hostile()

_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]")


def fill(paths: Paths) -> None:
    """A profile in which every text is hostile."""
    people = tuple(
        replace(person, name=HOSTILE, notes=HOSTILE, phone=HOSTILE, locale="en\x1b[2J")
        if person.role == "customer"
        else replace(person, name=f"{person.name}\x1b[5m")
        for person in profile.PEOPLE
    )
    one = profile.ticket(41, subject=HOSTILE, tags=("a\x1b[31m", "[/]"), ccs=("504",))
    messages = tuple(
        replace(
            message,
            raw_text=f"{HOSTILE}\n> {HOSTILE}\n-- \n{HOSTILE}",
            channel="em\x1b]0;x\x07ail",
            attachments=(RemoteAttachment("a", f"{HOSTILE}.pdf", "x/\x1b", 5, "http://127.0.0.1:9/a", True),),
        )
        for message in profile.THREAD_41
    )
    macros = (
        replace(profile.MACROS[0], title=HOSTILE, description=HOSTILE, actions=(("comment_value", HOSTILE),)),
    )
    articles = tuple(
        replace(
            article,
            title=f"card {HOSTILE}",
            html=f"<p>{HOSTILE}</p>",
            section=HOSTILE,
            url=f"http://e/{HOSTILE}",
        )
        for article in profile.ARTICLES
    )
    thread = Thread(one, messages, people)
    profile.fill(paths, [one], [thread], macros=macros, articles=articles, people=people)
    profile.index_articles(paths)


def clean(running: Running) -> str:
    text = running.screen_text()
    found = _FORBIDDEN.search(text)
    assert found is None, (hex(ord(found.group())), text[max(0, found.start() - 60) : found.end() + 20])
    return text


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_hostile_text_in_every_pane(console: Start, size: tuple[int, int]) -> None:
    async with console(fill=fill, size=size) as running:
        assert "[/] [b]x[/b]" in clean(running)
        await running.press("enter", "o")
        await running.until(lambda: "malware" in running.screen_text())
        assert "[@click=app.quit]" in clean(running)
        await running.press("f")
        await running.burst("card")
        await running.until(lambda: running.main.side.current is not None)
        await running.settle()
        clean(running)
        await running.press("ctrl+r")
        clean(running)
        assert _FORBIDDEN.search(running.main.composer.text) is None
        await running.press("ctrl+t")
        await running.settle()
        clean(running)
        await running.press("enter")
        clean(running)
        assert _FORBIDDEN.search(running.main.composer.text) is None
        await running.press("ctrl+s")
        clean(running)
        await running.press("enter")
        await running.until(lambda: bool(outbox.listing(running.desk, {"held"})))
        clean(running)
        for key in ("a", "t", "p", "s", "question_mark", "ctrl+p"):
            await running.press("escape", key)
            clean(running)
        assert running.app.is_running and not running.app._exit


async def test_hostile_notices_and_errors(console: Start) -> None:
    async with console(fill=fill) as running:
        foreign.tell(running.app, HOSTILE, title=HOSTILE, severity="error")
        await running.settle()
        text = clean(running)
        assert "[/] [b]x[/b]" in text
        one = running.main.queue.ids[0]
        uuid = replies.send(running.desk, one, text=HOSTILE, public=True, last_seen_message="4")
        profile.settle(running.desk.paths, uuid, "rejected", HOSTILE)
        await running.press("enter")
        await running.until(lambda: "was refused" in running.screen_text())
        clean(running)
        await running.press("slash")
        await running.burst("a[/]")
        running.main.filter_line.say(HOSTILE, 3)
        await running.settle()
        clean(running)


async def test_hostile_text_pasted_and_loaded_into_fields_is_cleaned(console: Start) -> None:
    from textual import events

    async with console() as running:
        await running.press("j", "enter", "r")
        running.app.post_message(events.Paste(f"one {HOSTILE}\ntwo"))
        await running.settle()
        assert "one Re: [/]" in running.main.composer.text and running.main.composer.text.endswith("two")
        assert _FORBIDDEN.search(running.main.composer.text) is None
        await running.press("escape", "slash")
        running.app.post_message(events.Paste(HOSTILE))
        await running.settle()
        assert "Re: [/]" in running.main.filter_line.field.value
        assert _FORBIDDEN.search(running.main.filter_line.field.value) is None
        clean(running)


async def test_required_fields_of_every_kind_with_hostile_labels(console: Start) -> None:
    async with console() as running:
        fields = (
            TicketField("custom:1", HOSTILE, "choice", (FieldOption("k", HOSTILE),)),
            TicketField("custom:2", HOSTILE, "integer"),
            TicketField("custom:3", HOSTILE, "checkbox"),
            TicketField("custom:4", HOSTILE, "multichoice", (FieldOption("m", HOSTILE),)),
            TicketField("custom:5", HOSTILE, "date"),
        )
        got: list[tuple[FieldChange, ...]] = []
        ask_required(running.app, HOSTILE, fields, got.append, solves=True)
        await running.press("a", "backspace")
        clean(running)
        await running.press("enter")
        await running.burst("x\r")
        assert any("is no number" in one for one in running.notices())
        await running.press("backspace")
        await running.burst("12\r")
        clean(running)
        await running.press("enter", "enter")
        await running.burst("2026-02-30\r")
        assert any("is no date" in one for one in running.notices())
        await running.press("backspace", "backspace")
        await running.burst("03\r")
        values = [change.value for change in got[0]]
        assert values == ["k", 12, True, ("m",), "2026-02-03"]


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_harmless_and_as_wide_as_it_is_said_to_be(name: str) -> None:
    line = foreign.line(SAMPLES[name])
    block = foreign.block(SAMPLES[name])
    assert not forbidden(line) and not forbidden(block) and "\n" not in line
    assert cells(line) == cell_len(line)
    for width in (1, 2, 7, 20, 60):
        assert cells(foreign.fit(SAMPLES[name], width)) == width
        # No base for a mark that comes first: it would fall on what stands before.
        assert all(unicodedata.category(part[0])[0] != "M" for part in block.split("\n") if part)


@pytest.mark.parametrize("name", HUGE)
def test_what_is_too_long_for_any_widget_is_cut(name: str) -> None:
    assert len(foreign.line(HUGE[name])) <= foreign.MOST_OF_LINE
    shown = foreign.paragraphs(HUGE[name]).plain
    assert len(shown) <= foreign.MOST_OF_TEXT + 60
    assert len(foreign.block(HUGE[name])) <= foreign.MOST_OF_TEXT or "more characters are not shown" in shown
    assert cells(foreign.title(HUGE[name]).plain) <= foreign.MOST_OF_TITLE


def test_every_character_that_is_shown_has_one_width_everywhere() -> None:
    # Of what came with Unicode 15 and 16 this Python knows no width yet.
    newer = {*range(0x2630, 0x2638), *range(0x268A, 0x2690), *range(0x4DC0, 0x4E00), *range(0x1D300, 0x1D377)}
    wrong = []
    for code in (*range(0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE1000)):
        shown = foreign.line(f"a{chr(code)}b")[1:-1]
        known = code not in newer and unicodedata.category(chr(code)) not in ("Cn", "Cf")
        if known and cells(shown) != cell_len(shown):
            wrong.append(hex(code))
    assert not wrong


def test_what_looks_at_the_bytes_sees_what_is_no_text() -> None:
    def stray(text: str) -> list[str]:
        return Written(f"\x1b[1;1H\x1b[0m{text}\r\n".encode("utf-8", "surrogatepass"), 80).stray

    assert not stray("plain [/] 你好")
    harmless = {
        "csi endless",
        "markup close",
        "markup click",
        "markup link",
        "markup style",
        "variables",
        "markdown",
        "html",
    }
    harmless |= {"colour", "cjk", "marks", "leading marks", "skin tones", "private", "plane ends", "emoji"}
    assert [name for name, text in SAMPLES.items() if not stray(text) and name not in harmless] == []
    assert Written(b"\x1b[1;70H0123456789", 80).overflows == []
    assert Written("\x1b[1;70H0123456789你".encode(), 80).overflows
    assert Written(b"\x1b]52;c;I2E=\x07", 80).copied == ["I2E="]


def test_cleaning_keeps_what_a_person_reads() -> None:
    assert foreign.line("Zoë – 你好 👩‍💻 [x]") == "Zoë – 你好 👩💻 [x]"
    assert foreign.block("a\r\nb\tc") == "a\nb   c"
