"""The documents agree with the tables they are made from. UPDATE_DOCS=1 (`make docs`) writes them anew."""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter

import pytest
from conftest import ROOT

from app.cli import main
from app.cli.program import shown
from app.kazoo.endpoints import ENDPOINTS as KAZOO_ENDPOINTS
from app.kazoo.errors import ERRORS as KAZOO_ERRORS
from app.kazoo.schemas.cdr import LEFT_OUT
from app.settings import SETTINGS
from app.yeastar.endpoints import ENDPOINTS
from app.yeastar.errors import ERRORS


def table(*rows):
    head, *body = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body))


def settings_table():
    rows = [
        (f"`{setting.variable}`", f"`{shown(setting.default)}`", setting.help.replace("|", "\\|"))
        for setting in SETTINGS.values()
    ]
    return table(("variable", "default", "what it is"), *rows)


def interfaces_table():
    rows = [
        (f"`{endpoint.method} /openapi/{path}`", "yes" if endpoint.token else "no", endpoint.source)
        for (_, path), endpoint in ENDPOINTS.items()
        if endpoint.answer
    ]
    rows.append(("`GET /api/download/{file}`", "yes", "manual"))
    rows += [(f"`{row.method} /v2/{row.path}`", "yes" if row.token else "no", row.source) for row in KAZOO_ENDPOINTS]
    return table(("interface", "token", "known from"), *rows)


def errors_page():
    rows = [(str(row.code), f"`{row.text}`", row.meaning, row.source) for row in ERRORS.values()]
    return (
        "# The vendor's error codes\n\n"
        "Made from `app/yeastar/errors.py` by `make docs`. *official*: in the vendor's table; *observed*: seen on a"
        " real PBX as well;\n*guess*: cut off in every copy of the table that could be seen.\n\n"
        + table(("errcode", "errmsg", "meaning", "known"), *rows)
        + "\n"
    )


def kazoo_errors_page():
    rows = [
        (
            str(row.status),
            f"`{row.message}`" if row.message else "",
            f"`{row.text}`" if row.text else "",
            row.meaning,
            row.source,
        )
        for row in KAZOO_ERRORS.values()
    ]
    return (
        "# KAZOO's errors\n\n"
        "Made from `app/kazoo/errors.py` by `make docs`. *master*: read in the vendor's code; *guess*: concluded from"
        " it,\nor from what its HTTP framework does.\n\n"
        + table(("HTTP status", "message", "data.message", "meaning", "known"), *rows)
        + "\n"
    )


def coverage_page():
    states = ("emulated", "partial", "not emulated")
    counts = Counter(row.state for row in ENDPOINTS.values())
    rows = [
        (f"`{row.method} /openapi/{path}`", row.state, row.lacks, " ".join(row.editions), row.source)
        for (_, path), row in ENDPOINTS.items()
    ]
    return (
        "# What of Yeastar's OpenAPI is emulated\n\n"
        "Made from `app/yeastar/endpoints.py` by `make docs`. What is not emulated answers `10001` like what does not\n"
        "exist; the journal, `pbx-emulator explain` and `/metrics` tell them apart. Known from: *manual*, a page of\n"
        "its own; *clients*, used by them; *live*, answered by a real PBX; *list*, named in a list only; *inferred*,\n"
        "its siblings are known. Editions are those in whose manual it was seen: Appliance, Cloud, Software.\n\n"
        + table(("state", "interfaces"), *((state, str(counts[state])) for state in states), ("all", str(len(rows))))
        + "\n\n"
        + table(("interface", "state", "what is missing", "editions", "known from"), *rows)
        + "\n"
    )


def left_out_table():
    return table(("field", "why it is not there"), *((f"`{name}`", reason) for name, reason in LEFT_OUT.items()))


def put(text, name, content):
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert pattern.search(text), name
    return pattern.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)


def documents():
    readme = ROOT / "README.md"
    text = put(put(readme.read_text(), "settings", settings_table()), "interfaces", interfaces_table())
    differences = ROOT / "DIFFERENCES.md"
    return {
        readme: text,
        differences: put(differences.read_text(), "left out", left_out_table()),
        ROOT / "docs" / "errors.md": errors_page(),
        ROOT / "docs" / "coverage.md": coverage_page(),
        ROOT / "docs" / "kazoo-errors.md": kazoo_errors_page(),
    }


@pytest.mark.parametrize(
    "name", ["README.md", "DIFFERENCES.md", "docs/errors.md", "docs/kazoo-errors.md", "docs/coverage.md"]
)
def test_generated_parts(name):
    path = ROOT / name
    text = documents()[path]
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text)
    assert path.exists(), "run `make docs`"
    assert path.read_text() == text, "run `make docs`"


def test_readme_names_every_command():
    readme = (ROOT / "README.md").read_text()
    for name in main.commands:
        assert f"`{name}" in readme, name


def test_differences_names_only_settings_that_are_there():
    text = (ROOT / "DIFFERENCES.md").read_text()
    named = set(re.findall(r"settings? `(\w+)`(?:, `(\w+)`)?", text))
    names = {name for pair in named for name in pair if name}
    assert names
    assert names <= set(SETTINGS)


def test_links_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_examples_of_an_interface_are_the_code_itself():
    code = "\n".join(
        path.read_text() for folder in ("yeastar", "store") for path in (ROOT / "app" / folder).rglob("*.py")
    )
    page = (ROOT / "docs" / "add-an-interface.md").read_text()
    examples = [part for text in re.findall(r"```text\n(.*?)```", page, re.DOTALL) for part in text.split("\n\n")]
    assert len(examples) == 7
    assert [text for text in examples if text.rstrip("\n") not in code] == []


def test_sample_settings_files_are_read():
    samples = list((ROOT / "config").glob("*.toml"))
    assert samples
    for sample in samples:
        for name, value in tomllib.loads(sample.read_text()).items():
            assert SETTINGS[name].read(value, str(sample)) is not None
