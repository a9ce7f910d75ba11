"""The local SQLite database: tables, migrations, the console's reader and writer."""
