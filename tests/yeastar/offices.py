"""PBXs of a test's own on one server, by the control API; and what a client of the resources needs."""

from __future__ import annotations

from itertools import count
from typing import Any

DONE = {"errcode": 0, "errmsg": "SUCCESS"}
NOT_FOUND = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}

_NAMES = count(1)


class OwnPbx:
    """A PBX that a test may change, with its own client."""

    def __init__(self, server: Any, seed: Any = "demo", **settings: Any) -> None:
        self.server, self.name = server, f"office{next(_NAMES)}"
        body = {"name": self.name, "seed": seed, "settings": settings}
        made = server.http.post(f"{server.url}/_pbx/worlds", json=body, timeout=30)
        assert made.status_code == 201, made.text
        client = {"username": made.json()["client_id"], "password": made.json()["client_secret"]}
        self.about = made.json()
        self.token = server.post("get_token", client)["access_token"]

    def get(self, path: str, **params: Any) -> Any:
        return self.server.get(path, token=self.token, **params)

    def post(self, path: str, body: Any) -> Any:
        return self.server.post(path, body, token=self.token)

    def create(self, path: str, **body: Any) -> int:
        answer = self.post(f"{path}/create", body)
        assert list(answer) == ["errcode", "errmsg", "id"], answer
        return int(answer["id"])

    def done(self, path: str, **body: Any) -> None:
        """An update that is done, or another interface that answers nothing."""
        answer = self.post(path, body) if path.endswith("update") else self.get(path, **body)
        assert answer == DONE, answer

    def menu(self, menu: str, **more: Any) -> dict[str, str]:
        """Texts of a menu by value."""
        rows = self.get("system/get_menuoptions", menu=menu, **more)["data"]
        return {row["value"]: row["text"] for row in rows}

    def drop(self) -> None:
        self.server.http.delete(f"{self.server.url}/_pbx/worlds/{self.name}", timeout=30)


EXTENSION: dict[str, Any] = {
    "type": "SIP",
    "number": "3000",
    "user_password": "Sesame4711",
    "reg_name": "3000",
    "reg_password": "Hc6mArW62M",
    "concurrent_registrations": 1,
    "presence_status": "available",
}


def problems(answer: Any) -> list[tuple[str, str]]:
    """Field and check of each of a 40002's problems."""
    assert answer["errcode"] == 40002, answer
    return [(row["field"], row["validation_type"]) for row in answer["invalid_param_list"]]
