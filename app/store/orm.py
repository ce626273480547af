"""The same database through flask-sqlalchemy, for making tables and filling the small ones.

flask-sqlalchemy wants a Flask application to belong to. This one has no routes and lives as long as the block, so that
the application that serves requests never pays for SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask
from flask_sqlalchemy.session import Session
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import scoped_session

from .database import APPLICATION_ID, LOADING_CACHE_KIB, SCHEMA_VERSION, Database, DatabaseError, check_schema, connect
from .models import db

__all__ = ["IntegrityError", "driver_connection", "transaction", "words"]


@contextmanager
def transaction(database: Database) -> Iterator[scoped_session[Session]]:
    """A session in one transaction that holds the write lock: committed at the end of the block, or nothing is kept.

    Tables are made first where there are none, in the same transaction. Raises DatabaseError, sqlite3.OperationalError.
    """
    app = Flask("orm")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"creator": lambda: connect(database.path, LOADING_CACHE_KIB)}
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        try:
            driver = driver_connection(db.session)
            if not check_schema(driver, database.path):
                db.metadata.create_all(db.session.connection())
                driver.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                driver.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            yield db.session
            db.session.commit()
        except OperationalError as error:
            db.session.rollback()
            raise DatabaseError(f"The database {database.path} cannot be written: {words(error)}.") from None
        except BaseException:
            db.session.rollback()
            raise
        finally:
            db.session.remove()
            db.engine.dispose()


def driver_connection(session: scoped_session[Session]) -> sqlite3.Connection:
    """The driver's connection of the session's transaction, for bulk work within it."""
    return cast(sqlite3.Connection, session.connection().connection.driver_connection)


def words(error: Exception) -> str:
    """The driver's words in an error of SQLAlchemy's or the driver's own."""
    return str(getattr(error, "orig", None) or error)
