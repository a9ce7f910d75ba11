"""Tickets as JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from agentconsole.demo.clock import iso
from agentconsole.demo.statuses import STATUS_OF_CATEGORY
from agentconsole.demo.tags import listed

BRAND_ID = 8001


class TicketPresenter:
    """Makes the JSON of tickets for one request."""

    def __init__(self, connection: sqlite3.Connection, api: str) -> None:
        self._api = api
        self._field_ids = [
            (int(row[0]), str(row[0]))
            for row in connection.execute("SELECT id FROM ticket_fields ORDER BY position").fetchall()
        ]

    def one(self, row: sqlite3.Row) -> dict[str, Any]:
        """One ticket; a softly deleted one has the status `deleted`, as in the exports."""
        stored = row["custom_fields"]
        values: dict[str, Any] = json.loads(stored) if stored != "{}" else {}
        fields = [{"id": number, "value": values.get(key)} for number, key in self._field_ids]
        ccs = json.loads(row["email_cc_ids"])
        followers = json.loads(row["follower_ids"])
        score = row["satisfaction"]
        source = row["followup_source_id"]
        return {
            "url": f"{self._api}/tickets/{row['id']}.json",
            "id": row["id"],
            "external_id": row["external_id"],
            "via": {
                "channel": row["channel"],
                "source": {
                    "from": {"ticket_id": source} if source else {},
                    "to": {},
                    "rel": "follow_up" if source else None,
                },
            },
            "created_at": iso(row["created_at"]),
            "updated_at": iso(row["updated_at"]),
            "generated_timestamp": row["generated_at"],
            "type": row["type"],
            "subject": row["subject"],
            "raw_subject": row["subject"],
            "description": row["description"],
            "priority": row["priority"],
            "status": "deleted" if row["deleted_at"] is not None else row["status"],
            "recipient": None,
            "requester_id": row["requester_id"],
            "submitter_id": row["submitter_id"],
            "assignee_id": row["assignee_id"],
            "organization_id": row["organization_id"],
            "group_id": row["group_id"],
            "collaborator_ids": [*ccs, *(person for person in followers if person not in ccs)],
            "follower_ids": followers,
            "email_cc_ids": ccs,
            "forum_topic_id": None,
            "problem_id": row["problem_id"],
            "has_incidents": False,
            "is_public": bool(row["is_public"]),
            "due_at": iso(row["due_at"]),
            "tags": listed(row["tags"]),
            "custom_fields": fields,
            "satisfaction_rating": {"score": score} if score else None,
            "sharing_agreement_ids": [],
            "custom_status_id": row["custom_status_id"] or STATUS_OF_CATEGORY.get(row["status"]),
            "fields": fields,
            "followup_ids": [],
            "ticket_form_id": row["form_id"],
            "brand_id": BRAND_ID,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
        }

    def many(self, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
        """Several tickets."""
        return [self.one(row) for row in rows]
