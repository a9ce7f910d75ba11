"""Two runs at once leave each other's instance alone; this needs no Request Tracker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.rt.conftest import server_in
from tests.live.rt.server import FolderInUse, RtServer


def test_a_folder_is_one_runs_and_the_next_gets_its_own_with_the_filled_databases(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "copies").mkdir(parents=True)
    (kept / "copies" / "x-60.sqlite").write_bytes(b"filled")
    (kept / "copies" / "x-60.draft").write_bytes(b"ha")
    first = server_in(tmp_path / "first", kept)
    assert first.folder == kept
    with pytest.raises(FolderInUse, match=r"Another run \(process \d+\) uses .*kept: wait for it, or take"):
        RtServer(kept, 1).stop()
    second = server_in(tmp_path / "second", kept)
    assert second.folder == tmp_path / "second"
    assert [path.name for path in (second.folder / "copies").iterdir()] == ["x-60.sqlite"]
    first.stop()
    third = server_in(tmp_path / "third", kept)
    assert third.folder == kept
    third.stop()
