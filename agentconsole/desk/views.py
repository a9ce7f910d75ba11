"""The views: which there are, how each is sorted, and saving a search as a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple

from agentconsole.desk import kept
from agentconsole.desk.context import Desk
from agentconsole.desk.queue import query_of
from agentconsole.domain.errors import ConfigError, QueryError, UsageError
from agentconsole.domain.queries import SORTS, OwnView, Sort

Section = Literal["", "helpdesk", "own"]

SORT_WORDS: Final[Mapping[Sort, str]] = {
    "due": "by SLA",
    "priority": "by priority",
    "waiting": "longest waiting",
    "newest": "newest",
    "updated": "last changed",
}
"""Each order as a list's title says it."""

SEARCHES_KEPT: Final = 50


class View(NamedTuple):
    """A named query."""

    title: str
    query: str
    sort: Sort
    """As it comes; the agent's choice goes before."""
    empty: str
    """Why there may be nothing in it, and what to press."""
    section: Section = ""
    key: str = ""
    """What the agent's choices are kept under; empty: the title says it."""
    only: frozenset[int] | None = None
    """Local ids of the tickets that it is limited to; None: whatever the query finds."""

    @property
    def identity(self) -> str:
        """What the agent's choices for it are kept under."""
        return self.key or f"{self.section}/{self.title}"


SHOWS_OTHERS: Final = "{filter} searches · {view_1} shows your own tickets"
"""How to leave a list that is of no use; an action's id in braces stands for its key."""

BUILT_IN: Final[tuple[View, ...]] = (
    View(
        "Mine",
        "status<solved assignee:me",
        "due",
        "Nothing of yours is unsolved and awake.\n"
        "{view_2} shows what nobody has taken · {view_8} what is snoozed",
    ),
    View(
        "Unassigned",
        "status<solved assignee:none",
        "due",
        "Everything unsolved has an assignee.\n{view_1} shows your own",
    ),
    View(
        "New", "status:new", "due", "No ticket is new, all have been looked at.\n{view_4} shows the open ones"
    ),
    View("Open", "status:open", "due", "No ticket is open.\n{view_3} shows the new ones · {sync} syncs now"),
    View(
        "Pending",
        "status:pending",
        "waiting",
        "No ticket waits for a customer.\n{view_4} shows the open ones",
    ),
    View("On hold", "status:hold", "waiting", "No ticket is on hold.\n{view_4} shows the open ones"),
    View(
        "Breaching soon",
        "status<solved due<2hours",
        "due",
        "No deadline is over or ends within two hours.\n{view_1} shows your own",
    ),
    View(
        "Snoozed",
        "is:snoozed",
        "due",
        "No ticket sleeps.\n{snooze} on a ticket lets it sleep until you want it",
    ),
    View(
        "Drafts",
        "is:draft",
        "updated",
        "No text of yours is waiting to be finished.\n"
        "{reply} on a ticket begins a reply · {note} begins a note",
    ),
    View(
        "Outbox",
        "is:waiting",
        "updated",
        "Everything you have done has gone out.\nWhat is held, unsure or refused would stand here",
    ),
    View(
        "Recently solved",
        "status:solved updated>30days",
        "updated",
        "Nothing was solved within the last 30 days.\n{view_1} shows what there is to do",
    ),
    View("Everything", "", "updated", "There are no tickets here yet.\n{sync} syncs now"),
)


class Views(NamedTuple):
    """All views of a profile."""

    views: tuple[View, ...]
    problems: tuple[ConfigError, ...] = ()
    """Own views that cannot be used, with file and line."""


