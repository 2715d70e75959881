# SPDX-License-Identifier: ISC
"""Random recurring events, and their instances within a range by the text of RFC 5545 (3.3.5, 3.8.2.2, 3.8.4.4,
3.8.5) and RFC 4791 (9.6.5, 9.9). Rules are read by recurrence_model.py; zones come from Python's zoneinfo."""
import dataclasses
import datetime as dt
import itertools
import re
import zoneinfo

from hypothesis import strategies as st

from recurrence_model import DAYS, rule_starts

UTC, DAY = dt.timezone.utc, dt.timedelta(days=1)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]
REACH = 900 * DAY  # starts that are farther from the range than this can not touch it


def moment(text):
    return dt.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")


def duration(text):
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text)
    days, hours, minutes, seconds = (int(n or 0) for n in found.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@dataclasses.dataclass
class Clock:
    """The form of a series' times: "date", "floating", "utc" or the name of a zone."""
    form: str

    @property
    def zone(self):
        return None if self.form in ("date", "floating", "utc") else zoneinfo.ZoneInfo(self.form)

    def instant(self, local):
        """As naive UTC; what floats stays. A gap counts by the offset before it, an overlap is its first (3.3.5)."""
        return local.replace(tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None) if self.zone else local

    def local(self, instant):
        return instant.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None) if self.zone else instant

    def told(self, instant):
        """As expand writes it."""
        if self.form == "date":
            return instant.strftime("%Y%m%d")
        return instant.strftime("%Y%m%dT%H%M%S") + "Z" * (self.form != "floating")

    def value(self, local):
        """Parameters and value of a property."""
        if self.form == "date":
            return local.strftime(";VALUE=DATE:%Y%m%d")
        zone = f";TZID={self.form}" if self.zone else ""
        return zone + local.strftime(":%Y%m%dT%H%M%S") + "Z" * (self.form == "utc")


@dataclasses.dataclass
class Length:
    """Of an event: exact (DTEND) or nominal (DURATION), or neither."""
    kind: str
    days: int = 0
    seconds: int = 0

    def end(self, clock, local):
        if self.kind == "none":
            return clock.instant(local) + DAY * (clock.form == "date")
        if self.kind == "DTEND":
            return clock.instant(local) + dt.timedelta(days=self.days, seconds=self.seconds)
        return clock.instant(local + DAY * self.days) + dt.timedelta(seconds=self.seconds)

    def line(self, clock, local):
        if self.kind == "none":
            return []
        if self.kind == "DURATION":
            return [f"DURATION:P{self.days}D" + (f"T{self.seconds}S" if self.seconds else "")]
        return ["DTEND" + clock.value(clock.local(self.end(clock, local)))]


@dataclasses.dataclass
class Override:
    replaces: dt.datetime  # on the clock of the series
    start: dt.datetime     # likewise
    length: Length
    future: bool
    name: str
    written: str  # RECURRENCE-ID as it stands


@dataclasses.dataclass
class Case:
    clock: Clock
    start: dt.datetime
    length: Length
    rules: list
    exrules: list
    dates: list     # RDATE: (local start, seconds or None)
    excluded: list  # EXDATE: instants
    excluded_days: list
    overrides: list
    lines: list     # of the master
    range: tuple
    plain: bool     # read alike by recurring_ical_events

    @property
    def text(self):
        out = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z",
               "SUMMARY:master", "DTSTART" + self.clock.value(self.start), *self.length.line(self.clock, self.start),
               *self.lines, "END:VEVENT"]
        for o in self.overrides:
            out += ["BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z", f"SUMMARY:{o.name}", o.written,
                    "DTSTART" + self.clock.value(o.start), *o.length.line(self.clock, o.start), "END:VEVENT"]
        return "\r\n".join(out + ["END:VCALENDAR", ""])


