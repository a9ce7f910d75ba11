"""Which commands there are, and with which options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from agentconsole import __version__
from agentconsole.domain.queries import SORTS

_TICKET_HELP: Final = "#41, 41 where one account is set up, account#41, or ~7 for an unsent one"


def command_parser() -> argparse.ArgumentParser:
    """Make the parser; what it finds has the `module` of `cli_commands` and its `function` that are meant."""
    common = _Parser(add_help=False)
    common.add_argument(
        "--home",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="folder of the profile: config, database, index, logs (or AGENTCONSOLE_HOME)",
    )
    listing = _Parser(add_help=False, parents=[common])
    listing.add_argument("--json", action="store_true", help="one JSON document instead of text")

    parser = _Parser(
        prog="agentconsole",
        description="A keyboard-driven console in the terminal for support agents.",
        epilog="Without a command the console opens. `agentconsole demo` needs no account.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"agentconsole {__version__}")
    # Not `home`: that would give the option, which all commands share, a default that undoes it.
    parser.set_defaults(module="console", function="run")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    _add_starting(commands, common, listing)
    _add_reading(commands, listing)
    _add_writing(commands, listing)
    _add_material(commands, listing)
    _add_upkeep(commands, listing)
    return parser


class _Parser(argparse.ArgumentParser):
    """Tells a wrong use in one sentence."""

    query_options: tuple[str, ...] | None = None
    """Of a command that takes a query: its options that have a value; `-tags:spam` is a word there."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse; of a command that takes a query, its words may stand anywhere and may begin with a `-`."""
        if self.query_options is None or args is None:
            return super().parse_known_args(args, namespace)
        words, options = _query_words(args, self.query_options)
        found, unknown = super().parse_known_args(options, namespace)
        found.query = words
        return found, unknown

    def error(self, message: str) -> NoReturn:
        from agentconsole.text.cleaning import clean_line

        self.exit(2, f"{self.prog}: {clean_line(message)}; `{self.prog} --help` shows how it is used.\n")


