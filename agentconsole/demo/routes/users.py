"""People (Zendesk: users)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from agentconsole.demo import sideloads
from agentconsole.demo import tags as tag_text
from agentconsole.demo.call import Answer, Call, Endpoint, delete, get, post, put
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import bad_request, forbidden, invalid_field, not_found
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.people import create_user, find_by_email
from agentconsole.demo.present import people
from agentconsole.demo.ticket_fields import tags_from
from agentconsole.demo.values import is_number, text_or_none, whole

TEXT_COLUMNS = ("name", "phone", "notes", "details", "external_id", "locale", "signature")
SORTS = {"name": "name", "id": "id", "created_at": "created_at", "updated_at": "updated_at"}


def user_page(call: Call, where: str, *values: object) -> dict[str, Any]:
    """A page of the active people who meet `where`."""

    def shown(rows: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
        return [people.user(row, call.api) for row in rows]

    source = Source(f"FROM users WHERE active AND {where}", values, sorts=SORTS, cursor_sorts=SORTS)
    body = paged(call, "users", source, shown)
    asked = call.includes()
    if "organizations" in asked:
        ids = [user["organization_id"] for user in body["users"]]
        rows = sideloads.rows_by_id(call.connection, "organizations", ids)
        body["organizations"] = [people.organization(row, call.api) for row in rows]
    return body


def _role_condition(call: Call) -> tuple[str, list[object]]:
    asked = ",".join(call.query.get(name, "") for name in ("role", "role[]"))
    roles = [role for role in asked.split(",") if role]
    if not roles:
        return "1", []
    return f"role IN ({', '.join('?' * len(roles))})", list(roles)


def list_users(call: Call) -> Answer:
    """`GET /users`, also by `?role=`."""
    where, values = _role_condition(call)
    return Answer(user_page(call, where, *values))


def count_users(call: Call) -> Answer:
    """`GET /users/count`."""
    where, values = _role_condition(call)
    row = call.connection.execute(f"SELECT COUNT(*) FROM users WHERE active AND {where}", values).fetchone()
    return Answer({"count": {"value": row[0], "refreshed_at": iso(call.now)}})


def me(call: Call) -> Answer:
    """`GET /users/me`: answers 200 with an anonymous user when no credentials are sent."""
    if call.person is None:
        return Answer({"user": people.anonymous()})
    return show(call, call.person.id)


def show(call: Call, user_id: int) -> Answer:
    """One person.

    Raises:
        ApiError: 404.
    """
    row = call.work.user(user_id)
    if row is None:
        raise not_found()
    return Answer({"user": people.user(row, call.api)})


def show_user(call: Call) -> Answer:
    """`GET /users/{id}`."""
    return show(call, call.id())


def show_users(call: Call) -> Answer:
    """`GET /users/show_many?ids=` or `?external_ids=`."""
    if "external_ids" in call.query:
        wanted = call.query["external_ids"].split(",")[:100]
        rows = call.connection.execute(
            f"SELECT * FROM users WHERE external_id IN ({', '.join('?' * len(wanted))})",
            wanted,
        ).fetchall()
    else:
        rows = sideloads.rows_by_id(call.connection, "users", call.ids())
    users = [people.user(row, call.api) for row in rows]
    return Answer({"users": users, "next_page": None, "previous_page": None, "count": len(users)})


def search_users(call: Call) -> Answer:
    """`GET /users/search?query=` (part of a name or address) or `?external_id=`."""
    if "external_id" in call.query:
        return Answer(user_page(call, "external_id = ?", call.query["external_id"]))
    query = call.query.get("query", "").strip()
    if not query:
        return Answer(user_page(call, "1"))
    query = query.removeprefix("email:").removeprefix("name:").strip('"')
    pattern = f"%{query}%"
    if is_number(query):
        return Answer(user_page(call, "(id = ? OR phone LIKE ?)", int(query), pattern))
    return Answer(user_page(call, "(name LIKE ? OR email LIKE ?)", pattern, pattern))


def autocomplete(call: Call) -> Answer:
    """`GET /users/autocomplete?name=`: names that begin so."""
    begin = call.query.get("name", "")
    if len(begin) < 2:
        raise bad_request("InvalidValue", "name must have at least two characters")
    return Answer(user_page(call, "(name LIKE ? OR name LIKE ?)", f"{begin}%", f"% {begin}%"))


def identities(call: Call) -> Answer:
    """`GET /users/{id}/identities`: the mail address and the telephone."""
    row = call.work.user(call.id())
    if row is None:
        raise not_found()
    found = []
    for place, (kind, value) in enumerate((("email", row["email"]), ("phone_number", row["phone"]))):
        if value:
            identity = row["id"] * 10 + place
            found.append(
                {
                    "url": f"{call.api}/users/{row['id']}/identities/{identity}.json",
                    "id": identity,
                    "user_id": row["id"],
                    "type": kind,
                    "value": value,
                    "verified": True,
                    "primary": place == 0,
                    "created_at": iso(row["created_at"]),
                    "updated_at": iso(row["updated_at"]),
                    "deliverable_state": "deliverable",
                }
            )
    return Answer({"identities": found, "count": len(found), "next_page": None, "previous_page": None})


def _organization(call: Call, given: Any) -> int | None:
    if given in (None, ""):
        return None
    try:
        row = call.work.row("SELECT id FROM organizations WHERE id = ?", whole(given))
    except ValueError:
        row = None
    if row is None:
        raise invalid_field("organization_id", "Organization: is invalid")
    return int(row["id"])


def _created(call: Call, given: dict[str, Any]) -> int:
    name, email = given.get("name"), given.get("email")
    if not isinstance(name, str) or not name.strip():
        raise invalid_field("name", "Name: is too short (minimum is 1 character)")
    if email is not None and (not isinstance(email, str) or "@" not in email):
        raise invalid_field("email", f"Email: {email} is not properly formatted")
    if email is not None and find_by_email(call.work, str(email)) is not None:
        raise invalid_field("email", f"Email: {email} is already being used by another user")
    role = given.get("role") or "end-user"
    if role != "end-user" and not call.me.is_admin:
        raise forbidden()
    return create_user(
        call.work,
        name.strip(),
        email,
        role=role,
        organization_id=_organization(call, given.get("organization_id")),
        locale=text_or_none(given.get("locale")),
        time_zone=text_or_none(given.get("iana_time_zone") or given.get("time_zone")),
        phone=text_or_none(given.get("phone")),
        notes=text_or_none(given.get("notes")),
        details=text_or_none(given.get("details")),
        tags=tag_text.spaced(tags_from(given.get("tags") or [])),
        external_id=text_or_none(given.get("external_id")),
    )


def post_user(call: Call) -> Answer:
    """`POST /users`."""
    user_id = _created(call, call.record("user"))
    answer = show(call, user_id)
    return Answer(answer.body, 201, {"Location": f"{call.api}/users/{user_id}.json"})


def create_or_update(call: Call) -> Answer:
    """`POST /users/create_or_update`: by external id or address."""
    given = call.record("user")
    found: int | None = None
    if given.get("external_id") is not None:
        row = call.work.row("SELECT id FROM users WHERE external_id = ?", str(given["external_id"]))
        found = None if row is None else int(row["id"])
    if found is None and given.get("email"):
        found = find_by_email(call.work, str(given["email"]))
    if found is None:
        return post_user(call)
    _update(call, found, given)
    return show(call, found)


def _update(call: Call, user_id: int, given: dict[str, Any]) -> None:
    row = call.work.user(user_id)
    if row is None:
        raise not_found()
    if row["role"] != "end-user" and user_id != call.me.id and not call.me.is_admin:
        raise forbidden()
    changes: dict[str, object] = {key: text_or_none(given[key]) for key in TEXT_COLUMNS if key in given}
    for key in ("notes", "details", "locale"):
        if changes.get(key, "") is None:
            changes[key] = ""
    if "tags" in given:
        changes["tags"] = tag_text.spaced(tags_from(given["tags"] or []))
    if "organization_id" in given:
        changes["organization_id"] = _organization(call, given["organization_id"])
    if isinstance(given.get("iana_time_zone"), str):
        changes["iana_time_zone"] = given["iana_time_zone"]
    if "suspended" in given:
        changes["suspended"] = int(bool(given["suspended"]))
    if given.get("email") and str(given["email"]).lower() != (row["email"] or "").lower():
        if "@" not in str(given["email"]):
            raise invalid_field("email", f"Email: {given['email']} is not properly formatted")
        if find_by_email(call.work, str(given["email"])) is not None:
            raise invalid_field("email", f"Email: {given['email']} is already being used by another user")
        changes["email"] = str(given["email"])
    if "name" in changes and not str(changes["name"] or "").strip():
        raise invalid_field("name", "Name: is too short (minimum is 1 character)")
    changes["updated_at"] = call.helpdesk.generated_stamp(call.now)
    columns = ", ".join(f"{column} = ?" for column in changes)
    call.connection.execute(f"UPDATE users SET {columns} WHERE id = ?", (*changes.values(), user_id))


def put_user(call: Call) -> Answer:
    """`PUT /users/{id}`."""
    _update(call, call.id(), call.record("user"))
    return show(call, call.id())


def delete_user(call: Call) -> Answer:
    """`DELETE /users/{id}`: the person becomes inactive."""
    row = call.work.user(call.id())
    if row is None:
        raise not_found()
    if row["role"] != "end-user" and not call.me.is_admin:
        raise forbidden()
    call.connection.execute(
        "UPDATE users SET active = 0, updated_at = ? WHERE id = ?",
        (call.helpdesk.generated_stamp(call.now), row["id"]),
    )
    return show(call, row["id"])


def users_of_group(call: Call) -> Answer:
    """`GET /groups/{id}/users`."""
    return Answer(user_page(call, "id IN (SELECT user_id FROM memberships WHERE group_id = ?)", call.id()))


def users_of_organization(call: Call) -> Answer:
    """`GET /organizations/{id}/users`."""
    return Answer(user_page(call, "organization_id = ?", call.id()))


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/users/me", me, access="anyone"),
    get("/users", list_users),
    post("/users", post_user),
    get("/users/count", count_users),
    get("/users/show_many", show_users),
    get("/users/search", search_users),
    get("/users/autocomplete", autocomplete),
    post("/users/create_or_update", create_or_update),
    get("/users/{id:int}", show_user),
    put("/users/{id:int}", put_user),
    delete("/users/{id:int}", delete_user),
    get("/users/{id:int}/identities", identities),
    get("/groups/{id:int}/users", users_of_group),
    get("/organizations/{id:int}/users", users_of_organization),
)
