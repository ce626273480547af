"""time: the PBX's clock, shown and moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .program import attached, main, with_world

if TYPE_CHECKING:
    from ..store.worlds import World


@main.group("time", invoke_without_command=True)
@with_world
@click.pass_context
def time_(context: click.Context, /, config: str | None, **flags: Any) -> None:
    """Show the PBX's clock, or move it: set, freeze, advance, run, resume. A running server obeys at once."""
    if context.invoked_subcommand is None:
        _show_time(attached(config, **flags))


def _show_time(world: World, note: str = "") -> None:
    from ..pbx.display_format import DisplayFormat

    settings, clock = world.present()
    runs = {0.0: "stands still", 1.0: "runs"}.get(clock.rate, f"runs {clock.rate:g} times as fast")
    click.echo(f"{DisplayFormat.of(settings).write(int(clock.now()))} in {settings.timezone}; the clock {runs}.")
    if note:
        click.echo(note)


@time_.command("set")
@click.argument("instant")
@with_world
def set_time(instant: str, config: str | None, **flags: Any) -> None:
    """Let the clock show INSTANT: a time in the display format, ISO 8601, or Unix seconds."""
    from ..pbx import timekeeping

    world = attached(config, **flags)
    _show_time(world, timekeeping.set_time(world, timekeeping.read_instant(world.settings, instant)))


@time_.command()
@click.argument("instant", required=False)
@with_world
def freeze(instant: str | None, config: str | None, **flags: Any) -> None:
    """Stop the clock, at INSTANT if one is given."""
    from ..pbx import timekeeping

    world = attached(config, **flags)
    at = None if instant is None else timekeeping.read_instant(world.settings, instant)
    _show_time(world, timekeeping.freeze(world, at))


@time_.command()
@click.argument("duration")
@with_world
def advance(duration: str, config: str | None, **flags: Any) -> None:
    """Let DURATION pass at once: seconds, or 31m, 2h, 1d, 1w. (`set` also sets the clock back.)"""
    from ..pbx import timekeeping

    world = attached(config, **flags)
    _show_time(world, timekeeping.advance(world, timekeeping.read_duration(duration)))


@time_.command("run")
@click.argument("rate", type=float, default=1.0)
@with_world
def run_clock(rate: float, config: str | None, **flags: Any) -> None:
    """Let the clock run RATE times as fast as the real one, from the time it shows."""
    from ..pbx import timekeeping

    world = attached(config, **flags)
    timekeeping.run(world, rate)
    _show_time(world)


@time_.command()
@with_world
def resume(config: str | None, **flags: Any) -> None:
    """Let the clock be the real one again."""
    from ..pbx import timekeeping

    world = attached(config, **flags)
    _show_time(world, timekeeping.resume(world))
