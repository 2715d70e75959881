#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Sizes: a function has at most 80 lines, a file 700; the licence comes first. format.sh sees to the columns."""
import pathlib
import sys

FUNCTION_MAX, FILE_MAX = 80, 700
FOLDERS = ["src", "ical", "storage", "webdav", "tests"]
SPDX = "SPDX-License-Identifier: ISC"
SUFFIXES = {".c", ".h", ".py", ".sh"}


def check_lines(lines):
    """Yields (line, complaint); braces in the first column are those of functions."""
    start = 0
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start + 1 > FUNCTION_MAX:
                yield start, f"function of {number - start + 1} lines, at most {FUNCTION_MAX}"
            start = 0


def check(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    if not any(SPDX in line for line in lines[:2] if line.startswith(("#", "/"))):
        yield 1, f"does not begin with {SPDX}"
    if path.suffix not in {".c", ".h"}:
        return
    if SPDX not in lines[0]:
        yield 1, "the licence is not on the first line"
    if len(lines) > FILE_MAX:
        yield FILE_MAX, f"file of {len(lines)} lines, at most {FILE_MAX}"
    yield from check_lines(lines)


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    failed = False
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                for line, complaint in check(path):
                    print(f"{path.relative_to(root)}:{line}: {complaint}", file=sys.stderr)
                    failed = True
    return failed


sys.exit(main())
