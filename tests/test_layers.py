"""Who may enter which room: the design's arrows, held by a walk over the syntax trees."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, clean_environment

APP = ROOT / "app"

# Room -> rooms it may name. A room is a folder or a file right below app/.
MAY_IMPORT = {
    "_version": set(),
    "setting_readers": set(),
    "settings": {"setting_readers"},
    "clock": set(),
    "masking": set(),
    "waiting": set(),
    "paths": set(),
    "store": {"settings", "clock"},
    "pbx": {"settings", "clock", "store"},
    "metrics": set(),
    "journal": {"settings", "clock", "masking", "metrics", "store"},
    "faults": {"settings", "clock", "waiting", "store", "pbx"},
    "yeastar": {"settings", "clock", "store", "pbx", "journal", "faults"},
    "kazoo": {"paths", "settings", "clock", "store", "pbx", "journal", "faults"},
    "explain": {"journal", "store", "yeastar", "kazoo"},
    "vendors": {"_version", "settings", "yeastar", "kazoo"},
    "control": {
        "_version", "paths", "settings", "setting_readers", "clock", "waiting", "store", "pbx", "journal", "metrics",
        "faults", "explain", "vendors",
    },
    "server": {"settings", "masking", "waiting", "metrics", "tls"},
    "tls": {"settings"},
    "banner": {"settings", "clock", "store", "pbx", "kazoo"},
    "factory": {"settings", "clock", "masking", "waiting", "store", "pbx", "yeastar", "kazoo", "control"},
    "cli": {
        "_version", "settings", "clock", "store", "pbx", "journal", "metrics", "faults", "explain", "yeastar", "kazoo",
        "control", "sharing", "server", "tls", "banner", "factory",
    },
    "sharing": set(),
    "testing": {"sharing"},
    "pytest_plugin": {"testing"},
    "__init__": {"_version", "factory"},
    "__main__": {"cli"},
}  # fmt: skip

# Dialects talk to Flask about requests; the factory answers for paths that are nobody's.
KNOW_REQUESTS = {"yeastar", "kazoo", "control", "factory"}

# All that others take from Flask: the store makes an application for flask-sqlalchemy, two name it as a type.
FLASK_ELSEWHERE = {("store/orm.py", "Flask"), ("server.py", "Flask"), ("__init__.py", "Flask")}

KNOW_SQLALCHEMY = {"store/models.py", "store/orm.py", "store/migrations/__init__.py", "store/postgres/tables.py"}

# Alembic runs them.
MIGRATIONS = "store/migrations/versions/"

KNOWS_THE_TIME = "clock.py"
WHAT_TIME_IT_IS = {"datetime": ("now", "utcnow", "today"), "date": ("today",), "time": ("time", "time_ns")}
ONLY_WITH_AN_INSTANT = ("gmtime", "localtime", "ctime", "asctime")
SQL_FOR_NOW = re.compile(r"CURRENT_(TIME|DATE)|unixepoch\(\)|'now'", re.IGNORECASE)


class Import(NamedTuple):
    """``names`` from ``module``; ``dots`` as written. ``module`` alone is a plain ``import module``."""

    path: Path
    line: int
    dots: int
    module: str
    names: tuple[str, ...]

    def __str__(self):
        return f"app/{self.path.relative_to(APP)}:{self.line}"


FILES = sorted(APP.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in FILES}


def imports(path: Path, tree: ast.AST) -> Iterator[Import]:
    """Every import of the file: also those within functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(path, node.lineno, 0, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(path, node.lineno, node.level, node.module or "", names)


IMPORTS = [found for path, tree in TREES.items() for found in imports(path, tree)]
RELATIVE = [found for found in IMPORTS if found.dots]
FOREIGN = [found for found in IMPORTS if not found.dots]


def inside(path: Path) -> str:
    return path.relative_to(APP).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def rooms_named(found: Import) -> set[str]:
    """The rooms that a relative import enters."""
    folder = found.path
    for _ in range(found.dots):
        folder = folder.parent
    assert folder.is_relative_to(APP), f"{found} leaves the package"
    steps = (*folder.relative_to(APP).parts, *filter(None, found.module.split(".")))
    return {steps[0]} if steps else {name if is_room(name) else "__init__" for name in found.names}


def is_room(name: str) -> bool:
    return (APP / name).is_dir() or (APP / f"{name}.py").is_file()


def test_the_walk_sees_what_it_should():
    tree = ast.parse(
        "import a.b\nif TYPE_CHECKING:\n    from ..clock import Clock\ndef f():\n    from . import tls, create_app\n"
    )
    path = APP / "pbx" / "x.py"
    seen = list(imports(path, tree))
    assert [(found.dots, found.module, found.names) for found in seen] == [
        (0, "a.b", ()),
        (2, "clock", ("Clock",)),
        (1, "", ("tls", "create_app")),
    ]
    assert rooms_named(seen[1]) == {"clock"}
    assert rooms_named(seen[2]) == {"pbx"}
    assert rooms_named(seen[2]._replace(path=APP / "x.py")) == {"tls", "__init__"}


def test_every_room_is_in_the_table():
    assert {room_of(path) for path in FILES} == set(MAY_IMPORT)


def test_the_table_has_no_circle():
    assert list(TopologicalSorter(MAY_IMPORT).static_order())


def test_rooms_enter_only_the_rooms_they_may():
    wrong = [
        f"{found}: {room_of(found.path)} imports {room}"
        for found in RELATIVE
        for room in rooms_named(found) - {room_of(found.path)}
        if room not in MAY_IMPORT[room_of(found.path)]
    ]
    assert not wrong, "\n".join(wrong)


def test_own_modules_are_imported_relatively():
    absolute = [str(found) for found in FOREIGN if found.module.partition(".")[0] in ("app", "pbx_emulator")]
    assert not absolute, "in the wheel there is no module `app`: " + ", ".join(absolute)


def test_nothing_is_named_by_a_dotted_string():
    """`app.store` in a string is right in the checkout and wrong in the wheel, or the other way round."""
    dotted = re.compile(rf"(app|pbx_emulator)(\.({'|'.join(room for room in MAY_IMPORT if room[0] != '_')})\b)+")
    found = [
        f"app/{inside(path)}:{node.lineno}: {node.value}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and dotted.fullmatch(node.value)
    ]
    assert not found


def test_only_dialects_know_requests():
    taken = {
        (inside(found.path), name)
        for found in FOREIGN
        if found.module.partition(".")[0] in ("flask", "werkzeug") and room_of(found.path) not in KNOW_REQUESTS
        for name in found.names or (found.module,)
    }
    assert taken <= FLASK_ELSEWHERE


def test_only_the_orm_knows_sqlalchemy():
    users = {
        inside(found.path) for found in FOREIGN if found.module.partition(".")[0] in ("sqlalchemy", "flask_sqlalchemy")
    }
    users = {user for user in users if not user.startswith(MIGRATIONS)}
    assert users == KNOW_SQLALCHEMY


def asks_the_time(node: ast.AST) -> bool:
    """`time.time`, `datetime.now`, `datetime.datetime.now`, `time.gmtime()` and the like; names taken from `time`."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "time"
    if isinstance(node, ast.Attribute):
        return node.attr in WHAT_TIME_IT_IS.get(ast.unparse(node.value).rpartition(".")[2], ())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ONLY_WITH_AN_INSTANT and not node.args
    return False


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("time.time()", True),
        ("default_factory=time.time", True),
        ("datetime.now(UTC)", True),
        ("datetime.datetime.utcnow()", True),
        ("date.today()", True),
        ("time.gmtime()", True),
        ("from time import time", True),
        ("time.gmtime(instant)", False),
        ("world.clock.now()", False),
        ("datetime.fromtimestamp(instant, zone)", False),
    ],
)
def test_the_walk_knows_who_asks_what_time_it_is(source, asks):
    tree = ast.parse(source)
    assert any(map(asks_the_time, ast.walk(tree))) == asks


def test_only_the_clock_asks_what_time_it_is():
    asking = {inside(path) for path, tree in TREES.items() if any(map(asks_the_time, ast.walk(tree)))}
    assert asking == {KNOWS_THE_TIME}


def test_sql_does_not_ask_what_time_it_is():
    asking = [
        f"app/{inside(path)}:{node.lineno}: {node.value}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_FOR_NOW.search(node.value)
    ]
    assert not asking


HEAVY = (
    "jwt",
    "cryptography",
    "flask",
    "werkzeug",
    "sqlalchemy",
    "flask_sqlalchemy",
    "alembic",
    "marshmallow",
    "gunicorn",
    "jsonschema_rs",
    "trustme",
    "apispec",
    "prometheus_client",
)

BUILD_AND_SEARCH = """
import app
application = app.create_app({"instance": INSTANCE})
client = application.test_client()
body = {"username": "DemoClientId00000000000000000001", "password": "DemoClientSecret0000000000000001"}
token = client.post("/openapi/v1.0/get_token", json=body).json["access_token"]
found = client.get("/openapi/v1.0/cdr/search", query_string={"access_token": token, "call_from": "2005"}).json
assert found["total_number"] > 0, found
"""


def loaded_after(source: str, *names: str) -> set[str]:
    """Which of the modules are there once the source has run in an interpreter of its own."""
    source += "\nimport sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    return set(names) & set(run.stdout.split())


@pytest.mark.parametrize(
    ("source", "absent"),
    [
        ("import app", (*HEAVY, "click", "sqlite3")),
        ("import app.cli", HEAVY),
        ("import app.settings, app.clock", HEAVY),
    ],
)
def test_imports_are_light(source, absent):
    assert loaded_after(source, *absent) == set()


def test_a_new_pbx_is_made_without_alembic(tmp_path):
    source = BUILD_AND_SEARCH.replace("INSTANCE", repr(str(tmp_path)))
    assert loaded_after(source, "alembic", "sqlalchemy") == {"sqlalchemy"}


def test_a_filled_pbx_is_served_without_sqlalchemy(seeded):
    source = BUILD_AND_SEARCH.replace("INSTANCE", repr(str(seeded.instance)))
    unneeded = (
        "jwt",
        "cryptography",
        "sqlalchemy",
        "flask_sqlalchemy",
        "alembic",
        "jsonschema_rs",
        "trustme",
        "gunicorn",
        "dateutil.rrule",
        "apispec",
    )
    assert loaded_after(source, *unneeded, "flask") == {"flask"}
