"""The vendors' APIs as one OpenAPI document. What a dialect is, its own ``document`` knows.

Read when somebody asks: a server starts without it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from apispec import APISpec

from ._version import __version__
from .kazoo import document as kazoo
from .yeastar import document as yeastar

if TYPE_CHECKING:
    from .settings import Settings

_DESCRIPTION = (
    "What is emulated of the vendors' APIs, how faithfully, and how it is known. Examples are answers of a running PBX."
)


@lru_cache(maxsize=4)
def document(settings: Settings) -> dict[str, Any]:
    """The document as JSON has it, of a PBX with these settings."""
    plugin = yeastar.Plugin()
    spec = APISpec(
        title="PBX Emulator: the vendors' APIs",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": f"{_DESCRIPTION}\n\n{yeastar.DESCRIPTION}\n\n{kazoo.DESCRIPTION}"},
        plugins=[plugin],
        tags=[*yeastar.tags(), *kazoo.tags()],
    )
    yeastar.add_to(spec, plugin, settings)
    kazoo.add_to(spec, settings)
    made: dict[str, Any] = orjson.loads(orjson.dumps(spec.to_dict()))
    return made


@lru_cache(maxsize=4)
def as_json(settings: Settings) -> bytes:
    return orjson.dumps(document(settings))
