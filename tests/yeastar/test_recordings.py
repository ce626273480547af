"""recording/list, search and download: rows, filters, the link, the sound and parts of it, a tester's own files."""

from __future__ import annotations

import io
import json
import os
import re
import threading
import wave
from contextlib import ExitStack
from itertools import pairwise

import psutil
import pytest
import requests
from conftest import run_here, start_server, workers
from office import call, instant

from app.journal import Journal, path_in
from app.pbx.recordings import LONGEST, Tone, size_sql, sound
from app.settings import SETTINGS, Settings
from app.store import own_files
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from app.yeastar.explaining import explain
from app.yeastar.rows import json_row
from app.yeastar.schemas.recording import NewerRecordingOut

FIRST = "20240304091508-1709514900.1-2005-+442071234567-Outbound.wav"
ODD = "../../etc/\"'; Zoë\u2028李.wav"
HOUR = "20240403000000-1712073600.4-13912345678-2005-Inbound.wav"

OFFICE = {
    "extensions": [{"number": "2005", "name": "Kristin Hale"}, {"number": "2000", "name": "Amelia Hart"}],
    "cdrs": [
        call(1, "2024-03-04 09:15:00", "2005", "+442071234567", dst_trunk="city", call_from_name="Kristin Hale",
             duration=50, ring_duration=8, talk_duration=42, record_file=FIRST, call_id="1709514900.1",
             uid="202403040915006CEAB"),
        call(2, "2024-03-04 09:20:00", "13912345678", "2000", src_trunk="city", disposition="NO ANSWER", duration=20),
        call(4, "2024-04-03 00:00:00", "13912345678", "2005", src_trunk="city", duration=3605, ring_duration=5,
             talk_duration=3600, record_file=HOUR, call_id="1712073600.4"),
        # A menu that somebody was passed on from: one call, two recordings.
        call(5, "2024-04-03 10:00:00", "13912345678", "6200", duration=10, talk_duration=10, call_id="1712109600.5",
             call_to="IVR Welcome<6200>", record_file="menu.wav"),
        call(6, "2024-04-03 10:00:10", "13912345678", "2000", duration=7, talk_duration=0, call_id="1712109600.5",
             record_file="agent.wav"),
        call(7, "2024-04-03 10:00:10", "Zoë <&\"' 李", "2000", duration=1, talk_duration=1,
             record_file=ODD),
        call(9, "2024-01-01 00:00:00", "2000", "2005", duration=2, talk_duration=2, record_file="early.wav"),
    ],
}  # fmt: skip
UNIX = "is not in Unix seconds; write it such as 1709514900"

# A tester's own file, as long as a tone of two seconds.
OWN = bytes(range(256)) * 125 + bytes(44)

ALL = [9, 1, 4, 5, 6, 7]


@pytest.fixture(scope="module")
def pbx(tmp_path_factory):
    """An office of six recordings, two of which a tester has files for, among others that are none of these."""
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "seed.json").write_text(json.dumps(OFFICE))
    own = folder / "own"
    own.mkdir()
    (own / "menu.wav").write_bytes(OWN)
    (own / "stranger.wav").write_bytes(b"of no call")
    pbx = start_server(
        folder / "instance", "--recordings", str(own), PBX_SEED=str(folder / "seed.json"), PBX_MAX_TOKENS="0",
        PBX_ACCESS_TOKEN_TTL="9999999",
    )  # fmt: skip
    yield pbx
    pbx.stop()


def found(pbx, path="recording/list", **asked):
    answer = pbx.get(path, **asked)
    assert answer["errcode"] == 0, answer
    return answer


def ids(pbx, path="recording/list", **asked):
    return [row["id"] for row in found(pbx, path, **asked)["data"]]


def offered(pbx, **asked):
    """The address of a recording's bytes."""
    return pbx.url + found(pbx, "recording/download", **asked)["download_resource_url"]


def fetch(pbx, link, token=None, **headers):
    params = {"access_token": pbx.token if token is None else token}
    return requests.get(link, params=params, headers=headers, timeout=30)


