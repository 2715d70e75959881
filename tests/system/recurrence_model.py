# SPDX-License-Identifier: ISC
"""A slow reading of RFC 5545 3.3.10 and 3.8.5, written from its text alone: what the tests of recurrence compare with.
Times are naive datetimes on the wall clock of DTSTART."""
import datetime as dt
import functools
import itertools
import re

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
UNITS = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3600}
DAY = dt.timedelta(days=1)
END = dt.date(2080, 1, 1)  # no test looks farther


def parts_of(text):
    parts = dict(part.split("=", 1) for part in text.split(";") if part)
    for name in ("BYSECOND", "BYMINUTE", "BYHOUR", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"):
        if name in parts:
            parts[name] = [int(n) for n in parts[name].split(",")]
    if "BYDAY" in parts:
        parts["BYDAY"] = [(int(n) if n else 0, DAYS.index(day))
                          for n, day in re.findall(r"([+-]?\d*)(\w\w)", parts["BYDAY"])]
    return parts


def in_list(numbers, position, length):
    """Is the position (1 is the first of `length`) named, from the front or the back?"""
    return position in numbers or position - length - 1 in numbers


@functools.lru_cache(maxsize=100000)
def month_bounds(day):
    first = day.replace(day=1)
    following = (first + 31 * DAY).replace(day=1)
    return first, (following - first).days


@functools.lru_cache(maxsize=100000)
def year_bounds(day):
    first = dt.date(day.year, 1, 1)
    return first, (dt.date(day.year + 1, 1, 1) - first).days


@functools.lru_cache(maxsize=100000)
def first_week(year, week_start):
    """The first day of week one: the first week with four days or more in the year."""
    first = dt.date(year, 1, 1)
    first -= DAY * ((first.weekday() - week_start) % 7)
    return first if (dt.date(year, 1, 1) - first).days <= 3 else first + 7 * DAY


def week_matches(numbers, day, week_start):
    for year in (day.year - 1, day.year, day.year + 1):
        begin, end = first_week(year, week_start), first_week(year + 1, week_start)
        if begin <= day < end:
            return in_list(numbers, (day - begin).days // 7 + 1, (end - begin).days // 7)
    raise AssertionError(day)


def weekday_matches(parts, day):
    """BYDAY. A number counts within the month in MONTHLY rules and where BYMONTH is, else within the year."""
    for number, weekday in parts["BYDAY"]:
        if weekday != day.weekday():
            continue
        if not number or parts["FREQ"] not in ("MONTHLY", "YEARLY"):
            return True
        monthly = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
        first, length = month_bounds(day) if monthly else year_bounds(day)
        before = (day - first).days // 7
        after = (length - 1 - (day - first).days) // 7
        if number in (before + 1, -after - 1):
            return True
    return False


def day_matches(parts, day, start):
    """All that a rule says about a day, itself or by DTSTART."""
    freq, week_start = parts["FREQ"], DAYS.index(parts.get("WKST", "MO"))
    named = [name for name in ("BYMONTHDAY", "BYYEARDAY", "BYDAY", "BYWEEKNO") if name in parts]
    if "BYMONTH" in parts:
        if day.month not in parts["BYMONTH"]:
            return False
    elif freq == "YEARLY" and not named and day.month != start.month:
        return False
    if not named and freq in ("MONTHLY", "YEARLY") and day.day != start.day:
        return False
    if not named and freq == "WEEKLY" and day.weekday() != start.weekday():
        return False
    if named == ["BYWEEKNO"] and day.weekday() != start.weekday():
        return False
    if "BYWEEKNO" in parts and not week_matches(parts["BYWEEKNO"], day, week_start):
        return False
    if "BYYEARDAY" in parts:
        first, length = year_bounds(day)
        if not in_list(parts["BYYEARDAY"], (day - first).days + 1, length):
            return False
    if "BYMONTHDAY" in parts and not in_list(parts["BYMONTHDAY"], day.day, month_bounds(day)[1]):
        return False
    return "BYDAY" not in parts or weekday_matches(parts, day)


def periods_of_days(parts, start):
    """Lists of days, one for each interval of the rule."""
    freq, step = parts["FREQ"], int(parts.get("INTERVAL", 1))
    if freq == "YEARLY":
        for year in range(start.year, END.year, step):
            first, length = year_bounds(dt.date(year, 1, 1))
            yield [first + n * DAY for n in range(length)]
    elif freq == "MONTHLY":
        for month in range(start.year * 12 + start.month - 1, END.year * 12, step):
            first, length = month_bounds(dt.date(month // 12, month % 12 + 1, 1))
            yield [first + n * DAY for n in range(length)]
    elif freq == "WEEKLY":
        first = start - DAY * ((start.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)
        while first < END:
            yield [first + n * DAY for n in range(7)]
            first += 7 * step * DAY
    else:
        first = start
        while first < END:
            yield [first]
            first += DAY * (step if freq == "DAILY" else 1)


def moments(parts, start, day):
    """The times of day that the rule names, in order."""
    freq = parts["FREQ"]
    limits = UNITS.get(freq, 10**6)
    values = []
    for name, size, own, count in (("BYHOUR", 3600, start.hour, 24), ("BYMINUTE", 60, start.minute, 60),
                                   ("BYSECOND", 1, start.second, 60)):
        if name in parts:
            values.append(sorted({min(n, 59) for n in parts[name]}))
        else:
            values.append(range(count) if limits <= size else [own])
    for hour, minute, second in itertools.product(*values):
        yield dt.datetime(day.year, day.month, day.day, hour, minute, second)


def pick(positions, found):
    if not positions:
        return found
    return [at for n, at in enumerate(found, 1) if in_list(positions, n, len(found))]


def skipped_days(parts, days, start):
    """7529 4.1: what SKIP makes of days that a month or a year has not. BYDAY comes after it, as a limit; a rule with
    BYWEEKNO, or with BYYEARDAY beside BYMONTHDAY or BYMONTH, names no such day."""
    numbers = parts.get("BYMONTHDAY", [start.day] if not {"BYDAY", "BYYEARDAY", "BYWEEKNO"} & parts.keys() else [])
    bounds, forward = [], parts["SKIP"] == "FORWARD"
    if "BYYEARDAY" in parts:
        if parts["FREQ"] == "YEARLY" and not {"BYMONTH", "BYMONTHDAY", "BYWEEKNO"} & parts.keys():
            numbers, bounds = parts["BYYEARDAY"], [year_bounds(days[0])]
    elif "BYWEEKNO" not in parts and numbers:
        months = parts.get("BYMONTH", [start.month] if parts["FREQ"] == "YEARLY" and "BYMONTHDAY" not in parts
                           else range(1, 13))
        bounds = [month_bounds(day) for day in days if day.day == 1 and day.month in months]
    for first, length in bounds:
        for number in numbers:
            if abs(number) > length:  # behind the end, or before the beginning
                border = first + length * DAY if number > 0 else first
                day = border if forward else border - DAY
                if "BYDAY" not in parts or weekday_matches(parts, day):
                    yield day


def raw_starts(parts, start):
    """Starts by the rule's parts, without DTSTART, COUNT and UNTIL."""
    freq, positions = parts["FREQ"], parts.get("BYSETPOS")
    unit = UNITS.get(freq)
    if not unit:
        for days in periods_of_days(parts, start.date()):
            skips = parts.get("SKIP", "OMIT") != "OMIT" and freq in ("MONTHLY", "YEARLY")
            moved = skipped_days(parts, days, start.date()) if skips else ()
            days = sorted({*(day for day in days if day_matches(parts, day, start.date())), *moved})
            found = (at for day in days for at in moments(parts, start, day))
            yield from pick(positions, list(found)) if positions else found
        return
    step = int(parts.get("INTERVAL", 1))
    origin = start - dt.timedelta(seconds=(start.hour * 3600 + start.minute * 60 + start.second) % unit)
    for (day,) in periods_of_days(parts, start.date()):
        if not day_matches(parts, day, start.date()):
            continue
        slots = itertools.groupby(moments(parts, start, day), lambda at: int((at - origin).total_seconds()) // unit)
        for slot, found in slots:
            if slot % step == 0:
                yield from pick(positions, list(found))


def until_of(parts, start, zone):
    """UNTIL on the clock of DTSTART, inclusive."""
    text = parts.get("UNTIL")
    if not text:
        return None
    if len(text) == 8:
        return dt.datetime.strptime(text, "%Y%m%d") + dt.timedelta(hours=23, minutes=59, seconds=59)
    until = dt.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")
    if text.endswith("Z") and zone:
        until = until.replace(tzinfo=dt.timezone.utc).astimezone(zone).replace(tzinfo=None)
    return until


def rule_starts(text, start, zone=None, date=False):
    """The starts of a rule, in order. DTSTART is not among them where the rule does not give it, but COUNT counts it
    (3.8.5.3). Hours of a DATE are ignored (3.3.10)."""
    parts = parts_of(text)
    if date:
        for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            parts.pop(name, None)
        if parts["FREQ"] in UNITS:
            return
    left, until, last = int(parts.get("COUNT", 10**9)), until_of(parts, start, zone), None
    for at in raw_starts(parts, start):
        if at < start or (last and at <= last):  # SKIP gives a day twice, from two months
            continue
        if last is None and at != start:
            left -= 1
        if left <= 0 or (until and at > until):
            return
        left -= 1
        last = at
        yield at
