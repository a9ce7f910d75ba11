"""The server's tables and indexes. All times are epoch seconds."""

from __future__ import annotations

SCHEMA_VERSION = 2

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (
  token TEXT PRIMARY KEY, kind TEXT NOT NULL, user_id INTEGER NOT NULL, created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE organizations (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, domain_names TEXT NOT NULL, notes TEXT NOT NULL,
  external_id TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE users (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, role TEXT NOT NULL, organization_id INTEGER,
  locale TEXT NOT NULL, iana_time_zone TEXT NOT NULL, phone TEXT, notes TEXT NOT NULL, details TEXT NOT NULL,
  signature TEXT, tags TEXT NOT NULL, external_id TEXT, default_group_id INTEGER,
  active INTEGER NOT NULL DEFAULT 1, suspended INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE groups (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE memberships (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, group_id INTEGER NOT NULL, is_default INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE TABLE ticket_fields (
  id INTEGER PRIMARY KEY, type TEXT NOT NULL, title TEXT NOT NULL, required INTEGER NOT NULL,
  options TEXT NOT NULL, position INTEGER NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE ticket_forms (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, field_ids TEXT NOT NULL, is_default INTEGER NOT NULL,
  position INTEGER NOT NULL, created_at INTEGER NOT NULL, agent_conditions TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE custom_statuses (
  id INTEGER PRIMARY KEY, category TEXT NOT NULL, label TEXT NOT NULL, end_user_label TEXT NOT NULL,
  description TEXT NOT NULL, is_default INTEGER NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE macros (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, actions TEXT NOT NULL,
  group_id INTEGER, user_id INTEGER, active INTEGER NOT NULL DEFAULT 1, position INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE views (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, conditions TEXT NOT NULL, sort_by TEXT NOT NULL,
  sort_order TEXT NOT NULL, position INTEGER NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY, subject TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL,
  custom_status_id INTEGER, priority TEXT, type TEXT, channel TEXT NOT NULL,
  requester_id INTEGER NOT NULL, submitter_id INTEGER NOT NULL, assignee_id INTEGER, group_id INTEGER,
  organization_id INTEGER, form_id INTEGER, external_id TEXT, tags TEXT NOT NULL,
  custom_fields TEXT NOT NULL, email_cc_ids TEXT NOT NULL DEFAULT '[]',
  follower_ids TEXT NOT NULL DEFAULT '[]', due_at INTEGER, problem_id INTEGER,
  followup_source_id INTEGER, is_public INTEGER NOT NULL DEFAULT 1, satisfaction TEXT,
  solved_at INTEGER, deleted_at INTEGER, deleted_by INTEGER, previous_status TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, generated_at INTEGER NOT NULL
);
CREATE TABLE ticket_slas (
  ticket_id INTEGER NOT NULL, metric TEXT NOT NULL, stage TEXT NOT NULL, breach_at INTEGER,
  remaining INTEGER, PRIMARY KEY (ticket_id, metric)
) WITHOUT ROWID;
CREATE TABLE audits (
  id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL, author_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL, channel TEXT NOT NULL, rel TEXT, custom TEXT NOT NULL DEFAULT '{}',
  events TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE comments (
  id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL, audit_id INTEGER NOT NULL, author_id INTEGER NOT NULL,
  public INTEGER NOT NULL, body TEXT NOT NULL, html_body TEXT, channel TEXT NOT NULL,
  has_attachments INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL
);
CREATE TABLE uploads (
  token TEXT PRIMARY KEY, user_id INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY, token TEXT NOT NULL, upload_token TEXT, comment_id INTEGER,
  file_name TEXT NOT NULL, content_type TEXT NOT NULL, size INTEGER NOT NULL,
  width INTEGER, height INTEGER, redacted INTEGER NOT NULL DEFAULT 0, content BLOB NOT NULL
);
CREATE TABLE idempotency (
  key TEXT PRIMARY KEY, user_id INTEGER NOT NULL, digest TEXT NOT NULL, status INTEGER NOT NULL,
  body TEXT NOT NULL, headers TEXT NOT NULL, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE jobs (
  id TEXT PRIMARY KEY, job_type TEXT NOT NULL, results TEXT NOT NULL, total INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE categories (
  id INTEGER NOT NULL, locale TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL,
  created_at INTEGER NOT NULL, PRIMARY KEY (id, locale)
) WITHOUT ROWID;
CREATE TABLE sections (
  id INTEGER NOT NULL, locale TEXT NOT NULL, category_id INTEGER NOT NULL, name TEXT NOT NULL,
  position INTEGER NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (id, locale)
) WITHOUT ROWID;
CREATE TABLE articles (
  id INTEGER NOT NULL, locale TEXT NOT NULL, section_id INTEGER NOT NULL, source_locale TEXT NOT NULL,
  title TEXT NOT NULL, body TEXT NOT NULL, labels TEXT NOT NULL, slug TEXT NOT NULL, source TEXT NOT NULL,
  position INTEGER NOT NULL, translation_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (id, locale)
);
"""

INDEXES = """
CREATE INDEX tickets_generated ON tickets (generated_at, id);
CREATE INDEX tickets_updated ON tickets (updated_at, id);
CREATE INDEX tickets_created ON tickets (created_at, id);
CREATE INDEX tickets_status ON tickets (status, updated_at);
CREATE INDEX tickets_assignee ON tickets (assignee_id, status);
CREATE INDEX tickets_requester ON tickets (requester_id);
CREATE INDEX tickets_group ON tickets (group_id, status);
CREATE INDEX tickets_external ON tickets (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX audits_ticket ON audits (ticket_id, id);
CREATE INDEX audits_created ON audits (created_at, id);
CREATE INDEX comments_ticket ON comments (ticket_id, id);
CREATE INDEX comments_audit ON comments (audit_id);
CREATE INDEX attachments_comment ON attachments (comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX attachments_upload ON attachments (upload_token) WHERE upload_token IS NOT NULL;
CREATE UNIQUE INDEX attachments_token ON attachments (token);
CREATE INDEX users_email ON users (email COLLATE NOCASE);
CREATE INDEX users_updated ON users (updated_at, id);
CREATE INDEX users_role ON users (role, id);
CREATE INDEX articles_updated ON articles (updated_at, id);
"""