def all_views(desk: Desk, own: tuple[OwnView, ...]) -> Views:
    """List the console's views, then the helpdesks' own, then the agent's.

    Args:
        desk: The profile.
        own: The agent's, as the config has them now.
    """
    found = [*BUILT_IN, *_helpdesk_views(desk)]
    problems: list[ConfigError] = []
    for view in own:
        try:
            query_of(desk, view.query)
        except QueryError as error:
            sentence = f"“{view.name}” is left out: {error.sentence}"
            problems.append(ConfigError(sentence, file=str(desk.paths.config_file), line=view.line))
            continue
        empty = f"Nothing fits this view of yours now.\n{SHOWS_OTHERS}"
        found.append(View(view.name, view.query, view.sort, empty, "own"))
    return Views(tuple(found), tuple(problems))


def _helpdesk_views(desk: Desk) -> list[View]:
    """List the helpdesks' saved views that the console can show, in their own order.

    Where there are several accounts, a view says whose it is, and finds that account's tickets alone.
    """
    several = desk.several_accounts
    return [
        View(
            f"{one.account}: {one.view.title}" if several else one.view.title,
            f"account:{one.account} {one.view.query}".rstrip() if several else one.view.query,
            "updated",
            "Nothing is in this view of the helpdesk.\n{view_1} shows your own tickets",
            "helpdesk",
            f"helpdesk/{one.account}/{one.view.remote_id}",
        )
        for one in desk.reader.views()
        if one.view.query is not None
    ]


def save_view(desk: Desk, name: str, query: str, sort: Sort) -> OwnView:
    """Write a search into config.toml as a view of the agent's own; one of that name gives way.

    Raises:
        QueryError: The query does not parse.
        ConfigError: The file is broken or cannot be changed; it stays as it is.
    """
    from agentconsole.config_writing import put_view

    query_of(desk, query)
    view = OwnView(" ".join(name.split()), query.strip(), sort)
    put_view(desk.paths.config_file, view)
    return view


def rename_view(desk: Desk, name: str, new: str) -> str:
    """Give a view of the agent's own another name in config.toml.

    Returns:
        The new name as it was written.

    Raises:
        UsageError: The new name is empty.
        ConfigError: The file cannot be changed, or has a view of that name; it stays as it is.
    """
    from agentconsole.config_writing import rename_view as write

    new = " ".join(new.split())
    if not new:
        raise UsageError("A view needs a name.")
    if new != name:
        write(desk.paths.config_file, name, new)
    return new


def remove_view(desk: Desk, name: str) -> None:
    """Take a view of the agent's own out of config.toml.

    Raises:
        ConfigError: The file cannot be changed; it stays as it is.
    """
    from agentconsole.config_writing import remove_view as write

    write(desk.paths.config_file, name)


def view_named(views: Sequence[View], name: str) -> View:
    """Find a view by its title, whatever its capitals.

    Raises:
        UsageError: There is none, or several; says which are meant.
    """
    wanted = name.strip().casefold()
    found = [view for view in views if view.title.casefold() == wanted]
    if len({view.query for view in found}) == 1:
        return found[-1]
    if found:
        raise UsageError(f"There are {len(found)} views “{name}”: give their query instead.")
    near = get_close_matches(wanted, [view.title.casefold() for view in views], 1)
    meant = next((view.title for view in views if near and view.title.casefold() == near[0]), None)
    hint = f", did you mean “{meant}”?" if meant is not None else ": `agentconsole views` lists them."
    raise UsageError(f"There is no view “{name}”{hint}")


def sorts_of(found: object) -> dict[str, Sort]:
    """Read which order was chosen for which view from what was kept."""
    if not isinstance(found, dict):
        return {}
    return {str(identity): sort for identity, sort in found.items() if sort in SORTS}


def past_searches(desk: Desk) -> list[str]:
    """Read what was searched for, the latest last."""
    found = kept.read(desk, [kept.SEARCHES]).get(kept.SEARCHES)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def with_search(searches: Sequence[str], text: str) -> list[str]:
    """Add a search to the past ones; an earlier one of the same words gives way."""
    return [*(one for one in searches if one != text), text][-SEARCHES_KEPT:]
