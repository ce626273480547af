"""A progress bar on the standard error for work that takes long; nothing where nobody sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, length: int, afterwards: str) -> Iterator[Callable[[int], object] | None]:
    """What is to be called with how many more of ``length`` are done; None without a terminal.

    ``afterwards`` is shown in the label's place once all are done, for what is left to do."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:

        def step(more: int) -> None:
            if bar.pos + more >= length:
                bar.label = afterwards
            bar.update(more)

        yield step
