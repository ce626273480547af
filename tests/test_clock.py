"""The PBX's clock moves when told; real time stands still here, so that every figure is exact."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app import clock
from app.clock import Clock

NOW = 1_700_000_000.0


@pytest.fixture
def later(monkeypatch):
    """Let so many real seconds pass."""
    real = [NOW]
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: real[0]))

    def later(seconds):
        real[0] += seconds

    return later


def test_the_wall_clock_is_the_default(later):
    assert Clock().now() == NOW
    later(2)
    assert Clock().now() == NOW + 2


def test_set_and_advance(later):
    moved = Clock().set(1000.0)
    assert moved.now() == 1000
    later(3)
    assert moved.now() == 1003
    assert moved.advance(60).now() == 1063


def test_frozen(later):
    frozen = Clock().set(1000.0).run(0)
    later(3)
    assert frozen.now() == 1000
    assert frozen.advance(5).now() == 1005


def test_it_may_run_faster(later):
    fast = Clock().set(1000.0).run(1000)
    later(2)
    assert fast.now() == 3000


def test_it_may_go_backwards(later):
    assert Clock().set(NOW).set(5.0).now() == 5
