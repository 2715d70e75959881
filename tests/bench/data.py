# SPDX-License-Identifier: ISC
"""The calendar and the address book of the benchmark, and by the same rules what is in them: which occurrences a time range
holds, who is busy when, which card has a name.
Nothing here asks a server or a library, so that what is timed can be judged by it."""
import base64, calendar, datetime, random

HOUR = datetime.timedelta(hours=1)
STAMP = "%Y%m%dT%H%M%SZ"
RARE_EVERY, RARE_REST = 1000, 117  # which events have the rare word in their SUMMARY
RARE = "Zahnärztin"


def weekly(first, end):
    return (first + datetime.timedelta(weeks=n) for n in range(60))


def mondays_and_wednesdays(first, end):
    return (first + datetime.timedelta(weeks=n // 2, days=n % 2 * 2) for n in range(100))


def yearly(first, end):
    return (first.replace(year=year) for year in range(first.year, end.year + 1)
            if (first.month, first.day) != (2, 29) or calendar.isleap(year))


def monthly(first, end):
    """Months that lack the day are left out, and not counted."""
    made, month = 0, first.month - 1
    while made < 24:
        year, index = first.year + month // 12, month % 12 + 1
        if first.day <= calendar.monthrange(year, index)[1]:
            made += 1
            yield first.replace(year=year, month=index)
        month += 1


RULES = {"FREQ=WEEKLY;COUNT=60": weekly, "FREQ=YEARLY": yearly, "FREQ=MONTHLY;COUNT=24": monthly,
         "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=100": mondays_and_wednesdays}


def drawn(number):
    """Start, words of the description, rule: the same for ever for one number. Twenty years, one in twenty recurs."""
    rnd = random.Random(number)
    day = datetime.datetime(2006, 1, 1) + datetime.timedelta(days=rnd.randrange(20 * 365), hours=rnd.randrange(7, 20))
    words = rnd.randrange(1, 15)
    rule = rnd.choice(list(RULES)) if number % 20 == 0 else None
    if rule and "BYDAY" in rule:  # DTSTART shall fit its rule: what else means is undefined (RFC 5545 3.8.5.3)
        day -= datetime.timedelta(days=day.weekday())
    return day, words, rule


def uid(number, size):
    return f"bench-{size}-{number}"


def is_rare(number):
    return number % RARE_EVERY == RARE_REST


def folded(lines):
    for line in lines:
        while len(line.encode()) > 74:
            cut = 74 - (len(line[:74].encode()) - 74)
            yield line[:cut]
            line = " " + line[cut:]
        yield line


def made_event(number, size):
    """A third has an alarm; mean about 600 bytes."""
    day, words, rule = drawn(number)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//EN", "BEGIN:VEVENT", f"UID:{uid(number, size)}",
             "DTSTAMP:20240101T000000Z", "DTSTART:" + day.strftime(STAMP), "DTEND:" + (day + HOUR).strftime(STAMP),
             f"SUMMARY:Meeting number {number}" + (f" with the {RARE}" if is_rare(number) else ""),
             f"DESCRIPTION:{'Some words about it. ' * words}"]
    if rule:
        lines.append(f"RRULE:{rule}")
    if number % 3 == 0:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M", "END:VALARM"]
    return "\r\n".join(folded(lines + ["END:VEVENT", "END:VCALENDAR", ""]))


# ---------------------------------------------------------------- what is in it

def occurrences(size, begin, end):
    """{(UID, start)} of all that overlaps the range (RFC 4791 9.9)."""
    found = set()
    for number in range(size):
        day, _, rule = drawn(number)
        for start in RULES[rule](day, end) if rule else (day,):
            if start < end and start + HOUR > begin:
                found.add((uid(number, size), start))
    return found


def rare(size):
    return {uid(number, size) for number in range(size) if is_rare(number)}


def merged(periods):
    """Periods that touch or overlap as one."""
    joined = []
    for begin, end in sorted(periods):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def busy(size, begin, end):
    return merged((max(start, begin), min(start + HOUR, end)) for _, start in occurrences(size, begin, end))


def quiet_day(size, year):
    """The first day of the year with some occurrence: one or two, of the series that have no end."""
    day = min(start for _, start in occurrences(size, datetime.datetime(year, 1, 1), datetime.datetime(year + 1, 1, 1)))
    day = day.replace(hour=0)
    return day, day + datetime.timedelta(days=1)


# ---------------------------------------------------------------- cards

CARDS, PHOTO_EVERY, PHOTO_BYTES = 5000, 10, 20000
RARE_CARD, RARE_NAME = 3117, "Quendolin"
NAMES = ["Anna", "Ben", "Carla", "David", "Emil", "Frieda", "Gül", "Hanna", "Igor", "Jürgen", "Karin", "Lars", "Maria", "Noël"]
FAMILIES = ["Müller", "Schmidt", "Garcia", "Rossi", "Novák", "Smith", "Ivanova", "Yılmaz", "O'Neill", "van Dyk"]


def card_uid(number):
    return f"card-{number}"


def card_name(number):
    rnd = random.Random(number)
    first = RARE_NAME if number == RARE_CARD else rnd.choice(NAMES)
    return first, f"{rnd.choice(FAMILIES)} {number}"


def photo(number):
    """As base64, or None."""
    return base64.b64encode(random.Random(number).randbytes(PHOTO_BYTES)).decode() if number % PHOTO_EVERY == 0 else None


def folded_long(line):
    """The quick way for what is ASCII and long."""
    return [line[:74]] + [" " + line[n:n + 73] for n in range(74, len(line), 73)]


def made_card(number):
    """What a phone has of somebody: about 400 bytes, and one in ten a photo of 20 KB."""
    rnd, (first, family) = random.Random(-1 - number), card_name(number)
    lines = ["BEGIN:VCARD", "VERSION:3.0", "PRODID:-//bench//EN", f"UID:{card_uid(number)}", f"FN:{first} {family}",
             f"N:{family};{first};;;"]
    kinds = ("CELL", "HOME", "WORK")[:rnd.randrange(1, 4)]
    lines += [f"TEL;TYPE={kind}:+49 30 {rnd.randrange(10 ** 6, 10 ** 7)}" for kind in kinds]
    lines += [f"EMAIL;TYPE=HOME:card{number}@example.org",
              f"ADR;TYPE=HOME:;;Long Street {rnd.randrange(200)};Town;;{rnd.randrange(10000, 99999)};Country",
              f"BDAY:{rnd.randrange(1930, 2020)}-{rnd.randrange(1, 13):02}-{rnd.randrange(1, 29):02}",
              f"NOTE:{'Some words about them. ' * rnd.randrange(1, 10)}", "REV:2024-01-01T00:00:00Z"]
    lines = list(folded(lines))
    if photo(number):
        lines += folded_long("PHOTO;ENCODING=b;TYPE=JPEG:" + photo(number))
    return "\r\n".join(lines + ["END:VCARD", ""])
