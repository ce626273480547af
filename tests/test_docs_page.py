"""The pages of the control API, in a real browser that knows no host but the server's."""

from __future__ import annotations

import html
import re
import shutil
import subprocess

import pytest

from app.control.endpoints import ENDPOINTS
from app.kazoo.endpoints import ENDPOINTS as KAZOO
from app.yeastar.endpoints import ENDPOINTS as YEASTAR

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium; CI installs it")


def seen(url, tmp_path):
    """The page's text. Nothing of it is refused or missing: the console would tell."""
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", f"--user-data-dir={tmp_path}", "--enable-logging=stderr", "--dump-dom",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", done.stdout)))


def test_the_page_shows_every_interface(seeded, tmp_path):
    """It is found from /_pbx/."""
    text = seen(f"{seeded.url}/_pbx/", tmp_path)
    missing = [row.path for row in ENDPOINTS if f"{row.method} /_pbx/{row.path} {row.summary}" not in text]
    assert missing == []


def test_the_page_of_the_vendors_apis_shows_every_interface(seeded, tmp_path):
    text = seen(f"{seeded.url}/_pbx/vendors/docs", tmp_path)
    assert [path for method, path in YEASTAR if f"{method} /openapi/{path} " not in text] == []
    assert [row.path for row in KAZOO if f"{row.method} /v2/{row.path} " not in text] == []
