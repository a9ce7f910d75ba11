"""RT's custom fields, saved searches and articles to the domain's records. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from agentconsole.domain.fields import FieldOption, RemoteArticle, RemoteView, TicketField
from agentconsole.domain.people import RemoteGroup
from agentconsole.domain.tickets import PRIORITIES, Status
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.parsing import whole
from agentconsole.helpdesks.rt.options import CustomField, Known
from agentconsole.helpdesks.rt.wire import DUE, LINKS, PRIORITY_KEYS, number_of, reference

Json = Mapping[str, Any]

_KINDS: Final = {"Select": "choice", "Combobox": "text", "Text": "textarea", "Wikitext": "textarea"}
_CHOSEN: Final = frozenset({"Select"})
_FILES: Final = frozenset({"Image", "Binary"})
_BODIES: Final = frozenset({"Text", "Wikitext", "HTML"})

_AND = re.compile(r"\s+AND\s+", re.I)
_TERM = re.compile(r"^\(?\s*([\w.{} ]+?)\s*(!=|=)\s*(?:'([^']*)'|(\w+))\s*\)?$")


def custom_field(row: Json) -> CustomField:
    """Read a custom field as `/customfields` lists it; its choices come from elsewhere."""
    return CustomField(
        remote_id=number_of(row["id"]),
        name=whole(str(row["Name"])),
        kind=str(row.get("Type") or "Freeform"),
        many=str(row.get("MaxValues") or "0") != "1",
        position=int(row.get("SortOrder") or 0),
    )


def choices(row: Json) -> tuple[str, ...]:
    """Read what can be chosen, from `/customfield/N`."""
    values = row.get("Values")
    return tuple(
        whole(each if isinstance(each, str) else str(each.get("name")))
        for each in (values if isinstance(values, list) else ())
        if isinstance(each, str) or (isinstance(each, dict) and each.get("name"))
    )


def ticket_fields(known: Known) -> tuple[TicketField, ...]:
    """Make the ticket's fields: those of every RT, then the custom ones but that for tags."""
    statuses = tuple(FieldOption(word, word, status) for word, status in _sorted_statuses(known.statuses))
    priorities = tuple(
        FieldOption(PRIORITY_KEYS[word], f"{word.capitalize()} ({PRIORITY_KEYS[word]})", word)
        for word in PRIORITIES
    )
    fields = [
        TicketField("subject", "Subject", "text"),
        TicketField("status", "Status", "choice", statuses),
        TicketField("priority", "Priority", "choice", (FieldOption("0", "None (0)"), *priorities)),
        TicketField("group", "Queue", "choice"),
        TicketField("assignee", "Owner", "choice"),
        TicketField(DUE, "Due", "date"),
        TicketField(LINKS, "Links", "links"),
    ]
    for one in sorted(known.fields.values(), key=lambda each: (each.position, int(each.remote_id))):
        if one.remote_id != known.tags and one.kind not in _FILES:
            fields.append(_custom(one))
    numbered = [
        TicketField(each.name, each.label, each.kind, each.options, position=place)
        for place, each in enumerate(fields)
    ]
    return tuple(numbered)


def _custom(one: CustomField) -> TicketField:
    kind = "date" if one.kind == "Date" else _KINDS.get(one.kind, "text")
    if one.many:
        kind = "multichoice"
    options = tuple(FieldOption(value, value) for value in one.values) if one.kind in _CHOSEN else ()
    return TicketField(f"custom:{one.remote_id}", one.name, kind, options)


def _sorted_statuses(statuses: Mapping[str, Status]) -> list[tuple[str, Status]]:
    order: tuple[Status, ...] = ("new", "open", "pending", "hold", "solved", "closed")
    return sorted(statuses.items(), key=lambda item: order.index(item[1]))


def queue(row: Json) -> RemoteGroup:
    """Read a queue; who may own its tickets RT does not tell."""
    return RemoteGroup(number_of(row["id"]), whole(str(row["Name"])), deleted=str(row.get("Disabled")) == "1")


