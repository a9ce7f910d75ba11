"""Removing an account for which something still waits: said first, never silently, and the texts are kept."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from agentconsole.cli import main
from agentconsole.config import read_config
from tests.support.profile import FilledProfile
from tests.unit.cli.conftest import Run

TEXT = "Your parcel is on its way."


@pytest.fixture
def waiting(run: Run) -> str:
    """A queued reply, a note and a change; gives the reply's id."""
    assert run("reply", "41", given=TEXT).code == 0
    assert run("note", "42", given="Careful.").code == 0
    assert run("set", "43", "priority=low").code == 0
    changes = run("outbox", "list", "--json").document["changes"]
    return str(next(one["id"] for one in changes if one["message"] and one["message"]["public"]))


def accounts(profile: FilledProfile) -> list[str]:
    return [one.name for one in read_config(profile.paths.config_file).accounts]


def sentences(run: Run) -> list[str]:
    return [
        one["sentence"]
        for one in run("doctor", "--offline", "--json").document["findings"]
        if "removed" in one["sentence"]
    ]


def test_without_force_it_says_what_waits(profile: FilledProfile, run: Run, waiting: str) -> None:
    refused = run("account", "remove", "shop")
    assert refused.code == 1
    assert "1 public reply, 1 internal note and 1 change still wait for shop" in refused.err
    assert "--force" in refused.err and "Nothing was changed" in refused.err
    assert accounts(profile) == ["shop"]
    assert len(run("outbox", "list", "--json").document["changes"]) == 3


def test_forced_it_gives_up_and_says_where_the_texts_are(
    profile: FilledProfile, run: Run, waiting: str
) -> None:
    told = run("account", "remove", "shop", "--force")
    assert told.code == 0, told.err
    assert "outbox list --all" in told.out
    assert accounts(profile) == []
    assert run("outbox", "list", "--json").document["changes"] == []
    shown = run("outbox", "show", waiting)
    assert TEXT in shown.out
    [sentence] = sentences(run)
    assert "shop was removed; 4 tickets of it lie here still" in sentence
    assert run("account", "remove", "shop", "--purge").code == 0
    assert not sentences(run)
    assert run("outbox", "show", waiting).code == 1


def test_the_doctor_names_drafts_of_an_account_that_is_gone(profile: FilledProfile, run: Run) -> None:
    desk = profile.open_desk()
    desk.writer.save_draft(1, True, TEXT, None, macro=None, changes=(), attachments=(), at=desk.clock.now())
    told = run("account", "remove", "shop")
    assert told.code == 0
    assert "`agentconsole drafts` still lists what was begun." in told.out
    [sentence] = sentences(run)
    assert "shop was removed with 1 draft that will not be sent" in sentence
    assert TEXT in run("drafts").out


@pytest.mark.parametrize(("answer", "left"), [("n\n", ["shop"]), ("y\nn\n", [])])
def test_on_a_terminal_it_asks(
    profile: FilledProfile,
    run: Run,
    waiting: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    left: list[str],
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert main(["--home", str(profile.home), "account", "remove", "shop"]) == (1 if left else 0)
    assert "1 public reply, 1 internal note and 1 change still wait for shop" in capsys.readouterr().err
    assert accounts(profile) == left


def test_the_commands_are_true_for_several_accounts(profile: FilledProfile, run: Run, tmp_path: Path) -> None:
    added = ("account", "add", "two", "--url", "http://127.0.0.1:9", "--login", "me@two.example")
    assert run(*added, "--secret", "file", "--no-test", given="token-of-two\n").code == 0
    listed = run("account", "list", "--json").document["accounts"]
    assert [one["name"] for one in listed] == ["shop", "two"]
    tested = run("account", "test", "--json")
    assert tested.code == 1
    results = {one["name"]: one for one in tested.document["accounts"]}
    assert "shop" in results["shop"]["sentence"] and "two" in results["two"]["sentence"]
    assert "no secret" in results["shop"]["sentence"]
    only = run("account", "test", "two", "--json").document["accounts"]
    assert [one["name"] for one in only] == ["two"]
    found = run("doctor", "--json").document["findings"]
    secrets = [one for one in found if one["area"] == "secrets"]
    assert [one["verdict"] for one in secrets] == ["fail", "ok"]
    assert any("has 2 accounts" in one["sentence"] for one in found)
    assert any("two" in one["sentence"] for one in found if one["area"] == "account")
