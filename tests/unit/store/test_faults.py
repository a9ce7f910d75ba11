"""Full, locked and damaged databases, refused folders, kill -9: one clear sentence, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agentconsole.domain.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreRefused,
    UsageError,
)
from agentconsole.store import folders
from agentconsole.store.blobs import Blobs
from agentconsole.store.database import check_store, open_store, prepare_store
from agentconsole.store.failures import translate
from agentconsole.store.reader import Reader
from agentconsole.store.writer import Writer
from tests.unit.store.bench import Bench, ticket


def test_a_full_disk_is_said_and_nothing_is_half_done(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = bench.writer.save_draft(1, True, "Dear Ann", None, at=1)
    pages = bench.conn.execute("PRAGMA page_count").fetchone()[0]
    bench.conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match=r"the disk is full\. Make room"):
        bench.queue("u1", text="x" * 200_000, draft_id=draft_id)
    assert not bench.conn.in_transaction
    assert bench.reader.change("u1") is None
    draft = bench.reader.draft(1, True)
    assert draft is not None and draft.text == "Dear Ann"
    bench.conn.execute("PRAGMA max_page_count = 1000000")
    bench.queue("u1", text="x" * 200_000, draft_id=draft_id)
    assert bench.state("u1") == "held"


def test_a_locked_database_is_said_after_the_deadline(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.conn.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(bench.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another program"):
            bench.writer.save_draft(1, True, "Dear Ann", None, at=1)
        # Reading goes on meanwhile.
        assert bench.reader.queue_rows([1])[1].remote_id == "1"
        other.execute("ROLLBACK")
    bench.writer.save_draft(1, True, "Dear Ann", None, at=1)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "store" / "agentconsole.db"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"Dear diary, " * 1_000)
    with pytest.raises(StoreDamaged, match=r"damaged .*Move the file away"):
        open_store(path, role="console")
    assert path.read_bytes().startswith(b"Dear diary")


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store" / "agentconsole.db"
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE recipes (name)")
    with pytest.raises(StoreRefused, match="belongs to another program"):
        open_store(path, role="console")


def test_damaged_pages_are_said_when_they_are_read(bench: Bench) -> None:
    bench.put(*(ticket(number, subject="s" * 500) for number in range(1, 300)))
    path = bench.path
    bench.close()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(path.read_bytes())
    for start in range(len(whole) // 2 // 4096 * 4096, len(whole), 4096):
        whole[start : start + 64] = b"\xff" * 64
    path.write_bytes(whole)
    with closing(open_store(path, role="cli")) as conn:
        reader = Reader(conn)
        with pytest.raises(StoreDamaged):
            reader.queue_rows(list(range(1, 300)))
        assert check_store(conn)


def test_a_sound_database_has_nothing_to_report(bench: Bench) -> None:
    bench.put(ticket(1))
    assert check_store(bench.conn) == ()


def test_every_error_of_sqlite_has_a_sentence() -> None:
    kinds = {
        sqlite3.SQLITE_FULL: StoreFull,
        sqlite3.SQLITE_BUSY: StoreBusy,
        sqlite3.SQLITE_LOCKED: StoreBusy,
        sqlite3.SQLITE_BUSY_SNAPSHOT: StoreBusy,
        sqlite3.SQLITE_CORRUPT: StoreDamaged,
        sqlite3.SQLITE_NOTADB: StoreDamaged,
        sqlite3.SQLITE_READONLY_DBMOVED: StoreRefused,
        sqlite3.SQLITE_CANTOPEN: StoreRefused,
        sqlite3.SQLITE_IOERR_READ: StoreError,
        sqlite3.SQLITE_MISUSE: StoreError,
    }
    for code, kind in kinds.items():
        error = sqlite3.OperationalError("why")
        error.sqlite_errorcode = code
        said = translate(error)
        assert type(said) is kind
        assert said.sentence.endswith(".")
    assert type(translate(sqlite3.ProgrammingError("why"))) is StoreError


def test_nobody_else_may_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "store" / "agentconsole.db"
    old = os.umask(0)
    try:
        with closing(open_store(path, role="console")) as conn:
            Writer(conn).put_accounts([], 0)
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    finally:
        os.umask(old)


def test_network_file_systems_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "file_system_of", lambda folder: "nfs4")
    with pytest.raises(StoreRefused, match=r"network file system \(nfs4\)"):
        prepare_store(tmp_path / "store" / "agentconsole.db", now=0)


@pytest.mark.parametrize(
    ("line", "mount"),
    [
        ("srv:/home /home/nora\\040lee nfs4 rw,vers=4 0 0", ("/home/nora lee", "nfs4")),
        ("C:\\134 /mnt/c 9p rw,aname=drvfs;path=C: 0 0", ("/mnt/c", "cifs")),
        ("/dev/vda / ext4 rw 0 0", ("/", "ext4")),
    ],
)
def test_mounts_are_read(line: str, mount: tuple[str, str]) -> None:
    assert folders._linux_mount(line) == mount


def test_mounts_of_macos_are_read() -> None:
    assert folders._darwin_mount("//n@srv/x on /Volumes/x (smbfs, nodev)") == ("/Volumes/x", "smbfs")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused, match="cannot be made"):
        prepare_store(tmp_path / "file" / "store" / "agentconsole.db", now=0)
    with pytest.raises(StoreRefused, match="no local database"):
        open_store(tmp_path / "none.db", role="cli", create=False)


def test_attached_files_are_copied_by_hash(tmp_path: Path) -> None:
    source = tmp_path / "order 17.pdf"
    source.write_bytes(b"%PDF")
    blobs = Blobs(tmp_path / "files")
    file = blobs.put(source)
    assert (file.file_name, file.content_type, file.size) == ("order 17.pdf", "application/pdf", 4)
    source.write_bytes(b"changed since")
    assert blobs.read(file.sha256) == b"%PDF"
    assert stat.S_IMODE(blobs.path(file.sha256).stat().st_mode) == 0o600
    assert blobs.keep_only([], before=0) == 0
    assert blobs.keep_only([file.sha256], before=2**60) == 0
    blobs.path(file.sha256).write_bytes(b"%PDX")
    with pytest.raises(StoreError, match="damaged"):
        blobs.read(file.sha256)
    assert blobs.keep_only([], before=2**60) == 1
    with pytest.raises(StoreError, match="gone"):
        blobs.read(file.sha256)
    with pytest.raises(UsageError, match="cannot be attached"):
        blobs.put(tmp_path / "missing")


TYPING = """
import sys
from pathlib import Path
from agentconsole.store.database import open_store
from agentconsole.store.outbox import Outbox
from agentconsole.store.writer import Writer
from tests.unit.store.bench import change

