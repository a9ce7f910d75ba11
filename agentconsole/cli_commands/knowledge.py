"""`kb search` and `kb show`."""

from __future__ import annotations

import argparse

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import Column, local_time, plain, say, table, tell, write_json
from agentconsole.cli_commands.tickets import need_account
from agentconsole.desk import knowledge
from agentconsole.domain.errors import UsageError

_COLUMNS = (
    Column("ID", 8, right=True),
    Column("LANGUAGE", 8),
    Column("TITLE", 60),
    Column("SNIPPET", 100, grows=True),
)


def run_search(args: argparse.Namespace) -> int:
    """Find articles."""
    text = " ".join(args.text).strip()
    if not text:
        raise UsageError("Which words? As in: agentconsole kb search refund")
    with desk_for_command(args.home) as desk:
        need_account(desk)
        hits = knowledge.search(desk, text, locale=args.locale, limit=args.limit)
        suggestion = None if hits else knowledge.suggest(desk, text)
    if args.json:
        write_json(
            {"query": text, "suggestion": suggestion, "articles": [documents.hit(hit) for hit in hits]}
        )
        return 0
    rows = ([str(hit.article_id), hit.locale, hit.title, hit.snippet] for hit in hits)
    for line in table(_COLUMNS, rows):
        say(line)
    if not hits:
        say(f"No article has {plain(text)}." + (f" Did you mean {plain(suggestion)}?" if suggestion else ""))
        tell("Articles come with `agentconsole sync`.")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Show an article."""
    with desk_for_command(args.home) as desk:
        found = knowledge.article(desk, args.id)
        zone = desk.config.zone
    if args.json:
        write_json(documents.article(found))
        return 0
    say(plain(found.title))
    facts = (found.section, found.locale, local_time(found.updated_at, zone), found.url)
    say("  ".join(plain(fact) for fact in facts if fact))
    say()
    say(found.text)
    return 0
