"""Custom fields: first which, then its value, asked for as its kind wants."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.domain.changes import FieldChange
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.flows.required import HINTS, read_value
from agentconsole.tui.line_blocks import shown_value
from agentconsole.tui.screens.line import LineDialog
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

_ELSEWHERE = frozenset({"subject", "status", "priority", "assignee", "group", "tags", "form"})
"""Fields with a key of their own, or that are not set by themselves."""

Found = tuple[str, TicketField]
"""The account and its field."""

Answer = tuple[FieldValue]
"""A value that was chosen, nothing included."""


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
        for account in meant.accounts:
            for item in self.desk.reader.fields(account.id):
                if item.name in _ELSEWHERE or not _on_form(item, meant):
                    continue
                note = account.name if len(meant.accounts) > 1 else ""
                if not meant.many:
                    note = _shown(item, meant.detail.fields.get(item.name))
                options.append((PickItem(item.label, note), (account.name, item)))
        if not options:
            names = " and ".join(account.name for account in meant.accounts)
            self.tell(f"{names} has no fields of its own that are known here.")
            return

        def chosen(found: Found | None) -> None:
            if found is not None:
                self._ask(meant, found)

        self.screen.app.push_screen(Picker(f"Field: {meant.title}", plain_search(options)), chosen)

    def _ask(self, meant: Meant, found: Found, typed: str | None = None) -> None:
        _, item = found
        now = None if meant.many else meant.detail.fields.get(item.name)
        title = f"{item.label}: {meant.title}"
        if item.kind == "multichoice":
            self._ask_several(meant, found, frozenset(now) if isinstance(now, tuple) else frozenset(), "")
            return
        if item.kind == "checkbox" or item.options:
            options: list[Option[Answer]] = [
                (PickItem(label, "as it is" if value == now and now is not None else ""), (value,))
                for label, value in _choices(item)
            ]
            if item.kind != "checkbox":
                options.append((PickItem("Nothing", "empties it"), (None,)))

            def picked(answer: Answer | None) -> None:
                if answer is not None:
                    self._set(meant, found, answer[0])

            self.screen.app.push_screen(Picker(title, plain_search(options)), picked)
            return

        def entered(text: str | None) -> None:
            if text is None:
                return
            if not text.strip():
                self._set(meant, found, None)
                return
            value, wrong = read_value(item, text)
            if wrong:
                self.tell(f"{item.label}: {wrong}", severity="warning")
                self._ask(meant, found, text)
            else:
                self._set(meant, found, value)

        start = typed if typed is not None else "" if now is None else str(now)
        hint = HINTS.get(item.kind, "a text")
        self.screen.app.push_screen(LineDialog(title, start, f"{hint} · empty: nothing"), entered)

    def _ask_several(self, meant: Meant, found: Found, ticked: frozenset[str], last: str) -> None:
        """Have choices ticked one after another, until they are set."""
        _, item = found
        labels = {option.key: option.label for option in item.options}
        chosen_now = ", ".join(labels.get(key, key) for key in sorted(ticked)) or "nothing"
        done: Option[str] = (PickItem(f"Set {chosen_now}"), "")
        ticks: list[Option[str]] = [
            (PickItem(f"{'●' if option.key in ticked else '○'} {option.label}"), option.key)
            for option in item.options
        ]
        # What was ticked last is at hand, then what sets them all.
        options = [done, *ticks] if last or ticked else [*ticks, done]

        def picked(key: str | None) -> None:
            if key == "":
                self._set(meant, found, tuple(sorted(ticked)) or None)
            elif key is not None:
                self._ask_several(meant, found, ticked ^ {key}, key)

        self.screen.app.push_screen(
            Picker(f"{item.label}: {meant.title}", plain_search(options), placeholder="Enter ticks"), picked
        )

    def _set(self, meant: Meant, found: Found, value: FieldValue) -> None:
        account, item = found
        words = f"{item.label} {foreign.cut(_shown(item, value), 40)}"
        self.screen.fields.apply(meant, {account: (FieldChange(item.name, value),)}, words)


def _choices(item: TicketField) -> Sequence[tuple[str, FieldValue]]:
    if item.kind == "checkbox":
        return (("Yes", True), ("No", False))
    return [(option.label, option.key) for option in item.options]


def _on_form(item: TicketField, meant: Meant) -> bool:
    form = meant.detail.fields.get("form")
    return meant.many or item.form is None or form is None or item.form == form


def _shown(item: TicketField, value: FieldValue) -> str:
    labels = {option.key: option.label for option in item.options}
    keys = value if isinstance(value, tuple) else () if value is None else (value,)
    if labels and keys and not isinstance(value, bool):
        return ", ".join(labels.get(str(key), str(key)) for key in keys)
    return shown_value(value)
