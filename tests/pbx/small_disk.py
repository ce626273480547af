"""What commands say on a disk that is too small: `python small_disk.py FOLDER CALLS`, in a mount namespace of its own.

FOLDER becomes a disk of one megabyte; CALLS is a file with more calls than it has room for. Prints the results as
JSON. The exit code is 77 where there is no such disk to be had.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
LINE = '"","2005","2001","","2005","SIP/2005-1","","Dial","","2022-05-30 14:53:41",,"",20,0,"{}","DOCUMENTATION"\n'


def main(disk: Path, calls: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True).returncode:
        sys.exit(77)
    from click.testing import CliRunner

    from app.cli import main as program

    def run(*arguments: str | Path) -> dict[str, Any]:
        done = CliRunner().invoke(program, [str(part) for part in arguments])
        trouble = done.exception if not isinstance(done.exception, SystemExit) else None
        return {"code": done.exit_code, "told": done.stderr, "trouble": repr(trouble) if trouble else ""}

    pbx, elsewhere = disk / "pbx", disk.parent / "elsewhere"
    good, bad, before = disk / "Master.csv", disk / "wrong.csv", disk / "calls.jsonl"
    good.write_text(LINE.format("BUSY"))
    bad.write_text((LINE.format("BUSY") + LINE.format("WRONG") * 40) * 50)
    found = {
        "small": run("import", good, "--instance", pbx),
        "import": run("import", calls, "--instance", pbx),
        "generate": run("generate", "--calls", "20000", "--instance", disk / "made"),
    }
    shutil.rmtree(disk / "made")
    found |= {
        "small again": run("import", good, "--instance", pbx),
        "first export": run("export", before, "--instance", pbx),
        "export": run("export", before, "--instance", calls.parent / "many"),
        "exported": before.read_text().count("\n"),
    }
    with (disk / "fill").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    found |= {
        "rejects": run("import", bad, "--instance", elsewhere),
        "small elsewhere": run("import", good, "--instance", elsewhere),
        "left": sorted(path.name for path in disk.iterdir()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
