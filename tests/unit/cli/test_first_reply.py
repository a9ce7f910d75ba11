"""The first public reply of an account: who reads it is confirmed once, and never again."""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agentconsole.cli import main
from agentconsole.config import Paths
from tests.support.profile import FilledProfile
from tests.unit.cli.conftest import Run


@pytest.fixture
def fresh(profile: FilledProfile) -> Paths:
    """A profile from which nobody has replied yet."""
    with closing(sqlite3.connect(profile.paths.database)) as conn, conn:
        conn.execute("DELETE FROM meta WHERE key LIKE 'recipients%'")
    return profile.paths


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def queued(run: Run) -> int:
    return len(run("outbox", "list", "--json").document["changes"])


def test_without_a_terminal_it_takes_yes_once(fresh: Paths, run: Run) -> None:
    refused = run("reply", "41", given="On its way.")
    assert refused.code == 1
    assert "to anna@customer.example, cc carl@customer.example (2 outside your organisation)" in refused.err
    assert "--yes" in refused.err
    assert refused.err.count("\n") == 1
    assert queued(run) == 0
    assert run("note", "41", given="Only we read this.").code == 0
    assert run("reply", "41", "--yes", given="On its way.").code == 0
    assert run("reply", "43", given="Without asking again.").code == 0
    assert queued(run) == 3


def test_scripts_are_not_asked(fresh: Paths, run: Run) -> None:
    refused = run("reply", "41", "--json", given="On its way.")
    assert (refused.code, refused.out) == (1, "")
    assert run("reply", "41", "--json", "--yes", given="On its way.").document["outside"] == 2


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
def test_on_a_terminal_it_asks_before_the_text_is_written(
    fresh: Paths,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    code: int,
) -> None:
    file = tmp_path / "text.txt"
    file.write_text("On its way.")
    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    assert main(["--home", str(fresh.home), "reply", "41", "--file", str(file)]) == code
    told = capsys.readouterr().err
    assert "to anna@customer.example, cc carl@customer.example (2 outside your organisation)" in told
    assert "Are these the right people" in told
    assert queued(run) == (1 if code == 0 else 0)
    assert run("reply", "43", given="And now").code == code


def test_the_made_up_customers_of_a_demo_need_no_confirming(fresh: Paths, run: Run) -> None:
    fresh.demo_marker.write_text("{}")
    assert run("reply", "41", given="On its way.").code == 0


def test_a_purged_account_is_new_again(fresh: Paths, run: Run) -> None:
    assert run("reply", "41", "--yes", given="On its way.").code == 0
    [change] = run("outbox", "list", "--json").document["changes"]
    assert run("outbox", "drop", change["id"]).code == 0
    assert run("account", "remove", "shop", "--purge").code == 0
    with closing(sqlite3.connect(fresh.database)) as conn:
        assert not conn.execute("SELECT key FROM meta WHERE key LIKE 'recipients%'").fetchall()
