#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Random objects and random filters: a calendar-query must find what a slow evaluator, written from RFC 4791 alone, finds
(query_model.py). SEED=N repeats a run, DURATION=N makes it longer; what differs is made as small as can be and printed."""
import datetime, hashlib, itertools, os, re, time, unittest
import xml.etree.ElementTree as ET
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from daemon import Daemon, DAV
from query_model import C, Resource
import zoneinfo

SEED = int(os.environ.get("SEED", datetime.date.today().toordinal()))
SECONDS = float(os.environ.get("DURATION", 30))
BATCH = 20  # examples between two looks at the clock
EDGES = 4  # instances of each component that ranges are put beside
PER_CALENDAR = 60  # objects; then a new one is begun
XML = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
BERLIN = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""
# Few days and hours, that much may meet; both changes of Berlin's clocks are among them.
DAYS = [datetime.datetime(2026, *day) for day in ((2, 28), (3, 1), (3, 2), (3, 27), (3, 28), (3, 29), (3, 30), (10, 24), (10, 25), (10, 26))]
HOURS = [0, 1, 2, 3, 9, 10, 12, 22, 23]
FORMS = ["utc", "berlin", "floating", "date"]
WORDS = ["Dentist", "DENTIST", "dent", "Straße", "STRASSE", "éa", "e\u0301A", "ÉA", "Ǆ", "ǆ", "ﬁne", "FINE", "Ａb", "ΣΑΣ", "σας", "a,b",
         "a;b", "c\\d", "two\nlines", "Ångström", "ANGSTRÖM", "한글", "ạ̈", "x" * 70, "ıİ", "😀 ok", "^n", "ᾳ", "Ω"]
STATUS = {"VEVENT": ["CONFIRMED", "CANCELLED"], "VTODO": ["NEEDS-ACTION", "CANCELLED"], "VJOURNAL": ["DRAFT", "CANCELLED"]}
times = st.sampled_from([day + datetime.timedelta(hours=hour) for day in DAYS for hour in HOURS])
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
percent = st.integers(0, 99)
some_texts = st.lists(texts, max_size=2)


def often(draw, what, share=0.5):
    """A value of the strategy, or None."""
    return draw(what) if draw(percent) < share * 100 else None


# ---- objects

def line(name, at, form):
    mark = {"utc": ":", "berlin": ";TZID=Europe/Berlin:", "floating": ":", "date": ";VALUE=DATE:"}[form]
    return name + mark + value(at, form)


def value(at, form):
    return at.strftime("%Y%m%d" if form == "date" else "%Y%m%dT%H%M%SZ" if form == "utc" else "%Y%m%dT%H%M%S")


def later(draw, at, form, least=1):
    """A time behind `at`, in the same form."""
    hours = draw(st.sampled_from([0, 1, 2, 24, 26, 48])) if form != "date" else 24 * draw(st.integers(0, 3))
    return at + max(datetime.timedelta(hours=hours), datetime.timedelta(hours=24 if form == "date" else 1) * least)


@st.composite
def alarms(draw):
    trigger = draw(st.sampled_from(
        ["TRIGGER:-PT15M", "TRIGGER:PT0S", "TRIGGER:PT1H", "TRIGGER:-P1D", "TRIGGER;RELATED=END:PT0S", "TRIGGER;RELATED=END:-P1DT1H",
         "TRIGGER;RELATED=START:-P1W", "TRIGGER;VALUE=DATE-TIME:"]))
    trigger += value(draw(times), "utc") if trigger.endswith(":") else ""
    again = draw(st.sampled_from([[], [], ["REPEAT:3", "DURATION:PT5M"], ["REPEAT:2", "DURATION:P1D"]]))
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{draw(st.sampled_from(['ring', 'Dentist']))}", trigger, *again, "END:VALARM"]


@st.composite
def words(draw, comp):
    """Properties that text is looked for in."""
    lines = []
    for name in ("SUMMARY", "CATEGORIES", "X-ODD"):
        for text in draw(some_texts)[:1 if name == "SUMMARY" else 2]:
            lines.append(f"{name}:" + text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")
                         if name != "X-ODD" else "X-ODD:" + text.replace("\n", " "))
    if comp in STATUS:
        lines += [f"STATUS:{s}" for s in [often(draw, st.sampled_from(STATUS[comp]))] if s]
    for n in range(draw(st.integers(0, 2)) if comp != "VFREEBUSY" else 0):
        part = draw(st.sampled_from(["", ";PARTSTAT=ACCEPTED", ";PARTSTAT=DECLINED", ';CN="a;b: ^\'x^\'"', ";CN=^n^^n"]))
        lines.append(f"ATTENDEE{part}:mailto:p{n}@example.org")
    return lines


@st.composite
def series(draw, start, form):
    """Rules and exceptions; the first instance is always one of the rule's."""
    rule = draw(st.sampled_from(["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"]))
    end = draw(st.sampled_from(["", "", ";COUNT=1", ";COUNT=3", ";UNTIL"]))
    if end == ";UNTIL":
        at = start + datetime.timedelta(days=draw(st.integers(0, 40)))
        at = at.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).astimezone(datetime.timezone.utc) if form == "berlin" else at
        end = ";UNTIL=" + value(at, "utc" if form == "berlin" else form)
    lines = [f"RRULE:{rule}{end}"]
    step = {"FREQ=DAILY;INTERVAL=3": 3, "FREQ=WEEKLY": 7}.get(rule, 1)
    if draw(st.booleans()):
        gone = start + datetime.timedelta(days=step * draw(st.integers(0, 3)))
        lines.append(line("EXDATE", gone, form))
    if draw(st.integers(0, 3)) == 0:
        lines.append(line("RDATE", draw(times), form))
    return lines, step


