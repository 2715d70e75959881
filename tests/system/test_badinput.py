#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Hostile requests cost less than a second of processor time and 64 MB each, in the build without sanitizers. Their
exact answers are in tests/wire/15-bad-input; here only: the right class of answer, and what it costs."""
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


def free_busy(start, end):
    return (f'<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range start="{start}0101T000000Z" '
            f'end="{end}0101T000000Z"/></c:free-busy-query>')


def text_matches(n, prop="SUMMARY", text="ß", collation="i;unicode-casemap"):
    return ('<c:comp-filter name="VEVENT">' + f'<c:prop-filter name="{prop}"><c:text-match collation="{collation}">{text}'
            "</c:text-match></c:prop-filter>" * n + "</c:comp-filter>")


def lockinfo(owner):
    return ('<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype>'
            f"<d:owner>{owner}</d:owner></d:lockinfo>")


def availability(rule):
    return calendar("BEGIN:VAVAILABILITY\r\nUID:v\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20200101T000000Z\r\n" + "".join(
        f"BEGIN:AVAILABLE\r\nUID:a{n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20200101T{n % 24:02}{n // 24:02}00Z\r\n"
        f"DURATION:PT1M\r\nRRULE:{rule}\r\nEND:AVAILABLE\r\n" for n in range(1000)) + "END:VAVAILABILITY\r\n")


def zones(rule):
    return calendar("".join(
        f"BEGIN:VTIMEZONE\r\nTZID:X{n}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n"
        f"TZOFFSETTO:+0200\r\nRRULE:{rule}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" for n in range(200))
        + "BEGIN:VEVENT\r\nUID:z\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=X0:20260301T100000\r\nRRULE:FREQ=DAILY\r\n"
        + "".join(f"EXDATE;TZID=X{n}:20260401T100000\r\n" for n in range(200)) + "END:VEVENT\r\n")


def laughs():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>' + propfind("<x:a>&e11;</x:a>")


OVERRIDE = "BEGIN:VEVENT\r\nUID:o\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260301T10{:02}{:02}Z\r\n" \
           "DTSTART:20260301T120000Z\r\nEND:VEVENT\r\n"
RANGE = '<c:comp-filter name="VEVENT"><c:time-range start="{}0101T000000Z" end="{}0101T000000Z"/></c:comp-filter>'
ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT{}M\r\nREPEAT:100\r\nDURATION:PT99999999M\r\nEND:VALARM"
ALARMS = '<c:comp-filter name="VEVENT"><c:comp-filter name="VALARM"><c:time-range start="{}0101T000000Z"/></c:comp-filter>' \
         "</c:comp-filter>"
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
    ("many filters", "REPORT", CALENDAR, {**XML, "Depth": "1"}, query(text_matches(1000)), {403}),
    ("deep calendar-data", "REPORT", CALENDAR, {**XML, "Depth": "1"},
     query("", "<c:calendar-data>" + '<c:comp name="VCALENDAR">' * 5000 + "</c:comp>" * 5000 + "</c:calendar-data>"), {400}),
    ("a deep lock", "LOCK", "/dav/files/admin/a.txt", XML, lockinfo("<d:a>" * 40000 + "</d:a>" * 40000), {400}),
    ("a wide lock", "LOCK", "/dav/files/admin/a.txt", XML, lockinfo("<d:a/>" * 300000), {400, 413}),
    ("long Lock-Token", "UNLOCK", "/dav/files/admin/", {"Lock-Token": "<" + "x" * 60000 + ">"}, "", {400, 403, 404, 409, 431}),
    ("long Prefer", "GET", CALENDAR, {"Prefer": 'a="\\"", ' * 8000}, "", {200, 431}),
    ("long Range", "GET", CALENDAR, {"Range": "bytes=" + "0-1," * 15000 + "3-4"}, "", {200, 206, 416, 431}),
    ("long Timeout", "LOCK", "/dav/files/admin/a.txt", {**XML, "Timeout": "Second-1, " * 6000}, lockinfo(""),
     {200, 201, 400, 431}),
    ("long availability", "PROPPATCH", "/dav/calendars/admin/", XML,
     '<d:propertyupdate xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><c:calendar-availability>'
     + availability("FREQ=SECONDLY").replace("FREQ", "X-A=" + "b" * 1000 + ";FREQ")
     + "</c:calendar-availability></d:prop></d:set></d:propertyupdate>", {207, 413}),
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
AVAILABILITY_RULES = ["FREQ=DAILY", "FREQ=SECONDLY", "FREQ=HOURLY;BYYEARDAY=366"]
ZONE_RULES = ["FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTHDAY=" + ",".join(map(str, range(1, 32)))]
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
            for hostile in (self.many_hrefs, self.alarms, self.long_texts, self.availability, self.zones, self.many_series):
                with self.subTest(hostile.__name__):
                    hostile(daemon)
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

    def stored(self, daemon, body, requests, path=CALENDAR + "hostile.ics", headers=ICAL):
        self.cost(daemon, "put", "PUT", path, headers, body, {201, 403})
        for body, answers in requests:
            self.cost(daemon, "report", "REPORT", path.rsplit("/", 1)[0] + "/", {**XML, "Depth": "1"}, body, answers)
        daemon.request("DELETE", path)

    def alarms(self, daemon):
        """Each alarm asks all instances of the series, and each instance has all alarms."""
        for frequency in ("DAILY", "SECONDLY"):
            body = event("alarms", extra=[f"RRULE:FREQ={frequency}", *(ALARM.format(n) for n in range(10000))])
            self.stored(daemon, body, [(query(ALARMS.format(year)), {207}) for year in (2026, 2099, 9000)]
                        + [(query("", EXPAND), {207})])

    def long_texts(self, daemon):
        """U+FDFA is 18 characters for i;unicode-casemap; what is escaped is copied before it is compared."""
        for text in ("\ufdfa" * (2 * MEGABYTE), "a\\," * (2 * MEGABYTE)):
            self.stored(daemon, event("long", text), [(query(text_matches(90)), {207})])

    def availability(self, daemon):
        path = "/dav/calendars/admin/availability/"
        daemon.request("MKCALENDAR", path, '<c:mkcalendar xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:set>'
                       '<d:prop><c:supported-calendar-component-set><c:comp name="VAVAILABILITY"/>'
                       "</c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>", XML)
        for text in AVAILABILITY_RULES:
            self.stored(daemon, availability(text), [(free_busy(*years), {200, 403, 507}) for years in (
                (2026, 2027), (2026, 2046), (1500, 2500), (9000, 9001))], path + "a.ics")
        daemon.request("DELETE", path)

    def zones(self, daemon):
        for text in ZONE_RULES:
            self.stored(daemon, zones(text), [(query(RANGE.format(2026, 2027)), {207}), (query("", EXPAND), {207}),
                                              (free_busy(9000, 9001), {200})])

    def many_series(self, daemon):
        """A thousand years of each: an expansion that is too long for some is tried for few."""
        for n in range(300):
            daemon.request("PUT", f"{CALENDAR}s{n}.ics", event(f"s{n}", extra=["RRULE:FREQ=DAILY"]), ICAL)
        always = '<c:calendar-data><c:expand start="00010101T000000Z" end="99991231T000000Z"/></c:calendar-data>'
        for body in (free_busy(1500, 2500), query("", always)):
            self.cost(daemon, "report", "REPORT", CALENDAR, {**XML, "Depth": "1"}, body, {200, 207, 507})

    def rule(self, daemon, text):
        path = CALENDAR + "rule.ics"
        self.cost(daemon, "put", "PUT", path, ICAL, rule(text), {201, 204, 403})
        for start, end in ((2026, 2027), (2080, 2081), (9000, 9001)):
            self.cost(daemon, "query", "REPORT", CALENDAR, {**XML, "Depth": "1"}, query(RANGE.format(start, end)), {207})
        self.cost(daemon, "expand", "REPORT", CALENDAR, {**XML, "Depth": "1"},
                  query(RANGE.format(2026, 2046), EXPAND), {207, 403, 507})
        self.cost(daemon, "free-busy", "REPORT", CALENDAR, {**XML, "Depth": "1"}, free_busy(2026, 2046), {200, 403, 507})
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
