"""A profile in which every text is hostile, read by the adapter as a server would have sent it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from agentconsole.config import Paths
from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.people import Identity
from agentconsole.domain.tickets import QuarantinedRecord, TicketPage
from agentconsole.helpdesks.base import Capabilities, ListPage, Thread
from agentconsole.helpdesks.zendesk import audit_wire, setup_wire, wire
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.support.hostile import ALL, HUGE, SAMPLES
from tests.tui import profile

WHEN = "2026-11-22T10:00:00Z"
WORD = "card"
"""Finds every article."""


def sent(row: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it arrives: through JSON, in which half a surrogate pair can be spelled."""
    arrived: dict[str, Any] = json.loads(json.dumps(row))
    return arrived


def fill(paths: Paths) -> None:
    """A ticket, a person, a tag, a macro, an article, a field and more for each sample."""
    _fill(paths, SAMPLES)


def fill_huge(paths: Paths) -> None:
    """The same for texts that are too large for any line."""
    _fill(paths, HUGE)


def _fill(paths: Paths, samples: Mapping[str, str]) -> None:
    texts = list(samples.values())
    account = profile.account_id(paths)
    _own_files(paths, texts)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, account, sleep=lambda _: None)
        _put_setup(ingest, texts)
        _put_tickets(ingest, texts)
        bad = QuarantinedRecord("ticket", ALL[:200], ALL, ALL)
        ingest.put_people(ListPage((), "", more=False, quarantined=(bad,)), at=profile.NOW)
        ingest.set_account_state("paused", f"refused: {texts[0][:5000]} {ALL}", last_sync_at=profile.NOW - 9)
    profile.index_articles(paths)


def _own_files(paths: Paths, texts: list[str]) -> None:
    """Files of the agent's own, as others may have given them to her."""
    paths.macros_dir.mkdir(exist_ok=True)
    paths.themes_dir.mkdir(exist_ok=True)
    bad = "x\x1b]52;c;cHduZWQ=\x07[@click=app.quit]\u202e"
    (paths.macros_dir / f"{bad}.md").write_text(
        f"---\nname: {json.dumps(ALL[:900])}\n---\n{{{{ x }}\n", "utf-8"
    )
    (paths.macros_dir / f"{bad}2.md").write_text("no head\n", "utf-8")
    (paths.themes_dir / f"{bad}.toml").write_text('[colors]\nprimary = "#ff0000"\n', "utf-8")
    (paths.themes_dir / f"{bad}2.toml").write_text(f"[colors]\nprimary = {json.dumps(bad)}\n", "utf-8")
    with paths.config_file.open("a", encoding="utf-8") as file:
        file.write(f'\n[views.{json.dumps(bad)}]\nquery = "status<solved"\n')
        file.write(f"\n[views.{json.dumps('wrong ' + bad)}]\nquery = {json.dumps('x:' + bad)}\n")
        # The bell of a deadline would look like one that a text has rung.
        file.write('\n[notifications]\ndue = "show"\nfailed = "show"\n')
        file.write(f'\n[keys]\n{json.dumps(bad)} = "x"\nsync = {json.dumps(bad)}\n')


