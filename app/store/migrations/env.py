"""Alembic runs this file for every command, with the connection it was given in ``attributes``; see __init__.py."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], version_table_schema=given["schema"])
context.run_migrations()