def view(row: Json, content: Json, position: int, known: Known, queues: Mapping[str, str]) -> RemoteView:
    """Read a saved search; its query is None where a condition has no word in the console's language.

    Args:
        row: As `/searches` lists it.
        content: Its `Content`.
        position: Its place.
        known: What is known of the account.
        queues: Queue name to number.
    """
    title = whole(str(row.get("Description") or row.get("Name") or row["id"]))
    # RT's own ones are phrases with a place for a number.
    title = title.replace("[_1]", "").strip() or whole(str(row.get("Name")))
    query = _query(whole(str(content.get("Query") or "")), known, queues)
    return RemoteView(number_of(row["id"]), title[:1].upper() + title[1:], query, position)


def _query(sql: str, known: Known, queues: Mapping[str, str]) -> str | None:
    words: list[str] = []
    for term in _AND.split(sql.strip()):
        word = _condition(term, known, queues)
        if word is None:
            return None
        words.append(word)
    return " ".join(words)


def _condition(term: str, known: Known, queues: Mapping[str, str]) -> str | None:
    found = _TERM.match(term)
    if found is None:
        return None
    name, operator, value = found[1], found[2], found[3] if found[3] is not None else found[4]
    sign = "-" if operator == "!=" else ""
    if name == "Status":
        if value in ("__Active__", "__Inactive__"):
            return "status<solved" if (value == "__Active__") != bool(sign) else "status>=solved"
        status = known.statuses.get(value)
        same = [word for word, meant in known.statuses.items() if meant == status]
        return f"{sign}status:{status}" if status is not None and same == [value] else None
    if name == "Owner":
        who = {"__CurrentUser__": "me", "Nobody": "none"}.get(value, value)
        return f"{sign}assignee:{who}" if who.isalnum() else None
    if name == "Queue":
        number = value if value.isascii() and value.isdigit() else queues.get(value)
        return f"{sign}group:{number}" if number is not None else None
    tags = known.fields.get(known.tags or "")
    if tags is not None and name == f"CF.{{{tags.name}}}" and value and not set(value) & set(" \"'"):
        return f"{sign}tags:{value}"
    return None


def article(row: Json, kinds: Mapping[str, CustomField], web: str) -> RemoteArticle:
    """Read an article; its text is in custom fields, and those with many short values are its labels.

    Args:
        row: As `/articles` lists it.
        kinds: The articles' custom fields by id.
        web: Where RT's pages lie.
    """
    bodies: list[tuple[str, str]] = []
    labels: list[str] = []
    for custom in sorted(row.get("CustomFields") or (), key=lambda each: int(each["id"])):
        one = kinds.get(str(custom["id"]))
        values = [whole(str(each)) for each in custom.get("values") or () if each]
        kind = one.kind if one is not None else "Freeform"
        if kind in _BODIES:
            bodies += [
                (whole(str(custom.get("name") or "")), each if kind == "HTML" else _as_html(each))
                for each in values
            ]
        elif kind not in _FILES:
            labels += values
    summary = row.get("Summary")
    if not bodies and isinstance(summary, str) and summary:
        bodies = [("", _as_html(whole(summary)))]
    section = row.get("Class")
    return RemoteArticle(
        remote_id=number_of(row["id"]),
        locale="",
        title=whole(str(row.get("Name") or "")),
        html=bodies[0][1] if len(bodies) == 1 else "".join(_titled(name, text) for name, text in bodies),
        url=f"{web}/Articles/Article/Display.html?id={row['id']}",
        section=whole(str(section.get("Name") or "")) if isinstance(section, dict) else "",
        labels=tuple(labels),
        draft=False,
        updated_at=parse_instant(str(row["LastUpdated"])),
    )


def is_in(row: Any, classes: Iterable[str]) -> bool:
    """Whether an article is of one of these classes, named or numbered; of any where none is named."""
    wanted = {each.casefold() for each in classes}
    section = row.get("Class") if isinstance(row, dict) else None
    if not wanted or not isinstance(section, dict):
        return True
    return str(section.get("Name")).casefold() in wanted or str(reference(section)) in wanted


def _titled(name: str, text: str) -> str:
    return f"<h3>{html.escape(name)}</h3>{text}" if name else text


def _as_html(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\n"))
    return "".join(f"<p>{html.escape(each).replace(chr(10), '<br>')}</p>" for each in paragraphs)
