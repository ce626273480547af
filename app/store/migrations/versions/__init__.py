"""The migrations, one file a version. Alembic loads them by their path; docs/migrations.md says how one is made."""
