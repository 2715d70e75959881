#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Hostile requests cost less than a second of processor time and 64 MB each, in the build without sanitizers. Their
exact answers are in tests/wire/15*.http; here only: the right class of answer, and what it costs."""
import unittest
from daemon import Daemon, RELEASE, event

CPU_SECONDS, GROWTH = 1.0, 64 * 1024 * 1024
CALENDAR = "/dav/calendars/admin/personal/"
XML = {"Content-Type": "application/xml", "Depth": "0"}
ICAL = {"Content-Type": "text/calendar"}
MEGABYTE = 1024 * 1024


def propfind(inside):
    return f'<d:propfind xmlns:d="DAV:" xmlns:x="x:"><d:prop>{inside}</d:prop></d:propfind>'


def calendar(inside):
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n" + inside + "END:VCALENDAR\r\n"


def rule(text, start="20260301T100000Z"):
    return event("rule", "Rule", start, start, [f"RRULE:{text}"])


def query(inside, data=""):
    return (f'<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop><d:getetag/>{data}</d:prop>'
            f'<c:filter><c:comp-filter name="VCALENDAR">{inside}</c:comp-filter></c:filter></c:calendar-query>')


def laughs():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>' + propfind("<x:a>&e11;</x:a>")


OVERRIDE = "BEGIN:VEVENT\r\nUID:o\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260301T10{:02}{:02}Z\r\n" \
           "DTSTART:20260301T120000Z\r\nEND:VEVENT\r\n"
RANGE = '<c:comp-filter name="VEVENT"><c:time-range start="{}0101T000000Z" end="{}0101T000000Z"/></c:comp-filter>'
EXPAND = '<c:calendar-data><c:expand start="20260101T000000Z" end="20460101T000000Z"/></c:calendar-data>'

# name, method, path, headers, body, answers that are right
XML_CASES = [
    ("entities", "PROPFIND", CALENDAR, XML, laughs(), {400}),
    ("deep elements", "PROPFIND", CALENDAR, XML, propfind("<x:a>" * 300000), {400, 413}),
    ("many elements", "PROPFIND", CALENDAR, XML, propfind("<x:a/>" * 600000), {400, 413}),
    ("many properties", "PROPFIND", CALENDAR, XML, propfind("".join(f"<x:a{n}/>" for n in range(40000))), {207, 400}),
    ("many attributes", "PROPFIND", CALENDAR, XML,
     propfind("<x:a " + " ".join(f'a{n}="b"' for n in range(50000)) + "/>"), {207, 400}),
    ("an attribute bomb", "PROPFIND", CALENDAR, XML,
     propfind("<x:a " + " ".join(f'a{n}=""' for n in range(300000)) + "/>"), {400}),
    ("a namespace bomb", "PROPFIND", CALENDAR, XML,
     propfind("<x:a " + " ".join(f'xmlns:n{n}="u"' for n in range(200000)) + "/>"), {400}),
    ("many namespaces", "PROPFIND", CALENDAR, XML,
     propfind("".join(f'<n{n}:a xmlns:n{n}="urn:{n}"/>' for n in range(30000))), {207, 400}),
    ("long text", "PROPPATCH", CALENDAR, XML, '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:displayname>'
     + "x" * (3 * MEGABYTE) + "</d:displayname></d:prop></d:set></d:propertyupdate>", {207, 400, 403, 413}),
    ("too long", "PROPFIND", CALENDAR, XML, propfind("<x:a/>" + " " * (12 * MEGABYTE)), {413}),
    ("many hrefs", "REPORT", CALENDAR, XML, '<c:calendar-multiget xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:">'
     "<d:prop><d:getetag/></d:prop>" + f"<d:href>{CALENDAR}x</d:href>" * 40000 + "</c:calendar-multiget>", {207, 400}),
    ("deep filter", "REPORT", CALENDAR, XML, query('<c:comp-filter name="VEVENT">' * 5000), {400, 403}),
    ("long sync token", "REPORT", CALENDAR, XML, '<d:sync-collection xmlns:d="DAV:"><d:sync-token>data:,' + "0/" * MEGABYTE
     + "</d:sync-token><d:sync-level>1</d:sync-level><d:prop/></d:sync-collection>", {403}),
    ("long If", "PUT", CALENDAR + "a.ics", {**ICAL, "If": '(["x"])' * 3000}, event("a"), {400, 412, 413, 431}),
    ("long path", "GET", CALENDAR + "a" * 30000, {}, "", {404, 414, 431}),
    ("long escapes", "GET", CALENDAR + "%25" * 8000, {}, "", {404, 414, 431}),
]
ICAL_CASES = [
    ("noise", "PUT", CALENDAR + "a.ics", ICAL, "x\n" * (4 * MEGABYTE), {403}),
    ("one long line", "PUT", CALENDAR + "a.ics", ICAL, event("a", "x" * (9 * MEGABYTE)), {201, 403}),
    ("one folded line", "PUT", CALENDAR + "a.ics", ICAL, event("a", "x\r\n " * (2 * MEGABYTE)), {201, 204, 403}),
    ("many components", "PUT", CALENDAR + "b.ics", ICAL,
     calendar("".join(OVERRIDE.format(n // 60 % 60, n % 60) for n in range(20000))), {201, 403}),
    ("deep components", "PUT", CALENDAR + "c.ics", ICAL, calendar("BEGIN:X-A\r\n" * 100000), {403}),
    ("many properties", "PUT", CALENDAR + "d.ics", ICAL, event("d", extra=["X-A:b"] * 300000), {201, 403}),
    ("many parameters", "PUT", CALENDAR + "e.ics", ICAL, event("e", extra=["X-A" + ";p=v" * 300000 + ":b"]), {201, 403}),
    ("many dates", "PUT", CALENDAR + "f.ics", ICAL,
     event("f", extra=["RRULE:FREQ=DAILY", "EXDATE:" + ",".join(["20260302T100000Z"] * 200000)]), {201, 403}),
    ("a zone with many rules", "PUT", CALENDAR + "g.ics", ICAL, calendar(
        "BEGIN:VTIMEZONE\r\nTZID:X\r\n" + "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n"
        "TZOFFSETTO:+0100\r\nRRULE:FREQ=DAILY\r\nEND:STANDARD\r\n" * 5000 + "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:g\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=X:20260301T100000\r\nEND:VEVENT\r\n"), {201, 403}),
]
RULES = ["FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY", "FREQ=MINUTELY;BYSECOND=1,2,3",
         "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=DAILY;COUNT=2147483647", "FREQ=SECONDLY;INTERVAL=0",
         "FREQ=YEARLY;BYDAY=" + ",".join(f"{n}MO" for n in range(1, 54)) * 1, "FREQ=HOURLY;BYSETPOS=-366",
         "FREQ=SECONDLY;UNTIL=99991231T235959Z", "FREQ=YEARLY;INTERVAL=999999",
         "FREQ=MINUTELY;BYYEARDAY=366;BYMONTHDAY=31;BYHOUR=25"]


class BadInputTest(unittest.TestCase):
    def test_costs(self):
        with Daemon(binary=RELEASE) as daemon:
            daemon.request("GET", CALENDAR)  # log in once: a hashed password is no hostile input
            for case in XML_CASES + ICAL_CASES:
                with self.subTest(case[0]):
                    self.cost(daemon, *case)
            for text in RULES:
                with self.subTest(text):
                    self.rule(daemon, text)
            with self.subTest("one series under many hrefs"):
                self.many_hrefs(daemon)
            daemon.fsck()

    def many_hrefs(self, daemon):
        """Expanding costs; an item has a million encodings."""
        path = CALENDAR + "rulerulerule.ics"
        self.cost(daemon, "put", "PUT", path, ICAL, rule("FREQ=DAILY"), {201})
        names = ["".join(f"%{ord(c):02x}" if n >> bit & 1 else c for bit, c in enumerate("rulerulerule")) for n in range(4000)]
        hrefs = "".join(f"<d:href>{CALENDAR}{name}.ics</d:href>" for name in names)
        self.cost(daemon, "expand", "REPORT", CALENDAR, XML,
                  '<c:calendar-multiget xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop>'
                  f"{EXPAND}</d:prop>{hrefs}</c:calendar-multiget>", {207})

    def rule(self, daemon, text):
        path = CALENDAR + "rule.ics"
        self.cost(daemon, "put", "PUT", path, ICAL, rule(text), {201, 204, 403})
        for start, end in ((2026, 2027), (2080, 2081), (9000, 9001)):
            self.cost(daemon, "query", "REPORT", CALENDAR, {**XML, "Depth": "1"}, query(RANGE.format(start, end)), {207})
        self.cost(daemon, "expand", "REPORT", CALENDAR, {**XML, "Depth": "1"},
                  query(RANGE.format(2026, 2046), EXPAND), {207, 403, 507})
        self.cost(daemon, "free-busy", "REPORT", CALENDAR, {**XML, "Depth": "1"},
                  '<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range start="20260101T000000Z" '
                  'end="20460101T000000Z"/></c:free-busy-query>', {200, 403, 507})
        daemon.request("DELETE", path)

    def cost(self, daemon, name, method, path, headers, body, answers):
        daemon.forget_peak()
        cpu, memory = daemon.cpu(), daemon.memory()
        try:
            status = daemon.request(method, path, body, headers)[0]
        except ConnectionError:
            status = 413 if 413 in answers else 0  # refused while it was still being sent
        spent, grown = daemon.cpu() - cpu, daemon.memory("VmHWM") - memory
        print(f"{name:24.24} {status} {spent:5.2f} s {grown >> 10:7} kB")
        self.assertIn(status, answers)
        self.assertLess(spent, CPU_SECONDS)
        self.assertLess(grown, GROWTH)


if __name__ == "__main__":
    unittest.main()
