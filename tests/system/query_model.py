# SPDX-License-Identifier: ISC
"""A second opinion on what a calendar-query finds, for test_query_model.py: RFC 4791 7.3, 7.4, 9.7 and the tables of 9.9, RFC 5545
3.3.6, 3.8.5 and 3.8.6, RFC 4790 9.2, 9.3 and RFC 5051, written from the texts alone. It is slow and takes nothing for granted but
that objects are valid, rules simple (dateutil knows them), and nothing lies after HORIZON."""
import datetime, functools, re, unicodedata, zoneinfo
from dateutil import rrule

C = "{urn:ietf:params:xml:ns:caldav}"
UTC = datetime.timezone.utc
HORIZON = datetime.datetime(2032, 1, 1, tzinfo=UTC)
BEFORE_ALL, AFTER_ALL = datetime.datetime.min.replace(tzinfo=UTC), datetime.datetime.max.replace(tzinfo=UTC)
DAY = datetime.timedelta(days=1)
TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CATEGORIES", "RESOURCES", "CONTACT", "STATUS", "UID", "CLASS", "TRANSP"}


# ---- objects (RFC 5545 3.1)

class Prop:
    def __init__(self, line):
        head, self.value = self.cut(line, ":")
        self.name, rest = self.cut(head, ";")
        self.name, self.params = self.name.upper(), {}
        while rest:
            one, rest = self.cut(rest, ";")
            name, value = one.split("=", 1)
            decoded = {"^n": "\n", "^'": '"', "^^": "^"}  # RFC 6868 3
            self.params[name.upper()] = re.sub(r"\^[n'^]", lambda m: decoded[m.group()], value.strip('"'))

    @staticmethod
    def cut(text, mark):
        """Before and after the first mark that no quotes hold."""
        quoted = False
        for at, char in enumerate(text):
            quoted ^= char == '"'
            if char == mark and not quoted:
                return text[:at], text[at + 1:]
        return text, ""

    def text(self):
        if self.name not in TEXTS:
            return self.value
        return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) in "nN" else m.group(1), self.value)


class Comp:
    def __init__(self, name, parent):
        self.name, self.parent, self.props, self.comps = name, parent, [], []

    def all(self, name):
        return [p for p in self.props if p.name == name]

    def get(self, name):
        return next(iter(self.all(name)), None)


def parse(text):
    at = root = Comp("", None)
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        prop = Prop(line)
        if prop.name == "BEGIN":
            at = Comp(prop.value.upper(), at)
            at.parent.comps.append(at)
        elif prop.name == "END":
            at = at.parent
        elif line:
            at.props.append(prop)
    return root


# ---- times (RFC 5545 3.3.4 to 3.3.6, RFC 4791 7.3)

class Moment:
    """A local time somewhere; a date is its first moment. A floating one, and a date, stays so whatever is added to it, and is
    converted last (RFC 4791 7.3): it is bound to no zone (RFC 5545 3.3.5), so that no clock of one jumps in between."""

    def __init__(self, local, zone, is_date=False, floats=False):
        self.local, self.zone, self.is_date, self.floats = local, zone, is_date, floats or is_date

    def instant(self):
        return self.local.replace(tzinfo=self.zone).astimezone(UTC)

    def plus(self, days=0, seconds=0):
        """Days are nominal, seconds exact (RFC 5545 3.3.6)."""
        moved = Moment(self.local + days * DAY, self.zone, self.is_date, self.floats)
        if not seconds:
            return moved
        if self.floats:
            return Moment(moved.local + datetime.timedelta(seconds=seconds), self.zone, False, True)
        exact = (moved.instant() + datetime.timedelta(seconds=seconds)).astimezone(self.zone)
        return Moment(exact.replace(tzinfo=None), self.zone, False).at(exact)

    def at(self, exact):
        self.instant = lambda: exact.astimezone(UTC)
        return self


def moment(value, params, floating):
    if "T" not in value:
        return Moment(datetime.datetime.strptime(value, "%Y%m%d"), floating, True)
    local = datetime.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
    named = params.get("TZID")
    zone = UTC if value.endswith("Z") else zoneinfo.ZoneInfo(named) if named else None
    return Moment(local, zone or floating, False, not zone)


def duration(value):
    """(days, seconds), both signed."""
    sign, weeks, days, hours, minutes, seconds = re.fullmatch(
        r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", value).groups()
    factor = -1 if sign == "-" else 1
    return (factor * (int(weeks or 0) * 7 + int(days or 0)),
            factor * (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)))


