"""Rate-limit buckets: what they hold, whatever the clock does, and that all processes share them."""

from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
import threading

import pytest
from conftest import ROOT

from app.store.buckets import Buckets

SIZE = 10
FILE_LENGTH = 32 + 4096 * 32


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pbx.buckets"


@pytest.fixture
def buckets(path):
    return Buckets(path)


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        # each step: cost, size, refill, now
        ([(1, 10, 0, 0)], [9]),
        ([(0, 10, 0, 0)], [10]),
        ([(10, 10, 0, 0), (1, 10, 0, 0)], [0, None]),
        ([(11, 10, 0, 0), (10, 10, 0, 0)], [None, 0]),
        ([(6, 10, 0, 0), (5, 10, 0, 0), (4, 10, 0, 0), (1, 10, 0, 0)], [4, None, 0, None]),
        ([(10, 10, 2, 0), (1, 10, 2, 0.4), (1, 10, 2, 0.5), (1, 10, 2, 1.0)], [0, None, 0, 0]),
        ([(10, 10, 2, 0), (1, 10, 2, 1000)], [0, 9]),
        ([(1, 10, 5, 100), (1, 10, 5, 100), (1, 10, 5, 100)], [9, 8, 7]),
        # set back: nothing is regained, and from there on it is
        ([(10, 10, 1, 1000), (1, 10, 1, 500), (1, 10, 1, 501), (1, 10, 1, 501)], [0, None, 0, None]),
        # another worker's time is a moment behind: the second between the two counts once
        ([(10, 10, 1, 1000), (0, 10, 1, 999.5), (1, 10, 1, 1000), (1, 10, 1, 1001)], [0, 0, None, 0]),
        # a clock that runs backwards
        ([(5, 10, 9, now) for now in (10.0, 9.7, 9.4, 9.1, 8.8, 8.5)], [5, 0, None, None, None, None]),
        ([(5, 10, 9, now) for now in (10, -10, -1000)], [5, 0, None]),
        # the settings change
        ([(1, 10, 0, 0), (1, 5, 0, 0), (1, 10, 0, 0)], [9, 4, 3]),
        ([(10, 10, 0, 0), (1, 10, 3, 1)], [0, 2]),
        ([(35, 10, 5, 0), (35, 10, 5, 1e9)], [None, None]),
        ([(1, 10**9, 10**9, 0), (1, 10**9, 10**9, 1e12)], [10**9 - 1, 10**9 - 1]),
    ],
)
def test_spend(buckets, steps, left):
    assert [buckets.spend("a", *step) for step in steps] == left


def test_each_name_has_its_own(buckets):
    names = [*(f"10.0.0.{number}/account" for number in range(250)), "", "é/\udcff", "x" * 100_000]
    assert [buckets.spend(name, 3, SIZE, 0, 0) for name in names] == [7] * len(names)
    assert [buckets.spend(name, 3, SIZE, 0, 0) for name in names] == [4] * len(names)


def test_bounded_whoever_asks(buckets, path):
    """With more names than slots the stalest go; those in use stay as they are."""
    for number in range(20_000):
        assert buckets.spend(f"once {number}", 1, SIZE, 0, number) == SIZE - 1
        if number % 100 == 0:
            left = buckets.spend("always", 1, 1000, 0, number)
    assert left == 800
    assert path.stat().st_size == FILE_LENGTH


def test_kept_in_the_file(path):
    assert Buckets(path).spend("a", 4, SIZE, 0, 0) == 6
    assert Buckets(path).spend("a", 4, SIZE, 0, 0) == 2


def slot(digest, left, last):
    return struct.pack("=16sdd", digest, left, last)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: b"\0",
        lambda content: content[:100],
        lambda content: content[:-1],
        lambda content: os.urandom(len(content)),
        lambda content: os.urandom(3 * len(content)),
        lambda content: b"x" + content[1:],
        lambda content: content[:32] + bytes(len(content) - 32),
        lambda content: content[:32] + b"\xff" * (len(content) - 32),
    ],
)
def test_a_spoilt_file_starts_afresh(path, spoil):
    assert Buckets(path).spend("a", SIZE, SIZE, 0, 0) == 0
    path.write_bytes(spoil(path.read_bytes()))
    buckets = Buckets(path)
    assert buckets.spend("a", 4, SIZE, 0, 0) == 6
    assert buckets.spend("a", 7, SIZE, 0, 0) is None
    assert Buckets(path).spend("a", 4, SIZE, 0, 0) == 2


@pytest.mark.parametrize("refill", [0, 5])
@pytest.mark.parametrize("left", [math.nan, math.inf, -math.inf, -1.0, 1e300, 3.0])
@pytest.mark.parametrize("last", [math.nan, math.inf, -math.inf, 0.0, 1e300])
def test_spoilt_slots_do_no_harm(path, left, last, refill):
    first = Buckets(path)
    first.spend("a", 0, SIZE, 0, 0)
    content = path.read_bytes()
    digest = next(content[at : at + 16] for at in range(32, len(content), 32) if any(content[at : at + 16]))
    path.write_bytes(content[:32] + slot(digest, left, last) * 4096)
    buckets = Buckets(path)
    for name in ("a", "b"):
        answers = [buckets.spend(name, 4, SIZE, refill, 1.0) for _ in range(4)]
        assert answers[-1] is None
        assert all(answer is None or 0 <= answer <= 6 for answer in answers)
    assert path.read_bytes()[:32] == content[:32]


def test_no_folder_no_buckets(tmp_path):
    with pytest.raises(OSError, match="missing"):
        Buckets(tmp_path / "missing" / "pbx.buckets")


def test_threads_share_them(buckets):
    paid = []

    def spend():
        paid.extend(buckets.spend("a", 1, 500, 0, 0) for _ in range(200))

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(left for left in paid if left is not None) == list(range(500))


SPENDER = """
import sys
from pathlib import Path
from app.store.buckets import Buckets
buckets = Buckets(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(*(buckets.spend("a", 1, 3000, 0, 0) for _ in range(2000)))
"""


def test_processes_share_them(path):
    """Exactly as many spends succeed as there are tokens, each with a number of its own."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SPENDER, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    left = [answer for process in running for answer in process.communicate(timeout=30)[0].split()]
    assert len(left) == 6000
    assert sorted(int(answer) for answer in left if answer != "None") == list(range(3000))


FORKER = """
import os, sys
from pathlib import Path
from app.store.buckets import Buckets
buckets = Buckets(Path(sys.argv[1]))
buckets.spend("a", 0, 3000, 0, 0)
with buckets._lock:  # as if a thread were at it
    children = []
    while len(children) < 3 and 0 not in children:
        children.append(os.fork())
    if 0 in children:
        answers = [buckets.spend("a", 1, 3000, 0, 0) for _ in range(2000)]
        Path(f"{sys.argv[1]}.{os.getpid()}").write_text(" ".join(map(str, answers)))
        os._exit(0)
assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
print(buckets.spend("a", 1, 3000, 0, 0))
"""


def test_forked_processes_share_them(path):
    """As gunicorn does it: opened first, forked then."""
    command = [sys.executable, "-c", FORKER, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "None\n"
    left = [answer for told in path.parent.glob("pbx.buckets.*") for answer in told.read_text().split()]
    assert len(left) == 6000
    assert sorted(int(answer) for answer in left if answer != "None") == list(range(3000))
