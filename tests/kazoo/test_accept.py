"""Accept: which type is chosen of those provided."""

import pytest

from app.kazoo.accept import CSV_TYPES, JSON_TYPES, choose, tunnelled

BOTH = (*JSON_TYPES, *CSV_TYPES)


@pytest.mark.parametrize(
    ("accept", "provided", "chosen"),
    [
        (None, BOTH, "application/json"),
        ("", BOTH, "application/json"),
        ("*/*", BOTH, "application/json"),
        ("application/json", BOTH, "application/json"),
        ("Application/JSON; charset=utf-8", BOTH, "application/json"),
        ("application/x-json", BOTH, "application/x-json"),
        ("text/csv", BOTH, "text/csv"),
        ("text/comma-separated-values", BOTH, "text/comma-separated-values"),
        ("application/octet-stream", BOTH, "application/octet-stream"),
        ("text/*", BOTH, "text/csv"),
        ("application/*", BOTH, "application/json"),
        ("text/html, text/csv;q=0.5", BOTH, "text/csv"),
        ("text/html, */*;q=0.8", BOTH, "application/json"),
        ("application/json;q=0.5, text/csv", BOTH, "text/csv"),
        ("*/*, text/csv", BOTH, "text/csv"),
        ("application/json;q=0, */*", BOTH, "application/x-json"),
        ("text/html", BOTH, None),
        ("text/csv", JSON_TYPES, None),
        ("text/csv;q=0", BOTH, None),
        ("text/csv;q=abc", BOTH, None),
        (",", BOTH, None),
    ],
)
def test_choice(accept, provided, chosen):
    assert choose(accept, provided) == chosen


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("csv", "text/csv"),
        ("text/csv", "text/csv"),
        ("text/csv; header=present", "text/csv"),
        ("application/json", "application/json"),
        ("pdf", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_parameter_has_its_say(value, wanted):
    assert tunnelled(value, "application/json") == wanted
