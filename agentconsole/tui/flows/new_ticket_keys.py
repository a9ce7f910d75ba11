"""What the keys of the form of a new ticket do; they mean what they mean in the composer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import events
from textual.content import Content

from agentconsole.desk import attachments, knowledge, macros, replies, ticket_forms
from agentconsole.desk.new_ticket_form import NewTicketForm, with_changes
from agentconsole.desk.wording import value_word
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign
from agentconsole.tui.flows.addressing import copies_editor, files_editor
from agentconsole.tui.flows.editing import edit_in_editor
from agentconsole.tui.flows.field_values import ELSEWHERE, ask_value, shown_in
from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.flows.form_choices import account_options, field_options
from agentconsole.tui.flows.macro_picking import MacroTarget, pick_macro, tell_of_missing, tell_of_mode
from agentconsole.tui.flows.reviewing import previewed
from agentconsole.tui.flows.triggers import watch_trigger
from agentconsole.tui.screens.list_editor import Suggestion
from agentconsole.tui.screens.new_ticket import NewTicketScreen
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_field import PickField
from agentconsole.tui.widgets.pick_list import PickItem

FormHandlers = Mapping[str, Callable[[NewTicketScreen], None]]
"""Action id of the composer to what does it in the form."""


class NewTicketKeys(Flow):
    """Helps with filling in the form."""

    def form_handlers(self) -> FormHandlers:
        """The actions that the form has, but for sending."""
        return {
            "switch_mode": _switch,
            "attach": self._attach,
            "recipients": self._copies,
            "preview": self._preview,
            "editor": self._editor,
            "insert_macro": self._macro,
            "insert_knowledge": self._article,
        }

    # The form's own fields

    async def people(self, account: str, text: str) -> Sequence[Suggestion]:
        """Find people of an account by a part of their name."""
        return await self.screen.addressing.people(account, text)

    def pick(self, form_screen: NewTicketScreen, field: PickField) -> None:
        """Have a value picked for a field."""
        name = (field.id or "").removeprefix("new-")
        if name == "fields":
            self._which_field(form_screen)
            return
        account = form_screen.form.account
        options = account_options(self.desk) if name == "account" else field_options(self.desk, account, name)
        if name == "ticket_form" and not options:
            self.tell(f"{account} has no forms to choose from any more: Delete empties the line.")
            return

        def chosen(value: str | None) -> None:
            if value is None:
                return
            form = form_screen.form
            if name == "account":
                if value != form.account:
                    form = self._moved_to(value, form)
            else:
                form = replace(form, **{name: value})  # type: ignore[arg-type]
            self._tell_of_unsent(form_screen.form, form)
            form_screen.change(form)
            form_screen.focus_next()

        self.screen.app.push_screen(Picker(field.label, plain_search(options)), chosen)

    def _moved_to(self, account: str, form: NewTicketForm) -> NewTicketForm:
        """Choose another account: groups, agents, choices and fields are the other helpdesk's own."""
        if form.custom or form.status:
            self.tell(f"{account} has fields of its own: those that were set are empty now.")
        return replace(
            form,
            account=account,
            ticket_form=None,
            group=None,
            assignee=None,
            priority=None,
            status=None,
            custom={},
            macro=None,
        )

    def label(self, form: NewTicketForm, name: str, value: str) -> str:
        """Say how the value of a field is shown."""
        if name == "account":
            return value
        if name == "assignee" and value not in ("me", ""):
            person = self.desk.reader.person(self.desk.account(form.account).id, value)
            return person.name if person is not None else value
        options = field_options(self.desk, form.account, name)
        return next((item.label for item, key in options if key == value), value)

    def ticket_form(self, form: NewTicketForm) -> str | None:
        """Say which of the helpdesk's forms it gets; None where there is nothing to choose."""
        fields = self.desk.reader.fields(self.desk.account(form.account).id)
        chosen = ticket_forms.chosen(fields, form.ticket_form)
        if chosen is None:
            return None if form.ticket_form is None else "not in use any more"
        several = form.ticket_form is not None or ticket_forms.to_choose_from(fields)
        return chosen.label if several else None

    def unsent_words(self, form: NewTicketForm) -> Sequence[tuple[str, str]]:
        """Say what is filled in and not sent, as the helpdesk's form has no such field."""
        return [
            (item.label, shown_in(item, form.custom.get(item.name)))
            for item in ticket_forms.not_sent(self.desk, form)
        ]

    def _tell_of_unsent(self, before: NewTicketForm, form: NewTicketForm) -> None:
        """Say which fields another form leaves out; what they hold stays, should the form be chosen again."""
        were = {item.name for item in ticket_forms.not_sent(self.desk, before)}
        left = [item.label for item in ticket_forms.not_sent(self.desk, form) if item.name not in were]
        fields = self.desk.reader.fields(self.desk.account(form.account).id)
        chosen = ticket_forms.chosen(fields, form.ticket_form)
        if left and chosen is not None:
            names = " and ".join(f"“{label}”" for label in left)
            self.tell(
                f"Kept here, but not sent: {names}, as the form “{chosen.label}” does not have it.",
                severity="warning",
            )

    def field_words(self, form: NewTicketForm) -> Sequence[tuple[str, str]]:
        """Say what is set beyond the form's own fields, and is sent."""
        account = self.desk.account(form.account)
        fields = self.desk.reader.fields(account.id)
        known = {item.name: item for item in fields}
        unsent = {item.name for item in ticket_forms.not_sent(self.desk, form)}
        said = [
            (known[name].label if name in known else name, shown_in(known[name], value))
            if name in known
            else (name, str(value))
            for name, value in form.custom.items()
            if name not in unsent
        ]
        if form.status:
            said.insert(0, ("status", value_word(self.desk, account.id, fields, "status", form.status)))
        return said

    def _which_field(self, form_screen: NewTicketScreen) -> None:
        account = self.desk.account(form_screen.form.account)
        values = form_screen.form.custom
        options: list[Option[TicketField]] = [
            (PickItem(item.label, shown_in(item, values.get(item.name))), item)
            for item in ticket_forms.of_form(self.desk.reader.fields(account.id), form_screen.form)
            if item.name not in (*ELSEWHERE, ticket_forms.FORM) and item.kind != "links"
        ]
        if not options:
            self.tell(f"{account.name} has no fields of its own that are known here.")
            return

        def chosen(item: TicketField | None) -> None:
            if item is None:
                return

            def set_value(value: FieldValue) -> None:
                custom = {**form_screen.form.custom, item.name: value}
                kept = {name: one for name, one in custom.items() if one not in (None, "", ())}
                form_screen.change(replace(form_screen.form, custom=kept))

            now = form_screen.form.custom.get(item.name)
            ask_value(self.screen.the_app, item, "the new ticket", now, set_value)

        self.screen.app.push_screen(Picker("Field of the new ticket", plain_search(options)), chosen)

    # What goes with the text

    def _attach(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.form
        paths = tuple(str(path) for path in form.attachments)
        most = attachments.most_bytes(self.desk, form.account)

        def chosen(files: tuple[str, ...] | None) -> None:
            if files is not None:
                form_screen.change(replace(form_screen.form, attachments=tuple(Path(path) for path in files)))
                self.look_at_files(form_screen)

        self.screen.app.push_screen(
            files_editor(self.screen.addressing, most, paths, form_screen.files), chosen
        )

    def look_at_files(self, form_screen: NewTicketScreen) -> None:
        """Find out how large the files are, and whether they can still be sent."""
        form = form_screen.form
        most = attachments.most_bytes(self.desk, form.account)

        async def look() -> None:
            paths = [str(path) for path in form.attachments]
            form_screen.files = await self.screen.backstage.read(
                attachments.looked_at, paths, most, form_screen.unsent_ticket
            )
            if form_screen.is_attached:
                form_screen.show_form()

        self.screen.begin(look(), "files")

    def _copies(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.filled()
        if not form.ccs:
            # Those that were chosen for another account can be taken out.
            replies.require_copies(self.desk, form.account)

        def chosen(addresses: tuple[str, ...] | None) -> None:
            if addresses is not None:
                form_screen.change(replace(form_screen.form, ccs=addresses))

        self.screen.app.push_screen(
            copies_editor(
                self.screen.addressing,
                form.account,
                title="Who is in copy of the new ticket",
                to=(form.requester,) if form.requester else (),
                fixed="Whom it is for is chosen in the form.",
                copied=form.ccs,
                known=(),
            ),
            chosen,
        )

    # The text

    def _preview(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.filled()
        kind = self.desk.account(form.account).kind
        from agentconsole.tui.screens.preview import PreviewScreen

        title, lines, body = previewed(form.text, kind, public=form.public)
        lines = [f"For {form.requester or 'nobody yet'}: {form.subject or '(no subject)'}", *lines]
        files = [path.name for path in form.attachments]
        self.screen.app.push_screen(
            PreviewScreen(title, lines, body, files, kind="public" if form.public else "internal")
        )

    def _editor(self, form_screen: NewTicketScreen) -> None:
        form_screen.save_now()

        def back() -> None:
            form_screen.set_focus(form_screen.area)
            form_screen.save_now()

        edit_in_editor(self, form_screen.area, back)

    def watch(self, form_screen: NewTicketScreen, event: events.Key) -> bool:
        """Look for `::` and `??` while a key is on its way into the text."""

        def asked(action: str, typed: str) -> None:
            if action == "insert_macro":
                self._macro(form_screen, typed)
            else:
                self._article(form_screen, typed)

        return watch_trigger(self, form_screen.area, event, asked)

    def _macro(self, form_screen: NewTicketScreen, typed: str = "") -> None:
        form = form_screen.filled()
        account = self.desk.account(form.account)
        fields = self.desk.reader.fields(account.id)

        def shown_now(name: str) -> str:
            if name == ticket_forms.FORM:
                return self.ticket_form(form) or "–"
            value = getattr(form, name, None) if ":" not in name else form.custom.get(name)
            return (
                value_word(self.desk, account.id, fields, name, value) if value not in (None, "", ()) else "–"
            )

        target = MacroTarget(
            "the new ticket",
            [form.account],
            lambda item: macros.preview_new(self.desk, item, form),
            fields,
            shown_now,
        )
        # Reading the macros always ends, well or not, and gives the keys back.
        self.screen.the_app.hold_keys(None)
        chosen = partial(self._macro_chosen, form_screen, typed)
        self.screen.begin(pick_macro(self, target, chosen), "macros")

    def _macro_chosen(self, form_screen: NewTicketScreen, typed: str, item: macros.MacroItem | None) -> None:
        if item is None:
            return
        form = form_screen.filled()
        try:
            shown = macros.preview_new(self.desk, item, form)
            changed, left_out = with_changes(self.desk, form, shown.changes)
        except ConsoleError as error:
            self.tell(error.sentence, severity="error")
            return
        self._tell_of_unsent(form, changed)
        form_screen.set_text_fields(replace(changed, macro=shown.macro or form.macro))
        text = shown.text.rstrip("\n")
        if text:
            form_screen.set_focus(form_screen.area)
            form_screen.area.put(text, replacing=typed, paragraph="\n" in text and not typed)
        tell_of_mode(self, shown, public=form.public)
        if left_out:
            self.tell(" ".join(left_out), severity="warning")
        tell_of_missing(self, shown)

    def _article(self, form_screen: NewTicketScreen, typed: str = "") -> None:
        from agentconsole.tui.screens.article_picker import ArticlePicker

        about = form_screen.filled().subject
        picker = ArticlePicker(self.screen.keymap_used, about, self._articles, self._drawn_article)

        def chosen(article_id: int | None) -> None:
            if article_id is None:
                return
            article = knowledge.article(self.desk, article_id)
            form_screen.set_focus(form_screen.area)
            if picker.quoted:
                form_screen.area.put(knowledge.quote(article) + "\n", replacing=typed, paragraph=True)
            else:
                form_screen.area.put(knowledge.link(article), replacing=typed)

        self.screen.app.push_screen(picker, chosen)

    async def _articles(self, text: str) -> Sequence[Option[int]]:
        try:
            hits = await self.screen.backstage.read(knowledge.search, text, limit=20, as_typed=True)
        except ConsoleError as error:
            self.tell(error.sentence, severity="warning")
            return ()
        return [
            (PickItem(hit.title, hit.locale.partition("-")[0], hit.title_highlights), hit.article_id)
            for hit in hits
        ]

    def _drawn_article(self, article_id: int) -> Content:
        try:
            article = knowledge.article(self.desk, article_id)
        except ConsoleError as error:
            return foreign.paragraphs(error.sentence, "$error")
        where = foreign.content(f"{article.section} · {article.locale}", "$dim")
        return Content("\n").join(
            [foreign.content(article.title, "bold"), where, Content(""), foreign.paragraphs(article.text)]
        )


def _switch(form_screen: NewTicketScreen) -> None:
    """Turn a public first message into a note, or back; the head tells who reads it."""
    form = form_screen.form
    form_screen.change(replace(form, public=not form.public))
    said = "Only your team reads the text now." if form.public else "The requester reads the text now."
    foreign.tell(form_screen, said)
