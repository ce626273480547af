"""The mistakes of a seed document: found by its schema and by what a schema cannot say, told with path and remedy."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import jsonschema_rs
import orjson

from ..settings import SETTINGS, SettingError, find_setting
from ..store.objects import KINDS, MOST_LEVELS, is_nested_deeper
from .seed_schema import ONCE, PBX_SETTINGS, SHAPES, Json, cached_schema, validator

# Mistakes a SeedError tells, mistakes looked for, and how many rows are searched for them at a time.
TOLD, LOOKED_FOR, SLICE = 10, 1000, 500

Mistake = Callable[[], str]  # put into words only when it is told


class SeedError(Exception):
    """The document cannot be loaded. Each line of the text is a mistake: path, value, what is allowed."""


def name_and_number(text: str) -> tuple[str, str]:
    """``Kristin Hale<2005>`` in its two parts; any other text is a number."""
    name, bracket, number = text[:-1].rpartition("<") if text.endswith(">") else ("", "", "")
    return (name, number) if bracket else ("", text)


def _path(steps: Iterable[str | int]) -> str:
    """``["cdrs", 3, "uid"]`` as ``cdrs[3].uid``."""
    plain = (f".{step}" if str(step).isidentifier() else f"[{json.dumps(step)}]" for step in steps)
    return "".join(plain).removeprefix(".") or "the document"


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value, ensure_ascii=not (isinstance(value, str) and value.isprintable()))
    return text if len(text) <= 60 else text[:57] + "..."


def _nearest(word: str, allowed: Collection[str]) -> str:
    near = difflib.get_close_matches(word, allowed, 3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    more = f", ... ({len(allowed)} in all)" if len(allowed) > 12 else ""
    return "expected one of " + ", ".join(sorted(allowed)[:12]) + more if allowed else "there is none"


def _not_allowed(path: str, value: Any, allowed: str) -> str:
    return f"{path}: {_shown(value)} is not allowed; expected {allowed}"


def _unknown(path: str, what: str, word: str, allowed: Collection[str]) -> str:
    return f"{path}: {_shown(word)} is not {what}; {_nearest(word, allowed)}"


def _repeats(where: str, values: Iterable[Any], key: str = "") -> Iterator[Mistake]:
    """A mistake for each value but None that stood before in the array at ``where``."""
    first: dict[Any, int] = {}
    for index, value in enumerate(values):
        if value is not None and first.setdefault(value, index) != index:
            allowed = f"another value than {where}[{first[value]}]{key} has"
            yield partial(_not_allowed, f"{where}[{index}]{key}", value, allowed)


def _slices(data: Any) -> Iterator[tuple[Any, int]]:
    """The document in parts that are documents too, each with the index of its first row.

    The validator makes all errors of what it is given at once, with copies of the rows.
    """
    if not isinstance(data, dict):
        yield data, 0
        return
    for key, value in data.items():
        if isinstance(value, list):
            yield from (({key: value[first : first + SLICE]}, first) for first in range(0, max(len(value), 1), SLICE))
        else:
            yield {key: value}, 0


def _errors(
    data: Any, checker: jsonschema_rs.Draft202012Validator, schema: Json
) -> Iterator[tuple[list[Any], Any, Json]]:
    """The validator's errors: the path of the value, the error, and the part of the schema that it breaks."""
    for part, first in _slices(data):
        for error in checker.iter_errors(part):
            steps: list[Any] = list(error.instance_path)
            if len(steps) > 1 and isinstance(steps[1], int):
                steps[1] += first
            rule: Any = schema
            for step in error.schema_path[:-1]:
                rule = rule[step]
            yield steps, error, rule


def _in_words(steps: list[Any], error: Any, rule: Json) -> Iterator[Mistake]:
    """What one error of the validator says, as a mistake for each key or value that is wrong."""
    path, kind = _path(steps), error.kind
    if kind.name == "additionalProperties":
        for key in kind.unexpected:
            yield partial(_unknown, _path([*steps, key]), "a key here", key, rule["properties"])
    elif kind.name == "required":
        asked = rule["properties"][kind.property]
        shape = SHAPES[asked["$ref"].rpartition("/")[2]] if "$ref" in asked else asked
        yield partial("{}: is missing; expected {}".format, _path([*steps, kind.property]), shape["description"])
    elif kind.name in ("anyOf", "oneOfNotValid", "oneOfMultipleValid"):
        yield partial("{}: is not complete; expected {}".format, path, rule["description"])
    elif kind.name == "uniqueItems":
        yield from _repeats(path, (item if isinstance(item, str) else None for item in error.instance))
    else:
        yield partial(_not_allowed, path, error.instance, rule["description"])


