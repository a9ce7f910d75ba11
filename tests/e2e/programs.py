"""Runs the program as a user would: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Process = TypeVar("Process", str, bytes)


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a program gets that must need nothing: no language, no terminal, no session bus."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "PYTHONPATH", "PYTHON_KEYRING_BACKEND", "TMPDIR", "VIRTUAL_ENV")
    }
    return {**kept, "LANG": "C", "AGENTCONSOLE_HOME": str(home), **more}


def program(*words: str) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "-m", "agentconsole", *words]


_started: list[subprocess.Popen[Any]] = []


def end_with_the_test(process: subprocess.Popen[Process]) -> subprocess.Popen[Process]:
    """Note a process that must be gone when the test is over, however that ends."""
    _started.append(process)
    return process


def end_all() -> None:
    """Kill what a test that failed has left: unnoticed, it would fail the next one."""
    while _started:
        process = _started.pop()
        with process:
            if process.poll() is None:
                process.kill()


def start(home: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start the program without a terminal."""
    return end_with_the_test(
        subprocess.Popen(
            program(*words),
            env=environment(home, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    )


def run(home: Path, *words: str, given: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        program(*words),
        env=environment(home, **more),
        input=given if given is not None else "",
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def processes_of(home: Path) -> dict[int, str]:
    """Tell which processes work on a profile: those that name its folder in command line or environment."""
    found: dict[int, str] = {}
    for folder in Path("/proc").iterdir() if Path("/proc").exists() else ():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            words = (folder / "cmdline").read_bytes()
            told = words + (folder / "environ").read_bytes()
        except OSError:
            continue
        if words and str(home).encode() in told:
            found[int(folder.name)] = words.replace(b"\0", b" ").decode("utf-8", "replace")
    return found


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for something that is to happen.

    Raises:
        AssertionError: It did not.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"within {seconds:g} s: {what}")
        time.sleep(0.05)
