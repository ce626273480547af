"""SQLite's SQL in PostgreSQL's words: each text is translated once, by the tables below.

Only what this program's statements say is known here. What both engines read alike is passed through: so statements are
best written in what both know, such as ON CONFLICT, FILTER, true and false, or an alias for each subquery.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from .parts import asks_for_parts, in_parts
from .tokens import Tokens, behind, closing, opening, parts_of, words

_TOKEN = re.compile(
    r"""\s+|::|'(?:[^']|'')*'|:[A-Za-z_]\w*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?|\d+(?:\.\d+)?|->>|\|\||<=|>=|<>|!=|.""",
    re.DOTALL,
)

# Named lists that hold integers, and pairs; all others hold texts.
_INTEGERS = frozenset({"ids", "groups", "queues", "extensions", "starts", "ends", "durations", "talks", "seconds"})
_PAIRS = frozenset({"dids"})

# What is new in the index of parts is put in its place, too, and need no longer be read by every search. How many
# numbers a pattern has is told by a sample of them, which has to be large enough for four digits.
_ANALYZE = (
    "DO 'BEGIN PERFORM gin_clean_pending_list(''number_part'');"
    " ALTER TABLE number ALTER folded SET STATISTICS 1000; ANALYZE cdr, call_truth, number; END'"
)

_TYPES = {"INTEGER": "bigint", "BLOB": "bytea"}

# SQLite's strftime -> PostgreSQL's to_char.
_TIME_PARTS = {
    "%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "HH24", "%M": "MI", "%S": "SS", " AM": '" AM"', " PM": '" PM"',
}  # fmt: skip
_TIME_PART = re.compile("|".join(_TIME_PARTS))


class Translated(NamedTuple):
    """``names`` are the values' names in the order of $1, $2; None where they are given in order.

    A name with a slash is that of a folder, whose files' sizes are the value. ``by_values``: how it is best run is a
    matter of the values."""

    sql: str
    names: tuple[str, ...] | None
    by_values: bool = False


@lru_cache(maxsize=4096)
def translated(statement: str) -> Translated:
    """The statement for PostgreSQL."""
    if statement == "ANALYZE":
        return Translated(_ANALYZE, None)
    writer = _Writer()
    sql = writer.write(_kept_in_order(_TOKEN.findall(in_parts(statement))))
    return Translated(sql, tuple(writer.names) if writer.names else None, asks_for_parts(statement))


class _Writer:
    def __init__(self) -> None:
        self.names: list[str] = []
        self.marks = 0

    def value(self, name: str) -> str:
        """The place of a named value."""
        if name not in self.names:
            self.names.append(name)
        return f"${self.names.index(name) + 1}"

    def write(self, tokens: Tokens) -> str:
        """Translated, token by token."""
        written: list[str] = []
        at = 0
        while at < len(tokens):
            at = self._step(tokens, at, written)
        return "".join(written)

    def _step(self, tokens: Tokens, at: int, written: list[str]) -> int:
        """Write what begins there; returns where the next begins."""
        token = tokens[at]
        word = token.upper()
        if token == "?":
            self.marks += 1
            written.append(f"${self.marks}")
        elif token[0] == ":" and token not in (":", "::"):
            text = "::text" if words(tokens, at + 1, 1) == ["IS"] else ""
            written.append(self.value(token[1:]) + text)
        elif token == "->>":
            return self._member(tokens, at, written)
        elif word in _FUNCTIONS and at + 1 < len(tokens) and tokens[at + 1] == "(":
            end = closing(tokens, at + 1)
            written.append(_FUNCTIONS[word](self, parts_of(tokens[at + 2 : end])))
            if word == "JSON_EACH" and words(tokens, end + 1, 1) != ["AS"]:
                written.append(" AS listed")
            return end + 1
        elif word in _PHRASES:
            return self._phrase(tokens, at, written)
        else:
            written.append(token)
        return at + 1

    def _phrase(self, tokens: Tokens, at: int, written: list[str]) -> int:
        word, rest = tokens[at].upper(), words(tokens, at + 1, 2)
        if word == "INDEXED" and rest[:1] == ["BY"]:
            return behind(tokens, at + 1, 2)
        if word == "NOT" and rest[:1] == ["INDEXED"]:
            return behind(tokens, at + 1, 1)
        if word == "CROSS" and rest[0] == "JOIN" and rest[1] != "JSON_EACH":  # that is followed by ON
            written.append("JOIN")
            return behind(tokens, at + 1, 1)
        if word == "LIMIT" and rest == ["-", "1"]:
            return behind(tokens, at + 1, 2)
        if word == "LIMIT" and rest[:1] == [":LIMIT"]:
            written.append(f"LIMIT NULLIF({self.value('limit')}, -1)")
            return behind(tokens, at + 1, 1)
        written.append(tokens[at])
        return at + 1

    def _member(self, tokens: Tokens, at: int, written: list[str]) -> int:
        """``document ->> 'key'``: of a text that is JSON; the key may be '$.list[0]'."""
        while written[-1].isspace():
            written.pop()
        document = written.pop()
        place = next(i for i in range(at + 1, len(tokens)) if not tokens[i].isspace())
        key = tokens[place]
        if key.startswith(("'$.", "'$[")):
            keys = ",".join(re.findall(r"\w+", key))
            written.append(f"({document}::json #>> '{{{keys}}}')")
        else:
            written.append(f"({document}::json ->> {key})")
        return place + 1


