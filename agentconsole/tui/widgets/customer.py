"""The customer's card: who is asking, what time it is there, and what else they have asked."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from agentconsole.desk.customer import Customer, zone_named
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import moment_of
from agentconsole.domain.views import TicketDetail
from agentconsole.tui import foreign, when

_LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian",
    "nb": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_NOTE_LINES = 5
_FACT_LINES = 3
_GAP = 3
"""Cells between two facts on one line."""


class CustomerCard(Static):
    """Facts, other tickets with a cursor, and notes."""

    class Opened(Message):
        """One of the other tickets shall be opened."""

        def __init__(self, ticket_id: int) -> None:
            super().__init__()
            self.ticket_id = ticket_id

    def __init__(self) -> None:
        super().__init__("", id="customer", markup=False)
        self._detail: TicketDetail | None = None
        self._customer: Customer | None = None
        self._cursor: int | None = None
        self._whole = False
        self._now = 0
        self._lines = -1
        self._first_ticket = 0

    @property
    def chosen(self) -> int | None:
        """Local id of the highlighted other ticket."""
        tickets = self._customer.tickets if self._customer is not None else ()
        return tickets[self._cursor].ticket_id if self._cursor is not None else None

    def show(self, detail: TicketDetail | None, now: int) -> None:
        """Show who is asking; their other tickets stay only if it is the same ticket."""
        if detail is None or self._customer is None or self._customer.ticket_id != detail.row.ticket_id:
            self._customer = self._cursor = None
        if detail is None or self._detail is None or self._detail.row.ticket_id != detail.row.ticket_id:
            self._whole = False
        self._detail, self._now = detail, now
        self._draw()

    def show_more(self, customer: Customer) -> None:
        """Show what was read about the customer of the ticket that is shown."""
        if self._detail is not None and self._detail.row.ticket_id == customer.ticket_id:
            self._customer, self._cursor = customer, None
            self._draw()

    def show_whole(self, whole: bool) -> None:
        """Show notes in whole, or their beginning."""
        self._whole = whole
        self._draw()

    def repaint_times(self, now: int) -> None:
        """Write the customer's time of day anew."""
        self._now = now
        self._draw()

    def move(self, by: int) -> bool:
        """Move the cursor among the other tickets, or below the last of them; False where there is none."""
        count = len(self._customer.tickets) if self._customer is not None else 0
        if not count:
            return False
        if self._cursor is None:
            self._cursor = 0 if by > 0 else count - 1
        else:
            place = max(0, self._cursor + by)
            self._cursor = place if place < count else None
        self._draw()
        return True

    def no_cursor(self) -> None:
        """Highlight none of the other tickets."""
        if self._cursor is not None:
            self._cursor = None
            self._draw()

    def on_mount(self) -> None:
        """Say that there is nobody yet."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Open the ticket that was clicked."""
        place = event.get_content_offset_capture(self).y - self._first_ticket
        tickets = self._customer.tickets if self._customer is not None else ()
        if 0 <= place < len(tickets):
            self.post_message(self.Opened(tickets[place].ticket_id))

    def on_resize(self, event: events.Resize) -> None:
        """Cut the lines anew."""
        self._draw()

    def _draw(self) -> None:
        # Who goes through the other tickets, or reads the notes, wants to see them all.
        self.set_class(self._cursor is not None or self._whole, "-picking")
        lines = self._card(max(16, (self.content_size.width or 30)))
        # A card of the same height needs no new layout, which would paint the whole screen.
        self.update(Content("\n").join(lines), layout=len(lines) != self._lines)
        self._lines = len(lines)

    def _card(self, width: int) -> list[Content]:
        """Write the card, a line each."""
        detail = self._detail
        if detail is None:
            return [Content.styled("Open a ticket to see who asks.", "$dim")]
        person = detail.requester
        if person is None:
            return [Content.styled("The requester is not known here yet.", "$dim")]
        name = foreign.line(person.name or person.email or "unknown")
        lines = [Content.styled(line, "bold") for line in _wrapped(name, width)]
        facts: list[tuple[str, str | None]] = [
            ("", person.email),
            ("at", person.organisation),
            ("phone", person.phone),
            ("speaks", language(person.locale)),
        ]
        facts.append(("local time", local_time(person.time_zone, self._now)))
        if detail.ccs:
            facts.append(("in copy", ", ".join(one.email or one.name for one in detail.ccs)))
        if person.tags:
            facts.append(("tags", ", ".join(person.tags)))
        if self._customer is not None and self._customer.elsewhere:
            facts.append(("also at", ", ".join(self._customer.elsewhere)))
        lines += _packed([(label, value) for label, value in facts if value], width)
        lines += self._others(width, len(lines))
        for notes in (person.notes, person.organisation_notes):
            lines += _notes(notes, width, whole=self._whole)
        return lines

    def _others(self, width: int, above: int) -> list[Content]:
        """List the other tickets."""
        customer = self._customer
        self._first_ticket = above + 2
        if customer is None or not customer.total:
            said = "other tickets …" if customer is None else "no other tickets"
            return [Content(""), Content.styled(said, "$dim")]
        what = f"{customer.total:,} other ticket{'s' if customer.total > 1 else ''}"
        said = f"{what} · {customer.open:,} open" if customer.open else f"{what} · none open"
        lines = [Content(""), Content.styled(foreign.cut_clean(said, width), "$dim")]
        for place, row in enumerate(customer.tickets):
            line = _ticket_line(row, width, self._now, chosen=place == self._cursor)
            if place == self._cursor and self.app.native_ansi_color:
                # Where there are no grounds.
                line = Content.styled(line.plain, "$foreground reverse")
            lines.append(line)
        return lines


