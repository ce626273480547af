"""matrix: a command, once with each of several firmwares, and a grid of how it went."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click

from ..settings import FIRMWARES, SETTINGS
from .program import explicit_of, main, settings_options
from .running import PASSED_ON, run, served

# Each run has an instance of its own, and one of the firmwares.
_OPTIONS = (name for name in SETTINGS if name not in ("instance", "firmware"))

_STOPS = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP}

# Characters of a command's last line that are shown.
_LONGEST = 80

# Element in a testcase of JUnit's XML -> how the test went.
_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}


@dataclass(frozen=True)
class _Ran:
    """How the command went; ``tests`` are the outcomes by name that it has written down. ``is_stopped``: somebody
    wanted it to end, and means all of it."""

    firmware: str
    code: int
    seconds: float
    last_line: str
    is_stopped: bool
    tests: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        return "passed" if self.code == 0 else f"failed ({self.code})"


@main.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--profiles", metavar="NAMES", default=",".join(FIRMWARES[1:]), show_default=True,
    help="Firmwares, with commas between.",
)  # fmt: skip
@click.option(
    "--junit", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="JUnit XML that COMMAND writes: the grid then has a row for each test.",
)  # fmt: skip
@settings_options(*_OPTIONS)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def matrix(
    context: click.Context, /, profiles: str, junit: Path | None, command: tuple[str, ...], config: str | None,
    **flags: Any,
) -> None:  # fmt: skip
    """Run COMMAND once with each firmware, each time with a fresh server as `exec` does, and print a grid.

    COMMAND finds the firmware in PBX_FIRMWARE, and the server in the variables that `exec` gives it. What it says is
    shown where it fails. The exit code is 0 if all runs passed, 1 if any failed.
    """
    names = _firmwares(profiles)
    if shutil.which(command[0]) is None:
        raise click.UsageError(f"{command[0]} is not found, or not executable.")
    ran = []
    for firmware in names:
        ran.append(_ran(firmware, command, junit, config, flags))
        if ran[-1].is_stopped:
            break
    click.echo(_grid(_test_rows(ran) if any(one.tests for one in ran) else _run_rows(ran)))
    context.exit(0 if len(ran) == len(names) and not any(one.code for one in ran) else 1)


def _firmwares(text: str) -> list[str]:
    names = list(dict.fromkeys(map(str.strip, text.split(","))))
    for name in names:
        if name not in FIRMWARES:
            told = f"{name!r} is no firmware; there are {', '.join(FIRMWARES)}."
            raise click.BadParameter(told, param_hint="'--profiles'")
    return names


def _ran(
    firmware: str, command: tuple[str, ...], junit: Path | None, config: str | None, flags: dict[str, Any]
) -> _Ran:
    """Run it with a server of that firmware; what it said is told if it failed."""
    token = explicit_of(config, flags).get("control_token")
    before, met = _version_of(junit), list[int]()
    with tempfile.TemporaryFile() as output, _signals_kept():
        with served(config, {**flags, "instance": None, "firmware": firmware}) as variables:
            own = {"PBX_FIRMWARE": firmware, **({"PBX_CONTROL_TOKEN": token} if token else {})}
            begun = time.perf_counter()
            code = run(command, {**os.environ, **variables, **own}, output, met)
            seconds = time.perf_counter() - begun
        output.seek(0)
        last = _last_line(output)
        if code:
            _tell(firmware, output)
    written = junit if _version_of(junit) != before else None
    if junit and not written:
        click.echo(f"{firmware}: the command has not written {junit}.", err=True)
    ran = _Ran(firmware, code, seconds, last, not _STOPS.isdisjoint(met), _tests(written) if written else {})
    click.echo(f"{firmware}: {ran.outcome}, {seconds:.1f} s", err=True)
    return ran


@contextmanager
def _signals_kept() -> Iterator[None]:
    """What signals do is afterwards what it was before."""
    before = {number: signal.getsignal(number) for number in PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _version_of(path: Path | None) -> tuple[int, ...] | None:
    """What changes when the file is written; None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found else None


def _last_line(output: IO[bytes]) -> str:
    """The last line that is not blank, as it may stand in a grid."""
    last = b""
    for line in output:
        last = line.strip() or last
    text = "".join(letter if letter.isprintable() else " " for letter in last.decode(errors="replace"))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tell(firmware: str, output: IO[bytes]) -> None:
    output.seek(0)
    click.echo(f"--- firmware {firmware} ---")
    click.echo(output.read(), nl=False)
    click.echo(f"--- end of firmware {firmware} ---\n")


def _tests(path: Path) -> dict[str, str]:
    """How each test went, by name."""
    from xml.etree import ElementTree  # here, because only this needs it

    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        click.echo(f"{path} cannot be read as JUnit's XML: {error}.", err=True)
        return {}
    return {_name(case.attrib): _outcome(child.tag for child in case) for case in cases}


def _name(attributes: Mapping[str, str]) -> str:
    return "::".join(filter(None, (attributes.get("classname"), attributes.get("name"))))


def _outcome(tags: Iterator[str]) -> str:
    return next((_OUTCOMES[tag] for tag in tags if tag in _OUTCOMES), "passed")


def _run_rows(ran: Sequence[_Ran]) -> list[list[str]]:
    rows = [[one.firmware, one.outcome, f"{one.seconds:.1f}", one.last_line] for one in ran]
    return [["firmware", "outcome", "seconds", "last line"], *rows]


def _test_rows(ran: Sequence[_Ran]) -> list[list[str]]:
    """A row for each test, with - where it was not run, and one for the command itself."""
    names = dict.fromkeys(name for one in ran for name in one.tests)
    rows = [[name, *(one.tests.get(name, "-") for one in ran)] for name in names]
    return [["test", *(one.firmware for one in ran)], *rows, ["the command", *(one.outcome for one in ran)]]


def _grid(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    head, *others = lines
    return "\n".join((head, "  ".join("-" * width for width in widths), *others))
