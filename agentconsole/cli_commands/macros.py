"""`macro list` and `macro show`."""

from __future__ import annotations

import argparse

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import Column, plain, say, table, tell, write_json
from agentconsole.desk import macros, tickets
from agentconsole.desk.macros import MacroItem
from agentconsole.domain.changes import FieldChange, TagsEdit

_COLUMNS = (
    Column("NAME", 44),
    Column("FROM", 16),
    Column("MAKES", 9),
    Column("DESCRIPTION", 80, grows=True),
)


def run_list(args: argparse.Namespace) -> int:
    """List the macros; files that cannot be used are told, the rest goes on."""
    with desk_for_command(args.home) as desk:
        items, errors = macros.all_macros(desk)
    if args.json:
        write_json(
            {
                "macros": [documents.macro(item) for item in items],
                "errors": [
                    {"file": error.file, "line": error.line, "sentence": error.sentence} for error in errors
                ],
            }
        )
        return 0
    for line in table(_COLUMNS, (_cells(item) for item in items)):
        say(line)
    if not items:
        say("There is no macro yet.")
    for error in errors:
        tell(error.sentence)
    return 0


def _cells(item: MacroItem) -> list[str]:
    return [item.name, item.account or "here", _makes(item.public), item.description]


def _makes(public: bool | None) -> str:
    return {True: "reply", False: "note", None: ""}[public]


def run_show(args: argparse.Namespace) -> int:
    """Show a macro as it is written, or what it makes of a ticket."""
    with desk_for_command(args.home) as desk:
        items, errors = macros.all_macros(desk)
        if args.ticket is None:
            item = macros.find(items, args.name, errors)
            text = _source(item)
            if args.json:
                write_json({**documents.macro(item), "source": text})
                return 0
            say(f"{plain(item.name)}  {plain(item.description)}".rstrip())
            say()
            say(text)
            return 0
        detail = tickets.open_ticket(desk, tickets.resolve(desk, args.ticket))
        item = macros.find(macros.usable(items, detail.row.account), args.name, errors)
        preview = macros.preview(desk, item, detail)
    if args.json:
        write_json(documents.macro_preview(item, preview))
        return 0
    say(preview.text)
    if preview.changes:
        say()
    for change in preview.changes:
        say(f"  {_change(change)}")
    for name in preview.missing:
        tell(f"Not known here: {name}")
    for sentence in preview.left_out:
        tell(f"Cannot be done here: {sentence}")
    return 0


def _source(item: MacroItem) -> str:
    if item.local is not None:
        return item.local.body
    return "\n".join(f"{field}: {value}" for field, value in item.remote.actions) if item.remote else ""


def _change(change: FieldChange) -> str:
    if isinstance(change.value, TagsEdit):
        tags = [*(f"+{tag}" for tag in change.value.add), *(f"-{tag}" for tag in change.value.remove)]
        return f"tags {' '.join(tags)}"
    return f"{change.field} → {change.value}"
