"""Questions on a terminal; the answers come from standard input, the questions go to standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TypeVar

from agentconsole.cli_commands.output import plain
from agentconsole.domain.errors import ConsoleError, UsageError

Key = TypeVar("Key", bound=str)


def asked(question: str, default: str, asking: bool, option: str) -> str:
    """Ask for a line.

    Args:
        question: Without its colon.
        default: What an empty line means; shown where there is one.
        asking: Whether there is a terminal.
        option: What to give instead, for the sentence.

    Raises:
        UsageError: There is no terminal.
        ConsoleError: The terminal has ended.
    """
    if not asking:
        raise UsageError(f"`account add` needs {option} where there is no terminal to ask on.")
    shown = f" [{plain(default)}]" if default else ""
    sys.stderr.write(f"{plain(question)}{shown}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise ConsoleError("Stopped: there was no answer.")
    return line.strip() or default


def agreed(question: str, *, otherwise: bool) -> bool:
    """Ask for yes or no; an empty line means `otherwise`."""
    hint = "Y/n" if otherwise else "y/N"
    while True:
        answer = asked(f"{question}? ({hint})", "", True, "").casefold()
        if answer in ("", "y", "yes", "n", "no"):
            return otherwise if not answer else answer in ("y", "yes")


def chosen(question: str, choices: Sequence[tuple[Key, str]]) -> Key:
    """Ask for one of several, by number; an empty line takes the first."""
    lines = [question, *(f"  {number}  {text}" for number, (_, text) in enumerate(choices, start=1))]
    sys.stderr.write("".join(f"{plain(line)}\n" for line in lines))
    while True:
        answer = asked("Number", "1", True, "")
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1][0]
