#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""COMPLIANCE.md speaks of everything the tables have: each verb, property, report and outcome stands there as done."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEBDAV = ROOT / "webdav"
STATES = {"done", "not yet", "never"}
COLUMNS = ["section", "element", "state", "note"]


def rows():
    """Yields (line, heading, section, element, state, note) of every table."""
    heading = ""
    for number, line in enumerate((ROOT / "COMPLIANCE.md").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            heading = line.strip("# ")
        if not line.startswith("|") or set(line) <= set("|- "):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells != COLUMNS:
            yield number, heading, cells


def table(path, variable):
    """The text of one table in C, from its name to the brace that ends it."""
    text = path.read_text(encoding="utf-8")
    start = text.index(f"{variable}[] = {{")
    return text[start:text.index("\n};", start)]


def verbs():
    for name, run in re.findall(r'^\t\{"([A-Z]+)",[^}]*?(\w+)\}', table(WEBDAV / "verb.c", "dav_verbs"), re.M):
        if run != "NULL":
            yield name


def properties():
    for path in sorted(WEBDAV.glob("prop_*.c")):
        yield from re.findall(r'^\t\{NS_\w+, "([^"]+)"', table(path, "dav_props_" + path.stem[5:]), re.M)


def reports():
    yield from re.findall(r'^\t\{NS_\w+, "([^"]+)"', table(WEBDAV / "report.c", "dav_reports"), re.M)


def outcomes():
    """The precondition of each code that is used, or its status."""
    used = set(re.findall(r"\bDAV_([A-Z0-9_]+)\b", "".join(p.read_text("utf-8") for p in WEBDAV.glob("*.c"))))
    pattern = r'ROW\((\w+), (\d+), (?:NULL|"\w+"), (?:NULL|"([^"]+)")\)'
    for name, status, element in re.findall(pattern, (WEBDAV / "code.h").read_text("utf-8")):
        if name in used:
            yield element or status


def tolerances():
    """(name, number of the transcript that shows it) of each row."""
    text = (ROOT / "src" / "base" / "tolerance.h").read_text("utf-8").replace("\\\n", " ")
    for name, strings in re.findall(r"ROW\((\w+), (?:true|false),((?:\s*\"[^\"]*\",?)+)\)", text):
        yield name, re.findall(r"\"([^\"]*)\"", strings)[2]


def main():
    failed = False

    def complain(text):
        nonlocal failed
        print(f"COMPLIANCE.md{text}", file=sys.stderr)
        failed = True

    done = set()
    for number, heading, cells in rows():
        if len(cells) != len(COLUMNS):
            complain(f":{number}: {len(cells)} columns, not {len(COLUMNS)}")
        elif cells[2] not in STATES:
            complain(f":{number}: the state is one of {', '.join(sorted(STATES))}")
        elif cells[2] != "done" and not cells[3]:
            complain(f":{number}: why?")
        elif cells[2] == "done":
            done.update(re.findall(r"[\w-]+", cells[1]))
    softer = list(tolerances())
    for name, test in softer:
        if not list((ROOT / "tests" / "wire").glob(f"*/{test}-*.http")):
            complain(f": tolerance {name} names the test {test}, which is not there")
    for kind, names in ("verb", verbs()), ("property", properties()), ("report", reports()), ("outcome", outcomes()), \
            ("tolerance", (name for name, _ in softer)):
        names = list(names)
        if not names:
            complain(f": no {kind} found in the tables; has their form changed?")
        for name in names:
            if name not in done:
                complain(f": {kind} {name} is not there as done")
    return failed


sys.exit(main())
