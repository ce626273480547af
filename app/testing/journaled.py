"""Request: one entry of the journal, compared with what a test expects and written for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

# Stands in the journal for a secret.
_MASKED = "***"

# Parameters that come with every other request, and say nothing.
_USUAL = ("access_token", "auth_token")

HEADING = "The PBX was asked, oldest first:"

# A client that logs in as somebody else asks another PBX, and whoever looks here wonders.
NOTHING = "The PBX was asked nothing. (What has neither its Client ID nor a token of its own is the default PBX's.)"

_MOST_LISTED = 50
_MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Request:
    """What a client asked and what it was answered.

    ``id`` grows from request to request; ``at`` is the PBX's time in Unix seconds. ``route`` names the interface
    (``cdr/search``, ``cdrs/interaction``), None where there is none. ``query`` holds the URL's parameters as they came,
    ``body`` the JSON of the body; secrets are ``***``. ``errcode`` is None in KAZOO's dialect. ``rows`` were sent out
    of ``total``, where there is a list. ``duration`` is in microseconds. ``notes`` say what the wire does not,
    ``understood`` how each parameter was read.
    """

    id: int
    request_id: str
    at: float
    dialect: str
    world: str
    client: str
    method: str
    path: str
    route: str | None
    query: Sequence[Sequence[str]]
    body: Any
    status: int
    errcode: int | None
    errmsg: str
    rows: int | None
    total: int | None
    size: int | None
    duration: int
    notes: Sequence[str]
    understood: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """What was sent by name, in the query or in the body; of a parameter sent several times the first."""
        return {name: values[0] for name, values in self._sent().items()}

    def _sent(self) -> dict[str, list[Any]]:
        sent: dict[str, list[Any]] = {}
        for name, value in self.query:
            sent.setdefault(name, []).append(value)
        body = self.body
        if self.dialect == "kazoo" and isinstance(body, dict):
            body = body.get("data")
        for name, value in body.items() if isinstance(body, dict) else ():
            sent.setdefault(name, []).append(value)
        return sent

    def differences(self, expected: Mapping[str, Any]) -> list[str]:
        """In which of the parameters expected it differs, in words; None expects that one was not sent."""
        sent = self._sent()
        found = (_difference(name, value, sent.get(name, [])) for name, value in expected.items())
        return [words for words in found if words]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        sent = [(name, value) for name, values in self._sent().items() for value in values if name not in _USUAL]
        told = ", ".join(f"{name}={_shown(value)}" for name, value in sent)
        answered = str(self.status) if self.errcode is None else f"errcode {self.errcode}"
        answered += f" {self.errmsg}" if self.errmsg else ""
        if self.rows is not None:
            answered += f", {self.rows}{'' if self.total is None else f' of {self.total}'} rows"
        yield f"{self.method} {self.route or self.path}{f'  {told}' if told else ''}  -> {answered}"
        yield from (f"  note: {note}" for note in self.notes)


_FIELDS = frozenset(one.name for one in fields(Request))


def request_of(entry: Mapping[str, Any]) -> Request:
    """The entry as the control API gives it."""
    return Request(**{name: value for name, value in entry.items() if name in _FIELDS})


def listed(requests: Sequence[Request], expected: Mapping[str, Any] | None = None, route: str = "*") -> str:
    """What was asked, one paragraph a request, oldest first; at those of the route, how they differ from expected."""
    if not requests:
        return NOTHING
    lines = [HEADING]
    if len(requests) > _MOST_LISTED:
        lines.append(f"     ... {len(requests) - _MOST_LISTED} more ...")
    for number, request in list(enumerate(requests, 1))[-_MOST_LISTED:]:
        differing = request.differences(expected or {}) if route in ("*", request.route) else []
        first, *more = (*str(request).splitlines(), *(f"  but {words}" for words in differing))
        lines += [f"{number:4} {first}", *(f"     {line}" for line in more)]
    return "\n".join(lines)


def _difference(name: str, expected: Any, sent: Sequence[Any]) -> str:
    if expected is None:
        return f"{name} was sent, {_shown(sent[0])}" if sent else ""
    if not sent:
        return f"{name} was not sent"
    if any(value == expected or _text(value) == _text(expected) for value in sent):
        return ""
    if _MASKED in sent:
        return f"{name} is a secret, which the journal does not keep"
    return f"{name} was {', '.join(map(_shown, sent))}, not {_shown(_text(expected))}"


def _text(value: Any) -> str:
    """As it stands in a URL."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
