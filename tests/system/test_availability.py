#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Random availability, events and times: each free-busy-query must say what a small model of RFC 7953 says
(availability_model.py), slot by slot. SEED=N repeats a run, EXAMPLES=N makes it longer."""
import datetime, os, re, time, unittest

from hypothesis import HealthCheck, given, seed, settings, strategies as some

import availability_model as model
from daemon import Daemon

SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
EXAMPLES = int(os.environ.get("EXAMPLES", 150))
BASE = datetime.datetime(2026, 3, 2)
SLOT = datetime.timedelta(minutes=30)
SLOTS = 96  # two days are asked for; what is said may begin before and end after
CALENDAR = "/dav/calendars/anna/hours/"
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")


def clock(slot):
    return (BASE + slot * SLOT).strftime("%Y%m%dT%H%M%SZ")


def lines_of(available, uid):
    """The AVAILABLE and its overrides."""
    def one(start, length, *more):
        return ["BEGIN:AVAILABLE", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"DTSTART:{clock(start)}",
                f"DURATION:PT{length * 30}M", *more, "END:AVAILABLE"]
    rules = []
    if available["count"] > 1:
        rules.append(f"RRULE:FREQ=MINUTELY;INTERVAL={available['every'] * 30};COUNT={available['count']}")
    rules += [f"RDATE:{clock(s)}" for s in available["added"]] + [f"EXDATE:{clock(s)}" for s in available["except"]]
    out = one(available["start"], available["length"], *rules)
    for replaced, (start, length) in available["overrides"].items():
        out += one(start, length, f"RECURRENCE-ID:{clock(replaced)}")
    return out


def object_of(component, uid):
    event = component["kind"] == "event"
    name = "VEVENT" if event else "VAVAILABILITY"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", f"BEGIN:{name}", f"UID:{uid}",
             "DTSTAMP:20260101T000000Z"]
    if component["start"] is not None:
        lines.append(f"DTSTART:{clock(component['start'])}")
    if component["end"] is not None:
        lines.append(f"DTEND:{clock(component['end'])}")
    if event:
        lines.append("STATUS:TENTATIVE" if component["type"] == "BUSY-TENTATIVE" else "STATUS:CONFIRMED")
    else:
        lines += [f"BUSYTYPE:{component['type']}", f"PRIORITY:{component['priority']}"]
        for i, available in enumerate(component["available"]):
            lines += lines_of(available, f"{uid}-{i}")
    return "\r\n".join(lines + [f"END:{name}", "END:VCALENDAR", ""])


@some.composite
def availables(draw):
    start, every = draw(some.integers(-20, SLOTS)), draw(some.integers(1, 40))
    count = draw(some.integers(1, 6))
    rule = [start + i * every for i in range(count)]
    added = draw(some.lists(some.integers(start + 1, SLOTS + 20), max_size=2, unique=True))
    replaced = draw(some.lists(some.sampled_from(rule), max_size=2, unique=True)) if count > 1 else []
    out = draw(some.lists(some.sampled_from(rule + added), max_size=2, unique=True)) if count > 1 else []
    return {"start": start, "length": draw(some.integers(1, 20)), "every": every, "count": count, "added": added,
            "except": [s for s in out if s not in replaced],
            "overrides": {s: (draw(some.integers(-20, SLOTS + 20)), draw(some.integers(1, 20))) for s in replaced}}


@some.composite
def components(draw):
    start = draw(some.integers(-20, SLOTS + 10))
    length = draw(some.integers(1, 60))
    if draw(some.integers(0, 3)) == 0:
        return {"kind": "event", "start": start, "end": start + length,
                "type": draw(some.sampled_from(["BUSY", "BUSY-TENTATIVE"]))}
    end = start + length
    return {"kind": "availability", "start": draw(some.sampled_from([start, start, None])),
            "end": draw(some.sampled_from([end, end, None])),
            "priority": draw(some.sampled_from([0, 0, 1, 5, 9])), "type": draw(some.sampled_from(model.ORDER)),
            "available": draw(some.lists(availables(), max_size=3))}


def types_of(text, first, last):
    """The set of types in each slot from first to last, as the VFREEBUSY has it."""
    slots = [set() for _ in range(first, last)]
    for kind, start, length in re.findall(r"(?m)^FREEBUSY(?:;FBTYPE=([A-Z-]+))?:(\d{8}T\d{6}Z)/(\S+)\r$", text):
        days, hours, minutes = (int(n or 0) for n in DURATION.match(length).groups())
        begin = (datetime.datetime.strptime(start, "%Y%m%dT%H%M%SZ") - BASE) // SLOT
        size = datetime.timedelta(days=days, hours=hours, minutes=minutes) // SLOT
        assert first <= begin < begin + size <= last, text
        for slot in range(begin, begin + size):
            assert (kind or "BUSY") not in slots[slot - first], f"told twice: {text}"
            slots[slot - first].add(kind or "BUSY")
    return slots


class Availability(unittest.TestCase):
    def test_random(self):
        print(f"SEED={SEED} EXAMPLES={EXAMPLES}")
        with Daemon() as daemon:
            daemon.add_user("anna", "secret-of-anna")
            connection = daemon.connect()

            def ask(method, path, body=None, **headers):
                return daemon.request(method, path, body, headers, "anna", "secret-of-anna", connection)

            self.assertEqual(ask("MKCALENDAR", CALENDAR)[0], 201)
            held = []

            @seed(SEED)
            @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(some.lists(components(), min_size=1, max_size=5), some.integers(-10, 40), some.integers(1, SLOTS))
            def check(calendar, first, length):
                while held:
                    self.assertEqual(ask("DELETE", held.pop())[0], 204)
                for i, component in enumerate(calendar):
                    held.append(f"{CALENDAR}{i}.ics")
                    status, headers, _ = ask("PUT", held[-1], object_of(component, f"u{i}"))
                    self.assertIn(status, (201, 204), headers)
                last = first + length
                status, _, body = ask(
                    "REPORT", CALENDAR, '<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range '
                    f'start="{clock(first)}" end="{clock(last)}"/></c:free-busy-query>', Depth="1")
                self.assertEqual(status, 200)
                want = [model.busy(calendar, slot) for slot in range(first, last)]
                self.assertEqual(types_of(body.decode(), first, last), want, body.decode())

            check()
            connection.close()


if __name__ == "__main__":
    unittest.main()
