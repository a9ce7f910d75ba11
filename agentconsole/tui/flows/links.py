"""The links of the open thread, by number: where they truly lead, then open or copy."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from functools import partial

from agentconsole.desk.browser import has_browser, open_page
from agentconsole.domain.views import TicketDetail
from agentconsole.text.links import host_of, links_in
from agentconsole.tui import foreign, when
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem


class LinksFlow(Flow):
    """What can be followed."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"links": self._pick}

    def _pick(self) -> None:
        detail = self.screen.detail
        if detail is None:
            self.tell("Open a ticket first.")
            return
        options = self._options(detail)
        if not options:
            self.tell("There is no link in this thread.")
            return
        picker = Picker(
            f"Links of {detail.row.name}", partial(numbered, options), placeholder="a number, or words"
        )
        self.screen.app.push_screen(picker, self._ask)

    def _options(self, detail: TicketDetail) -> list[Option[str]]:
        """List links with their number, those of the newest message first."""
        found: dict[str, str] = {}
        now, zone = self.desk.clock.now(), self.desk.config.zone
        for message in reversed(detail.messages):
            note = f"{message.author} · {when.stamp(message.created_at, now, zone)}"
            for part in sorted(message.parts, key=lambda one: one.kind != "body"):
                for link in links_in(part.text):
                    found.setdefault(link, note)
        return [
            (PickItem(f"{number} {link.partition('://')[2] or link}", note), link)
            for number, (link, note) in enumerate(found.items(), 1)
        ]

    def _ask(self, link: str | None) -> None:
        if link is None:
            return
        answers: list[tuple[str, str]] = [("link_copy", "copy it")]
        if has_browser(os.environ):
            answers.insert(0, ("accept", "open it in the browser"))
        lines = [link[start : start + _LINE] for start in range(0, len(link), _LINE)][:_LINES]
        question = Choice(f"This leads to {host_of(link)}", tuple(lines), tuple(answers))
        self.screen.app.push_screen(question, partial(self._follow, link))

    def _follow(self, link: str, answer: str | None) -> None:
        if answer == "link_copy":
            # It travels inside an escape sequence of the terminal.
            self.screen.app.copy_to_clipboard(foreign.line(link))
            self.tell("Copied the link, if your terminal lets programs copy.")
        elif answer == "accept":
            show_pages(self, [link], host_of(link))


def show_pages(flow: Flow, links: Sequence[str], name: str) -> None:
    """Show pages in the browser, and say so, or that there is none."""

    async def show() -> None:
        there = has_browser(os.environ)
        for place, link in enumerate(links):
            if there and await asyncio.to_thread(open_page, link):
                continue
            what = "it in" if len(links) == 1 else "them in; the first is"
            said = f"There is no browser here to open {what}: {link}"
            if place:
                said = f"{place} of {len(links)} are open in the browser; it did not take this one: {link}"
            flow.tell(said, severity="warning")
            return
        flow.tell(f"Opened {name} in the browser.")

    flow.screen.begin(show(), "browser")


_LINE = 64
_LINES = 6
"""Lines of an address that are shown at most."""


def numbered(options: Sequence[Option[str]], text: str) -> Sequence[Option[str]]:
    """Find options by what was typed: a number is that one, then those whose number begins so."""
    typed = text.strip()
    if not typed.isdigit():
        return plain_search(options)(text)
    fits = [(str(place), one) for place, one in enumerate(options, 1) if str(place).startswith(typed)]
    return [one for _, one in sorted(fits, key=lambda fit: len(fit[0]))]
