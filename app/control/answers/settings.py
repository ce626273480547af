"""Settings of a PBX, read and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...journal.explanation import printable
from ...pbx.seed_mistakes import read_setting
from ...pbx.seed_schema import PBX_SETTINGS
from ...pbx.setup import change_settings
from ...settings import SECRETS, SettingError, Settings
from ..calls import Call
from ..problems import Problem

_MASKED = "***"


def show(call: Call) -> dict[str, Any]:
    return _shown(call.world.settings, call.query["secrets"])


def change(call: Call) -> dict[str, Any]:
    """Wholly or not at all."""
    change_settings(call.world, read_settings(call.body))
    return _shown(call.world.settings, call.query["secrets"])


def _shown(settings: Settings, secrets: bool) -> dict[str, Any]:
    values = asdict(settings)
    return {name: _MASKED if name in SECRETS and not secrets else values[name] for name in PBX_SETTINGS}


def read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, read. Raises Problem (422) with all that is wrong."""
    read, mistakes = {}, []
    for name, value in given.items():
        try:
            read[name] = read_setting(name, value)
        except SettingError as error:
            mistakes.append(printable(str(error)))
    if mistakes:
        raise Problem.of_mistakes(mistakes)
    return read
