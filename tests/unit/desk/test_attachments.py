"""Files to send: what completes a path, and what cannot go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentconsole.desk import attachments
from agentconsole.domain.errors import ConsoleError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tmp_path = tmp_path / "files"
    tmp_path.mkdir()
    for name in ("invoice.pdf", "Invoice-2.pdf", "my invoice.txt", ".hidden", "zebra.png"):
        (tmp_path / name).write_text("x" * 2000)
    (tmp_path / "in").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_path_is_completed_absolute_relative_and_from_home(folder: Path) -> None:
    for head in (f"{folder}/", "~/", "./", ""):
        found = attachments.complete(f"{head}in")
        assert [one.typed for one in found] == [
            f"{head}in/",
            f"{head}Invoice-2.pdf",
            f"{head}invoice.pdf",
            f"{head}my invoice.txt",
        ]
        assert found[0].folder and found[2].size == 2000
    assert [one.name for one in attachments.complete("~/.h")] == [".hidden"]
    assert len(attachments.complete(f"{folder}/")) == 5
    assert attachments.complete("/nowhere/at/all/") == ()
    assert attachments.complete("~nobody-of-that-name/") == ()
    assert attachments.complete("a\0b/") == ()


def test_what_can_be_sent_is_told_with_its_size_and_kind(folder: Path) -> None:
    facts = attachments.look_at("~/invoice.pdf")
    assert facts == attachments.FileFacts(str(folder / "invoice.pdf"), "invoice.pdf", 2000, "application/pdf")
    assert attachments.look_at("invoice.pdf") == facts


@pytest.mark.parametrize(
    ("path", "why"),
    [("nowhere.pdf", "No such file"), ("in", "no file"), ("empty", "empty"), ("a\0b", "none")],
)
def test_what_cannot_be_sent_is_told_in_a_sentence(folder: Path, path: str, why: str) -> None:
    (folder / "empty").touch()
    with pytest.raises(ConsoleError, match=why):
        attachments.look_at(path)


def test_too_large_and_unreadable(folder: Path) -> None:
    with pytest.raises(ConsoleError, match=r"it has 2.0 kB, and 1.5 kB is the most"):
        attachments.look_at("invoice.pdf", 1500)
    (folder / "zebra.png").chmod(0)
    if os.geteuid():
        with pytest.raises(ConsoleError, match="Permission denied"):
            attachments.look_at("zebra.png")


def test_a_long_path_does_not_push_the_reason_out_of_sight(folder: Path) -> None:
    deep = folder / "a-folder-with-a-long-name" / "and-one-more-within-it" / "invoice-of-november.pdf"
    with pytest.raises(ConsoleError) as refused:
        attachments.look_at(str(deep))
    told = refused.value.sentence
    assert told.endswith("invoice-of-november.pdf cannot be attached: No such file or directory.")
    assert len(told) < 110


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (84_210, "84 kB"),
        (1_234_567, "1.2 MB"),
        (5 * 10**10, "50 GB"),
    ],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert attachments.size_words(size) == words
