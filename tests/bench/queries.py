# SPDX-License-Identifier: ISC
"""Queries whose cost is easily that of the whole calendar: their requests, and what is wrong with an answer (nothing: None)."""
import datetime, re
import xml.etree.ElementTree as ET
import data

CALDAV = "{urn:ietf:params:xml:ns:caldav}"
MONTH = (datetime.datetime(2024, 3, 1), datetime.datetime(2024, 4, 1))
YEAR = (datetime.datetime(2024, 1, 1), datetime.datetime(2025, 1, 1))
FAR_YEAR = 2060
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'


def between(name, begin, end):
    return f'<c:{name} start="{begin.strftime(data.STAMP)}" end="{end.strftime(data.STAMP)}"/>'


def query(inner, filters):
    return (f'<c:calendar-query {NAMESPACES}><d:prop><d:getetag/><c:calendar-data>{inner}</c:calendar-data></d:prop><c:filter>'
            f'<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">{filters}</c:comp-filter></c:comp-filter>'
            '</c:filter></c:calendar-query>')


def texts(body):
    """Each calendar-data of an answer, unfolded."""
    for element in ET.fromstring(body).iter(CALDAV + "calendar-data"):
        yield re.sub(r"\r?\n[ \t]", "", element.text or "")


def instant(text):
    return datetime.datetime.strptime(text, data.STAMP)


def difference(found, wanted):
    """In words, or None."""
    if len(found) == len(set(found)) and set(found) == set(wanted):
        return None
    right = len(set(found) & set(wanted))
    return f"{right} of {len(set(wanted))}, and {len(found) - right} that are not asked for"


class Range:
    """What a time range holds: the objects as they are, or expanded (RFC 4791 9.6.5)."""
    status = 207

    def __init__(self, title, span, expand):
        """`span` gives the range for a size of the calendar."""
        self.title, self.span, self.expand = title, span, expand

    def body(self, size):
        begin, end = self.span(size)
        return query(between("expand", begin, end) if self.expand else "", between("time-range", begin, end))

    def wrong(self, size, body):
        wanted = data.occurrences(size, *self.span(size))
        if not self.expand:
            return difference([re.search(r"UID:(\S+)", t).group(1) for t in texts(body)], {uid for uid, _ in wanted})
        found = [(re.search(r"UID:(\S+)", e).group(1), instant(re.search(r"DTSTART[^:\n]*:(\w+)", e).group(1)))
                 for t in texts(body) for e in re.findall(r"BEGIN:VEVENT.*?END:VEVENT", t, re.S)]
        return "a rule was left in" if any("RRULE" in t for t in texts(body)) else difference(found, wanted)


class Word:
    """A word that few have in their SUMMARY, in other letters than theirs."""
    status = 207

    def __init__(self, title, collation, word):
        self.title, self.collation, self.word = title, collation, word

    def body(self, size):
        return query("", f'<c:prop-filter name="SUMMARY"><c:text-match collation="{self.collation}">{self.word}</c:text-match>'
                         '</c:prop-filter>')

    def wrong(self, size, body):
        return difference([re.search(r"UID:(\S+)", t).group(1) for t in texts(body)], data.rare(size))


class FreeBusy:
    """RFC 4791 7.10: a VFREEBUSY as text/calendar; its periods may be merged or not."""
    status = 200

    def __init__(self, title, span):
        self.title, self.span = title, span

    def body(self, size):
        return f'<c:free-busy-query {NAMESPACES}>{between("time-range", *self.span)}</c:free-busy-query>'

    def wrong(self, size, body):
        text, periods = re.sub(r"\r?\n[ \t]", "", body.decode()), []
        for value in re.findall(r"^FREEBUSY[^:\n]*:(\S+)", text, re.M):
            for begin, end in (p.split("/") for p in value.split(",")):
                periods.append((instant(begin), instant(end) if "P" not in end else instant(begin) + self.length(end)))
        return difference(data.merged(periods), data.busy(size, *self.span))

    def length(self, text):
        """A duration of hours, minutes, seconds."""
        parts = dict((unit, int(n)) for n, unit in re.findall(r"(\d+)([DHMS])", text))
        return datetime.timedelta(days=parts.get("D", 0), hours=parts.get("H", 0), minutes=parts.get("M", 0), seconds=parts.get("S", 0))


QUERIES = [
    Range("query, a month", lambda size: MONTH, False),
    Range("expand, a month", lambda size: MONTH, True),
    Range("expand, a day of 2060", lambda size: data.quiet_day(size, FAR_YEAR), True),
    Word("text-match, ascii-casemap", "i;ascii-casemap", "ZAHN"),
    Word("text-match, unicode-casemap", "i;unicode-casemap", data.RARE.upper()),
    FreeBusy("free-busy, a year", YEAR),
]
