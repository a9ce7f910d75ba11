"""Saving and opening the files of a thread, by key."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentconsole.config import Paths
from agentconsole.store.database import open_store
from agentconsole.store.downloads import Downloads, FileCache
from agentconsole.tui.flows import downloads as flow
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.line import LineDialog
from agentconsole.tui.screens.picker import Picker
from tests.tui import profile
from tests.tui.conftest import Running, Start
from tests.tui.test_ticket_pane import busy, open_41

LETTER = b"%PDF-1.7 letter"


@dataclass
class Reads:
    """Does the worker's part."""

    paths: Paths

    def bring(self, content: bytes = LETTER) -> None:
        with closing(open_store(self.paths.database, role="worker", now=profile.NOW)) as conn:
            wanted = Downloads(conn, profile.account_id(self.paths))
            taken = wanted.take()
            assert taken is not None
            file = FileCache(self.paths.downloads_dir).begin()
            file.write(content)
            wanted.progress(taken[0], 5)
            assert file.keep() == hashlib.sha256(content).hexdigest()
            wanted.finished(taken[0], hashlib.sha256(content).hexdigest(), len(content))

    def fail(self, sentence: str) -> None:
        with closing(open_store(self.paths.database, role="worker", now=profile.NOW)) as conn:
            wanted = Downloads(conn, profile.account_id(self.paths))
            taken = wanted.take()
            assert taken is not None
            wanted.failed(taken[0], sentence)

    def asked(self) -> bool:
        with closing(open_store(self.paths.database, role="console", now=profile.NOW)) as conn:
            return bool(conn.execute("SELECT 1 FROM download WHERE state = 'wanted'").fetchone())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


async def pick(running: Running, name: str) -> None:
    """Ask for a file by its name and wait for the question about it."""
    running.app.post_message(key("O"))
    await running.until(lambda: isinstance(running.app.screen, Picker))
    for char in name:
        running.app.post_message(key(char))
    await running.until(lambda: name in running.screen_text())
    running.app.post_message(key("enter"))
    await running.until(lambda: isinstance(running.app.screen, Choice) and running.app.screen.ready)


def key(name: str):  # type: ignore[no-untyped-def]
    from textual import events

    return events.Key(name, "\r" if name == "enter" else name)


async def test_a_file_is_read_by_the_worker_and_saved_with_its_path_told(console: Start, home: Path) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        reads = Reads(running.desk.paths)
        await pick(running, "bank-letter")
        running.app.post_message(key("s"))
        await running.until(reads.asked)
        await running.until(lambda: "Reading bank-letter.pdf: 0 B of 84 kB" in running.screen_text())
        reads.bring()
        await running.until(lambda: "Saved as ~/Downloads/bank-letter.pdf." in running.notices())
        assert (home / "Downloads" / "bank-letter.pdf").read_bytes() == LETTER
        assert "Reading" not in running.screen_text()
        # It is here now.
        await pick(running, "bank-letter")
        running.app.post_message(key("s"))
        await running.until(lambda: "Saved as ~/Downloads/bank-letter (2).pdf." in running.notices())


async def test_another_folder_can_be_named(console: Start, home: Path, tmp_path: Path) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await pick(running, "bank-letter")
        running.app.post_message(key("f"))
        await running.until(lambda: isinstance(running.app.screen, LineDialog) and running.app.screen.ready)
        running.app.screen.query_one("#picker-field").value = str(tmp_path / "else" / "where")  # type: ignore[attr-defined]
        running.app.post_message(key("enter"))
        reads = Reads(running.desk.paths)
        await running.until(reads.asked)
        reads.bring()
        await running.until((tmp_path / "else" / "where" / "bank-letter.pdf").exists)


async def all_files(running: Running, folder: str | None = None) -> None:
    """Ask for all files, in the usual folder or another."""
    running.app.post_message(key("O"))
    await running.until(lambda: isinstance(running.app.screen, Picker))
    for char in "all":
        running.app.post_message(key(char))
    await running.until(lambda: "saved together" in running.screen_text())
    running.app.post_message(key("enter"))
    await running.until(lambda: isinstance(running.app.screen, LineDialog) and running.app.screen.ready)
    if folder is not None:
        running.app.screen.query_one("#picker-field").value = folder  # type: ignore[attr-defined]
    running.app.post_message(key("enter"))


async def test_all_files_are_saved_together_but_malware(console: Start, home: Path) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await all_files(running)
        reads = Reads(running.desk.paths)
        for content in (b"MZ", LETTER):
            await running.until(reads.asked)
            reads.bring(content)
        await running.until(
            lambda: any("2 of 3 files saved in ~/Downloads" in one for one in running.notices())
        )
        assert any("Not: worm.zip (malware: save it by itself)." in one for one in running.notices())
        saved = {path.name: path.read_bytes() for path in (home / "Downloads").iterdir()}
        assert len(saved) == 2 and saved["bank-letter.pdf"] == LETTER


async def test_where_one_file_does_not_come_the_others_are_not_waited_for(
    console: Start, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "PATIENCE", 0.2)
    async with console(fill=busy) as running:
        await open_41(running)
        await all_files(running)
        await running.until(lambda: any("0 of 3 files saved" in one for one in running.notices()))
        assert sum(one.count("has not come yet") for one in running.notices()) == 1


async def test_for_a_folder_that_cannot_be_nothing_is_read(console: Start, home: Path) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await all_files(running, "~nobody-of-this-name/here")
        await running.until(lambda: any("it has no home" in one for one in running.notices()))
        assert not Reads(running.desk.paths).asked()


async def test_why_a_file_did_not_come_is_told(console: Start, home: Path) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await pick(running, "bank-letter")
        running.app.post_message(key("s"))
        reads = Reads(running.desk.paths)
        await running.until(reads.asked)
        reads.fail("demo: the file is [/] gone.")
        await running.until(lambda: any("the file is [/] gone" in one for one in running.notices()))


async def test_nobody_waits_for_ever(console: Start, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PATIENCE", 0.2)
    async with console(fill=busy) as running:
        await open_41(running)
        await pick(running, "bank-letter")
        running.app.post_message(key("s"))
        await running.until(lambda: any("has not come yet" in one for one in running.notices()))


async def test_what_is_not_what_its_name_says_is_told(console: Start, home: Path) -> None:
    async with console(fill=busy) as running:
        await open_41(running)
        await pick(running, "bank-letter")
        running.app.post_message(key("s"))
        reads = Reads(running.desk.paths)
        await running.until(reads.asked)
        reads.bring(b"MZ this is no letter")
        await running.until(lambda: any("it is a program" in one for one in running.notices()))


async def test_malware_and_programs_are_never_offered_to_be_opened(
    console: Start, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "has_browser", lambda _: True)
    async with console(fill=busy) as running:
        await open_41(running)
        for name, said in (
            ("worm.zip", "found malware"),
            ("invfdp.exe", "saved only"),
            ("bank-letter", "open"),
        ):
            await pick(running, name)
            await running.until(lambda said=said: said in running.screen_text())  # type: ignore[misc]
            answers = running.app.screen.answers()  # type: ignore[attr-defined]
            assert ("accept" in answers) == (name == "bank-letter")
            running.app.post_message(key("escape"))
            await running.until(lambda: not isinstance(running.app.screen, Choice))


async def test_a_thread_without_files_says_so(console: Start) -> None:
    async with console() as running:
        await running.press("enter", "O")
        assert any("no file in this thread" in one for one in running.notices())
