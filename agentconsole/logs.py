"""The log file: rotated, readable by its owner alone, without secrets.

A person sees one sentence and where the log lies; the traceback goes there.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from agentconsole.private_files import make_private_folder
from agentconsole.text.cleaning import clean_text

MAX_LOG_BYTES: Final = 2_000_000
KEPT_LOGS: Final = 3

HIDDEN: Final = "[secret]"

_known: set[str] = set()

_PATTERNS: Final = (
    re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|token)?\s*)[^\s\"',;}]+"),
    re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=_.\-]{8,}"),
    re.compile(
        r"(?i)([\"']?(?:api_?token|access_token|refresh_token|password|passphrase|secret)[\"']?\s*[:=]\s*[\"']?)"
        r"[^\s\"',;}]+"
    ),
    re.compile(r"(?<=://)[^/\s@]+@"),
)


def hide(secret: str) -> None:
    """Keep a secret, and its usual spellings, out of everything that is logged from now on."""
    import base64
    from urllib.parse import quote

    if len(secret) >= 6:
        spelled = secret.encode("utf-8", "surrogatepass")
        _known.update({secret, quote(spelled, safe=""), base64.b64encode(spelled).decode()})


def forget_secrets() -> None:
    """Forget what was hidden; for a process that goes on with another profile."""
    _known.clear()


def redact(text: str) -> str:
    """Take secrets out of a text: those that are known, and what looks like one."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _PATTERNS[0].sub(rf"\1{HIDDEN}", text)
    text = _PATTERNS[1].sub(rf"\1 {HIDDEN}", text)
    text = _PATTERNS[2].sub(rf"\1{HIDDEN}", text)
    return _PATTERNS[3].sub(f"{HIDDEN}@", text)


class _Redacting(logging.Formatter):
    """Formats a record in UTC, then takes the secrets out, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        # A log is read in a terminal as well, so nothing in it may steer one.
        return clean_text(redact(super().format(record)))

    def formatException(self, ei: Any) -> str:
        return "".join(traceback.format_exception(*ei)).rstrip("\n")


class _PrivateFile(RotatingFileHandler):
    """A rotated log file, 0600; where it cannot be written, as on a full disk, the program goes on."""

    def _open(self) -> Any:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the standard one prints a traceback, and the record's words, to the terminal."""

    def close(self) -> None:
        try:
            super().close()
        except OSError:
            # What is still buffered finds no room; the file itself is closed by now.
            return


def start_logging(folder: Path, role: str) -> Path | None:
    """Send the program's log to `folder/<role>.log`.

    Args:
        folder: Made if it is not there.
        role: `console`, `worker` or `cli`; each process kind has a file of its own, so that rotating is safe.

    Returns:
        The file; None where it cannot be written: then nothing is logged, and the program goes on.
    """
    path = folder / f"{role}.log"
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _PrivateFile):
            root.removeHandler(handler)
            handler.close()
    try:
        make_private_folder(folder)
        handler = _PrivateFile(path, maxBytes=MAX_LOG_BYTES, backupCount=KEPT_LOGS, encoding="utf-8")
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    formatter = _Redacting(
        "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z"
    )
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # These tell every request and every key at INFO.
    for noisy in ("httpx", "httpcore", "textual", "asyncio", "alembic", "whoosh"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return path


def stop_logging() -> None:
    """Close the log file."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _PrivateFile):
            root.removeHandler(handler)
            handler.close()


def surprise_sentence(fault: BaseException, log: Path | None) -> str:
    """Say that something unforeseen failed, without the fault's own words: they may hold anything."""
    where = f" The log has the details: {log}" if log is not None else ""
    return f"Something went wrong inside the program ({type(fault).__name__}).{where}"


def log_surprise(fault: BaseException) -> None:
    """Write an unforeseen fault with its traceback to the log."""
    logging.getLogger("agentconsole").error("unforeseen", exc_info=(type(fault), fault, fault.__traceback__))


def catch_surprises(log: Path | None, tell: Callable[[str], None] | None = None) -> None:
    """Let no traceback reach a person: what nobody caught is logged, and told in one sentence.

    Args:
        log: The log file, to be named.
        tell: Shows the sentence; by default on standard error.
    """
    show = tell if tell is not None else _to_stderr

    def on_exception(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log_surprise(fault.with_traceback(trace))
        show(surprise_sentence(fault, log))

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log_surprise(args.exc_value.with_traceback(args.exc_traceback))

    sys.excepthook = on_exception
    threading.excepthook = on_thread


def _to_stderr(sentence: str) -> None:
    sys.stderr.write(f"agentconsole: {sentence}\n")
