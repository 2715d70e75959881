#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Recurrence rules against another implementation: some hundred random rules, the first starts of each as dateutil
finds them. What dateutil reads otherwise than RFC 5545 is not generated (see `rule`)."""
import datetime
import glob
import random
import signal
import subprocess
import sys
import tempfile

from dateutil.rrule import rrulestr

RULES, STARTS, PATIENCE = 600, 20, 1.0
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MONTH_DAYS = list(range(1, 32)) + [-1, -2, -5, -31]
NTH_DAYS = [f"{n}{day}" for n in (1, 2, 3, 4, 5, -1, -2) for day in DAYS]
YEAR_DAYS = [1, 60, 100, 200, 365, 366, -1, -366, -100]


def some(dice, values):
    return ",".join(str(v) for v in dict.fromkeys(dice.choice(values) for _ in range(dice.randint(1, 3))))


def rule(dice):
    """A rule. Left out: BYSETPOS in weeks and week 53 (dateutil cuts the first week and the last)."""
    freq = dice.choice(["SECONDLY", "MINUTELY", "HOURLY"] + ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] * 2)
    parts = [f"FREQ={freq}"]
    yearly, long = freq == "YEARLY", freq in ("MONTHLY", "YEARLY")
    chances = [
        (0.5, True, "INTERVAL", [str(n) for n in (1, 2, 3, 5, 7, 13)], False),
        (0.3, True, "WKST", DAYS, False),
        (0.35, True, "BYMONTH", range(1, 13), True),
        (0.35, freq != "WEEKLY", "BYMONTHDAY", MONTH_DAYS, True),
        (0.4, True, "BYDAY", NTH_DAYS if long and dice.random() < 0.6 else DAYS, True),
        (0.15, yearly, "BYYEARDAY", YEAR_DAYS, True),
        (0.2, True, "BYHOUR", range(24), True),
        (0.2, True, "BYMINUTE", range(60), True),
        (0.1, True, "BYSECOND", range(60), True),
    ]
    for chance, applies, name, values, many in chances:
        if applies and dice.random() < chance:
            parts.append(f"{name}={some(dice, values) if many else dice.choice(values)}")
    days = any(p.startswith(("BYDAY", "BYMONTHDAY", "BYYEARDAY")) for p in parts)
    if long and days and dice.random() < 0.2:
        parts.append("BYSETPOS=" + some(dice, [1, 2, 3, -1, -2]))
    if yearly and "BYDAY=" in "".join(parts) and dice.random() < 0.1:
        parts = [parts[0], "BYWEEKNO=" + some(dice, [1, 2, 20, 51]), "BYDAY=" + some(dice, DAYS)]
    return ";".join(parts)


def start(dice):
    return "%04d%02d%02dT%02d%02d%02d" % (dice.randint(1990, 2030), dice.randint(1, 12), dice.randint(1, 28),
                                          dice.randint(0, 23), dice.randint(0, 59), dice.choice([0, 0, 30]))


class TooSlow(Exception):
    pass


def give_up(*_):
    raise TooSlow


def expected(first, text):
    """What dateutil says; None where it refuses or takes too long."""
    found = []
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        for when in rrulestr(text, dtstart=datetime.datetime.strptime(first, "%Y%m%dT%H%M%S")):
            found.append(when.strftime("%Y%m%dT%H%M%S"))
            if len(found) == STARTS:
                break
    except (TooSlow, ValueError):
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return found


def build(folder):
    program = f"{folder}/recurrence"
    sources = sorted(glob.glob("ical/*.c") + glob.glob("src/base/*.c")) + ["tests/system/recurrence.c"]
    subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-I.", *sources, "-o", program, "-lical", "-lsodium",
                    "-lpthread"], check=True, stderr=subprocess.DEVNULL)
    return program


def main():
    dice = random.Random(5545)
    cases = [(start(dice), rule(dice)) for _ in range(RULES)]
    with tempfile.TemporaryDirectory() as folder:
        lines = "".join(f"{first} {STARTS} {text}\n" for first, text in cases)
        answer = subprocess.run([build(folder)], input=lines, capture_output=True, text=True, check=True, timeout=60)
    signal.signal(signal.SIGALRM, give_up)
    compared = failed = 0
    for (first, text), line in zip(cases, answer.stdout.splitlines(), strict=True):
        got, want = line.split(), expected(first, text)
        if want is None:
            continue
        compared += 1
        if got and got[-1] == "over":  # our steps are counted: what was found must be right
            got.pop()
            want = want[:len(got)]
        if got != want:
            failed += 1
            print(f"{first} {text}\n  got  {got[:6]}\n  want {want[:6]}", file=sys.stderr)
    print(f"{compared} rules compared, {failed} differ")
    return failed > 0 or compared < RULES // 2


if __name__ == "__main__":
    sys.exit(main())
