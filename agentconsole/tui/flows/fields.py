"""Changing a ticket's fields without writing: assignee, status, priority, tags, solving."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk import macros
from agentconsole.desk import tickets as desk_tickets
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.tickets import PRIORITIES, STATUSES
from agentconsole.domain.views import TicketDetail
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.line import LineDialog
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem


class FieldsFlow(Flow):
    """One change, or the same one for all selected tickets."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "assign": self._assign,
            "status": self._status,
            "priority": self._priority,
            "tags": self._tags,
            "solve": self._solve,
        }

    def _assign(self) -> None:
        detail = self._detail()
        if detail is None:
            return
        options: list[Option[FieldChange]] = [
            (PickItem("Me", "take it"), FieldChange("assignee", "me")),
            (PickItem("Nobody", "give it back"), FieldChange("assignee", None)),
        ]
        accounts = self._accounts()
        if len(accounts) > 1:
            # A number means somebody else on another helpdesk; a mail address means the same person.
            both = desk_tickets.agents_of_all(self.desk, accounts)
            options += [
                (PickItem(person.name, person.email or ""), FieldChange("assignee", person.email))
                for person in both
            ]
            self._pick("Assign", detail, options)
            return
        people = desk_tickets.find_people(self.desk, detail.row.account, "")
        options += [
            (
                PickItem(person.name or person.email or person.remote_id, person.email or ""),
                FieldChange("assignee", person.remote_id),
            )
            for person in people
            if person.role in ("agent", "admin")
        ]
        self._pick("Assign", detail, options)

    def _status(self) -> None:
        detail = self._detail()
        if detail is not None:
            words = [s for s in STATUSES if s not in ("new", "closed")]
            self._pick("Status", detail, self._words("status", words) or _choices(detail, "status", words))

    def _priority(self) -> None:
        detail = self._detail()
        if detail is not None:
            words = list(reversed(PRIORITIES))
            self._pick(
                "Priority", detail, self._words("priority", words) or _choices(detail, "priority", words)
            )

    def _tags(self) -> None:
        detail = self._detail()
        if detail is None:
            return
        many = len(self.screen.tickets.targets()) > 1
        had = set(detail.row.tags)

        def entered(text: str | None) -> None:
            if text is None:
                return
            edit = tags_edit(text, set() if many else had)
            if edit.add or edit.remove:
                self.change([FieldChange("tags", edit)])

        hint = "+tag adds · -tag removes" if many else "change the list; or +tag adds · -tag removes"
        start = "" if many else " ".join(sorted(had))
        self.screen.app.push_screen(LineDialog(f"Tags of {self._named(detail)}", start, hint), entered)

    def _solve(self) -> None:
        self.change([FieldChange("status", "solved")], go_on=True)

    def _pick(self, title: str, detail: TicketDetail, options: Sequence[Option[FieldChange]]) -> None:
        def chosen(change: FieldChange | None) -> None:
            if change is not None:
                self.change([change])

        self.screen.app.push_screen(Picker(f"{title}: {self._named(detail)}", plain_search(options)), chosen)

    def change_by_macro(self, item: macros.MacroItem, shown: macros.MacroPreview) -> None:
        """Do to what is selected what a macro without a text does."""
        others = [name for name in self._accounts() if item.account not in (None, name)]
        if others:
            self.tell(
                f"“{item.name}” is a macro of {item.account}, and there are tickets of "
                f"{' and '.join(others)} among the selected ones: select those of {item.account} alone.",
                severity="error",
            )
            return
        self.change(shown.wanted if len(self._accounts()) > 1 else shown.changes)

    def change(self, changes: Sequence[FieldChange], *, go_on: bool = False) -> None:
        """Change fields of what is selected, or of the one ticket; asks for what solving needs.

        Args:
            changes: What to change.
            go_on: Show the next ticket afterwards.
        """
        targets = self.screen.tickets.targets()
        detail = self._detail()
        if not targets or detail is None:
            return
        missing = (
            desk_tickets.missing_to_solve(self.desk, detail, changes)
            if len(targets) == 1 and self.screen.sending.solves(detail, changes)
            else ()
        )
        if missing:
            self.screen.sending.fill(
                detail, missing, lambda filled: self._do(targets, [*changes, *filled], go_on=go_on)
            )
        else:
            self._do(targets, changes, go_on=go_on)

    def _do(self, targets: Sequence[int], changes: Sequence[FieldChange], *, go_on: bool) -> None:
        self.screen.begin(self._apply(targets, changes, go_on), "fields")

    async def _apply(self, targets: Sequence[int], changes: Sequence[FieldChange], go_on: bool) -> None:
        screen = self.screen
        following = screen.tickets.following()
        done = await screen.backstage.write(desk_tickets.set_fields, targets, changes)
        screen.the_app.wake_worker()
        screen.queue.selected.clear()
        screen.pulse.look_now()
        if not done:
            self.tell("It is so already.")
        elif len(done) > 1:
            self.tell(f"{len(done)} tickets changed; z takes the last one back.")
        if go_on and screen.detail is not None:
            screen.tickets.open_or_close(following)
        elif go_on:
            screen.queue.move(1)

    def _accounts(self) -> list[str]:
        """The accounts whose tickets a change means."""
        rows = [self.screen.queue.row(ticket_id) for ticket_id in self.screen.tickets.targets()]
        return sorted({row.account for row in rows if row is not None})

    def _words(self, field: str, words: Sequence[str]) -> list[Option[FieldChange]]:
        """For tickets of several accounts: the words that each of their helpdesks has; else nothing."""
        accounts = self._accounts()
        if len(accounts) < 2:
            return []
        known = desk_tickets.words_of_all(self.desk, accounts, field)
        where = " and ".join(accounts)
        return [(PickItem(word, where), FieldChange(field, word)) for word in words if word in known]

    def _detail(self) -> TicketDetail | None:
        """The ticket that stands for what is to be changed."""
        screen = self.screen
        target = screen.tickets.target()
        if target is None:
            self.tell("There is no ticket here.")
            return None
        if screen.detail is not None and screen.detail.row.ticket_id == target:
            return screen.detail
        return desk_tickets.open_ticket(self.desk, target)

    def _named(self, detail: TicketDetail) -> str:
        count = len(self.screen.queue.selected)
        if count < 2:
            return f"{detail.row.name} {detail.row.subject}"
        accounts = self._accounts()
        where = f" of {' and '.join(accounts)}" if len(accounts) > 1 else ""
        return f"{count} selected tickets{where}"


