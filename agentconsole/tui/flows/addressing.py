"""Who gets a reply, and the files that go with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agentconsole.desk import attachments, replies
from agentconsole.desk import tickets as desk_tickets
from agentconsole.desk.attachments import FileFacts
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import Contact
from agentconsole.tui import foreign, when
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.list_editor import ListEditor, Suggestion
from agentconsole.tui.widgets.composer import Writing, size_note
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem

_TO_IS_FIXED = "Another is set on the ticket’s page: {browser} in the thread."
"""Neither helpdesk has a To beside the requester: another To means that the ticket is another person's."""


class AddressingFlow(Flow):
    """Copies and attachments of what is being written."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"recipients": self._recipients, "attach": self._attach}

    # Copies

    def _recipients(self) -> None:
        screen = self.screen
        writing, detail = screen.composer.writing, screen.detail
        if writing is None or detail is None:
            return
        if not writing.public:
            said = "A note goes to nobody, only your team reads it. {switch_mode} makes it a reply."
            self.tell(screen.keymap_used.told(said, "composer"))
            return
        replies.require_copies(self.desk, detail.row.account)
        self.screen.app.push_screen(
            copies_editor(
                self,
                detail.row.account,
                title=f"Who gets this reply on {detail.row.name}",
                to=writing.recipients.to,
                fixed=screen.keymap_used.told(_TO_IS_FIXED),
                copied=writing.recipients.cc,
                known=detail.ccs,
            ),
            lambda chosen: self._copied(writing, chosen),
        )

    def _copied(self, writing: Writing, chosen: tuple[str, ...] | None) -> None:
        screen = self.screen
        detail = screen.detail
        if screen.composer.writing is not writing or detail is None:
            return
        if chosen is not None:
            own = self.screen.writing.recipients(detail, True).cc
            writing.cc = None if set(chosen) == set(own) else chosen
            writing.recipients = self.screen.writing.recipients(detail, True, writing.cc)
            screen.composer.show_header()
            screen.writing.save_now(anyway=True)
        screen.writing.to_caret()

    async def people(self, account: str, text: str) -> Sequence[Suggestion]:
        """Find people by a part of their name or address; an address that nobody has comes last."""
        found = await self.screen.backstage.read(desk_tickets.find_people, account, text.strip())
        suggestions = [
            Suggestion(PickItem(person.name or person.email, person.email), person.email)
            for person in found
            if person.email
        ]
        typed = replies.address_of(text)
        if typed is not None and all(one.item.note.casefold() != typed.casefold() for one in suggestions):
            suggestions.append(Suggestion(PickItem(typed, "as typed"), text.strip()))
        return suggestions

    # Files

    def _attach(self) -> None:
        screen = self.screen
        writing, detail = screen.composer.writing, screen.detail
        if writing is None or detail is None:
            return
        account = self.desk.account(detail.row.account)
        if account.capabilities.get("attachments", True) is False:
            self.tell(f"{account.name} takes no attachments.")
            return
        editor = files_editor(
            self, attachments.most_bytes(self.desk, account.name), writing.attachments, screen.composer.files
        )
        screen.app.push_screen(editor, lambda chosen: self._attached(writing, chosen))

    def _attached(self, writing: Writing, chosen: tuple[str, ...] | None) -> None:
        screen = self.screen
        if screen.composer.writing is not writing:
            return
        if chosen is not None and chosen != writing.attachments:
            writing.attachments = chosen
            screen.composer.show_header()
            self.look_at_files()
            screen.writing.save_now(anyway=True)
        screen.writing.to_caret()

    def look_at_files(self) -> None:
        """Find out how large the files are, and whether they can still be sent."""
        writing, detail = self.screen.composer.writing, self.screen.detail
        if writing is not None and detail is not None:
            most = attachments.most_bytes(self.desk, detail.row.account)
            self.screen.begin(self._look(writing, most), "files")

    async def _look(self, writing: Writing, most: int) -> None:
        paths = writing.attachments
        found = await self.screen.backstage.read(
            attachments.looked_at, paths, most, writing.ticket_id, writing.draft_id
        )
        composer = self.screen.composer
        composer.files = found
        if composer.writing is writing:
            composer.show_header()


def copies_editor(
    flow: AddressingFlow,
    account: str,
    *,
    title: str,
    to: Sequence[str],
    fixed: str,
    copied: Sequence[str],
    known: Sequence[Contact],
) -> ListEditor:
    """Make the dialog in which the people in copy are chosen.

    Args:
        flow: Finds people.
        account: The account's short name.
        title: What they are in copy of.
        to: Who gets it anyway.
        fixed: Why that is not changed here.
        copied: Who is in copy now.
        known: Those of them whose names are known.
    """
    names = {(person.email or person.name): person for person in known}

    async def take(value: str) -> tuple[PickItem, str]:
        address = replies.address_of(value)
        if address is None:
            raise ConsoleError(f"“{foreign.cut(value, 30)}” is no mail address.")
        if address.casefold() in ((replies.address_of(each) or each).casefold() for each in to):
            raise ConsoleError(f"{address} gets it already.")
        return PickItem(address), address

    def item(address: str) -> PickItem:
        person = names.get(address)
        return PickItem(address, person.name if person is not None and person.email else "")

    return ListEditor(
        title,
        lines=(
            f"To {', '.join(to) or 'nobody'}: the requester.",
            fixed,
            "In copy, from now on:",
        ),
        chosen=[(item(address), address) for address in copied],
        suggest=lambda text: flow.people(account, text),
        take=take,
        placeholder="put in copy: a name or an address",
        nothing_chosen="Nobody is in copy.",
        nothing_fits="Nobody here is called so: type a whole address.",
        kind="public",
    )


def files_editor(
    flow: AddressingFlow, most: int, paths: Sequence[str], known: dict[str, FileFacts | None]
) -> ListEditor:
    """Make the dialog in which files are chosen by their path."""
    # A name can hold what the field takes out; completed, it stands there cleaned.
    spelled: dict[str, str] = {}

    def on_disk(text: str) -> str:
        folder, slash, name = text.rpartition("/")
        return spelled.get(text) or f"{spelled.get(folder + slash, folder + slash)}{name}"

    async def suggest(text: str) -> Sequence[Suggestion]:
        found = await asyncio.to_thread(attachments.complete, on_disk(text))
        there = {one.typed for one in found}
        for one in found:
            shown = CleanInput.cleaned(one.typed)
            if shown not in there:
                spelled.setdefault(shown, one.typed)
        return [
            Suggestion(
                PickItem(
                    one.name + ("/" if one.folder else ""), "" if one.size is None else when.size(one.size)
                ),
                one.typed,
                opens=one.folder,
            )
            for one in found
        ]

    async def take(value: str) -> tuple[PickItem, str]:
        facts = await asyncio.to_thread(attachments.look_at, on_disk(value), most)
        known[facts.path] = facts
        return _file_item(facts), facts.path

    def item(path: str) -> PickItem:
        facts = known.get(path)
        return _file_item(facts) if facts is not None else PickItem(path, "not there any more")

    return ListEditor(
        "Files to send",
        lines=(f"At most {attachments.size_words(most)} each; copied when you send.",),
        chosen=[(item(path), path) for path in paths],
        suggest=suggest,
        take=take,
        placeholder="attach: a path, as ~/Downloads/…",
        nothing_chosen="No file yet: type a path.",
        nothing_fits="Nothing there is called so.",
    )


def _file_item(facts: FileFacts) -> PickItem:
    return PickItem(facts.path, f"{size_note(facts)} {facts.content_type}")
