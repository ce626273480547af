"""Metrics for Prometheus: how many requests there were, how they ended, how long they took, over all workers.

Each worker counts in files of its own, in a folder of its server's; whoever is asked adds up what the files say.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.metrics_core import Metric

FOLDER_NAME = "metrics"

# Where prometheus-client keeps the files. It looks once, when it is imported; without it a process counts for itself.
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

# Upper limits in seconds: a search takes a millisecond, a slow answer that was asked for as long as one likes.
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


# Bytes of each of its files: some thousand lines of what is counted.
_ROOM = 1 << 20


class _Meters(NamedTuple):
    registry: CollectorRegistry
    requests: Counter
    durations: Histogram


class _Tally(NamedTuple):
    """What one answered request adds to."""

    requests: Callable[[], None]
    durations: Callable[[float], None]


# Dialect, route and outcome -> their tally. Their number is bounded: all three come from tables.
_tallies: dict[tuple[str, str | None, int], _Tally] = {}
_adding = threading.Lock()


def share(instance: Path) -> None:
    """Let this process and its workers count together; to be called by a server before it has workers."""
    folder = instance / FOLDER_NAME
    own = folder / str(os.getpid())
    shutil.rmtree(own, ignore_errors=True)  # in a container every server has the same number
    own.mkdir(parents=True)
    for other in folder.iterdir():
        if not _is_running(other.name):
            shutil.rmtree(other, ignore_errors=True)
    os.environ[_VARIABLE] = str(own.resolve())
    _meters()


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (ValueError, OverflowError, OSError):
        return False
    return True


@cache
def _meters() -> _Meters:
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    by_route = ("dialect", "route")
    return _Meters(
        registry,
        Counter("pbx_requests", "Requests answered.", (*by_route, "outcome"), registry=registry),
        Histogram(
            "pbx_request_duration_seconds", "Time to the answer's last byte.", by_route,
            buckets=_BUCKETS, registry=registry,
        ),
    )  # fmt: skip


def count(dialect: str, route: str | None, outcome: int, seconds: float) -> None:
    """Count an answered request; ``outcome`` is its errcode, or its HTTP status in dialects that have none.

    Where somebody has removed the folder, it goes uncounted."""
    key = dialect, route, outcome
    tally = _tallies.get(key)
    if tally is None:
        try:
            with _adding:
                tally = _tallies[key] = _tally(dialect, route or "none", str(outcome))
        except OSError:
            return
    tally.requests()
    tally.durations(seconds)


def _tally(dialect: str, route: str, outcome: str) -> _Tally:
    if _VARIABLE in os.environ:
        _reserve(Path(os.environ[_VARIABLE]))
    meters = _meters()
    return _Tally(meters.requests.labels(dialect, route, outcome).inc, meters.durations.labels(dialect, route).observe)


def _reserve(folder: Path) -> None:
    """Take the room on the disk that prometheus-client would only promise itself: what it then writes to memory, where
    its files are, would end the process on a disk that is full. Raises OSError."""
    for kind in ("counter", "histogram"):
        path = folder / f"{kind}_{os.getpid()}.db"
        if path.exists():
            continue
        try:
            path.write_bytes(bytes(_ROOM))
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def exposition(gauges: Mapping[str, tuple[str, float]]) -> tuple[bytes, str]:
    """All that was counted, as Prometheus reads it, and its content type; ``gauges``: name -> help and value now.

    Raises OSError where somebody has removed the folder."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if _VARIABLE in os.environ:
        os.stat(os.environ[_VARIABLE])
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_meters().registry)
    registry.register(_Gauges(gauges))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Gauges:
    """What is not counted but looked up when somebody asks."""

    def __init__(self, gauges: Mapping[str, tuple[str, float]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        for name, (help, value) in self._gauges.items():
            yield GaugeMetricFamily(name, help, value=value)
