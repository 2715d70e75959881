#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Recurrence rules against two other implementations: some thousand random rules, the first starts of each as
recurrence_model.py finds them, and as dateutil does where it reads RFC 5545 as we do. SEED=7 DURATION=600 for more."""
import datetime
import glob
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from dateutil.rrule import rrulestr

import recurrence_model

RULES, STARTS, PATIENCE = 5500, 12, 0.04  # seconds for one rule
DURATION = float(os.environ.get("DURATION", 0))  # seconds: go on with more rules
SEED = int(os.environ.get("SEED") or datetime.date.today().toordinal())
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MONTH_DAYS = list(range(1, 32)) + [-1, -2, -5, -28, -29, -30, -31]
NTH_DAYS = [f"{n}{day}" for n in (1, 2, 3, 4, 5, -1, -2, -5) for day in DAYS] + ["20MO", "53SU", "-53TH", "-20WE"]
YEAR_DAYS = [1, 59, 60, 61, 100, 200, 365, 366, -1, -366, -365, -306, -100]
WEEKS = [1, 2, 20, 51, 52, 53, -1, -2, -52, -53]


def some(dice, values):
    return ",".join(str(v) for v in dict.fromkeys(dice.choice(values) for _ in range(dice.randint(1, 3))))


def ending(dice, year):
    """COUNT or UNTIL in one of its forms, or neither."""
    day = "%04d%02d%02d" % (year + dice.randint(0, 4), dice.randint(1, 12), dice.randint(1, 28))
    clock = "T%02d%02d%02d" % (dice.randint(0, 23), dice.choice([0, 0, 30]), 0)
    return dice.choice([f"COUNT={dice.randint(1, STARTS + 2)}", f"UNTIL={day}", f"UNTIL={day}{clock}",
                        f"UNTIL={day}{clock}Z"])


def rule(dice, year):
    """A rule with the parts that 3.3.10 allows together."""
    freq = dice.choice(["SECONDLY", "MINUTELY", "HOURLY"] + ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] * 2)
    parts = [f"FREQ={freq}"]
    yearly, long, short = freq == "YEARLY", freq in ("MONTHLY", "YEARLY"), freq in recurrence_model.UNITS
    weeks = yearly and dice.random() < 0.15
    chances = [
        (0.5, True, "INTERVAL", [str(n) for n in (1, 2, 3, 4, 5, 7, 13)], False),
        (0.3, True, "WKST", DAYS, False),
        (0.35, True, "BYMONTH", range(1, 13), True),
        (1, weeks, "BYWEEKNO", WEEKS, True),
        (0.35, freq != "WEEKLY", "BYMONTHDAY", MONTH_DAYS, True),
        (0.4, True, "BYDAY", NTH_DAYS if long and not weeks and dice.random() < 0.6 else DAYS, True),
        (0.15, yearly or short, "BYYEARDAY", YEAR_DAYS, True),
        (0.2, True, "BYHOUR", range(24), True),
        (0.2, True, "BYMINUTE", range(60), True),
        (0.1, True, "BYSECOND", range(60), True),
    ]
    for chance, applies, name, values, many in chances:
        if applies and dice.random() < chance:
            parts.append(f"{name}={some(dice, values) if many else dice.choice(values)}")
    if any(p.startswith("BY") for p in parts) and dice.random() < 0.2:
        parts.append("BYSETPOS=" + some(dice, [1, 2, 3, 5, -1, -2, -3, 366, -366]))
    if dice.random() < 0.25:
        parts.append(ending(dice, year))
    if dice.random() < 0.15:
        parts = ["RSCALE=GREGORIAN", "SKIP=" + dice.choice(["OMIT", "BACKWARD", "FORWARD"])] + parts
    return ";".join(parts)


def start(dice):
    year, day = dice.randint(1990, 2030), dice.randint(1, 31)
    date = datetime.date(year, dice.randint(1, 12), 1) + datetime.timedelta(days=day - 1)
    text = date.strftime("%Y%m%d")
    if dice.random() < 0.15:
        return year, text
    return year, text + "T%02d%02d%02d" % (dice.randint(0, 23), dice.randint(0, 59), dice.choice([0, 0, 30]))


def moment(text):
    return datetime.datetime.strptime(text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")


class TooSlow(Exception):
    pass


def give_up(*_):
    raise TooSlow


def first_of(starts, date):
    """The first starts as text; None where they can not be had in PATIENCE, or at all (dateutil: BYDAY=53SU)."""
    try:
        return timed(starts, date)
    except (TooSlow, ValueError, IndexError):
        return None


def timed(starts, date):
    found = []
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        for when in starts():
            found.append(when.strftime("%Y%m%d" if date else "%Y%m%dT%H%M%S"))
            if len(found) == STARTS:
                break
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return found


def by_model(first, text):
    return first_of(lambda: recurrence_model.rule_starts(text, moment(first), date="T" not in first), "T" not in first)


def by_dateutil(first, text):
    """What dateutil reads otherwise is left out: BYSETPOS in weeks and week 53 (it cuts the first week and the last),
    RSCALE, COUNT where DTSTART is not by the rule, UNTIL as a date or in another form than DTSTART, times of dates."""
    if "T" not in first or "RSCALE" in text or "UNTIL=" in text or "BYWEEKNO" in text or ("BYSETPOS" in text and "WEEKLY" in text):
        return None
    found = first_of(lambda: rrulestr(text, dtstart=moment(first)), False)
    return None if found and "COUNT=" in text and found[0] != first else found


def build(folder):
    program = f"{folder}/recurrence"
    sources = sorted(glob.glob("ical/*.c") + glob.glob("src/base/*.c")) + ["tests/system/recurrence.c"]
    subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-I.", *sources, "-o", program, "-lical", "-licuuc", "-lsodium",
                    "-lpthread"], check=True, stderr=subprocess.DEVNULL)
    return program


def compare(program, cases):
    """How many were compared with each, and the differences."""
    lines = "".join(f"{first} {STARTS} {text}\n" for first, text in cases)
    answer = subprocess.run([program, "rules"], input=lines, capture_output=True, text=True, check=True, timeout=120)
    compared, failed = {"model": 0, "dateutil": 0}, 0
    for (first, text), line in zip(cases, answer.stdout.splitlines(), strict=True):
        got = line.split()
        over = bool(got) and got[-1] == "over"  # our steps are counted: what was found must be right
        got = got[:-1] if over else got
        got = [at for at in got if int(at[:4]) < recurrence_model.END.year]
        for name, source in (("model", by_model), ("dateutil", by_dateutil)):
            want = source(first, text)
            if want is None:
                continue
            want = [at for at in want if int(at[:4]) < recurrence_model.END.year]
            compared[name] += 1
            if got != (want[:len(got)] if over else want):
                failed += 1
                print(f"{name}: {first} {text}\n  got  {got[:6]}\n  want {want[:6]}", file=sys.stderr)
    return compared, failed


def main():
    dice, stop = random.Random(SEED), time.monotonic() + DURATION
    signal.signal(signal.SIGVTALRM, give_up)
    total, failed = {"model": 0, "dateutil": 0}, 0
    print(f"SEED={SEED}")
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder)
        while True:
            starts = [start(dice) for _ in range(RULES)]
            compared, wrong = compare(program, [(first, rule(dice, year)) for year, first in starts])
            failed += wrong
            total = {name: total[name] + compared[name] for name in total}
            if time.monotonic() >= stop:
                break
    print(f"{total['model']} rules compared with the model, {total['dateutil']} with dateutil, {failed} differ")
    return failed > 0 or total["model"] < RULES * 0.9 or total["dateutil"] < RULES * 0.4


if __name__ == "__main__":
    sys.exit(main())
