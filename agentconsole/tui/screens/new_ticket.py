"""The form of a new ticket, or of one that passes another on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static, TextArea

from agentconsole.desk.attachments import FileFacts
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.tui import foreign, new_ticket_lines
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.screens.dialog import Deeds, Dialog
from agentconsole.tui.screens.list_editor import Suggestion
from agentconsole.tui.widgets.composer import SAVE_WITHIN, ComposerText
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.person_field import PersonField
from agentconsole.tui.widgets.pick_field import PickField


class FormHelp(Protocol):
    """What fills the form in and says how what is in it is shown."""

    async def people(self, account: str, text: str) -> Sequence[Suggestion]:
        """Find people of an account by a part of their name."""

    def pick(self, form_screen: NewTicketScreen, field: PickField) -> None:
        """Have a value picked for a field."""

    def label(self, form: NewTicketForm, name: str, value: str) -> str:
        """Say how the value of a field is shown."""

    def ticket_form(self, form: NewTicketForm) -> str | None:
        """Say which of the helpdesk's forms it gets; None where there is nothing to choose."""

    def field_words(self, form: NewTicketForm) -> Sequence[tuple[str, str]]:
        """Say what is set beyond the form's own fields, and is sent: names and values."""

    def unsent_words(self, form: NewTicketForm) -> Sequence[tuple[str, str]]:
        """Say what is filled in and not sent: names and values."""

    def watch(self, form_screen: NewTicketScreen, event: events.Key) -> bool:
        """Look at a key on its way into the text."""


