"""The wheel: what is in it, and that it lives beside a project which has an `app` of its own."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import requests
from conftest import CLIENT, ROOT, clean_environment
from version_1 import PRAGMAS, VERSION_1

from app import __version__

PACKAGE = "pbx_emulator"
INPUTS = ("setup.cfg", "pyproject.toml", "README.md", "app")


@pytest.fixture(scope="module")
def setup_cfg():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing left over from an earlier build gets in, and none is left behind."""
    tree = tmp_path_factory.mktemp("tree")
    for name in INPUTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, tree / name)
    run(sys.executable, "-m", "build", "--quiet", "--wheel", "--no-isolation", cwd=tree)
    (built,) = (tree / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel, tmp_path_factory):
    """The programs of a fresh environment with the wheel; what it depends on is the tests' own."""
    environment = tmp_path_factory.mktemp("venv")
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    # pip is this environment's, working on the other one.
    run(
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        str(wheel),
    )
    site = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    # A folder named in a .pth file is searched last, and .pth files of its own (our editable install's) are not read.
    (site / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


@pytest.fixture
def project(tmp_path):
    """A project whose own package is called `app` and has modules named like ours."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("name = 'the user\\'s own'\n")
    for module in ("settings", "cli", "factory", "store"):
        (tmp_path / "app" / f"{module}.py").write_text("mine = True\n")
    return tmp_path


def run(*command: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=cwd, env=outside_environment(**variables), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def outside_environment(**variables: str) -> dict[str, str]:
    """No trace of this checkout on the way to modules."""
    return {name: value for name, value in clean_environment(**variables).items() if name != "PYTHONPATH"}


def test_the_list_of_packages_is_the_folders(setup_cfg):
    listed = setup_cfg["options"]["packages"].split()
    folders = sorted(path.parent.relative_to(ROOT / "app") for path in (ROOT / "app").rglob("__init__.py"))
    assert sorted(listed) == sorted(".".join((PACKAGE, *folder.parts)) for folder in folders)
    assert setup_cfg["options"]["package_dir"].split() == [PACKAGE, "=", "app"]


def test_every_folder_with_modules_is_a_package():
    folders = {path.parent for path in (ROOT / "app").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_version_is_the_changelogs_newest():
    headings = re.findall(r"^#+ \[?v?(\d+\.\d+\.\d+\S*?)\]?(?:\s|$)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[:1] == [__version__]


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    assert wheel.name == f"{PACKAGE}-{__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    sources = {path.relative_to(ROOT / "app").as_posix() for path in (ROOT / "app").rglob("*.py")}
    info = f"{PACKAGE}-{__version__}.dist-info/"
    typed = {"py.typed"}  # so that type checkers of a user's tests look into it
    examples = {"yeastar/examples.json", "kazoo/examples.json"}
    others = typed | examples
    assert {name.removeprefix(f"{PACKAGE}/") for name in names if not name.startswith(info)} == sources | others
    assert {name.partition("/")[0] for name in names} == {PACKAGE, info.rstrip("/")}
    assert f"{PACKAGE}/store/migrations/env.py" in names


def test_no_path_of_this_machine_is_in_the_wheel(wheel):
    content = zipfile.ZipFile(wheel)
    assert [name for name in content.namelist() if os.fsencode(ROOT) in content.read(name)] == []


BESIDE = """
import app, app.settings
import pbx_emulator
application = pbx_emulator.create_app({"instance": "kept", "seed": "empty"})
answer = application.test_client().post("/openapi/v1.0/get_token", json=CLIENT)
assert answer.json["errcode"] == 0, answer.json
assert app.name == "the user's own" and app.settings.mine

import sys, pathlib
here = pathlib.Path.cwd()
ours = [name for name in sys.modules if name.partition(".")[0] == "pbx_emulator"]
assert "pbx_emulator.factory" in ours and "pbx_emulator.yeastar.answers.cdr" in ours, ours
assert sorted(name for name in sys.modules if name.partition(".")[0] == "app") == ["app", "app.settings"]
assert pathlib.Path(app.__file__).is_relative_to(here)
assert pathlib.Path(pbx_emulator.__file__).is_relative_to(pathlib.Path(sys.prefix)), pbx_emulator.__file__
assert not any("editable" in name for name in sys.modules), "the checkout's editable install is in the way"
"""


def test_a_project_with_an_app_of_its_own(bin_folder, project):
    (project / "main.py").write_text(BESIDE.replace("CLIENT", repr(CLIENT)))
    done = run(str(bin_folder / "python"), "-W", "error", "main.py", cwd=project)
    assert (done.stdout, done.stderr) == ("", "")
    assert (project / "kept" / "pbx.sqlite").is_file()


@pytest.mark.parametrize("program", [("pbx-emulator",), ("python", "-m", PACKAGE)])
def test_the_command_from_such_a_project(bin_folder, project, program):
    command = (str(bin_folder / program[0]), *program[1:])
    assert run(*command, "--version", cwd=project).stdout == f"pbx-emulator, version {__version__}\n"
    assert "/openapi/v1.0/cdr/search" in run(*command, "routes", cwd=project).stdout
    assert "Loaded empty" in run(*command, "seed", "empty", cwd=project).stdout
    assert (project / "instance" / "pbx.sqlite").is_file()


def test_a_database_of_the_first_version_is_upgraded_by_the_wheel(bin_folder, project):
    (project / "old").mkdir()
    old = sqlite3.connect(project / "old" / "pbx.sqlite")
    old.executescript(VERSION_1 + PRAGMAS)
    old.close()
    done = run(str(bin_folder / "pbx-emulator"), "clients", "list", "--instance", "old", cwd=project)
    assert "mine" in done.stdout


THEIRS = """
import pathlib, sys
import app, app.settings
import pbx_emulator.testing

def test_theirs(pbx):
    assert app.name == "the user's own" and app.settings.mine
    assert isinstance(pbx, pbx_emulator.testing.Pbx)
    assert pathlib.Path(pbx_emulator.__file__).is_relative_to(pathlib.Path(sys.prefix))
    assert len(pbx.add_call(talk=42).ids) == 1
"""


def test_the_pytest_plugin_in_such_a_project(bin_folder, project):
    (project / "test_theirs.py").write_text(THEIRS)
    plain = ("-q", "-p", "no:cacheprovider", "-W", "error", f"--basetemp={project / 'temp'}")
    done = run(str(bin_folder / "python"), "-m", "pytest", *plain, cwd=project)
    assert "1 passed" in done.stdout
    assert not list((project / "temp").rglob("*.sqlite"))


def test_the_server_from_such_a_project(bin_folder, project):
    process = subprocess.Popen(
        [str(bin_folder / "pbx-emulator"), "serve", "--port", "0", "--seed", "empty"],
        cwd=project, env=outside_environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        url = next(found[1] for line in process.stdout if (found := re.search(r"PBX Emulator at (\S+)", line)))
        answer = requests.post(f"{url}/openapi/v1.0/get_token", json=CLIENT, timeout=10).json()
    finally:
        process.terminate()
        process.communicate(timeout=15)
    assert answer["errcode"] == 0
    assert process.returncode == 0
