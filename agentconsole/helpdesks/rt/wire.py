"""RT's JSON to tickets and people. Pure; what does not parse is quarantined by the caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import FieldValue, Priority, RemoteTicket, SlaClock, Status
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.parsing import LONGEST_ID, parse_all, whole
from agentconsole.helpdesks.rt.options import DELETED, Known

NOBODY: Final = "Nobody"
DUE: Final = "due"
"""Name of the ticket's due date, a field and an SLA clock."""
LINKS: Final = "links"
"""Name of the field that holds a ticket's links, each `depends-on:41`."""
LINK_KEYS: Final = {
    "depends-on": "DependsOn",
    "depended-on-by": "DependedOnBy",
    "parent": "MemberOf",
    "child": "Members",
    "refers-to": "RefersTo",
    "referred-to-by": "ReferredToBy",
}
"""RT's words for a link's kind, when it is read and when it is written."""
MOST_NORMAL: Final[tuple[tuple[int, Priority], ...]] = ((29, "low"), (59, "normal"), (84, "high"))
"""RT's priorities are numbers, mostly from 0 to 100; up to these they are so called, above `urgent`."""
PRIORITY_KEYS: Final[dict[Priority, str]] = {"low": "10", "normal": "50", "high": "75", "urgent": "100"}

Json = Mapping[str, Any]


def ticket(row: Json, known: Known) -> RemoteTicket:
    """Read a ticket, from a search with TICKET_FIELDS or by itself.

    Its version is `LastUpdated`, which searches carry too; the ETag (the newest transaction) they don't.

    Raises:
        ValueError: A needed value is missing or of another kind; KeyError and TypeError likewise.
    """
    word = _text(row["Status"])
    deleted = word == DELETED
    status: Status = "closed" if deleted else known.statuses.get(word, "open")
    number = int(row.get("Priority") or 0)
    spelled = _text(row["LastUpdated"])
    updated_at = parse_instant(spelled)
    requesters = references(row.get("Requestor"))
    creator = reference(row.get("Creator"))
    owner = reference(row.get("Owner"))
    due = instant(row.get("Due"))
    fields: dict[str, FieldValue] = {
        "subject": whole(row["Subject"]) if isinstance(row.get("Subject"), str) else "",
        "status": word,
        "priority": str(number),
        "assignee": None if owner == NOBODY else owner,
        "group": reference(row.get("Queue")),
        "tags": (),
        DUE: row["Due"] if due is not None else None,
        LINKS: links(row),
    }
    for custom in row.get("CustomFields") or ():
        _put_custom(fields, custom, known)
    return RemoteTicket(
        remote_id=number_of(row["id"]),
        fields=fields,
        status=status,
        priority=priority(number),
        channel="email" if creator in requesters else "web",
        requester=requesters[0] if requesters else creator,
        organisation=None,
        created_at=parse_instant(_text(row["Created"])),
        updated_at=updated_at,
        version=spelled,
        stamp=updated_at,
        ccs=(*requesters[1:], *references(row.get("Cc"))),
        slas=(SlaClock(DUE, "active", due),) if due is not None else (),
        slas_known=True,
        deleted=deleted,
    )


def links(row: Json) -> tuple[str, ...]:
    """Read a ticket's links to other tickets, sorted; those to elsewhere are left out."""
    found = row.get("_hyperlinks")
    return tuple(
        sorted(
            {
                f"{each['ref']}:{each['id']}"
                for each in (found if isinstance(found, list) else ())
                if isinstance(each, dict)
                and str(each.get("ref")) in LINK_KEYS
                and each.get("type") == "ticket"
                and id_of(each) is not None
            }
        )
    )


def priority(number: int) -> Priority | None:
    """Name a priority; 0 is what tickets have that nobody gave any."""
    if number <= 0:
        return None
    return next((word for most, word in MOST_NORMAL if number <= most), "urgent")


