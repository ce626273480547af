"""Authentication: what the bodies of api_auth and user_auth may hold, and what is said of those that break a rule.

Rules and words are the vendor's (its schemas api_auth and user_auth, and how it tells what they found).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import CrossbarError

Fields = dict[str, Any]

# A rule's name, and what is told besides.
Broken = tuple[str, Fields]

# Keys with these beginnings are the vendor's own and never looked at.
_PRIVATE = ("_", "pvt_")


@dataclass(frozen=True)
class Text:
    """A member that is text of ``shortest`` to ``longest`` characters; ``allowed``, if any, are all it may be."""

    shortest: int = 0
    longest: int | None = None
    pattern: str = ""
    allowed: tuple[str, ...] = ()

    def as_schema(self) -> Fields:
        """The member, as JSON Schema."""
        told = {"minLength": self.shortest, "maxLength": self.longest, "pattern": self.pattern}
        return {"type": "string", **{name: rule for name, rule in told.items() if rule}} | (
            {"enum": list(self.allowed)} if self.allowed else {}
        )

    def broken(self, value: Any) -> Iterator[Broken]:
        """The rules that the value breaks."""
        if self.allowed and value not in self.allowed:
            message = "Value not found in enumerated list of values"
            yield "enum", {"message": message, "target": list(self.allowed), "value": value}
        if not isinstance(value, str):
            yield "type", {"message": "Value did not match type(s): string", "target": "string", "value": value}
            return
        if len(value) < self.shortest:
            yield "minLength", _length(f"must be at least {self.shortest}", self.shortest, value)
        if self.longest is not None and len(value) > self.longest:
            yield "maxLength", _length(f"must not be more than {self.longest}", self.longest, value)
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            message = f"Failed to match pattern '{self.pattern}'"
            yield "pattern", {"message": message, "target": self.pattern, "value": value}


def _length(words: str, target: int, value: str) -> Fields:
    return {"message": f"String {words} characters", "target": target, "cause": value, "value": value}


@dataclass(frozen=True)
class Body:
    """The data of a body: its members, those that must be there, and whether there may be others."""

    members: Mapping[str, Text]
    required: tuple[str, ...]
    closed: bool = False
    tolerated: frozenset[str] = field(default_factory=frozenset)

    def as_schema(self) -> Fields:
        """The data, as JSON Schema."""
        members = {name: member.as_schema() for name, member in self.members.items()}
        made: Fields = {"type": "object", "properties": members, "required": list(self.required)}
        return made | ({"additionalProperties": False} if self.closed else {})

    def read(self, data: Any) -> Fields:
        """The data, if it keeps all rules. Raises CrossbarError that tells every one that is broken."""
        if not isinstance(data, dict):
            target = {"message": "Value did not match type(s): object", "target": "object", "value": data}
            raise CrossbarError("validation", {"": {"type": target}})
        public = {name: value for name, value in data.items() if not name.startswith(_PRIVATE)}
        mistakes: dict[str, Fields] = {}
        for name, (rule, details) in self._broken(public):
            mistakes.setdefault(name.replace(".", "%2E"), {})[rule] = details
        if mistakes:
            raise CrossbarError("validation", mistakes, note=_in_words(mistakes))
        return public

    def _broken(self, data: Fields) -> Iterator[tuple[str, Broken]]:
        for name in self.required:
            if name not in data:
                yield name, ("required", {"message": "Field is required but missing", "value": name})
        for name, value in data.items():
            if name in self.members:
                yield from ((name, broken) for broken in self.members[name].broken(value))
            elif self.closed and name not in self.tolerated:
                message = "Strict checking of data is enabled; only include schema-defined properties"
                yield name, ("additionalProperties", {"message": message, "value": data})


def _in_words(mistakes: Mapping[str, Fields]) -> str:
    """What is wrong, without the values, which are secrets."""
    return "; ".join(f"{name}: {rule['message']}" for name, rules in mistakes.items() for rule in rules.values())


# The vendor's documents send ``restrictions`` along, which its schema forbids.
API_AUTH = Body({"api_key": Text(64, 64)}, required=("api_key",), closed=True, tolerated=frozenset({"restrictions"}))

USER_AUTH = Body(
    {
        "account_id": Text(32, 32),
        "account_name": Text(1, 128),
        "account_realm": Text(4, 253, pattern=r"^[.\w_-]+$"),
        "credentials": Text(1, 64),
        "method": Text(allowed=("md5", "sha")),
        "phone_number": Text(1, 64),
    },
    required=("credentials",),
)

_STRING, _FLAG, _OBJECT = {"type": "string"}, {"type": "boolean"}, {"type": "object"}

# What is told of a token, as JSON Schema. The owner is a user's; the last two are told by token_auth.
AUTH_DATA: Mapping[str, Fields] = {
    "account_id": _STRING,
    "owner_id": _STRING,
    "account_name": _STRING,
    "language": _STRING,
    "reseller_id": _STRING,
    "is_reseller": _FLAG,
    "is_master_account": _FLAG,
    "cluster_id": _STRING,
    "apps": {"type": "array"},
    "capabilities": _OBJECT,
    "ui_config": _OBJECT,
    "id": _STRING,
    "method": _STRING,
}
