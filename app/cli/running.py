"""exec: a command, with a PBX for as long as it runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

import click

from ..settings import SETTINGS
from ..sharing import StartError, Use, arguments_of
from .program import attached, explicit_of, main, settings_options

# Exit codes as a shell's, for a command that cannot be run.
_NOT_FOUND, _NOT_EXECUTABLE, _KILLED = 127, 126, 128

# Signals that a terminal's keys send, and all that the command is to get as well.
_KEYS = (signal.SIGINT, signal.SIGQUIT)
PASSED_ON = (*_KEYS, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)

# Seconds the server may take to end.
_ENDING = 15.0


@main.command("exec", context_settings={"allow_interspersed_args": False})
@settings_options(*SETTINGS)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def exec_(context: click.Context, /, command: tuple[str, ...], config: str | None, **flags: Any) -> None:
    """Start a server, run COMMAND with it, stop it, and pass on the exit code.

    The server listens on a free port unless --port is given, and its data is temporary unless --instance is given.
    COMMAND finds it in the variables PBX_URL, PBX_CLIENT_ID, PBX_CLIENT_SECRET, PBX_KAZOO_ACCOUNT_ID,
    PBX_KAZOO_API_KEY and PBX_INSTANCE; other commands of this program are then about it. With --tls, PBX_CA is the
    file of the authority to trust.
    """
    token = explicit_of(config, flags).get("control_token")
    program = shutil.which(command[0])
    if program is None:
        context.exit(_cannot_run(command[0]))
    with served(config, flags) as variables:
        code = run(command, {**os.environ, **variables, **({"PBX_CONTROL_TOKEN": token} if token else {})})
    context.exit(code)


def _cannot_run(name: str) -> int:
    """Why there is no such program, told and as an exit code."""
    there = os.sep in name and os.path.exists(name)
    click.echo(f"Error: {name} {'is not executable' if there else 'is not found'}.", err=True)
    return _NOT_EXECUTABLE if there else _NOT_FOUND


@contextmanager
def served(config: str | None, flags: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The variables that tell of a server, which ends with the block, or with this process."""
    with tempfile.TemporaryDirectory(prefix="pbx-emulator-", ignore_cleanup_errors=True) as folder:
        use = Use(Path(folder) / "users")
        instance = os.path.abspath(flags["instance"] or folder)
        arguments = arguments_of({"config": config, **flags, "instance": instance, "port": flags["port"] or 0})
        process = None
        try:
            temporary = [] if flags["instance"] else ["--remove-instance"]
            process = use.start([*arguments, *temporary], os.environ, subprocess.DEVNULL, None)
            if not temporary:
                shutil.rmtree(folder)  # what is open in it is all that is needed
            yield _variables(use.address, instance, config, flags)
        except StartError:
            click.get_current_context().exit(2)  # it has said why
        finally:
            use.end()
            if process:
                process.wait(_ENDING)


def _variables(address: str, instance: str, config: str | None, flags: dict[str, Any]) -> dict[str, str]:
    """What the command is told. The client's may also come from a seed document, so the PBX is asked for them."""
    settings = attached(config, **{**flags, "instance": instance}).settings
    own = {"PBX_CA": os.path.join(instance, "tls", "ca.pem")} if settings.tls and not settings.tls_cert else {}
    return {
        **own,
        "PBX_URL": address,
        "PBX_CLIENT_ID": settings.client_id,
        "PBX_CLIENT_SECRET": settings.client_secret,
        "PBX_KAZOO_ACCOUNT_ID": settings.kazoo_account_id,
        "PBX_KAZOO_API_KEY": settings.kazoo_api_key,
        "PBX_INSTANCE": instance,
    }


def run(
    command: tuple[str, ...],
    environment: dict[str, str],
    output: IO[bytes] | None = None,
    met: list[int] | None = None,
) -> int:
    """Run it to its end; its exit code, 128 and the signal's number where a signal ended it. All that it says goes to
    ``output``, and the signals that came meanwhile to ``met``, where these are given."""
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        if met is not None:
            met.append(number)
        if number in _KEYS and _at_a_terminal():
            return  # which has sent it to the command, too
        process.send_signal(number) if process else early.append(number)

    for number in PASSED_ON:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, pass_on)
    try:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    except OSError as error:
        click.echo(f"Error: {command[0]} cannot be run: {error.strerror}.", err=True)
        return _NOT_EXECUTABLE
    for missed in early:
        process.send_signal(missed)
    code = process.wait()
    return code if code >= 0 else _KILLED - code


def _at_a_terminal() -> bool:
    """Whether this is what runs in the foreground of a terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
