"""Adding and removing tags."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk.context import Desk
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.screens.tags import TagsDialog


class TaggingFlow(TicketsMeant):
    """Tags, completed from those in use."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"tags": self._tags}

    def _tags(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        able = [account.name for account in meant.accounts if account.capabilities.get("tags", True)]
        # Counting them takes a moment in a large database; the keys that follow go into the dialog.
        self.screen.the_app.hold_keys(None)
        self.screen.begin(self._ask(meant, able), "tags")

    async def _ask(self, meant: Meant, able: Sequence[str]) -> None:
        try:
            known = await self.screen.backstage.read(_known)
        except BaseException:
            self.screen.the_app.release_keys()
            raise
        had = frozenset() if meant.many else frozenset(meant.detail.row.tags)

        def entered(text: str | None) -> None:
            if text is None:
                return
            edit = tags_edit(text, set(had))
            if meant.many and not _signed(text):
                edit = TagsEdit(add=edit.add)
            if edit.add or edit.remove:
                change = FieldChange("tags", edit)
                signs = [f"+{tag}" for tag in edit.add] + [f"-{tag}" for tag in edit.remove]
                self.screen.fields.apply(meant, dict.fromkeys(able, (change,)), f"tags {' '.join(signs)}")

        hint = "+tag adds, -tag removes" if meant.many else "or just +add -remove"
        # With a blank at its end, what is typed next is a tag of its own.
        start = "" if meant.many or not had else " ".join(sorted(had)) + " "
        self.screen.app.push_screen(TagsDialog(f"Tags of {meant.title}", start, hint, known, had), entered)


def _known(desk: Desk) -> tuple[tuple[str, int], ...]:
    return desk.reader.tag_counts()


def _signed(text: str) -> bool:
    words = text.replace(",", " ").split()
    return bool(words) and all(word[0] in "+-" for word in words)


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
    wanted = (plain | add) - remove - {""}
    return TagsEdit(tuple(sorted(wanted - had)), tuple(sorted(had - wanted)))