def last_entry(pbx):
    return Journal(path_in(pbx.instance)).last()


# Rows


def test_list(pbx):
    answer = found(pbx)
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    assert answer["total_number"] == len(answer["data"]) == 6
    assert [row["id"] for row in answer["data"]] == ALL
    assert answer["data"][1] == {
        "id": 1,
        "time": "03/04/2024 09:15:00",
        "uid": "202403040915006CEAB",
        "call_from": "Kristin Hale<2005>",
        "call_to": "+442071234567",
        "duration": 50,
        "size": 44 + 42 * 16_000,
        "call_type": "Outbound",
        "file": FIRST,
    }
    assert [*answer["data"][1]] == [
        "id", "time", "uid", "call_from", "call_to", "duration", "size", "call_type", "file",
    ]  # fmt: skip
    assert answer["data"][3]["call_to"] == "IVR Welcome<6200>"
    assert [row["size"] for row in answer["data"][3:5]] == [32_044, 44]
    assert last_entry(pbx).rows == last_entry(pbx).total == 6


def test_later_revisions_of_the_manual_name_four_more_fields(pbx):
    settings = Settings(firmware="37.23")
    page = find_cdrs(
        pbx.world.database.connection(), CdrQuery(recorded=True, ids=(1,)), json_row(NewerRecordingOut, settings)
    )
    row = json.loads(next(page.batches)[0][0])
    assert list(row)[9:] == ["call_from_number", "call_from_name", "call_to_number", "call_to_name"]
    assert list(row.values())[9:] == ["2005", "Kristin Hale", "+442071234567", " "]


def test_the_demo_has_recordings(seeded):
    listed = found(seeded, page_size=10_000)["data"]
    rows = {row["id"]: row for row in seeded.search()["data"] if "record_file" in row}
    assert rows.keys() == {row["id"] for row in listed}
    for row in listed:
        assert row["file"] == rows[row["id"]]["record_file"]
        assert row["size"] == 44 + 16_000 * rows[row["id"]].get("talk_duration", 0)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ALL),
        ({"sort_by": "id"}, sorted(ALL)),
        ({"sort_by": "id", "order_by": "desc"}, sorted(ALL, reverse=True)),
        ({"sort_by": "time", "order_by": "desc"}, ALL[::-1]),
        ({"page": 2, "page_size": 4}, ALL[4:]),
        ({"page_size": 2}, ALL[:2]),
        ({"page": 9, "page_size": 4}, []),
        ({"page_size": 99_999}, ALL),
        ({"caller": "2005", "something": "else"}, ALL),
    ],
)
def test_pages_and_orders(pbx, asked, expected):
    answer = found(pbx, **asked)
    assert ([row["id"] for row in answer["data"]], answer["total_number"]) == (expected, 6)
    if "caller" not in asked:
        assert ids(pbx, "recording/search", **asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ALL),
        ({"start_time": instant("2024-04-03 00:00:00")}, [4, 5, 6, 7]),
        ({"end_time": instant("2024-04-03 00:00:00")}, [9, 1, 4]),
        ({"start_time": instant("2024-03-04 09:15:00"), "end_time": instant("2024-03-04 09:15:00")}, [1]),
        ({"start_time": instant("2024-03-04 09:15:01"), "end_time": instant("2024-03-04 09:15:00")}, []),
        ({"start_time": "04/03/2024 00:00:00"}, []),
        ({"end_time": "2024-04-03T00:00:00Z"}, []),
        ({"start_time": ""}, []),
        ({"end_time": "17121096000000"}, []),
        ({"start_time": "-1"}, []),
        ({"caller": "2005"}, [1]),
        ({"callee": "2005"}, [9, 4]),
        ({"caller": "13912345678", "callee": "2000"}, [6]),
        ({"caller": "200"}, []),
        ({"caller": "Kristin Hale"}, []),
        ({"callee": "+442071234567"}, [1]),
        ({"callee": ""}, ALL),
        ({"ids": "1,7"}, [1, 7]),
        ({"ids": " 7 , 1,1"}, [1, 7]),
        ({"ids": "2"}, []),
        ({"ids": "1,x,99999999999999999999"}, [1]),
        ({"ids": "x"}, []),
        ({"ids": ""}, ALL),
        ({"ids": "1,4,9", "callee": "2005", "sort_by": "id", "order_by": "desc"}, [9, 4]),
        ({"ids": ",".join(map(str, range(2000)))}, ALL),
        ({"ids": "1" * 10_000}, []),
        ({"caller": "9" * 10_000}, []),
    ],
)
def test_search(pbx, asked, expected):
    answer = found(pbx, "recording/search", **asked)
    assert [row["id"] for row in answer["data"]] == expected
    assert answer["total_number"] == len(expected)


