"""Which tickets the queue shows: views, searches, and keeping the list up to date."""

from __future__ import annotations

from array import array
from functools import partial

from textual.content import Content
from textual.widgets import Static

from agentconsole.desk import queue as desk_queue
from agentconsole.desk.context import Desk
from agentconsole.domain.errors import QueryError
from agentconsole.tui import foreign, queue_line
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.widgets.views import BUILT_IN, QueueView


class ListsFlow(Flow):
    """Views and searches."""

    view: QueueView = BUILT_IN[0]
    message = ""
    """Something to say in place of the hints."""
    searching = False
    """Whether the queue shows a search rather than a view."""
    _round = 0
    _loading = False
    _again = False
    _head = (-1, False)

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "filter": self._open_filter,
            **{f"view_{number}": partial(self.pick_view, number - 1) for number in range(1, 6)},
        }

    def show_first_view(self) -> None:
        """Fill the queue before the first frame: the agent's own tickets are few, so this costs little."""
        self.screen.queue.empty_text = "Reading …"
        ids = desk_queue.ticket_ids(self.desk, self.view.query, self.view.sort)
        self._take(ids, None)

    def pick_view(self, place: int) -> None:
        """Show a view by its number key and go to the queue."""
        self.show_view(place)
        if self.screen.pane == "views":
            self.screen.focus_pane("queue")

    def show_view(self, place: int) -> None:
        """Show a view from its top."""
        views = self.screen.views
        if place < len(views.views):
            self.searching = False
            self.view = views.views[place]
            views.show_active(place)
            self.reload(keep_place=False)

    def show_saved_views(self) -> None:
        """List the helpdesks' own views below the built-in ones."""
        saved = [
            QueueView(
                found.view.title,
                found.view.query or "",
                "updated",
                "Nothing is in this view.\n1 shows your own tickets",
            )
            for found in desk_queue.saved_views(self.desk)
        ]
        self.screen.views.show_views([*BUILT_IN, *saved])

    def search(self, text: str) -> None:
        """Show what a query finds; one that does not parse stays, with what is wrong under it."""
        screen = self.screen
        try:
            desk_queue.query_of(text)
        except QueryError as error:
            screen.filter_line.say(error.sentence, error.position)
            return
        screen.filter_line.close()
        screen.focus_pane("queue")
        if not text.strip():
            self.leave_search()
            return
        self.searching = True
        self.view = QueueView(
            f"Search: {text.strip()}",
            text,
            "updated",
            "No ticket fits this search.\n/ changes it · Esc goes back to the view",
        )
        screen.views.show_active(None)
        self.reload(keep_place=False)

    def leave_search(self) -> None:
        """Go back from a search to the first view."""
        if self.searching:
            self.show_view(0)

    def close_filter(self) -> None:
        """Close the search line; the list stays."""
        self.screen.filter_line.close()
        self.screen.focus_pane("queue")

    def reload(self, *, keep_place: bool = True) -> None:
        """Read the list anew in the reading thread; the screen stays as it is until then.

        Args:
            keep_place: Stay on the highlighted ticket; False begins at the top.
        """
        if self._loading and keep_place:
            self._again = True
            return
        self._round += 1
        self._loading = True
        if not keep_place:
            self.show_title("…")
        self.screen.begin(self._reload(self._round, self.view, keep_place), "list")

    async def _reload(self, this_round: int, view: QueueView, keep_place: bool) -> None:
        try:
            ids = await self.screen.backstage.read(_ids, view)
        finally:
            if this_round == self._round:
                self._loading = False
        if this_round != self._round:
            return
        self._take(ids, self.screen.queue.current if keep_place else None)
        if self._again:
            self._again = False
            self.reload()

    def _take(self, ids: array[int], follow: int | None) -> None:
        queue = self.screen.queue
        queue.empty_text = self._why_empty() if not ids else ""
        if ids != queue.ids or not ids or follow is None:
            queue.show_ids(ids, follow=follow)
        self.show_title(f"{len(ids):,}")

    def _why_empty(self) -> str:
        states = self.desk.queue.account_states()
        if states and all(state.last_sync_at is None for state in states):
            return "Nothing has been read from the helpdesk yet.\nIt takes some seconds · R syncs now"
        return self.view.empty

    def show_title(self, count: str) -> None:
        """Show the list's name and length."""
        title = Content.assemble((foreign.line(self.view.title), ""), (f"  {count}", "$dim"))
        self.screen.query_one("#queue-title", Static).update(title, layout=False)

    def show_head(self, width: int) -> None:
        """Show the column titles."""
        head = (width, self.desk.several_accounts)
        if width > 0 and head != self._head:
            self._head = head
            self.screen.query_one("#queue-head", Static).update(
                Content(queue_line.header(*head)), layout=False
            )

    def say(self, message: str) -> None:
        """Say something in place of the hints, until it is said again with an empty text."""
        if message != self.message:
            self.message = message
            self.screen.show_hints()

    def _open_filter(self) -> None:
        screen = self.screen
        screen.focus_pane("queue")
        screen.filter_line.open(self.view.query if self.searching else "")
        screen.set_focus(screen.filter_line.field)
        screen.show_hints()


def _ids(desk: Desk, view: QueueView) -> array[int]:
    return desk_queue.ticket_ids(desk, view.query, view.sort)
