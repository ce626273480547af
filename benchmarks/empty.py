"""The floor: a Flask application with one empty route, to see what Flask and the server cost by themselves."""

from __future__ import annotations

from flask import Flask


def create() -> Flask:
    """The application; only GET / is there, and answers nothing."""
    app = Flask("empty", static_folder=None, template_folder=None)
    app.add_url_rule("/", view_func=lambda: "")
    return app
