"""The one option of `sync` that a sentence names: it must be there, and reach the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentconsole import cli
from agentconsole.store import ingest_feeds
from agentconsole.sync import worker

CONFIG = """
[[accounts]]
name = "demo"
kind = "zendesk"
url = "http://127.0.0.1:9"
login = "a@example.com"
"""


@pytest.mark.parametrize("allowed", [False, True])
def test_what_the_sentence_names_reaches_the_worker(
    allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    given: dict[str, Any] = {}
    monkeypatch.setattr(worker, "run_worker", lambda *args, **kwargs: given.update(kwargs) or 0)
    sentence = ingest_feeds.vanishing_sentence("macros", 9, 10)
    words = sentence.partition("`agentconsole ")[2].partition("`")[0].split()
    assert words == ["sync", "--once", "--allow-vanishing"]
    assert cli.main(["--home", str(tmp_path), *(words if allowed else words[:-1])]) == 0
    assert given["vanishing"] is allowed and given["once"] is True


def test_a_worker_that_goes_on_is_not_told_so_for_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    assert cli.main(["--home", str(tmp_path), "sync", "--watch", "--allow-vanishing"]) == 2
    assert "--once" in capsys.readouterr().err
