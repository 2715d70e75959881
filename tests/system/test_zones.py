#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every zone of the system against Python's zoneinfo, from 1970 to 2037: the offset right before and after each change,
and in the middle between two."""
import datetime
import subprocess
import sys
import tempfile
import zoneinfo

import test_recurrence

FIRST, LAST = 0, 2145916800  # 1970, 2038
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def offset(zone, at):
    return int((EPOCH + datetime.timedelta(seconds=at)).astimezone(zone).utcoffset().total_seconds())


def questions(changes):
    """(instant, offset) around the changes, and a fortnight apart: no change of zoneinfo may hide between ours."""
    before = None
    for n, (at, after) in enumerate(changes):
        if at > FIRST:
            if before is not None:
                yield at - 1, before
            yield at, after
            stop = changes[n + 1][0] if n + 1 < len(changes) else LAST
            for middle in range(at, stop, 14 * 86400 + 3601):
                yield middle, after
        before = after


def main():
    names = sorted(name for name in zoneinfo.available_timezones() if name[0].isupper() and name != "Factory")
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run([test_recurrence.build(folder), "zones"], input="\n".join(names), text=True,
                                capture_output=True, check=True, timeout=60)
    asked = failed = 0
    for name, line in zip(names, answer.stdout.splitlines(), strict=True):
        if line == "none":
            print(f"{name}: not known", file=sys.stderr)
            failed += 1
            continue
        numbers, zone = [int(n) for n in line.split()], zoneinfo.ZoneInfo(name)
        for at, want in questions(list(zip(numbers[::2], numbers[1::2]))):
            asked += 1
            if offset(zone, at) != want:
                print(f"{name} at {at}: {want}, zoneinfo says {offset(zone, at)}", file=sys.stderr)
                failed += 1
                break
    print(f"{len(names)} zones, {asked} offsets, {failed} zones differ")
    return failed > 0 or len(names) < 400 or asked < 300000


if __name__ == "__main__":
    sys.exit(main())
