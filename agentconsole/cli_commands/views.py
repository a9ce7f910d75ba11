"""`views`."""

from __future__ import annotations

import argparse

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import Column, say, table, tell, write_json
from agentconsole.cli_commands.tickets import need_account, warn_if_old
from agentconsole.desk import queue
from agentconsole.desk.views import SORT_WORDS, all_views

_COLUMNS = (
    Column("VIEW", 40),
    Column("TICKETS", 9, right=True),
    Column("ORDER", 15),
    Column("OF", 8),
    Column("QUERY", 70, grows=True),
)

_OF = {"": "console", "helpdesk": "helpdesk", "own": "you"}


def run(args: argparse.Namespace) -> int:
    """List the views with their counts."""
    with desk_for_command(args.home) as desk:
        need_account(desk)
        found = all_views(desk, desk.config.views)
        counts = queue.counts(desk, [view.query for view in found.views])
        listed = list(zip(found.views, counts, strict=True))
        if args.json:
            write_json({"views": [documents.view(view, count) for view, count in listed]})
        else:
            cells = (
                [
                    view.title,
                    "" if count is None else f"{count:,}",
                    SORT_WORDS[view.sort],
                    _OF[view.section],
                    view.query,
                ]
                for view, count in listed
            )
            for line in table(_COLUMNS, cells):
                say(line)
        for problem in found.problems:
            tell(problem.sentence)
        if not args.json:
            warn_if_old(desk)
    return 0
