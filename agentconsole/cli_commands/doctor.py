"""`doctor`: what is wrong, and what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import chain

from agentconsole import __version__
from agentconsole.bootstrap import open_secrets
from agentconsole.cli_commands.output import plain, say, write_json
from agentconsole.clock import SystemClock
from agentconsole.config import Paths, profile_paths, read_config
from agentconsole.desk.doctor import Finding, examine

_SIGNS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def run(args: argparse.Namespace) -> int:
    """Look the profile over; 1 where something fails."""
    paths = profile_paths(args.home)
    secrets = open_secrets(paths, may_ask=sys.stdin.isatty() and not args.json)
    findings: list[Finding] = []
    if not args.json:
        python = ".".join(str(part) for part in sys.version_info[:3])
        say(f"agentconsole {__version__}, Python {python}, profile {plain(str(paths.home))}")
    looked = examine(paths, secrets, SystemClock(), online=not args.offline)
    for finding in chain(_keys(paths), looked):
        findings.append(finding)
        if not args.json:
            say(f"{_SIGNS[finding.verdict]}  {finding.area:<9} {plain(finding.sentence)}")
            sys.stdout.flush()
    failed = any(finding.verdict == "fail" for finding in findings)
    if args.json:
        write_json(
            {
                "version": __version__,
                "home": str(paths.home),
                "sound": not failed,
                "findings": [
                    {"area": one.area, "verdict": one.verdict, "sentence": one.sentence} for one in findings
                ],
            }
        )
    return 1 if failed else 0


def _keys(paths: Paths) -> Iterator[Finding]:
    """Name the keys of `[keys]` that the console cannot give."""
    from agentconsole.tui.keymap import build_keymap

    for problem in build_keymap(read_config(paths.config_file).keys).problems:
        yield Finding("keys", "warn", problem)
