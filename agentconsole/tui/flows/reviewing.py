"""Looking at a text before it goes out, and at what was written before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from agentconsole.desk import attachments, replies
from agentconsole.domain.views import Draft, DraftVersion
from agentconsole.helpdesks.registry import MARKDOWN_KINDS, TITLES
from agentconsole.tui import foreign, when
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.picker import Option, Picker
from agentconsole.tui.widgets.pick_list import PickItem

_REASONS: Final = {
    "autosave": "while typing",
    "replaced": "before another text",
    "joined": "before two were joined",
    "sent": "sent",
    "discarded": "put away",
    "undone": "taken back",
    "edited": "taken back to edit",
    "rejected": "refused by the helpdesk",
    "dropped": "dropped",
}
"""Why a version was kept, in a person's words."""


class ReviewingFlow(Flow):
    """Preview and earlier versions."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"preview": self._preview, "versions": self._versions}

    def _preview(self) -> None:
        from agentconsole.tui.screens.preview import PreviewScreen

        screen = self.screen
        writing, detail = screen.composer.writing, screen.detail
        if writing is None or detail is None:
            return
        account = self.desk.account(detail.row.account)
        title, lines, body = previewed(screen.composer.text, account.kind, public=writing.public)
        if writing.public:
            who = writing.recipients
            to = f"To {', '.join(who.to) or 'nobody'}" + (f"  CC {', '.join(who.cc)}" if who.cc else "")
            lines = [f"{to}  {who.outside_words}", *lines]
        files = []
        for path in writing.attachments:
            facts = screen.composer.files.get(path)
            size = (
                f"  {attachments.size_words(facts.size)}, {facts.content_type}" if facts is not None else ""
            )
            files.append(path.rpartition("/")[2] + size)
        kind = "public" if writing.public else "internal"
        screen.app.push_screen(
            PreviewScreen(title, lines, body, files, kind=kind), lambda _: screen.writing.to_caret()
        )

    def _versions(self) -> None:
        screen = self.screen
        writing = screen.composer.writing
        ticket_id = writing.ticket_id if writing is not None else screen.tickets.target()
        if ticket_id is None:
            self.tell("There is no ticket whose texts could be looked at.")
            return
        screen.writing.save_now()
        screen.the_app.hold_keys(None)
        screen.begin(self._pick_version(ticket_id), "versions")

    async def _pick_version(self, ticket_id: int) -> None:
        screen = self.screen
        try:
            # Behind the save that has just been handed over.
            versions = await screen.backstage.write(replies.versions, ticket_id)
        except BaseException:
            screen.the_app.release_keys()
            raise
        if not versions:
            screen.the_app.release_keys()
            self.tell("There is no earlier text here: a version is kept every half minute of writing.")
            return
        now, zone = self.desk.clock.now(), self.desk.config.zone
        options: list[Option[DraftVersion]] = [
            (
                PickItem(
                    f"{when.stamp(one.saved_at, now, zone)}  {'reply' if one.public else 'note'}  "
                    f"{_first_line(one.text)}",
                    _REASONS.get(one.reason, one.reason),
                ),
                one,
            )
            for one in versions
        ]

        def search(text: str) -> Sequence[Option[DraftVersion]]:
            words = text.casefold().split()
            return [one for one in options if all(word in one[1].text.casefold() for word in words)]

        picker = Picker(
            "Earlier texts on this ticket",
            search,
            preview=_drawn_version,
            empty_text="No earlier text has these words.",
            notice="the present text is kept as a version",
        )
        screen.app.push_screen(picker, lambda chosen: self._chosen(ticket_id, chosen))

    def _chosen(self, ticket_id: int, version: DraftVersion | None) -> None:
        screen = self.screen
        if version is None:
            if screen.composer.writing is not None:
                screen.writing.to_caret()
            return
        screen.begin(self._restore(ticket_id, version), "versions")

    async def _restore(self, ticket_id: int, version: DraftVersion) -> None:
        screen = self.screen
        screen.writing.save_now()
        draft: Draft = await screen.backstage.write(replies.restore, version.id)
        composer = screen.composer
        writing = composer.writing
        if writing is not None and writing.ticket_id == ticket_id and writing.public == draft.public:
            # As an edit, so that ctrl+z takes it back.
            writing.draft_id = draft.id
            screen.writing.replace_all(draft.text)
        else:
            if writing is not None:
                screen.writing.put_away()
            screen.writing.open(screen.tickets.open(ticket_id), public=draft.public, draft=draft)
        self.tell("The earlier text is back; what stood here is among the versions.")


def previewed(text: str, kind: str, *, public: bool) -> tuple[str, list[str], Content]:
    """Draw a text as its reader will see it: a title, what is to be known, and the text.

    Args:
        text: As it stands in the composer.
        kind: The account's kind of helpdesk.
        public: A reply, not a note.
    """
    from agentconsole.text.markdown import MOST_FORMATTED, is_formatted, read_markdown
    from agentconsole.tui.screens.preview import drawn_markdown, drawn_plain

    title = "As the customer will see it" if public else "As your team will see it"
    name = TITLES.get(kind, kind)
    if not text.strip():
        return title, ["There is no text yet."], Content("")
    if kind not in MARKDOWN_KINDS:
        return title, [f"{name} sends this as plain text: nothing in it is formatted."], drawn_plain(text)
    if len(text) > MOST_FORMATTED:
        return title, ["It is too long to be formatted: it goes as plain text."], drawn_plain(text)
    if is_formatted(read_markdown(text)):
        return title, [f"{name} gets it with this formatting."], drawn_markdown(text)
    return title, ["Nothing in it is formatted: it goes as plain text."], drawn_plain(text)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.split("\n") if line.strip()), "")[:120]


def _drawn_version(version: DraftVersion) -> Content:
    word, color = ("PUBLIC REPLY", "public") if version.public else ("INTERNAL NOTE", "internal")
    head = Content.styled(f" {word} ", f"bold ${color}-text on ${color}")
    return Content("\n").join([head, Content(""), foreign.paragraphs(version.text[:20_000])])