def _query_words(args: Sequence[str], valued: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the words of a query from the options."""
    words: list[str] = []
    options: list[str] = []
    waiting = iter(args)
    for arg in waiting:
        if arg == "--":
            words += waiting
        elif arg in valued:
            options += [arg, *([value] if (value := next(waiting, None)) is not None else [])]
        elif arg.startswith("--") or arg == "-h":
            options.append(arg)
        else:
            words.append(arg)
    return words, options


class _Kinds:
    """The kinds of helpdesk that are installed, as text; looked for only when the help is shown."""

    def __str__(self) -> str:
        from agentconsole.helpdesks.registry import kinds

        return ", ".join(kinds())


Commands = argparse._SubParsersAction  # argparse has no public name for it


def _command(
    commands: Commands[_Parser],
    parents: list[_Parser],
    name: str,
    module: str,
    function: str,
    help_text: str,
) -> _Parser:
    parser = commands.add_parser(
        name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".", parents=parents
    )
    parser.set_defaults(module=module, function=function)
    return parser


def _group(commands: Commands[_Parser], name: str, help_text: str) -> Commands[_Parser]:
    parser = commands.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _add_starting(commands: Commands[_Parser], common: _Parser, listing: _Parser) -> None:
    demo = _command(
        commands,
        [common],
        "demo",
        "demo",
        "run",
        "try the console on an embedded helpdesk with made-up tickets",
    )
    demo.add_argument("--tickets", type=_count(1, 1_000_000), metavar="N", help="how many (1500)")
    demo.add_argument("--fresh", action="store_true", help="begin anew: forget what was done in the demo")
    demo.add_argument(
        "--headless", action="store_true", help="do the main job without a screen, telling each step"
    )

    demo.add_argument("--where", action="store_true", help="only print the folder of its profile")

    helpdesk = _command(
        commands, [common], "helpdesk", "helpdesk", "run", "run only the embedded helpdesk, on this machine"
    )
    helpdesk.add_argument("--port", type=_count(0, 65_535), default=0, metavar="P", help="0: any free one")
    helpdesk.add_argument("--data", type=Path, metavar="DIR", help="keeps its state (else it is forgotten)")
    helpdesk.add_argument("--tickets", type=_count(0, 1_000_000), default=1500, metavar="N")
    helpdesk.add_argument("--seed", type=int, default=1, metavar="S", help="other texts for another number")
    helpdesk.add_argument("--now", metavar="TIME", help="the moment it begins at, ISO 8601")
    helpdesk.add_argument(
        "--live",
        type=float,
        nargs="?",
        const=2.0,
        metavar="RATE",
        help="customers and colleagues act, RATE times a minute (2)",
    )
    helpdesk.add_argument("--rate-limit", type=_count(1, 1_000_000), metavar="N", help="requests a minute")
    helpdesk.add_argument("--parent-pipe", action="store_true", help=argparse.SUPPRESS)
    helpdesk.add_argument("--reanchor", action="store_true", help=argparse.SUPPRESS)

    sync = _command(commands, [listing], "sync", "sync", "run", "read what is new and send what waits")
    how = sync.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="end when all is up to date (the default)")
    how.add_argument("--watch", action="store_true", help="go on until stopped")
    sync.add_argument(
        "--allow-vanishing",
        action="store_true",
        help="remove what is gone there, though it is most of a list",
    )
    sync.add_argument("--parent-pipe", action="store_true", help=argparse.SUPPRESS)


def _add_reading(commands: Commands[_Parser], listing: _Parser) -> None:
    tickets = _command(commands, [listing], "list", "tickets", "run_list", "list tickets")
    tickets.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help="as in status<solved assignee:me tags:refund (without one: all that are not solved)",
    )
    tickets.query_options = ("--home", "--sort", "--limit", "--view")
    tickets.add_argument("--view", metavar="NAME", help="those of a view, in its order, instead of a query's")
    tickets.add_argument("--sort", choices=SORTS, help="due unless a view says otherwise")
    tickets.add_argument("--limit", type=_count(1, 10_000_000), metavar="N", help="at most so many")

    _command(commands, [listing], "views", "views", "run", "list the views with their counts")

    show = _command(commands, [listing], "show", "tickets", "run_show", "show a ticket with its thread")
    show.add_argument("ticket", metavar="TICKET", help=_TICKET_HELP)
    show.add_argument("--quotes", action="store_true", help="with quoted history and signatures")


def _add_writing(commands: Commands[_Parser], listing: _Parser) -> None:
    for name, function, help_text in (
        ("reply", "run_reply", "write a public reply: it is queued, and goes out with the next sync"),
        ("note", "run_note", "write an internal note: it is queued, and goes out with the next sync"),
    ):
        command = _command(commands, [listing], name, "writing", function, help_text)
        command.add_argument("ticket", metavar="TICKET", help=_TICKET_HELP)
        command.add_argument(
            "--file", type=Path, metavar="FILE", help="its text (else standard input or $EDITOR)"
        )
        command.add_argument(
            "--macro", metavar="NAME", help="begin with a canned response and set its fields"
        )
        command.add_argument("--status", metavar="STATUS", help="the new status, as solved")
        command.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="another field (may be repeated)"
        )
        command.add_argument(
            "--attach", action="append", default=[], type=Path, metavar="FILE", help="may be repeated"
        )
        command.add_argument(
            "--strict", action="store_true", help="queue nothing when a check of `[checks]` warns"
        )
        if name == "reply":
            command.add_argument(
                "--yes", action="store_true", help="do not ask who reads the first reply of an account"
            )

    fields = commands.add_parser(
        "set",
        help="change fields of tickets",
        usage="agentconsole set [--json] [--home DIR] TICKET... NAME=VALUE... [+TAG] [-TAG] [--]",
        description="Change fields of tickets, as in: agentconsole set 41 42 status=solved assignee=me +tag "
        "-tag. Names: status, priority, assignee, group, subject, type, tags, or a field's own title.",
        parents=[listing],
    )
    fields.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD")
    fields.set_defaults(module="writing", function="run_set")


def _add_material(commands: Commands[_Parser], listing: _Parser) -> None:
    macros = _group(commands, "macro", "canned responses")
    _command(macros, [listing], "list", "macros", "run_list", "list the macros")
    show = _command(
        macros, [listing], "show", "macros", "run_show", "show a macro, or what it makes of a ticket"
    )
    show.add_argument("name", metavar="NAME")
    show.add_argument("--ticket", metavar="TICKET", help=_TICKET_HELP)

    knowledge = _group(commands, "kb", "knowledge articles")
    search = _command(knowledge, [listing], "search", "knowledge", "run_search", "find articles")
    search.add_argument("text", nargs="+", metavar="TEXT")
    search.add_argument("--locale", metavar="LOCALE", help="preferred language, as en-us or zh-cn")
    search.add_argument("--limit", type=_count(1, 1000), default=10, metavar="N")
    article = _command(knowledge, [listing], "show", "knowledge", "run_show", "show an article")
    article.add_argument("id", type=_count(0, 2**62), metavar="ID", help="as `kb search` prints it")


def _add_upkeep(commands: Commands[_Parser], listing: _Parser) -> None:
    outbox = commands.add_parser("outbox", help="what waits to go out", parents=[listing])
    outbox.set_defaults(module="outbox", function="run_list", all=False)
    deeds = outbox.add_subparsers(title="commands", metavar="COMMAND")
    entries = _command(deeds, [listing], "list", "outbox", "run_list", "list what waits to go out")
    entries.add_argument("--all", action="store_true", help="with what was sent, taken back and dropped")
    for name, function, help_text in (
        ("show", "run_show", "show one entry"),
        ("retry", "run_retry", "send an entry once more"),
        ("drop", "run_drop", "give an entry up; its text is kept"),
    ):
        deed = _command(deeds, [listing], name, "outbox", function, help_text)
        deed.add_argument("id", metavar="ID", help="as `outbox list` prints it")
        if name == "retry":
            whose = deed.add_mutually_exclusive_group()
            whose.add_argument(
                "--mine",
                dest="decision",
                action="store_const",
                const="mine",
                help="in a conflict: your values hold",
            )
            whose.add_argument(
                "--theirs",
                dest="decision",
                action="store_const",
                const="theirs",
                help="in a conflict: the values on the helpdesk hold",
            )

    _command(commands, [listing], "drafts", "outbox", "run_drafts", "list what is being written")

    accounts = _group(commands, "account", "the helpdesks you work in")
    add = _command(
        accounts, [listing], "add", "account_add", "run_add", "set an account up, or renew its secret"
    )
    add.add_argument("name", nargs="?", metavar="NAME", help="short, as in NAME#41")
    kind = add.add_argument("--kind", metavar="KIND", help="which helpdesk system (%(kinds)s)")
    vars(kind)["kinds"] = _Kinds()
    add.add_argument("--url", metavar="URL", help="as https://company.zendesk.com, or any page of it")
    add.add_argument("--login", metavar="MAIL", help="your login")
    add.add_argument(
        "--auth",
        choices=("oauth", "token", "bearer", "password"),
        help="in the browser (OAuth), with an API token and login, with an access token that stays, "
        "or (rt) with the login's password",
    )
    add.add_argument(
        "--client-id", metavar="ID", help="the OAuth client that your admin registered (agentconsole)"
    )
    add.add_argument(
        "--redirect-port", type=_count(1, 65_535), metavar="P", help="where the browser comes back to"
    )
    add.add_argument("--no-browser", action="store_true", help="open none, only print the address")
    add.add_argument(
        "--access-token",
        action="store_true",
        help="take an OAuth access token from a prompt or stdin",
    )
    add.add_argument(
        "--refresh-token",
        action="store_true",
        help="take an access token and, on the next line, its refresh token from there",
    )
    add.add_argument(
        "--read-only",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="look and draft, but send nothing",
    )
    add.add_argument(
        "--sync",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="begin the first sync without asking, or don't",
    )
    add.add_argument(
        "--secret",
        choices=("keyring", "env", "command", "encrypted", "file"),
        help="where the token is kept (keyring)",
    )
    add.add_argument("--token-command", metavar="COMMAND", help="prints the token; implies --secret command")
    add.add_argument("--token-variable", metavar="NAME", help="holds the token; implies --secret env")
    add.add_argument("--no-test", action="store_true", help="do not ask the helpdesk whether it works")
    _command(accounts, [listing], "list", "accounts", "run_list", "list the accounts")
    test = _command(accounts, [listing], "test", "accounts", "run_test", "ask the helpdesk who the login is")
    test.add_argument("name", nargs="?", metavar="NAME", help="one account (all)")
    remove = _command(
        accounts, [listing], "remove", "account_remove", "run_remove", "forget an account and its secret"
    )
    remove.add_argument("name", metavar="NAME")
    remove.add_argument(
        "--force", action="store_true", help="give up what still waits to go out; its texts are kept"
    )
    remove.add_argument(
        "--purge",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="delete what was read of it from this machine too, or don't",
    )

    doctor = _command(
        commands, [listing], "doctor", "doctor", "run", "tell what is wrong with this profile, and what to do"
    )
    doctor.add_argument("--offline", action="store_true", help="ask no helpdesk")


def _count(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return value

    return number
