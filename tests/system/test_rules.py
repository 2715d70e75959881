#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Objects made by the grammar of RFC 5545 3.6 and RFC 7953 3.1, written down here once more and independently of
ical/rules.c: each is taken and comes back byte for byte; each with one known fault is refused with the precondition of
RFC 4791 5.3.2.1 that the fault has. And what was stored before there were such rules stays readable.
EXAMPLES=5000 looks longer."""
import datetime, os, re, shutil, tempfile, unittest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from daemon import Daemon, event, tree_path
from test_git import CALENDAR as HOME, Clone, Household, commit_by_plumbing

scratch = tempfile.TemporaryDirectory(prefix="daybook-hypothesis-")
set_hypothesis_home_dir(scratch.name)  # else it leaves tables in the working directory
EXAMPLES = int(os.environ.get("EXAMPLES", "120"))
CALENDAR = "/dav/calendars/admin/all"
DATA, OBJECT, FORMAT, COMPONENT = ("valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-data",
                                   "supported-calendar-component")
ZONE = """BEGIN:VTIMEZONE
TZID:Custom
X-LIC-LOCATION:Custom
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE""".split("\n")

# ---- values

words = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn"), blacklist_characters="\u2028\u2029"), max_size=60)
texts = words.map(lambda s: re.sub(r"([\\;,])", r"\\\1", s))
quoted = words.map(lambda s: '"' + s.replace('"', "'") + '"')
uris = st.sampled_from(["http://example.com/a?b=c;d", "urn:uuid:1", "cid:part1@example.com"])
addresses = st.sampled_from(["mailto:a@example.com", "MAILTO:B@Example.com", "urn:uuid:2", "/dav/principals/x/"])
days = st.dates(datetime.date(1971, 1, 1), datetime.date(2200, 1, 1))
seconds = st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2200, 1, 1)).map(lambda t: t.replace(microsecond=0))
durations = st.sampled_from(["P1D", "P2W", "PT1H", "PT90M", "P1DT12H", "+PT5S", "PT1H0M0S"])
minus = st.sampled_from(["-PT15M", "-P1D", "PT0S", "PT5M", "-P1W"])


def day(d):
    return d.strftime("%Y%m%d")


def stamp(t):
    return t.strftime("%Y%m%dT%H%M%SZ")


class Clock:
    """One of the four forms of time (3.3.4, 3.3.5), for all times of a component."""

    def __init__(self, form):
        self.form = form

    def line(self, name, t):
        return name + {"date": f";VALUE=DATE:{day(t)}", "utc": f":{stamp(t)}", "floating": f":{stamp(t)[:-1]}",
                       "zone": f";TZID=Custom:{stamp(t)[:-1]}"}[self.form]

    def step(self, hours):
        """Something longer than nothing, in its unit. (All starts are in June: no hour there comes twice.)"""
        return datetime.timedelta(days=hours) if self.form == "date" else datetime.timedelta(hours=hours)

    def duration(self, draw):
        return draw(st.sampled_from(["P1D", "P3W"]) if self.form == "date" else durations)

    def until(self, t):
        return {"date": day(t), "floating": stamp(t)[:-1]}.get(self.form, stamp(t))


clocks = st.sampled_from(["date", "utc", "floating", "zone"]).map(Clock)
starts = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2090, 1, 1)).map(
    lambda t: t.replace(month=6, day=min(t.day, 28), microsecond=0))

# ---- properties: name -> value with its parameters

ONCE = {
    "CLASS": st.sampled_from([":PUBLIC", ":PRIVATE", ":CONFIDENTIAL", ":X-OURS", ":IANA-THING"]),
    "CREATED": seconds.map(lambda t: ":" + stamp(t)),
    "LAST-MODIFIED": seconds.map(lambda t: ":" + stamp(t)),
    "DESCRIPTION": texts.map(lambda s: ";ALTREP=\"http://a/b\":" + s),
    "GEO": st.sampled_from([":37.386013;-122.082932", ":0;0", ":-1.5;+2"]),
    "LOCATION": texts.map(lambda s: ";LANGUAGE=de:" + s),
    "ORGANIZER": st.builds(lambda n, a: f";CN={n}:{a}", quoted, addresses),
    "PRIORITY": st.integers(0, 9).map(lambda n: f":{n}"),
    "SEQUENCE": st.integers(0, 2**31 - 1).map(lambda n: f":{n}"),
    "SUMMARY": texts.map(lambda s: ":" + s),
    "TRANSP": st.sampled_from([":OPAQUE", ":TRANSPARENT"]),
    "URL": uris.map(lambda s: ":" + s),
    "COLOR": st.just(":turquoise"),
    "COMPLETED": seconds.map(lambda t: ":" + stamp(t)),
    "PERCENT-COMPLETE": st.integers(0, 100).map(lambda n: f":{n}"),
    "BUSYTYPE": st.sampled_from([":BUSY", ":BUSY-UNAVAILABLE", ":X-A"]),
    "CONTACT": texts.map(lambda s: ":" + s),
}
MANY = {
    "ATTACH": st.one_of(uris.map(lambda s: ";FMTTYPE=text/plain:" + s), st.just(";ENCODING=BASE64;VALUE=BINARY:AAEC")),
    "ATTENDEE": st.builds(lambda n, a: f";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN={n};X-P=1:{a}", quoted, addresses),
    "CATEGORIES": st.lists(texts, max_size=3).map(lambda l: ":" + ",".join(l)),
    "COMMENT": texts.map(lambda s: ":" + s),
    "CONTACT": texts.map(lambda s: ":" + s),
    "REQUEST-STATUS": st.just(":2.0;Success"),
    "RELATED-TO": texts.map(lambda s: ";RELTYPE=SIBLING:" + s),
    "RESOURCES": st.lists(texts, max_size=3).map(lambda l: ":" + ",".join(l)),
    "X-PROPERTY": texts.map(lambda s: ";X-PARAM=\"a;b:c\",d:" + s),
    "IANA-PROPERTY": texts.map(lambda s: ":" + s),
    "IMAGE": uris.map(lambda s: ";VALUE=URI;DISPLAY=BADGE:" + s),
}
# 3.6: what may stand once and many times; how it ends
COMPONENTS = {
    "VEVENT": ("CLASS CREATED DESCRIPTION GEO LAST-MODIFIED LOCATION ORGANIZER PRIORITY SEQUENCE SUMMARY TRANSP URL COLOR",
               sorted(MANY), ["TENTATIVE", "CONFIRMED", "CANCELLED"], "DTEND", True),
    "VTODO": ("CLASS COMPLETED CREATED DESCRIPTION GEO LAST-MODIFIED LOCATION ORGANIZER PERCENT-COMPLETE PRIORITY SEQUENCE "
              "SUMMARY URL COLOR", sorted(MANY), ["NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"], "DUE", True),
    "VJOURNAL": ("CLASS CREATED LAST-MODIFIED ORGANIZER SEQUENCE SUMMARY URL COLOR", sorted(MANY),
                 ["DRAFT", "FINAL", "CANCELLED"], None, True),
    "VFREEBUSY": ("CONTACT ORGANIZER URL", ["ATTENDEE", "COMMENT", "REQUEST-STATUS", "X-PROPERTY"], [], "DTEND", False),
    "VAVAILABILITY": ("BUSYTYPE CLASS CREATED DESCRIPTION LAST-MODIFIED LOCATION ORGANIZER PRIORITY SEQUENCE SUMMARY URL",
                      ["CATEGORIES", "COMMENT", "CONTACT", "X-PROPERTY"], [], "DTEND", False),
    "AVAILABLE": ("CREATED DESCRIPTION LAST-MODIFIED LOCATION SUMMARY", ["CATEGORIES", "COMMENT", "CONTACT"], [], "DTEND", True),
}


@st.composite
def alarms(draw):
    action = draw(st.sampled_from(["AUDIO", "DISPLAY", "EMAIL", "X-ACT"]))
    lines = [f"ACTION:{action}", draw(st.one_of(
        minus.map(lambda d: f"TRIGGER;RELATED=END:{d}"), minus.map(lambda d: f"TRIGGER:{d}"),
        seconds.map(lambda t: f"TRIGGER;VALUE=DATE-TIME:{stamp(t)}")))]
    if action in ("DISPLAY", "EMAIL"):
        lines.append("DESCRIPTION:" + draw(texts))
    if action == "EMAIL":
        lines += ["SUMMARY:a", "ATTENDEE:mailto:a@example.com", "ATTENDEE:mailto:b@example.com"]
    if draw(st.booleans()):
        lines += ["REPEAT:4", "DURATION:PT5M"]
    return ["BEGIN:VALARM", *draw(st.permutations(lines)), "END:VALARM"]


def rule(draw, clock, start):
    parts = ["FREQ=" + draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])),
             f"INTERVAL={draw(st.integers(1, 4))}"]
    parts += draw(st.sampled_from([[], ["COUNT=5"], ["UNTIL=" + clock.until(start + datetime.timedelta(days=900))]]))
    return "RRULE:" + ";".join(parts)


def times(draw, kind, clock, start, end):
    """DTSTART and how it ends."""
    lines = [clock.line("DTSTART", start)]
    how = draw(st.sampled_from(["end", "duration", "none"])) if end else "none"
    if kind == "VFREEBUSY" or how == "end":
        lines.append(clock.line(end, start + clock.step(draw(st.integers(1, 50)))))
    elif how == "duration":
        lines.append("DURATION:" + clock.duration(draw))
    return lines


@st.composite
def components(draw, kind, uid, clock, start=None, instance=None):
    once, many, status, end, recurs = COMPONENTS[kind]
    start = start or draw(starts)
    lines = [f"UID:{uid}", "DTSTAMP:" + stamp(draw(seconds))]
    if kind in ("VEVENT", "AVAILABLE", "VFREEBUSY") or instance or draw(st.booleans()):
        lines += times(draw, kind, clock, start, end)
        if recurs and not instance and draw(st.booleans()):
            lines.append(rule(draw, clock, start))
            for name in draw(st.lists(st.sampled_from(["EXDATE", "RDATE"]), max_size=3)):
                lines.append(clock.line(name, start + datetime.timedelta(days=draw(st.integers(1, 30)))))
    if instance:
        lines.append(clock.line("RECURRENCE-ID", instance))
    names = draw(st.sets(st.sampled_from(once.split()), max_size=5))
    lines += [name + draw(ONCE[name]) for name in sorted(names)]
    lines += [name + draw(MANY[name]) for name in draw(st.lists(st.sampled_from(many), max_size=4))]
    if status and draw(st.booleans()):
        lines.append("STATUS:" + draw(st.sampled_from(status)))
    if kind == "VFREEBUSY":
        lines.append(f"FREEBUSY;FBTYPE=BUSY:{stamp(start)}/PT1H,{stamp(start)}/{stamp(start + datetime.timedelta(hours=2))}")
    lines = draw(st.permutations(lines))
    inner = []
    if kind in ("VEVENT", "VTODO"):
        inner = draw(st.lists(alarms(), max_size=2))
    elif kind == "VAVAILABILITY":
        inner = draw(st.lists(components("AVAILABLE", "inner", clock), max_size=2))
    return [f"BEGIN:{kind}", *lines, *(line for part in inner for line in part), f"END:{kind}"]


@st.composite
def objects(draw, kinds=("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY")):
    """(kind, lines of an object without folds)"""
    kind = draw(st.sampled_from(kinds))
    clock = Clock("utc") if kind in ("VFREEBUSY", "VAVAILABILITY") else draw(clocks)
    start = draw(starts)
    parts = [draw(components(kind, "u", clock, start))]
    if any(line.startswith("RRULE") for line in parts[0]) and kind in ("VEVENT", "VTODO", "VJOURNAL"):
        for days_on in draw(st.sets(st.integers(1, 9), max_size=2)):
            when = start + datetime.timedelta(days=days_on)
            parts.append(draw(components(kind, "u", clock, when + clock.step(2), when)))
    if clock.form == "zone":
        parts.append(ZONE)
    if draw(st.booleans()):
        parts.append(["BEGIN:X-OTHER", "X-A:b", "PRIORITY:high", "END:X-OTHER"])
    head = draw(st.permutations(["VERSION:2.0", "PRODID:-//rules//EN", "X-WR-CALNAME:a", "NAME:a"]))
    return kind, ["BEGIN:VCALENDAR", *head, *(line for part in draw(st.permutations(parts)) for line in part), "END:VCALENDAR"]


def folded(lines, width=75):
    """3.1: lines of at most so many octets, never cut inside a character."""
    out = []
    for line in lines:
        piece = b""
        for character in line:
            if len(piece) + len(character.encode()) > width:
                out.append(piece)
                piece = b" "
            piece += character.encode()
        out.append(piece)
    return b"\r\n".join(out) + b"\r\n"


# ---- faults

def main(lines, kind):
    return lines.index(f"BEGIN:{kind}") + 1


def insert(line):
    return lambda lines, kind: lines[:main(lines, kind)] + [line] + lines[main(lines, kind):]


def without(name):
    """The first component of the kind loses its own property."""
    def change(lines, kind):
        at = next(i for i in range(main(lines, kind), len(lines)) if re.match(name + "[:;]", lines[i]))
        return lines[:at] + lines[at + 1:]
    return change


def replaced(name, value):
    def change(lines, kind):
        at = next(i for i in range(main(lines, kind), len(lines)) if re.match(name + "[:;]", lines[i]))
        return lines[:at] + [name + value] + lines[at + 1:]
    return change


def beside(*more):
    return lambda lines, kind: lines[:-1] + list(more) + lines[-1:]


def in_head(old, new):
    return lambda lines, kind: [line for x in lines for line in ([] if x == old and not new else [new] if x == old else [x])]


def renamed(lines, kind):
    return [line.replace(f":{kind}", ":VPOLL") if line in (f"BEGIN:{kind}", f"END:{kind}") else line for line in lines]


def unfinished(lines, kind):
    return [line for line in lines if line != f"END:{kind}"]


def early_end(lines, kind):
    start = next(line for line in lines[main(lines, kind):] if line.startswith("DTSTART"))
    end = re.sub(r":\d{4}", ":1980", start).replace("DTSTART", "DTEND")
    keep = [line for line in lines if not re.match("DTEND|DURATION", line)]
    return insert(end)(keep, kind)


OTHER = ["BEGIN:VTODO", "UID:u", "DTSTAMP:20260101T000000Z", "END:VTODO"]
FAULTS = [  # name, kinds, change, precondition
    ("no UID", "VEVENT VJOURNAL VFREEBUSY VAVAILABILITY", without("UID"), OBJECT),
    ("METHOD", "VEVENT VTODO VJOURNAL VFREEBUSY VAVAILABILITY", in_head("VERSION:2.0", "VERSION:2.0\r\nMETHOD:PUBLISH"), OBJECT),
    ("another type", "VEVENT VJOURNAL VFREEBUSY VAVAILABILITY", beside(*OTHER), OBJECT),
    ("another UID", "VEVENT", beside("BEGIN:VEVENT", "UID:v", "DTSTAMP:20260101T000000Z", "DTSTART:20260101T000000Z", "END:VEVENT"), OBJECT),
    ("two masters", "VTODO", beside(*OTHER, *OTHER), OBJECT),
    ("one instance twice", "VEVENT", beside(*2 * ["BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z", "DTSTART:20260101T000000Z",
                                                  "RECURRENCE-ID:20251231T000000Z", "END:VEVENT"]), OBJECT),
    ("version 1.0", "VEVENT VTODO", in_head("VERSION:2.0", "VERSION:1.0"), FORMAT),
    ("no version", "VEVENT VTODO", in_head("VERSION:2.0", ""), DATA),
    ("another calendar scale", "VEVENT", in_head("VERSION:2.0", "VERSION:2.0\r\nCALSCALE:JULIAN"), DATA),
    ("unknown component", "VEVENT VTODO VJOURNAL", renamed, COMPONENT),
    ("no DTSTART", "VEVENT", without("DTSTART"), DATA),
    ("DTSTART that is none", "VEVENT", replaced("DTSTART", ":20261301T000000Z"), DATA),
    ("DTSTAMP that is none", "VEVENT VTODO", replaced("DTSTAMP", ":now"), DATA),
    ("second DTSTAMP", "VEVENT VTODO VJOURNAL", insert("DTSTAMP:19700101T000000Z"), DATA),
    ("second UID", "VEVENT VTODO", insert("UID:second"), DATA),
    ("unknown VALUE", "VEVENT", replaced("DTSTART", ";VALUE=DATETIME:20260101T000000Z"), DATA),
    ("an early end", "VEVENT", early_end, DATA),
    ("bad rule", "VEVENT VTODO VJOURNAL", insert("RRULE:FREQ=DAILY;COUNT=0x1"), DATA),
    ("no number", "VEVENT VTODO", insert("PRIORITY:high"), DATA),
    ("no place", "VEVENT VTODO", insert("GEO:here"), DATA),
    ("no status", "VEVENT VTODO VJOURNAL", insert("STATUS:WHATEVER"), DATA),
    ("no transparency", "VEVENT", insert("TRANSP:GLASS"), DATA),
    ("no per cent", "VTODO", insert("PERCENT-COMPLETE:120"), DATA),
    ("alarm without trigger", "VEVENT", lambda l, k: insert("BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM")(l, k), DATA),
    ("event in the event", "VEVENT", insert("BEGIN:VEVENT\r\nUID:v\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT"), DATA),
    ("alarm on its own", "VEVENT", beside("BEGIN:VALARM", "ACTION:AUDIO", "TRIGGER:PT0S", "END:VALARM"), DATA),
    ("zone without onset", "VEVENT", beside("BEGIN:VTIMEZONE", "TZID:Y", "BEGIN:STANDARD", "TZOFFSETFROM:+0100",
                                            "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"), DATA),
    ("no colon", "VEVENT VTODO VJOURNAL", insert("SUMMARY"), DATA),
    ("no parameter", "VEVENT VTODO VJOURNAL", insert("X-A;B:c"), DATA),
    ("control character", "VEVENT VTODO VJOURNAL", insert("X-A:\x07"), DATA),
    ("no end", "VEVENT VTODO VJOURNAL", unfinished, DATA),
]


class RulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().__enter__()
        cls.connection = cls.daemon.connect()
        assert cls.request("MKCALENDAR", CALENDAR + "/")[0] == 201

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()
        cls.daemon.__exit__(None, None, None)

    @classmethod
    def request(cls, method, path, body=None):
        return cls.daemon.request(method, path, body, connection=cls.connection)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(objects(), st.sampled_from([20, 75, 10000]))
    def test_what_is_right_is_taken_and_comes_back(self, made, width):
        body = folded(made[1], width)
        status, _, answer = self.request("PUT", CALENDAR + "/right.ics", body)
        self.assertIn(status, (201, 204), (answer.decode(), body.decode()))
        self.assertEqual(self.request("GET", CALENDAR + "/right.ics")[2], body)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data(), st.sampled_from(FAULTS))
    def test_what_is_wrong_is_refused(self, data, fault):
        name, kinds, change, precondition = fault
        kind, lines = data.draw(objects(tuple(kinds.split())))
        body = folded(change(lines, kind), 10000)
        status, _, answer = self.request("PUT", CALENDAR + "/wrong.ics", body)
        self.assertEqual(status, 403, (name, body.decode(), answer.decode()))
        self.assertEqual(re.findall(r"<c:([\w-]+)", answer.decode()), [precondition], (name, body.decode()))

    def test_each_fault(self):
        """Once each, whatever the generator chooses."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//rules//EN", "BEGIN:KIND", "UID:u", "DTSTAMP:20260101T000000Z",
                 "DTSTART:20260102T000000Z", "END:KIND", "END:VCALENDAR"]
        for name, kinds, change, precondition in FAULTS:
            for kind in kinds.split():
                with self.subTest(f"{name} in {kind}"):
                    body = folded(change([line.replace("KIND", kind) for line in lines], kind))
                    status, _, answer = self.request("PUT", CALENDAR + "/each.ics", body)
                    self.assertEqual((status, re.findall(r"<c:([\w-]+)", answer.decode())), (403, [precondition]), body.decode())


