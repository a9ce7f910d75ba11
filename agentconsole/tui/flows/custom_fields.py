"""Custom fields: first which, then its value, asked for as its kind wants."""

from __future__ import annotations

from agentconsole.desk import ticket_forms
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign
from agentconsole.tui.flows.field_values import ELSEWHERE, ask_value, shown_in
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

Found = tuple[str, TicketField]
"""The account and its field."""


class CustomFieldsFlow(TicketsMeant):
    """Fields that only this helpdesk has."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"custom_fields": self._which}

    def _which(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        options: list[Option[Found]] = []
        form = None if meant.many else meant.detail.fields.get(ticket_forms.FORM)
        for account in meant.accounts:
            for item in self.desk.reader.fields(account.id):
                if item.name in ELSEWHERE or not item.on_form(form):
                    continue
                if item.name == ticket_forms.FORM and not ticket_forms.to_choose_from([item]):
                    continue
                note = account.name if len(meant.accounts) > 1 else ""
                if not meant.many:
                    note = shown_in(item, meant.detail.fields.get(item.name))
                options.append((PickItem(item.label, note), (account.name, item)))
        if not options:
            names = " and ".join(account.name for account in meant.accounts)
            self.tell(f"{names} has no fields of its own that are known here.")
            return

        def chosen(found: Found | None) -> None:
            if found is not None:
                self._ask(meant, found)

        self.screen.app.push_screen(Picker(f"Field: {meant.title}", plain_search(options)), chosen)

    def _ask(self, meant: Meant, found: Found) -> None:
        account, item = found

        def set_value(value: FieldValue) -> None:
            words = f"{item.label} {foreign.cut(shown_in(item, value), 40)}"
            self.screen.fields.apply(meant, {account: (FieldChange(item.name, value),)}, words)

        now = None if meant.many else meant.detail.fields.get(item.name)
        ask_value(self.screen.the_app, item, meant.title, now, set_value)
