"""Files that an agent asks for, read by the worker from the embedded helpdesk."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agentconsole.config import UiSettings
from agentconsole.desk import downloads
from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import AttachmentItem
from agentconsole.store import downloads as store_downloads
from agentconsole.store.database import open_store
from agentconsole.store.downloads import FileCache
from agentconsole.store.opened import OpenedStore
from tests.sync.rig import Rig

LETTER = b"%PDF-1.7\n" + bytes(range(256)) * 2000


@contextmanager
def desk_of(rig: Rig) -> Iterator[Desk]:
    def opened() -> sqlite3.Connection:
        return open_store(rig.paths.database, role="console", now=rig.clock.now())

    store = OpenedStore(opened(), opened)
    try:
        yield Desk(rig.paths, replace(rig.config, ui=UiSettings()), rig.clock, store)
    finally:
        store.close()


async def with_file(rig: Rig, name: str = "letter.pdf", content: bytes = LETTER) -> AttachmentItem:
    """A ticket with a file, known here; the file is not."""
    number = rig.ticket()
    client = rig.server.client()
    sent = client.post("/uploads", params={"filename": name}, content=content)
    comment = {"body": "Here it is.", "uploads": [sent.json()["upload"]["token"]]}
    assert client.put(f"/tickets/{number}", json={"ticket": {"comment": comment}}).status_code == 200
    assert await rig.once() == 0
    return next(file for message in rig.detail(number).messages for file in message.attachments)


def how(desk: Desk, item: AttachmentItem) -> str:
    standing = desk.reader.download(item.id)
    return "" if standing is None else standing.state


def check_opened(path: Path) -> None:
    assert path.name == "letter.pdf" and path.read_bytes() == LETTER
    assert path.stat().st_mode & 0o377 == 0


async def test_a_file_comes_whole_and_is_kept_for_this_user_alone(rig: Rig) -> None:
    item = await with_file(rig)
    with desk_of(rig) as desk:
        assert downloads.here(desk, item.id) is None
        async with rig.working():
            downloads.ask_for(desk, item.id)
            await rig.until(lambda: downloads.here(desk, item.id), "the file")
        found = downloads.here(desk, item.id)
        assert found is not None and found.path.read_bytes() == LETTER and not found.doubt
        assert found.path.stat().st_mode & 0o077 == 0 and found.path.parent.stat().st_mode & 0o077 == 0
        # It is not read twice.
        downloads.ask_for(desk, item.id)
        standing = desk.reader.download(item.id)
        assert standing is not None and standing.state == "done" and standing.got == len(LETTER)


async def test_why_a_file_cannot_be_read_is_told_and_it_can_be_asked_for_again(rig: Rig) -> None:
    item = await with_file(rig)
    with desk_of(rig) as desk, rig.console() as conn:
        url = conn.execute("SELECT url FROM attachment WHERE id = ?", (item.id,)).fetchone()[0]
        conn.execute("UPDATE attachment SET url = 'http://elsewhere.example/a' WHERE id = ?", (item.id,))
        async with rig.working():
            downloads.ask_for(desk, item.id)
            await rig.until(
                lambda: (s := desk.reader.download(item.id)) and s.state == "failed", "the failure"
            )
            standing = desk.reader.download(item.id)
            assert (
                standing is not None and "elsewhere.example" in standing.error and "https" in standing.error
            )
            conn.execute("UPDATE attachment SET url = ? WHERE id = ?", (url, item.id))
            downloads.ask_for(desk, item.id)
            await rig.until(lambda: downloads.here(desk, item.id), "the file")


async def test_what_an_ended_worker_had_begun_is_read_by_the_next(rig: Rig) -> None:
    item = await with_file(rig)
    with desk_of(rig) as desk, rig.console() as conn:
        downloads.ask_for(desk, item.id)
        conn.execute("UPDATE download SET state = 'reading', got = 5")
        async with rig.working():
            await rig.until(lambda: downloads.here(desk, item.id), "the file")


async def test_a_file_that_is_gone_from_the_cache_is_read_again(rig: Rig) -> None:
    item = await with_file(rig)
    with desk_of(rig) as desk:
        async with rig.working():
            downloads.ask_for(desk, item.id)
            found = await rig.until(lambda: downloads.here(desk, item.id), "the file")
            found.path.unlink()
            assert downloads.here(desk, item.id) is None
            downloads.ask_for(desk, item.id)
            await rig.until(lambda: downloads.here(desk, item.id), "the file again")


async def test_a_full_disk_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await with_file(rig)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_downloads.NewFile, "write", full)
    with desk_of(rig) as desk:
        async with rig.working():
            downloads.ask_for(desk, item.id)
            await rig.until(lambda: (s := desk.reader.download(item.id)) and "disk is full" in s.error, "it")
    assert not [path for path in rig.paths.downloads_dir.iterdir() if path.name.startswith(".new-")]


async def test_saving_replaces_nothing_and_follows_no_link(rig: Rig, tmp_path: Path) -> None:
    item = await with_file(rig, "../../let\u202eter.pdf")
    folder = tmp_path / "saved"
    with desk_of(rig) as desk:
        async with rig.working():
            downloads.ask_for(desk, item.id)
            await rig.until(lambda: downloads.here(desk, item.id), "the file")
        first = downloads.save(desk, item.id, folder)
        assert first == folder / "letter.pdf" and first.read_bytes() == LETTER
        (folder / "letter (2).pdf").symlink_to(tmp_path / "victim")
        assert downloads.save(desk, item.id, folder) == folder / "letter (3).pdf"
        assert not (tmp_path / "victim").exists() and first.read_bytes() == LETTER
        (tmp_path / "plain").write_text("x")
        with pytest.raises(ConsoleError, match="cannot be saved"):
            downloads.save(desk, item.id, tmp_path / "plain")


async def test_only_what_is_harmless_is_handed_to_the_opener(rig: Rig, tmp_path: Path) -> None:
    letter = await with_file(rig)
    program = await with_file(rig, "bill.pdf", b"MZ\x90\x00 this is no letter")
    told = tmp_path / "told"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(
        f'#!/bin/sh\nprintf %s "$1$AGENTCONSOLE_PASSPHRASE" > {told}.new && mv {told}.new {told}\n'
    )
    opener.chmod(0o755)
    environment = {"PATH": f"{opener.parent}:/usr/bin:/bin", "AGENTCONSOLE_PASSPHRASE": "correct horse"}
    with desk_of(rig) as desk:
        async with rig.working():
            for item in (letter, program):
                downloads.ask_for(desk, item.id)
                await rig.until(lambda item=item: downloads.here(desk, item.id), "the file")  # type: ignore[misc]
        found = downloads.here(desk, program.id)
        assert found is not None and "it is a program" in found.doubt
        with pytest.raises(ConsoleError, match="not opened from here: It is a program"):
            downloads.open_outside(desk, program.id, environment)
        downloads.open_outside(desk, letter.id, environment)
        await rig.until(told.exists, "the opener")
        check_opened(Path(told.read_text()))
        with rig.console() as conn:
            conn.execute("UPDATE attachment SET malware = 1 WHERE id = ?", (letter.id,))
        with pytest.raises(ConsoleError, match="malware"):
            downloads.open_outside(desk, letter.id, environment)
        with pytest.raises(ConsoleError, match="no xdg-open here"):
            conn_free = {"PATH": str(tmp_path)}
            with rig.console() as conn:
                conn.execute("UPDATE attachment SET malware = 0 WHERE id = ?", (letter.id,))
            downloads.open_outside(desk, letter.id, conn_free)


def test_the_cache_lets_go_of_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most=250)
    kept = []
    for number in range(4):
        file = cache.begin()
        file.write(bytes([number]) * 100)
        kept.append(file.keep())
        os.utime(cache.path(kept[-1]), (number, number))
    assert cache.trim(keep=kept[:1]) == 2
    assert [cache.path(one).exists() for one in kept] == [True, False, False, True]
