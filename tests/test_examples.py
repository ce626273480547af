"""The examples in the vendors' OpenAPI document are what a running PBX answers. UPDATE_DOCS=1 (`make docs`) writes them
anew."""

from __future__ import annotations

import os

import pytest
import recorded
from conftest import ROOT

RECORDS = {"yeastar": recorded.record_yeastar, "kazoo": recorded.record_kazoo}


@pytest.mark.parametrize("dialect", RECORDS)
def test_the_examples_are_what_a_running_pbx_answers(server, dialect):
    office = recorded.Office(server)
    path = ROOT / "app" / dialect / "examples.json"
    text = recorded.written(RECORDS[dialect](office))
    office.drop()
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"
