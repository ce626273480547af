"""generate: realistic calls, any number of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..pbx.profiles import PROFILES
from .program import attached, main, with_world
from .progress import progress
from .serving import contents_in_words

if TYPE_CHECKING:
    from ..pbx.generating import Generation
    from ..store.worlds import World

_DAY = 86400


@main.command()
@click.option("--calls", default=1000, show_default=True, type=click.IntRange(1, 100_000_000), help="CDR rows to make.")
@click.option(
    "--seed", "--random-seed", "random_seed", default=1, show_default=True, type=int, help="Same seed, same calls."
)
@click.option(
    "--profile", default="office", show_default=True, type=click.Choice(list(PROFILES)), help="How telephones are used."
)
@click.option(
    "--from",
    "start",
    metavar="TIME",
    help="When the first calls start; without an end, how busy it is is the profile's.",
)
@click.option("--to", "end", metavar="TIME", help="When the last have started. [default: the PBX's present time]")
@click.option("--days", type=click.IntRange(1, 3650), help="Days between --from and --to. [default: 60, up to --to]")
@with_world
def generate(
    calls: int,
    random_seed: int,
    profile: str,
    start: str | None,
    end: str | None,
    days: int | None,
    config: str | None,
    **flags: Any,
) -> None:
    """Add realistic calls to the PBX, up to its present time; the same seed and period give the same calls.

    They are those of the PBX's own extensions, trunks, queues and so on; of the demo office where it is empty.

    TIME is a date (2026-03-02), an ISO 8601 date-time, or Unix seconds, in the PBX's time zone.
    """
    from ..pbx.generating import DAYS, Generation, Wanted

    gc.disable()  # rows are many, and in no circles: looking for these takes a tenth of the time
    world = attached(config, **flags)
    first, last = _instant(world, start), _instant(world, end)
    if days is not None and first is not None:
        if last is not None:
            raise click.UsageError("--days goes with --from or with --to, not with both.")
        last = first + days * _DAY
    wanted = Wanted(calls, random_seed, profile, first, last, days or DAYS)
    generation = Generation(world, wanted)
    with progress("Making calls", calls, "Building indexes") as told:
        made = generation.run(told)
    click.echo(f"Made {made:,} CDR rows: {contents_in_words(world)}.")
    for remark in _remarks(world, generation, made):
        click.echo(remark)


def _remarks(world: World, generation: Generation, made: int) -> Iterator[str]:
    """Whose calls they are, and what might surprise."""
    people = len(generation.office.extensions)
    own = f"the PBX's own {f'{people:,} extensions' if people > 1 else 'extension'}"
    yield f"They are calls of {own if generation.own else 'the demo office'}."
    if generation.known:
        yield f"{generation.known:,} rows more are of calls that it has already; another --seed makes others."
    room = world.settings.cdr_retention_rows
    if 0 < room < made:
        yield f"It keeps the newest {room:,} rows: the setting cdr_retention_rows."
    if generation.latest > generation.now:
        yield "Some start after its present time."


def _instant(world: World, text: str | None) -> int | None:
    """Unix seconds of a time as a tester writes it. Raises TimeError."""
    from ..pbx.display_format import END
    from ..pbx.timekeeping import TimeError, read_instant

    if text is None:
        return None
    instant = read_instant(world.settings, text)
    if not text.isdigit() and not 0 < instant < END:  # what lies outside is read as the nearest inside
        raise TimeError(f"{text!r} is too early or too late: calls start from 1970 to 2099, UTC.")
    return instant
