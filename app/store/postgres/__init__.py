"""The same store in PostgreSQL 14 or later: one schema a world, any number of servers behind one database.

All SQL is written once, in SQLite's words; ``sql`` says it in PostgreSQL's. Nothing here is imported, and psycopg
neither, where the setting database_url is empty.
"""
