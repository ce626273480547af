"""The page of the control API, in a real browser that knows no host but the server's."""

from __future__ import annotations

import html
import re
import shutil
import subprocess

import pytest

from app.control.endpoints import ENDPOINTS

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium; CI installs it")


def test_the_page_shows_every_interface(seeded, tmp_path):
    """It is found from /_pbx/, and nothing of it is refused or missing: the console would tell."""
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", f"--user-data-dir={tmp_path}", "--enable-logging=stderr", "--dump-dom",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"{seeded.url}/_pbx/",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    text = re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", done.stdout)))
    missing = [row.path for row in ENDPOINTS if f"{row.method} /_pbx/{row.path} {row.summary}" not in text]
    assert missing == []
