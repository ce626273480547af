"""The docs pages: an OpenAPI document as HTML, by itself: it fetches nothing, and no script runs on it."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from . import PREFIX
from .document import document
from .endpoints import PLACES

if TYPE_CHECKING:
    from .endpoints import Endpoint

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --accent: light-dark(#0b5cad, #8cc4ff); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1 { margin-bottom: 0; } h2 { margin: 3rem 0 0; border-bottom: 1px solid var(--line); }
h3 { margin: 2rem 0 .25rem; font-size: 1rem; } h3 b { color: var(--accent); display: inline-block; min-width: 4.2rem; }
p { margin: .25rem 0 .5rem; } a { color: var(--accent); } nav a { margin-right: 1rem; }
code, pre, h3 { font-family: ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem;
  overflow-x: auto; font-size: .85rem; user-select: all; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .25rem 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--soft); }
th { font-weight: 600; white-space: nowrap; } td:first-child { white-space: nowrap; }
summary { cursor: pointer; color: var(--accent); font-size: .9rem; } small { opacity: .75; }
"""


# A body with more fields is folded.
_MANY = 20


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest(_STYLE)}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


Json = Mapping[str, Any]

# A command for a shell that asks what a method and a path stand for; "" for what nobody need ask.
Command = Callable[[str, str, Json], str]


def page(rows: tuple[Endpoint, ...], base: str, token: bool) -> str:
    """The control API's page. ``base`` is the server's URL as whoever asks writes it; ``token`` says whether one is
    needed."""
    by_name = {(row.method.lower(), f"{PREFIX}/{row.path}"): row for row in rows}
    links = {
        "OpenAPI document": f"{PREFIX}/openapi.json",
        "the vendors' APIs": f"{PREFIX}/vendors/docs",
        "metrics": "/metrics",
        "readiness": "/readyz",
    }
    return _page(document(rows), links, lambda method, path, _: curl(by_name[method, path], base, token))


def vendors_page(spec: Json, base: str) -> str:
    """The page of the vendors' APIs."""
    links = {"OpenAPI document": f"{PREFIX}/vendors/openapi.json", "control API": f"{PREFIX}/docs"}
    return _page(spec, links, lambda method, path, operation: _vendors_curl(base, method, path, operation))


def _page(spec: Json, links: Mapping[str, str], command: Command) -> str:
    info, writer = spec["info"], _Writer(spec, command)
    parts = [part for tag in spec["tags"] for part in _section(tag, spec["paths"], writer)]
    inside = " ".join(f'<a href="#{tag["name"]}">{escape(tag["name"])}</a>' for tag in spec["tags"])
    outside = " · ".join(f'<a href="{href}">{escape(text)}</a>' for text, href in links.items())
    told = "</p><p>".join(map(escape, info["description"].split("\n\n")))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])}</title><style>{_STYLE}</style></head><body>
<h1>{escape(info["title"])}</h1><p><small>Version {escape(info["version"])} · {outside}</small></p>
<p>{told}</p><nav>{inside}</nav>
{"".join(parts)}
</body></html>
"""


def _section(tag: Json, paths: Json, writer: _Writer) -> Iterator[str]:
    yield f'<h2 id="{tag["name"]}">{escape(tag.get("description", tag["name"]))}</h2>'
    for path, operations in paths.items():
        for method, operation in operations.items():
            if tag["name"] in operation["tags"]:
                yield from writer.operation(method, path, operation)


def _vendors_curl(base: str, method: str, path: str, operation: Json) -> str:
    """The recorded example as a command; the tokens are in variables."""
    if operation["x-state"] == "not emulated":
        return ""
    asked, words = {}, ["curl", "-sk" if base.startswith("https:") else "-s"]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            place = quote(str(parameter.get("example", "...")), safe="")
            path = path.replace(f"{{{parameter['name']}}}", place)
        elif "example" in parameter:
            asked[parameter["name"]] = parameter["example"]
    schemes = [name for scheme in operation["security"] for name in scheme]
    query = "&".join(
        [*(["access_token=$TOKEN"] if "access_token" in schemes else []), *filter(None, [urlencode(asked)])]
    )
    words += [] if method in ("get", "post") else ["-X", method.upper()]
    words.append(f'"{base}{path}{"?" if query else ""}{query}"')
    words += ['-H "X-Auth-Token: $KAZOO_TOKEN"'] if "auth_token" in schemes else []
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    words += ["-d", shlex.quote(json.dumps(body))] if body is not None else []
    return " ".join(words)


def curl(row: Endpoint, base: str, token: bool) -> str:
    """The row's example as a command for a shell."""
    path = row.path
    for name, (_, example) in PLACES.items():
        path = path.replace(f"{{{name}}}", example)
    url = f"{base}{PREFIX}/{path}" + (f"?{row.query}" if row.query else "")
    words = ["curl", "-sk" if base.startswith("https:") else "-s"]
    words += [] if row.method == "GET" else ["-X", row.method]
    words.append(shlex.quote(url))
    if token and not row.open:
        words.append('-H "Authorization: Bearer $PBX_CONTROL_TOKEN"')
    if row.example is not None:
        words += ["-d", shlex.quote(json.dumps(row.example))]
    return " ".join(words)