@st.composite
def spans(draw, comp, start, form):
    """How long it takes: DTEND or DUE, DURATION, neither."""
    name = "DUE" if comp == "VTODO" else "DTEND"
    how = draw(st.sampled_from(["none", "end", "duration"])) if comp != "VJOURNAL" else "none"
    if how == "end":
        return [line(name, later(draw, start, form, 0 if comp == "VTODO" else 1), form)]
    if how == "duration":
        choice = ["P1D", "P2D"] if form == "date" else ["PT0S", "PT1H", "P1D", "P1DT2H", "PT24H"]
        return ["DURATION:" + draw(st.sampled_from(choice))]
    return []


@st.composite
def dated(draw, comp):
    """VEVENT, VTODO and VJOURNAL: a list of components, master and overrides."""
    form = draw(st.sampled_from(FORMS))
    start = draw(times) if comp == "VEVENT" or draw(st.integers(0, 3)) else None
    start = start and (start.replace(hour=0) if form == "date" else start)
    lines, overrides = [], []
    if start:
        lines += [line("DTSTART", start, form), *draw(spans(comp, start, form))]
        if draw(st.integers(0, 2)) == 0:
            more, step = draw(series(start, form))
            lines += more
            if draw(st.booleans()) and "EXDATE" not in "".join(more):
                was = start + datetime.timedelta(days=step * draw(st.integers(0, 2)))
                now = draw(times)
                now = now.replace(hour=0) if form == "date" else now
                overrides.append([line("RECURRENCE-ID", was, form), line("DTSTART", now, form), *draw(spans(comp, now, form))])
    elif comp == "VTODO":
        due = often(draw, times)
        lines += [line("DUE", due, form)] if due else []
    if comp == "VTODO":
        done = often(draw, times, 0.4)
        lines += [line("COMPLETED", done, "utc")] if done else []
    created = often(draw, times, 0.4)
    lines += [line("CREATED", created, "utc")] if created else []
    found = []
    for body in [lines] + overrides:
        rings = draw(st.lists(alarms(), max_size=2)) if comp != "VJOURNAL" and (start or comp == "VTODO") else []
        found.append(body + draw(words(comp)) + sum(rings, []))
    return found


@st.composite
def freebusy(draw):
    lines = []
    if draw(st.booleans()):
        start = draw(times)
        lines += [line("DTSTART", start, "utc"), line("DTEND", later(draw, start, "utc"), "utc")]
    for _ in range(draw(st.integers(0, 2))):
        periods = []
        for _ in range(draw(st.integers(1, 2))):
            start = draw(times)
            end = draw(st.sampled_from(["PT1H", "P1D"])) if draw(st.booleans()) else value(later(draw, start, "utc"), "utc")
            periods.append(value(start, "utc") + "/" + end)
        lines.append("FREEBUSY:" + ",".join(periods))
    return [lines + draw(words("VFREEBUSY"))]


def fold(text, width):
    out = [text[:width]]
    for at in range(width, len(text), width - 1):
        out.append(" " + text[at:at + width - 1])
    return "\r\n".join(out)


