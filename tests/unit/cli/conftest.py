"""Runs commands in this process on a filled profile."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentconsole.cli import main
from tests.support.profile import FilledProfile, filled_profile


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


class _Input(io.TextIOWrapper):
    """Standard input that is no terminal."""

    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[FilledProfile]:
    with filled_profile(tmp_path / "profile") as filled:
        yield filled


@pytest.fixture
def run(profile: FilledProfile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the filled profile; what it is given on standard input is `given`."""

    def command(*words: str, given: str = "", home: Path | None = None) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", _Input(given))
        code = main(["--home", str(home or profile.home), *words])
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return command
