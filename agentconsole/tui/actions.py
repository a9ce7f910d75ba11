"""Every action of the console, once: its id, its keys, what it does, and where it applies.

The keymap only gives keys to these ids; help, palette and hints are lists of them. A new action is a line
here, a handler of the same id in a flow, and, where its key means something else in a preset, a line in
`keymap.PRESETS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Place = Literal[
    "views",
    "queue",
    "ticket",
    "side",
    "composer",
    "filter",
    "ask",
    "pick",
    "gather",
    "form",
    "read",
    "decide",
    "welcome",
    "send menu",
    "stop question",
    "quit question",
    "fill question",
    "mode question",
    "editor question",
    "file question",
    "link question",
    "first reply question",
    "merge question",
    "macro question",
    "spam question",
    "delete question",
    "view question",
    "told",
]
"""What has the focus: a pane, the composer's text, the filter line, the knowledge search line, or a dialog.

The dialogs: a list below a field, one that is gathered by typing, the form of a new ticket, a text to read,
the two sides of a conflict, the first screen, and each question by itself.
"""

PANES: Final[frozenset[Place]] = frozenset({"views", "queue", "ticket", "side"})
TEXT_FIELDS: Final[frozenset[Place]] = frozenset({"composer", "filter", "ask"})
EVERYWHERE: Final[frozenset[Place]] = PANES | TEXT_FIELDS

Need = Literal["", "ticket", "open ticket", "held change"]
"""What must be there: a ticket that can be meant, one that is open, a change that needs a decision."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something an agent can do by a key or from the palette."""

    id: str
    """Its name in config.toml's `[keys]`."""
    keys: tuple[str, ...]
    """The default preset's keys, as Textual names them or as the character itself."""
    help: str
    """What it does, in few words."""
    group: str
    """Its heading in the help."""
    places: frozenset[Place]
    """Where it does something; a key that types a character never acts in a text field all the same."""
    hint: str = ""
    """A still shorter word for the hint line; `HINTS` says where it is shown."""
    needs: Need = ""
    capability: str = ""
    """The capability, by its name in `helpdesks.base.Capabilities`, that the ticket's account must have."""


def _in(*places: Place) -> frozenset[Place]:
    return frozenset(places)


_TEXTS: Final = _in("composer", "form")

CHANGE: Final = "Change"
"""The heading of what is done to all selected tickets."""

_MOVE, _LAYOUT, _TICKET, _WRITE, _CHANGE, _FIND, _APP = (
    "Move",
    "Views and panes",
    "Ticket",
    "Write",
    CHANGE,
    "Find",
    "Console",
)

ABOUT_PANES: Final = (_LAYOUT, _MOVE)
"""Headings of what is done to the console itself, what is known by heart soonest last."""