class _Writer:
    """Writes operations as the document describes them."""

    def __init__(self, spec: Json, command: Command) -> None:
        self._spec, self._command = spec, command

    def operation(self, method: str, path: str, operation: Json) -> Iterator[str]:
        yield f"<h3><b>{method.upper()}</b> {escape(path)}</h3><p>{escape(operation['summary'])}</p>"
        if "description" in operation:
            yield f"<p><small>{escape(operation['description'])}</small></p>"
        command = self._command(method, path, operation)
        if not command:
            return
        yield f"<pre>{escape(command)}</pre>"
        lines = [_line(given["name"], given["schema"] | given) for given in operation.get("parameters", ())]
        yield _folded("Parameters", lines) if len(lines) > _MANY else _table("Parameter", lines) if lines else ""
        if "requestBody" in operation:
            lines = list(self._lines(operation["requestBody"]["content"]["application/json"]["schema"], taken=True))
            yield _folded("Fields of the body", lines, len(lines) > _MANY)
        yield from self._answers(operation["responses"])

    def _answers(self, answers: Json) -> Iterator[str]:
        (status, answer), *refusals = answers.items()
        answer = self._found(answer)
        title = f"Answers {escape(status)} {escape(answer['description'])}"
        content = answer.get("content", {}).get("application/json", {})
        lines = list(self._lines(content.get("schema", {})))
        yield _folded(title, lines) if lines else f"<p><small>{title}</small></p>"
        if "example" in content:
            example = json.dumps(content["example"], indent=2, ensure_ascii=False)
            yield f"<details><summary>Example</summary><pre>{escape(example)}</pre></details>"
        if refusals:
            yield f"<p><small>Refused with {escape(', '.join(status for status, _ in refusals))}.</small></p>"

    def _lines(self, schema: Json, above: str = "", taken: bool = False, within: tuple[int, ...] = ()) -> Iterator[str]:
        """A line for each field of an object, and for each of what is in it; what is in itself is told once."""
        schema = self._found(schema)
        if id(schema) in within:
            return
        within = (*within, id(schema))
        # Of alternatives the first: the others are refusals, or anything at all.
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())[:1], *schema.get("anyOf", ())[:1]):
            yield from self._lines(part, above, taken, within)
        for name, field in schema.get("properties", {}).items():
            field = self._found(field)
            yield _line(above + name, {**field, "required": taken and name in schema.get("required", ())})
            inner = field.get("items", field)
            yield from self._lines(inner, f"{above}{name}{'[]' if 'items' in field else ''}.", taken, within)

    def _found(self, schema: Json) -> Json:
        """What a reference leads to."""
        found: Json = schema
        if "$ref" in schema:
            found = self._spec
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
        return found


def _line(name: str, schema: Mapping[str, Any]) -> str:
    types = [kind for one in (schema, *schema.get("oneOf", ())) for kind in _types(one)]
    facts = [
        " or ".join(types),
        "required" if schema.get("required") is True else "",
        f"default {json.dumps(schema['default'])}" if "default" in schema else "",
        ", ".join(dict.fromkeys(map(str, schema.get("enum", ())))),
    ]
    told, help = "; ".join(filter(None, facts)), str(schema.get("description", ""))
    return f"<tr><td><code>{escape(name)}</code></td><td>{escape(told)}</td><td>{escape(help)}</td></tr>"


def _types(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type", "object" if "$ref" in schema else [])
    return [kind] if isinstance(kind, str) else list(kind)


def _table(title: str, lines: Iterable[str]) -> str:
    return f"<table><tr><th>{escape(title)}</th><th></th><th></th></tr>{''.join(lines)}</table>"


def _folded(title: str, lines: Iterable[str], folded: bool = True) -> str:
    """A table that is seen when somebody wants to."""
    table = f"<table>{''.join(lines)}</table>"
    return f"<details{'' if folded else ' open'}><summary>{title}</summary>{table}</details>"
