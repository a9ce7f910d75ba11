"""Brings a database to the present schema. Imported only for that, since Alembic is slow to import."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from agentconsole.store.schema import SCHEMA_VERSION

_SCRIPTS = Path(__file__).with_name("migrations")


def migrate(path: Path) -> None:
    """Run all missing steps on the database at `path`, and note the version, in one transaction.

    Raises:
        sqlite3.Error: The file is damaged, locked or full; nothing has changed then.
    """

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=30, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        # The driver would otherwise commit before each CREATE TABLE.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            command.upgrade(config, "head")
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