class StoredTest(unittest.TestCase):
    """What is there already, made by older versions or by hand: readable as before, but not written anew."""
    ODD = event("odd", extra=("PRIORITY:high", "SUMMARY:a second one"))

    def test_what_is_stored_stays(self):
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            daemon.stop()
            commit_by_plumbing(daemon, {tree_path(HOME, "odd.ics"): self.ODD})
            self.assertIn("in order", daemon.command("check").stdout)
            daemon.start()
            for _ in range(2):
                body, etag = home.get("odd.ics")
                self.assertEqual(body, self.ODD)
                self.assertEqual(set(home.sync()[1]), {"a.ics", "odd.ics"})
                daemon.stop()
                shutil.rmtree(daemon.data / "index", ignore_errors=True)
                daemon.start()
            self.assertEqual(home.request("PUT", "odd.ics", self.ODD.replace("PRIORITY:high", "PRIORITY:low"))[0], 403)
            self.assertEqual(home.get("odd.ics"), (self.ODD, etag))
            self.assertEqual(home.request("MOVE", "odd.ics", headers={"Destination": f"/dav/{HOME}/moved.ics"})[0], 201)
            self.assertEqual(home.get("moved.ics"), (self.ODD, etag))
            home.put("moved.ics", event("odd", "Repaired"))
            daemon.fsck()

    def test_push_is_judged(self):
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            clone = Clone(daemon)
            clone.commit("odd.ics", self.ODD)
            done = clone.push()
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"odd\.ics line 10: PRIORITY: not a number")
            daemon.stop()
            done = clone.push()  # the hook judges alone
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"odd\.ics line 10: PRIORITY: not a number")

    def test_import_takes_the_rest(self):
        with Daemon() as daemon:
            home = Household(daemon)
            one, odd = event("one").splitlines()[:-1], self.ODD.splitlines()[3:-1]
            file = daemon.folder / "three.ics"
            file.write_text("\r\n".join([*one, *odd, *event("two").splitlines()[3:]]) + "\r\n")
            done = daemon.command("import", str(file), "--to", HOME.split("/", 1)[1])
            self.assertRegex(done.stdout + done.stderr, r"17.*PRIORITY: not a number")
            self.assertEqual(len(home.sync()[1]), 2)


if __name__ == "__main__":
    unittest.main()
