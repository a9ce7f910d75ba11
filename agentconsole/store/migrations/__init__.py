"""Migrations of the local database, run by Alembic through `store/migrate.py`."""
