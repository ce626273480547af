"""CSV in the vendor's three ways: a list of legs as a quoted file, interactions as a raw stream, documents flat."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response

from .envelope import as_header, finished
from .inputs import header_text

if TYPE_CHECKING:
    from .calls import Call

# The one header that is not named as its column.
_HEADERS = {"id": "ID"}

# A file larger than this is made on disk, not in memory. Bytes.
_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16


def _text(value: Any, separator: str) -> str:
    """A value as a cell holds it."""
    if isinstance(value, bool):
        return str(value).lower()
    return separator.join(map(str, value)) if isinstance(value, list) else str(value)


def quoted_line(cells: Iterable[Any]) -> bytes:
    """A line with every cell in quotes, but for those without a value."""
    shown = ("" if cell is None else '"' + _text(cell, ",").replace('"', '""') + '"' for cell in cells)
    return (",".join(shown) + "\n").encode("utf-8", "surrogatepass")


def quoted_header(names: Iterable[str]) -> bytes:
    """The line above such lines."""
    return quoted_line(_HEADERS.get(name, name) for name in names)


def _raw(cells: Iterable[Any]) -> bytes:
    """A line as it comes, whatever is in the cells."""
    return (",".join(_text(cell, "") for cell in cells) + "\r\n").encode("utf-8", "surrogatepass")


def quoted_file(call: Call, names: Iterable[str], rows: Iterable[Iterable[Any]]) -> Response:
    """A file with its length; 204 where there are no rows."""
    lines = iter(rows)
    first = next(lines, None)
    if first is None:
        return finished(call, Response(status=204))
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the last byte is sent
    try:
        file.write(quoted_header(names))
        file.write(quoted_line(first))
        for line in lines:  # writelines would keep all of it in memory
            file.write(quoted_line(line))
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    answer = _attachment(call, iter(lambda: file.read(_BLOCK), b""), f"json_{secrets.token_hex(11)}.csv")
    answer.call_on_close(file.close)
    answer.content_length = size
    return answer


def raw_stream(call: Call, names: Iterable[str], rows: Iterable[Iterable[Any]], chunk: int) -> Response:
    """Lines as they come, some at a time; 204 where there are no rows."""
    lines = iter(rows)
    first = next(lines, None)
    if first is None:
        return finished(call, Response(status=204))
    return _attachment(call, _chunks(_raw(names) + _raw(first), lines, chunk), "result.csv")


def _chunks(begun: bytes, rows: Iterator[Iterable[Any]], size: int) -> Iterator[bytes]:
    waiting, lines = begun, 1
    for row in rows:
        if lines == size:
            yield waiting
            waiting, lines = b"", 0
        waiting += _raw(row)
        lines += 1
    yield waiting


def flattened(call: Call, documents: Sequence[Mapping[str, Any]]) -> Response:
    """Documents with their nested keys joined by _, columns in the order in which they are met."""
    flat = [dict(_flat(document)) for document in documents]
    names = list(dict.fromkeys(name for document in flat for name in document))
    return quoted_file(call, names, ([document.get(name) for name in names] for document in flat))


def _flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}_")
        else:
            yield prefix + key, value


def _attachment(call: Call, pieces: Iterator[bytes], default: str) -> Response:
    """``pieces`` under the name that the client wants: by header, else by parameter."""
    sent = header_text(call.request.headers.get("X-File-Name", ""))
    wanted = sent or str(call.value("file_name") or "")
    name = "".join(letter for letter in wanted.rpartition("/")[2] if letter.isprintable() and letter != '"')
    header = as_header(f'attachment; filename="{name or default}"')
    return finished(call, Response(pieces, content_type="text/csv", headers={"Content-Disposition": header}))
