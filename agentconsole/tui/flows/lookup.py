"""Macros and knowledge, and getting them into the text at the caret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from agentconsole.desk import knowledge, macros, tickets
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import TicketDetail
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.flows.macro_picking import pick_macro, tell_of_missing, tell_of_mode, ticket_target
from agentconsole.tui.wrapping import wrap_text

ASK_AFTER = 0.06
"""Seconds from the last key to the search."""


class LookupFlow(Flow):
    """What others have written before."""

    trigger = ""
    """The characters in the text that asked for this (`::`, `??`) and that give way to what is inserted."""
    _round = 0
    _asking = False
    """Whether what is shown is not yet what was asked for."""
    _then: Callable[[], None] | None = None
    """What waits for that; keys wait too."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "macro": self._macro,
            "insert_macro": self._macro,
            "knowledge": self.open_side,
            "insert_knowledge": self.open_side,
            "quote": partial(self._insert, quoted=True),
        }

    def _macro(self) -> None:
        screen = self.screen
        writing = screen.composer.writing
        several = screen.macro_for_many.meant() if screen.queue.selected and writing is None else None
        meant = several if several is not None and several.many else None
        target = writing.ticket_id if writing is not None else screen.tickets.target()
        if meant is not None:
            target = meant.detail.row.ticket_id
        if target is None:
            self.tell("There is no ticket to use a macro on.")
            return
        detail = screen.detail
        if meant is not None:
            detail = tickets.open_ticket(self.desk, target)
        elif detail is None or detail.row.ticket_id != target:
            detail = screen.tickets.open(target)
        title, accounts = "", [detail.row.account]
        if meant is not None:
            title, accounts = meant.title, [one.name for one in meant.accounts]

        def chosen(item: macros.MacroItem | None) -> None:
            if meant is None:
                self._macro_chosen(detail, item)
            elif item is not None:
                screen.macro_for_many.use(item, meant)

        # Reading the macros always ends, well or not, and gives the keys back.
        screen.the_app.hold_keys(None)
        screen.begin(pick_macro(self, ticket_target(self, detail, title, accounts), chosen), "macros")

    def _macro_chosen(self, detail: TicketDetail, item: macros.MacroItem | None) -> None:
        screen = self.screen
        trigger, self.trigger = self.trigger, ""
        if item is None:
            if screen.composer.writing is not None:
                screen.writing.to_caret()
            return
        try:
            shown = macros.preview(self.desk, item, detail)
        except ConsoleError as error:
            self.tell(error.sentence, severity="error")
            return
        composer = screen.composer
        if composer.writing is None:
            if not shown.text.strip() and shown.changes:
                screen.fields.change_by_macro(item, shown)
                return
            screen.writing.open(detail, public=shown.public is not False)
        writing = composer.writing
        if writing is None:
            return
        tell_of_mode(self, shown, public=writing.public)
        writing.changes = merged_changes(writing.changes, shown.changes)
        if shown.macro is not None:
            writing.macro = shown.macro
        text = shown.text.rstrip("\n")
        screen.writing.insert(text, replacing=trigger, paragraph="\n" in text and not trigger)
        tell_of_missing(self, shown)

    def open_side(self) -> None:
        """Show the knowledge with the focus in its search; an empty one asks for the ticket's subject."""
        screen = self.screen
        screen.side_open = True
        screen.focus_pane("side")
        field = screen.side.field
        field.selection = type(field.selection)(0, len(field.value))
        if not field.value and screen.detail is not None:
            screen.begin(self._ask(self._next_round(), screen.detail.row.subject, 0), "knowledge")

    def close_side(self) -> None:
        """Go back to where the agent came from; the caret is where it was."""
        screen = self.screen
        screen.side_open = False
        self.trigger = ""
        if screen.composer.writing is not None:
            screen.writing.to_caret()
        else:
            screen.focus_pane("ticket" if screen.detail is not None else "queue")

    def ask(self, text: str) -> None:
        """Search for what has been typed so far."""
        self.screen.begin(self._ask(self._next_round(), text, ASK_AFTER), "knowledge")

    def _next_round(self) -> int:
        self._asking = True
        self._round += 1
        return self._round

    async def _ask(self, this_round: int, text: str, delay: float) -> None:
        if delay:
            await asyncio.sleep(delay)
        if this_round != self._round:
            return
        try:
            await self._look(this_round, text, as_typed=bool(delay))
        finally:
            if this_round == self._round:
                self._answered()

    def _answered(self) -> None:
        self._asking = False
        then, self._then = self._then, None
        if then is not None:
            try:
                then()
            finally:
                self.screen.the_app.release_keys()

    async def _look(self, this_round: int, text: str, *, as_typed: bool) -> None:
        screen = self.screen
        hits: Sequence[knowledge.KnowledgeHit] = ()
        none_found = ""
        try:
            hits = await screen.backstage.read(knowledge.search, text, limit=20, as_typed=as_typed)
            if text.strip() and not hits:
                none_found = f"No article has “{foreign.cut(text, 20)}”."
                if other := await screen.backstage.read(knowledge.suggest, text):
                    none_found += f"\nDid you mean “{foreign.cut(other, 20)}”?"
        except ConsoleError as error:
            none_found = "\n".join(wrap_text(foreign.block(error.sentence), screen.side.size.width - 2))
        if this_round == self._round:
            screen.side.show_hits(hits, none_found=none_found)

    def show_article(self, article_id: int) -> None:
        """Show an article's text below the results."""
        try:
            article = knowledge.article(self.desk, article_id)
        except ConsoleError as error:
            self.tell(error.sentence, severity="warning")
            return
        words = [word for word in self.screen.side.field.value.split() if len(word) > 1 or not word.isascii()]
        self.screen.side.show_article(article, words)

    def insert_link(self) -> None:
        """Put a link to the highlighted article into the text."""
        self._insert(quoted=False)

    def _insert(self, *, quoted: bool) -> None:
        screen = self.screen
        if self._asking:
            # Else it would be an article that answers an earlier question.
            self._then = partial(self._insert, quoted=quoted)
            screen.the_app.hold_keys(None)
            return
        article_id = screen.side.current
        if article_id is None:
            self.tell("There is no article to insert: type to search.")
            return
        article = knowledge.article(self.desk, article_id)
        detail = screen.detail
        if screen.composer.writing is None:
            if detail is None:
                self.tell("Open a ticket first: the article goes into a reply to it.")
                return
            screen.writing.open(detail, public=True)
        trigger, self.trigger = self.trigger, ""
        screen.side_open = False
        if quoted:
            screen.writing.insert(knowledge.quote(article) + "\n", replacing=trigger, paragraph=True)
        else:
            screen.writing.insert(knowledge.link(article), replacing=trigger)


def merged_changes(before: Sequence[FieldChange], more: Sequence[FieldChange]) -> tuple[FieldChange, ...]:
    """Lay a macro's field changes over earlier ones: tags add up, other fields take the later value."""
    merged = list(before)
    for change in more:
        value = change.value
        if isinstance(value, TagsEdit):
            merged.append(change)
        else:
            merged = [one for one in merged if one.field != change.field] + [change]
    return tuple(merged)
