"""Serves a yardstick: ``python -m benchmarks.launch empty|plain``, on a free port.

It has the emulator's options for gunicorn, but gunicorn's own worker: the emulator's reads requests in less time.
"""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from flask import Flask

from app.server import Server, gunicorn_options, listen
from app.settings import Settings


def _application(name: str, database: Path) -> Flask:
    if name == "empty":
        from . import empty

        return empty.create()
    from . import plain

    return plain.create(database)


def main() -> None:
    """Until a signal comes. Says where it is once requests can come."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=["empty", "plain"])
    parser.add_argument("--database", type=Path, default=Path())
    parser.add_argument("--keep-alive", type=int, default=0)
    given = parser.parse_args()
    options = {**gunicorn_options(Settings(keep_alive=given.keep_alive)), "worker_class": "gthread"}
    with listen("127.0.0.1", 0) as listener:
        where = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = _application(given.name, given.database)
        gc.freeze()  # as the emulator does
        Server(app, options, listener, ready=lambda: print(f"ready at {where}", flush=True)).run()


if __name__ == "__main__":
    main()