def test_a_count_goes_with_every_page(pbx):
    answer = found(pbx, "recording/search", callee="2000", page_size=1, page=2)
    assert ([row["id"] for row in answer["data"]], answer["total_number"]) == ([7], 2)


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ({"start_time": "04/03/2024"}, f"start_time: '04/03/2024' {UNIX}"),
        ({"ids": "x"}, "ids: nothing in it can be read, so no recording matches"),
        ({"callee": " 442071234567"}, "callee: ' 442071234567' begins with a blank; a + in a URL is a blank"),
        ({"uid": "1"}, "unknown to this interface, and passed over: uid"),
    ],
)  # fmt: skip
def test_notes(pbx, asked, note):
    found(pbx, "recording/search", **asked)
    assert [words for words in last_entry(pbx).notes if words.startswith(note)]


@pytest.mark.parametrize("path", ["recording/list", "recording/search"])
@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("page", "0", "min"),
        ("page", "x", "number"),
        ("page_size", "0", "min"),
        ("sort_by", "uid", "oneof"),
        ("sort_by", "ID", "oneof"),
        ("order_by", "up", "oneof"),
    ],
)
def test_refused(pbx, path, field, value, check):
    answer = pbx.get(path, **{field: value})
    assert (answer["errcode"], answer["errmsg"]) == (40002, "PARAMETER ERROR")
    assert answer["invalid_param_list"] == [{"field": field, "validation_type": check}]


@pytest.mark.parametrize("path", ["recording/list", "recording/search", "recording/download"])
def test_a_token_is_needed(pbx, path):
    assert pbx.get(path, token="")["errcode"] == 10004
    assert requests.post(f"{pbx.api}/{path}", timeout=9).json()["errcode"] == 10001
    assert requests.get(f"{pbx.url}/openapi/v2.0/{path}", timeout=9).json()["errcode"] == 10001


def test_the_count_of_recordings_is_kept(serve):
    """A list tells how many there are without looking: so that has to be right whatever happens to the calls."""
    pbx = serve(OFFICE)
    assert found(pbx, page_size=1)["total_number"] == 6
    more = pbx.instance / "more.json"
    more.write_text(json.dumps({"cdrs": [call(99, "2025-01-01 00:00:00", "1", "2", record_file="new.wav")]}))
    assert run_here("seed", str(more), "--append", "--instance", str(pbx.instance)).returncode == 0
    assert found(pbx, page_size=1)["total_number"] == 7
    with pbx.world.write() as connection:
        connection.execute("DELETE FROM memory WHERE name = 'recordings'")
    assert found(pbx, page_size=1)["total_number"] == 7
    more.write_text(json.dumps({"cdrs": [call(100, "2025-01-01 00:00:00", "1", "2", record_file="newer.wav")]}))
    assert run_here("seed", str(more), "--append", "--instance", str(pbx.instance)).returncode == 0
    assert found(pbx, page_size=1)["total_number"] == 8


# Links


