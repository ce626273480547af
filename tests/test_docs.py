"""The documents agree with the tables they are made from. UPDATE_DOCS=1 (`make docs`) writes them anew."""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter

import click
import pytest
from conftest import ROOT

from app.cli import main
from app.cli.program import shown
from app.kazoo.endpoints import ENDPOINTS as KAZOO_ENDPOINTS
from app.kazoo.errors import ERRORS as KAZOO_ERRORS
from app.kazoo.schemas.cdr import LEFT_OUT
from app.pbx.profiles import PROFILES, PROPORTIONS
from app.pbx.scenes import SCENES
from app.settings import SETTINGS, Settings
from app.store.truths import OUTCOMES
from app.yeastar import profiles
from app.yeastar.endpoints import ENDPOINTS
from app.yeastar.errors import ERRORS
from app.yeastar.interface import STATES


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
    """A row for each folder of the vendor's paths; what stands below none is in the first."""
    folders = {}
    for (_, path), row in ENDPOINTS.items():
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, {state: [] for state in STATES})[row.state].append(name)
    rows = [
        (f"`/openapi/{folder}/`", *(", ".join(dict.fromkeys(names)) for names in by_state.values()))
        for folder, by_state in folders.items()
    ]
    kazoo = [(f"`{row.method} /v2/{row.path}`", "yes" if row.token else "no", row.source) for row in KAZOO_ENDPOINTS]
    return f"{table(('below', *STATES), *rows)}\n\n{table(('KAZOO', 'token', 'known from'), *kazoo)}"


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


# Folder of interfaces -> the chapter of DIFFERENCES.md about them; all others are in that about resources.
CHAPTERS = {
    "v1.0": "Tokens",
    "v1.0/system": "System",
    "v1.0/recording": "Recordings",
    "v1.0/cdr": "CDR",
    "v2.0/cdr": "CDR v2.0",
    **dict.fromkeys(("vm", "vm_greeting", "extension_vm_greeting", "callnotes"), "Voicemail and call notes"),
    **dict.fromkeys(("call_report", "call_schedule_report", "myreport"), "Reports"),
}


def differences(path):
    """A link to what is known to differ, or may."""
    folder = path.rpartition("/")[0]
    chapter = CHAPTERS.get(folder) or CHAPTERS.get(folder.rpartition("/")[2], "Resources")
    heading = re.sub(r"[^a-z0-9 ]", "", chapter.lower()).replace(" ", "-")
    return f"[{chapter}](../DIFFERENCES.md#{heading})"


def coverage_page():
    counts = Counter(row.state for row in ENDPOINTS.values())
    rows = [
        (
            f"`{row.method} /openapi/{path}`",
            row.state,
            row.lacks,
            differences(path) if row.answer else "",
            " ".join(row.editions),
            row.source,
        )
        for (_, path), row in ENDPOINTS.items()
    ]
    return (
        "# What of Yeastar's OpenAPI is emulated\n\n"
        "Made from `app/yeastar/endpoints.py` by `make docs`. What is not emulated answers `10001` like what does not\n"
        "exist; the journal, `pbx-emulator explain` and `/metrics` tell them apart. Known from: *manual*, a page of\n"
        "its own; *clients*, used by them; *live*, answered by a real PBX; *list*, named in a list only; *inferred*,\n"
        "its siblings are known. Editions are those in whose manual it was seen: Appliance, Cloud, Software.\n"
        "Where the vendor's behaviour is not known, the chapter under *differences* says what was decided.\n\n"
        + table(("state", "interfaces"), *((state, str(counts[state])) for state in STATES), ("all", str(len(rows))))
        + "\n\n"
        + table(("interface", "state", "what is missing", "differences", "editions", "known from"), *rows)
        + "\n"
    )


