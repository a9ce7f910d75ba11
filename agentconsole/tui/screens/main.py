"""The console's one screen: panes, focus, and which action a key means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, cast

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import Reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from agentconsole.desk import kept
from agentconsole.desk import queue as desk_queue
from agentconsole.desk.context import Desk
from agentconsole.tui import foreign
from agentconsole.tui.actions import BY_ID, HINTS, PANES, TEXT_FIELDS, Place
from agentconsole.tui.backstage import Backstage
from agentconsole.tui.flows.lists import ListsFlow
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.layout import PANE_ORDER, Pane, PaneWishes, arrange, too_small, wishes_of
from agentconsole.tui.widgets.queue import QueueList
from agentconsole.tui.widgets.status import StatusLine
from agentconsole.tui.widgets.views import ViewList

if TYPE_CHECKING:
    from textual.worker import WorkType

    from agentconsole.domain.views import TicketDetail
    from agentconsole.tui.app import ConsoleApp
    from agentconsole.tui.flows.addressing import AddressingFlow
    from agentconsole.tui.flows.commands import CommandsFlow
    from agentconsole.tui.flows.customer import CustomerFlow
    from agentconsole.tui.flows.fields import FieldsFlow
    from agentconsole.tui.flows.guided import GuidedFlow
    from agentconsole.tui.flows.leaving import LeavingFlow
    from agentconsole.tui.flows.long_work import LongWorkFlow
    from agentconsole.tui.flows.lookup import LookupFlow
    from agentconsole.tui.flows.macro_for_many import MacroForManyFlow
    from agentconsole.tui.flows.new_ticket import NewTicketFlow
    from agentconsole.tui.flows.notices import NoticesFlow
    from agentconsole.tui.flows.own_views import OwnViewsFlow
    from agentconsole.tui.flows.pulse import PulseFlow
    from agentconsole.tui.flows.selecting import SelectingFlow
    from agentconsole.tui.flows.sending import SendingFlow
    from agentconsole.tui.flows.syncing import SyncingFlow
    from agentconsole.tui.flows.theming import ThemingFlow
    from agentconsole.tui.flows.thread_search import ThreadSearchFlow
    from agentconsole.tui.flows.tickets import TicketsFlow
    from agentconsole.tui.flows.touring import TouringFlow
    from agentconsole.tui.flows.undoing import UndoingFlow
    from agentconsole.tui.flows.writing import WritingFlow
    from agentconsole.tui.widgets.composer import Composer
    from agentconsole.tui.widgets.customer import CustomerCard
    from agentconsole.tui.widgets.filter import FilterLine
    from agentconsole.tui.widgets.side import SidePane
    from agentconsole.tui.widgets.ticket import ThreadView

FIRST_FRAME_SECONDS = 0.03
"""How long the other panes wait once the queue is mounted, so that it is drawn before them."""

QUIET_SECONDS = 0.4
"""How long action letters are ignored after the focus has left a text field by itself, and after each one."""


_FIELD_HINTS: Mapping[Place, tuple[tuple[str, str], ...]] = {
    "filter": (("Enter", "search"), ("Tab", "take"), ("↑↓", "choose, earlier searches")),
    "ask": (("Enter", "insert link"), ("↑↓", "choose"), ("PgDn", "read on")),
}
"""What the keys do that a field has of its own."""


class MainScreen(Screen[None]):
    """Views, queue, ticket and side pane, with hints and status below."""

    AUTO_FOCUS = ""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in any screen, but a change paints only what looks different, not the whole screen."""

    def __init__(self, desk: Desk, backstage: Backstage, keymap: Keymap) -> None:
        super().__init__()
        self.desk = desk
        self.backstage = backstage
        self.keymap_used = keymap
        self.detail: TicketDetail | None = None
        """The ticket in the ticket pane."""
        self.pane: Pane = "queue"
        self.side_open = False
        """Whether the agent asked for the knowledge."""
        self.wishes = PaneWishes()
        """How wide the agent wants the panes, and which hidden."""
        self._widths: Mapping[Pane, int] = {}
        self.ticket_width = 0
        """What the ticket pane has for its lines, in cells."""
        self._quiet = False
        self._loud: Timer | None = None
        self._focus_before: Widget | None = None
        self._not_begun: set[Coroutine[Any, Any, None]] = set()
        self.complete = False
        """Whether all panes are there; until then keys wait."""
        self.lists = ListsFlow(self)
        self.handlers: Mapping[str, Callable[[], None]] = {}

    tickets: TicketsFlow
    writing: WritingFlow
    addressing: AddressingFlow
    new_tickets: NewTicketFlow
    sending: SendingFlow
    fields: FieldsFlow
    long_work: LongWorkFlow
    selecting: SelectingFlow
    undoing: UndoingFlow
    macro_for_many: MacroForManyFlow
    lookup: LookupFlow
    thread_search: ThreadSearchFlow
    guided: GuidedFlow
    leaving: LeavingFlow
    customer: CustomerFlow
    own_views: OwnViewsFlow
    syncing: SyncingFlow
    pulse: PulseFlow
    commands: CommandsFlow
    theming: ThemingFlow
    notices: NoticesFlow
    touring: TouringFlow
    thread: ThreadView
    composer: Composer
    side: SidePane
    filter_line: FilterLine

    def compose(self) -> ComposeResult:
        """Lay out what the first frame shows: the queue and its views."""
        yield Static("The terminal is too small: Agent Console needs 60 × 15.", id="too-small", markup=False)
        with Horizontal(id="panes"):
            with Vertical(id="pane-views", classes="pane"):
                yield Static(Content("Views"), classes="pane-title", markup=False)
                yield ViewList()
            with Vertical(id="pane-queue", classes="pane"):
                yield Static("", classes="pane-title", id="queue-title", markup=False)
                yield Static("", id="queue-head", markup=False)
                yield QueueList(lambda ids: desk_queue.rows(self.desk, ids), self.desk.clock.now)
        yield Static("", id="hints", markup=False)
        yield StatusLine()

    def on_mount(self) -> None:
        """Show the first view; all else waits for the first frame."""
        found = kept.read(self.desk, [kept.PANES, kept.SORTS])
        self.wishes = wishes_of(found.get(kept.PANES))
        self.relayout()
        self.lists.show_first_view(found.get(kept.SORTS))
        self.set_focus(self.queue)
        # The first refresh comes before there is a layout; the timer lets the first frame out.
        self.call_after_refresh(self.set_timer, FIRST_FRAME_SECONDS, self._complete)

    async def _complete(self) -> None:
        """Bring in the other panes and all that keys do, now that the queue is on the screen."""
        from agentconsole.tui.screens.panes import add_panes, make_flows

        self.the_app.first_frame_drawn()
        self.keymap_used = self.the_app.keymap
        await add_panes(self)
        self.handlers = make_flows(self)
        self.relayout(anew=True)
        self.complete = True
        self.pulse.begin()
        self.long_work.begin()
        self.writing.begin()
        if self.the_app.starts_worker:
            self.touring.offer()
        self.the_app.release_keys()

    @property
    def the_app(self) -> ConsoleApp:
        """The app."""
        return cast("ConsoleApp", self.app)

    @property
    def queue(self) -> QueueList:
        """The queue."""
        return self.query_one(QueueList)

    @property
    def views(self) -> ViewList:
        """The views."""
        return self.query_one(ViewList)

    @property
    def place(self) -> Place:
        """What has the focus."""
        focused = self.focused
        if focused is None or not self.complete:
            return self.pane
        if focused is self.composer.area:
            return "composer"
        if focused is self.filter_line.field:
            return "filter"
        return "ask" if focused is self.side.field else self.pane

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; False where it is the focused widget's own."""
        place = self.place
        if self.writing.watch_trigger(place, event):
            return False
        action = self.keymap_used.action(place, event.key, event.character)
        if self.has_class("-too-small"):
            # Nothing is done unseen, above all not by what was meant for a text.
            if action == "quit":
                self.perform(action)
            return True
        if event.key == "enter" and place in ("filter", "ask") and self.focused is not None:
            # What is typed next is meant for what this brings.
            take = self.lists.search_typed if place == "filter" else self._take_found
            self.the_app.do_after(self.focused, take)
            return True
        if action is None:
            return False
        if self._quiet and place not in TEXT_FIELDS and event.is_printable:
            # Until there is a pause, the next letters belong to the same text.
            self.be_quiet()
            return True
        if place in TEXT_FIELDS and self.focused is not None:
            self.the_app.perform_after(self.focused, action)
        else:
            self.perform(action)
        return True

    def perform(self, action: str) -> None:
        """Do an action; an error is told in its sentence and ends nothing."""
        if BY_ID[action].capability and self.commands.refuse(BY_ID[action]):
            return
        if self.touring.takes(action):
            return
        with foreign.errors_told(self):
            self.handlers[action]()
            self.touring.did(action)

    def begin(self, job: Coroutine[Any, Any, None], group: str) -> None:
        """Run a job that waits for a thread; its errors are told, and end nothing."""
        self._not_begun.add(job)

        async def guarded() -> None:
            await self._guarded(job)

        begun: WorkType[None] = guarded
        self.run_worker(begun, group=group, exit_on_error=False)

    async def _guarded(self, job: Coroutine[Any, Any, None]) -> None:
        self._not_begun.discard(job)
        try:
            with foreign.errors_told(self):
                await job
        except Exception:
            logging.getLogger(__name__).exception("a job of the console failed")
            foreign.tell(self, "Something failed inside; the log has the details.", severity="error")

    def on_unmount(self) -> None:
        """Let go of jobs that came too late to be begun; Python would complain of them on the terminal."""
        for job in self._not_begun:
            job.close()

    def be_quiet(self) -> None:
        """Ignore action letters for a moment: the agent may still be typing into what has just closed."""
        self._quiet = True
        if self._loud is not None:
            self._loud.stop()
        self._loud = self.set_timer(QUIET_SECONDS, self._be_loud)

    def _be_loud(self) -> None:
        self._quiet = False

    def focus_pane(self, pane: Pane) -> None:
        """Move the focus to a pane, at once."""
        self.pane = pane
        self.relayout()
        if pane == "views":
            target: Widget = self.views
        elif pane == "queue":
            target = self.queue
        else:
            target = self.thread if pane == "ticket" else self.side.field
        self.set_focus(target, scroll_visible=False)
        self.show_hints()

    def shows(self, pane: Pane) -> bool:
        """Whether a pane is on the screen now."""
        return pane in self._widths

    def relayout(self, *, anew: bool = False) -> None:
        """Give each pane its width.

        Args:
            anew: Even where nothing has changed, as there are panes that have not got theirs.
        """
        width, height = self.app.size
        small = too_small(width, height)
        shape = arrange(
            width,
            focus=self.pane,
            ticket_open=self.detail is not None,
            side_open=self.side_open,
            wishes=self.wishes,
        )
        if not anew and shape.widths == self._widths and small == self.has_class("-too-small"):
            return
        self._widths = shape.widths
        if small != self.has_class("-too-small"):
            self._keep_focus(small)
        self.set_class(small, "-too-small")
        self.set_class(shape.narrow, "-narrow")
        # The line at its left is part of a pane.
        self.ticket_width = shape.widths.get("ticket", 0) - (0 if shape.narrow else 1)
        for pane in PANE_ORDER:
            if pane in ("ticket", "side") and not self.query(f"#pane-{pane}"):
                continue
            box = self.query_one(f"#pane-{pane}")
            size = shape.widths.get(pane, 0)
            box.display = size > 0
            if size:
                box.styles.width = size
        bare = "views" not in shape.widths
        self.set_class(bare, "-bare")
        # Without the views the queue is the first pane, and has no line at its left.
        self.lists.show_head(shape.widths.get("queue", 0) - (0 if shape.narrow or bare else 1))

    def _keep_focus(self, small: bool) -> None:
        """Remember what has the focus, which hiding takes from it, and give it back afterwards."""
        if small:
            self._focus_before = self.focused
        elif (before := self._focus_before) is not None and before.is_attached:
            self.call_after_refresh(self.set_focus, before, scroll_visible=False)

    def on_resize(self, event: events.Resize) -> None:
        """Share the room anew."""
        self.relayout()
        if self.complete:
            self.show_hints()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus where the mouse puts it."""
        pane: Pane | None = None
        for node in event.widget.ancestors_with_self:
            name = (node.id or "").removeprefix("pane-")
            if name in PANES and node.id is not None and node.id.startswith("pane-"):
                pane = cast("Pane", name)
        if pane is not None and pane != self.pane:
            self.pane = pane
            self.relayout()
        if self.complete:
            self.show_hints()

    def show_hints(self) -> None:
        """Say what the most useful keys do here; what does not fit whole is left out."""
        if self.lists.message and (self.place == "ticket" or not self.lists.message_of_ticket):
            words = [(foreign.line(self.lists.message), "$warning")]
        else:
            words = hint_words(self.keymap_used, self.place, self.app.size.width - 2)
        self.query_one("#hints", Static).update(Content.assemble(*words), layout=False)

    def on_queue_list_opened(self, event: QueueList.Opened) -> None:
        """Open what was clicked."""
        self.tickets.open(event.ticket_id)

    def on_view_list_picked(self, event: ViewList.Picked) -> None:
        """Show the view that was clicked."""
        self.lists.show_view(event.place)

    def on_composer_save_due(self, event: Composer.SaveDue) -> None:
        """Save what was typed."""
        self.writing.save_now()

    def on_composer_left(self, event: Composer.Left) -> None:
        """Save what was typed when the agent looks elsewhere."""
        self.writing.save_now()

    def on_customer_card_opened(self, event: CustomerCard.Opened) -> None:
        """Open another ticket of the customer."""
        self.tickets.open(event.ticket_id)

    def on_side_pane_asked(self, event: SidePane.Asked) -> None:
        """Search the knowledge."""
        self.lookup.ask(event.text)

    def _take_found(self) -> None:
        """Open the customer's ticket that is highlighted, else put the article's link into the text."""
        with foreign.errors_told(self):
            if (ticket_id := self.side.card.chosen) is not None:
                self.side.card.no_cursor()
                self.tickets.open(ticket_id)
            else:
                self.lookup.insert_link()

    def on_side_pane_shown(self, event: SidePane.Shown) -> None:
        """Show an article's text."""
        self.lookup.show_article(event.article_id)


def hint_words(keymap: Keymap, place: Place, room: int) -> list[tuple[str, str]]:
    """List key and meaning of what is most useful in a place, each with its style.

    Args:
        keymap: The keys.
        place: What has the focus.
        room: Cells of the line; what would be cut is left out.
    """
    said = [*_FIELD_HINTS.get(place, ())]
    said += [(keymap.shown(action_id, place), BY_ID[action_id].hint) for action_id in HINTS[place]]
    words: list[tuple[str, str]] = []
    for key, word in said[:5]:
        room -= cell_len(key) + 1 + cell_len(word)
        if room < 0:
            break
        if key:
            words += [(key, "$foreground"), (f" {word}   ", "$dim")]
            room -= 3
    return words
