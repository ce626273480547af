"""On PostgreSQL an index of pg_trgm in the place of every number's suffixes; on SQLite nothing changes."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

# The extension may be in any schema of the database, and no world has that on its path.
_PART_INDEX = """
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pbx pg_trgm'));
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE SCHEMA IF NOT EXISTS public;
        CREATE EXTENSION pg_trgm SCHEMA public;
    END IF;
    EXECUTE (
        SELECT format('CREATE INDEX number_part ON number USING gin (folded %I.gin_trgm_ops)', n.nspname)
        FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'
    );
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE EXCEPTION 'The extension pg_trgm is needed in the database %, and it cannot be made: %. Install PostgreSQL''s'
        ' contrib modules beside the server, and let an administrator run in that database: CREATE EXTENSION pg_trgm'
        ' SCHEMA public', current_database(), SQLERRM;
END $$
"""


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(_PART_INDEX)
        op.drop_table("number_suffix")
