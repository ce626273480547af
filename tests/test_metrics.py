"""Metrics: counted by all workers, seen from each; and whether the server is alive and ready."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import requests
from conftest import CLIENT, ROOT, clean_environment, only, wait_until, workers
from prometheus_client.parser import text_string_to_metric_families

from app import metrics


def scraped(pbx):
    """Name and labels -> value."""
    answer = requests.get(f"{pbx.url}/metrics", timeout=9)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}


def requests_of(found, dialect, route, outcome):
    return found.get(("pbx_requests_total", ("dialect", dialect), ("outcome", outcome), ("route", route)), 0)


def duration_of(found, dialect, route, what="count"):
    return found.get((f"pbx_request_duration_seconds_{what}", ("dialect", dialect), ("route", route)), 0)


@pytest.fixture
def pbx(serve):
    return serve()


def ask_all(pbx):
    """Each worker answers a login, a wrong token, a path that is nobody's, and two requests of the other dialect."""
    for worker in workers(pbx):
        with only(pbx, worker):
            assert pbx.post("get_token", CLIENT)["errcode"] == 0
            assert pbx.get("cdr/search", token="none")["errcode"] == 10004
            assert pbx.get("a/b/c/d")["errcode"] == 10001
            assert requests.get(f"{pbx.url}/v2/accounts/{'a' * 32}/cdrs", timeout=9).status_code == 404
            assert requests.get(f"{pbx.url}/v2/x/y", timeout=9).status_code == 404
    return 2


def test_each_worker_tells_of_all(pbx):
    count = ask_all(pbx)
    for worker in workers(pbx):
        with only(pbx, worker):
            found = scraped(pbx)
        assert requests_of(found, "yeastar", "get_token", "0") >= count
        assert requests_of(found, "yeastar", "cdr/search", "10004") == count
        assert requests_of(found, "yeastar", "none", "10001") == count
        assert requests_of(found, "kazoo", "cdrs", "404") == count
        assert requests_of(found, "kazoo", "none", "404") == count
        assert duration_of(found, "yeastar", "cdr/search") == count
        assert 0 < duration_of(found, "yeastar", "cdr/search", "sum") < 9
        assert found["pbx_worlds",] == 1
        assert found["pbx_journal_head",] > 0
        assert not [name for name in found if "a/b" in str(name) or "aaaa" in str(name)]

    for path in (pbx.instance / metrics.FOLDER_NAME).rglob("*.db"):  # what is not there yet could not be on a full disk
        assert path.stat().st_blocks * 512 >= path.stat().st_size > 0

    before = workers(pbx)
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: before[0] not in workers(pbx))
    assert requests_of(scraped(pbx), "yeastar", "cdr/search", "10004") == count, "the dead one's counts are gone"


def test_a_servers_counts_begin_with_it_and_go_with_the_next(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "somebody else's")
    monkeypatch.setattr(metrics, "_meters", lambda: None)  # this process is no server
    folder = tmp_path / metrics.FOLDER_NAME
    for process in (str(os.getpid()), "999999999", "x"):
        (folder / process).mkdir(parents=True)
        (folder / process / "counter_1.db").write_bytes(b"old")
    (folder / str(os.getppid())).mkdir()
    metrics.share(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(map(str, (os.getpid(), os.getppid())))
    assert list((folder / str(os.getpid())).iterdir()) == []
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(folder / str(os.getpid()))


def damage(source, target):
    """A copy of a database of which the first page is sound."""
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = source.read_bytes()
    target.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def test_who_is_alive_and_ready_and_who_is_not_says_why(pbx):
    for path in ("/livez", "/livez/"):
        answer = requests.get(pbx.url + path, timeout=9)
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    answer = requests.get(f"{pbx.url}/readyz", timeout=9)
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "journal": "ok", "disk": "ok"}}
    assert answer.headers["Cache-Control"] == "no-store"
    assert requests.head(f"{pbx.url}/readyz", timeout=9).status_code == 200
    refused = requests.post(f"{pbx.url}/readyz", timeout=9)
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert refused.headers["Content-Type"] == "application/problem+json"
    for path in ("/livez", "/readyz", "/metrics"):  # nobody is asked who he is, or by what name he knows the server
        assert requests.get(pbx.url + path, headers={"Host": "pbx.example"}, timeout=9).status_code == 200

    database = pbx.instance / "pbx.sqlite"
    for breaks, check, told in (
        (lambda: database.rename(pbx.instance / "elsewhere"), "database", "unable to open"),
        (lambda: damage(pbx.instance / "elsewhere", database), "database", "malformed"),
        (lambda: database.write_bytes(b"no database" * 1000), "database", "not a database"),
        (lambda: shutil.rmtree(pbx.instance), "disk", "No such file"),
    ):
        breaks()
        answer = requests.get(f"{pbx.url}/readyz", timeout=9)
        assert answer.status_code == 503
        assert answer.json()["status"] == "not ready"
        assert told in answer.json()["checks"][check]
    assert requests.get(f"{pbx.url}/livez", timeout=9).status_code == 200
    assert "No such file" in requests.get(f"{pbx.url}/metrics", timeout=9).json()["detail"]


def test_gunicorn_counts_as_serve_does_and_without_a_journal_too(tmp_path):
    environment = clean_environment(
        PBX_INSTANCE=str(tmp_path / "instance"), PBX_PORT="0", PBX_SEED="empty", PBX_JOURNAL="off"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "wsgi:app", "-c", "config/gunicorn.conf.py"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        url = next(line.split()[-1] for line in process.stdout if "PBX Emulator at" in line)
        for _ in range(8):
            requests.get(f"{url}/openapi/v1.0/cdr/search", timeout=9)
        counts = [requests.get(f"{url}/metrics", timeout=9).text for _ in range(6)]
        wanted = 'pbx_requests_total{dialect="yeastar",outcome="10004",route="cdr/search"} 8.0'
        assert [wanted in text and "pbx_journal_head" not in text for text in counts] == [True] * 6
        assert requests.get(f"{url}/readyz", timeout=9).json()["checks"]["journal"] == "off"
    finally:
        process.terminate()
        process.communicate(timeout=15)