def starts_until(case, last):
    """(local start, seconds of a PERIOD or None) of the recurrence set, overridden ones among them."""
    date = case.clock.form == "date"

    def of_rules(rules):
        for rule in rules:
            yield from itertools.takewhile(lambda at: at <= last, rule_starts(rule, case.start, case.clock.zone, date))

    if not case.rules and not case.dates:  # 3.8.5.1: exceptions are of recurring components
        return {case.start: None}
    found = dict.fromkeys([case.start, *of_rules(case.rules)])
    for local, seconds in case.dates:
        found[local] = seconds
    for local in of_rules(case.exrules):
        found.pop(local, None)
    for local in list(found):
        if case.clock.instant(local) in case.excluded or local.date() in case.excluded_days:
            del found[local]
    return found


def overlaps(span, first, last):
    """The table of 9.9; an event without length is at its start."""
    start, end = span
    return start < last and (end > first if end > start else start >= first)


def expand(case):
    first, last = (moment(at) for at in case.range)
    replaced = {case.clock.instant(o.replaces) for o in case.overrides}
    rulers = sorted((o for o in case.overrides if o.future), key=lambda o: o.replaces)
    clock = case.clock

    def instances():
        for o in case.overrides:
            yield clock.instant(o.start), o.length.end(clock, o.start), o.replaces, o.name
        for local, seconds in starts_until(case, last + REACH).items():
            if clock.instant(local) in replaced:
                continue
            ruler = next((o for o in reversed(rulers) if o.replaces <= local), None)
            if ruler:  # 3.8.4.4: the same shift, the same length
                moved = local + (ruler.start - ruler.replaces)
                yield clock.instant(moved), ruler.length.end(clock, moved), local, ruler.name
            elif seconds is not None:
                yield clock.instant(local), clock.instant(local) + dt.timedelta(seconds=seconds), local, "master"
            else:
                yield clock.instant(local), case.length.end(clock, local), local, "master"

    recurs = case.rules or case.dates
    for start, end, local, name in instances():
        if overlaps((start, end), first, last):
            told = clock.told(clock.instant(local)) if recurs or name != "master" else None
            yield clock.told(start), clock.told(end), told, name


# ---- random cases ----

