"""The form of a new ticket, or of one that passes another on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from agentconsole.desk.attachments import FileFacts
from agentconsole.desk.new_tickets import NewTicketForm
from agentconsole.tui import foreign, when
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.screens.dialog import Dialog
from agentconsole.tui.screens.list_editor import Suggestion
from agentconsole.tui.widgets.composer import SAVE_WITHIN, ComposerText
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_field import PickField
from agentconsole.tui.widgets.pick_list import PickList

Labels = Callable[[str, str], str]
"""Gives how a field's value is shown: field name, key."""


class NewTicketScreen(Dialog[None]):
    """Who it is for, what it is about, and the text. Whatever is typed is kept within a second.

    What the keys beside the form's own mean is what they mean in the composer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next", "Next field", show=False, priority=True),
        Binding("shift+tab", "previous", "Field before", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        form: NewTicketForm,
        *,
        keymap: Keymap,
        handlers: dict[str, Callable[[NewTicketScreen], None]],
        save: Callable[[NewTicketForm], None],
        people: Callable[[str, str], Awaitable[Sequence[Suggestion]]],
        pick: Callable[[NewTicketScreen, PickField], None],
        labels: Labels,
        several_accounts: bool,
    ) -> None:
        """Prepare the form.

        Args:
            title: What it is for.
            form: What is filled in already.
            keymap: Gives the actions of keys.
            handlers: Actions of the composer that work here.
            save: Called with what is filled in, soon after it has changed.
            people: Finds people of an account by a part of their name.
            pick: Has a value picked for a field.
            labels: How keys are shown.
            several_accounts: Whether there is an account to choose.
        """
        super().__init__(classes=_kind(form.public))
        self._title_text = title
        self.form = form
        """What is filled in, but for what stands in the text fields."""
        self.files: dict[str, FileFacts | None] = {}
        self.busy = False
        """Whether it is on its way out."""
        self._keymap_used = keymap
        self._handlers = handlers
        self._save = save
        self._people = people
        self._pick = pick
        self._labels = labels
        self._several_accounts = several_accounts
        self._save_planned = False
        self._saved = form
        self._suggestions: Sequence[Suggestion] = ()
        self._round = 0
        self._taken = form.requester

    def compose(self) -> ComposeResult:
        """Lay the form out."""
        form = self.form
        with Vertical(classes="box new-ticket"):
            yield Static("", id="new-head", markup=False)
            with Horizontal(classes="new-row"):
                yield Static("For", classes="new-label", markup=False)
                yield CleanInput(form.requester, placeholder="name or mail address", id="new-requester")
            yield PickList(id="new-people")
            with Horizontal(classes="new-row"):
                yield Static("Subject", classes="new-label", markup=False)
                yield CleanInput(form.subject, placeholder="in one line", id="new-subject")
            with Horizontal(classes="new-row", id="new-picks"):
                if self._several_accounts:
                    yield PickField("Account", "none", id="new-account")
                yield PickField("Group", "none", id="new-group")
                yield PickField("Assignee", "nobody", id="new-assignee")
                yield PickField("Priority", "none", id="new-priority")
            with Horizontal(classes="new-row"):
                yield Static("Tags", classes="new-label", markup=False)
                yield CleanInput(" ".join(form.tags), placeholder="with blanks between", id="new-tags")
            yield Static("", id="new-with", markup=False)
            yield ComposerText(id="new-text")
            yield Static("", id="new-foot", classes="box-hint", markup=False)

    def on_mount(self) -> None:
        """Show what is filled in; the caret is in the first field that is empty."""
        self.area.tab_behavior = "focus"
        self.area.load_text(self.form.text)
        self.query_one("#new-people").display = False
        self.show_form()
        super().on_mount()

    def first_focus(self) -> CleanInput | ComposerText:  # type: ignore[override]
        """The first field that is empty, else the text."""
        if not self.form.requester:
            return self._field("requester")
        return self._field("subject") if not self.form.subject else self.area

    @property
    def area(self) -> ComposerText:
        """The text."""
        return self.query_one(ComposerText)

    def filled(self) -> NewTicketForm:
        """Read the form as it stands."""
        if not self.is_mounted:
            return self.form
        return replace(
            self.form,
            requester=self._field("requester").value.strip(),
            subject=self._field("subject").value.strip(),
            tags=tuple(self._field("tags").value.replace(",", " ").split()),
            text=self.area.text,
        )

    def change(self, form: NewTicketForm) -> None:
        """Take over what was chosen, picked or switched; the text fields stay as they are."""
        self.form = form
        self.show_form()
        self._plan_save()

    def show_form(self) -> None:
        """Draw head, picked values and what goes with it."""
        form = self.form
        self.set_class(form.public, "-public")
        self.set_class(not form.public, "-internal")
        word, color, said = (
            ("PUBLIC", "public", "the requester reads it")
            if form.public
            else ("INTERNAL", "internal", "only your team reads the text")
        )
        head = Content.assemble(
            (f" {word} ", f"bold ${color}-text on ${color}"),
            (f"  {foreign.cut(self._title_text, 40)}", "bold"),
            (f"  on {foreign.line(form.account)}: {said}", f"${color}"),
        )
        self.query_one("#new-head", Static).update(head)
        for name in ("account", "group", "assignee", "priority"):
            for field in self.query(f"#new-{name}").results(PickField):
                value = getattr(form, name)
                field.set(value, self._labels(name, value) if value else "")
        self._show_with()
        self._show_foot()

    def on_key(self, event: events.Key) -> None:
        """Do what a key means in the composer, and move among the suggestions."""
        people = self.query_one("#new-people", PickList)
        if people.display and event.key in ("up", "down"):
            people.move(1 if event.key == "down" else -1)
            event.stop()
            return
        action = self._keymap_used.action("composer", event.key, event.character)
        if action == "back":
            event.stop()
            self.action_leave()
        elif action in self._handlers and not self.busy:
            event.stop()
            self._handlers[action](self)

    def action_next(self) -> None:
        """To the next field; a suggestion that is highlighted is taken."""
        self._take_person()
        self.focus_next()

    def action_previous(self) -> None:
        """To the field before."""
        self.focus_previous()

    def action_leave(self) -> None:
        """Leave; what is filled in is kept."""
        if self.query_one("#new-people").display:
            self._hide_people()
            return
        self.save_now()
        self.dismiss(None)

    def save_now(self) -> None:
        """Have what is filled in saved, if it has changed."""
        form = self.filled()
        if form != self._saved and not self.busy:
            self._saved = form
            self._save(form)
            self._show_foot()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Plan a save."""
        event.stop()
        self._plan_save()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Plan a save, and look for people while the requester is typed."""
        event.stop()
        self._plan_save()
        if event.input.id == "new-requester":
            self._look_for_people(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field."""
        event.stop()
        self.action_next()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Save when the agent goes elsewhere."""
        if event.widget.id == "new-requester":
            self._hide_people()
        self.save_now()

    def on_pick_field_asked(self, event: PickField.Asked) -> None:
        """Have a value picked."""
        event.stop()
        self._pick(self, event.field)

    def on_pick_field_cleared(self, event: PickField.Cleared) -> None:
        """Take over that a field is empty."""
        event.stop()
        values = {
            name: field.value
            for name in ("group", "assignee", "priority")
            for field in self.query(f"#new-{name}").results(PickField)
        }
        self.change(replace(self.form, **values))  # type: ignore[arg-type]

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Take the person that was clicked."""
        event.stop()
        self._take_person(event.place)

    def _field(self, name: str) -> CleanInput:
        return self.query_one(f"#new-{name}", CleanInput)

    def _plan_save(self) -> None:
        if not self._save_planned:
            self._save_planned = True
            self.set_timer(SAVE_WITHIN, self._save_due)

    def _save_due(self) -> None:
        self._save_planned = False
        if self.is_attached:
            self.save_now()

    # People

    def _look_for_people(self, text: str) -> None:
        self._round += 1
        if len(text.strip()) < 2 or text == self._taken or not self._field("requester").has_focus:
            self._hide_people()
            return
        self.run_worker(self._find_people(text, self._round), group="new-people", exit_on_error=False)

    async def _find_people(self, text: str, this_round: int) -> None:
        found = await self._people(self.form.account, text)
        if this_round != self._round or not self.is_attached:
            return
        self._suggestions = [one for one in found if one.item.note != "as typed"][:6]
        people = self.query_one("#new-people", PickList)
        people.display = bool(self._suggestions)
        people.styles.height = len(self._suggestions)
        people.show([one.item for one in self._suggestions])

    def _take_person(self, place: int | None = None) -> None:
        people = self.query_one("#new-people", PickList)
        if not people.display:
            return
        chosen = people.cursor if place is None else place
        if chosen is not None and chosen < len(self._suggestions):
            field = self._field("requester")
            # A whole address that was typed is meant as it stands.
            if place is not None or not _is_whole(field.value):
                self._taken = self._suggestions[chosen].value
                field.value = self._taken
                field.cursor_position = len(self._taken)
        self._hide_people()

    def _hide_people(self) -> None:
        self._round += 1
        self.query_one("#new-people").display = False

    # What goes with it

    def _show_with(self) -> None:
        form = self.form
        parts: list[tuple[str, str]] = []
        if form.ccs:
            parts += [("CC ", "$dim"), (foreign.cut(", ".join(form.ccs), 60), "$foreground"), ("  ", "")]
        for path in form.attachments:
            facts = self.files.get(str(path))
            size = f" {when.size(facts.size)}" if facts is not None else ""
            wrong = str(path) in self.files and facts is None
            said = f"{foreign.cut(Path(path).name, 30)}{' cannot be sent' if wrong else size}  "
            parts.append((said, "bold $error" if wrong else "$accent"))
        for kept in form.kept:
            parts.append((f"{foreign.cut(kept.file_name, 30)} {when.size(kept.size)}  ", "$accent"))
        line = self.query_one("#new-with", Static)
        line.display = bool(parts)
        line.update(Content.assemble(*parts))

    def _show_foot(self) -> None:
        shown = self._keymap_used.shown
        keys = (
            ("send", "make it"),
            ("switch_mode", "public/internal"),
            ("attach", "files"),
            ("recipients", "CC"),
            ("preview", "preview"),
        )
        words = [f"{shown(action, 'composer')} {said}" for action, said in keys if action in self._handlers]
        hint = " · ".join([*words, "Tab next", "Esc leaves, all is kept"])
        self.query_one("#new-foot", Static).update(foreign.content(hint))


def _kind(public: bool) -> str:
    return "-public" if public else "-internal"


def _is_whole(text: str) -> bool:
    from agentconsole.desk.replies import address_of

    address = address_of(text)
    return address is not None and "." in address.rpartition("@")[2]