ACTIONS: Final[tuple[Action, ...]] = (
    Action("down", ("j", "down"), "Down", _MOVE, PANES),
    Action("up", ("k", "up"), "Up", _MOVE, PANES),
    Action("first", ("g", "home"), "To the first", _MOVE, PANES),
    Action("last", ("G", "end"), "To the last", _MOVE, PANES),
    Action("half_page_down", ("ctrl+d",), "Half a page down", _MOVE, PANES),
    Action("half_page_up", ("ctrl+u",), "Half a page up", _MOVE, PANES),
    Action("page_down", ("pagedown",), "A page down", _MOVE, PANES),
    Action("page_up", ("pageup",), "A page up", _MOVE, PANES),
    Action("next_pane", ("tab",), "Next pane", _MOVE, PANES, "pane"),
    Action("previous_pane", ("shift+tab",), "Previous pane", _MOVE, PANES),
    Action("open", ("enter",), "Open the ticket, view or article", _MOVE, PANES, "open"),
    Action("back", ("escape",), "Back; a text stays as it is", _MOVE, EVERYWHERE, "back"),
    Action("close", ("q",), "Back; at the top it asks to quit", _MOVE, PANES, "back"),
    Action("view_1", ("1",), "First view", _LAYOUT, PANES),
    Action("view_2", ("2",), "Second view", _LAYOUT, PANES),
    Action("view_3", ("3",), "Third view", _LAYOUT, PANES),
    Action("view_4", ("4",), "Fourth view", _LAYOUT, PANES),
    Action("view_5", ("5",), "Fifth view", _LAYOUT, PANES),
    Action("view_6", ("6",), "Sixth view", _LAYOUT, PANES),
    Action("view_7", ("7",), "Seventh view", _LAYOUT, PANES),
    Action("view_8", ("8",), "Eighth view", _LAYOUT, PANES),
    Action("view_9", ("9",), "Ninth view", _LAYOUT, PANES),
    Action("next_sort", ("S",), "Sort in the next way", _LAYOUT, PANES),
    Action("rename_view", ("f2",), "Rename this view of yours", _LAYOUT, PANES),
    Action("remove_view", ("delete",), "Remove this view of yours", _LAYOUT, _in("views")),
    Action("save_view", ("+",), "Save this search as a view", _LAYOUT, PANES),
    Action("toggle_views", ("b",), "Show or hide the views", _LAYOUT, PANES),
    Action("toggle_context", ("c",), "Show or hide customer and knowledge", _LAYOUT, PANES),
    Action("narrower", ("<",), "Make this pane narrower", _LAYOUT, PANES),
    Action("wider", (">",), "Make this pane wider", _LAYOUT, PANES),
    Action("next_ticket", ("J",), "Next ticket", _TICKET, PANES, "next", "ticket"),
    Action("previous_ticket", ("K",), "Previous ticket", _TICKET, PANES, needs="ticket"),
    Action("select", ("space", "x"), "Select the ticket", _TICKET, _in("queue"), "select", "ticket"),
    Action("select_range", ("V",), "Select from here on, until again", _TICKET, _in("queue"), "", "ticket"),
    Action("select_all", ("*",), "Select all of the view, or none", _TICKET, _in("queue"), "", "ticket"),
    Action("select_rest", ("%",), "Select what an interrupted change left", _TICKET, PANES),
    Action("copy_id", ("y",), "Copy the number", _TICKET, PANES, "", "ticket"),
    Action("copy_link", ("Y",), "Copy the link", _TICKET, PANES, "", "ticket"),
    Action("browser", ("B",), "Open in the browser", _TICKET, PANES, "", "ticket"),
    Action("unread", ("U",), "Mark unread, or read", _TICKET, PANES, "", "ticket"),
    Action(
        "unfold",
        ("o",),
        "Unfold quotes, changes, fields, notes",
        _TICKET,
        PANES,
        "unfold",
        "open ticket",
    ),
    Action("newest", ("u",), "To what is new since the last look", _TICKET, PANES, "", "open ticket"),
    Action("find", ("ctrl+f",), "Search in the thread", _TICKET, PANES, "find", "open ticket"),
    Action("next_hit", (".",), "Next place found in the thread", _TICKET, PANES, "", "open ticket"),
    Action("previous_hit", (",",), "Place before that", _TICKET, PANES, "", "open ticket"),
    Action("links", ("L",), "Links of the thread", _TICKET, PANES, "", "open ticket"),
    Action("attachments", ("O",), "Files of the thread: save, open", _TICKET, PANES, "", "open ticket"),
    Action("guided", ("!",), "Guided: one ticket after another", _TICKET, PANES, "guided"),
    Action("reply", ("r",), "Reply to the customer", _WRITE, PANES, "reply", "ticket"),
    Action("note", ("n",), "Write an internal note", _WRITE, PANES, "note", "ticket"),
    Action("new_ticket", ("N",), "New ticket", _WRITE, PANES, "new ticket"),
    Action(
        "forward",
        ("w",),
        "Pass the ticket on to somebody outside",
        _WRITE,
        PANES,
        needs="ticket",
        capability="create",
    ),
    Action("macro", ("m",), "Use a macro", _WRITE, PANES, "macro", "ticket"),
    Action("send", ("ctrl+s", "ctrl+enter"), "Send: choose the status", _WRITE, _TEXTS, "send"),
    Action("insert_macro", ("ctrl+t",), "Insert a macro (also ::)", _WRITE, _TEXTS, "macro"),
    Action("insert_knowledge", ("ctrl+l",), "Look up an article (also ??)", _WRITE, _TEXTS, "article"),
    Action("switch_mode", ("ctrl+n",), "Switch between reply and note", _WRITE, _TEXTS, "reply/note"),
    Action("editor", ("ctrl+o",), "Write in $EDITOR", _WRITE, _TEXTS, "editor"),
    Action(
        "recipients",
        ("ctrl+g",),
        "Who gets it: people in copy",
        _WRITE,
        _TEXTS,
        "CC",
        capability="cc",
    ),
    Action("preview", ("f2",), "See it as the customer will", _WRITE, _TEXTS, "preview"),
    Action(
        "versions",
        ("f3",),
        "Earlier texts on this ticket, also sent ones",
        _WRITE,
        PANES | _in("composer"),
        "versions",
        "ticket",
    ),
    Action(
        "attach",
        ("f4",),
        "Attach files",
        _WRITE,
        _TEXTS,
        "attach",
        capability="attachments",
    ),
    Action("quote", ("ctrl+r",), "Insert the article as a quotation", _WRITE, _in("ask", "side"), "quote"),
    Action("assign", ("a",), "Assign", _CHANGE, PANES, "assign", "ticket"),
    Action("status", ("s",), "Set the status", _CHANGE, PANES, "status", "ticket"),
    Action("tags", ("t",), "Add or remove tags", _CHANGE, PANES, "tags", "ticket", "tags"),
    Action("priority", ("p",), "Set the priority", _CHANGE, PANES, "priority", "ticket", "priorities"),
    Action("custom_fields", ("F",), "Set a custom field", _CHANGE, PANES, "", "ticket"),
    Action("snooze", ("h",), "Snooze until …, or wake up", _CHANGE, PANES, "snooze", "ticket"),
    Action("merge", ("M",), "Merge into another ticket", _CHANGE, PANES, "", "ticket", "merge"),
    Action("spam", ("X",), "Mark as spam", _CHANGE, PANES, "", "ticket", "spam"),
    Action(
        "delete_ticket",
        ("delete",),
        "Delete the ticket",
        _CHANGE,
        _in("queue", "ticket"),
        "",
        "ticket",
        "delete",
    ),
    Action("solve", ("e",), "Solve, then the next ticket", _CHANGE, PANES, "solve", "ticket"),
    Action("undo", ("z",), "Take back what was done last", _CHANGE, PANES, "undo"),
    Action("redo", ("Z",), "Make again what was taken back", _CHANGE, PANES, "redo"),
    Action("send_anyway", ("A",), "Held change: decide, send anyway", _CHANGE, PANES, needs="held change"),
    Action("edit_change", ("E",), "Held change: edit", _CHANGE, PANES, needs="held change"),
    Action(
        "drop_change", ("D",), "Held change: drop (the text is kept)", _CHANGE, PANES, needs="held change"
    ),
    Action("filter", ("/",), "Search the tickets", _FIND, PANES, "search"),
    Action("knowledge", ("f",), "Search the knowledge", _FIND, PANES, "knowledge"),
    Action("sync", ("R",), "Sync now", _APP, PANES),
    Action("notices", ("i",), "What has happened meanwhile", _APP, PANES),
    Action("do_not_disturb", ("I",), "Do not disturb, or do again", _APP, PANES),
    Action("theme", ("T",), "Choose a theme, seeing it", _APP, PANES),
    Action("tour", ("f8",), "The tour of six steps; its next step", _APP, PANES),
    Action("help", ("?", "f1"), "The keys that work here", _APP, EVERYWHERE, "keys"),
    Action("palette", ("ctrl+p",), "All actions", _APP, EVERYWHERE, "all"),
    Action("add_account", ("f9",), "Add a helpdesk account", _APP, EVERYWHERE),
    Action("quit", ("ctrl+q",), "Quit", _APP, EVERYWHERE),
)

BY_ID: Final[dict[str, Action]] = {action.id: action for action in ACTIONS}

HINTS: Final[Mapping[Place, tuple[str, ...]]] = {
    "views": ("open", "next_pane", "filter", "palette", "help"),
    "queue": ("open", "reply", "solve", "filter", "help"),
    "ticket": ("reply", "note", "macro", "solve", "help"),
    "side": ("open", "quote", "next_pane", "back", "help"),
    "composer": ("send", "insert_macro", "insert_knowledge", "switch_mode", "help"),
    "filter": ("back", "help"),
    "ask": ("quote", "back", "help"),
}
"""The most useful actions of each place, for the hint line; at most five with what a field does itself."""
