"""The tape behind the journal: whole records or none, whoever writes, is killed or spoils the files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import postgres
import pytest
from conftest import ROOT, wait_until

from app.store.tape import _HEAD, Record, Tape

pytestmark = pytest.mark.skipif(postgres.CHOSEN, reason="the journal is in files, whichever database there is")

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tape"


def contents(tape: Tape, after: int = 0, tag: int | None = None) -> list[bytes]:
    return [record.content() for record in tape.records(after, tag)]


def pieces(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda path: int(path.name.partition("-")[0]))


def test_what_is_recorded_is_there(folder):
    tape = Tape(folder, MIB, 100)
    assert (tape.head, tape.records()) == (0, [])
    numbers = [tape.append(b"%d" % number, 1 + number % 2) for number in range(6)]
    assert numbers == sorted(set(numbers))
    assert [record.number for record in tape.records()] == numbers
    assert contents(tape) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert contents(tape, tag=2) == [b"1", b"3", b"5"]
    assert contents(tape, after=numbers[3]) == [b"4", b"5"]
    assert tape.head == numbers[-1]
    assert contents(tape, after=tape.head) == []
    assert all(isinstance(record, Record) and record.size == 1 for record in tape.records())


def test_others_see_it_at_once_and_after_a_restart(folder):
    one, other = Tape(folder, MIB, 100), Tape(folder, MIB, 100)
    one.append(b"one", 1)
    assert contents(other) == [b"one"]
    other.append(b"other", 1)
    assert contents(one) == contents(Tape(folder)) == contents(Tape(folder, MIB, 100)) == [b"one", b"other"]


def test_the_newest_rows_are_shown(folder):
    tape = Tape(folder, MIB, 10)
    for number in range(25):
        tape.append(b"%d" % number, 1)
    assert contents(tape) == [b"%d" % number for number in range(15, 25)]


@pytest.mark.parametrize("size", [1, 100, 1000, 3000])
def test_as_many_bytes_are_kept_as_it_may_hold(folder, size):
    most, room = 8192, size + _HEAD.size
    tape = Tape(folder, most, 100_000)
    numbers = []
    for number in range(5 * most // room + 1):
        numbers.append(tape.append(b"%d" % (number % 10) * size, 1))
        kept = [record.number for record in tape.records()]
        assert kept == numbers[-len(kept) :]
        assert len(kept) * room <= most + 2 * room
        assert len(kept) == len(numbers) or (len(kept) + 1) * room >= most // 2
    assert numbers == sorted(set(numbers))
    assert len(pieces(folder)) == 2


@pytest.mark.parametrize("size", [1 << 19, 5000])
def test_what_is_too_large_is_refused(folder, size):
    tape = Tape(folder, 8192 if size < 1 << 19 else 8 * MIB, 10)
    with pytest.raises(ValueError, match="too many"):
        tape.append(b"x" * size, 1)
    assert tape.records() == []


def test_forgetting(folder):
    tape, other = Tape(folder, MIB, 100), Tape(folder, MIB, 100)
    for number in range(6):
        tape.append(b"%d" % number, 1 + number % 3)
    head = tape.head
    other.forget(2)
    assert contents(tape) == [b"0", b"2", b"3", b"5"]
    tape.append(b"6", 2)
    assert contents(other, tag=2) == [b"6"]
    other.forget()
    assert contents(tape) == contents(Tape(folder)) == []
    assert tape.append(b"7", 2) > head
    assert contents(other) == [b"7"]


def test_another_length_begins_another_piece(folder):
    first = Tape(folder, MIB, 100)
    number = first.append(b"one", 1)
    second = Tape(folder, 2 * MIB, 100)
    assert second.append(b"two", 1) > number
    assert contents(second) == contents(Tape(folder)) == [b"one", b"two"]


def spoiled(folder, tape):
    """What can lie behind a record, and what is done to it."""
    half = _HEAD.pack(b"\xffPBX", 100, 0, 1) + b"x" * 50
    whole_but_wrong = _HEAD.pack(b"\xffPBX", 4, 12345, 1) + b"abcd"
    endless = _HEAD.pack(b"\xffPBX", 2**32 - 1, 0, 1)
    return [b"\xff", b"\xffPB", half[:10], half, whole_but_wrong, endless, bytes(5000), os.urandom(3_000_000)]


@pytest.mark.parametrize("kind", range(8))
def test_what_is_no_record_is_passed_over(folder, kind):
    tape = Tape(folder, 16 * MIB, 100)
    tape.append(b"before", 1)
    assert contents(tape) == [b"before"]
    with pieces(folder)[0].open("ab") as file:
        file.write(spoiled(folder, tape)[kind])
    assert contents(tape) == [b"before"]
    number = tape.append(b"after", 1)
    assert contents(tape) == contents(Tape(folder)) == [b"before", b"after"]
    assert tape.records()[-1].number == number == tape.head


def test_foreign_files_are_left_alone(folder):
    folder.mkdir()
    for name in ("notes.txt", "1", "x-1", "-1-5", "0-9.bak", "٣-٤"):
        (folder / name).write_bytes(b"\xffPBX not ours")
    tape = Tape(folder, 8192, 10)
    for _ in range(500):
        tape.append(b"x" * 100, 1)
    assert len(contents(tape)) == 10
    assert len(list(folder.iterdir())) == 6 + 2


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "missing" / "tape"):
        with pytest.raises(OSError, match=folder.name):
            Tape(folder, MIB, 10)


def test_a_tape_that_others_make_may_be_made_later(folder):
    later = Tape(folder)
    later.forget()
    assert (later.records(), later.head, folder.exists()) == ([], 0, False)
    with pytest.raises(FileNotFoundError, match="no tape"):
        later.append(b"x", 1)
    Tape(folder, MIB, 10).append(b"x", 1)
    assert contents(later) == [b"x"]
    assert later.append(b"y", 1) == later.head


def test_only_the_owner_may_read_it(folder):
    Tape(folder, MIB, 10).append(b"x", 1)
    assert folder.stat().st_mode & 0o077 == 0
    assert pieces(folder)[0].stat().st_mode & 0o077 == 0


def test_threads_write_at_once(folder):
    tape = Tape(folder, 16 * MIB, 10_000)
    numbers: list[int] = []

    def write(name: int) -> None:
        numbers.extend(tape.append(b"%d %d" % (name, number), 1) for number in range(1000))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(contents(tape)) == sorted(b"%d %d" % (name, number) for name in range(4) for number in range(1000))
    assert sorted(numbers) == [record.number for record in tape.records()]


WRITER = """
import sys
from pathlib import Path
from app.store.tape import Tape
folder, most_bytes, name, amount = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode(), int(sys.argv[4])
tape = Tape(folder, most_bytes, 1_000_000)
print("ready", flush=True)
sys.stdin.readline()
for number in range(amount):
    tape.append(name + b" %d " % number + b"x" * (number % 900), 1)
