"""The PBX's clock moves when told."""

from __future__ import annotations

import time

from app.clock import Clock


def test_the_wall_clock_is_the_default():
    assert abs(Clock().now() - time.time()) < 30


def test_set_advance_freeze_and_run():
    clock = Clock().set(1000.0)
    assert 1000 <= clock.now() < 1030
    assert 1060 <= clock.advance(60).now() < 1090
    frozen = clock.run(0)
    assert frozen.now() == frozen.now()
    assert frozen.advance(5).now() == frozen.now() + 5


def test_it_may_run_faster():
    two_seconds_ago = time.time() - 2
    assert 2000 <= Clock(real=two_seconds_ago, shown=0, rate=1000).now() < 32_000


def test_it_may_go_backwards():
    assert Clock().set(5.0).now() < 35