_PHRASES = frozenset({"INDEXED", "NOT", "CROSS", "LIMIT"})


def _kept_in_order(tokens: list[str]) -> list[str]:
    """Rows that are joined to sorted hits come in the order of the hits: SQLite joins in no other, here it is said."""
    if "hit" not in tokens:
        return tokens
    end = next(place for place, token in enumerate(tokens) if token == "hit") - 4  # ")", " ", "AS", " "
    begin = opening(tokens, end)
    depth, order, limit = 0, 0, 0
    for place in range(begin + 1, end):
        depth += (tokens[place] == "(") - (tokens[place] == ")")
        if not depth and tokens[place] == "ORDER":
            order = place
        if not depth and tokens[place] == "LIMIT":
            limit = place
    keys = tokens[order:limit]
    numbered = [", row_number() OVER (", *keys, ") AS place "]
    select = tokens.index("c.id", begin) + 1
    return [*tokens[:select], *numbered, *tokens[select:], " ORDER BY hit.place"]


def _called(name: str, suffix: str = "") -> Callable[[_Writer, list[Tokens]], str]:
    """A function that only has another name, and whose result is cast."""
    return lambda writer, parts: f"{name}({', '.join(map(writer.write, parts))}){suffix}"


def _cast(writer: _Writer, parts: list[Tokens]) -> str:
    tokens = parts[0]
    cut = max(place for place, token in enumerate(tokens) if token.upper() == "AS")
    kind = words(tokens, cut + 1, 1)[0]
    inner = writer.write(tokens[:cut]).rstrip()
    return f"convert_to({inner}, 'UTF8')" if kind == "BLOB" else f"CAST({inner} AS {_TYPES.get(kind, kind)})"


def _iif(writer: _Writer, parts: list[Tokens]) -> str:
    when, then, otherwise = map(writer.write, parts)
    return f"CASE WHEN {when} THEN {then} ELSE {otherwise} END"


def _extreme(name: str, of_several: str) -> Callable[[_Writer, list[Tokens]], str]:
    """min and max: of rows, or of several values."""
    return lambda writer, parts: _called(of_several if len(parts) > 1 else name)(writer, parts)


def _strftime(writer: _Writer, parts: list[Tokens]) -> str:
    layout, instant = parts[:2]
    spelt = [_TIME_PART.sub(lambda found: _TIME_PARTS[found[0]], t) if t[0] == "'" else t for t in layout]
    return f"to_char(to_timestamp({writer.write(instant)}) AT TIME ZONE 'UTC', {writer.write(spelt)})"


