"""PBX Emulator: a Yeastar P-Series phone system that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["__version__", "create_app"]


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The WSGI application. ``config`` holds settings by name; they win over variables and files."""
    from .factory import create_app

    return create_app(config)
