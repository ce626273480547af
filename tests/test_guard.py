"""Who may use our own API: this machine, or who has the token; no page of another site, whatever it calls itself."""

from __future__ import annotations

import pytest
from flask import Flask, request

from app.control import guard
from app.control.problems import Problem
from app.settings import Settings

TOKEN = "a-token-of-some-length"


def checked(settings, address="127.0.0.1", **headers):
    """The status that the guard refuses with, None where it lets the request pass."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with Flask("test").test_request_context("/_pbx/info", headers=named, environ_base={"REMOTE_ADDR": address}):
        try:
            guard.check(request, settings)
        except Problem as problem:
            return problem.status, problem.detail
    return None


@pytest.mark.parametrize(
    ("host", "address", "headers", "status", "told"),
    [
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1:8088"}, None, ""),
        ("127.0.0.1", "127.0.0.1", {"Host": "localhost:8088"}, None, ""),
        ("localhost", "127.0.0.1", {"Host": "LOCALHOST."}, None, ""),
        ("::1", "::1", {"Host": "[::1]:8088"}, None, ""),
        ("127.0.0.1", "::ffff:127.0.0.1", {"Host": "127.7.7.7"}, None, ""),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Origin": "http://localhost:3000"}, None, ""),
        ("127.0.0.1", "127.0.0.1", {"Host": "rebound.example:8088"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1.example"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1@example"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "x@127.0.0.1"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1#.example"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1/.example"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "[::1"}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": ""}, 403, "does not name this machine"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Origin": "https://evil.example"}, 403, "may not use this"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Origin": "null"}, 403, "'null' may not use this"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Origin": ""}, 403, "may not use this"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Sec-Fetch-Site": "cross-site"}, 403, "another site may not"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Sec-Fetch-Site": "same-site"}, None, ""),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "X-Forwarded-For": "10.0.0.7"}, 403, "passed on by a proxy"),
        ("127.0.0.1", "127.0.0.1", {"Host": "localhost", "Forwarded": "for=10.0.0.7"}, 403, "passed on by a proxy"),
        ("127.0.0.1", "127.0.0.1", {"Host": "127.0.0.1", "Origin": "http://127.0.0.1.evil.example"}, 403, "may not"),
        ("0.0.0.0", "127.0.0.1", {"Host": "127.0.0.1"}, 403, "listens on 0.0.0.0, where others reach it"),
        ("::", "::1", {"Host": "[::1]"}, 403, "Set PBX_CONTROL_TOKEN and restart"),
        ("pbx.example", "127.0.0.1", {"Host": "127.0.0.1"}, 403, "Set PBX_CONTROL_TOKEN and restart"),
        # Behind a server of somebody else's, which listens where it likes.
        ("127.0.0.1", "192.0.2.7", {"Host": "127.0.0.1"}, 403, "comes from 192.0.2.7, not from this machine"),
        ("127.0.0.1", "", {"Host": "127.0.0.1"}, 403, "Its sender is not known"),
    ],
)
def test_without_a_token(host, address, headers, status, told):
    refused = checked(Settings(host=host), address, **headers)
    assert (refused and refused[0]) == status
    assert told in (refused or ("", ""))[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize(
    ("sent", "passes"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer  {TOKEN} ", True),
        (TOKEN, False),
        (f"Basic {TOKEN}", False),
        (f"Bearer {TOKEN}x", False),
        (f"Bearer {TOKEN[:-1]}", False),
        ("Bearer", False),
        ("Bearer \xfc\xdf", False),
        ("", False),
    ],
)
def test_with_a_token(host, sent, passes):
    """It is needed on this machine too, and good from anywhere."""
    settings = Settings(host=host, control_token=TOKEN)
    for address in ("127.0.0.1", "192.0.2.7"):
        refused = checked(settings, address, Host="pbx.example", Authorization=sent)
        assert (refused is None) == passes
        assert passes or (refused[0] == 401 and "Authorization: Bearer" in refused[1] and TOKEN not in refused[1])
