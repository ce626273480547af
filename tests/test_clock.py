"""The PBX's clock moves when told."""

from __future__ import annotations

import time

from app.clock import Clock


def test_the_wall_clock_is_the_default():
    assert abs(Clock().now() - time.time()) < 1


def test_set_advance_freeze_and_run():
    clock = Clock().set(1000.0)
    assert 1000 <= clock.now() < 1001
    assert 1060 <= clock.advance(60).now() < 1061
    frozen = clock.run(0)
    assert frozen.now() == frozen.now()
    assert frozen.advance(5).now() == frozen.now() + 5
    fast = clock.run(1000)
    before = fast.now()
    assert fast.now() > before


def test_it_may_go_backwards():
    assert Clock().set(5.0).now() < 10
