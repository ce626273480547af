"""What parameters that are refused (40002) may have been meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice, product

from marshmallow import ValidationError

from ..errors import YeastarError
from ..fields import Choice, Flag, Number
from ..understanding import values_of
from . import times
from .asked import Asked
from .changes import Change, send

_SIGN_AND_DIGITS = re.compile(r"[-+]?[0-9]{1,18}")
_WORD = re.compile("[^A-Z]+")
_YES = ("1", "TRUE", "YES", "ON", "Y", "T")

# What other APIs call it -> what it is here.
_SYNONYMS = {
    "STARTTIME": "time", "DATE": "time", "TIMESTAMP": "time", "CALLDATE": "time", "STATUS": "disposition",
    "TALKTIME": "talk_duration", "BILLSEC": "talk_duration", "RINGTIME": "ring_duration", "TYPE": "call_type",
    "DESCENDING": "desc", "ASCENDING": "asc", "DOWN": "desc", "UP": "asc",
    "MISSED": "NO ANSWER", "ABANDONED": "NO ANSWER", "COMPLETED": "ANSWERED",
    "ANSWER": "ANSWERED", "SUCCESS": "ANSWERED", "CONGESTION": "FAILED",
}  # fmt: skip

# So many combinations are tried, where several parameters are refused.
_MOST = 8


def refused(asked: Asked) -> list[str]:
    """The parameters that are refused, in the interface's order."""
    values = dict(values_of(asked.schema, asked.given))
    return [name for name in asked.schema.fields if isinstance(values.get(name), ValidationError | YeastarError)]


def rewritten(asked: Asked) -> Iterator[Change]:
    """Each refused parameter as something that is allowed, or left out."""
    names = refused(asked)
    for values in islice(product(*(_meant(asked, name) for name in names)), _MOST):
        given = dict(zip(names, values, strict=True))
        yield Change(send(**given), asked.changed(**given))


def _meant(asked: Asked, name: str) -> Iterator[str | None]:
    """What is allowed and may have been meant; at last nothing."""
    field, text = asked.schema.fields[name], unicodedata.normalize("NFKC", asked.given[name])[:100].strip()
    if isinstance(field, Choice):
        yield from _choices(field, text)
    elif isinstance(field, Flag):
        yield "1" if text.upper() in _YES or (text.isdecimal() and text != "0") else "0"
    elif name in asked.kind.edges:
        yield from times.meant(asked, name)
    elif name == "extension_group":
        yield from _groups(asked, text)
    elif isinstance(field, Number) and (found := _SIGN_AND_DIGITS.match(text)):
        yield str(max(int(found[0]), field.least if field.least is not None else int(found[0])))
    elif isinstance(field, Number) and field.least is not None:
        yield str(field.least)
    yield None


def _choices(field: Choice, text: str) -> Iterator[str]:
    """The nearest of what is allowed: the same letters, what it is called elsewhere, then what looks like it."""
    from difflib import get_close_matches  # here, because hardly anybody needs it

    spelled = {_letters(choice): choice for choice in field.choices}
    found: dict[str, None] = {}
    for part in (text, *text.split(",")):
        letters = _letters(part)
        for word in (letters, _letters(_SYNONYMS.get(letters, "")), *get_close_matches(letters, spelled, 1, 0.6)):
            if word in spelled:
                found[spelled[word]] = None
    yield from found


def _letters(text: str) -> str:
    return _WORD.sub("", text.upper())


def _groups(asked: Asked, text: str) -> Iterator[str]:
    """Ids of the groups with that name, or of the first of a list of ids."""
    rows = asked.connection.execute("SELECT id, name FROM extension_group ORDER BY id").fetchall()
    wanted = text.casefold()
    yield from (str(group) for group, name in rows if name.casefold() == wanted)
    yield from (str(group) for group, name in rows if wanted and wanted in name.casefold() != wanted)
    yield from (part for part in text.split(",") if part.strip().isdecimal() and part != text)