@pytest.mark.parametrize(
    ("asked", "file"),
    [
        ({"id": 1}, FIRST),
        ({"file": HOUR}, HOUR),
        ({"file": "menu.wav"}, "menu.wav"),
        ({"id": 5, "file": FIRST}, "menu.wav"),
        ({"id": "", "file": "agent.wav"}, "agent.wav"),
        ({"file": ODD}, ODD),
    ],
)
def test_download(pbx, asked, file):
    answer = found(pbx, "recording/download", **asked)
    assert list(answer) == ["errcode", "errmsg", "file", "download_resource_url"]
    assert answer["file"] == file
    form = r"/api/download/Recording-37\.7\.0\.16-1-download-20[0-9]{12}-[0-9A-Za-z]{16}\.wav"
    assert re.fullmatch(form, answer["download_resource_url"])
    response = fetch(pbx, pbx.url + answer["download_resource_url"])
    assert (response.status_code, response.headers["Content-Type"]) == (200, "audio/wav")
    (row,) = (row for row in found(pbx)["data"] if row["file"] == answer["file"])
    assert len(response.content) == int(response.headers["Content-Length"]) == row["size"]
    name = answer["download_resource_url"].rpartition("/")[2]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("asked", "errcode", "fields"),
    [
        ({}, 40002, ["id", "file"]),
        ({"id": "", "file": ""}, 40002, ["id", "file"]),
        ({"id": "x"}, 40002, ["id"]),
        ({"id": "1.0", "file": FIRST}, 40002, ["id"]),
        ({"id": 2}, 60001, None),
        ({"id": 3}, 60001, None),
        ({"id": 0}, 60001, None),
        ({"id": -1}, 60001, None),
        ({"id": 2**63 - 1}, 60001, None),
        ({"id": 2**63}, 40002, ["id"]),
        ({"id": 3, "file": FIRST}, 60001, None),
        ({"file": "20220530145555-1653893749.6-2005-21000-Outbound.wav"}, 60001, None),
        ({"file": FIRST.upper()}, 60001, None),
        ({"file": f" {FIRST}"}, 60001, None),
        ({"file": "stranger.wav"}, 60001, None),
        ({"file": "../seed.json"}, 60001, None),
        ({"file": "x" * 10_000}, 60001, None),
        ({"file": "menu.wav\0"}, 60001, None),
    ],
)
def test_download_refused(pbx, asked, errcode, fields):
    answer = pbx.get("recording/download", **asked)
    assert answer["errcode"] == errcode
    invalid = fields and [{"field": field, "validation_type": "required"} for field in fields]
    if "x" in map(str, asked.values()) or asked.get("id") in ("1.0", 2**63):
        invalid[0]["validation_type"] = "number"
    assert answer.get("invalid_param_list") == invalid
    entry = last_entry(pbx)
    assert entry.notes or invalid[0]["validation_type"] == "number"
    why = explain(entry, pbx.world)
    assert "recording" in why.summary if errcode == 60001 else "id" in why.summary
    assert not any("link" in note for note in why.notes)


def test_the_link_is_refused(worlds):
    pbx = worlds(OFFICE)
    run_here("clients", "add", "other", "secret", "--world", pbx.name, "--instance", str(pbx.instance))
    foreign = pbx.login(username="other", password="secret")["access_token"]
    link = offered(pbx, id=1)
    not_found = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}
    for token, errcode in (("", 10004), ("x" * 32, 10004), (foreign, 60001)):
        assert fetch(pbx, link, token).json()["errcode"] == errcode
        assert fetch(pbx, link, token, Range="bytes=0-9").json()["errcode"] == errcode
    assert fetch(pbx, f"{link}x").json() == not_found
    assert fetch(pbx, link.replace("Recording", "CDR")).json() == not_found
    assert requests.head(f"{link}?access_token={pbx.token}", timeout=9).headers["Content-Type"] == "application/json"
    assert fetch(pbx, link).content[:4] == b"RIFF"
    assert fetch(pbx, link).json() == not_found
    assert fetch(pbx, link, Range="bytes=0-9").json() == not_found


