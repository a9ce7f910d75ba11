"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, their indexes and, on SQLite, the full-text tables."""
    op.create_table(
        "account",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("removed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("me", sa.Text(), nullable=True),
        sa.Column("me_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("me_email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("me_domains", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("me_signature", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("capabilities", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("sentence", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("last_sync_at", sa.BigInteger(), nullable=True),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("threads_until", sa.BigInteger(), nullable=True),
        sa.Column("threads_at", sa.BigInteger(), nullable=True),
        sa.Column("threads_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_table(
        "agent_group",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("members", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("deleted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("listing", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "article",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cleaner", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("section", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("labels", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("draft", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("listing", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_article_remote", "article", ["account_id", "remote_id", "locale"], unique=True)
    op.create_table(
        "attachment",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("malware", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attachment_message", "attachment", ["message_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("sequence", _KEY, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("base_version", sa.Text(), nullable=False),
        sa.Column("last_seen_message", sa.Text(), nullable=True),
        sa.Column("edits", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("macro", sa.Text(), nullable=True),
        sa.Column("ask", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("moved", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("conflicts", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("candidates", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("send_anyway", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_index(
        "ix_change_state",
        "change",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state NOT IN ('sent', 'undone', 'dropped')"),
    )
    op.create_index("ix_change_ticket", "change", ["ticket_id"], unique=False)
    op.create_table(
        "change_step",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_step", "change_step", ["change", "position"], unique=True)
    op.create_table(
        "dirty",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "draft",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("public", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("last_seen_message", sa.Text(), nullable=True),
        sa.Column("macro", sa.Text(), nullable=True),
        sa.Column("changes", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("attachments", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_draft_live",
        "draft",
        ["ticket_id", "public"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "draft_version",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("public", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_version", "draft_version", ["draft_id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("ticket_id", _KEY, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_index("ix_feed_sequence", "feed", ["sequence"], unique=False)
    op.create_table(
        "feed_mark",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "field",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("required_to_solve", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_field_account", "field", ["account_id"], unique=False)
    op.create_table(
        "macro",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actions", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("active", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("listing", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("marker", sa.Text(), nullable=True),
        sa.Column("attachments", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cleaner", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("raw_text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("raw_html", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_message_remote", "message", ["account_id", "remote_id"], unique=True)
    op.create_index("ix_message_thread", "message", ["ticket_id", "created_at"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organisation",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domains", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "orphan_message",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "ticket", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("signature", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("active", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_email", "person", ["email"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_quarantine_record", "quarantine", ["account_id", "kind", "remote_id"], unique=True)
    op.create_table(
        "request",
        sa.Column("ticket_id", _KEY, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "stream",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("phase", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("finished", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("listing", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "stream"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ticket",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("hidden", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("sla_paused", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unread", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("waiting", sa.Text(), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("solved_at", sa.BigInteger(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("assigned_group", sa.Text(), nullable=True),
        sa.Column("requester", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("priority_key", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tags_text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("satisfaction", sa.Text(), nullable=True),
        sa.Column("deleted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("spam", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("thread_read_at", sa.BigInteger(), nullable=True),
        sa.Column("thread_version", sa.Text(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_ticket_assignee",
        "ticket",
        ["assignee", "account_id"],
        unique=False,
        sqlite_where=sa.text("hidden = 0 AND status < 4"),
    )
    op.create_index(
        "ix_ticket_created",
        "ticket",
        ["created_at", "id", "hidden", "status"],
        unique=False,
        sqlite_where=sa.text("hidden = 0 AND status < 4"),
    )
    op.create_index(
        "ix_ticket_due",
        "ticket",
        ["due_at", "id", "hidden", "status"],
        unique=False,
        sqlite_where=sa.text("hidden = 0 AND status < 4"),
    )
    op.create_index(
        "ix_ticket_priority",
        "ticket",
        ["priority", "updated_at", "id", "hidden", "status"],
        unique=False,
        sqlite_where=sa.text("hidden = 0 AND status < 4"),
    )
    op.create_index("ix_ticket_remote", "ticket", ["account_id", "remote_id"], unique=True)
    op.create_index(
        "ix_ticket_snoozed",
        "ticket",
        ["snoozed_until"],
        unique=False,
        sqlite_where=sa.text("snoozed_until IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_updated",
        "ticket",
        ["updated_at", "id", "hidden", "status"],
        unique=False,
        sqlite_where=sa.text("hidden = 0"),
    )
    op.create_index(
        "ix_ticket_waiting", "ticket", ["waiting"], unique=False, sqlite_where=sa.text("waiting IS NOT NULL")
    )
    op.create_table(
        "ticket_alias",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ticket_server",
        sa.Column("ticket_id", _KEY, nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("field_values", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("slas", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("ccs", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "ticket_tag",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tag", "ticket_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "view",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("listing", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "remote_id"),
        sqlite_with_rowid=False,
    )

    op.bulk_insert(
        sa.table("feed_mark", sa.column("kind", sa.Text), sa.column("sequence", sa.BigInteger)),
        [{"kind": "last", "sequence": 0}],
    )
    if op.get_bind().dialect.name == "sqlite":
        words = "tokenize='porter unicode61 remove_diacritics 2'"
        op.execute(f"CREATE VIRTUAL TABLE message_fts USING fts5(body, content='', {words})")
        op.execute(f"CREATE VIRTUAL TABLE ticket_fts USING fts5(subject, content='', {words})")


def downgrade() -> None:
    """Refuse: an older program keeps the copy that was made before the change."""
    raise RuntimeError("There is nothing before the first tables.")
