"""The command line: runs the command that was asked for; what commands do is in `cli_commands`.

Exit codes: 0 done, 1 failed with one sentence on standard error, 2 wrongly used.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TextIO

from agentconsole.cli_arguments import command_parser
from agentconsole.domain.errors import ConsoleError, QueryError, UsageError

_LAST_STREAM: Final = 2
"""Standard error's number; those of standard input and output are lower."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: The words after the program's name; by default those it was started with.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _settle_streams()
    try:
        args = command_parser().parse_args(words, argparse.Namespace(home=None))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    # Whatever is made from here on, by a library too, holds customers' words: its owner's alone.
    former = os.umask(0o077)
    try:
        return _guarded(args)
    finally:
        os.umask(former)


def _guarded(args: argparse.Namespace) -> int:
    """Run a command so that whatever happens is one sentence and an exit code."""
    try:
        module = importlib.import_module(f"agentconsole.cli_commands.{args.module}")
        run: Callable[[argparse.Namespace], int] = getattr(module, args.function)
        code = run(args)
        _flush()
        return code
    except UsageError as error:
        _say(error.sentence)
        if isinstance(error, QueryError) and error.query:
            _show_place(error)
        return 2
    except ConsoleError as error:
        _say(error.sentence)
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough, as `head` does; what is buffered must not fail at exit.
        _to_nowhere(sys.stdout)
        return 0
    except KeyboardInterrupt:
        _say("stopped.")
        return 130
    except Exception as fault:  # The last door: nobody shall see a traceback.
        from agentconsole.cli_commands.surprises import sentence_of

        _say(sentence_of(fault, args.home))
        return 1
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            # Said already; the interpreter would say it again at its end.
            _to_nowhere(sys.stdout)


def _flush() -> None:
    """Bring out what is buffered, so that a full disk behind it is no success."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise ConsoleError(f"The output cannot be written: {fault.strerror}.") from None


def _say(sentence: str) -> None:
    from agentconsole.text.cleaning import clean_line

    try:
        sys.stderr.write(f"agentconsole: {clean_line(sentence)}\n")
        sys.stderr.flush()
    except OSError:
        _to_nowhere(sys.stderr)


def _show_place(error: QueryError) -> None:
    """Show where a query went wrong: the query, and a mark under the place."""
    from rich.cells import cell_len

    from agentconsole.text.cleaning import clean_text

    before, after = (
        clean_text(part, keep_newlines=False)
        for part in (error.query[: error.position], error.query[error.position :])
    )
    try:
        sys.stderr.write(f"  {before}{after}\n  {' ' * cell_len(before)}^\n")
        sys.stderr.flush()
    except OSError:
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: TextIO) -> None:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _settle_streams() -> None:
    """Let no stream that is closed, and no character that the terminal's encoding lacks, end a command."""
    # Else the database could be opened in place of a closed standard error, and be written into.
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
