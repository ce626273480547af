"""A client of the second dialect, and an office whose calls a reader can keep in mind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import requests
from conftest import Pbx

from app.journal import Journal, path_in
from app.journal.recording import REQUEST_ID_HEADER
from app.settings import Settings

ACCOUNT = Settings().kazoo_account_id
API_KEY = Settings().kazoo_api_key
EPOCH = 62_167_219_200

# 2024-03-04 09:15:00 UTC.
NINE = 1_709_543_700

# All of the office's calls, in Gregorian seconds.
RANGE = {"created_from": NINE - 86_400 + EPOCH, "created_to": NINE + 86_400 + EPOCH}


def stable_id(kind: str, name: str) -> str:
    return hashlib.md5(f"{kind}:{name}".encode()).hexdigest()


def row(number: int, after: int, caller: str, callee: str, ring: int = 0, talk: int = 0, **more: Any) -> dict[str, Any]:
    """A call ``after`` seconds past nine."""
    return {
        "id": number, "timestamp": NINE + after, "call_from_number": caller, "call_to_number": callee,
        "duration": ring + talk, "ring_duration": ring, "talk_duration": talk,
        "disposition": "ANSWERED" if talk else "NO ANSWER", "uid": f"2024030417{number:09d}",
        "call_id": f"{NINE + after}.{number}", **more,
    }  # fmt: skip


OFFICE: dict[str, Any] = {
    "extensions": [
        {"number": "2000", "name": "Amelia Hart"},
        {"number": "2005", "name": "Kristin Hale"},
        {"number": "2050", "name": "Zoë Müller"},
    ],
    "trunks": [{"name": "city", "address": "203.0.113.10:5060"}],
    "queues": [{"number": "6400", "name": "Sales", "agents": ["2000", "2005"]}],
    "cdrs": [
        row(1, 0, "13912345678", "2000", ring=8, talk=42, src_trunk="city", did_number="5550100",
            src_addr="203.0.113.10:5060", call_to_name="Amelia Hart", record_file="one.wav"),
        row(2, 100, "2005", "+442071234567", ring=5, talk=60, dst_trunk="city", dod_number="5550105",
            call_from_name='Kristin "K" Hale, jr.'),
        row(3, 200, "2000", "2005", disposition="BUSY"),
        row(4, 300, "13912345678", "6400", ring=20, talk=30, src_trunk="city", did_number="5550110",
            call_to="Queue Sales<6400>", call_to_name="Sales", call_id="queue.1", record_file="queue.wav"),
        row(5, 310, "13912345678", "2000", ring=10, src_trunk="city", did_number="5550110", call_id="queue.1"),
        row(6, 315, "13912345678", "2005", ring=5, talk=30, src_trunk="city", did_number="5550110", call_id="queue.1",
            record_file="six.wav"),
        # Two that start and end in the same second.
        row(7, 400, "2050", "2000", ring=2, talk=9, call_id="a/b@host"),
        row(8, 400, "2005", "2050", ring=2, talk=9),
        # The same phone is tried twice.
        row(9, 500, "2050", "2005", ring=20, call_id="twice.1"),
        row(10, 530, "2050", "2005", ring=5, talk=7, call_id="twice.1"),
    ],
}  # fmt: skip
CALLS, LEGS = 7, 7 + 10


@dataclass
class Crossbar:
    """The API under /v2/ of a running server, asked with one token."""

    pbx: Pbx
    http: requests.Session = field(default_factory=requests.Session)
    _token: str = ""

    @property
    def base(self) -> str:
        return f"{self.pbx.url}/v2"

    @property
    def account(self) -> str:
        return f"accounts/{self.pbx.kazoo_account_id}"

    @property
    def token(self) -> str:
        if not self._token:
            data = {"api_key": self.pbx.kazoo_api_key}
            answer = self.http.put(f"{self.base}/api_auth", json={"data": data}, timeout=9)
            assert answer.status_code == 201, answer.text
            self._token = answer.json()["auth_token"]
        return self._token

    def ask(self, path: str, method: str = "GET", token: str | None = None, **kwargs: Any) -> requests.Response:
        """The answer to a request below /v2/; ``token`` "" sends none."""
        headers = {"X-Auth-Token": self.token if token is None else token, **kwargs.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value}
        return self.http.request(method, f"{self.base}/{path}", headers=headers, timeout=30, **kwargs)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A successful answer's envelope; ``path`` stands below the account, the range is the office's."""
        answer = self.ask(f"{self.account}/{path}", params={**RANGE, **params})
        assert answer.status_code == 200, answer.text
        envelope: dict[str, Any] = answer.json()
        assert envelope["status"] == "success"
        return envelope

    def pages(self, path: str, **params: Any) -> list[list[dict[str, Any]]]:
        """All pages of a listing, as a client fetches them."""
        pages, more = [], {}
        for _ in range(1000):
            envelope = self.get(path, **params, **more)
            pages.append(envelope["data"])
            if not envelope.get("next_start_key"):
                return pages
            more = {"start_key": envelope["next_start_key"]}
        raise AssertionError("the pages never end")


class Asking:
    """A client of a server, who looks into the server's journal."""

    def __init__(self, crossbar: Crossbar) -> None:
        self.crossbar = crossbar
        self.journal = Journal(path_in(crossbar.pbx.instance))

    def ask(self, path: str, method: str = "GET", **kwargs: Any) -> tuple[requests.Response, Any]:
        """The answer, and the one entry that tells of it; the path stands below /v2/."""
        _ = self.crossbar.token
        head = self.journal.head
        answer = self.crossbar.ask(path, method, **kwargs)
        (entry,) = self.journal.read(after=head)
        assert entry.request_id == answer.headers[REQUEST_ID_HEADER] != answer.headers["x-request-id"]
        assert (entry.dialect, entry.errcode, entry.method) == ("kazoo", None, method)
        assert entry.status == answer.status_code
        return answer, entry