def test_parts_do_not_use_the_link_up(worlds):
    pbx = worlds(OFFICE, access_token_ttl=9999)
    link = offered(pbx, id=1)
    for asked in ("bytes=0-", "bytes=0-1", "bytes=-1", "bytes=99999999-"):
        assert fetch(pbx, link, Range=asked).status_code in (206, 416)
    pbx.advance(1700)
    assert fetch(pbx, link, Range="bytes=0-1").content == b"RI"
    pbx.advance(101)
    assert fetch(pbx, link, Range="bytes=0-1").json()["errcode"] == 60001
    pbx.settings(one_time_links="off")
    link = offered(pbx, id=1)
    assert fetch(pbx, link).content == fetch(pbx, link).content


def test_one_of_many_at_once_gets_the_file(worlds):
    pbx = worlds(OFFICE)
    link = offered(pbx, id=5)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(fetch(pbx, link).content)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(content[:4] for content in answers) == [b"RIFF"] + [b'{"er'] * 7


def test_a_recording_that_is_gone(worlds):
    pbx = worlds(OFFICE, one_time_links=False)
    link = offered(pbx, id=1)
    with pbx.world.write() as connection:
        connection.execute("UPDATE cdr SET record_file = '' WHERE id = 1")
    assert fetch(pbx, link).json()["errcode"] == 60001
    with pbx.world.write() as connection:
        connection.execute("UPDATE download SET query = '{}'")
    assert fetch(pbx, link).json()["errcode"] == 60001


# Sound


@pytest.mark.parametrize(("id", "seconds"), [(1, 42), (6, 0), (9, 2)])
def test_a_tone_as_long_as_the_talk(pbx, id, seconds):
    content = fetch(pbx, offered(pbx, id=id)).content
    assert content == fetch(pbx, offered(pbx, id=id)).content
    with wave.open(io.BytesIO(content)) as heard:
        assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (1, 2, 8000)
        assert heard.getnframes() == 8000 * seconds
        samples = memoryview(heard.readframes(8000)).cast("h").tolist()
    if seconds:
        row = next(row for row in OFFICE["cdrs"] if row["id"] == id)
        rising = sum(before < 0 <= after for before, after in pairwise(samples))
        assert abs(rising - Tone(row["record_file"], seconds).hertz) <= 1
        assert 4000 < max(samples) == -min(samples) < 16_000


def test_recordings_sound_differently():
    assert len({Tone(f"{number}.wav", 1).hertz for number in range(200)}) > 40
    assert Tone("\ud800.wav", 1).size == 16_044


def test_parts_make_up_the_whole():
    tone = Tone("any.wav", 9)
    whole = b"".join(tone.pieces(range(tone.size)))
    assert len(whole) == tone.size == 44 + 9 * 16_000
    for start, stop in ((0, 0), (0, 1), (10, 50), (43, 44), (44, 45), (44, 65_000), (65_535, 140_000), (7, tone.size)):
        assert b"".join(tone.pieces(range(start, stop))) == whole[start:stop]


def test_a_talk_longer_than_a_wav_file_can_be():
    tone = Tone("any.wav", LONGEST + 1)
    assert tone.size == Tone("any.wav", LONGEST).size <= 0xFFFFFFFF
    assert len(b"".join(tone.pieces(range(100)))) == 100
    assert len(b"".join(tone.pieces(range(tone.size - 100, tone.size)))) == 100


RANGES = [
    ("bytes=0-9", (0, 10)),
    ("bytes=0-0", (0, 1)),
    ("bytes=40-50", (40, 51)),
    ("bytes=100-", (100, 32_044)),
    ("bytes=32043-", (32_043, 32_044)),
    ("bytes=32000-99999", (32_000, 32_044)),
    ("bytes=-10", (32_034, 32_044)),
    ("bytes=-99999", (0, 32_044)),
    ("Bytes = 1 - 2 ", (1, 3)),
    ("bytes=32044-", None),
    ("bytes=99999-100000", None),
    ("bytes=-0", None),
    ("bytes=0-9223372036854775807", (0, 32_044)),
    (f"bytes=0-{'9' * 5000}", (0, 32_044)),
    (f"bytes={'9' * 5000}-", None),
]