"""


def writers(folder: Path, most_bytes: int, amount: int, processes: int) -> list[subprocess.Popen[str]]:
    """Processes that write so many records each, begun together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(most_bytes), f"writer{place}", str(amount)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for place in range(processes)
    ]  # fmt: skip
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return running


def finish(running: list[subprocess.Popen[str]]) -> None:
    for process in running:
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("most_bytes", "amount"),
    # All in one piece; and so that the second begins while all are writing.
    [(64 * MIB, 10_000), (7 * MIB, 5_000)],
)
def test_processes_write_at_once_and_nothing_is_lost_or_torn(folder, most_bytes, amount):
    running = writers(folder, most_bytes, amount, 2)
    finish(running)
    assert [process.returncode for process in running] == [0, 0]
    tape = Tape(folder)
    numbers = [record.number for record in tape.records()]
    assert numbers == sorted(set(numbers))
    for name in (b"writer0", b"writer1"):
        written = [content for content in contents(tape) if content.startswith(name)]
        assert written == [name + b" %d " % number + b"x" * (number % 900) for number in range(amount)]
    assert len(pieces(folder)) == (1 if amount == 10_000 else 2)


def test_the_newest_stay_when_pieces_go_under_many_writers(folder):
    finish(writers(folder, 256 << 10, 4_000, 3))
    kept = contents(Tape(folder))
    for name in (b"writer0", b"writer1", b"writer2"):
        order = [int(content.split()[1]) for content in kept if content.startswith(name)]
        assert order == sorted(set(order))
    assert sum(map(len, kept)) > 100_000
    assert len(pieces(folder)) == 2


def test_who_was_slow_does_not_write_where_nobody_reads(folder, monkeypatch):
    """It looked which pieces there are, and others went on for several of them before it wrote."""
    slow, others = Tape(folder, 8 << 10), Tape(folder, 8 << 10)
    before = slow._names()
    for number in range(200):
        others.append(b"%03d " % number + b"x" * 200, 1)
    stale = iter([before])
    real = Tape._names
    monkeypatch.setattr(slow, "_names", lambda: next(stale, None) or real(slow))
    slow._of_this_thread = threading.local()
    slow.append(b"slow", 1)
    assert contents(Tape(folder))[-1] == b"slow"
    assert len(pieces(folder)) == 2


def far_enough(tape: Tape, number: int) -> bool:
    return tape.head > number


def test_writers_killed_on_the_way_leave_whole_records(folder):
    for _ in range(5):
        running = writers(folder, 64 * MIB, 1_000_000, 2)
        tape = Tape(folder)
        enough = tape.head + 200_000
        wait_until(partial(far_enough, tape, enough))
        for process in running:
            process.send_signal(signal.SIGKILL)
        finish(running)
        mark = tape.append(b"afterwards 0 ", 1)
        assert tape.records()[-1].number == mark
    for content in contents(Tape(folder)):
        name, number, _ = content.split(b" ")
        assert content == name + b" " + number + b" " + b"x" * (int(number) % 900)


FORKER = """
import os, sys
from pathlib import Path
from app.store.tape import Tape
tape = Tape(Path(sys.argv[1]), 1 << 20, 100_000)
tape.append(b"parent", 1)
children = []
while len(children) < 3 and 0 not in children:
    children.append(os.fork())
if 0 in children:
    numbers = [tape.append(b"%d %d" % (len(children), number), 1) for number in range(500)]
    mine = {record.number: record.content() for record in tape.records()}
    assert [mine[number] for number in numbers] == [b"%d %d" % (len(children), number) for number in range(500)]
    os._exit(0)
assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
print(len(tape.records()))
"""


def test_forked_processes_write_on(folder):
    """As gunicorn does it: opened first, forked then."""
    command = [sys.executable, "-c", FORKER, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("1501\n", "")
