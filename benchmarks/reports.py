"""Call reports over one month of a busy office."""

from __future__ import annotations

from statistics import median

from app.clock import Clock
from app.pbx.generating import Wanted, generate_calls
from app.pbx.profiles import PROFILES

from . import OUT, dataset, servers, wire
from .dataset import Dataset
from .figures import Report
from .load import Job, Load
from .scene import answer, login
from .searches import target

CALLS, DAYS = 200_000, 31
ROUNDS = 7
BAR = 0.3

# Type and its own parameters -> the most seconds it may take, None where no bar is set.
ASKED: tuple[tuple[dict[str, str], float | None], ...] = (
    ({"type": "queueperformance", "queue_id_list": "1,2"}, BAR),
    ({"type": "queueagentperformance", "queue_id": "1"}, None),
    ({"type": "queueavgwaittalktime", "queue_id_list": "1,2", "time": "12/2025"}, None),
    ({"type": "ringgroupstatistics"}, None),
    ({"type": "extcallstatistics", "ext_id_list": "1"}, None),
    ({"type": "unreturnmisscall"}, None),
)


def measure(report: Report, generator: Load) -> None:
    """How long each type takes that is emulated."""
    data = Dataset(OUT / "reports", round(CALLS * PROFILES["office"].rows_per_call))
    _make(data)
    chapter = f"Reports of a month with {CALLS:,} calls; seconds for an answer"
    with servers.emulator(data) as served:
        token = login(served.port)
        for params, most in ASKED:
            request = wire.get(target("call_report/list", token, params))
            if not answer(served.port, request).get("total_number"):
                report.note(f"WRONG ANSWER: {params['type']} is empty")
            outcomes = [generator.run(Job(served.port, [request], 1, 1)) for _ in range(ROUNDS)]
            report.add(chapter, params["type"], median(outcome.seconds for outcome in outcomes), "s", most=most)


def _make(data: Dataset) -> None:
    world = data.world()
    if not world.database.connection().execute("SELECT 1 FROM cdr").fetchone():
        world.set_clock(Clock(0.0, dataset.END, 0.0))
        generate_calls(world, Wanted(data.rows, days=DAYS))
        world.set_clock(Clock())
    world.database.close()
