"""The same database through flask-sqlalchemy, which makes its tables.

flask-sqlalchemy wants a Flask application to belong to. This one has no routes and lives as long as the call, so that
the application that serves requests never pays for SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
from typing import cast

from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from .database import Database, DatabaseError, check_schema, connect, mark
from .models import db


def make_tables(database: Database) -> None:
    """Make the tables where there are none, all of them or none. Raises DatabaseError."""
    app = Flask("orm")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"creator": lambda: connect(database.path)}
    db.init_app(app)
    with app.app_context():
        # The write lock is held from the start: another process may be making them.
        event.listen(db.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        try:
            with db.engine.begin() as connection:
                driver = cast(sqlite3.Connection, connection.connection.driver_connection)
                if not check_schema(driver, database.path):
                    db.metadata.create_all(connection)
                    mark(driver)
        except OperationalError as error:
            raise DatabaseError(f"The database {database.path} cannot be written: {error.orig}.") from None
        finally:
            db.engine.dispose()
