"""Every action of the dialogs, once: its id, its keys, what it does, and in which of them.

They are remapped like those of the panes. Esc is none of them: it always leads out. What a field needs to be
written in, Enter among it, stays the field's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from agentconsole.tui.actions import Action, Place

GROUP: Final = "Dialogs"
"""The heading of all of them in the help."""

_QUESTIONS: Final[Mapping[Place, tuple[tuple[str, str, str], ...]]] = {
    "send menu": (
        ("send_open", "o", "Send as open"),
        ("send_pending", "p", "Send as pending"),
        ("send_hold", "h", "Send as on hold"),
        ("send_solved", "s", "Send as solved"),
        ("warning_1", "1", "To the place of the first warning"),
        ("warning_2", "2", "To the place of the second warning"),
        ("warning_3", "3", "To the place of the third warning"),
        ("warning_4", "4", "To the place of the fourth warning"),
    ),
    "quit question": (
        ("quit_send", "s", "Send first, then quit"),
        ("quit_background", "b", "Quit; it goes out in the background"),
        ("quit_keep", "k", "Quit; keep it until the next start"),
        ("quit_now", "q", "Quit, as nothing waits"),
    ),
    "stop question": (
        ("quit_finish", "f", "Finish what is being done, then quit"),
        ("quit_stop", "q", "Quit; the rest stays as it is"),
    ),
    "fill question": (
        ("fill_in", "f", "Solving many: fill in what is missing"),
        ("fill_leave", "l", "Solving many: leave those out"),
    ),
    "mode question": (("join_texts", "j", "Join the text with the other draft"),),
    "editor question": (("take_edited", "t", "Take what the failed editor wrote"),),
    "file question": (
        ("file_save", "s", "Save the file"),
        ("file_folder", "f", "Save the file in another folder"),
    ),
    "link question": (("link_copy", "y", "Copy the link"),),
    "first reply question": (("reach_confirm", "y", "Send to those people"),),
    "merge question": (("merge_confirm", "m", "Merge"),),
    "macro question": (("macro_confirm", "m", "Send the macro on all of them"),),
    "spam question": (("spam_confirm", "x", "Mark all of them as spam"),),
    "delete question": (("delete_confirm", "d", "Delete the tickets"),),
    "view question": (("view_confirm", "d", "Remove the view"),),
    "told": (),
}
"""Each question's answers but the usual one, which `accept` gives: id, key, what it does."""


def _dialog(action_id: str, keys: str, said: str, *places: Place) -> Action:
    return Action(action_id, tuple(keys.split()), said, GROUP, frozenset(places))


ANSWERS: Final[tuple[Action, ...]] = (
    _dialog("accept", "enter", "The usual answer", "decide", *_QUESTIONS),
    *(_dialog(*answer, place) for place, answers in _QUESTIONS.items() for answer in answers),
)
"""What answers a question, so that it must have a key."""

DIALOG_ACTIONS: Final[tuple[Action, ...]] = (
    *ANSWERS,
    _dialog("pick_down", "down ctrl+n", "Next of the list", "pick", "gather"),
    _dialog("pick_up", "up ctrl+p", "The one before", "pick", "gather"),
    _dialog("pick_page_down", "pagedown", "A page down", "pick", "gather"),
    _dialog("pick_page_up", "pageup", "A page up", "pick", "gather"),
    _dialog("gather_complete", "tab", "Complete what is typed", "gather"),
    _dialog("gather_done", "ctrl+s", "The list is complete", "gather"),
    _dialog("gather_remove", "delete", "Take out of the list", "gather"),
    _dialog("form_next", "tab", "Next field", "form"),
    _dialog("form_previous", "shift+tab", "Field before", "form"),
    _dialog("read_down", "down j", "Preview: down", "read"),
    _dialog("read_up", "up k", "Preview: up", "read"),
    _dialog("read_page_down", "pagedown space ctrl+d", "Preview: a page down", "read"),
    _dialog("read_page_up", "pageup ctrl+u", "Preview: a page up", "read"),
    _dialog("read_top", "home g", "Preview: to the top", "read"),
    _dialog("read_end", "end G", "Preview: to the end", "read"),
    _dialog("read_close", "enter q", "Preview: back to the text", "read"),
    _dialog("decide_down", "down j", "Conflict: next field", "decide"),
    _dialog("decide_up", "up k", "Conflict: field before", "decide"),
    _dialog("decide_mine", "left h m", "Conflict: mine", "decide"),
    _dialog("decide_theirs", "right l t", "Conflict: theirs", "decide"),
    _dialog("decide_other", "space tab", "Conflict: the other side", "decide"),
    _dialog("welcome_demo", "d", "First screen: try the demo", "welcome"),
    _dialog("welcome_account", "a", "First screen: add an account", "welcome"),
    _dialog("welcome_leave", "q", "First screen: leave", "welcome"),
)


def question_of(answers: Collection[str]) -> Place:
    """Tell which question has these answers; where there is but the usual one, something is told.

    Raises:
        KeyError: One of them is not in the table above, so that no key would give it.
    """
    if strange := {*answers} - {one.id for one in ANSWERS}:
        raise KeyError(*strange)
    for place, known in _QUESTIONS.items():
        if any(action_id in answers for action_id, _, _ in known):
            return place
    return "told"
