"""Names in the agent's own folders that hold whatever a file system takes: escapes, other bytes, markup."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from agentconsole.config import Paths, read_config
from agentconsole.config_writing import put_setting
from agentconsole.domain.errors import ConfigError
from agentconsole.store.database import open_store, path_of, prepare_store
from agentconsole.tui.screens.list_editor import ListEditor
from agentconsole.tui.widgets.fields import CleanInput
from tests.support.hostile import Written, forbidden
from tests.tui import profile
from tests.tui.conftest import Start
from tests.tui.terminal import console_terminal
from tests.tui.test_composing import write_on_41

NAMES = [
    os.fsdecode(name)
    for name in (
        b"\xff\xfe",
        b"x\x1b]52;c;cHduZWQ=\x07",
        "a\u202egpj".encode(),
        b"n\nl",
        b"[@click=app.quit]",
    )
]


def test_a_console_in_a_folder_of_any_name_over_files_of_any_name(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]
) -> None:
    home = tmp_path / os.fsdecode(b"home \x1b]0;x\x07\xff\xe2\x80\xae")
    shutil.copytree(filled(profile.standard), home)
    paths = Paths(home)
    paths.macros_dir.mkdir(exist_ok=True)
    paths.themes_dir.mkdir(exist_ok=True)
    for number, name in enumerate(NAMES):
        (paths.macros_dir / f"{name}.md").write_text(f"---\nname: Own {number}\n---\nhello\n")
        (paths.macros_dir / f"{name}2.md").write_text("no head\n")
        (paths.themes_dir / f"{name}.toml").write_text('[colors]\nprimary = "#ff0000"\n')
        (paths.themes_dir / f"{name}2.toml").write_text('[colors]\nprimary = "x"\n')

    def painted(start: int, word: str, output: bytes) -> bool:
        return word in "".join(Written(output[start:], 120).texts)

    with console_terminal(home, columns=120, rows=40) as one:
        one.until(b"Mine")
        one.quiet()
        for keys, word in (("T", "Theme"), ("gpj", "agpj"), ("\r", "kept in config.toml"), ("\r", "")):
            seen = partial(painted, len(one.output), word)
            one.send(keys.encode())
            one.until(seen)
        one.quiet()
        one.send(b"\x11")
        one.wait()
        written = Written(one.output, 120)
    assert not written.stray, written.stray[:5]
    said = "\n".join(written.texts)
    assert "[@click=app.quit]2.toml" in said, "what is wrong with a file is told with its name"
    assert read_config(paths.config_file).ui.theme == NAMES[2]


def test_a_theme_whose_name_is_no_text_is_not_written_down(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match="not UTF-8"):
        put_setting(path, "ui", "theme", NAMES[0])
    assert not path.exists()


def test_a_database_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / NAMES[0]
    folder.mkdir()
    prepare_store(folder / "a.db", now=0)
    with closing(open_store(folder / "a.db", role="console", create=False)) as conn:
        assert path_of(conn) == folder / "a.db"
        assert conn.execute("SELECT 'x'").fetchone()[0] == "x"


async def test_files_in_folders_of_any_name_can_be_attached(console: Start, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"in {name}").mkdir()
        (tmp_path / f"in {name}" / f"{name}.txt").write_text("x")
    async with console() as running:
        ticket = await write_on_41(running, "Hello")
        await running.press("f4")
        await running.until(lambda: isinstance(running.app.screen, ListEditor))
        editor = running.app.screen
        assert isinstance(editor, ListEditor)
        field = editor.query_one(CleanInput)
        for place in range(len(NAMES)):
            await running.burst(f"{tmp_path}/in ")
            await running.until(lambda: len(editor._suggestions) == len(NAMES))
            await running.press(*["down"] * place, "enter")
            await running.until(lambda: field.value.endswith("/") and len(editor._suggestions) == 1)
            assert not forbidden(field.value)
            await running.press("enter")
            await running.until(lambda: not field.value)
        await running.press("enter")
        await running.until(lambda: not isinstance(running.app.screen, ListEditor))
        await running.press("escape")
        await running.settle()
        draft = running.desk.reader.draft(ticket, True)
    assert draft is not None
    assert sorted(draft.attachments) == sorted(str(tmp_path / f"in {name}" / f"{name}.txt") for name in NAMES)
