"""Writing replies and notes: opening, saving, leaving, switching who reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from textual import events

from agentconsole.desk import replies
from agentconsole.desk.context import Desk
from agentconsole.domain.draft_fields import COPIES, changes_kept, kept_changes
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import Draft, TicketDetail
from agentconsole.tui import foreign
from agentconsole.tui.actions import Place
from agentconsole.tui.flows.editing import edit_in_editor, tell_of_left_behind
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.flows.triggers import watch_trigger
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.widgets.composer import Writing


class WritingFlow(Flow):
    """The composer."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "reply": partial(self._write, True),
            "note": partial(self._write, False),
            "switch_mode": self._switch_mode,
            "editor": self._editor,
        }

    def begin(self) -> None:
        """Say what was written in an editor that the last console did not come back from."""
        tell_of_left_behind(self)

    def open(self, detail: TicketDetail, *, public: bool, draft: Draft | None = None) -> None:
        """Show the composer with its draft and put the caret into it, before the next key is looked at."""
        screen = self.screen
        if draft is None:
            draft = replies.draft(self.desk, detail.row.ticket_id, public)
        writing = Writing(
            ticket_id=detail.row.ticket_id,
            ticket_name=detail.row.name,
            public=public,
            last_seen_message=draft.last_seen_message if draft is not None else detail.last_message,
            recipients=self.recipients(detail, public, copies_of(draft)),
            cc=copies_of(draft),
            draft_id=draft.id if draft is not None else None,
            macro=draft.macro if draft is not None else None,
            changes=changes_kept(draft.changes) if draft is not None else (),
            attachments=draft.attachments if draft is not None else (),
            field_defs=detail.field_defs,
        )
        screen.composer.other_draft = self._other_draft(detail.row.ticket_id, public)
        screen.composer.open(writing, draft.text if draft is not None else "")
        if writing.attachments:
            screen.addressing.look_at_files()
        screen.lists.say("")
        self.to_caret()

    def to_caret(self) -> None:
        """Put the focus into the text."""
        screen = self.screen
        screen.pane = "ticket"
        screen.relayout()
        screen.set_focus(screen.composer.area, scroll_visible=False)
        screen.show_hints()

    def go_to(self, place: int) -> None:
        """Put the caret at a place of the text, counted in characters."""
        self.to_caret()
        self.screen.composer.area.go_to(place)

    def leave(self) -> None:
        """Leave the composer; the text is kept as a draft."""
        writing = self.screen.composer.writing
        kept = bool(self.screen.composer.text.strip())
        self.put_away()
        self.screen.focus_pane("ticket")
        if writing is not None and (kept or writing.attachments):
            word = "reply" if writing.public else "note"
            said = f"Draft kept: {{{word}}} goes on with the {word}."
            self.screen.lists.say(self.screen.keymap_used.told(said), of_ticket=True)

    def put_away(self) -> None:
        """Save and close the composer, leaving the focus where it is."""
        self.save_now()
        self.screen.composer.close()

    def offer_draft(self, ticket_id: int) -> None:
        """Say that there is a text to go on with."""
        found = []
        for public, word in ((True, "reply"), (False, "note")):
            draft = replies.draft(self.desk, ticket_id, public)
            if draft is not None and (draft.text.strip() or draft.attachments):
                found.append(word)
        if not found:
            self.screen.lists.say("")
            return
        keys = " or ".join(f"{{{word}}}" for word in found)
        goes = "goes" if len(found) == 1 else "go"
        said = f"There is a draft of a {' and of a '.join(found)}: {keys} {goes} on writing."
        self.screen.lists.say(self.screen.keymap_used.told(said), of_ticket=True)

    def save_now(self, *, anyway: bool = False) -> None:
        """Hand what was typed to the writing thread; costs the screen nothing.

        Args:
            anyway: Though no letter has changed: something that goes with the text has.
        """
        composer = self.screen.composer
        writing = composer.writing
        if writing is None or not (anyway or composer.unsaved):
            return
        text = composer.text
        composer.save_begun(text)
        # Handed over here and now: the console may be on its way out.
        saved = self.screen.backstage.write(save_writing, writing, text, self.values(writing))
        self.screen.begin(self._tell_saved(writing, saved), "draft")

    async def _tell_saved(self, writing: Writing, saved: asyncio.Future[int | None]) -> None:
        composer = self.screen.composer
        try:
            await saved
        except ConsoleError as error:
            if composer.writing is writing:
                composer.saved("NOT SAVED")
            self.tell(f"The draft could not be saved: {error.sentence}", severity="error")
            return
        if composer.writing is writing:
            composer.saved("saved" if not composer.unsaved else "")

    def recipients_changed(self, detail: TicketDetail) -> None:
        """Show who will read it, as the ticket's people may have changed."""
        composer = self.screen.composer
        writing = composer.writing
        if writing is not None and writing.ticket_id == detail.row.ticket_id:
            who = self.recipients(detail, writing.public, writing.cc)
            if who != writing.recipients:
                if writing.public:
                    self.tell("Who gets this reply has changed: look at To and CC.", severity="warning")
                writing.recipients = who
                composer.show_header()

    def insert(self, text: str, *, replacing: str = "", paragraph: bool = False) -> None:
        """Put a text at the caret and go on writing there.

        Args:
            text: What to put in.
            replacing: What the agent typed to ask for it, and which goes away.
            paragraph: Begin a paragraph of its own, where the caret stands behind other words.
        """
        self.screen.composer.area.put(text, replacing=replacing, paragraph=paragraph)
        self.to_caret()
        self.screen.composer.show_header()

    def watch_trigger(self, place: Place, event: events.Key) -> bool:
        """Look for `::` and `??` at the beginning of a word; the keys after it wait for what it opens."""
        return place == "composer" and watch_trigger(self, self.screen.composer.area, event, self._triggered)

    def _triggered(self, action: str, typed: str) -> None:
        screen = self.screen
        screen.lookup.trigger = typed
        screen.perform(action)
        if action == "insert_knowledge":
            screen.the_app.release_keys()

    def _write(self, public: bool) -> None:
        screen = self.screen
        ticket_id = screen.tickets.target()
        if ticket_id is None:
            self.tell("There is no ticket to write on.")
            return
        composer = screen.composer
        if composer.writing is not None:
            same = composer.writing.ticket_id == ticket_id and composer.writing.public == public
            if same:
                self.to_caret()
                return
            self.put_away()
        detail = screen.detail
        if detail is None or detail.row.ticket_id != ticket_id:
            detail = screen.tickets.open(ticket_id)
        self.open(detail, public=public)

    def _switch_mode(self) -> None:
        screen = self.screen
        composer, detail = screen.composer, screen.detail
        writing = composer.writing
        if writing is None or detail is None:
            return
        other = replies.draft(self.desk, writing.ticket_id, not writing.public)
        has_other = other is not None and bool(other.text.strip() or other.attachments)
        if not composer.text.strip() and not writing.attachments:
            # Nothing changes its readers: each mode keeps its own text.
            self._go_to_other(other)
            return
        meant = "reply" if not writing.public else "note"
        who = self.recipients(detail, True, writing.cc)
        names = ", ".join((*who.to, *who.cc)) or "nobody"
        if writing.public:
            title = "Make this an internal note?"
            lines = [f"Nobody outside the team will get it; {names} would have."]
            answers = [("accept", "yes, only the team reads it")]
        else:
            title = "Make this a public reply?"
            lines = [f"It will go to {names}.", f"{who.outside_words}."]
            answers = [("accept", "yes, the customer reads it")]
        if other is not None and has_other:
            title = f"There is a {meant} already"
            lines = [f"It begins: {foreign.cut(other.text, 50)}", "", *lines]
            answers = [
                ("accept", f"go to the {meant}; this text stays where it is"),
                ("join_texts", f"make this text part of the {meant}, above what it has"),
            ]
        kind = "internal" if writing.public else "public"
        screen.app.push_screen(
            Choice(title, tuple(lines), tuple(answers), kind=kind),
            lambda answer: self._switch_answered(answer, other if has_other else None),
        )

    def _go_to_other(self, other: Draft | None) -> None:
        writing, detail = self.screen.composer.writing, self.screen.detail
        if writing is not None and detail is not None:
            self.put_away()
            self.open(detail, public=not writing.public, draft=other)

    def _switch_answered(self, answer: str | None, other: Draft | None) -> None:
        screen = self.screen
        composer, detail = screen.composer, screen.detail
        writing = composer.writing
        if answer is None or writing is None or detail is None:
            return
        if other is not None and answer == "accept":
            self._go_to_other(other)
            return
        text = composer.text
        turned = replace(
            writing,
            public=not writing.public,
            recipients=self.recipients(detail, not writing.public, writing.cc),
            draft_id=None,
        )
        if other is not None:
            turned = replace(
                turned,
                changes=(*changes_kept(other.changes), *writing.changes),
                attachments=tuple(dict.fromkeys((*other.attachments, *writing.attachments))),
                macro=writing.macro or other.macro,
            )
        composer.writing = turned
        composer.other_draft = ""
        if other is not None:
            caret = composer.area.cursor_location
            text = f"{text.rstrip()}\n\n{other.text}"
            composer.area.replace(text, (0, 0), composer.area.document.end, maintain_selection_offset=False)
            composer.area.move_cursor(caret)
        composer.save_begun(composer.text)
        composer.show_header()
        screen.begin(self._turn(writing, turned, composer.text), "draft")

    async def _turn(self, before: Writing, turned: Writing, text: str) -> None:
        """Save the text in its new mode first, and only then put the old draft away."""
        await self.screen.backstage.write(save_writing, turned, text, self.values(turned))
        await self.screen.backstage.write(_discard, before)

    def _editor(self) -> None:
        screen = self.screen
        composer = screen.composer
        if composer.writing is None:
            return
        self.save_now()
        edit_in_editor(self, composer.area, self._back_from_editor)

    def _back_from_editor(self) -> None:
        self.save_now()
        self.to_caret()

    def replace_all(self, text: str) -> None:
        """Put another text in place of the whole, as one edit that ctrl+z takes back; it is saved at once."""
        self.screen.composer.area.replace_all(text)
        self.save_now()
        self.to_caret()

    def recipients(
        self, detail: TicketDetail, public: bool, cc: Sequence[str] | None = None
    ) -> replies.Recipients:
        """Tell who gets a reply with these in copy; None: those of the ticket."""
        return replies.recipients(detail, public, replies.own_domains(self.desk, detail.row.account), cc)

    def _other_draft(self, ticket_id: int, public: bool) -> str:
        other = replies.draft(self.desk, ticket_id, not public)
        if other is None or not (other.text.strip() or other.attachments):
            return ""
        key = self.screen.keymap_used.shown("switch_mode", "composer")
        return f"draft of a {'note' if public else 'reply'}" + (f" ({key})" if key else "")

    def values(self, writing: Writing) -> tuple[tuple[str, FieldValue], ...]:
        """The fields that go out with a text, as its draft keeps them."""
        kept = kept_changes(writing.changes)
        return kept if writing.cc is None else (*kept, (COPIES, writing.cc))


def save_writing(
    desk: Desk, writing: Writing, text: str, values: Sequence[tuple[str, FieldValue]]
) -> int | None:
    """Save a text, or put its draft away when nothing is left of it; in the writing thread only."""
    if not text.strip() and not writing.attachments:
        _discard(desk, writing)
        return None
    writing.draft_id = replies.save_draft(
        desk,
        writing.ticket_id,
        text=text,
        public=writing.public,
        last_seen_message=writing.last_seen_message,
        macro=writing.macro,
        changes=values,
        attachments=writing.attachments,
    )
    return writing.draft_id


def _discard(desk: Desk, writing: Writing) -> None:
    if writing.draft_id is not None:
        replies.discard_draft(desk, writing.draft_id)
        writing.draft_id = None


def copies_of(draft: Draft | None) -> tuple[str, ...] | None:
    """Whom the agent has put in copy of what a draft will be; None: those of the ticket."""
    told = dict(draft.changes).get(COPIES) if draft is not None else None
    return told if isinstance(told, tuple) else None