@pytest.mark.parametrize("id", [9, 5])
@pytest.mark.parametrize(("asked", "part"), RANGES)
def test_ranges(pbx, id, asked, part):
    whole = OWN if id == 5 else b"".join(Tone("early.wav", 2).pieces(range(32_044)))
    response = fetch(pbx, offered(pbx, id=id), Range=asked)
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.headers["Accept-Ranges"] == "bytes"
    if part is None:
        assert (response.status_code, response.content) == (416, b"")
        assert response.headers["Content-Range"] == "bytes */32044"
        assert last_entry(pbx).notes == ["the file has 32,044 bytes, and none of those asked for"]
        return
    start, stop = part
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/32044"
    assert int(response.headers["Content-Length"]) == stop - start
    assert response.content == whole[start:stop]
    entry = last_entry(pbx)
    assert (entry.route, entry.status, entry.errcode, entry.size) == ("api/download", 206, 0, stop - start)


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-9,20-29"},
        {"Range": "bytes=9-0"},
        {"Range": "bytes=-"},
        {"Range": "bytes=a-b"},
        {"Range": "bytes=0x1-2"},
        {"Range": "bytes=\u0661-2".encode()},
        {"Range": "lines=0-9"},
        {"Range": "0-9"},
        {"Range": ""},
        {"Range": "bytes=0-9", "If-Range": '"mark"'},
    ],
)
def test_no_range_is_the_whole_file(pbx, headers):
    response = fetch(pbx, offered(pbx, id=9), **headers)
    assert (response.status_code, len(response.content)) == (200, 32_044)
    assert "Content-Range" not in response.headers
    entry = last_entry(pbx)
    assert (entry.status, entry.size, entry.rows) == (200, 32_044, None)


def test_an_hour_is_streamed_with_flat_memory(pbx):
    for _ in workers(pbx):
        assert fetch(pbx, offered(pbx, id=1)).status_code == 200  # what is loaded with the first file is there then
    before = [psutil.Process(worker).memory_info().rss for worker in workers(pbx)]
    size = 0
    with requests.get(offered(pbx, id=4), params={"access_token": pbx.token}, stream=True, timeout=30) as response:
        assert int(response.headers["Content-Length"]) == 57_600_044
        for piece in response.iter_content(1 << 20):
            size += len(piece)
    assert size == 57_600_044
    after = [psutil.Process(worker).memory_info().rss for worker in workers(pbx)]
    assert sum(after) - sum(before) < 4 << 20


def test_who_leaves_early_keeps_nobody_waiting(pbx):
    for _ in range(20):
        with requests.get(offered(pbx, id=4), params={"access_token": pbx.token}, stream=True, timeout=30) as response:
            assert response.raw.read(10)
    assert found(pbx)["total_number"] == 6


def test_who_stops_reading_keeps_nobody_waiting(pbx):
    """More stop reading than the server has threads: others are answered nevertheless."""
    with ExitStack() as held:
        for _ in range(12):
            url, token = offered(pbx, id=4), {"access_token": pbx.token}
            response = held.enter_context(requests.get(url, params=token, stream=True, timeout=30))
            assert response.raw.read(10)
        assert found(pbx)["total_number"] == 6
    assert found(pbx)["total_number"] == 6


# A tester's own files


