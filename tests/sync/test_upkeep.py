"""What nobody needs any more goes, what is needed stays; texts follow the cleaner."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from agentconsole.domain.times import DAY
from agentconsole.store import message_rows, upkeep
from agentconsole.store.blobs import Blobs
from agentconsole.store.upkeep import Upkeep
from agentconsole.sync import upkeep as sync_upkeep
from agentconsole.sync.reports import Progress
from tests.support.helpdesk import RunningHelpdesk
from tests.sync.rig import Rig


def copied(rig: Rig, tmp_path: Path, name: str) -> Any:
    """A file to send, copied two hours ago."""
    path = tmp_path / name
    path.write_text(name)
    blobs = Blobs(rig.paths.blobs_dir)
    file = blobs.put(path)
    old = (rig.clock.now() - DAY) / 1_000_000
    os.utime(blobs.path(file.sha256), (old, old))
    return file


async def test_files_go_once_nothing_open_needs_them(rig: Rig, tmp_path: Path) -> None:
    number = rig.ticket()
    await rig.once()
    blobs = Blobs(rig.paths.blobs_dir)
    sent, rejected, fresh = (copied(rig, tmp_path, name) for name in ("sent", "rejected", "fresh"))
    present = rig.clock.now() / 1_000_000
    os.utime(blobs.path(fresh.sha256), (present, present))
    rig.server.plant("too_large", path=f"/tickets/{number}", method="PUT")
    lost = rig.change(number, "Too large", files=(rejected,))
    gone = rig.change(rig_other(rig), "Here it is", files=(sent,))
    await rig.once()
    assert rig.standing(lost) == "rejected" and rig.standing(gone) == "sent"
    kept = {path.name for path in rig.paths.blobs_dir.iterdir()}
    assert kept == {rejected.sha256, fresh.sha256}


async def test_copies_made_to_be_opened_go_after_days(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def rmtree(path: Path, **how: Any) -> None:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        removed(path, **how)

    removed = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", rmtree)
    opened = rig.paths.downloads_dir / "opened"
    now = rig.clock.now() // 1_000_000
    ages = {"locked": (9, 9), "old": (8, 9), "today": (0, 0), "written": (30, 1)}
    for name, (folder_age, file_age) in ages.items():
        folder = opened / name
        folder.mkdir(parents=True)
        file = folder / "bill.pdf"
        file.write_bytes(b"%PDF")
        file.chmod(0o400)
        for path, age in ((file, file_age), (folder, folder_age)):
            os.utime(path, (now - age * 86_400, now - age * 86_400))
    elsewhere = rig.paths.downloads_dir / "kept"
    elsewhere.mkdir()
    (opened / "link").symlink_to(elsewhere)
    with rig.console() as conn:
        conn.execute("DELETE FROM meta WHERE key = 'cleaned'")
    await rig.once()
    assert {path.name for path in opened.iterdir()} == {"today", "written", "link", "locked"}
    assert elsewhere.is_dir()
    with rig.console() as conn:
        done = conn.execute("SELECT count(*) FROM meta WHERE key = 'cleaned'").fetchone()
        assert done == (1,), "all other upkeep is done"


def rig_other(rig: Rig) -> int:
    for ticket_id in rig.reader.ticket_ids(None, "newest", rig.clock.now()):
        row = rig.reader.queue_rows([ticket_id])[ticket_id]
        if row.assigned_to_me and row.status == "open" and row.remote_id is not None and row.waiting is None:
            return int(row.remote_id)
    raise AssertionError("there is no other ticket")


async def test_old_settled_changes_go_and_their_texts_stay(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = rig.ticket()
    await rig.once()
    sent = rig.change(number, "Long ago")
    await rig.once()
    held = rig.change(number, "Not yet", held_seconds=3600)
    assert rig.standing(sent) == "sent"
    monkeypatch.setattr(sync_upkeep, "KEPT", -DAY)
    await rig.once()
    assert [one.uuid for one in rig.reader.changes(None)] == [held.uuid]
    with rig.console() as conn:
        assert conn.execute("SELECT count(*) FROM change_step").fetchone()[0] == 1
        assert ("Long ago",) in conn.execute("SELECT body FROM draft_version").fetchall()


async def test_a_better_cleaner_goes_over_everything_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = rig.ticket()
    rig.server.customer_answers(number, "It whistles")
    await rig.once()
    with rig.console() as conn:
        conn.execute('UPDATE message SET parts = \'[["body","spoilt"]]\'')
        conn.execute("UPDATE article SET body = 'spoilt'")
        keeper = Upkeep(conn)
        assert keeper.clean_messages() == keeper.clean_articles() == 0, "the cleaner is the same"
        for module in (upkeep, message_rows):
            monkeypatch.setattr(module, "CLEANER_VERSION", 2)
        first = keeper.clean_messages(limit=1)
        assert first == 1
        again = Upkeep(conn)
        looked = 0
        while count := again.clean_messages(limit=2):
            looked += count
        total = conn.execute("SELECT count(*) FROM message").fetchone()[0]
        assert looked == total - 1, "it went on where it was"
        assert again.clean_messages() == 0
        while again.clean_articles(limit=2):
            pass
        assert not conn.execute("SELECT 1 FROM message WHERE parts LIKE '%spoilt%'").fetchall()
        assert not conn.execute("SELECT 1 FROM article WHERE body = 'spoilt'").fetchall()
        dirty = dict(conn.execute("SELECT kind, count(*) FROM dirty GROUP BY kind"))
        assert dirty["article"] > 0 and dirty["message"] > 0
    texts = [part.text for each in rig.detail(number).messages for part in each.parts]
    assert "It whistles" in texts


def log_size(rig: Rig) -> int | None:
    """How large the write-ahead log is; None without one."""
    log = rig.paths.database.with_name(f"{rig.paths.database.name}-wal")
    return log.stat().st_size if log.exists() else None


async def test_a_sync_leaves_no_log_behind_whether_or_not_a_console_is_open(rig: Rig) -> None:
    rig.ticket()
    await rig.once()
    assert log_size(rig) == 0, "the console keeps the file, but not what was in it"
    rig.close()
    rig.server.customer_answers(rig.ticket(), "It whistles")
    await rig.once()
    assert log_size(rig) is None


async def test_a_long_running_worker_empties_the_log_unless_someone_reads(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_upkeep, "_EVERY_SECONDS", 0.05)
    async with rig.working():
        with rig.console() as conn:
            await rig.until(lambda: rig.state().state == "ok")
            await rig.until(lambda: log_size(rig) == 0, "emptied")
            conn.execute("BEGIN")
            conn.execute("SELECT count(*) FROM ticket").fetchone()
            with rig.console() as other:
                other.execute("INSERT INTO meta (key, value) VALUES ('written', 'meanwhile')")
                Upkeep(other).shrink_log()
            assert log_size(rig), "what is read stays"
            conn.execute("COMMIT")
            await rig.until(lambda: log_size(rig) == 0, "emptied later")


async def test_progress_goes_on_after_a_restart(
    server: RunningHelpdesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig.make(server, tmp_path, admin=True)
    await rig.once()
    with rig.console() as conn:
        conn.execute("UPDATE stream SET done = 40, finished = 0 WHERE stream = 'messages'")
    rig.reports.clear()
    number = rig.ticket()
    await rig.once()
    told = [each.done for each in rig.reports if isinstance(each, Progress) and each.stream == "messages"]
    assert told and told[0] > 40
    rig.server.customer_answers(number, "And another")
    rig.reports.clear()
    await rig.once()
    told = [each.done for each in rig.reports if isinstance(each, Progress) and each.stream == "messages"]
    assert all(done < 40 for done in told), "what is read later is counted anew"
    rig.close()