@st.composite
def rules(draw, start):
    freq = draw(st.sampled_from(["HOURLY", "DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(5 if freq == 'HOURLY' else 1, 9))}"]
    if draw(st.integers(0, 2)) == 0 and freq != "HOURLY":
        days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
        number = draw(st.sampled_from(["", "", "1", "-1", "2"])) if freq in ("MONTHLY", "YEARLY") else ""
        parts.append("BYDAY=" + ",".join(number + day for day in days))
    elif draw(st.integers(0, 3)) == 0 and freq in ("MONTHLY", "YEARLY"):
        parts.append(f"BYMONTHDAY={draw(st.sampled_from([1, 15, 28, 29, 31, -1, -30]))}")
    end = start + DAY * draw(st.integers(0, 300))
    parts += draw(st.sampled_from([[], [], [f"COUNT={draw(st.integers(1, 40))}"], [f"UNTIL={end:%Y%m%d}"],
                                   [f"UNTIL={end:%Y%m%dT%H%M%S}Z"]]))
    return ";".join(parts)


@st.composite
def lengths(draw, clock):
    kind = draw(st.sampled_from(["none", "DTEND", "DURATION"]))
    days = draw(st.sampled_from([0, 0, 1, 2, 40]))
    seconds = 0 if clock.form == "date" else draw(st.sampled_from([0, 1800, 3600, 90000]))
    if kind == "DTEND" and days + seconds == 0:  # DTEND is later than DTSTART
        days = 1
    return Length(kind, days, seconds)


def written(draw, clock, local):
    """One moment in a form that a client may choose: the clock of the series, UTC, another zone."""
    if clock.form in ("date", "floating") or draw(st.integers(0, 2)):
        return clock.value(local)
    other = Clock(draw(st.sampled_from(["utc", *ZONES])))
    there = other.local(clock.instant(local))
    return other.value(there) if other.instant(there) == clock.instant(local) else clock.value(local)


@st.composite
def cases(draw):
    clock = Clock(draw(st.sampled_from(["date", "floating", "utc", "utc", *ZONES])))
    start = dt.datetime(2025, 1, 1) + DAY * draw(st.integers(0, 700))
    if clock.form != "date":
        start += dt.timedelta(minutes=30 * draw(st.integers(0, 47)))
    case = Case(clock, start, draw(lengths(clock)), [], [], [], [], [], [], [], (), True)
    simple = draw(st.integers(0, 3)) == 0
    case.rules = draw(st.lists(rules(start), min_size=simple, max_size=2 - simple))
    case.exrules = draw(st.lists(rules(start), max_size=1)) if draw(st.integers(0, 3)) == 0 and not simple else []
    case.lines += [f"RRULE:{rule}" for rule in case.rules] + [f"EXRULE:{rule}" for rule in case.exrules]
    if not simple:
        add_dates(draw, case)
    known = sorted(starts_until(case, start + 60 * DAY))[:60]
    add_exceptions(draw, case, known)
    if not simple:
        add_overrides(draw, case, known)
    begin = start + DAY * draw(st.integers(-50, 400)) + dt.timedelta(minutes=30 * draw(st.integers(0, 47)))
    end = begin + draw(st.sampled_from([dt.timedelta(minutes=30), DAY, 7 * DAY, 40 * DAY, 400 * DAY]))
    case.range = (f"{begin:%Y%m%dT%H%M%S}Z", f"{end:%Y%m%dT%H%M%S}Z")
    case.plain = is_plain(case)
    return case


def add_dates(draw, case):
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        local = case.start + DAY * draw(st.integers(-20, 60))
        if case.clock.local(case.clock.instant(local)) != local or local in dict(case.dates):
            continue  # a gap: which local time would that be?
        if draw(st.integers(0, 2)) == 0 and case.clock.form != "date":
            seconds = draw(st.sampled_from([0, 600, 7200]))
            zone, value = case.clock.value(local).split(":")
            case.dates.append((local, seconds))
            case.lines.append(f"RDATE{zone};VALUE=PERIOD:{value}/PT{seconds}S")
        else:
            case.dates.append((local, None))
            case.lines.append("RDATE" + written(draw, case.clock, local))


def add_exceptions(draw, case, known):
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        local = draw(st.sampled_from(known)) if known else case.start
        if draw(st.integers(0, 4)) == 0:  # a DATE excludes the day
            case.excluded_days.append(local.date())
            case.lines.append(f"EXDATE;VALUE=DATE:{local:%Y%m%d}")
        else:
            case.excluded.append(case.clock.instant(local))
            case.lines.append("EXDATE" + written(draw, case.clock, local))


def add_overrides(draw, case, known):
    seen = set()
    for n in range(draw(st.sampled_from([0, 0, 1, 2, 4]))):
        local = draw(st.sampled_from(known)) if known and draw(st.integers(0, 9)) else case.start + DAY * 17
        if case.clock.instant(local) in seen or case.clock.local(case.clock.instant(local)) != local:
            continue
        seen.add(case.clock.instant(local))
        moved = local + dt.timedelta(days=draw(st.sampled_from([0, 0, 1, -3, 30])))
        if case.clock.form != "date":
            moved += dt.timedelta(minutes=30 * draw(st.integers(-3, 3)))
        future = draw(st.integers(0, 3)) == 0
        name = "RECURRENCE-ID" + ";RANGE=THISANDFUTURE" * future
        case.overrides.append(Override(local, moved, draw(lengths(case.clock)), future, f"o{n}",
                                       name + written(draw, case.clock, local)))


def is_plain(case):
    """recurring_ical_events knows one rule and no EXRULE, THISANDFUTURE or gaps of the clock; dateutil, which it stands on,
    counts otherwise where DTSTART is not by the rule."""
    return (len(case.rules) == 1 and not case.exrules and not case.dates and not case.excluded_days and
            not case.overrides and next(rule_starts(case.rules[0], case.start), None) == case.start and
            case.clock.form in ("utc", "Asia/Kolkata") and "UNTIL" not in case.rules[0])
