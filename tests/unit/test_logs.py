"""The log: rotated, private, and without secrets, tracebacks included."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole import logs

SECRET = "tok-9f8e7d6c5b4a"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    logs.stop_logging()
    logging.getLogger().setLevel(level)
    logs.forget_secrets()


def test_a_known_secret_never_reaches_the_log(tmp_path: Path) -> None:
    path = logs.start_logging(tmp_path, "cli")
    assert path is not None
    logs.hide(SECRET)
    logs.hide("half \udcff of a character")
    logger = logging.getLogger("agentconsole.test")
    logger.error("asked with %s", SECRET)
    logger.error("and %s", base64.b64encode(SECRET.encode()).decode())
    pair = base64.b64encode(f"me@x.example/token:{SECRET}".encode()).decode()
    logger.error("Authorization: Basic %s", pair)
    try:
        raise ValueError(f"refused {SECRET}")
    except ValueError as fault:
        logs.log_surprise(fault)
    text = path.read_text()
    assert SECRET not in text
    assert pair not in text
    assert base64.b64encode(SECRET.encode()).decode() not in text
    assert "ValueError" in text
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line",
    [
        "{'Authorization': 'Bearer abc.def-ghi'}",
        "authorization: basic YWJjOmRlZg==",
        "password=hunter2000 ok",
        '"api_token": "abcdefgh"',
        "GET https://me:hunter2000@x.example/path",
    ],
)
def test_what_looks_like_a_secret_is_hidden(line: str) -> None:
    told = logs.redact(line)
    for secret in ("abc.def-ghi", "YWJjOmRlZg==", "hunter2000", "abcdefgh"):
        assert secret not in told


def test_plain_words_stay() -> None:
    line = "demo: 1,500 tickets read, 3 basic macros, token bucket"
    assert logs.redact(line) == line


def test_the_log_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_LOG_BYTES", 1000)
    path = logs.start_logging(tmp_path / "logs", "cli")
    assert path is not None
    for number in range(100):
        logging.getLogger("agentconsole").error("line %d %s", number, "x" * 50)
    logs.stop_logging()
    files = sorted(one.name for one in (tmp_path / "logs").iterdir())
    assert files == ["cli.log", "cli.log.1", "cli.log.2", "cli.log.3"]
    assert all(
        one.stat().st_size < 2000 and one.stat().st_mode & 0o777 == 0o600
        for one in (tmp_path / "logs").iterdir()
    )


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert logs.start_logging(tmp_path / "file", "cli") is None
    logging.getLogger("agentconsole").error("nobody hears this")


def test_a_surprise_is_one_sentence_and_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("threading.excepthook", None)
    path = logs.start_logging(tmp_path, "console")
    logs.catch_surprises(path)
    fault = KeyError(SECRET)
    sys.excepthook(KeyError, fault, None)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "KeyError" in said
    assert str(path) in said
    assert SECRET not in said
    assert "Traceback" not in said
