"""The schema's one source is `store/tables/`: migrations and raw SQL are held against it."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import agentconsole.store
from agentconsole.domain.changes import FieldEdit
from agentconsole.domain.errors import StoreVersionMismatch
from agentconsole.store.database import SCHEMA_VERSION, check_store, open_store, prepare_store
from agentconsole.store.outbox import Outbox
from agentconsole.store.reader import Reader
from agentconsole.store.tables import METADATA

SOURCES = sorted(Path(agentconsole.store.__file__).parent.glob("*.py"))


def test_the_migrations_make_what_the_tables_say(store_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(f"sqlite:///{store_path}", poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or "_fts" not in name,
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_columns_agree_one_by_one(store_path: Path) -> None:
    with closing(sqlite3.connect(store_path)) as conn:
        for table in METADATA.sorted_tables:
            stored = [
                (name, kind, bool(required), bool(key))
                for _, name, kind, required, _, key in conn.execute(f"PRAGMA table_info({table.name})")
            ]
            said = [
                (
                    column.name,
                    "INTEGER"
                    if column.primary_key
                    and len(table.primary_key.columns) == 1
                    and column.type.python_type is int
                    else str(column.type),
                    not column.nullable,
                    column.primary_key,
                )
                for column in table.columns
            ]
            assert stored == said, table.name


def test_every_index_is_there_with_its_condition(store_path: Path) -> None:
    with closing(sqlite3.connect(store_path)) as conn:
        stored = {
            name: sql
            for name, sql in conn.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''"
            )
        }
    said = {index.name: index for table in METADATA.sorted_tables for index in table.indexes}
    assert set(stored) == set(said)
    for name, index in said.items():
        where = index.dialect_options["sqlite"]["where"]
        assert ("WHERE" in stored[str(name)]) == (where is not None)
        if where is not None:
            assert stored[str(name)].endswith(str(where))


def _statements() -> list[tuple[str, str]]:
    """String constants of the store that are SQL, with the file they stand in."""
    import ast

    found: list[tuple[str, str]] = []
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            elif isinstance(node, ast.JoinedStr):
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else " § " for part in node.values
                )
            else:
                continue
            if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH) ", text):
                found.append((source.name, text))
    return found


def test_raw_sql_names_only_columns_that_are_there(store_path: Path) -> None:
    """Whole statements are compiled by SQLite; of those put together, `INSERT` columns are looked up."""
    checked = 0
    with closing(open_store(store_path, role="cli", create=False)) as conn:
        columns = {table.name: {column.name for column in table.columns} for table in METADATA.sorted_tables}
        for file, sql in _statements():
            if "§" not in sql:
                marks = sql.count("?")
                try:
                    conn.execute(f"EXPLAIN {sql}", (None,) * marks)
                    checked += 1
                except sqlite3.OperationalError as error:
                    # The beginning of a statement whose end is put to it elsewhere, or prose.
                    assert "incomplete" in str(error) or "syntax" in str(error), (file, sql, error)
            elif match := re.match(r"INSERT (?:OR \w+ )?INTO (\w+) \(([\w, ]+)\)", sql):
                table, names = match.groups()
                assert {name.strip() for name in names.split(",")} <= columns[table], (file, sql)
                checked += 1
    assert checked > 60


def test_an_up_to_date_database_opens_without_sqlmodel(store_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from agentconsole.store import reader, writer, outbox, ingest, database\n"
        f"conn = database.open_store(Path({str(store_path)!r}), role='console')\n"
        "r = reader.Reader(conn); r.ticket_ids(None, 'due', 0); r.account_states(); r.close(); conn.close()\n"
        "slow = {'sqlmodel', 'sqlalchemy', 'alembic', 'pydantic', 'httpx', 'whoosh', 'keyring', 'textual'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_newer_database_is_left_alone(store_path: Path) -> None:
    with closing(sqlite3.connect(store_path)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = store_path.read_bytes()
    with pytest.raises(StoreVersionMismatch, match="newer Agent Console"):
        open_store(store_path, role="console")
    assert store_path.read_bytes() == before


def test_an_older_database_is_copied_before_it_is_changed(
    store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(store_path, role="cli")) as conn:
        conn.execute("INSERT INTO meta (key, value) VALUES ('note', 'kept')")
    monkeypatch.setattr("agentconsole.store.database.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    monkeypatch.setattr("agentconsole.store.migrate.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with pytest.raises(StoreVersionMismatch, match="older Agent Console"):
        open_store(store_path, role="worker", create=False)
    prepare_store(store_path, now=77)
    copy = store_path.with_name(f"{store_path.name}.before-{SCHEMA_VERSION + 1}-77")
    for path, version in ((store_path, SCHEMA_VERSION + 1), (copy, SCHEMA_VERSION)):
        with closing(sqlite3.connect(path)) as conn:
            assert conn.execute("PRAGMA user_version").fetchone() == (version,)
            assert conn.execute("SELECT value FROM meta WHERE key = 'note'").fetchone() == ("kept",)
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", range(1, SCHEMA_VERSION))
def test_nothing_written_is_lost_on_the_way_from_an_older_schema(tmp_path: Path, number: int) -> None:
    """A draft, its version, and what waits to go out, as an older program left them."""
    path = _of_schema(tmp_path / "store" / "agentconsole.db", number)
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(
            """
            INSERT INTO account (id, uuid, name, kind, url, login)
                VALUES (1, 'a', 'shop', 'zendesk', 'u', 'l');
            INSERT INTO person (account_id, remote_id, name, role) VALUES (1, '501', 'Mara', 'customer');
            INSERT INTO stream (account_id, stream, cursor) VALUES (1, 'people', 'c'), (1, 'tickets', 'c');
            INSERT INTO ticket (id, account_id, remote_id, status, created_at, updated_at)
                VALUES (1, 1, '41', 1, 1, 1);
            INSERT INTO draft (id, ticket_id, public, body, created_at, updated_at, ended_at)
                VALUES (1, 1, 1, 'Half a reply', 1, 2, NULL), (2, 1, 0, 'It leaks.', 1, 2, 2);
            INSERT INTO draft_version (draft_id, body, public, saved_at, reason)
                VALUES (2, 'It drips.', 0, 1, 'autosave');
            INSERT INTO change (sequence, uuid, account_id, ticket_id, state, created_at, held_until, edits,
                base_version, message, draft_id) VALUES (7, 'u1', 1, 1, 'sending', 3, 4,
                '[["status","open","solved"]]', 'v',
                '{"text":"It leaks.","public":false,"files":[],"to":[],"cc":[]}', 2);
            INSERT INTO change_step (change, position, kind, payload, state, started_at)
                VALUES ('u1', 0, 'update', '{}', 'sending', 5);
            """
        )
    prepare_store(path, now=77)
    with closing(open_store(path, role="outbox", create=False)) as conn, closing(Reader(conn)) as reader:
        assert [draft.text for draft in reader.drafts()] == ["Half a reply"]
        assert [version.text for version in reader.ticket_versions(1)] == ["It drips."]
        assert Outbox(conn).recover(10) == 1
        (change,) = reader.changes()
        assert (change.uuid, change.state, change.action) == ("u1", "unknown", None)
        assert change.edits == (FieldEdit("status", "open", "solved"),)
        assert change.message is not None and change.message.text == "It leaks."
        assert reader.last_change() == 7 and check_store(conn) == ()
        person = reader.person(1, "501")
        assert person is not None and person.tags == ()
        cursors = dict(conn.execute("SELECT stream, cursor FROM stream"))
        assert cursors == {"people": "c" if number > 6 else None, "tickets": "c"}


def _of_schema(path: Path, number: int) -> Path:
    """Make an empty database as the program of that schema did."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    path.parent.mkdir(mode=0o700)
    config = Config()
    config.set_main_option("script_location", str(Path(agentconsole.store.__file__).with_name("migrations")))
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, f"{number:04}")
        connection.exec_driver_sql(f"PRAGMA user_version = {number}")
    path.chmod(0o600)
    return path


def test_a_failed_migration_changes_nothing(store_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store_path.with_name("fresh.db")

    def fail(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("alembic.command.upgrade", fail)
    with pytest.raises(RuntimeError):
        prepare_store(path, now=0)
    monkeypatch.undo()
    prepare_store(path, now=0)
    with closing(open_store(path, role="cli")) as conn:
        assert conn.execute("SELECT count(*) FROM ticket").fetchone() == (0,)


def test_two_programs_that_make_the_database_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "agentconsole.db"
    code = (
        "from pathlib import Path; from agentconsole.store.database import open_store\n"
        f"open_store(Path({str(path)!r}), role='console').close()"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)]
    for one in running:
        _, errors = one.communicate(timeout=60)
        assert one.returncode == 0, errors
