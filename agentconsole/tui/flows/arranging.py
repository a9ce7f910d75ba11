"""The panes as the agent wants them: wider, narrower, hidden; remembered from one time to the next."""

from __future__ import annotations

from functools import partial

from agentconsole.desk import kept
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.layout import MEDIUM, STEP, WIDE, PaneWishes, resized


class ArrangingFlow(Flow):
    """Widths and hidden panes."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "toggle_views": self._toggle_views,
            "toggle_context": self._toggle_context,
            "wider": partial(self._resize, STEP),
            "narrower": partial(self._resize, -STEP),
        }

    def _toggle_views(self) -> None:
        screen = self.screen
        beside = WIDE if screen.detail is not None else MEDIUM
        if screen.app.size.width < beside:
            screen.focus_pane("queue" if screen.pane == "views" else "views")
            return
        hide = screen.shows("views")
        self._wish(screen.wishes._replace(views_hidden=hide))
        if hide and screen.pane == "views":
            screen.focus_pane("queue")
        elif not hide and not screen.shows("views"):
            # It gives way to the knowledge there, unless the agent is in it.
            screen.focus_pane("views")

    def _toggle_context(self) -> None:
        screen = self.screen
        stays = screen.detail is not None and screen.app.size.width >= WIDE
        if not screen.shows("side"):
            if stays:
                self._wish(screen.wishes._replace(side_hidden=False))
            else:
                screen.lookup.open_side()
            return
        if stays:
            self._wish(screen.wishes._replace(side_hidden=True))
        if screen.side_open or screen.pane == "side":
            screen.lookup.close_side()

    def _resize(self, by: int) -> None:
        screen = self.screen
        width = screen.app.size.width
        if width < MEDIUM:
            self.tell("There is room for one pane only; a wider terminal shows more.")
            return
        wishes = resized(
            width,
            focus=screen.pane,
            ticket_open=screen.detail is not None,
            side_open=screen.side_open,
            wishes=screen.wishes,
            by=by,
        )
        if wishes == screen.wishes:
            self.tell(f"This pane can’t be {'wider' if by > 0 else 'narrower'} here.")
        else:
            self._wish(wishes)

    def _wish(self, wishes: PaneWishes) -> None:
        self.screen.wishes = wishes
        self.screen.relayout()
        self.screen.begin(self._keep(wishes), "panes")

    async def _keep(self, wishes: PaneWishes) -> None:
        await self.screen.backstage.write(kept.keep, kept.PANES, wishes._asdict())
