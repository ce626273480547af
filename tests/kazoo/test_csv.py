"""CSV, byte for byte."""

from __future__ import annotations

import csv
import io
import re

import pytest
from crossbar import CALLS, LEGS, RANGE, stable_id

USER = stable_id("user", "2005")
NOTHING = {"created_from": 63700000000, "created_to": 63700000001}


def fetch(small, path, **kwargs):
    params = {**RANGE, **kwargs.pop("params", {})}
    headers = {"Accept": "text/csv", **kwargs.pop("headers", {})}
    return small.ask(f"{small.account}/{path}", params=params, headers=headers, **kwargs)


@pytest.mark.parametrize("path", ["cdrs", f"users/{USER}/cdrs"])
def test_a_list_of_legs(small, path):
    answer = fetch(small, path)
    rows = small.get(path)["data"]
    assert answer.headers["Content-Type"] == "text/csv"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert re.fullmatch(r'attachment; filename="json_[0-9a-f]{22}\.csv"', answer.headers["Content-Disposition"])
    lines = answer.text.split("\n")
    assert lines[0] == ",".join(f'"{"ID" if name == "id" else name}"' for name in rows[0])
    assert (lines[-1], len(lines)) == ("", len(rows) + 2)
    assert "\r" not in answer.text
    parsed = list(csv.reader(io.StringIO(answer.text)))[1:]
    assert parsed == [
        [",".join(value) if isinstance(value, list) else str(value) for value in row.values()] for row in rows
    ]


def test_quotes(small):
    text = fetch(small, "cdrs").text
    assert '"2005","Kristin ""K"" Hale, jr.",' in text
    assert '"42"' in text
    assert ',"",' in text


def test_interactions(small):
    answer = fetch(small, "cdrs/interaction")
    rows = small.get("cdrs/interaction")["data"]
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="result.csv"'
    lines = answer.text.split("\r\n")
    assert lines[0] == ",".join(rows[0])
    assert (lines[-1], len(lines)) == ("", CALLS + 2)
    for line, row in zip(lines[1:], rows, strict=False):
        assert line == ",".join("".join(value) if isinstance(value, list) else str(value) for value in row.values())


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("cdrs", {"headers": {"X-File-Name": "mine.csv"}}),
        ("cdrs", {"params": {"file_name": "mine.csv"}}),
        ("cdrs", {"params": {"file_name": "other"}, "headers": {"X-File-Name": "mine.csv"}}),
        ("cdrs", {"params": {"file_name": "../../etc/mine.csv"}}),
        ("cdrs/interaction", {"headers": {"X-File-Name": "mine.csv"}}),
        ("cdrs/interaction", {"headers": {"X-File-Name": 'mi"ne.csv'}}),
        ("cdrs/interaction", {"params": {"file_name": "/tmp/mine.csv"}}),
    ],
)
def test_the_files_name(small, path, extra):
    assert fetch(small, path, **extra).headers["Content-Disposition"] == 'attachment; filename="mine.csv"'


def test_a_name_in_any_letters(small):
    for extra in ({"headers": {"X-File-Name": "ü日.csv".encode()}}, {"params": {"file_name": "ü日.csv"}}):
        sent = fetch(small, "cdrs", **extra).headers["Content-Disposition"]
        assert sent.encode("latin-1").decode() == 'attachment; filename="ü日.csv"'
    nameless = fetch(small, "cdrs/interaction", params={"file_name": "folder/"})
    assert nameless.headers["Content-Disposition"] == 'attachment; filename="result.csv"'


def test_a_name_cannot_add_headers(small):
    answer = fetch(small, "cdrs", params={"file_name": "mine\r\nX-Evil: 1"})
    assert "X-Evil" not in answer.headers
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mineX-Evil: 1"'


@pytest.mark.parametrize("value", ["text/csv", "csv"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,*/*;q=0.8"])
def test_a_browser_asks_by_parameter(small, value, accept):
    params = {"accept": value, "paginate": "false", "auth_token": small.token}
    answer = fetch(small, "cdrs", params=params, headers={"Accept": accept}, token="")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.text.count("\n") == LEGS + 1


@pytest.mark.parametrize("path", ["cdrs", "cdrs/interaction", f"users/{USER}/cdrs"])
def test_nothing_to_list(small, path):
    answer = fetch(small, path, params=NOTHING)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_a_page_and_all(small):
    assert fetch(small, "cdrs", params={"page_size": 3}).text.count("\n") == 4
    assert fetch(small, "cdrs/interaction", params={"page_size": 3}).text.count("\n") == 4
    assert fetch(small, "cdrs", params={"filter_call_direction": "inbound"}).text.count("\n") == CALLS + 1


def test_documents_lie_flat(small):
    document = small.get("cdrs/202403-queue.1")["data"]
    header, line = csv.reader(io.StringIO(fetch(small, "cdrs/202403-queue.1").text))
    cells = dict(zip(header, line, strict=True))
    assert cells["call_id"] == document["call_id"]
    assert cells["custom_channel_vars_bridge_id"] == document["custom_channel_vars"]["bridge_id"]
    legs = list(csv.DictReader(io.StringIO(fetch(small, "cdrs/legs/202403-queue.1").text)))
    assert [leg["call_id"] for leg in legs] == [leg["call_id"] for leg in small.get("cdrs/legs/202403-queue.1")["data"]]