def tags_edit(text: str, had: set[str]) -> TagsEdit:
    """Read what was typed about tags: a whole new list, or only what to add and remove.

    Args:
        text: As typed.
        had: The tags as they are.
    """
    words = text.replace(",", " ").split()
    if words and all(word[0] in "+-" for word in words):
        return TagsEdit(
            tuple(word[1:] for word in words if word[0] == "+" and len(word) > 1),
            tuple(word[1:] for word in words if word[0] == "-" and len(word) > 1),
        )
    add = {word[1:] for word in words if word[0] == "+"}
    remove = {word[1:] for word in words if word[0] == "-"}
    plain = {word for word in words if word[0] not in "+-"}
    wanted = (plain | add) - remove
    return TagsEdit(tuple(sorted(wanted - had)), tuple(sorted(had - wanted)))


def _choices(detail: TicketDetail, name: str, words: Sequence[str]) -> list[Option[FieldChange]]:
    now = detail.fields.get(name)
    for item in detail.field_defs:
        if item.name == name and item.options:
            return [
                (
                    PickItem(option.label, "as it is" if option.key == now else option.normalised or ""),
                    FieldChange(name, option.key),
                )
                for option in item.options
                if option.normalised not in ("closed",)
                and not (name == "status" and option.normalised == "new")
            ]
    return [(PickItem(word, "as it is" if word == now else ""), FieldChange(name, word)) for word in words]
