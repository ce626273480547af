"""The program: its options, the PBX that a command is about, and how a mistake is told."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from .._version import __version__
from ..settings import SETTINGS, Setting, SettingError, explicit_settings
from ..store.database import DatabaseError
from ..store.worlds import DEFAULT

if TYPE_CHECKING:
    from ..pbx.worlds import Worlds
    from ..store.worlds import World


# The exit code after Ctrl-C, as shells have it: 128 and the signal's number.
_INTERRUPTED = 130

_PACKAGE = str(__package__).rpartition(".")[0]


def _sentences() -> tuple[type[Exception], ...]:
    """The exceptions whose text is meant for the person at the keyboard."""
    found: list[type[Exception]] = [SettingError, DatabaseError, sqlite3.Error]
    # Looked up, not imported: whoever raised one has imported it.
    for module, name in (
        ("server", "AddressError"),
        ("tls", "CertificateError"),
        ("pbx.seed_mistakes", "SeedError"),
        ("pbx.importers.mistakes", "FileError"),
        ("pbx.timekeeping", "TimeError"),
        ("pbx.parties", "PeriodError"),
        ("pbx.parties", "OfficeError"),
        ("faults.fault", "FaultError"),
        ("store.registry", "WorldError"),
    ):
        loaded = sys.modules.get(f"{_PACKAGE}.{module}")
        if loaded is not None:
            found.append(getattr(loaded, name))
    return tuple(found)


class StoppedError(Exception):
    """Somebody pressed Ctrl-C; the text says what that means."""


class _Program(click.Group):
    """Commands that a server has no use for are loaded when they are wanted."""

    def list_commands(self, context: click.Context) -> list[str]:
        _load_others()
        return super().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.commands:
            _load_others()
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (KeyboardInterrupt, StoppedError) as error:
            click.echo(f"\nAborted! {error}".rstrip(), err=True)
            context.exit(_INTERRUPTED)
        except Exception as error:
            if not isinstance(error, _sentences()):
                raise
            text = f"The database cannot be used: {error}." if isinstance(error, sqlite3.Error) else str(error)
            click.echo(f"Error: {text}", err=True)
            context.exit(2)


def _load_others() -> None:
    from . import others  # noqa: F401 - each says of itself that it is a command


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="pbx-emulator")
def main() -> None:
    """A Yeastar P-Series phone system that is not there."""


_Command = Callable[..., Any]


def _option(setting: Setting) -> Callable[[_Command], _Command]:
    help = f"{setting.help} [{setting.variable}; default: {shown(setting.default)}]"
    if isinstance(setting.default, bool):
        off = setting.flag.replace("--", "--no-", 1)
        return click.option(f"{setting.flag}/{off}", setting.name, default=None, help=help)
    return click.option(setting.flag, setting.name, default=None, metavar="VALUE", help=help)


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (tuple, list)):
        return ", ".join(value) or "none"
    return repr(value) if value in ("", " ") else str(value)


def settings_options(*names: str) -> Callable[[_Command], _Command]:
    """The options --config and those of the settings named."""

    def decorate(command: _Command) -> _Command:
        for name in reversed(names):
            command = _option(SETTINGS[name])(command)
        return click.option("--config", metavar="FILE", help="TOML file with settings. [PBX_CONFIG]")(command)

    return decorate


with_instance = settings_options("instance")


def with_world(command: _Command) -> _Command:
    """The options of ``with_instance``, and --world."""
    option = click.option("--world", metavar="NAME", default=DEFAULT, help="The world it is about. [default: default]")
    return option(with_instance(command))


def explicit_of(config: str | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    return explicit_settings(flags, config=config)


def attached(config: str | None, world: str = DEFAULT, **flags: Any) -> World:
    """A PBX of the folder, without a server being started on it. Raises WorldError: unknown."""
    if world != DEFAULT:
        return attached_worlds(config, **flags).get(world)
    from ..pbx.setup import open_world

    default = open_world(explicit_of(config, flags), started=False)
    click.get_current_context().call_on_close(default.database.close)
    return default


def attached_worlds(config: str | None, **flags: Any) -> Worlds:
    """All PBXs of the folder, without a server being started on them."""
    from ..pbx.worlds import open_worlds

    worlds = open_worlds(explicit_of(config, flags), started=False)
    click.get_current_context().call_on_close(worlds.close)
    return worlds
