"""The pane at the right: who is asking, and what the knowledge says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from agentconsole.domain.views import ArticleItem
from agentconsole.tui import foreign
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.widgets.customer import CustomerCard
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem, PickList

if TYPE_CHECKING:
    from agentconsole.desk.knowledge import KnowledgeHit

_MOST_OF_ARTICLE = 60_000
"""Characters of an article that are shown."""

_IN_THE_FIELD = "Enter inserts a link\n{quote} quotes it\n↑ the customer’s other tickets"


class SidePane(Vertical):
    """The customer's card, and the knowledge with its search."""

    class Asked(Message):
        """Something was typed into the search."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Shown(Message):
        """Another article is highlighted."""

        def __init__(self, article_id: int) -> None:
            super().__init__()
            self.article_id = article_id

    def __init__(self, keymap: Keymap) -> None:
        """Prepare the pane.

        Args:
            keymap: The keys that its texts name.
        """
        super().__init__(id="side")
        self._keymap_used = keymap
        self._hits: Sequence[KnowledgeHit] = ()

    @property
    def _nothing_asked(self) -> str:
        # The field above says how to search.
        return self._keymap_used.told(_IN_THE_FIELD, "ask")

    def compose(self) -> ComposeResult:
        """Lay out card, search, results and article."""
        yield Static(Content("Customer"), classes="pane-title", markup=False)
        yield CustomerCard()
        yield Static(Content("Knowledge"), classes="pane-title", id="knowledge-title", markup=False)
        yield CleanInput(placeholder=self._keymap_used.told("{knowledge} to search"), id="knowledge-field")
        hits = PickList(id="knowledge-hits")
        hits.empty_text = self._nothing_asked
        yield hits
        with VerticalScroll(id="article-box", can_focus=False):
            yield Static("", id="article", markup=False)

    @property
    def field(self) -> CleanInput:
        """The search field."""
        return self.query_one(CleanInput)

    @property
    def card(self) -> CustomerCard:
        """Who is asking."""
        return self.query_one(CustomerCard)

    @property
    def hits(self) -> PickList:
        """The results."""
        return self.query_one(PickList)

    @property
    def current(self) -> int | None:
        """The highlighted article's id."""
        place = self.hits.cursor
        return self._hits[place].article_id if place is not None and place < len(self._hits) else None

    def show_hits(self, hits: Sequence[KnowledgeHit], *, none_found: str = "") -> None:
        """Show what a search found.

        Args:
            hits: Best first.
            none_found: What to say where there are none; empty: that nothing was asked.
        """
        self._hits = hits
        self.hits.empty_text = none_found or self._nothing_asked
        self.hits.show(
            [PickItem(hit.title, hit.locale.partition("-")[0], hit.title_highlights) for hit in hits]
        )
        if not hits:
            self.query_one("#article", Static).update("")

    def show_article(self, article: ArticleItem, hit_words: Sequence[str]) -> None:
        """Show an article's text with the words that were looked for."""
        title = foreign.content(article.title, "bold")
        where = foreign.content(f"{article.section} · {article.locale}", "$dim")
        body = foreign.paragraphs(article.text, most=_MOST_OF_ARTICLE)
        for word in hit_words:
            body = body.highlight_regex(_pattern(word), style="$accent underline")
        self.query_one("#article", Static).update(Content("\n").join([title, where, Content(""), body]))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def scroll_article(self, by: int) -> None:
        """Scroll the article's text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while typing."""
        event.stop()
        self.card.no_cursor()
        self.post_message(self.Asked(event.value))

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Show the highlighted article."""
        event.stop()
        if (article_id := self.current) is not None:
            self.post_message(self.Shown(article_id))

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Show what was clicked."""
        event.stop()
        if (article_id := self.current) is not None:
            self.post_message(self.Shown(article_id))

    def on_key(self, event: events.Key) -> None:
        """Move among the results and the customer's tickets while the field has the focus."""
        moves = {"down": 1, "up": -1, "pagedown": 8, "pageup": -8}
        if self.field.has_focus and event.key in moves:
            event.stop()
            if event.key.startswith("page"):
                self.scroll_article(moves[event.key])
            elif self._above(moves[event.key]):
                return
            else:
                self.hits.move(moves[event.key])

    def _above(self, by: int) -> bool:
        """Move among the customer's tickets, above the results; False where the key means those."""
        if self.card.chosen is not None:
            return self.card.move(by)
        return by < 0 and not self.hits.cursor and self.card.move(by)


def _pattern(word: str) -> str:
    import re

    return f"(?i){re.escape(word)}"
