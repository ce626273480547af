"""What a PBX is filled from: ``demo``, ``empty``, a seed document's path, or a document itself.

Two sources with one fingerprint fill a PBX alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ..clock import Clock

if TYPE_CHECKING:
    from .seed_document import Present, SeedDocument

Source = str | Mapping[str, Any]

# Sources that are no files.
BUILT_IN = ("demo", "empty")

# A file changed less than so many seconds ago may change again without its time telling.
_SETTLED = 2.0

# Path -> size and times of a settled file, and its digest: a large document is read once.
_digests: dict[str, tuple[tuple[int, ...], bytes]] = {}


def name_of(source: Source) -> str:
    """How a source is called: a file by its path from the root, so that it can be found again."""
    if isinstance(source, str):
        return source if source in BUILT_IN else str(Path(source).resolve())
    return "document"


def read_source(
    source: Source, demo_seed: int, now: int, timezone: str, present: Present | None = None
) -> SeedDocument:
    """The source, read and checked. ``demo_seed``, ``now`` (Unix seconds) and ``timezone`` are the PBX's; ``present``
    is what the source is added to. Raises SeedError."""
    from .seed_document import NOTHING, SeedError, read_document, read_file

    present = present or NOTHING
    if not isinstance(source, str):
        return read_document(source, timezone, present)
    if source == "empty":
        return read_document({}, timezone)
    if source == "demo":
        return _demo(demo_seed, now, timezone, present)
    _check_there(source)
    try:
        return read_file(Path(source), timezone, present)
    except SeedError as error:
        told = str(error)
        raise SeedError(told if told.startswith(source) else f"{source} cannot be loaded:\n{told}") from None


def _demo(seed: int, now: int, timezone: str, present: Present) -> SeedDocument:
    from .office import demo_calls, with_calls
    from .seed_document import read_document

    made = demo_calls(seed, now, timezone)
    truths = {truth.call_id: truth for _, truth in made}
    return replace(read_document(with_calls(seed, made), timezone, present), truths=tuple(truths.values()))


def _check_there(source: str) -> None:
    from .seed_document import SeedError

    if not Path(source).exists():
        raise SeedError(f"There is no seed document {source}; a seed is demo, empty, or the path of a document.")


def fingerprint(source: Source, demo_seed: int, now: int, timezone: str) -> str:
    """32 hexadecimal digits for all that shapes what ``read_source`` and this program make of it. Raises SeedError."""
    told = {"demo": f"demo:{demo_seed}:{now}", "empty": "empty"}
    content = told[source].encode() if source in BUILT_IN else _digest(source)
    return _hash(b"\0".join((_program(), timezone.encode(), content))).hex()[:32]


def _digest(source: Source) -> bytes:
    from .seed_document import SeedError

    if not isinstance(source, str):
        try:
            return b"document:" + _hash(orjson.dumps(source))
        except TypeError as error:
            raise SeedError(f"The document is nested too deeply, or holds what JSON cannot: {error}") from None
    _check_there(source)
    try:
        return b"file:" + _digest_of_file(Path(source))
    except OSError as error:
        raise SeedError(f"{source}: cannot be read: {error.strerror}") from None


def _digest_of_file(path: Path) -> bytes:
    there = path.stat()
    stamp = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
    known = _digests.get(str(path))
    if known is not None and known[0] == stamp:
        return known[1]
    digest = _hash(path.read_bytes())
    if Clock().now() - there.st_mtime > _SETTLED:
        _digests[str(path)] = stamp, digest
    return digest


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@cache
def _program() -> bytes:
    """The program itself, as far as it has a say in what a PBX is filled with."""
    package = Path(__file__).parent.parent
    files = [path for path in sorted(package.rglob("*.py")) if path.parent.name in ("pbx", "store")]
    return _hash(b"\0".join(path.read_bytes() for path in (package / "settings.py", *files)))