def test_own_files_take_the_place_of_the_tone(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFFmine")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    for name in ("a.wav", "b.wav"):
        heard = sound(str(tmp_path), name, 5)
        assert (heard.size, b"".join(heard.pieces(range(2, 6)))) == (8, b"FFmi")
    (tmp_path / "a.wav").write_bytes(b"RIF")
    assert b"".join(heard.pieces(range(8))) == b"RIF"
    (tmp_path / "a.wav").write_bytes(b"")
    assert sound(str(tmp_path), "a.wav", 5).size == 0


NEVER = [
    "", ".", "..", "../secret.wav", "sub/x.wav", "sub", "/etc/passwd", "out.wav", "loop.wav", "pipe.wav",
    "outside.wav", "dangling.wav", "..\\secret.wav", "a.wav\0", "\0", "a.wav/", "a.wav/.", "./a.wav", "a.wav ",
    "\ud800.wav", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", NEVER)
def test_names_never_leave_the_folder(tmp_path, name):
    folder = tmp_path / "own"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "x.wav").write_bytes(b"x")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (folder / "a.wav").write_bytes(b"a")
    (folder / "out.wav").symlink_to("../secret.wav")
    (folder / "outside.wav").symlink_to(folder / "sub" / "x.wav")
    (folder / "loop.wav").symlink_to("loop.wav")
    (folder / "dangling.wav").symlink_to("nowhere.wav")
    os.mkfifo(folder / "pipe.wav")
    assert sound(str(folder), name, 5) == Tone(name, 5)
    assert own_files.size(str(folder), name) is None


def test_a_folder_reached_by_a_link_and_one_that_is_gone(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.wav").write_bytes(b"a")
    (tmp_path / "way").symlink_to(tmp_path / "real")
    assert sound(str(tmp_path / "way"), "a.wav", 1).size == 1
    assert sound(str(tmp_path / "nowhere"), "a.wav", 1) == sound("", "a.wav", 1) == Tone("a.wav", 1)


def test_what_is_put_in_a_files_place_is_not_followed(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "secret.wav").write_bytes(b"secret")
    mine = tmp_path / "own" / "a.wav"
    mine.write_bytes(b"mine")
    heard = sound(str(tmp_path / "own"), "a.wav", 1)
    mine.unlink()
    mine.symlink_to(tmp_path / "secret.wav")
    with pytest.raises(OSError, match="symbolic links"):
        b"".join(heard.pieces(range(4)))


def test_the_folder_has_to_be_there(tmp_path):
    told = run_here("serve", "--recordings", str(tmp_path / "nowhere"), "--instance", str(tmp_path))
    assert told.returncode == 2
    assert "nowhere' is not allowed; expected a folder that there is." in told.stderr
    assert SETTINGS["recordings"].read(str(tmp_path), "here") == str(tmp_path)
    assert SETTINGS["recordings"].read(".", "here") == os.getcwd()


@pytest.mark.parametrize("folder", ["", "/nowhere/it's"])
def test_sizes_in_lists_are_those_of_the_files(pbx, folder):
    connection = pbx.world.database.connection()
    sizes = connection.execute(
        f"SELECT {size_sql(folder)} FROM cdr AS c WHERE record_file <> '' ORDER BY id"
    ).fetchall()
    assert sizes == [(44 + 16_000 * row.get("talk_duration", 0),) for row in OFFICE["cdrs"] if "record_file" in row]


# What the journal tells


def test_explained(pbx):
    found(
        pbx, "recording/search", start_time="1709514900", end_time="tomorrow", caller="2005", ids="1,2", page_size="5"
    )
    why = explain(last_entry(pbx), pbx.world)
    assert why.summary.endswith('is left by end_time "tomorrow": which is no time, so nothing matches.')
    readings = {reading.parameter: (reading.value, reading.why) for reading in why.readings if reading.given}
    assert readings == {
        "start_time": ("2024-03-04T09:15:00+08:00", "because digits alone are Unix seconds"),
        "end_time": (None, f"no time, so nothing matches: 'tomorrow' {UNIX}"),
        "caller": ("2005", "numbers that are exactly this"),
        "ids": ([1, 2], "any of these ids"),
        "page_size": (5, ""),
    }
    found(pbx, page_size=2)
    assert explain(last_entry(pbx), pbx.world).summary == "6 rows matched, of which 2 were sent."
    fetch(pbx, f"{pbx.url}/api/download/none.wav")
    assert any("one_time_links" in note for note in explain(last_entry(pbx), pbx.world).notes)
