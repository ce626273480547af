"""`make` explains itself, and CI runs what people run. Nothing is built here: make only says what it would do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import postgres
import pytest
from conftest import ROOT, clean_environment

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = ("help", "run", "test", "check", "format", "docs", "bench", "wheel", "clean")

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


# What a `make` that runs these tests leaves in the environment, its variables on the command line included.
OUTER = ("MAKEFLAGS", "MAKELEVEL", "MAKEFILES", "MFLAGS", "ARGS", "PORT", "ROWS", "PEERS", "PYTHON")


def make(*arguments, folder=ROOT):
    environment = {name: value for name, value in clean_environment().items() if name not in OUTER}
    done = subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def would(target, *variables):
    """The commands that make would run once everything is set up."""
    marks = (".venv/bin/python", ".venv/.ready", ".venv/.ready-test", ".venv/.ready-bench")
    return [line.rstrip() for line in make("-n", *(f"-o{mark}" for mark in marks), target, *variables).splitlines()]


@pytest.mark.parametrize("arguments", [(), ("help",)])
def test_help_lists_every_target(arguments):
    lines = [re.fullmatch(r"  make ([a-z]+) {2,}(\S.*)", line) for line in make(*arguments).splitlines()]
    assert all(lines)
    assert [line[1] for line in lines] == list(TARGETS)


def test_every_target_is_phony():
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony.split() == list(TARGETS)


@pytest.mark.parametrize(
    ("target", "variables", "commands"),
    [
        ("run", (), ["exec .venv/bin/pbx-emulator serve --access-log -"]),
        ("run", ("PORT=0",), ["exec .venv/bin/pbx-emulator serve --access-log - --port 0"]),
        ("run", ("PORT=8090",), ["exec .venv/bin/pbx-emulator serve --access-log - --port 8090"]),
        ("test", (), [".venv/bin/python -m pytest"]),
        ("test", ("ARGS=tests/test_cli.py -x",), [".venv/bin/python -m pytest tests/test_cli.py -x"]),
        ("bench", (), [".venv/bin/python -m benchmarks"]),
        ("bench", ("ROWS=1000", "PEERS=1"), [".venv/bin/python -m benchmarks --rows 1000 --peers"]),
        (
            "check",
            (),
            [
                ".venv/bin/ruff check .",
                ".venv/bin/ruff format --check .",
                ".venv/bin/mypy",
                ".venv/bin/pbx-emulator routes --count",
            ],
        ),
        ("format", (), [".venv/bin/ruff check --fix .", ".venv/bin/ruff format ."]),
    ],
)
def test_what_a_target_runs(target, variables, commands):
    assert would(target, *variables) == commands


def test_what_make_docs_writes_is_there():
    ((files,),) = (re.findall(r"^UPDATE_DOCS=1 \S+ -m pytest (.+)$", line) for line in would("docs"))
    assert [name for name in files.split() if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("target", "wanted"),
    [("run", "-e ."), ("test", "-e '.[test]'"), ("check", "-e '.[test]'"), ("bench", "-e '.[bench]'")],
)
def test_a_target_sets_up_what_it_needs(tmp_path, target, wanted):
    """In a fresh checkout: the environment, then the packages, then the thing itself."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    said = make("-n", target, folder=tmp_path)
    assert re.search(r"python3 -m venv \.venv", said)
    assert f" install --quiet --disable-pip-version-check {wanted}\n" in said


def test_set_up_is_not_repeated(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    inputs = [tmp_path / "setup.cfg", tmp_path / "pyproject.toml"]
    made = [tmp_path / ".venv" / name for name in ("bin/python", ".ready", ".ready-test")]
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for second, path in enumerate((*inputs, *made)):
        path.touch()
        os.utime(path, (1_000_000 + second, 1_000_000 + second))
    assert "pip install" not in make("-n", "test", folder=tmp_path)
    os.utime(inputs[0], (2_000_000, 2_000_000))
    assert "pip install" in make("-n", "test", folder=tmp_path)


def test_clean_leaves_the_pbxs_data_alone():
    assert would("clean")
    assert "instance" not in " ".join(would("clean"))


def test_ci_runs_what_people_run(tmp_path):
    """With a `make` that writes down how it is called."""
    fake = tmp_path / "make"
    fake.write_text('#!/bin/sh\necho "$PWD $*"\n')
    fake.chmod(0o755)
    environment = clean_environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        [str(ROOT / ".ci" / "run")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    on_postgres = f"{ROOT} test DATABASE=postgres\n" if postgres.binary("initdb") else ""
    assert done.stdout == f"{ROOT} check\n{ROOT} test\n{on_postgres}"


def test_ci_stops_at_the_first_failure(tmp_path):
    fake = tmp_path / "make"
    fake.write_text('#!/bin/sh\necho "$*"\nexit 3\n')
    fake.chmod(0o755)
    environment = clean_environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        [str(ROOT / ".ci" / "run")], env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode != 0
    assert done.stdout == "check\n"
