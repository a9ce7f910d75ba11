"""Canned responses: the local macro files and the helpdesks' own, found and rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentconsole.desk.context import Desk
from agentconsole.desk.naming import resolve_changes, resolve_for
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.fields import RemoteMacro
from agentconsole.domain.views import TicketDetail
from agentconsole.resources import shipped_macros_dir

if TYPE_CHECKING:
    from agentconsole.desk.new_ticket_form import NewTicketForm
    from agentconsole.replies.context import RenderContext
    from agentconsole.replies.errors import MacroError
    from agentconsole.replies.macros import Macro


@dataclass(frozen=True, slots=True)
class MacroItem:
    """A macro as a picker lists it."""

    id: str
    """Unique: `local:<id>` or `<account>:<remote id>`."""
    name: str
    description: str
    account: str | None
    """The account whose helpdesk has it; None for a local file."""
    public: bool | None
    """Whether it makes a reply or a note; None: as the composer is."""
    local: Macro | None = None
    remote: RemoteMacro | None = None


@dataclass(frozen=True, slots=True)
class MacroPreview:
    """A macro rendered for one ticket."""

    text: str
    changes: tuple[FieldChange, ...]
    public: bool | None
    """True: a reply, False: an internal note, None: as the composer is."""
    missing: tuple[str, ...]
    """Variables that have no value here; they stand in the text as `[[name?]]`."""
    macro: str | None
    """Remote id of the helpdesk's own macro, to be told when it is used."""
    wanted: tuple[FieldChange, ...] = ()
    """The changes as the macro names them, for tickets of other accounts too."""
    left_out: tuple[str, ...] = ()
    """What the macro wants that cannot be done here, each in a sentence or in the helpdesk's words."""


def all_macros(desk: Desk) -> tuple[tuple[MacroItem, ...], tuple[MacroError, ...]]:
    """List all macros by name, and the local files that cannot be used.

    A user's own file takes the place of a shipped one of the same name.
    """
    from agentconsole.replies.macro_files import read_macro_folder

    local, errors = read_macro_folder([shipped_macros_dir(), desk.paths.macros_dir])
    items = [
        MacroItem(
            id=f"local:{macro.id}",
            name=macro.name,
            description=macro.description,
            account=None,
            public=macro.mode == "public",
            local=macro,
        )
        for macro in local
    ]
    items.extend(_remote_item(found.account, found.macro) for found in desk.reader.remote_macros())
    return tuple(sorted(items, key=lambda item: item.name.casefold())), tuple(errors)


def _remote_item(account: str, macro: RemoteMacro) -> MacroItem:
    public = None
    for field, value in macro.actions:
        if field == "comment_mode_is_public":
            public = str(value).lower() != "false"
    return MacroItem(
        id=f"{account}:{macro.remote_id}",
        name=macro.title,
        description=macro.description,
        account=account,
        public=public,
        remote=macro,
    )


def usable(macros: Iterable[MacroItem], account: str) -> tuple[MacroItem, ...]:
    """Leave out the macros of other helpdesks than the ticket's."""
    return tuple(macro for macro in macros if macro.account in (None, account))


def pick(macros: Sequence[MacroItem], text: str, limit: int = 50) -> tuple[MacroItem, ...]:
    """Find macros whose name or description fits what was typed, best first; all for an empty text."""
    wanted = text.strip()
    if not wanted:
        return tuple(macros[:limit])
    from rapidfuzz import fuzz, process, utils

    names = process.extract(
        wanted,
        [macro.name for macro in macros],
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=None,
        score_cutoff=55,
    )
    scores = {index: score + _start_bonus(macros[index].name, wanted) for _, score, index in names}
    for index, macro in enumerate(macros):
        described = fuzz.partial_ratio(wanted.casefold(), macro.description.casefold())
        if described >= 85 and scores.get(index, 0.0) < 60:
            scores[index] = 60.0
    ranked = sorted(scores, key=lambda index: (-scores[index], index))
    return tuple(macros[index] for index in ranked[:limit])


def _start_bonus(name: str, wanted: str) -> float:
    """Prefer names that have what was typed at the beginning of a word."""
    words = name.casefold().replace("::", " ").split()
    return 20.0 if all(any(w.startswith(part) for w in words) for part in wanted.casefold().split()) else 0.0


def find(macros: Sequence[MacroItem], name: str, broken: Sequence[MacroError] = ()) -> MacroItem:
    """Find one macro by its id or its name, capitals aside.

    Args:
        macros: Where to look.
        name: What it is called.
        broken: Files that cannot be used; one that is called so says why.

    Raises:
        UsageError: Several have that name.
        ConsoleError: None has; the nearest is named.
    """
    for macro in macros:
        if name in (macro.id, macro.id.removeprefix("local:")):
            return macro
    same = [macro for macro in macros if macro.name.casefold() == name.strip().casefold()]
    if len(same) == 1:
        return same[0]
    if same:
        raise UsageError(f"Several macros are named “{name}”: use {' or '.join(macro.id for macro in same)}.")
    wanted = _as_file(name.removeprefix("local:"))
    for error in broken:
        if _as_file(Path(error.file).stem) == wanted:
            raise error
    near = pick(macros, name, 1)
    hint = f" Did you mean “{near[0].name}”?" if near else " `agentconsole macro list` shows all."
    if broken:
        hint += f" {len(broken)} of your files cannot be used; `agentconsole macro list` says why."
    raise ConsoleError(f"There is no macro “{name}”.{hint}")


def _as_file(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def preview(desk: Desk, macro: MacroItem, detail: TicketDetail) -> MacroPreview:
    """Render a macro for a ticket; changes nothing.

    Raises:
        ConsoleError: The macro is broken (MacroError), with file and line for a local one.
    """
    from agentconsole.desk.macro_context import context_of

    return _rendered(macro, context_of(desk, detail), lambda wish: resolve_changes(desk, detail, [wish]))


def preview_new(desk: Desk, macro: MacroItem, form: NewTicketForm) -> MacroPreview:
    """Render a macro for a ticket that is being written; changes nothing.

    Raises:
        ConsoleError: The macro is broken (MacroError), with file and line for a local one.
    """
    from agentconsole.desk.macro_context import context_of_form

    account = desk.account(form.account)
    fields = desk.reader.fields(account.id)
    return _rendered(
        macro, context_of_form(desk, form), lambda wish: resolve_for(desk, account, fields, [wish])
    )


def _rendered(
    macro: MacroItem,
    context: RenderContext,
    resolve: Callable[[FieldChange], Sequence[FieldChange]],
) -> MacroPreview:
    if macro.local is not None:
        from agentconsole.replies.rendering import render

        done = render(macro.local, context)
        public: bool | None = macro.public
    elif macro.remote is not None:
        from agentconsole.replies.liquid import apply_remote_macro

        done = apply_remote_macro(macro.remote, context)
        public = done.public
    else:
        raise ConsoleError(f"The macro “{macro.name}” is gone.")
    changes: list[FieldChange] = []
    left_out = list(done.ignored)
    for change in done.changes:
        try:
            changes.extend(resolve(change))
        except UsageError as error:
            # A macro made for another helpdesk still gives its text.
            left_out.append(error.sentence)
    return MacroPreview(
        text=done.text,
        changes=tuple(changes),
        wanted=tuple(done.changes),
        public=public,
        missing=done.missing,
        left_out=tuple(left_out),
        macro=macro.remote.remote_id if macro.remote is not None else None,
    )
