"""People, organisations and groups as JSON."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from agentconsole.demo.clock import iso
from agentconsole.demo.tags import listed

LOCALE_IDS = {"en-US": 1, "zh-CN": 10, "es": 2, "de": 8, "fr": 16, "ja": 67, "pt-BR": 19}


def user(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A person."""
    agent = row["role"] != "end-user"
    return {
        "id": row["id"],
        "url": f"{api}/users/{row['id']}.json",
        "name": row["name"],
        "email": row["email"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "time_zone": row["iana_time_zone"],
        "iana_time_zone": row["iana_time_zone"],
        "phone": row["phone"],
        "shared_phone_number": None,
        "photo": None,
        "locale_id": LOCALE_IDS.get(row["locale"], 1),
        "locale": row["locale"],
        "organization_id": row["organization_id"],
        "role": row["role"],
        "verified": True,
        "external_id": row["external_id"],
        "tags": listed(row["tags"]),
        "alias": "",
        "active": bool(row["active"]),
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": False,
        "signature": row["signature"],
        "details": row["details"],
        "notes": row["notes"],
        "role_type": {"admin": 4, "agent": 0}.get(row["role"]),
        "custom_role_id": None,
        "moderator": agent,
        "ticket_restriction": None if agent else "requested",
        "only_private_comments": False,
        "restricted_agent": not agent,
        "suspended": bool(row["suspended"]),
        "default_group_id": row["default_group_id"],
        "report_csv": row["role"] == "admin",
        "user_fields": {},
    }


def anonymous() -> dict[str, Any]:
    """What `/users/me` says when nobody is signed in: 200, with no id."""
    return {
        "id": None,
        "url": None,
        "name": "Anonymous user",
        "email": "invalid@example.com",
        "role": "end-user",
        "active": True,
        "verified": False,
        "locale": "en-US",
    }


def organization(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """An organisation."""
    return {
        "id": row["id"],
        "url": f"{api}/organizations/{row['id']}.json",
        "name": row["name"],
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": row["external_id"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "domain_names": json.loads(row["domain_names"]),
        "details": "",
        "notes": row["notes"],
        "group_id": None,
        "tags": [],
        "organization_fields": {},
    }


def group(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A group of agents."""
    return {
        "id": row["id"],
        "url": f"{api}/groups/{row['id']}.json",
        "name": row["name"],
        "description": row["description"],
        "default": False,
        "deleted": False,
        "is_public": True,
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }


def membership(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """An agent's place in a group."""
    return {
        "id": row["id"],
        "url": f"{api}/group_memberships/{row['id']}.json",
        "user_id": row["user_id"],
        "group_id": row["group_id"],
        "default": bool(row["is_default"]),
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
    }
