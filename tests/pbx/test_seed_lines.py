"""A mistake in a seed document's file is told with its line."""

from __future__ import annotations

import json

import pytest

from app.pbx.seed_document import SeedError, read_file
from app.pbx.seed_lines import with_lines

TEXT = """{
  "settings": {"timezone": "UTC", "time_format":
    "13"},
  "extensions": [
    {"number": "2000"},
    "2001",
    {"number": "2002", "first_name": "Zo\\u00eb \\"Z\\" [x], {y}"}
  ],
  "extension_groups": [{
    "name": "Sales",
    "members": ["2000",
      "2009"]
  }],

  "cdrs": [{"timestamp": 1, "call_from": "1", "call_to": "2"},
           {"timestamp": -1, "call_from": "1",
            "call_to": "2"}, {"call_from": "1", "call_to": "2"}]
}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("settings", 2),
        ("settings.time_format", 3),
        ("extensions", 4),
        ("extensions[1]", 6),
        ("extensions[2].first_name", 7),
        ("extension_groups[0].members[1]", 12),
        ("cdrs[1].timestamp", 16),
        ("cdrs[1].call_to", 17),
        ("cdrs[2].timestamp", 17),
        ("cdrs[7].timestamp", 15),
        ("nothing", 1),
    ],
)
def test_the_line_of_a_path(path, line):
    assert with_lines(f"{path}: is wrong", TEXT) == f"{path}: is wrong (line {line})"


def test_what_has_no_path_is_left_alone():
    assert with_lines("and 5 more\n/tmp/x y: z", TEXT) == "and 5 more\n/tmp/x y: z"


def test_a_file_with_mistakes(tmp_path):
    path = tmp_path / "office.json"
    path.write_text(TEXT)
    with pytest.raises(SeedError) as refused:
        read_file(path)
    assert [line.partition(": ")[0] + line[line.rindex(" (") :] for line in str(refused.value).splitlines()] == [
        "settings.time_format (line 3)",
        "extensions[1] (line 6)",
        "cdrs[1].timestamp (line 16)",
        "cdrs[2].timestamp (line 17)",
    ]


def test_a_large_file_takes_no_time(tmp_path):
    calls = [{"timestamp": 1, "call_from": "1", "call_to": "2"}] * 100_000
    path = tmp_path / "large.json"
    path.write_text(json.dumps({"cdrs": [*calls, {"timestamp": "now", "call_from": "1", "call_to": "2"}]}, indent=0))
    with pytest.raises(SeedError, match=r"cdrs\[100000\].timestamp: .* \(line 500004\)$"):
        read_file(path)