def _packed(facts: list[tuple[str, str]], width: int) -> list[Content]:
    """Write facts, as many on a line as fit."""
    lines: list[list[tuple[str, str]]] = []
    left = 0
    for label, value in facts:
        head = f"{label} " if label else ""
        shown = foreign.line(value)
        need = cell_len(head) + cell_len(shown)
        if need > width:
            first, *rest = _wrapped(head + shown, width)
            lines.append([(first[: len(head)], "$dim"), (first[len(head) :], "$foreground")])
            lines += [[(line, "$foreground")] for line in rest]
            left = 0
            continue
        if lines and need + _GAP <= left:
            lines[-1].append((" " * _GAP, ""))
            left -= _GAP
        else:
            lines.append([])
            left = width
        lines[-1] += [(head, "$dim"), (shown, "$foreground")]
        left -= need
    return [Content.assemble(*runs) for runs in lines]


def _ticket_line(row: QueueRow, width: int, now: int, *, chosen: bool) -> Content:
    age = when.age(row.updated_at, now)
    status, dim, plain = f"bold $status-{row.status}", "$dim", "$foreground"
    if chosen:
        status, dim, plain = (
            f"bold $status-{row.status} on $cursor",
            "$dim on $cursor",
            "$foreground on $cursor",
        )
    name = foreign.line(row.name)
    room = width - len(name) - len(age) - 4
    return Content.assemble(
        (f"{row.status[0].upper()} ", status),
        (f"{name} ", dim),
        (foreign.fit(row.subject or "(no subject)", max(1, room)), plain),
        (f" {age}", dim),
    )


def _wrapped(text: str, width: int) -> list[str]:
    """Break a cleaned line into a few; whoever has a longer name still leaves room for the rest."""
    from agentconsole.tui.wrapping import wrap_text

    lines = wrap_text(text, width)
    if len(lines) > _FACT_LINES:
        lines = [*lines[: _FACT_LINES - 1], foreign.cut_clean(f"{lines[_FACT_LINES - 1]} …", width)]
    return lines


def _notes(notes: str, width: int, *, whole: bool) -> list[Content]:
    from agentconsole.tui.wrapping import wrap_text

    text = foreign.block(notes).strip()
    if not text:
        return []
    lines = wrap_text(text, width)
    if len(lines) > _NOTE_LINES and not whole:
        lines = [*lines[: _NOTE_LINES - 1], foreign.cut_clean(f"{lines[_NOTE_LINES - 1]} …", width)]
    return [Content(""), *(Content.styled(line, "italic $dim") for line in lines)]


def language(locale: str | None) -> str:
    """Name the language of a locale such as `de-at`, in English; the locale itself where it is not known."""
    code = (locale or "").lower().replace("_", "-").partition("-")[0]
    return _LANGUAGES.get(code, locale or "")


def local_time(zone_name: str | None, now: int) -> str:
    """Tell what time it is where somebody is: `Tue 16:04 (Berlin)`; the name alone where it is no zone."""
    zone = zone_named(zone_name)
    if zone is None:
        return zone_name or ""
    here = moment_of(now, zone)
    city = (zone_name or "").rpartition("/")[2].replace("_", " ")
    return f"{when.WEEKDAYS[here.weekday()]} {here:%H:%M} ({city})"
