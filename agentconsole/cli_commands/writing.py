"""`reply`, `note` and `set`: what they do is queued at once and goes out with the next sync."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import plain, say, tell, write_json
from agentconsole.cli_commands.questions import agreed
from agentconsole.cli_commands.tickets import need_account, ticket_name
from agentconsole.desk import checking, macros, replies, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.macros import MacroPreview
from agentconsole.desk.naming import BUILT_IN, CUSTOM
from agentconsole.desk.submission import FieldsMissing, took_over
from agentconsole.desk.wording import edit_words
from agentconsole.domain.changes import Change, FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.views import TicketDetail
from agentconsole.replies.checks import Finding
from agentconsole.secrets_encrypted import for_other_programs
from agentconsole.sync.lock import holder

MAX_TEXT_BYTES: Final = 1_000_000

_SHORT_NAMES: Final = {"prio": "priority", "tag": "tags"}


def run_reply(args: argparse.Namespace) -> int:
    """Queue a public reply."""
    return _write(args, public=True)


def run_note(args: argparse.Namespace) -> int:
    """Queue an internal note."""
    return _write(args, public=False)


def _write(args: argparse.Namespace, *, public: bool) -> int:
    with desk_for_command(args.home) as desk:
        need_account(desk)
        ticket_id = tickets.resolve(desk, args.ticket)
        detail = tickets.open_ticket(desk, ticket_id)
        preview = _macro(desk, detail, args.macro, public) if args.macro else None
        if public and replies.needs_recipient_check(desk, detail.row.account):
            # Before the text is written, so that a no costs nothing.
            _confirm_recipients(desk, detail, args)
        text = _text(args.file, preview.text if preview is not None else "")
        changes = [*(preview.changes if preview is not None else ()), *map(field_change, args.set)]
        found: Sequence[Finding] = ()
        if text.strip():
            found = checking.findings(desk, detail, text, public=public, files=len(args.attach))
        _warn(found, strict=args.strict)
        try:
            uuid = replies.send(
                desk,
                ticket_id,
                text=text,
                public=public,
                status=args.status,
                changes=changes,
                attachments=args.attach,
                last_seen_message=detail.last_message,
                macro=preview.macro if preview is not None else None,
                undo_seconds=0,
            )
        except FieldsMissing as missing:
            raise _how_to_fill(missing, "--set ") from None
        change = desk.reader.change(uuid)
        if change is None:
            raise ConsoleError(
                "What was just queued is not there any more; look at `agentconsole outbox list --all`."
            )
        who = replies.recipients(detail, public, replies.own_domains(desk, detail.row.account))
        running = holder(desk.paths.worker_lock) is not None
        if args.json:
            write_json(
                {
                    "change": documents.change(change),
                    "ticket": documents.queue_row(detail.row)["ticket"],
                    "to": list(who.to),
                    "cc": list(who.cc),
                    "outside": who.outside,
                    "worker_running": running,
                    "warnings": [{"check": one.check, "sentence": one.sentence} for one in found],
                }
            )
            return 0
        name = plain(ticket_name(detail.row))
        done = "held back" if change.held_back else "queued"
        if public:
            say(f"{name}: public reply {done}.")
            say(f"  to  {plain(', '.join(who.to))}")
            if who.cc:
                say(f"  cc  {plain(', '.join(who.cc))}")
            if who.outside:
                say(f"  {who.outside} of them outside your organisation")
        else:
            say(f"{name}: internal note {done}; only agents will read it.")
        for field, value in edit_words(desk, change.account_id, change.edits):
            say(f"  {plain(field)} → {plain(value)}")
        if took_over(change, changes):
            say("  Nobody had it, so that it is yours now.")
        for sentence in preview.left_out if preview is not None else ():
            tell(f"The macro also wants what cannot be done here: {sentence}")
        _how_it_goes_out((change,), running)
    return 0


def _confirm_recipients(desk: Desk, detail: TicketDetail, args: argparse.Namespace) -> None:
    """Have the agent confirm who reads the first public reply of an account; later ones ask nothing.

    Raises:
        ConsoleError: There is nobody to ask, or the answer is no.
    """
    account = detail.row.account
    who = replies.recipients(detail, True, replies.own_domains(desk, account))
    readers = f"to {', '.join(who.to) or 'nobody'}"
    if who.cc:
        readers += f", cc {', '.join(who.cc)}"
    readers += f" ({who.outside_words})"
    if not args.yes:
        if args.json or not sys.stdin.isatty():
            raise ConsoleError(
                f"This is the first public reply from {account}, so look once whom it reaches: {readers}. "
                "If that is right, run the same with --yes. Nothing was queued."
            )
        tell(f"This is the first public reply from {account}, so look once whom it reaches:")
        tell(f"  {readers}")
        if not agreed("Are these the right people", otherwise=False):
            raise ConsoleError("Nothing was queued.")
    replies.recipients_confirmed(desk, account)


def _warn(found: Sequence[Finding], *, strict: bool) -> None:
    """Tell what looks wrong with the text.

    Raises:
        ConsoleError: Something does, and the agent wants nothing sent then.
    """
    for one in found:
        tell(f"Look again: {one.sentence}" + (f"  {one.excerpt}" if one.excerpt else ""))
    if found and strict:
        raise ConsoleError(
            "Nothing was queued, since --strict is set. `[checks]` in config.toml has the checks."
        )


def _how_it_goes_out(changes: Sequence[Change], running: bool) -> None:
    kept = {change.error for change in changes if change.held_back and change.error}
    for sentence in sorted(kept):
        say(sentence)
    if all(change.held_back for change in changes):
        return
    if running:
        say("The running sync sends it.")
    else:
        say("`agentconsole sync --once` sends it, or the console when it is next open.")


def _macro(desk: Desk, detail: TicketDetail, name: str, public: bool) -> MacroPreview:
    items, errors = macros.all_macros(desk)
    item = macros.find(macros.usable(items, detail.row.account), name, errors)
    preview = macros.preview(desk, item, detail)
    if preview.public is False and public:
        raise UsageError(f"The macro “{item.name}” makes an internal note: use `agentconsole note`.")
    if preview.missing:
        raise ConsoleError(
            f"The macro “{item.name}” wants what is not known of {ticket_name(detail.row)}: "
            f"{', '.join(preview.missing)}. Write the text yourself: "
            f"`agentconsole macro show '{item.name}' --ticket {ticket_name(detail.row)}` shows what there is."
        )
    return preview


def _text(file: Path | None, beginning: str) -> str:
    """Take the text from the file, else standard input, else the editor; a macro's text stands before it."""
    if file is not None:
        try:
            given = _decoded(file.read_bytes() if str(file) != "-" else sys.stdin.buffer.read(), str(file))
        except OSError as fault:
            raise ConsoleError(f"{file} cannot be read: {fault.strerror}.") from None
    elif not sys.stdin.isatty():
        given = _decoded(sys.stdin.buffer.read(MAX_TEXT_BYTES + 1), "standard input")
    else:
        return _edited(beginning)
    return "\n\n".join(part for part in (beginning.strip("\n"), given.strip("\n")) if part.strip())


