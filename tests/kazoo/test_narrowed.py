"""What SQL leaves out early never has a leg that a filter would have let through: every list with it and without."""

from __future__ import annotations

import random

import pytest
from crossbar import ACCOUNT, API_KEY, EPOCH

from app.factory import create_app
from app.kazoo.filters import Filters
from app.kazoo.narrowing import _NARROWS
from app.store.calls import Narrowing

NOW = 1_709_600_000


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Rows of a list of some three hundred calls of the demo office, which end at an instant of the past."""
    from app.clock import Clock
    from app.pbx.generating import Wanted, generate_calls

    app = create_app({"instance": str(tmp_path_factory.mktemp("narrowed")), "seed": "empty"})
    worlds = app.extensions["pbx"]
    worlds.default.set_clock(Clock(0.0, NOW, 0.0))
    generate_calls(worlds.default, Wanted(500, 7, days=3))
    client = app.test_client()
    login = client.put("/v2/api_auth", json={"data": {"api_key": API_KEY}})
    headers = {"X-Auth-Token": login.json["auth_token"]}

    def listed(path, **params):
        span = {"created_from": NOW - 4 * 86400 + EPOCH, "created_to": NOW + 86400 + EPOCH, "paginate": "false"}
        answer = client.get(f"/v2/accounts/{ACCOUNT}/{path}", headers=headers, query_string={**span, **params})
        assert answer.status_code == 200, answer.text
        return answer.json["data"]

    yield listed
    worlds.close()


def value_at(document, path):
    for key in path.split("."):
        document = document.get(key, {}) if isinstance(document, dict) else {}
    return "" if document == {} else str(document)


@pytest.fixture(scope="module")
def rows(ask):
    return ask("cdrs")


@pytest.mark.parametrize("path", sorted(_NARROWS))
def test_nothing_is_lost(ask, rows, path, monkeypatch):
    chance = random.Random(path)
    assert len(rows) > 700
    chosen = chance.sample(rows, 5)
    values = {value_at(ask(f"cdrs/{row['id']}"), path) for row in chosen} | {"nothing", "0", "-1", "63876500000"}
    owner = next(row["owner_id"] for row in rows if row["owner_id"])
    for value in sorted(values):
        for listing in ("cdrs", "cdrs/interaction", f"users/{owner}/cdrs"):
            params = {f"filter_{path}": value}
            narrowed = ask(listing, **params)
            with monkeypatch.context() as patch:
                patch.setattr(Filters, "narrowing", lambda self, account: Narrowing())
                assert ask(listing, **params) == narrowed, (listing, path, value)