@st.composite
def objects(draw):
    """(name, text) of one object; equal objects have equal names."""
    comp = draw(st.sampled_from(["VEVENT", "VEVENT", "VTODO", "VTODO", "VJOURNAL", "VFREEBUSY"]))
    comps = draw(freebusy() if comp == "VFREEBUSY" else dated(comp))
    body = []
    for lines in comps:
        body += [f"BEGIN:{comp}", "UID:@", "DTSTAMP:20260301T000000Z", *lines, f"END:{comp}"]
    if "TZID" in "".join(body):
        body = BERLIN.split("\n") + body
    width = draw(st.sampled_from([75, 75, 20, 7]))
    text = "\r\n".join(fold(l, width) if ":" in l else l
                       for l in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//model//EN", *body, "END:VCALENDAR"]) + "\r\n"
    uid = hashlib.sha256(text.encode()).hexdigest()[:16]
    return uid + ".ics", text.replace("UID:@", "UID:" + uid)


# ---- filters

def element(tag, /, *children, text=None, **attributes):
    e = ET.Element(C + tag, {k.replace("_", "-"): v for k, v in attributes.items() if v is not None})
    e.extend(children)
    e.text = text
    return e


def edges(found):
    """Instants at which something of these objects begins, ends, rings or was written down."""
    seen = set()
    for text in found.values():
        for zone in ("UTC", "Europe/Berlin"):
            resource = Resource(text, zoneinfo.ZoneInfo(zone))
            for comp in resource.root.comps[0].comps:
                if comp.name == "VTIMEZONE":
                    continue
                for start in resource.starts(comp)[:EDGES]:
                    ends = [start] + [resource.end(comp, start, name) for name in ("DTEND", "DUE")]
                    seen.update(m.instant() for m in ends if m)
                seen.update(resource.time(p).instant() for name in ("COMPLETED", "CREATED") for p in comp.all(name))
                for alarm in comp.comps:
                    seen.update(itertools.islice(resource.triggers(alarm), EDGES))
    return sorted(seen)


@st.composite
def ranges(draw, near):
    ends = sorted(draw(st.sampled_from(near) if draw(percent) < 70 else times).replace(tzinfo=datetime.timezone.utc) for _ in range(2))
    if draw(percent) < 40:  # a second, or an hour
        ends[1] = ends[0] + datetime.timedelta(seconds=draw(st.sampled_from([1, 3600])))
    shift = [datetime.timedelta(seconds=draw(st.sampled_from([-1, 0, 0, 0, 1]))) for _ in ends]
    start, end = (value(at + s, "utc") for at, s in zip(ends, shift))
    side = draw(st.sampled_from(["both", "both", "both", "start", "end"])) if start < end else "start"
    return element("time-range", start=start if side != "end" else None, end=end if side != "start" else None)


@st.composite
def matches(draw):
    word = draw(st.sampled_from(WORDS + ["ACCEPTED", "clin", "mailto:P1", "CANCELLED", "confirmed", 'b: "X"', ""]))
    cut = draw(st.integers(0, 2))
    return element("text-match", text=word[:len(word) - cut] or word, collation=draw(st.sampled_from(
        [None, "i;ascii-casemap", "i;octet", "i;unicode-casemap"])), negate_condition=draw(st.sampled_from([None, None, "yes", "no"])))


@st.composite
def params(draw):
    inner = draw(st.sampled_from([0, 1, 2, 2]))
    return element("param-filter", *([], [element("is-not-defined")], [draw(matches())])[inner],
                   name=draw(st.sampled_from(["PARTSTAT", "CN", "cn", "TZID"])))


@st.composite
def props(draw, comp, near):
    name = draw(st.sampled_from(["SUMMARY", "CATEGORIES", "STATUS", "ATTENDEE", "X-ODD", "DTSTART", "DTEND", "DUE", "COMPLETED",
                                 "CREATED", "DTSTAMP", "summary", "UID", "RRULE"]))
    how = draw(st.integers(0, 9))
    if how == 0:
        return element("prop-filter", element("is-not-defined"), name=name)
    children = []
    if name in ("DTSTART", "DTEND", "DUE", "COMPLETED", "CREATED", "DTSTAMP"):
        children += [draw(ranges(near))]
    elif how > 2:
        children += [draw(matches())]
    if name in ("ATTENDEE", "X-ODD") and draw(st.booleans()):
        children += draw(st.lists(params(), min_size=1, max_size=2))
    return element("prop-filter", *children, name=name)


@st.composite
def comp_filters(draw, name, near):
    if draw(st.integers(0, 9)) == 0:
        return element("comp-filter", element("is-not-defined"), name=name)
    children = [draw(ranges(near))] if name not in ("VTIMEZONE", "X-COMP") and draw(st.booleans()) else []
    children += draw(st.lists(props(name, near), max_size=2)) if draw(st.booleans()) else []
    if name in ("VEVENT", "VTODO") and draw(st.integers(0, 2)) == 0:
        children += [draw(comp_filters("VALARM", near)) for _ in range(draw(st.integers(1, 2)))]
    return element("comp-filter", *children, name=name)


@st.composite
def filters(draw, near):
    names = draw(st.lists(st.sampled_from(["VEVENT"] * 4 + ["VTODO"] * 4 + ["VJOURNAL", "VFREEBUSY", "VTIMEZONE", "X-COMP", "vevent"]),
                          max_size=2, min_size=1))
    top = [element("prop-filter", element("text-match", text=draw(st.sampled_from(["2.0", "model", "3.0"]))),
                   name=draw(st.sampled_from(["VERSION", "PRODID"])))] if draw(st.integers(0, 9)) == 0 else []
    return element("comp-filter", *top, *[draw(comp_filters(name, near)) for name in names], name="VCALENDAR")


ZONES = [None, "UTC", "Europe/Berlin", "America/New_York"]


@st.composite
def examples(draw):
    """Objects by their names, and what is asked of them: [(filter, zone)]."""
    found = dict(draw(st.lists(objects(), min_size=1, max_size=6)))
    near = edges(found) or [DAYS[0]]
    return found, draw(st.lists(st.tuples(filters(near), st.sampled_from(ZONES)), min_size=1, max_size=20))


class QueryModel(unittest.TestCase):
    def put(self, found):
        """Whole examples stay in one calendar."""
        if not self.known or len(self.known | set(found)) > PER_CALENDAR:
            self.calendars, self.known = self.calendars + 1, set()
            self.path = f"/dav/calendars/admin/model-{self.calendars}/"
            self.assertEqual(self.ask("MKCALENDAR", self.path)[0], 201)
        for name in set(found) - self.known:
            status, _, body = self.ask("PUT", self.path + name, found[name], {"Content-Type": "text/calendar"})
            self.assertEqual(status, 201, (body, found[name]))
            self.known.add(name)

    def ask(self, method, path, body=None, headers=None):
        return self.daemon.request(method, path, body and body.encode(), headers, connection=self.connection)

    def query(self, wanted, zone):
        body = element("calendar-query", element("filter", wanted), *([element("timezone-id", text=zone)] if zone else []))
        prop = ET.Element(DAV + "prop")
        prop.append(ET.Element(DAV + "getetag"))
        body.insert(0, prop)
        status, _, answer = self.ask("REPORT", self.path, ET.tostring(body, encoding="unicode"), XML)
        self.assertEqual(status, 207, (answer, ET.tostring(body, encoding="unicode")))
        return {href.text.rpartition("/")[2] for href in ET.fromstring(answer).iterfind(f"{DAV}response/{DAV}href")}

    def compare(self, found, questions):
        self.put(found)
        for wanted, zone in questions:
            self.asked += 1
            answer = self.query(wanted, zone)
            for name, text in found.items():
                expected = Resource(text, zoneinfo.ZoneInfo(zone or "UTC")).matches(wanted)
                self.hits += expected
                self.assertEqual(name in answer, expected, "\n".join(
                    ["", f"seed {SEED}; the RFC says {expected}, zone {zone}", ET.tostring(wanted, encoding="unicode"), re.sub(r"\r\n ", "", text)]))

    def test_random(self):
        print(f"SEED={SEED}")
        self.calendars, self.known, self.asked, self.hits = 0, set(), 0, 0
        end = time.time() + SECONDS

        @settings(max_examples=BATCH, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                  phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False)
        @given(examples())
        def run(example):
            self.compare(*example)
        with Daemon() as self.daemon:
            self.connection = self.daemon.connect()
            batch = 0
            while time.time() < end:
                seed(SEED + 1000000 * batch)(run)()
                batch += 1
            self.connection.close()
        print(f"{self.asked} filters, {self.hits} hits")


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    unittest.main()