def _printf(writer: _Writer, parts: list[Tokens]) -> str:
    """Of %08X alone."""
    layout, *values = parts
    pieces = layout[0][1:-1].split("%08X")
    written = [f"'{pieces[0]}'"]
    for piece, value in zip(pieces[1:], values, strict=True):
        digits = f"to_hex({writer.write(value)})"
        written += [f"upper(lpad({digits}, greatest(8, length({digits})), '0'))", f"'{piece}'"]
    return f"({' || '.join(written)})"


def _json_object(writer: _Writer, parts: list[Tokens]) -> str:
    """As SQLite writes it, without blanks; half the time that json_build_object takes, too."""
    pairs = [
        f"{key[0][1:-1]}\":' || coalesce(to_json({writer.write(value)})::text, 'null')"
        for key, value in zip(parts[::2], parts[1::2], strict=True)
    ]
    return "('{\"" + " || ',\"".join(pairs) + " || '}')"


def _json_list(writer: _Writer, parts: list[Tokens]) -> str:
    """Of texts that are JSON."""
    return f"('[' || coalesce(string_agg({writer.write(parts[0])}, ','), '') || ']')"


def _json_type(writer: _Writer, parts: list[Tokens]) -> str:
    """ "integer" for whole numbers; what else there is, in PostgreSQL's words."""
    member = f"({writer.write(parts[0])}::json #> '{{{parts[1][0][3:-1]}}}')"
    return f"CASE WHEN {member}::text ~ '^-?[0-9]+$' THEN 'integer' ELSE json_typeof({member}) END"


def _json_each(writer: _Writer, parts: list[Tokens]) -> str:
    source = parts[0]
    text = f"({writer.write(source)})::json"
    if len(parts) > 1:
        path = writer.write(parts[1])
        text = f"({text} #> string_to_array(substr({path}, 3), '.'))"
        text = f"CASE json_typeof({text}) WHEN 'array' THEN {text} ELSE '[]' END"
    name = source[0][1:]
    if name in _PAIRS:
        return f"json_array_elements({text})"
    if name in _INTEGERS:
        return f"(SELECT value::bigint AS value FROM json_array_elements_text({text}) WHERE length(value) < 19)"
    return f"json_array_elements_text({text})"


def _substr(writer: _Writer, parts: list[Tokens]) -> str:
    """Of less than nothing, SQLite gives nothing."""
    text, start, *length = map(writer.write, parts)
    most = [each if each.isdecimal() else f"greatest({each}, 0)" for each in length]
    return f"substr({', '.join((text, start, *most))})"


def _own_size(writer: _Writer, parts: list[Tokens]) -> str:
    """The folder's files are looked at when the statement is run."""
    folder = parts[0][0][1:-1].replace("''", "'")
    return f"({writer.value(folder)}::json ->> {writer.write(parts[1])})::bigint"


_FUNCTIONS: Mapping[str, Callable[[_Writer, list[Tokens]], str]] = {
    "CAST": _cast,
    "IIF": _iif,
    "INSTR": _called("strpos"),
    "JSON": lambda writer, parts: f"({writer.write(parts[0])})::json",
    "JSON_EACH": _json_each,
    "JSON_GROUP_ARRAY": _json_list,
    "JSON_OBJECT": _json_object,
    "JSON_PATCH": lambda writer, parts: "({}::jsonb || {}::jsonb)::text".format(*map(writer.write, parts)),
    "JSON_QUOTE": lambda writer, parts: f"to_json(({writer.write(parts[0])})::text)::text",
    "JSON_TYPE": _json_type,
    "MAX": _extreme("max", "greatest"),
    "MIN": _extreme("min", "least"),
    "OWN_SIZE": _own_size,
    "PRINTF": _printf,
    "STRFTIME": _strftime,
    "SUBSTR": _substr,
    "SUM": _called("sum", "::bigint"),
    "TOTAL": lambda writer, parts: f"coalesce(sum({writer.write(parts[0])}), 0)::bigint",
}