class Range:
    def __init__(self, element):
        self.start, self.end = (
            datetime.datetime.strptime(element.get(side), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if element.get(side) else other
            for side, other in (("start", BEFORE_ALL), ("end", AFTER_ALL)))


# ---- instances (RFC 5545 3.8.5)

class Resource:
    """One object, its dates and floating times understood in `floating`."""

    def __init__(self, text, floating):
        self.root, self.floating = parse(text), floating

    def time(self, prop):
        return prop and moment(prop.value, prop.params, self.floating)

    def times(self, props):
        return [moment(value, p.params, self.floating) for p in props for value in p.value.split(",")]

    @functools.lru_cache(None)
    def starts(self, comp):
        """When each instance of this component begins: of a master those that no other component stands for."""
        first = self.time(comp.get("DTSTART"))
        if not first or comp.get("RECURRENCE-ID"):
            return [first]
        found = {first.instant(): first}
        for rule in comp.all("RRULE"):
            text, until = rule.value, re.search(r";UNTIL=([0-9TZ]+)", rule.value)
            last = HORIZON
            if until:
                text, last = text.replace(until.group(), ""), moment(until.group(1), {}, first.zone).instant()
            for local in rrule.rrulestr(text, dtstart=first.local):
                one = Moment(local, first.zone, first.is_date, first.floats)
                if one.instant() > last:
                    break
                found.setdefault(one.instant(), one)
        for extra in self.times(comp.all("RDATE")):
            found.setdefault(extra.instant(), extra)
        gone = self.times(comp.all("EXDATE")) + [self.time(p) for other in comp.parent.comps
                                                 if other.name == comp.name for p in other.all("RECURRENCE-ID")]
        for one in gone:
            found.pop(one.instant(), None)
        return list(found.values())

    def end(self, comp, start, name):
        """The effective DTEND or DUE of the instance: with `name` the same exact duration, with DURATION the same nominal one
        (RFC 5545 3.8.5.3); None where neither is there."""
        last, nominal = self.time(comp.get(name)), comp.get("DURATION")
        if nominal:
            return start and start.plus(*duration(nominal.value))
        if not last or not comp.get("DTSTART"):
            return last
        first = self.time(comp.get("DTSTART"))
        if last.is_date and first.is_date:
            return start.plus(days=(last.local - first.local).days)
        length = last.local - first.local if first.floats else last.instant() - first.instant()
        return start.plus(seconds=length.total_seconds())

    # ---- the tables of 9.9

    def overlaps(self, comp, r):
        return {"VEVENT": self.event, "VTODO": self.todo, "VJOURNAL": self.journal, "VFREEBUSY": self.freebusy,
                "VALARM": self.alarm}[comp.name](comp, r)

    def event(self, comp, r):
        def one(start):
            begin = start.instant()
            if comp.get("DTEND"):
                return r.start < self.end(comp, start, "DTEND").instant() and r.end > begin
            if comp.get("DURATION"):
                end = self.end(comp, start, "DTEND").instant()
                return r.start < end and r.end > begin if end > begin else r.start <= begin < r.end
            if not start.is_date:
                return r.start <= begin < r.end
            return r.start < start.plus(days=1).instant() and r.end > begin
        return any(one(start) for start in self.starts(comp))

    def todo(self, comp, r):
        has = [bool(comp.get(name)) for name in ("DTSTART", "DURATION", "DUE", "COMPLETED", "CREATED")]

        def one(start):
            begin = start and start.instant()
            due = self.end(comp, start, "DUE")
            due = due and due.instant()
            if has[:3] == [True, True, False]:
                return r.start <= due and (r.end > begin or r.end >= due)
            if has[:3] == [True, False, True]:
                return (r.start < due or r.start <= begin) and (r.end > begin or r.end >= due)
            if has[:3] == [True, False, False]:
                return r.start <= begin < r.end
            if has[2]:
                return r.start < due <= r.end
            completed, created = (has[n] and self.time(comp.get(name)).instant() for n, name in ((3, "COMPLETED"), (4, "CREATED")))
            if has[3] and has[4]:
                return (r.start <= created or r.start <= completed) and (r.end >= created or r.end >= completed)
            if has[3]:
                return r.start <= completed <= r.end
            return r.end > created if has[4] else True
        return any(one(start) for start in self.starts(comp))

    def journal(self, comp, r):
        if not comp.get("DTSTART"):
            return False
        return any(r.start < start.plus(days=1).instant() and r.end > start.instant() if start.is_date
                   else r.start <= start.instant() < r.end for start in self.starts(comp))

    def freebusy(self, comp, r):
        start, end = self.time(comp.get("DTSTART")), self.time(comp.get("DTEND"))
        if start and end:
            return r.start <= end.instant() and r.end > start.instant()
        for prop in comp.all("FREEBUSY"):
            for period in prop.value.split(","):
                first, last = period.split("/")
                begin = moment(first, {}, UTC)
                finish = begin.plus(*duration(last)) if "P" in last else moment(last, {}, UTC)
                if r.start < finish.instant() and r.end > begin.instant():
                    return True
        return False

    def triggers(self, comp):
        """When this alarm rings, all instances of its component taken together (RFC 5545 3.8.6)."""
        trigger, parent = comp.get("TRIGGER"), comp.parent
        again = comp.get("DURATION") and comp.get("REPEAT")
        if trigger.params.get("VALUE") == "DATE-TIME":
            anchors = [(self.time(trigger), (0, 0))]
        else:
            name = "DUE" if parent.name == "VTODO" else "DTEND"
            anchors = []
            for start in self.starts(parent):
                anchor = start or self.end(parent, start, name)  # RFC 4791 7.8.5: of a task that is only due, START is that
                if trigger.params.get("RELATED", "START") == "END":
                    anchor = self.end(parent, start, name)
                    if not anchor and start:  # 3.6.1: a day, or no time at all; a task has its start alone
                        anchor = start.plus(days=1) if start.is_date and name == "DTEND" else start
                anchors += [(anchor, duration(trigger.value))] if anchor else []
        for anchor, shift in anchors:
            first = anchor.plus(*shift)
            yield first.instant()
            for n in range(1, 1 + (int(comp.get("REPEAT").value) if again else 0)):
                days, seconds = duration(comp.get("DURATION").value)
                yield first.plus(n * days, n * seconds).instant()

    def alarm(self, comp, r):
        return any(r.start <= ring < r.end for ring in self.triggers(comp))

    def prop_overlaps(self, comp, prop, r):
        """The effective value in each instance, where instances differ in it; else the value."""
        if prop.name in ("DTSTART", "DTEND", "DUE") and comp.get("DTSTART") and comp.name != "VFREEBUSY":
            ends = [self.end(comp, s, prop.name) if prop.name != "DTSTART" else s for s in self.starts(comp)]
            return any(r.start <= end.instant() < r.end for end in ends if end)
        return r.start <= self.time(prop).instant() < r.end

    # ---- filters (9.7)

    def matches(self, element):
        """Of a comp-filter for VCALENDAR."""
        return self.comp_filter(element, self.root)

    def comp_filter(self, element, scope):
        named = [c for c in scope.comps if c.name == element.get("name").upper()]
        if element.find(C + "is-not-defined") is not None:
            return not named
        return any(self.comp_matches(element, comp) for comp in named)

    def comp_matches(self, element, comp):
        test = {C + "time-range": lambda e: self.overlaps(comp, Range(e)), C + "prop-filter": lambda e: self.prop_filter(e, comp),
                C + "comp-filter": lambda e: self.comp_filter(e, comp)}
        return all(test[child.tag](child) for child in element)

    def prop_filter(self, element, comp):
        name = element.get("name").upper()
        named = comp.all(name)
        if element.find(C + "is-not-defined") is not None:
            return not named
        wanted = element.find(C + "time-range")
        if wanted is not None and not named and comp.get("DURATION") and (
                (comp.name, name) == ("VEVENT", "DTEND") or (comp.name, name) == ("VTODO", "DUE")):
            named = [Prop(name + ":")]  # 9.9: the effective one
        test = {C + "time-range": lambda e, p: self.prop_overlaps(comp, p, Range(e)), C + "text-match": lambda e, p: text_match(e, p.text()),
                C + "param-filter": param_filter}
        return any(all(test[child.tag](child, prop) for child in element) for prop in named)


def param_filter(element, prop):
    value = prop.params.get(element.get("name").upper())
    if element.find(C + "is-not-defined") is not None:
        return value is None
    return value is not None and all(text_match(child, value) for child in element)


# ---- text (7.5)

def ascii_casemap(text):
    return bytes(b - 32 if 97 <= b <= 122 else b for b in text.encode())


def unicode_casemap(text):
    """RFC 5051 2. The titlecase of UnicodeData.txt is that of Python where it is one character: the longer ones stand in
    SpecialCasing.txt. One character at a time: marks are not put in order."""
    def title(char):
        return char.title() if len(char.title()) == 1 else char
    return "".join(unicodedata.normalize("NFKD", title(char)) for char in text).encode()


COLLATIONS = {"i;octet": str.encode, "i;ascii-casemap": ascii_casemap, "i;unicode-casemap": unicode_casemap}


def text_match(element, value):
    prepare = COLLATIONS[element.get("collation", "i;ascii-casemap")]
    return (prepare(element.text or "") in prepare(value)) != (element.get("negate-condition") == "yes")