def _put_setup(ingest: Ingest, texts: list[str]) -> None:
    at = profile.NOW
    ingest.set_identity(Identity(profile.ME, f"Sam {texts[0][:5000]}", "sam@brightcart.example", "admin"))
    people = [wire.person(sent(_person(number, text))) for number, text in enumerate(texts, 500)]
    ingest.put_people(ListPage((*profile.PEOPLE[:2], *people), "", more=False), at=at)
    organisations = [
        wire.organisation(sent({"id": 700 + number, "name": text, "notes": text, "details": text}))
        for number, text in enumerate(texts)
    ]
    ingest.put_organisations(ListPage(tuple(organisations), "", more=False), at=at)
    groups = [
        wire.group(sent({"id": 600 + number, "name": f"Group {text}"}), {})
        for number, text in enumerate(texts)
    ]
    ingest.put_groups(ListPage(tuple(groups), "", more=False, complete=True), first=True, at=at)
    views = [
        setup_wire.view(
            sent({"id": 10 + number, "title": text, "conditions": {"all": [
                {"field": "status", "operator": "less_than", "value": "solved"}
            ]}}),
            number,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    ingest.put_views(ListPage(tuple(views), "", more=False, complete=True), first=True, at=at)
    macros = [
        setup_wire.macro(sent({
            "id": 8100 + number, "title": f"{number:02} {text}", "description": text,
            "actions": [
                {"field": "comment_value", "value": f"Dear {{{{ticket.requester.name}}}},\n{text}"},
                {"field": "current_tags", "value": text[:200]},
                {"field": "custom_fields_36", "value": text},
            ],
        }))
        for number, text in enumerate(texts)
    ]  # fmt: skip
    ingest.put_macros(ListPage(tuple(macros), "", more=False, complete=True), first=True, at=at)
    articles = [
        setup_wire.article(sent({
            "id": 7100 + number, "locale": "en-us", "title": f"card {text}",
            "body": f"<p>{text}</p><p>card</p>",
            "html_url": f"http://e/{text}", "section_id": 1, "label_names": [text[:200]], "updated_at": WHEN,
        }), {"1": text})
        for number, text in enumerate(texts)
    ]  # fmt: skip
    ingest.put_articles(ListPage(tuple(articles), "", more=False, complete=True), first=True, at=at)
    rows = [
        {
            "id": 3600 + number, "type": ("tagger", "text", "multiselect", "checkbox")[number % 4],
            "title": f"{number:02} {text}", "position": number + 10,
            "custom_field_options": [
                {"value": f"v{number}", "name": text}, {"value": "w", "name": f"w {text}"},
            ],
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip
    labels = [
        {"id": 900 + number, "status_category": "open", "agent_label": text, "active": True}
        for number, text in enumerate(texts)
    ]
    forms = [
        {
            "id": 4500 + number, "name": text, "position": number, "active": True, "default": number == 0,
            "ticket_field_ids": [row["id"] for row in rows],
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip
    fields = setup_wire.ticket_fields(
        [sent(row) for row in rows], [sent(row) for row in forms], [sent(row) for row in labels]
    )
    required = TicketField(
        "custom:99", f"needed {texts[0]}", "choice", (FieldOption("k", texts[1]),), required_to_solve=True
    )
    ingest.put_fields((*fields, required), at=at)
    able = Capabilities("atomic", marker=True, merge=True, spam=True, delete=True, create=True, cc=True)
    ingest.set_capabilities(asdict(able))


def _person(number: int, text: str) -> dict[str, Any]:
    return {
        "id": number, "name": f"{text}", "email": f"p{number}{text[:60]}@e.example", "role": "end-user",
        "organization_id": 700 + number - 500, "locale": text, "iana_time_zone": text, "time_zone": text,
        "phone": text, "details": text, "notes": f"{text}\n{text}", "signature": text, "active": True,
        "updated_at": WHEN,
    }  # fmt: skip


def _put_tickets(ingest: Ingest, texts: list[str]) -> None:
    found = []
    for number, text in enumerate(texts):
        due = {"policy_metrics": [
            {"metric": "next_reply_time", "stage": "active", "breach_at": f"2026-11-22T15:{number:02}:00Z"}
        ]} if number < 4 else {}  # fmt: skip
        row = {
            "id": 41 + number, "via": {"channel": text if number % 2 else "email"},
            "created_at": WHEN, "updated_at": WHEN, "generated_timestamp": 1_795_000_000 - number,
            "subject": text, "raw_subject": text, "priority": "high", "status": "open",
            "custom_status_id": 900 + number, "requester_id": 500 + number,
            "assignee_id": int(profile.ME), "organization_id": 700 + number, "group_id": 600 + number,
            "email_cc_ids": [500 + (number + 1) % len(texts)], "tags": [text[:300], f"t{number}"],
            "custom_fields": [{"id": 3600 + number, "value": text}], "slas": due,
        }  # fmt: skip
        found.append(wire.ticket(sent(row)))
    ingest.put_tickets(TicketPage(tuple(found), cursor="", more=False), stream="tickets", at=profile.NOW)
    for place, one in enumerate(found[:3]):
        messages = [
            wire.message(sent(_comment(place, number, text)), one.remote_id)
            for number, text in enumerate(texts)
        ]
        audits = [sent(_audit(number, text)) for number, text in enumerate(texts)] if place == 0 else []
        thread = (*messages, *audit_wire.in_order(map(audit_wire.audit, audits)))
        ingest.put_thread(Thread(one, thread, ()), at=profile.NOW)


def _audit(number: int, text: str) -> dict[str, Any]:
    changes = (
        ("subject", text, f"{text} {text}"), ("assignee_id", None, str(500 + number)),
        ("tags", [text], ["new"]), ("group_id", None, str(600 + number)),
        (str(3600 + number), text, f"new {text}"),
    )  # fmt: skip
    return {
        "id": 90_000 + number, "ticket_id": 41, "created_at": WHEN,
        "author_id": 500 + number, "via": {"channel": text},
        "events": [
            {"id": 1, "type": "Change", "field_name": name, "previous_value": before, "value": after}
            for name, before, after in changes
        ],
    }  # fmt: skip


def _comment(place: int, number: int, text: str) -> dict[str, Any]:
    html = f"<p>{text}</p><blockquote>{text}</blockquote><a href='http://e/{text[:99]}'>{text}</a><pre>{text}</pre>"
    return {
        "id": 1000 * (place + 1) + number, "author_id": 500 + number,
        "body": f"{text}\n> {text}\n-- \n{text}", "plain_body": f"{text}\n> {text}\n-- \n{text}",
        "html_body": html if place == 1 else None, "public": place != 2,
        "attachments": [{
            "id": 8, "file_name": f"{text}.pdf", "content_type": text, "size": 3,
            "content_url": f"https://x.example/{text[:99]}", "malware_scan_result": "malware_found",
        }],
        "via": {"channel": text}, "created_at": f"2026-11-21T10:{number:02}:00Z",
    }  # fmt: skip
