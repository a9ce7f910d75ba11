"""The pane at the right: who is asking, and what the knowledge says."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from agentconsole.desk.knowledge import KnowledgeHit
from agentconsole.domain.views import ArticleItem, Contact, TicketDetail
from agentconsole.tui import foreign
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem, PickList

_NOTHING_ASKED = "f searches, Enter inserts a link,\nctrl+r quotes."


class SidePane(Vertical):
    """The customer's card, and the knowledge with its search."""

    class Asked(Message):
        """Something was typed into the search."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Chosen(Message):
        """Enter was pressed on an article."""

    class Shown(Message):
        """Another article is highlighted."""

        def __init__(self, article_id: int) -> None:
            super().__init__()
            self.article_id = article_id

    def __init__(self) -> None:
        super().__init__(id="side")
        self._hits: Sequence[KnowledgeHit] = ()
        self._card_lines = -1

    def compose(self) -> ComposeResult:
        """Lay out card, search, results and article."""
        yield Static(Content("Customer"), classes="pane-title", markup=False)
        yield Static("", id="customer", markup=False)
        yield Static(Content("Knowledge"), classes="pane-title", id="knowledge-title", markup=False)
        yield CleanInput(placeholder="f to search", id="knowledge-field")
        hits = PickList(id="knowledge-hits")
        hits.empty_text = _NOTHING_ASKED
        yield hits
        with VerticalScroll(id="article-box", can_focus=False):
            yield Static("", id="article", markup=False)

    @property
    def field(self) -> CleanInput:
        """The search field."""
        return self.query_one(CleanInput)

    @property
    def hits(self) -> PickList:
        """The results."""
        return self.query_one(PickList)

    @property
    def current(self) -> int | None:
        """The highlighted article's id."""
        place = self.hits.cursor
        return self._hits[place].article_id if place is not None and place < len(self._hits) else None

    def show_customer(self, detail: TicketDetail | None) -> None:
        """Show who is asking."""
        card = _card(detail)
        lines = card.plain.count("\n")
        # A card of the same height needs no new layout, which would paint the whole screen.
        self.query_one("#customer", Static).update(card, layout=lines != self._card_lines)
        self._card_lines = lines

    def show_hits(self, hits: Sequence[KnowledgeHit], *, none_found: str = "") -> None:
        """Show what a search found.

        Args:
            hits: Best first.
            none_found: What to say where there are none; empty: that nothing was asked.
        """
        self._hits = hits
        self.hits.empty_text = none_found or _NOTHING_ASKED
        self.hits.show(
            [PickItem(hit.title, hit.locale.partition("-")[0], hit.title_highlights) for hit in hits]
        )
        if not hits:
            self.query_one("#article", Static).update("")

    def show_article(self, article: ArticleItem, hit_words: Sequence[str]) -> None:
        """Show an article's text with the words that were looked for."""
        title = foreign.content(article.title, "bold")
        where = foreign.content(f"{article.section} · {article.locale}", "$dim")
        body = foreign.paragraphs(article.text)
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
        self.post_message(self.Asked(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the highlighted article."""
        event.stop()
        self.post_message(self.Chosen())

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
        """Move among the results while the field has the focus."""
        moves = {"down": 1, "up": -1, "pagedown": 8, "pageup": -8}
        if self.field.has_focus and event.key in moves:
            event.stop()
            if event.key.startswith("page"):
                self.scroll_article(moves[event.key])
            else:
                self.hits.move(moves[event.key])


def _pattern(word: str) -> str:
    import re

    return f"(?i){re.escape(word)}"


def _card(detail: TicketDetail | None) -> Content:
    if detail is None:
        return Content.styled("Open a ticket to see who asks.", "$dim")
    person = detail.requester
    if person is None:
        return Content.styled("The requester is not known here yet.", "$dim")
    lines = [foreign.content(person.name or person.email or "unknown", "bold")]
    if person.email:
        lines.append(foreign.content(person.email))
    lines += [
        Content.assemble((f"{label} ", "$dim"), (foreign.line(value), "$foreground"))
        for label, value in _facts(person)
    ]
    if detail.ccs:
        names = ", ".join(foreign.line(one.email or one.name) for one in detail.ccs)
        lines.append(Content.assemble(("in copy ", "$dim"), (names, "$foreground")))
    if person.notes.strip():
        lines.append(foreign.paragraphs(person.notes.strip(), "italic $dim"))
    return Content("\n").join(lines)


def _facts(person: Contact) -> list[tuple[str, str]]:
    named = (
        ("at", person.organisation),
        ("phone", person.phone),
        ("speaks", person.locale),
        ("zone", person.time_zone),
    )
    return [(label, value) for label, value in named if value]
