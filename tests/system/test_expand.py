#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""CALDAV:expand (RFC 4791 9.6.5) of random objects against expand_model.py, a reading of the RFCs, and against
python3-recurring-ical-events where that reads them as we do: rules, RDATE, EXDATE, EXRULE, overrides of all kinds,
gaps and overlaps of zones. SEED=7 DURATION=600 for another, longer run."""
import datetime
import os
import subprocess
import sys
import tempfile
import time

import hypothesis
import icalendar
import recurring_ical_events

import expand_model
import test_recurrence

DURATION = float(os.environ.get("DURATION", 15))
SEED = int(os.environ.get("SEED") or datetime.date.today().toordinal())
ROUND = 400


class Program:
    def __init__(self, path, what):
        self.process = subprocess.Popen([path, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, case):
        body = case.text.encode()
        self.process.stdin.write(f"{' '.join(case.range)} - {len(body)}\n".encode() + body)
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def expand(self, case):
        length = int(self.ask(case))
        return self.process.stdout.read(length).decode() if length >= 0 else None

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=10)


def lines_of(text):
    return text.replace("\r\n ", "").split("\r\n")


def events(text):
    """(start, end, RECURRENCE-ID, SUMMARY) of each VEVENT, as text; checks what no answer may hold."""
    out, one = [], None
    for line in lines_of(text):
        name = line.partition(":")[0].partition(";")[0]
        assert name not in ("RRULE", "EXRULE", "RDATE", "EXDATE") and "TZID" not in line, line
        if line == "BEGIN:VEVENT":
            one = {}
        elif line == "END:VEVENT":
            start = one["DTSTART"]
            out.append((start, end_of(one), one.get("RECURRENCE-ID"), one["SUMMARY"]))
        elif one is not None:
            assert name not in one, f"{name} twice"
            one[name] = line.partition(":")[2]
    return sorted(out, key=str)


def end_of(one):
    if "DTEND" in one:
        return one["DTEND"]
    start = expand_model.moment(one["DTSTART"])
    if "DURATION" in one:
        start += expand_model.duration(one["DURATION"])
    elif "T" not in one["DTSTART"]:
        start += datetime.timedelta(days=1)
    return start.strftime("%Y%m%dT%H%M%S") + "Z" * one["DTSTART"].endswith("Z") if "T" in one["DTSTART"] else \
        start.strftime("%Y%m%d")


def told(value):
    """A value of the icalendar module as expand writes it."""
    if not isinstance(value, datetime.datetime):
        return value.strftime("%Y%m%d")
    if value.tzinfo is None:
        return value.strftime("%Y%m%dT%H%M%S")
    return value.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def by_module(case):
    """The starts that recurring_ical_events finds."""
    calendar = icalendar.Calendar.from_ical(case.text)
    first, last = (expand_model.moment(at).replace(tzinfo=datetime.timezone.utc) for at in case.range)
    return sorted((told(e["DTSTART"].dt), str(e["SUMMARY"]))
                  for e in recurring_ical_events.of(calendar).between(first, last))


def difference(got, want):
    return f"not expected {[e for e in got if e not in want][:5]}, missing {[e for e in want if e not in got][:5]}"


def main():
    print(f"SEED={SEED}")
    stop, counts = time.monotonic() + DURATION, {"model": 0, "module": 0, "instances": 0}
    with tempfile.TemporaryDirectory() as folder:
        path = test_recurrence.build(folder)
        program, matcher = Program(path, "expand"), Program(path, "match")

        def check(case):
            answer = program.expand(case)
            assert answer is not None, "refused"
            got, want = events(answer), sorted(expand_model.expand(case), key=str)
            assert got == want, difference(got, want)
            assert matcher.ask(case) == ("yes" if want else "no"), "time-range decides otherwise (4791 9.6.5)"
            counts["model"] += 1
            counts["instances"] += len(got)
            if case.plain:
                starts, module = [(e[0], e[3]) for e in got], by_module(case)
                assert starts == module, "recurring_ical_events: " + difference(starts, module)
                counts["module"] += 1

        round_ = 0
        while round_ == 0 or time.monotonic() < stop:
            test = hypothesis.seed(SEED + round_)(hypothesis.settings(
                max_examples=ROUND, deadline=None, database=None, print_blob=False,
                suppress_health_check=list(hypothesis.HealthCheck))(hypothesis.given(expand_model.cases())(check)))
            test()
            round_ += 1
        assert program.end() == 0 and matcher.end() == 0
    print(f"{counts['model']} objects compared with the model, {counts['module']} with recurring_ical_events, "
          f"{counts['instances']} instances")
    return counts["instances"] < counts["model"]


if __name__ == "__main__":
    sys.exit(main())
