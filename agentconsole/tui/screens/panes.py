"""What the first frame leaves out: the ticket and side panes, the composer, and all that keys do.

Importing and mounting these takes longer than drawing the queue, so it happens right after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Vertical

from agentconsole.tui.flows.addressing import AddressingFlow
from agentconsole.tui.flows.arranging import ArrangingFlow
from agentconsole.tui.flows.choosing import ChoosingFlow
from agentconsole.tui.flows.commands import CommandsFlow
from agentconsole.tui.flows.custom_fields import CustomFieldsFlow
from agentconsole.tui.flows.customer import CustomerFlow
from agentconsole.tui.flows.deciding import DecidingFlow
from agentconsole.tui.flows.downloads import DownloadsFlow
from agentconsole.tui.flows.fields import FieldsFlow
from agentconsole.tui.flows.guided import GuidedFlow
from agentconsole.tui.flows.leaving import LeavingFlow
from agentconsole.tui.flows.links import LinksFlow
from agentconsole.tui.flows.long_work import LongWorkFlow
from agentconsole.tui.flows.lookup import LookupFlow
from agentconsole.tui.flows.macro_for_many import MacroForManyFlow
from agentconsole.tui.flows.marking import MarkingFlow
from agentconsole.tui.flows.merging import MergingFlow
from agentconsole.tui.flows.moving import MovingFlow
from agentconsole.tui.flows.new_ticket import NewTicketFlow
from agentconsole.tui.flows.notices import NoticesFlow
from agentconsole.tui.flows.own_views import OwnViewsFlow
from agentconsole.tui.flows.pulse import PulseFlow
from agentconsole.tui.flows.removing import RemovingFlow
from agentconsole.tui.flows.reviewing import ReviewingFlow
from agentconsole.tui.flows.selecting import SelectingFlow
from agentconsole.tui.flows.sending import SendingFlow
from agentconsole.tui.flows.snoozing import SnoozingFlow
from agentconsole.tui.flows.syncing import SyncingFlow
from agentconsole.tui.flows.tagging import TaggingFlow
from agentconsole.tui.flows.theming import ThemingFlow
from agentconsole.tui.flows.thread_search import ThreadSearchFlow
from agentconsole.tui.flows.tickets import TicketsFlow
from agentconsole.tui.flows.touring import TouringFlow
from agentconsole.tui.flows.undoing import UndoingFlow
from agentconsole.tui.flows.writing import WritingFlow
from agentconsole.tui.widgets.composer import Composer
from agentconsole.tui.widgets.filter import FilterLine
from agentconsole.tui.widgets.side import SidePane
from agentconsole.tui.widgets.ticket import ThreadView
from agentconsole.tui.widgets.ticket_header import TicketHeader

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen

_STYLES = Path(__file__).parent.parent / "styles" / "panes.tcss"


async def add_panes(screen: MainScreen) -> None:
    """Mount the panes, hidden, and give the screen its handles to them."""
    screen.app.stylesheet.read(_STYLES)
    # What is parsed already stays so.
    screen.app.stylesheet.parse()
    keymap = screen.keymap_used
    screen.filter_line, screen.composer, screen.side = FilterLine(), Composer(keymap), SidePane(keymap)
    screen.thread = ThreadView(screen.desk.clock.now, screen.desk.config.zone, keymap)
    header = TicketHeader(screen.desk.config.zone)
    ticket = Vertical(header, screen.thread, screen.composer, id="pane-ticket", classes="pane")
    side = Vertical(screen.side, id="pane-side", classes="pane")
    ticket.display = side.display = False
    await screen.query_one("#pane-queue").mount(screen.filter_line, before="#queue-head")
    await screen.query_one("#panes").mount(ticket, side)


def make_flows(screen: MainScreen) -> Mapping[str, Callable[[], None]]:
    """Make the flows; return what each action does."""
    screen.tickets = TicketsFlow(screen)
    screen.writing = WritingFlow(screen)
    screen.addressing = AddressingFlow(screen)
    screen.new_tickets = NewTicketFlow(screen)
    screen.sending = SendingFlow(screen)
    screen.fields = FieldsFlow(screen)
    screen.long_work = LongWorkFlow(screen)
    screen.selecting = SelectingFlow(screen)
    screen.undoing = UndoingFlow(screen)
    screen.macro_for_many = MacroForManyFlow(screen)
    screen.lookup = LookupFlow(screen)
    screen.customer = CustomerFlow(screen)
    screen.guided = GuidedFlow(screen)
    screen.leaving = LeavingFlow(screen)
    screen.thread_search = ThreadSearchFlow(screen)
    screen.own_views = OwnViewsFlow(screen)
    screen.syncing = SyncingFlow(screen)
    screen.pulse = PulseFlow(screen)
    screen.commands = CommandsFlow(screen)
    screen.theming = ThemingFlow(screen)
    screen.notices = NoticesFlow(screen)
    screen.touring = TouringFlow(screen)
    flows = (
        MovingFlow(screen),
        ArrangingFlow(screen),
        screen.leaving,
        screen.syncing,
        screen.lists,
        screen.long_work,
        screen.own_views,
        screen.tickets,
        screen.writing,
        screen.addressing,
        screen.new_tickets,
        ReviewingFlow(screen),
        screen.sending,
        screen.fields,
        screen.selecting,
        screen.undoing,
        ChoosingFlow(screen),
        TaggingFlow(screen),
        CustomFieldsFlow(screen),
        SnoozingFlow(screen),
        MarkingFlow(screen),
        RemovingFlow(screen),
        MergingFlow(screen),
        screen.thread_search,
        screen.guided,
        LinksFlow(screen),
        DownloadsFlow(screen),
        DecidingFlow(screen),
        screen.lookup,
        screen.commands,
        screen.theming,
        screen.notices,
        screen.touring,
    )
    return {action: handler for flow in flows for action, handler in flow.handlers().items()}