path = Path(sys.argv[1])
writer = Writer(open_store(path, role="console", create=False))
outbox = Outbox(open_store(path, role="outbox", create=False))
number = 0
while True:
    number += 1
    text = f"reply {number}"
    draft = writer.save_draft(1, True, text, None, at=number)
    print("draft", number, flush=True)
    writer.queue_change(change(f"u{number}", 1, at=number, held=0, text=text, draft_id=draft))
    print("queued", number, flush=True)
    for one in outbox.due(number, 1):
        print("claiming", one.uuid, flush=True)
        assert outbox.claim(one.steps[0].id, number)
        print("claimed", one.uuid, flush=True)
        outbox.settle_rejected(one, "no", number)
        writer.drop_change(one.uuid, number)
"""


@pytest.mark.parametrize("seed", range(6))
def test_kill_at_any_moment_loses_nothing_that_was_said_to_be_saved(bench: Bench, seed: int) -> None:
    bench.put(ticket(1))
    path = bench.path
    bench.close()
    chance = random.Random(seed)
    lines_until_kill = chance.randrange(20, 60)
    with subprocess.Popen(
        [sys.executable, "-c", TYPING, str(path)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        said: list[list[str]] = []
        for line in running.stdout:
            said.append(line.split())
            if len(said) == lines_until_kill:
                # In the midst of whatever follows this line.
                for _ in range(chance.randrange(2_000)):
                    pass
                running.send_signal(signal.SIGKILL)
                break
        # Where Python does not buffer, a line leaves in pieces: half of one is nothing that was said.
        said.extend(line.split() for line in running.stdout if line.endswith("\n"))
    drafted = max(int(name) for what, name in said if what == "draft")
    queued = max((int(name) for what, name in said if what == "queued"), default=0)
    claimed = {name for what, name in said if what == "claimed"}

    again = Bench(path)
    try:
        assert check_store(again.conn) == ()
        kept = {body for (body,) in again.conn.execute("SELECT body FROM draft_version")}
        kept |= {body for (body,) in again.conn.execute("SELECT body FROM draft")}
        assert {f"reply {number}" for number in range(1, drafted + 1)} <= kept
        stored = {one.uuid: one for one in again.reader.changes()}
        assert {f"u{number}" for number in range(1, queued + 1)} <= set(stored)
        assert all(stored[uuid].state not in ("held", "queued") for uuid in claimed)
        again.outbox.recover(10**6)
        assert all(one.state != "sending" for one in again.reader.changes())
    finally:
        again.close()