def schema_mistakes(data: Any) -> Iterator[Mistake]:
    """What the schema does not allow; SETTINGS itself has the words for settings."""
    if isinstance(data, dict) and isinstance(data.get("settings"), dict):
        yield from _setting_mistakes(data["settings"])
    if validator().is_valid(data):
        return
    told = None
    for steps, error, rule in _errors(data, validator(), cached_schema()):
        about_an_object = error.kind.name in ("additionalProperties", "required", "anyOf")
        a_setting = steps[:1] == ["settings"] and (about_an_object or len(steps) > 1)
        if not a_setting and (about_an_object or steps != told):  # what fails twice is one mistake
            yield from _in_words(steps, error, rule)
            told = steps


def mistakes_by(checker: jsonschema_rs.Draft202012Validator, schema: Json, data: Any) -> Iterator[Mistake]:
    """What another schema, which has its own ``checker``, does not allow."""
    told = None
    for steps, error, rule in _errors(data, checker, schema):
        if steps != told:
            yield from _in_words(steps, error, rule)
            told = steps


def read_setting(name: str, value: Any) -> Any:
    """The value as SETTINGS reads it, if it is also of the schema's type. Raises SettingError."""
    where = f"settings.{name}"
    if name in SETTINGS and name not in PBX_SETTINGS:
        flag, variable = SETTINGS[name].flag, SETTINGS[name].variable
        raise SettingError(f"{where}: belongs to the server, not to the PBX; give it as {flag} or {variable}")
    setting = find_setting(name, where, PBX_SETTINGS)
    whole = isinstance(value, float) and value.is_integer()
    read = setting.read(int(value) if whole else value, where)
    if not jsonschema_rs.is_valid(dict(setting.reader.schema), value):
        words = {"integer": "a number without quotes", "boolean": "true or false", "array": "an array of texts"}
        kind = str(setting.reader.schema.get("type"))
        raise SettingError(_not_allowed(where, value, words.get(kind, json.dumps(setting.reader.schema))))
    return read


def _setting_mistakes(settings: Json) -> Iterator[Mistake]:
    for name, value in settings.items():
        try:
            read_setting(name, value)
        except SettingError as error:
            yield partial(str, error)


def other_mistakes(
    lists: dict[str, list[Json]], known: Collection[str], groups: Collection[str] = ()
) -> Iterator[Mistake]:
    """What the schema cannot say, of the document's arrays by key. ``known`` are the numbers of extensions, ``groups``
    the names of extension groups that are there already."""
    for key, names in ONCE.items():
        for name in names:
            yield from _repeats(key, (item.get(name) for item in lists[key]), f".{name}")
    yield from _there_already("extensions", "number", lists, known)
    yield from _there_already("extension_groups", "name", lists, groups)
    known = {*known, *(extension["number"] for extension in lists["extensions"])}
    holders = {kind.document_key: kind.extensions for kind in KINDS.values() if kind.extensions}
    for key, name in ({"extension_groups": "members"} | holders).items():
        for index, item in enumerate(lists[key]):
            yield from _strangers(f"{key}[{index}].{name}", item.get(name, ()), known)
    for kind in KINDS.values():
        yield from _not_storable(kind.document_key, lists[kind.document_key])
    yield from _long_numbers(lists["cdrs"])


def _there_already(key: str, name: str, lists: dict[str, list[Json]], present: Collection[str]) -> Iterator[Mistake]:
    for index, item in enumerate(lists[key]):
        if item[name] in present:
            allowed = f"a {name} that none of the PBX's {key.replace('_', ' ')} has yet"
            yield partial(_not_allowed, f"{key}[{index}].{name}", item[name], allowed)


def _strangers(where: str, members: Iterable[str], known: Collection[str]) -> Iterator[Mistake]:
    for index, member in enumerate(members):
        if member not in known:
            yield partial(_unknown, f"{where}[{index}]", "an extension", member, known)


def _not_storable(where: str, objects: list[Json]) -> Iterator[Mistake]:
    for index, item in enumerate(objects):
        try:
            orjson.dumps(item)
        except orjson.JSONEncodeError as error:
            yield partial("{}[{}]: cannot be stored as JSON: {}".format, where, index, error)
        else:
            if is_nested_deeper(item, MOST_LEVELS + 2):
                yield partial("{}[{}]: is nested too deeply".format, where, index)


def _long_numbers(calls: list[Json]) -> Iterator[Mistake]:
    for index, call in enumerate(calls):
        for party, number in (("call_from", "call_from_number"), ("call_to", "call_to_number")):
            if number not in call and len(name_and_number(call[party])[1]) > SHAPES["number"]["maxLength"]:
                allowed = "a number in it that is " + SHAPES["number"]["description"]
                yield partial(_not_allowed, f"cdrs[{index}].{party}", call[party], allowed)


def refuse(mistakes: Iterator[Mistake]) -> None:
    """Raise SeedError if there are any."""
    found = list(islice(mistakes, LOOKED_FOR + 1))
    lines = [mistake() for mistake in found[:TOLD]]
    if len(found) > LOOKED_FOR:
        lines.append(f"and more than {LOOKED_FOR - TOLD} more")
    elif len(found) > TOLD:
        lines.append(f"and {len(found) - TOLD} more")
    if lines:
        raise SeedError("\n".join(lines))
