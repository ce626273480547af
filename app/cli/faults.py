"""fault: rules by which requests go wrong, listed, armed and disarmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..faults.fields import FIELDS
from .program import attached, main, with_world

if TYPE_CHECKING:
    from ..store.worlds import World

_Command = Callable[..., Any]


def _fields(command: _Command) -> _Command:
    """A rule's fields as options, but for the route."""
    for name, field in reversed(list(FIELDS.items())):
        flag = f"--{name.replace('_', '-')}"
        if name == "route":
            continue
        if field.kind is bool:
            command = click.option(flag, name, is_flag=True, default=None, help=field.help)(command)
        else:
            metavar = {int: "N", float: "NUMBER", str: "TEXT"}[field.kind]
            command = click.option(flag, name, type=field.kind, metavar=metavar, help=field.help)(command)
    return command


@main.group("fault")
def group() -> None:
    """Arm faults: let requests fail, in the vendor's words or in none. A running server obeys at once."""


@group.command("list")
@with_world
def list_faults(config: str | None, **flags: Any) -> None:
    """The faults that are armed, with how many requests each has seen, and how often it went off."""
    from ..faults import rules
    from ..faults.wording import describe

    faults = rules.armed(_attached(config, **flags))
    click.echo("\n".join(map(describe, faults)) or "No fault is armed.")


@group.command()
@click.argument("route")
@_fields
@with_world
def arm(route: str, config: str | None, world: str, instance: str | None, **given: Any) -> None:
    """Let requests to ROUTE fail: cdr/search, get_token, cdrs/interaction, ... as the journal names it, or * for all.

    pbx-emulator fault arm cdr/search --errcode 10004 --times 1
    """
    from ..faults import rules
    from ..faults.wording import describe

    pbx = _attached(config, world=world, instance=instance)
    fault = rules.arm(pbx, rules.read_fault(pbx, {"route": route, **given}))
    click.echo(f"Armed {describe(fault)}")


@group.command()
@click.argument("fault_id", required=False, type=int, metavar="[ID]")
@with_world
def disarm(fault_id: int | None, config: str | None, **flags: Any) -> None:
    """Disarm the fault with that ID, or all."""
    from ..faults import rules

    count = rules.disarm(attached(config, **flags), fault_id)
    click.echo(f"Disarmed {count} {'fault' if count == 1 else 'faults'}.")


def _attached(config: str | None, **flags: Any) -> World:
    """The world, and the dialects, which say what can go wrong in them."""
    from .. import kazoo, yeastar  # noqa: F401

    return attached(config, **flags)
