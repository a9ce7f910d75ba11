"""Which tickets the queue shows: views, searches, and keeping the list up to date."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic

from textual.content import Content
from textual.widgets import Static

from agentconsole.desk import kept
from agentconsole.desk import queue as desk_queue
from agentconsole.desk import views as desk_views
from agentconsole.desk.views import BUILT_IN, SHOWS_OTHERS, SORT_WORDS, View
from agentconsole.domain.errors import QueryError
from agentconsole.domain.queries import SORTS, OwnView, Sort
from agentconsole.tui import foreign, queue_line
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.widgets.views import NUMBERED

VOCABULARY_SECONDS = 60.0
"""How long what was read for completion is good enough."""


class ListsFlow(Flow):
    """Views and searches."""

    view: View = BUILT_IN[0]
    message = ""
    """Something to say in place of the hints."""
    message_of_ticket = False
    """Whether it is said in the ticket's pane alone."""
    searching = False
    """Whether the queue shows a search rather than a view."""
    arriving = False
    """Whether another list was asked for and the one before is still on the screen: keys wait for it."""
    partial = False
    """Whether the queue shows only the first ones of its list, and the others are being read."""
    _then: Callable[[], None] | None = None
    """What waits for all of the list."""
    _before: tuple[View, int | None] = (BUILT_IN[0], None)
    """The view that a search was begun from, and the ticket that was highlighted there."""
    _own: tuple[OwnView, ...] | None = None
    """The agent's own views; None: as they were in the config when the console began."""
    _sorts: dict[str, Sort] | None = None
    _told: frozenset[str] = frozenset()
    """Complaints about own views that have been told."""
    _searches: list[str] | None = None
    _vocabulary_at = -VOCABULARY_SECONDS
    _round = 0
    _loading = False
    _again = False
    _head = (-1, False)
    _count = ""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "filter": self._open_filter,
            "next_sort": self._next_sort,
            "save_view": self._ask_name,
            **{f"view_{number}": partial(self.pick_view, number - 1) for number in range(1, NUMBERED + 1)},
        }

    @property
    def sort(self) -> Sort:
        """The order of what the queue shows: as the agent chose it for this view, else as the view comes."""
        return (self._sorts or {}).get(self.view.identity, self.view.sort)

    def show_first_view(self, kept_sorts: object) -> None:
        """Fill the queue before the first frame: the agent's own tickets are few, so this costs little.

        Args:
            kept_sorts: Which order was chosen for which view, as it was kept.
        """
        self._sorts = desk_views.sorts_of(kept_sorts)
        self.screen.queue.empty_text = "Reading …"
        ids = desk_queue.ticket_ids(self.desk, self.view.query, self.sort)
        self._take(ids, None)

    def pick_view(self, place: int) -> None:
        """Show a view by its number key, and go to the queue from the views or where it is not in sight."""
        self.show_view(place)
        if self.screen.pane == "views" or not self.screen.shows("queue"):
            self.screen.focus_pane("queue")

    def show_view(self, place: int) -> None:
        """Show a view from its top."""
        views = self.screen.views
        if place < len(views.views):
            self.searching = False
            self.view = views.views[place]
            views.show_active(place)
            self.reload(keep_place=False)

    def show_all_views(self) -> None:
        """List the helpdesks' views and the agent's own below the console's."""
        own = self._own_views
        found = desk_views.all_views(self.desk, own)
        for problem in found.problems:
            if problem.sentence not in self._told:
                self._told |= {problem.sentence}
                self.tell(problem.sentence, severity="warning")
        self.screen.views.show_views(found.views)
        if not self.searching:
            places = {view.identity: place for place, view in enumerate(found.views)}
            self.screen.views.show_active(places.get(self.view.identity), keep_cursor=True)
        self.screen.pulse.recount()

    def search_typed(self) -> None:
        """Show what the query in the search line finds; a suggestion that was moved to is taken first."""
        if self.screen.filter_line.take_chosen():
            return
        self.search(self.screen.filter_line.field.value)

    def search(self, text: str) -> None:
        """Show what a query finds; one that does not parse stays, with what is wrong under it."""
        screen = self.screen
        text = text.strip()
        try:
            desk_queue.query_of(self.desk, text)
        except QueryError as error:
            screen.filter_line.say(error.sentence, error.position)
            return
        self.close_filter()
        if not text:
            self.leave_search()
            return
        empty = "No ticket fits this search.\n{filter} changes it · {back} goes back to the view"
        if "OR" in text.split():
            empty += "\n“OR” is looked for as a word; status:new status:open finds either"
        self._look_at(View(f"Search: {text}", text, "updated", empty, key="search"))
        self._searches = desk_views.with_search(self._searches or [], text)
        screen.begin(self._keep(kept.SEARCHES, self._searches), "searches")
        self.reload(keep_place=False)

    def _look_at(self, view: View) -> None:
        """Turn from the view to what is only looked at, until `leave_search`."""
        if not self.searching:
            self._before = self.view, self.screen.queue.current
        self.searching = True
        self.view = view
        self.screen.views.show_active(None)

    def show_only(self, title: str, tickets: Sequence[int], then: Callable[[], None]) -> None:
        """Show some tickets and no others.

        Args:
            title: What they are; may hold foreign text.
            tickets: Their local ids.
            then: Done once they are there, before the next key.
        """
        empty = "None of them is there any more.\n{back} goes back to the view"
        self._look_at(View(title, "", "updated", empty, key="only", only=frozenset(tickets)))
        self.reload(keep_place=False)
        self._then = then

    def leave_search(self) -> None:
        """Go back from a search to the view before, and to the ticket that was highlighted there."""
        if not self.searching:
            return
        self.searching = False
        self.view, ticket_id = self._before
        views = self.screen.views
        identities = [view.identity for view in views.views]
        if self.view.identity in identities:
            views.show_active(identities.index(self.view.identity))
        self.reload(keep_place=False, follow=ticket_id)

    def close_filter(self) -> None:
        """Close the search line; the list stays."""
        self.screen.filter_line.close()
        self.screen.focus_pane("queue")

    def reload(self, *, keep_place: bool = True, follow: int | None = None) -> None:
        """Read the list anew in the reading thread; the screen stays as it is until then.

        Args:
            keep_place: Stay on the highlighted ticket; False begins at the top.
            follow: The ticket to go to instead.
        """
        if self._loading and keep_place:
            self._again = True
            return
        self._round += 1
        self._loading = True
        if not keep_place:
            self.arriving = True
            self._then = None
            self._show_title("…")
        self.screen.begin(self._reload(self._round, self.view, keep_place, follow), "list")

    def when_whole(self, job: Callable[[], None]) -> None:
        """Do what means all of the list: at once, or, where only its first ones are there, once all are.

        The keys that follow wait as long.
        """
        if not self.partial:
            job()
            return
        self._then = job
        self.arriving = True
        if not self._loading:
            # What should have brought the others has failed.
            self.reload()

    async def _reload(self, this_round: int, view: View, keep_place: bool, follow: int | None) -> None:
        then: Callable[[], None] | None = None
        try:
            at_once = not keep_place and follow is None and view.only is None
            ids = await self._first(this_round, view) if at_once else None
            if ids is None or len(ids) >= desk_queue.FIRST:
                # From the first ones on the agent may move.
                keep_place = keep_place or ids is not None
                ids = await self.screen.backstage.read(desk_queue.ticket_ids, view.query, self.sort)
                if view.only is not None:
                    ids = array("q", [one for one in ids if one in view.only])
        except QueryError as error:
            if this_round == self._round:
                self._refuse_keys()
                self.screen.queue.show_ids(array("q"), follow=None)
                way_out = self.screen.keymap_used.told(SHOWS_OTHERS, "queue")
                self.screen.queue.empty_text = f"{error.sentence}\n{way_out}"
                self._show_title("0")
            return
        except BaseException:
            if this_round == self._round:
                self._refuse_keys()
            raise
        finally:
            if this_round == self._round:
                self._loading = False
                then, self._then = self._then, None
                # What fails must not keep the keys either; they are handed out after what follows here.
                self._arrived()
        if this_round != self._round:
            return
        self._take(ids, self.screen.queue.current if keep_place else follow)
        if then is not None:
            then()
        if self._again:
            self._again = False
            self.reload()

    async def _first(self, this_round: int, view: View) -> array[int] | None:
        """Show the first screens of a list that takes long; None where it does not."""
        first = await self.screen.backstage.read(desk_queue.first_ids, view.query, self.sort)
        if first and this_round == self._round:
            self.screen.queue.show_ids(first, follow=None, whole=False)
            self.partial = len(first) >= desk_queue.FIRST
            self._arrived()
        return first

    def _refuse_keys(self) -> None:
        """Forget what was typed for a list that does not come: it would be done to another ticket."""
        if self.arriving:
            self.screen.the_app.forget_keys()

    def _arrived(self) -> None:
        if self.arriving:
            self.arriving = False
            self.screen.the_app.release_keys()

    def _take(self, ids: array[int], follow: int | None) -> None:
        queue = self.screen.queue
        self.partial = False
        queue.empty_text = self._why_empty() if not ids else ""
        if ids != queue.ids or not ids or follow is None or queue.current != follow:
            queue.show_ids(ids, follow=follow)
        self._show_title(f"{len(ids):,}")

    def _why_empty(self) -> str:
        states = self.desk.queue.account_states()
        if states and all(state.last_sync_at is None for state in states):
            why = "Nothing has been read from the helpdesk yet.\nIt takes some seconds · {sync} syncs now"
        else:
            why = self.view.empty
        return self.screen.keymap_used.told(why, "queue")

    def _show_title(self, count: str) -> None:
        """Show the list's name, length and order; a name that is too long for all three is cut."""
        self._count = count
        rest = f"  {count} · {SORT_WORDS[self.sort]}"
        width, _ = self._head
        # The title has a blank at both ends.
        name = foreign.cut(self.view.title, width - 2 - len(rest)) if width > 0 else ""
        title = Content.assemble((name, ""), (rest, "$dim"))
        self.screen.query_one("#queue-title", Static).update(title, layout=False)

    def show_head(self, width: int) -> None:
        """Show the column titles, and the list's own in what room it has now."""
        head = (width, self.desk.several_accounts)
        if width > 0 and head != self._head:
            self._head = head
            self._show_title(self._count)
            self.screen.query_one("#queue-head", Static).update(
                Content(queue_line.header(*head)), layout=False
            )

    def say(self, message: str, *, of_ticket: bool = False) -> None:
        """Say something in place of the hints, until it is said again with an empty text.

        Args:
            message: What to say.
            of_ticket: Whether it is about the open ticket, so that it is of no use outside its pane.
        """
        if message != self.message or of_ticket != self.message_of_ticket:
            self.message = message
            self.message_of_ticket = of_ticket
            self.screen.show_hints()

    def renamed(self, old: str, new: str) -> None:
        """Show a view of the agent's own under its new name, sorted as it was."""
        self._own = tuple(replace(view, name=new) if view.name == old else view for view in self._own_views)
        chosen = (self._sorts or {}).pop(f"own/{old}", None)
        if chosen is not None:
            self._sorts = {**(self._sorts or {}), f"own/{new}": chosen}
            self.screen.begin(self._keep(kept.SORTS, self._sorts), "sorts")
        if self.view.identity == f"own/{old}":
            self.view = self.view._replace(title=new)
            self._show_title(f"{len(self.screen.queue.ids):,}")
        self.show_all_views()

    def removed(self, name: str) -> None:
        """Show a view of the agent's own no more; where it was in the queue, the first one is there."""
        self._own = tuple(view for view in self._own_views if view.name != name)
        gone = f"own/{name}"
        if self._before[0].identity == gone:
            self._before = (BUILT_IN[0], None)
        self.show_all_views()
        if self.view.identity == gone:
            self.show_view(0)

    @property
    def _own_views(self) -> tuple[OwnView, ...]:
        return self._own if self._own is not None else self.desk.config.views

    def commands(self) -> list[tuple[str, Callable[[], None]]]:
        """List the orders for the palette: label and what it does."""
        return [
            (f"Order by {words.removeprefix('by ')}", partial(self.sort_by, sort))
            for sort, words in SORT_WORDS.items()
            if sort != self.sort
        ]

    def _next_sort(self) -> None:
        """Sort in the next way."""
        self.sort_by(SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)])

    def sort_by(self, chosen: Sort) -> None:
        """Sort in some way, from the top, and keep that for this view."""
        self._sorts = {**(self._sorts or {}), self.view.identity: chosen}
        self.screen.begin(self._keep(kept.SORTS, self._sorts), "sorts")
        self.reload(keep_place=False)

    async def _keep(self, name: str, value: object) -> None:
        await self.screen.backstage.write(kept.keep, name, value)

    def _ask_name(self) -> None:
        """Ask what the search shall be called as a view."""
        from agentconsole.tui.screens.line import LineDialog

        if not self.view.query:
            said = "There is no search here to save. {filter} searches; {save_view} then saves it as a view."
            self.tell(self.screen.keymap_used.told(said, "queue"))
            return
        name = self.view.title if self.view.section == "own" else ""
        hint = f"{foreign.cut(self.view.query, 40)} · {SORT_WORDS[self.sort]} · into config.toml"
        dialog = LineDialog("Name of the new view", name, hint)
        self.screen.app.push_screen(dialog, partial(self._named, self.view.query, self.sort))

    def _named(self, query: str, sort: Sort, name: str | None) -> None:
        if name is not None and name.strip():
            self.screen.begin(self._save_view(name, query, sort), "save-view")

    async def _save_view(self, name: str, query: str, sort: Sort) -> None:
        saved = await self.screen.backstage.write(desk_views.save_view, name, query, sort)
        own = self._own_views
        names = [view.name for view in own]
        said = f"“{saved.name}” is a view now, at the end of the views."
        if saved.name in names:
            place = names.index(saved.name)
            said = f"“{saved.name}” is saved again, {SORT_WORDS[sort]}."
            if own[place].query != saved.query:
                was, finds = foreign.cut(own[place].query, 60), foreign.cut(saved.query, 60)
                said = f"“{saved.name}” finds {finds} now; before it was {was}."
            self._own = (*own[:place], saved, *own[place + 1 :])
        else:
            self._own = (*own, saved)
        self.show_all_views()
        views = self.screen.views.views
        place = next(at for at, view in enumerate(views) if view.identity == f"own/{saved.name}")
        if (self._sorts or {}).pop(views[place].identity, None) is not None:
            self.screen.begin(self._keep(kept.SORTS, self._sorts), "sorts")
        self.show_view(place)
        self.tell(said)

    def _open_filter(self) -> None:
        screen = self.screen
        screen.focus_pane("queue")
        screen.filter_line.open(self.view.query if self.searching else "")
        screen.set_focus(screen.filter_line.field)
        screen.show_hints()
        screen.begin(self._prepare_filter(), "filter")

    async def _prepare_filter(self) -> None:
        """Read what the search line offers, in the reading thread."""
        line, backstage = self.screen.filter_line, self.screen.backstage
        if self._searches is None:
            found = await backstage.read(desk_views.past_searches)
            self._searches = found if self._searches is None else self._searches
        line.past = self._searches
        if monotonic() - self._vocabulary_at >= VOCABULARY_SECONDS:
            self._vocabulary_at = monotonic()
            line.vocabulary = await backstage.read(desk_queue.vocabulary)
            line.offer()