def _decoded(data: bytes, name: str) -> str:
    if len(data) > MAX_TEXT_BYTES:
        raise ConsoleError(f"The text from {name} is longer than a megabyte: attach it as a file instead.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConsoleError(f"The text from {name} is not UTF-8.") from None


def _edited(beginning: str) -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        command = shlex.split(editor)
    except ValueError:
        command = []
    if not command:
        raise ConsoleError("EDITOR names no program: set it, or give the text with --file.")
    with tempfile.TemporaryDirectory(prefix="agentconsole-") as folder:
        path = Path(folder) / "reply.txt"
        path.write_text(beginning, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - the user's editor
                [*command, str(path)], env=for_other_programs(), check=False
            )
        except OSError as fault:
            raise ConsoleError(
                f"{command[0]} cannot be run: {fault.strerror}; set EDITOR, or use --file."
            ) from None
        if done.returncode != 0:
            raise ConsoleError(f"{command[0]} ended with status {done.returncode}; nothing was queued.")
        return _decoded(path.read_bytes(), command[0])


def run_set(args: argparse.Namespace) -> int:
    """Change fields of tickets."""
    names, changes, as_json = split_words(args.words)
    as_json = as_json or args.json
    if not names:
        raise UsageError("Which ticket? As in: agentconsole set 41 status=solved")
    if not changes:
        raise UsageError("What shall change? As in: agentconsole set 41 status=solved assignee=me +tag -tag")
    with desk_for_command(args.home) as desk:
        need_account(desk)
        ids = list(dict.fromkeys(tickets.resolve(desk, name) for name in names))
        try:
            uuids = tickets.set_fields(desk, ids, changes, undo_seconds=0)
        except FieldsMissing as missing:
            raise _how_to_fill(missing, "") from None
        queued = [change for uuid in uuids if (change := desk.reader.change(uuid)) is not None]
        running = holder(desk.paths.worker_lock) is not None
        if args.json or as_json:
            write_json(
                {"changes": [documents.change(change) for change in queued], "worker_running": running}
            )
            return 0
        rows = desk.reader.queue_rows(ids[:64])
        for change in queued:
            row = rows.get(change.ticket_id)
            name = ticket_name(row) if row is not None else f"#{change.remote_ticket}"
            for field, value in edit_words(desk, change.account_id, change.edits):
                say(f"{plain(name)}: {plain(field)} → {plain(value)}")
            if took_over(change, changes):
                say(f"{plain(name)}: nobody had it, so that it is yours now.")
        if len(queued) < len(ids):
            say(f"{len(ids) - len(queued)} of {len(ids)} had it so already.")
        if queued:
            _how_it_goes_out(queued, running)
    return 0


def split_words(words: Sequence[str]) -> tuple[list[str], list[FieldChange], bool]:
    """Tell tickets from what shall become of them; after `--` nothing is an option.

    Raises:
        UsageError: A word is an option that `set` does not have.
    """
    names: list[str] = []
    changes: list[FieldChange] = []
    add: list[str] = []
    remove: list[str] = []
    as_json = False
    options = True
    for word in words:
        if options and word == "--":
            options = False
        elif options and word == "--json":
            as_json = True
        elif options and word.startswith("--"):
            raise UsageError(f"`set` has no option {word}; a tag to take away is -{word.lstrip('-')}.")
        elif word.startswith("+") and len(word) > 1:
            add.append(_tag(word[1:]))
        elif word.startswith("-") and len(word) > 1:
            remove.append(_tag(word[1:]))
        elif "=" in word:
            changes.append(field_change(word))
        else:
            names.append(word)
    if add or remove:
        changes.append(FieldChange("tags", TagsEdit(tuple(add), tuple(remove))))
    return names, changes, as_json


def _tag(text: str) -> str:
    if re.search(r"[\s,]", text):
        raise UsageError(f"“{text}” is no tag: a tag has neither blanks nor commas.")
    return text


def field_change(word: str) -> FieldChange:
    """Read `name=value`; a name that is none of the built-in ones is the title of a field of the helpdesk.

    Raises:
        UsageError: It has no name.
    """
    name, found, value = word.partition("=")
    name = name.strip()
    if not found or not name:
        raise UsageError(f"“{word}” is not NAME=VALUE, as status=solved is.")
    plain_name = _SHORT_NAMES.get(name.casefold(), name.casefold())
    if plain_name == "tags":
        return FieldChange("tags", tuple(sorted({_tag(tag) for tag in value.replace(",", " ").split()})))
    if plain_name in BUILT_IN:
        return FieldChange(plain_name, value.strip() or None)
    return FieldChange(name if name.startswith(CUSTOM) else CUSTOM + name, value.strip() or None)


def _how_to_fill(missing: FieldsMissing, before: str) -> ConsoleError:
    """Tell which words would fill what is missing."""
    words = []
    for field in missing.fields:
        name = field.name if field.name in BUILT_IN else field.label
        word = shlex.quote(f"{name}={'me' if name == 'assignee' else '...'}")
        choices = ", ".join(option.label for option in field.options)
        words.append(f"`{before}{word}`" + (f" ({choices})" if choices else ""))
    return ConsoleError(f"{missing.sentence} Add {' and '.join(words)}.")