class NewTicketScreen(Dialog[None]):
    """Who it is for, what it is about, and the text. Whatever is typed is kept within a second.

    What the keys beside the form's own mean is what they mean in the composer.
    """

    place = "form"

    def __init__(
        self,
        title: str,
        form: NewTicketForm,
        *,
        keymap: Keymap,
        helped_by: FormHelp,
        handlers: Mapping[str, Callable[[NewTicketScreen], None]],
        save: Callable[[NewTicketForm], None],
        several_accounts: bool,
    ) -> None:
        """Prepare the form.

        Args:
            title: What it is for.
            form: What is filled in already.
            keymap: Gives the actions of keys.
            helped_by: Fills it in.
            handlers: Actions of the composer that work here.
            save: Called with what is filled in, soon after it has changed.
            several_accounts: Whether there is an account to choose.
        """
        super().__init__(classes=_kind(form.public))
        self._title_text = title
        self.form = form
        """What is filled in, but for what stands in the text fields."""
        self.files: dict[str, FileFacts | None] = {}
        self.unsent_ticket: int | None = None
        """Local id of the unsent ticket whose form it was before; None for one that is begun."""
        self.busy = False
        """Whether it is on its way out."""
        self._keymap_used = keymap
        self._handlers = handlers
        self._save = save
        self._help = helped_by
        self._several_accounts = several_accounts
        self._save_planned = False
        self._saved = form

    def compose(self) -> ComposeResult:
        """Lay the form out."""
        form = self.form
        with Vertical(classes="box new-ticket"):
            yield Static("", id="new-head", markup=False)
            yield PersonField("For", form.requester, self._find_people)
            with Horizontal(classes="new-row"):
                yield Static("Subject", classes="new-label", markup=False)
                yield CleanInput(form.subject, placeholder="in one line", id="new-subject")
            with Horizontal(classes="new-row new-picks", id="new-forms"):
                yield PickField("Form", "", id="new-ticket_form", most=60)
            with Horizontal(classes="new-row new-picks"):
                if self._several_accounts:
                    yield PickField("Account", "none", id="new-account")
                yield PickField("Group", "none", id="new-group")
                yield PickField("Assignee", "nobody", id="new-assignee")
            with Horizontal(classes="new-row new-picks"):
                yield PickField("Priority", "none", id="new-priority")
                yield PickField("Fields", "none", id="new-fields")
                yield Static("Tags", classes="new-label", markup=False)
                yield CleanInput(" ".join(form.tags), placeholder="with blanks between", id="new-tags")
            yield Static("", id="new-with", markup=False)
            yield ComposerText(id="new-text")
            yield Static("", id="new-foot", classes="box-hint", markup=False)

    def on_mount(self) -> None:
        """Show what is filled in; the caret is in the first field that is empty."""
        self.area.tab_behavior = "focus"
        self.area.load_text(self.form.text)
        self.show_form()
        super().on_mount()

    def first_focus(self) -> CleanInput | ComposerText:  # type: ignore[override]
        """The first field that is empty, else the text."""
        if not self.form.requester:
            return self._field("requester")
        return self._field("subject") if not self.form.subject else self.area

    def focus_ticket_form(self) -> None:
        """Go to the line in which the helpdesk's form is chosen."""
        self.set_focus(self.query_one("#new-ticket_form"))

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
        self.query_one("#new-head", Static).update(new_ticket_lines.head(self._title_text, form))
        for name in ("account", "group", "assignee", "priority"):
            for field in self.query(f"#new-{name}").results(PickField):
                value = getattr(form, name)
                field.set(value, self._help.label(form, name, value) if value else "")
        ticket_form = self._help.ticket_form(form)
        forms = self.query_one("#new-ticket_form", PickField)
        if ticket_form is None and forms.has_focus:
            # It goes: its keys go on to the next field.
            self.focus_next()
        self.query_one("#new-forms").display = ticket_form is not None
        forms.set(form.ticket_form or "", ticket_form or "")
        fields, unsent = self._help.field_words(form), self._help.unsent_words(form)
        count = len(form.custom) - len(unsent)
        self.query_one("#new-fields", PickField).set("set" if count else None, f"{count} set")
        line = self.query_one("#new-with", Static)
        said = new_ticket_lines.goes_with(form, self.files, fields, unsent)
        line.display = said is not None
        line.update(said or "")
        self._show_foot()

    def take_key(self, event: events.Key) -> bool:
        """Go to another field, or look at a key on its way into the text, whose own it is all the same."""
        if self.busy:
            # It is as good as gone; what is pressed now was meant for it.
            return True
        if super().take_key(event):
            return True
        if self.focused is self.area:
            self._help.watch(self, event)
        return False

    def deeds(self) -> Deeds:
        """What its own actions do."""
        return {"form_next": self.action_next, "form_previous": self.action_previous}

    def on_key(self, event: events.Key) -> None:
        """Do what a key means in the composer."""
        action = self._keymap_used.action("form", event.key, event.character)
        if self._keymap_used.action("composer", event.key, event.character) == "back":
            event.stop()
            self.action_leave()
        elif action is not None and action in self._handlers:
            event.stop()
            self.perform(action)

    def perform(self, action: str) -> None:
        """Do an action of the composer; an error is told in its sentence and ends nothing."""
        if self.busy:
            return
        with foreign.errors_told(self):
            self._handlers[action](self)

    def set_text_fields(self, form: NewTicketForm) -> None:
        """Put into the text fields what was set for them elsewhere, as by a macro."""
        self._field("subject").value = form.subject
        self._field("tags").value = " ".join(form.tags)
        self.change(form)

    def action_next(self) -> None:
        """To the next field; a suggestion that is highlighted is taken."""

        def go_on() -> None:
            self._person.take()
            self.focus_next()

        self._person.once_found(go_on)

    def action_previous(self) -> None:
        """To the field before."""
        self.focus_previous()

    def action_leave(self) -> None:
        """Leave; what is filled in is kept."""
        if self._person.suggesting:
            self._person.hide()
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
        """Plan a save."""
        event.stop()
        self._plan_save()

    def entered(self, text: str) -> None:
        """Go on to the next field."""
        self.action_next()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Save when the agent goes elsewhere."""
        self.save_now()

    def on_pick_field_asked(self, event: PickField.Asked) -> None:
        """Have a value picked."""
        event.stop()
        if not self.busy:
            self._help.pick(self, event.field)

    def on_pick_field_cleared(self, event: PickField.Cleared) -> None:
        """Take over that a field is empty."""
        event.stop()
        values = {
            name: field.value
            for name in ("group", "assignee", "priority")
            for field in self.query(f"#new-{name}").results(PickField)
        }
        if self.query_one("#new-ticket_form", PickField).value is None:
            values["ticket_form"] = None
        self.change(replace(self.form, **values))  # type: ignore[arg-type]

    async def _find_people(self, text: str) -> Sequence[Suggestion]:
        return await self._help.people(self.form.account, text)

    @property
    def _person(self) -> PersonField:
        return self.query_one(PersonField)

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

    def _show_foot(self) -> None:
        foot = self.query_one("#new-foot", Static)
        width = foot.size.width or self.app.size.width - 8
        foot.update(foreign.content(new_ticket_lines.foot(self.told, tuple(self._handlers), width)))

    def on_resize(self, event: events.Resize) -> None:
        """Say as much of what keys do as there is room for."""
        self._show_foot()


def _kind(public: bool) -> str:
    return "-public" if public else "-internal"