def _put_custom(fields: dict[str, FieldValue], row: Json, known: Known) -> None:
    field_id = number_of(row["id"])
    # A `null` sent to RT is stored as a value.
    values = tuple(_value(each) for each in row.get("values") or () if each is not None and each != "")
    if field_id == known.tags:
        fields["tags"] = tuple(sorted(set(values)))
        return
    definition = known.fields.get(field_id)
    if definition.many if definition is not None else len(values) > 1:
        fields[f"custom:{field_id}"] = tuple(sorted(values))
    else:
        fields[f"custom:{field_id}"] = values[0] if values else None


def _value(value: Any) -> str:
    """A custom field's value; of a file its name."""
    if isinstance(value, dict):
        value = value.get("filename") or ""
    return whole(str(value))


def people_of(row: Json, known: Known) -> list[RemotePerson]:
    """Read the people whom a ticket's row names; its owner is an agent."""
    owner = row.get("Owner")
    if reference(owner) not in (None, NOBODY):
        known.agents.add(str(reference(owner)))
    named = [owner, *_listed(row.get("Requestor")), *_listed(row.get("Cc"))]
    return _people(named, known)


def people_in(rows: Iterable[Any], known: Known) -> list[RemotePerson]:
    """Read the people named as `Creator` of rows, each once."""
    found = {
        str(reference(row["Creator"])): row["Creator"]
        for row in rows
        if isinstance(row, dict) and _is_named(row.get("Creator"))
    }
    return _people(found.values(), known)


def _people(rows: Iterable[Any], known: Known) -> list[RemotePerson]:
    """Read those who are named; one who cannot be read takes nothing else along."""
    return parse_all("person", [row for row in rows if _is_named(row)], lambda row: person(row, known))[0]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_named(row: Any) -> bool:
    """Whether a reference was expanded to a person, and not to a group or to nobody."""
    return isinstance(row, dict) and row.get("type") == "user" and "Name" in row and row["Name"] != NOBODY


def person(row: Json, known: Known) -> RemotePerson:
    """Read a user; what names them everywhere in RT's answers is the login name."""
    name = _text(row.get("Name") or row["id"])
    email, real, zone = row.get("EmailAddress"), row.get("RealName"), row.get("Timezone")
    return RemotePerson(
        remote_id=name,
        name=whole(real) if isinstance(real, str) and real else name,
        email=whole(email) if isinstance(email, str) and email else name if "@" in name else None,
        role="agent" if name in known.agents else "customer",
        organisation=None,
        time_zone=whole(zone) if isinstance(zone, str) and zone else None,
        signature=whole(row["Signature"]) if isinstance(row.get("Signature"), str) else "",
    )


def reference(value: Any) -> str | None:
    """Read what another record is named: a user by login name, all else by number."""
    if isinstance(value, dict):
        value = value.get("id")
    named = isinstance(value, str | int) and not isinstance(value, bool) and str(value)
    return whole(str(value)) if named else None


def references(value: Any) -> tuple[str, ...]:
    """Read a list of people; groups in it are left out."""
    rows = value if isinstance(value, list) else ()
    found = (reference(row) for row in rows if isinstance(row, dict) and row.get("type") == "user")
    return tuple(dict.fromkeys(each for each in found if each is not None))


def instant(value: Any) -> int | None:
    """Read a time; RT spells an unset one as the beginning of 1970."""
    if not isinstance(value, str) or not value:
        return None
    return parse_instant(value) or None


def number_of(value: Any) -> str:
    """Read the number of a record.

    Raises:
        ValueError: It is none.
    """
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:80]!r} stands where a number belongs")
    if len(text) > LONGEST_ID:
        raise ValueError(f"a number of {len(text)} digits is none")
    return text


def id_of(row: Any) -> int | None:
    """Read the number of a listing's row; None where it has none."""
    try:
        return int(number_of(row["id"])) if isinstance(row, dict) else None
    except (KeyError, ValueError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:80]!r} stands where a text belongs")
    return whole(value)
