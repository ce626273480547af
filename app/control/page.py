"""The docs page: the OpenAPI document as HTML, by itself: it fetches nothing, and no script runs on it."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from . import PREFIX
from .document import document
from .endpoints import PLACES, SUBJECTS

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


def page(rows: tuple[Endpoint, ...], base: str, token: bool) -> str:
    """The page. ``base`` is the server's URL as whoever asks writes it; ``token`` says whether one is needed."""
    spec = document(rows)
    parts = [part for subject in SUBJECTS for part in _subject(subject, rows, _Writer(spec, base, token))]
    links = "".join(f'<a href="#{subject}">{escape(subject)}</a>' for subject in SUBJECTS)
    info = spec["info"]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])}</title><style>{_STYLE}</style></head><body>
<h1>{escape(info["title"])}</h1><p><small>Version {escape(info["version"])} ·
<a href="{PREFIX}/openapi.json">OpenAPI document</a> · <a href="/metrics">metrics</a> · <a href="/readyz">readiness</a>
</small></p><p>{escape(info["description"])}</p><nav>{links}</nav>
{"".join(parts)}
</body></html>
"""


def _subject(subject: str, rows: Iterable[Endpoint], writer: _Writer) -> Iterator[str]:
    yield f'<h2 id="{subject}">{escape(SUBJECTS[subject])}</h2>'
    for row in rows:
        if row.subject == subject:
            yield from writer.row(row)


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
    """Writes rows of the table as the document describes them."""

    def __init__(self, spec: Mapping[str, Any], base: str, token: bool) -> None:
        self._spec, self._base, self._token = spec, base, token

    def row(self, row: Endpoint) -> Iterator[str]:
        operation = self._spec["paths"][f"{PREFIX}/{row.path}"][row.method.lower()]
        yield f"<h3><b>{row.method}</b> {PREFIX}/{escape(row.path)}</h3><p>{escape(row.summary)}</p>"
        yield f"<pre>{escape(curl(row, self._base, self._token))}</pre>"
        lines = [_line(given["name"], given["schema"] | given) for given in operation["parameters"]]
        yield _table("Parameter", lines) if lines else ""
        if row.takes is not None:
            lines = list(self._lines(operation["requestBody"]["content"]["application/json"]["schema"], taken=True))
            yield _folded("Fields of the body", lines, len(lines) > _MANY)
        yield from self._answers(operation["responses"])

    def _answers(self, answers: Mapping[str, Any]) -> Iterator[str]:
        (status, answer), *refusals = answers.items()
        title = f"Answers {escape(status)} {escape(answer['description'])}"
        lines = list(self._lines(answer.get("content", {}).get("application/json", {}).get("schema", {})))
        yield _folded(title, lines) if lines else f"<p><small>{title}.</small></p>"
        yield f"<p><small>Refused with {escape(', '.join(status for status, _ in refusals))}.</small></p>"

    def _lines(self, schema: Mapping[str, Any], above: str = "", taken: bool = False) -> Iterator[str]:
        """A line for each field of an object, and for each of what is in it."""
        schema = self._found(schema)
        for name, field in schema.get("properties", {}).items():
            field = self._found(field)
            yield _line(above + name, {**field, "required": taken and name in schema.get("required", ())})
            inner = self._found(field.get("items", field))
            yield from self._lines(inner, f"{above}{name}{'[]' if 'items' in field else ''}.", taken)

    def _found(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference leads to."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Mapping[str, Any] = self._spec["components"]["schemas"][reference.rpartition("/")[2]]
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