def firmware_page():
    names = [*(generation.name for generation in profiles.GENERATIONS), profiles.DEFAULT]
    generations = [
        (row.name, profiles.firmware_version(Settings(firmware=row.name)), row.what) for row in profiles.GENERATIONS
    ]
    rows = []
    for fact in profiles.FACTS:
        there = ("yes" if profiles.holds(fact, name) else "" for name in names)
        rows.append((fact.kind, words_of(fact), *there, fact.known, fact.by))
    return (
        "# What differs between firmwares\n\n"
        "Made from `app/yeastar/profiles.py` by `make docs`. Setting `firmware` names one. 37.7+, the default, has\n"
        "the rows of 37.7, and interfaces and parameters of every generation. The others are exact: an interface that\n"
        "such firmware lacks answers `10001`, a parameter that it lacks is passed over, and the journal says which\n"
        "firmware has it. What has no row here is in all of them, as far as anybody knows.\n\n"
        "Known from: *manual*, the source names the firmware or the guide's generation; *observed*, on a real PBX;\n"
        "*guess*, it came or went, and when is a guess.\n\n"
        "Since xx.21 a PBX keeps new rows of calls, and shows those of before as legacy rows. Setting `upgraded_at`\n"
        "says when it got that firmware, in Unix seconds; 0, the default: all rows are new. Then `from=legacy` finds\n"
        "nothing, and reports of v1.0, which count legacy rows only, are empty. v2.0 knows new rows only.\n\n"
        + table(("firmware", "system/information says", "known from"), *generations)
        + "\n\n"
        + table(("kind", "what", *names, "known", "the source says"), *rows)
        + "\n"
    )


def words_of(fact):
    where = ", ".join(f"`{like}`" for like in fact.where)
    if fact.kind == profiles.WAY:
        return f"{fact.names[0]} ({where})"
    names = ", ".join(f"`{name}`" for name in fact.names)
    return f"{names} of {where}" if names else where


WHAT_PROPORTIONS_ARE = {
    "Inbound": "come from outside", "Outbound": "go outside", "Internal": "stay inside", **OUTCOMES,
    "of several legs": "leave more than one CDR row", "passed on": "are passed on to a colleague",
    "calls back": "return a missed call", "withheld": "come from a withheld number",
    "abroad": "have a number with `+`", "recorded": "have a recording",
}  # fmt: skip


def generator_page():
    named = PROFILES.items()
    shapes = [
        (f"`{name}`", row.about, f"{row.per_day:,}", f"{sum(row.weekend) / 10:.0f} %",
         f"{sum(row.weekend) * row.holidays / 10:.0f} %", f"{row.rows_per_call}")
        for name, row in named
    ]  # fmt: skip
    kinds = [(kind, *(f"{row.scenes.get(kind, 0)} %" for _, row in named)) for kind in SCENES]
    came = [
        (f"`{what}`" if what in OUTCOMES else what, words, *(f"{PROPORTIONS[name][what]} %" for name, _ in named))
        for what, words in WHAT_PROPORTIONS_ARE.items()
    ]
    profiles = [f"`{name}`" for name, _ in named]
    text = (ROOT / "docs" / "generator.md").read_text()
    text = put(text, "profiles", table(
        ("profile", "what it is", "calls on a weekday", "on a weekend day", "on a holiday", "CDR rows a call"), *shapes
    ))  # fmt: skip
    text = put(text, "kinds", table(("kind of call", *profiles), *kinds))
    return put(text, "proportions", table(("", "of all calls so many", *profiles), *came))


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
        ROOT / "docs" / "generator.md": generator_page(),
        ROOT / "docs" / "kazoo-errors.md": kazoo_errors_page(),
        ROOT / "docs" / "firmware.md": firmware_page(),
    }


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "DIFFERENCES.md",
        "docs/errors.md",
        "docs/kazoo-errors.md",
        "docs/coverage.md",
        "docs/firmware.md",
        "docs/generator.md",
    ],
)
def test_generated_parts(name):
    path = ROOT / name
    text = documents()[path]
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text)
    assert path.exists(), "run `make docs`"
    assert path.read_text() == text, "run `make docs`"


def test_chapters_of_differences_are_there():
    headings = re.findall(r"^## (.+)$", (ROOT / "DIFFERENCES.md").read_text(), re.MULTILINE)
    assert {*CHAPTERS.values(), "Resources"} <= set(headings)


def test_readme_names_every_command():
    readme = (ROOT / "README.md").read_text()
    for name in main.list_commands(click.Context(main)):
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
