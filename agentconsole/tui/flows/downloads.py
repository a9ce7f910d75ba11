"""Files of the open thread: picked from a list, then saved or opened."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial

from agentconsole.desk import downloads
from agentconsole.desk.browser import has_browser
from agentconsole.desk.context import Desk
from agentconsole.desk.downloads import FileHere
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import AttachmentItem, TicketDetail
from agentconsole.text.file_names import safe_name
from agentconsole.tui import foreign, when
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

LOOK_SECONDS = 0.15
"""How often it is looked how far a file has come."""

PATIENCE = 20.0
"""Seconds without a byte after which nobody waits any more."""


class _NotYet(ConsoleError):
    """A file that is still wanted; others will not come either."""


class DownloadsFlow(Flow):
    """From the list of files to a file on the disk."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"attachments": self._pick}

    def _pick(self) -> None:
        detail = self.screen.detail
        if detail is None:
            self.tell("Open a ticket first.")
            return
        options = self._options(detail)
        if not options:
            self.tell("There is no file in this thread.")
            return
        picker = Picker(f"Files of {detail.row.name}", plain_search(options))
        self.screen.app.push_screen(picker, partial(self._ask, detail))

    def _options(self, detail: TicketDetail) -> list[Option[tuple[AttachmentItem, ...]]]:
        """List the files, those of the newest message first, and behind them all of them together."""
        now, zone = self.desk.clock.now(), self.desk.config.zone
        found: list[Option[tuple[AttachmentItem, ...]]] = []
        for message in reversed(detail.messages):
            for item in message.attachments:
                note = f"{when.size(item.size)} · {when.stamp(message.created_at, now, zone)}"
                if item.malware:
                    note = f"malware · {note}"
                found.append((PickItem(foreign.line(safe_name(item.file_name)), note), (item,)))
        if len(found) > 1:
            every = tuple(item for _, items in found for item in items)
            size = when.size(sum(item.size for item in every))
            found.append((PickItem(f"All {len(every)} files", f"{size} · saved together"), every))
        return found

    def _ask(self, detail: TicketDetail, items: tuple[AttachmentItem, ...] | None) -> None:
        if items is None:
            return
        if len(items) > 1:
            self._ask_for_folder(partial(self._get_all, detail, items))
            return
        (item,) = items
        folder = foreign.cut(_short(str(downloads.folder_for(self.desk))), 44)
        lines = [f"{when.size(item.size)} · {item.content_type}"]
        answers = [
            ("file_save", f"save in {folder}"),
            ("file_folder", "save in another folder …"),
        ]
        if item.malware:
            lines.append("The helpdesk found malware in this file. It is never opened from here.")
            answers = [("file_save", "save it all the same"), ("file_folder", "save it in another folder …")]
        elif not downloads.may_be_opened(item.file_name):
            lines.append("It is saved only: files of this kind can do more than be shown.")
        elif has_browser(os.environ):
            answers.insert(0, ("accept", "open"))
        else:
            lines.append("There is no screen here to open it on; it can be saved.")
        question = Choice(
            foreign.cut(safe_name(item.file_name), 56),
            tuple(lines),
            tuple(answers),
            kind="alarm" if item.malware else "",
        )
        self.screen.app.push_screen(question, partial(self._chosen, detail, item))

    def _chosen(self, detail: TicketDetail, item: AttachmentItem, answer: str | None) -> None:
        if answer == "accept":
            self._get(detail, item, self._open)
        elif answer == "file_save":
            self._get(detail, item, partial(self._save, ""))
        elif answer == "file_folder":
            self._ask_for_folder(lambda folder: self._get(detail, item, partial(self._save, folder)))

    def _ask_for_folder(self, then: Callable[[str], None]) -> None:
        from agentconsole.tui.screens.line import LineDialog

        def named(folder: str | None) -> None:
            if folder is not None and folder.strip():
                then(folder)

        dialog = LineDialog(
            "Save in", f"{downloads.folder_for(self.desk)}/", "a folder; it is made if need be"
        )
        self.screen.app.push_screen(dialog, named)

    def _get(self, detail: TicketDetail, item: AttachmentItem, then: Callable[[int], str]) -> None:
        self.screen.begin(self._fetched(detail, item, then), f"file-{item.id}")

    def _get_all(self, detail: TicketDetail, items: tuple[AttachmentItem, ...], folder: str) -> None:
        self.screen.begin(self._all_saved(detail, items, folder), f"files-{detail.row.ticket_id}")

    async def _all_saved(self, detail: TicketDetail, items: tuple[AttachmentItem, ...], folder: str) -> None:
        """Save one file after another; what cannot be had keeps no other."""
        where = _short(str(downloads.folder_for(self.desk, folder)))
        saved, left, doubts = 0, list[str](), list[str]()
        for place, item in enumerate(items, 1):
            name = foreign.cut(safe_name(item.file_name), 40)
            if item.malware:
                left.append(f"{name} (malware: save it by itself)")
                continue
            try:
                file = await self._here(detail, item, f"{place} of {len(items)}, ")
                await self.screen.backstage.read(self._saved, folder, item.id)
            except _NotYet as error:
                left.append(error.sentence.rstrip("."))
                break
            except ConsoleError as error:
                left.append(f"{name} ({error.sentence.rstrip('.')})")
            else:
                saved += 1
                doubts += [f"{name}: {file.doubt}"] if file.doubt else []
        said = f"{saved} of {len(items)} files saved in {where}."
        if left:
            said += f" Not: {'; '.join(left[:3])}{f'; and {len(left) - 3} more' if len(left) > 3 else ''}."
        self.tell(" ".join([said, *doubts[:2]]), severity="warning" if left or doubts else "information")

    async def _fetched(self, detail: TicketDetail, item: AttachmentItem, then: Callable[[int], str]) -> None:
        """Wait until a file is here, then do something with it."""
        file = await self._here(detail, item)
        said = await self.screen.backstage.read(lambda _: then(item.id))
        warning = bool(file.doubt or item.malware)
        self.tell(_with_doubt(said, file), severity="warning" if warning else "information")

    async def _here(self, detail: TicketDetail, item: AttachmentItem, which: str = "") -> FileHere:
        """Wait until a file is here, saying how far it is.

        Raises:
            ConsoleError: It cannot be had, or does not come.
        """
        screen = self.screen
        name = foreign.cut(safe_name(item.file_name), 40)
        if await screen.backstage.read(downloads.here, item.id) is None:
            await screen.backstage.write(downloads.ask_for, item.id)
            screen.the_app.wake_worker()
            try:
                await self._wait(detail, item, which + name)
            finally:
                screen.lists.say("")
        file = await screen.backstage.read(downloads.here, item.id)
        if file is None:
            raise ConsoleError(f"{name} could not be kept: it is larger than what is kept of files.")
        return file

    async def _wait(self, detail: TicketDetail, item: AttachmentItem, name: str) -> None:
        loop = asyncio.get_running_loop()
        moved_at, got = loop.time(), -1
        while True:
            standing = self.desk.reader.download(item.id)
            if standing is not None and standing.state == "done":
                return
            if standing is not None and standing.state == "failed":
                raise ConsoleError(f"{name} could not be read: {standing.error}")
            if standing is not None and standing.got != got:
                moved_at, got = loop.time(), standing.got
            if loop.time() - moved_at > PATIENCE:
                raise _NotYet(
                    f"{name} has not come yet: {self._why(detail)}. It is asked for; look again later."
                )
            of = f" of {when.size(item.size)}" if item.size else ""
            self.screen.lists.say(f"Reading {name}: {when.size(max(0, got))}{of} …")
            await asyncio.sleep(LOOK_SECONDS)

    def _why(self, detail: TicketDetail) -> str:
        state = self.desk.account(detail.row.account)
        return state.sentence.rstrip(".") if state.sentence else f"{state.name} does not answer"

    def _saved(self, _: Desk, folder: str, attachment_id: int) -> None:
        self._save(folder, attachment_id)

    def _save(self, folder: str, attachment_id: int) -> str:
        path = downloads.save(self.desk, attachment_id, downloads.folder_for(self.desk, folder))
        return f"Saved as {_short(str(path))}."

    def _open(self, attachment_id: int) -> str:
        opener = downloads.open_outside(self.desk, attachment_id, os.environ)
        return f"Given to {opener} to be opened."


def _with_doubt(said: str, file: FileHere) -> str:
    return f"{said} {file.doubt}" if file.doubt else said


def _short(path: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 - as a text, for showing alone
    return f"~{path[len(home) :]}" if home != "/" and path.startswith(f"{home}/") else path
