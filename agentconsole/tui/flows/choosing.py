"""Choosing a value for tickets of one account or several: assignee, group, status, priority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agentconsole.desk import kept
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.fields import FieldOption
from agentconsole.domain.tickets import PRIORITIES, STATUSES
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

RECENT = 4
"""How many of the latest picks come first."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Something that can be chosen, in the keys of each account that has it."""

    key: str
    """Tells it from others, and finds it again among recent picks."""
    label: str
    note: str
    words: str
    """What choosing it does, in words."""
    wishes: Mapping[str, tuple[FieldChange, ...]]


class ChoosingFlow(TicketsMeant):
    """Fields that every helpdesk has."""

    _recent: tuple[str, ...] | None = None

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"assign": self._assign, "status": self._status, "priority": self._priority}

    def _assign(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        everywhere = [account.name for account in meant.accounts]
        first = [
            Pick("me", "Me", "take it", "assigned to you", _all(everywhere, FieldChange("assignee", "me"))),
            Pick(
                "nobody", "Nobody", "give it back", "assigned to nobody",
                _all(everywhere, FieldChange("assignee", None)),
            ),
        ]  # fmt: skip
        picks = [*self._agents(meant), *self._groups(meant)]
        by_key = {pick.key: pick for pick in picks}
        recent = [by_key[key] for key in self._recent_picks() if key in by_key]
        rest = [pick for pick in picks if pick not in recent]
        self._choose("Assign", meant, [*first, *recent, *rest])

    def _agents(self, meant: Meant) -> list[Pick]:
        found: dict[str, list[tuple[str, str, str, str]]] = {}
        for account in meant.accounts:
            for person in self.desk.reader.agents(account.id):
                # A number means somebody else on another helpdesk; a mail address means the same person.
                key = (person.email or "").casefold() or f"{account.name}:{person.remote_id}"
                name = person.name or person.email or person.remote_id
                found.setdefault(key, []).append((account.name, person.remote_id, name, person.email or ""))
        return [
            Pick(
                f"agent {key}",
                known[0][2],
                known[0][3],
                f"assigned to {known[0][2]}",
                {account: (FieldChange("assignee", remote_id),) for account, remote_id, _, _ in known},
            )
            for key, known in found.items()
            if len(known) == len(meant.accounts)
        ]

    def _groups(self, meant: Meant) -> list[Pick]:
        found: dict[str, list[tuple[str, str, str]]] = {}
        for account in meant.accounts:
            for group in self.desk.reader.groups(account.id):
                found.setdefault(group.name.casefold(), []).append(
                    (account.name, group.remote_id, group.name)
                )
        return [
            Pick(
                f"group {key}",
                known[0][2],
                "group, nobody of it yet",
                f"given to the group {known[0][2]}",
                {
                    account: (FieldChange("group", remote_id), FieldChange("assignee", None))
                    for account, remote_id, _ in known
                },
            )
            for key, known in found.items()
            if len(known) == len(meant.accounts)
        ]

    def _status(self) -> None:
        words = [word for word in STATUSES if word not in ("new", "closed")]
        self._choose_word("status", words)

    def _priority(self) -> None:
        self._choose_word("priority", list(reversed(PRIORITIES)))

    def _choose_word(self, field: str, words: Sequence[str]) -> None:
        meant = self.meant()
        if meant is None:
            return
        now = None if meant.many else meant.detail.fields.get(field)
        if len(meant.accounts) == 1:
            account = meant.accounts[0].name
            defs = meant.detail.field_defs
            options = next((item.options for item in defs if item.name == field and item.options), None)
            if options is None:
                options = tuple(FieldOption(word, word, word) for word in words)
            picks = [
                Pick(
                    option.key,
                    option.label,
                    _note(option, now),
                    f"{field} {option.label}",
                    {account: (FieldChange(field, option.key),)},
                )
                for option in options
                if option.normalised != "closed" and not (field == "status" and option.normalised == "new")
            ]
        else:
            picks = self._words_of_several(meant, field, words)
        self._choose(field.capitalize(), meant, picks)

    def _words_of_several(self, meant: Meant, field: str, words: Sequence[str]) -> list[Pick]:
        """Offer the words that mean something on each helpdesk; where one lacks it, that is said."""
        known = {
            account.name: {
                option.normalised
                for item in self.desk.reader.fields(account.id)
                if item.name == field
                for option in item.options
            }
            for account in meant.accounts
            if field != "priority" or account.capabilities.get("priorities", True)
        }
        picks = []
        for word in words:
            having = [account for account, has in known.items() if word in has]
            if having:
                where = "" if len(having) == len(meant.accounts) else "only "
                note = where + " and ".join(having)
                wishes = _all(having, FieldChange(field, word))
                picks.append(Pick(word, word, note, f"{field} {word}", wishes))
        return picks

    def _choose(self, title: str, meant: Meant, picks: Sequence[Pick]) -> None:
        options: list[Option[Pick]] = [(PickItem(pick.label, pick.note), pick) for pick in picks]

        def chosen(pick: Pick | None) -> None:
            if pick is not None:
                self._remember(pick)
                self.screen.fields.apply(meant, pick.wishes, pick.words)

        self.screen.app.push_screen(Picker(f"{title}: {meant.title}", plain_search(options)), chosen)

    def _remember(self, pick: Pick) -> None:
        if pick.key.startswith(("agent ", "group ")):
            others = (key for key in self._recent_picks() if key != pick.key)
            self._recent = (pick.key, *others)[:RECENT]
            self.screen.begin(self._keep(self._recent), "picks")

    def _recent_picks(self) -> tuple[str, ...]:
        """The latest picks' keys, also those of the console before."""
        if self._recent is None:
            found = kept.read(self.desk, [kept.PICKS]).get(kept.PICKS)
            known = found if isinstance(found, list) else []
            self._recent = tuple(key for key in known if isinstance(key, str))[:RECENT]
        return self._recent

    async def _keep(self, picks: Sequence[str]) -> None:
        await self.screen.backstage.write(kept.keep, kept.PICKS, list(picks))


def _note(option: FieldOption, now: object) -> str:
    """Say what a helpdesk's own value comes to; nothing where its name says so itself."""
    if option.key == now:
        return "as it is"
    meant = option.normalised or ""
    return "" if meant.casefold() == option.label.casefold() else meant


def _all(accounts: Iterable[str], *changes: FieldChange) -> Mapping[str, tuple[FieldChange, ...]]:
    return dict.fromkeys(accounts, changes)
